//! The stored form of a message.

use super::stored::stored_struct;
use crate::model::{Actor, File, Visibility};

/// The stored form of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MessageRecord {
    pub(crate) at: u64,
    pub(crate) author: Actor,
    pub(crate) visibility: Visibility,
    pub(crate) text: String,
    pub(crate) files: Vec<File>,
}

impl MessageRecord {
    /// The approximate heap size in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.text.len() + self.files.len() * 200
    }
}

stored_struct!(MessageRecord { at, author, visibility, text, files });
