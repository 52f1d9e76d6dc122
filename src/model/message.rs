//! Messages, as queries return them.

use serde::{Deserialize, Serialize};

use super::{Actor, MessageId, Timestamp};

/// Who can see a message. In JSON `"public"` or `"internal"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Visibility {
    /// The customer and the managers.
    Public,
    /// Managers only. An internal message never changes the status of its chat.
    Internal,
}

/// A file attached to a message. Its contents are stored elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct File {
    /// The display name, up to 2,048 characters.
    pub name: String,
    /// Where the contents are, up to 2,048 characters.
    pub url: String,
    /// The media type, such as `image/png`, up to 2,048 characters.
    pub media_type: String,
    /// The size in bytes.
    pub bytes: u64,
}

impl File {
    /// Creates a file from its display name, URL, media type (such as `image/png`) and size in bytes.
    pub fn new(name: impl Into<String>, url: impl Into<String>, media_type: impl Into<String>, bytes: u64) -> Self {
        Self { name: name.into(), url: url.into(), media_type: media_type.into(), bytes }
    }
}

/// A message in a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// The number of the message in its chat: 1, 2, 3 …
    pub message: MessageId,
    /// When the message was sent.
    pub at: Timestamp,
    /// The author.
    pub author: Actor,
    /// Who can see it.
    pub visibility: Visibility,
    /// The text. Can be empty if there are files.
    pub text: String,
    /// The attached files.
    pub files: Vec<File>,
    /// The id in the caller's own system, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<String>,
    /// When the text was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Whether text and files were taken away.
    #[serde(default, skip_serializing_if = "is_false")]
    pub redacted: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(crate) fn is_false(value: &bool) -> bool {
    !*value
}

/// A file, with the message it is attached to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileOfMessage {
    /// The number of the message in its chat.
    pub message: MessageId,
    /// When the message was sent.
    pub at: Timestamp,
    /// The author.
    pub author: Actor,
    /// Who can see it.
    pub visibility: Visibility,
    /// The file. In JSON its fields are inlined.
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
    /// The author.
    pub author: Actor,
    /// Who can see it.
    pub visibility: Visibility,
    /// The URL as written in the text, including its scheme.
    pub url: String,
}
