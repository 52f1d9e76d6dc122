//! The stored form of a message.

use super::stored::flagged_record;
use crate::heap;
use crate::model::{Actor, File, Visibility};

/// The stored form of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MessageRecord {
    pub(crate) at: u64,
    pub(crate) author: Actor,
    pub(crate) visibility: Visibility,
    pub(crate) text: String,
    pub(crate) files: Vec<File>,
    /// The id in the caller's own system.
    pub(crate) external: Option<String>,
    /// When the text was last edited, in ms.
    pub(crate) edited_at: Option<u64>,
    /// Whether text and files were taken away.
    pub(crate) redacted: bool,
}

impl MessageRecord {
    /// A new message.
    pub(crate) fn new(at: u64, author: Actor, visibility: Visibility, text: &str, files: &[File]) -> Self {
        let (text, files) = (text.to_owned(), files.to_vec());
        Self { at, author, visibility, text, files, external: None, edited_at: None, redacted: false }
    }

    /// Whether it replaces an earlier record of the same message.
    pub(crate) fn is_rewritten(&self) -> bool {
        self.edited_at.is_some() || self.redacted
    }

    /// The approximate heap size in bytes.
    pub(crate) fn weight(&self) -> usize {
        /// The name, the type and the address of a file.
        const FILE_TEXTS_BYTES: usize = 150;
        let external = self.external.as_ref().map_or(0, |external| heap::of_bytes(external.len()));
        let files = heap::of_vec::<File>(self.files.len()) + self.files.len() * FILE_TEXTS_BYTES;
        heap::of_bytes(self.text.len()) + files + external
    }
}

flagged_record!(MessageRecord {
    at, author;
    visibility;
    text, files;
    external, edited_at, redacted
});
