//! Messages, as readers see them.

use serde::{Deserialize, Serialize};

use super::{Actor, MessageId, Timestamp};

/// Who may see a message. In JSON `"public"` or `"internal"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Visibility {
    /// The customer and the managers.
    Public,
    /// The managers alone. It never changes a chat's status.
    Internal,
}

/// A file that a message points to; its bytes live elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct File {
    /// The name as shown, up to 2,048 characters.
    pub name: String,
    /// Where its bytes are, up to 2,048 characters.
    pub url: String,
    /// What it is, such as `image/png`, up to 2,048 characters.
    pub media_type: String,
    /// Its size in bytes.
    pub bytes: u64,
}

impl File {
    /// A file with its name, where its bytes are, what it is (such as `image/png`), and its size in bytes.
    pub fn new(name: impl Into<String>, url: impl Into<String>, media_type: impl Into<String>, bytes: u64) -> Self {
        Self { name: name.into(), url: url.into(), media_type: media_type.into(), bytes }
    }
}

/// One message of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// Its number in the chat: 1, 2, 3 …
    pub message: MessageId,
    /// When it was sent.
    pub at: Timestamp,
    /// Who wrote it.
    pub author: Actor,
    /// Who may see it.
    pub visibility: Visibility,
    /// What it says.
    pub text: String,
    /// What it points to.
    pub files: Vec<File>,
}

/// A file with the message that points to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileOfMessage {
    /// The number of the message in its chat.
    pub message: MessageId,
    /// When the message was sent.
    pub at: Timestamp,
    /// Who wrote it.
    pub author: Actor,
    /// Who may see it.
    pub visibility: Visibility,
    /// The file. In JSON its fields stand beside the others.
    #[serde(flatten)]
    pub file: File,
}

/// A link in the text of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkOfMessage {
    /// The number of the message in its chat.
    pub message: MessageId,
    /// When the message was sent.
    pub at: Timestamp,
    /// Who wrote it.
    pub author: Actor,
    /// Who may see it.
    pub visibility: Visibility,
    /// Where it leads, as it is written, with its scheme.
    pub url: String,
}
