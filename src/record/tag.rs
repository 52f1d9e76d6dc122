//! A tag, as stored.

use bincode::{Decode, Encode};

use crate::model::TagId;

/// A tag, as stored: one name, with the letters of its creation, below a parent.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct TagRecord {
    pub(crate) parent: Option<TagId>,
    pub(crate) name: String,
}
