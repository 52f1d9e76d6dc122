//! Commands, as clients send them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::recursive::{Filter, Step};
use super::shared::{File, ProfileField, Role, Visibility};

/// One change to an inbox.
///
/// Commands are atomic, except a [bulk action](Command::Bulk) over many chats. A command that changes nothing, such as
/// closing a closed chat, is accepted. See `limits` for limits, and `Code` for
/// refusals.
#[derive(Serialize, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Command {
    /// Creates or updates a manager. An existing manager keeps operator mode, online state and capacity. A manager who
    /// left comes back.
    ///
    /// Without a number, it updates the manager with the external id, or creates one with the next free number; the
    /// reply is that number.
    PutManager {
        /// The manager. May be left out if there is an external id.
        manager: Option<u64>,
        /// The id in the caller's own system, 1 to 128 characters.
        external: Option<String>,
        /// The display name, up to 256 characters.
        name: String,
        /// What they may do.
        role: Role,
    },
    /// Removes a manager. Chats assigned to them become unassigned. Their unread counts, favorites, and follows of
    /// chats and tags are removed. Their name stays, for what they wrote.
    RemoveManager {
        /// The manager.
        manager: u64,
    },
    /// Turns operator mode on or off. A manager in operator mode also receives messages in unassigned chats. Turning it
    /// on does not add unread messages from before.
    SetOperator {
        /// The manager.
        manager: u64,
        /// Whether operator mode is on.
        on: bool,
    },
    /// Sets whether a manager is online.
    SetOnline {
        /// The manager.
        manager: u64,
        /// Whether they are online.
        on: bool,
    },
    /// Sets how many open chats a manager can handle. Used to recommend assignees.
    SetCapacity {
        /// The manager.
        manager: u64,
        /// Number of open chats. Null is no limit.
        capacity: Option<u32>,
    },
    /// Creates or updates a customer. Fields left out keep their value; a profile replaces the old one as a whole.
    ///
    /// Without a number, it updates the customer with the external id, or creates one with the next free number; the
    /// reply is that number.
    PutCustomer {
        /// The customer. May be left out if there is an external id.
        customer: Option<u64>,
        /// The id in the caller's own system, 1 to 128 characters.
        external: Option<String>,
        /// The name, up to 256 characters.
        name: Option<String>,
        /// Further details: up to 64 entries, with keys of up to 128 and values of up to 1,024 characters.
        profile: Option<BTreeMap<String, String>>,
    },
    /// Deletes a customer with their chats, messages and events. Only an owner or the system may do this. Cannot be
    /// undone.
    DeleteCustomer {
        /// The customer.
        customer: u64,
    },
    /// Replaces the ordered list of profile fields of the workspace.
    SetProfileFields {
        /// Up to 64 fields with different keys.
        fields: Vec<ProfileField>,
    },
    /// Records an event: an action of a customer on the host's site.
    TrackEvent {
        /// The customer.
        customer: u64,
        /// The name of the event, up to 256 characters.
        name: String,
        /// The page it happened on, up to 2,048 characters.
        page: Option<String>,
        /// Further details: up to 64 entries, with keys of up to 128 and values of up to 1,024 characters.
        properties: Option<BTreeMap<String, String>>,
    },
    /// Creates a tag, with missing parents.
    CreateTag {
        /// Up to 8 names of up to 128 characters, separated by `/`.
        path: String,
    },
    /// Deletes a tag with its descendants, and removes them from all chats.
    DeleteTag {
        /// The path of the tag.
        path: String,
    },
    /// Moves or renames a tag with its descendants. Chats keep the tag, and counts follow.
    MoveTag {
        /// The path of the tag.
        path: String,
        /// The new path. It must not exist or be below `path`. Missing parents are created.
        to: String,
    },
    /// Merges a tag into another. It and each tag below it become the tag at the same place below `into`, created where
    /// missing. Chats and followers move; a chat with both tags keeps one.
    MergeTag {
        /// The path of the tag that goes.
        path: String,
        /// The path of the tag that stays. Neither may be below the other.
        into: String,
    },
    /// Makes a manager follow a tag. Followers of a tag are recommended for chats with that tag.
    FollowTag {
        /// The path of the tag.
        path: String,
        /// The new follower.
        manager: u64,
    },
    /// Makes a manager unfollow a tag.
    UnfollowTag {
        /// The path of the tag.
        path: String,
        /// The former follower.
        manager: u64,
    },
    /// Starts a chat. The reply is its id. If a chat of the customer has the external id, nothing is done, and the reply
    /// is that chat.
    StartChat {
        /// The customer.
        customer: u64,
        /// The id in the caller's own system, 1 to 128 characters.
        external: Option<String>,
    },
    /// Sends a message. The reply is its number. If a message of the chat has the external id, nothing is done, and the
    /// reply is that message.
    SendMessage {
        /// The chat.
        chat: u32,
        /// Who can see it. A public message from a customer or manager opens the chat.
        visibility: Visibility,
        /// Up to 65,536 bytes. May be empty if there are files.
        text: String,
        /// Up to 16 files.
        files: Option<Vec<File>>,
        /// The id in the caller's own system, 1 to 128 characters.
        external: Option<String>,
        /// Whether it leaves the status of the chat alone, as an automatic reply does.
        quiet: Option<bool>,
    },
    /// Replaces the text of a message. Only its author or the system may do this. It is no activity and tells no
    /// manager.
    EditMessage {
        /// The chat.
        chat: u32,
        /// The message.
        message: u32,
        /// Up to 65,536 bytes. May be empty if the message has files.
        text: String,
    },
    /// Takes text and files of a message away. The message stays, marked as redacted. Only its author, an owner or the
    /// system may do this. Cannot be undone.
    RedactMessage {
        /// The chat.
        chat: u32,
        /// The message.
        message: u32,
    },
    /// Assigns a chat to a manager, who then follows it.
    Assign {
        /// The chat.
        chat: u32,
        /// The new assignee.
        manager: u64,
    },
    /// Assigns a chat to the best recommended manager. The reply is that manager.
    AssignRecommended {
        /// The chat.
        chat: u32,
        /// Whether only managers who are online count.
        online: Option<bool>,
    },
    /// Removes the assignee of a chat. The former assignee still follows it.
    Unassign {
        /// The chat.
        chat: u32,
    },
    /// Removes the acting manager from a chat, as assignee and follower, with their unread messages.
    Leave {
        /// The chat.
        chat: u32,
    },
    /// Adds followers.
    Follow {
        /// The chat.
        chat: u32,
        /// Up to 1,024 managers.
        managers: Vec<u64>,
    },
    /// Removes followers. Refused if one of them is the assignee.
    Unfollow {
        /// The chat.
        chat: u32,
        /// Up to 1,024 managers.
        managers: Vec<u64>,
    },
    /// Adds tags. A chat has at most 8.
    Tag {
        /// The chat.
        chat: u32,
        /// Paths of tags that exist.
        tags: Vec<String>,
    },
    /// Removes tags.
    Untag {
        /// The chat.
        chat: u32,
        /// Paths of tags that exist.
        tags: Vec<String>,
    },
    /// Opens a chat.
    Open {
        /// The chat.
        chat: u32,
    },
    /// Snoozes a chat. It opens again by itself at the given time.
    Snooze {
        /// The chat.
        chat: u32,
        /// When it opens again. Must be later than now.
        until: u64,
    },
    /// Closes a chat.
    Close {
        /// The chat.
        chat: u32,
    },
    /// Sets the description of a chat.
    SetDescription {
        /// The chat.
        chat: u32,
        /// Up to 4,096 characters. `#` followed by letters, digits or `_` is a hashtag.
        text: String,
    },
    /// Sets an attribute of a chat, for the host and its custom indexes. Removes the attribute if there is no value.
    SetAttribute {
        /// The chat.
        chat: u32,
        /// 1 to 128 characters. A chat has up to 32 attributes.
        key: String,
        /// Up to 256 characters.
        value: Option<String>,
    },
    /// Marks the messages of a chat as read by the acting manager: all, or those up to one.
    MarkRead {
        /// The chat.
        chat: u32,
        /// The last message that was read.
        up_to: Option<u32>,
    },
    /// Marks a chat as unread by the acting manager, who must be a recipient of its messages. A count of zero becomes
    /// one.
    MarkUnread {
        /// The chat.
        chat: u32,
    },
    /// Makes a chat a favorite of the acting manager.
    Favorite {
        /// The chat.
        chat: u32,
    },
    /// Removes a chat from the favorites of the acting manager.
    Unfavorite {
        /// The chat.
        chat: u32,
    },
    /// Deletes a chat with its messages. Only an owner or the system may do this. Cannot be undone.
    DeleteChat {
        /// The chat.
        chat: u32,
    },
    /// Deletes everything in the workspace and resets its clock. Only the system may do this. Ids are not reused.
    /// Cannot be undone.
    DeleteWorkspace,
    /// Applies one action to many chats. The set of chats is fixed at the start. Each chat succeeds or is refused on
    /// its own; the reply is a `BulkReport`.
    ///
    /// A large bulk action is split into several changes, so that other commands can run in between. If a crash
    /// interrupts it, the next open finishes it.
    Bulk {
        /// The chats.
        select: Selection,
        /// What to do with each chat.
        #[schema(rename = "do")]
        action: Action,
    },
    /// Advances the workspace's clock and ends the snoozes that are due.
    Tick,
    /// Sets the workspace's clock, also back: the way out after a wrong clock. Only the system may do this. It ends no
    /// snooze; one that is due by then ends before the next command. The envelope's own time does not count.
    SetClock {
        /// The new time of the clock.
        at: u64,
    },
    /// Does 1 to 64 commands together or not at all, as one change: see `Batch`.
    All(Vec<Step>),
}

