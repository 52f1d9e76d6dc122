//! Commands: every change that can be made to an inbox.
//!
//! A command is plain data and serialises to one JSON object. Replaying the same commands always gives the same inbox.
//!
//! ```
//! use inboxdb::{Command, Envelope};
//!
//! let line = r#"{"workspace":1,"at":1582652374000,"actor":{"manager":7},"do":{"close":{"chat":1}}}"#;
//! let envelope: Envelope = serde_json::from_str(line)?;
//! assert!(matches!(envelope.command, Command::Close { .. }));
//! assert_eq!(serde_json::to_string(&envelope)?, line);
//! # Ok::<(), serde_json::Error>(())
//! ```

mod about;
mod action;
mod batch;
mod build;
mod check;
mod chosen;
mod content;
mod entry;
mod envelope;
mod ids;
mod inner_id;
mod optional;
mod reply;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{ChatId, CustomerId, File, ManagerId, MessageId, ProfileField, Role, Timestamp, Visibility};

pub(crate) use about::{ChatsRead, Customers, External, Managers, Subject};
pub use action::{Action, Selection};
pub use batch::{Batch, BatchChat, BatchCustomer, Step};
pub(crate) use check::{check_external, check_key, check_keys};
pub use chosen::ChosenChats;
pub use content::{CustomerUpdate, NewEvent, NewMessage};
pub use entry::{Applied, BulkLeft, Entry};
pub use envelope::Envelope;
pub(crate) use inner_id::is_inner_id;
pub use reply::{BulkReport, Outcome, RefusedChat, Reply};

