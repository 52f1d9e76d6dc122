//! What commands, queries and answers have in common.

use serde::Serialize;
use utoipa::ToSchema;

/// The originator of a command, or the author of a message.
///
/// In JSON `"system"`, `{"manager":7}` or `{"customer":5}`; in text `system`, `manager:7` or `customer:5`.
#[derive(Serialize, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Actor {
    /// The host application.
    System,
    /// A person who answers chats.
    Manager(u64),
    /// A person who starts chats.
    Customer(u64),
}

/// Who can see a message. In JSON `"public"` or `"internal"`.
#[derive(Serialize, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Visibility {
    /// The customer and the managers.
    Public,
    /// Managers only. An internal message never changes the status of its chat.
    Internal,
}

/// A file attached to a message. Its contents are stored elsewhere.
#[derive(Serialize, ToSchema)]
pub(crate) struct File {
    /// The display name, up to 2,048 characters.
    pub(crate) name: String,
    /// Where the contents are, up to 2,048 characters.
    pub(crate) url: String,
    /// The media type, such as `image/png`, up to 2,048 characters.
    pub(crate) media_type: String,
    /// The size in bytes.
    pub(crate) bytes: u64,
}

/// What a manager may do. In JSON `"owner"` or `"member"`.
#[derive(Serialize, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Role {
    /// May do everything, including deleting chats and customers and managing managers.
    Owner,
    /// May do everything but delete chats or customers, or manage other managers.
    Member,
}

/// A field of the customer profiles in a workspace.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProfileField {
    /// The key of the profile entry, 1 to 128 characters.
    pub(crate) key: String,
    /// The label to display, up to 256 characters.
    pub(crate) label: String,
    /// Whether it is displayed.
    pub(crate) shown: bool,
}

/// The status of a chat. In JSON and text `open`, `snoozed` or `closed`.
#[derive(Serialize, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Status {
    /// Waiting for an answer.
    Open,
    /// Hidden until a given time, then open again.
    Snoozed,
    /// Done.
    Closed,
}

/// The stable name of a refusal, the same in Rust and JSON.
#[derive(Serialize, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Code {
    /// Not a valid command or query: wrong fields, numbers out of range, a time after the year 9999.
    Malformed,
    /// No such manager in the workspace.
    UnknownManager,
    /// No such customer in the workspace.
    UnknownCustomer,
    /// No such chat in the workspace.
    UnknownChat,
    /// No such tag in the workspace.
    UnknownTag,
    /// No custom index with that name is registered.
    UnknownIndex,
    /// The index is registered but still being built.
    IndexBuilding,
    /// The new path of a moved tag is taken.
    TagExists,
    /// Not a valid tag path.
    InvalidTag,
    /// The chat would have more than 8 tags.
    TooManyTags,
    /// A deadline that is not in the future.
    InvalidSnooze,
    /// The assignee of a chat cannot stop following it.
    AssigneeMustFollow,
    /// Only a follower of a chat can leave it.
    NotFollowing,
    /// No manager can take another chat.
    NobodyAvailable,
    /// A message needs a text or a file.
    EmptyMessage,
    /// A message text or description over its limit.
    TextTooLong,
    /// Anything else over its limit.
    TooLarge,
    /// No such message in the chat, or it is redacted.
    UnknownMessage,
    /// The external id belongs to something else.
    ExternalTaken,
    /// The id of the command belongs to another command.
    IdReused,
    /// The condition of the command does not hold.
    ConditionFailed,
    /// The actor may not do that.
    Forbidden,
    /// The store takes no writes, or cannot be read.
    Unavailable,
}

/// What a chat is like, in the fields that a condition asked for.
#[derive(Serialize, ToSchema)]
pub(crate) struct Actual {
    /// The number of its messages.
    pub(crate) messages: Option<u64>,
    /// Its status.
    pub(crate) status: Option<Status>,
    /// Its assignee, if any.
    pub(crate) assignee: Option<u64>,
}
