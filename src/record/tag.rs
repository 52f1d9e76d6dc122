//! A tag, as stored.

use super::stored::stored_struct;
use crate::model::TagId;

/// A tag, as stored: one name, with the letters of its creation, below a parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TagRecord {
    pub(crate) parent: Option<TagId>,
    pub(crate) name: String,
}

impl TagRecord {
    /// About how many bytes it takes beyond its own size.
    pub(crate) fn weight(&self) -> usize {
        self.name.len()
    }
}

stored_struct!(TagRecord { parent, name });