/// The chats of a bulk action.
#[derive(Serialize, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Selection {
    /// A list of up to 1,024 chats, in this order. Duplicates are ignored.
    Chats(Vec<u32>),
    /// All chats that match a filter, in order of their ids.
    Filter(Filter),
}

/// What a bulk action does with each chat. Each variant does what the `Command` of the same name does with one chat.
#[derive(Serialize, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Action {
    /// Assigns the chats to a manager, who then follows them.
    Assign {
        /// The new assignee.
        manager: u64,
    },
    /// Removes the assignee, who still follows.
    Unassign {},
    /// Adds followers.
    Follow {
        /// Up to 1,024 managers.
        managers: Vec<u64>,
    },
    /// Removes followers. Refused for a chat that is assigned to one of them.
    Unfollow {
        /// Up to 1,024 managers.
        managers: Vec<u64>,
    },
    /// Adds tags.
    Tag {
        /// Paths of tags that exist.
        tags: Vec<String>,
    },
    /// Removes tags.
    Untag {
        /// Paths of tags that exist.
        tags: Vec<String>,
    },
    /// Adds a message.
    SendMessage {
        /// Who can see the message.
        visibility: Visibility,
        /// Up to 65,536 bytes. May be empty if there are files.
        text: String,
        /// Up to 16 files.
        files: Option<Vec<File>>,
    },
    /// Opens the chats.
    Open {},
    /// Snoozes the chats until a given time.
    Snooze {
        /// When they open again. Must be later than now.
        until: u64,
    },
    /// Closes the chats.
    Close {},
    /// Marks the chats as read by the acting manager.
    MarkRead {},
    /// Removes the acting manager as assignee and follower.
    Leave {},
}
