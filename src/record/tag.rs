//! The stored form of a tag.

use super::stored::stored_struct;
use crate::heap;
use crate::model::TagId;

/// The stored form of a tag: its parent, and its own name as first written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TagRecord {
    pub(crate) parent: Option<TagId>,
    pub(crate) name: String,
}

impl TagRecord {
    /// The approximate heap size in bytes.
    pub(crate) fn weight(&self) -> usize {
        heap::of_bytes(self.name.len())
    }
}

stored_struct!(TagRecord { parent, name });
