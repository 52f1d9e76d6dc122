//! A message, as stored.

use super::stored::stored_struct;
use crate::model::{Actor, File, Visibility};

/// A message, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MessageRecord {
    pub(crate) at: u64,
    pub(crate) author: Actor,
    pub(crate) visibility: Visibility,
    pub(crate) text: String,
    pub(crate) files: Vec<File>,
}

impl MessageRecord {
    /// About how many bytes it takes beyond its own size.
    pub(crate) fn weight(&self) -> usize {
        self.text.len() + self.files.len() * 200
    }
}

stored_struct!(MessageRecord { at, author, visibility, text, files });