/// One change to an inbox.
///
/// Commands are atomic, except a [bulk action](Command::Bulk) over many chats. A command that changes nothing, such as
/// closing a closed chat, is accepted. See [`limits`](crate::limits) for limits, and [`Code`](crate::Code) for
/// refusals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Command {
    /// Creates or updates a manager. An existing manager keeps operator mode, online state and capacity. A manager who
    /// left comes back.
    ///
    /// Without a number, it updates the manager with the external id, or creates one with the next free number; the
    /// reply is that number.
    #[non_exhaustive]
    PutManager {
        /// The manager. May be left out if there is an external id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        manager: Option<ManagerId>,
        /// The id in the caller's own system, 1 to 128 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external: Option<String>,
        /// The display name, up to 256 characters.
        name: String,
        /// What they may do.
        role: Role,
    },
    /// Removes a manager. Chats assigned to them become unassigned. Their unread counts, favorites, and follows of
    /// chats and tags are removed. Their name stays, for what they wrote.
    #[non_exhaustive]
    RemoveManager {
        /// The manager.
        manager: ManagerId,
    },
    /// Turns operator mode on or off. A manager in operator mode also receives messages in unassigned chats. Turning it
    /// on does not add unread messages from before.
    #[non_exhaustive]
    SetOperator {
        /// The manager.
        manager: ManagerId,
        /// Whether operator mode is on.
        on: bool,
    },
    /// Sets whether a manager is online.
    #[non_exhaustive]
    SetOnline {
        /// The manager.
        manager: ManagerId,
        /// Whether they are online.
        on: bool,
    },
    /// Sets how many open chats a manager can handle. Used to recommend assignees.
    #[non_exhaustive]
    SetCapacity {
        /// The manager.
        manager: ManagerId,
        /// Number of open chats. `None` is no limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        capacity: Option<u32>,
    },
    /// Creates or updates a customer. Fields left out keep their value; a profile replaces the old one as a whole.
    ///
    /// Without a number, it updates the customer with the external id, or creates one with the next free number; the
    /// reply is that number.
    #[non_exhaustive]
    PutCustomer {
        /// The customer. May be left out if there is an external id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer: Option<CustomerId>,
        /// The id in the caller's own system, 1 to 128 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external: Option<String>,
        /// The name, up to 256 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Further details: up to 64 entries, with keys of up to 128 and values of up to 1,024 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile: Option<BTreeMap<String, String>>,
    },
    /// Deletes a customer with their chats, messages and events. Only an owner or the system may do this. Cannot be
    /// undone.
    #[non_exhaustive]
    DeleteCustomer {
        /// The customer.
        customer: CustomerId,
    },
    /// Replaces the ordered list of profile fields of the workspace.
    #[non_exhaustive]
    SetProfileFields {
        /// Up to 64 fields with different keys.
        fields: Vec<ProfileField>,
    },
    /// Records an event: an action of a customer on the host's site.
    #[non_exhaustive]
    TrackEvent {
        /// The customer.
        customer: CustomerId,
        /// The name of the event, up to 256 characters.
        name: String,
        /// The page it happened on, up to 2,048 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        page: Option<String>,
        /// Further details: up to 64 entries, with keys of up to 128 and values of up to 1,024 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        properties: Option<BTreeMap<String, String>>,
    },
    /// Creates a tag, with missing parents.
    #[non_exhaustive]
    CreateTag {
        /// Up to 8 names of up to 128 characters, separated by `/`.
        path: String,
    },
    /// Deletes a tag with its descendants, and removes them from all chats.
    #[non_exhaustive]
    DeleteTag {
        /// The path of the tag.
        path: String,
    },
    /// Moves or renames a tag with its descendants. Chats keep the tag, and counts follow.
    #[non_exhaustive]
    MoveTag {
        /// The path of the tag.
        path: String,
        /// The new path. It must not exist or be below `path`. Missing parents are created.
        to: String,
    },
    /// Merges a tag into another. It and each tag below it become the tag at the same place below `into`, created where
    /// missing. Chats and followers move; a chat with both tags keeps one.
    #[non_exhaustive]
    MergeTag {
        /// The path of the tag that goes.
        path: String,
        /// The path of the tag that stays. Neither may be below the other.
        into: String,
    },
    /// Makes a manager follow a tag. Followers of a tag are recommended for chats with that tag.
    #[non_exhaustive]
    FollowTag {
        /// The path of the tag.
        path: String,
        /// The new follower.
        manager: ManagerId,
    },
    /// Makes a manager unfollow a tag.
    #[non_exhaustive]
    UnfollowTag {
        /// The path of the tag.
        path: String,
        /// The former follower.
        manager: ManagerId,
    },
    /// Starts a chat. The reply is its id. If a chat of the customer has the external id, nothing is done, and the reply
    /// is that chat.
    #[non_exhaustive]
    StartChat {
        /// The customer.
        customer: CustomerId,
        /// The id in the caller's own system, 1 to 128 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external: Option<String>,
    },
    /// Sends a message. The reply is its number. If a message of the chat has the external id, nothing is done, and the
    /// reply is that message.
    #[non_exhaustive]
    SendMessage {
        /// The chat.
        chat: ChatId,
        /// Who can see it. A public message from a customer or manager opens the chat.
        visibility: Visibility,
        /// Up to 65,536 bytes. May be empty if there are files.
        text: String,
        /// Up to 16 files.
        #[serde(default, deserialize_with = "optional::list", skip_serializing_if = "Option::is_none")]
        files: Option<Vec<File>>,
        /// The id in the caller's own system, 1 to 128 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external: Option<String>,
        /// Whether it leaves the status of the chat alone, as an automatic reply does.
        #[serde(default, deserialize_with = "optional::flag", skip_serializing_if = "Option::is_none")]
        quiet: Option<bool>,
    },
    /// Replaces the text of a message. Only its author or the system may do this. It is no activity and tells no
    /// manager.
    #[non_exhaustive]
    EditMessage {
        /// The chat.
        chat: ChatId,
        /// The message.
        message: MessageId,
        /// Up to 65,536 bytes. May be empty if the message has files.
        text: String,
    },
    /// Takes text and files of a message away. The message stays, marked as redacted. Only its author, an owner or the
    /// system may do this. Cannot be undone.
    #[non_exhaustive]
    RedactMessage {
        /// The chat.
        chat: ChatId,
        /// The message.
        message: MessageId,
    },
    /// Assigns a chat to a manager, who then follows it.
    #[non_exhaustive]
    Assign {
        /// The chat.
        chat: ChatId,
        /// The new assignee.
        manager: ManagerId,
    },
    /// Assigns a chat to the best recommended manager. The reply is that manager.
    #[non_exhaustive]
    AssignRecommended {
        /// The chat.
        chat: ChatId,
        /// Whether only managers who are online count.
        #[serde(default, deserialize_with = "optional::flag", skip_serializing_if = "Option::is_none")]
        online: Option<bool>,
    },
    /// Removes the assignee of a chat. The former assignee still follows it.
    #[non_exhaustive]
    Unassign {
        /// The chat.
        chat: ChatId,
    },
    /// Removes the acting manager from a chat, as assignee and follower, with their unread messages.
    #[non_exhaustive]
    Leave {
        /// The chat.
        chat: ChatId,
    },
    /// Adds followers.
    #[non_exhaustive]
    Follow {
        /// The chat.
        chat: ChatId,
        /// Up to 1,024 managers.
        managers: Vec<ManagerId>,
    },
    /// Removes followers. Refused if one of them is the assignee.
    #[non_exhaustive]
    Unfollow {
        /// The chat.
        chat: ChatId,
        /// Up to 1,024 managers.
        managers: Vec<ManagerId>,
    },
    /// Adds tags. A chat has at most 8.
    #[non_exhaustive]
    Tag {
        /// The chat.
        chat: ChatId,
        /// Paths of tags that exist.
        tags: Vec<String>,
    },
    /// Removes tags.
    #[non_exhaustive]
    Untag {
        /// The chat.
        chat: ChatId,
        /// Paths of tags that exist.
        tags: Vec<String>,
    },
    /// Opens a chat.
    #[non_exhaustive]
    Open {
        /// The chat.
        chat: ChatId,
    },
    /// Snoozes a chat. It opens again by itself at the given time.
    #[non_exhaustive]
    Snooze {
        /// The chat.
        chat: ChatId,
        /// When it opens again. Must be later than now.
        until: Timestamp,
    },
    /// Closes a chat.
    #[non_exhaustive]
    Close {
        /// The chat.
        chat: ChatId,
    },
    /// Sets the description of a chat.
    #[non_exhaustive]
    SetDescription {
        /// The chat.
        chat: ChatId,
        /// Up to 4,096 characters. `#` followed by letters, digits or `_` is a hashtag.
        text: String,
    },
    /// Sets an attribute of a chat, for the host and its custom indexes. Removes the attribute if there is no value.
    #[non_exhaustive]
    SetAttribute {
        /// The chat.
        chat: ChatId,
        /// 1 to 128 characters. A chat has up to 32 attributes.
        key: String,
        /// Up to 256 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
    /// Marks the messages of a chat as read by the acting manager: all, or those up to one.
    #[non_exhaustive]
    MarkRead {
        /// The chat.
        chat: ChatId,
        /// The last message that was read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        up_to: Option<MessageId>,
    },
    /// Marks a chat as unread by the acting manager, who must be a recipient of its messages. A count of zero becomes
    /// one.
    #[non_exhaustive]
    MarkUnread {
        /// The chat.
        chat: ChatId,
    },
    /// Makes a chat a favorite of the acting manager.
    #[non_exhaustive]
    Favorite {
        /// The chat.
        chat: ChatId,
    },
    /// Removes a chat from the favorites of the acting manager.
    #[non_exhaustive]
    Unfavorite {
        /// The chat.
        chat: ChatId,
    },
    /// Deletes a chat with its messages. Only an owner or the system may do this. Cannot be undone.
    #[non_exhaustive]
    DeleteChat {
        /// The chat.
        chat: ChatId,
    },
    /// Deletes everything in the workspace and resets its clock. Only the system may do this. Ids are not reused.
    /// Cannot be undone.
    DeleteWorkspace,
    /// Applies one action to many chats. The set of chats is fixed at the start. Each chat succeeds or is refused on
    /// its own; the reply is a [`BulkReport`].
    ///
    /// A large bulk action is split into several changes, so that other commands can run in between. If a crash
    /// interrupts it, the next open finishes it.
    #[non_exhaustive]
    Bulk {
        /// The chats.
        select: Selection,
        /// What to do with each chat.
        #[serde(rename = "do")]
        action: Action,
    },
    /// Advances the workspace's clock and ends the snoozes that are due.
    Tick,
    /// Sets the workspace's clock, also back: the way out after a wrong clock. Only the system may do this. It ends no
    /// snooze; one that is due by then ends before the next other command. The envelope's own time does not count.
    #[non_exhaustive]
    SetClock {
        /// The new time of the clock.
        at: Timestamp,
    },
    /// Does 1 to 64 commands together or not at all, as one change: see [`Batch`].
    All(Vec<Step>),
}
