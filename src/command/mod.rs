//! Every change that can be asked for.
//!
//! A command is data: it serialises to one JSON object, and the same commands always give the same inbox.
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
mod build;
mod content;
mod reply;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::error::{Code, Refusal};
use crate::model::limits::{COMMAND_ID_BYTES_MAX, TIME_MAX_MS};
use crate::model::{
    Actor, ChatId, CustomerId, File, ManagerId, ProfileField, Role, Timestamp, Visibility, WorkspaceId,
};

pub(crate) use about::{ChatsRead, Customers, Managers, Subject};
pub use action::{Action, Selection};
pub use content::{CustomerUpdate, NewEvent, NewMessage};
pub use reply::{BulkReport, Outcome, RefusedChat, Reply};

/// A command with its workspace, its time and who asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Envelope {
    /// Where it happens. A workspace exists as soon as a command names it.
    pub workspace: WorkspaceId,
    /// When it happens. Where the workspace's clock is later, the clock counts.
    pub at: Timestamp,
    /// Who asks.
    pub actor: Actor,
    /// What to do.
    #[serde(rename = "do")]
    pub command: Command,
    /// A name of the caller's choice for this one command, up to 64 bytes. It is kept with the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl Envelope {
    /// A command without an id of its own.
    pub fn new(
        workspace: impl Into<WorkspaceId>,
        at: impl Into<Timestamp>,
        actor: impl Into<Actor>,
        command: Command,
    ) -> Self {
        Self { workspace: workspace.into(), at: at.into(), actor: actor.into(), command, id: None }
    }

    /// The same command under an id of the caller's choice.
    #[must_use]
    pub fn with_id(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// Refuses, as malformed, what the types alone let through: moments after the year 9999, too long ids, keys
    /// without a character, keys of profile fields that come twice.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        check_moment("at", self.at)?;
        match &self.command {
            Command::Snooze { until, .. } | Command::Bulk { action: Action::Snooze { until }, .. } => {
                check_moment("until", *until)?;
            }
            Command::SetAttribute { key, .. } => check_key(key)?,
            Command::SetProfileFields { fields } => check_keys(fields)?,
            _ => {}
        }
        match self.id.as_ref().map_or(0, String::len) {
            bytes if bytes > COMMAND_ID_BYTES_MAX => Err(Refusal::new(
                Code::Malformed,
                format!("the command's id has {bytes} bytes; the limit is {COMMAND_ID_BYTES_MAX}"),
            )),
            _ => Ok(()),
        }
    }
}

fn check_moment(field: &str, moment: Timestamp) -> Result<(), Refusal> {
    if moment <= Timestamp::MAX {
        return Ok(());
    }
    let (moment, max) = (moment.as_millis(), TIME_MAX_MS);
    Err(Refusal::new(
        Code::Malformed,
        format!("`{field}` is {moment} ms; the latest moment is {max} ms, the end of the year 9999"),
    ))
}

pub(crate) fn check_key(key: &str) -> Result<(), Refusal> {
    if key.is_empty() { Err(Refusal::new(Code::Malformed, "a key needs at least one character")) } else { Ok(()) }
}

pub(crate) fn check_keys(fields: &[ProfileField]) -> Result<(), Refusal> {
    let mut keys = BTreeSet::new();
    for field in fields {
        check_key(&field.key)?;
        if !keys.insert(&field.key) {
            return Err(Refusal::new(Code::Malformed, "two profile fields have the same key"));
        }
    }
    Ok(())
}

/// One change that somebody asks for.
///
/// Each is atomic, but for a bulk action over many chats. One that changes nothing, such as closing a closed chat, is accepted. The limits are in
/// [`limits`](crate::limits), the codes of refusals in [`Code`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Command {
    /// Creates or updates a manager. Operator mode and presence of one who exists stay as they are.
    #[non_exhaustive]
    PutManager {
        /// Whom.
        manager: ManagerId,
        /// The name as shown, up to 256 characters.
        name: String,
        /// What they may do.
        role: Role,
    },
    /// Removes a manager: their chats become unassigned and unfollowed; what they had not read, their
    /// favorites and the tags they follow are gone.
    #[non_exhaustive]
    RemoveManager {
        /// Whom.
        manager: ManagerId,
    },
    /// Turns operator mode on or off. Turning it on raises no unread count.
    #[non_exhaustive]
    SetOperator {
        /// Whose.
        manager: ManagerId,
        /// On or off.
        on: bool,
    },
    /// Says whether a manager is there.
    #[non_exhaustive]
    SetOnline {
        /// Who.
        manager: ManagerId,
        /// There or not.
        on: bool,
    },
    /// Says how many open chats a manager can have, for the recommendation of assignees.
    #[non_exhaustive]
    SetCapacity {
        /// Whose.
        manager: ManagerId,
        /// How many; none is no limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        capacity: Option<u32>,
    },
    /// Creates or updates a customer. What is not given is kept; a given profile replaces the old one.
    #[non_exhaustive]
    PutCustomer {
        /// Whom.
        customer: CustomerId,
        /// The name, up to 256 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// What else is known: up to 64 entries, keys of 128 and values of 1,024 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile: Option<BTreeMap<String, String>>,
    },
    /// Deletes a customer with their chats, the messages of these, and their events, for good. Needs an owner or
    /// the system.
    #[non_exhaustive]
    DeleteCustomer {
        /// Whom.
        customer: CustomerId,
    },
    /// Says which fields the profiles of the workspace have, in their order; replaces those before.
    #[non_exhaustive]
    SetProfileFields {
        /// Up to 64 fields with different keys.
        fields: Vec<ProfileField>,
    },
    /// Records what a customer did on the site.
    #[non_exhaustive]
    TrackEvent {
        /// Who did it.
        customer: CustomerId,
        /// What, up to 256 characters.
        name: String,
        /// On which page, up to 2,048 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        page: Option<String>,
        /// Its details, limited like a profile.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        properties: Option<BTreeMap<String, String>>,
    },
    /// Creates a tag and the parents that it misses.
    #[non_exhaustive]
    CreateTag {
        /// Up to 8 names of up to 128 characters, split by `/`.
        path: String,
    },
    /// Deletes a tag and all below it, and takes them off the chats.
    #[non_exhaustive]
    DeleteTag {
        /// Which.
        path: String,
    },
    /// Moves or renames a tag with all below it. Chats keep it; counts move.
    #[non_exhaustive]
    MoveTag {
        /// Which.
        path: String,
        /// Its new path, which must be free and not below `path`. Parents that it misses are created.
        to: String,
    },
    /// Marks a manager as one to be recommended for chats with a tag.
    #[non_exhaustive]
    FollowTag {
        /// The tag.
        path: String,
        /// Who follows it.
        manager: ManagerId,
    },
    /// Takes that mark back.
    #[non_exhaustive]
    UnfollowTag {
        /// The tag.
        path: String,
        /// Who no longer follows it.
        manager: ManagerId,
    },
    /// Starts a chat; answers with its id.
    #[non_exhaustive]
    StartChat {
        /// With whom.
        customer: CustomerId,
    },
    /// Adds a message; answers with its number.
    #[non_exhaustive]
    SendMessage {
        /// To which chat.
        chat: ChatId,
        /// Who may see it. A public one by a customer or manager opens the chat.
        visibility: Visibility,
        /// Up to 65,536 bytes; may be empty where there are files.
        text: String,
        /// Up to 16 files.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        files: Option<Vec<File>>,
    },
    /// Puts one manager in charge, who then follows the chat.
    #[non_exhaustive]
    Assign {
        /// Which chat.
        chat: ChatId,
        /// Who takes it.
        manager: ManagerId,
    },
    /// Puts the manager in charge who is recommended first; answers with them.
    #[non_exhaustive]
    AssignRecommended {
        /// Which chat.
        chat: ChatId,
    },
    /// Leaves a chat without an assignee; who had it still follows it.
    #[non_exhaustive]
    Unassign {
        /// Which chat.
        chat: ChatId,
    },
    /// Takes the acting manager out of a chat.
    #[non_exhaustive]
    Leave {
        /// Which chat.
        chat: ChatId,
    },
    /// Adds followers.
    #[non_exhaustive]
    Follow {
        /// Which chat.
        chat: ChatId,
        /// Up to 1,024 managers.
        managers: Vec<ManagerId>,
    },
    /// Removes followers, but never the assignee.
    #[non_exhaustive]
    Unfollow {
        /// Which chat.
        chat: ChatId,
        /// Up to 1,024 managers.
        managers: Vec<ManagerId>,
    },
    /// Adds tags; a chat bears at most 8.
    #[non_exhaustive]
    Tag {
        /// Which chat.
        chat: ChatId,
        /// Paths of tags that exist.
        tags: Vec<String>,
    },
    /// Removes tags.
    #[non_exhaustive]
    Untag {
        /// Which chat.
        chat: ChatId,
        /// Paths of tags that exist.
        tags: Vec<String>,
    },
    /// Opens a chat.
    #[non_exhaustive]
    Open {
        /// Which chat.
        chat: ChatId,
    },
    /// Puts a chat out of sight; it opens by itself at that moment.
    #[non_exhaustive]
    Snooze {
        /// Which chat.
        chat: ChatId,
        /// When it comes back: later than now.
        until: Timestamp,
    },
    /// Closes a chat.
    #[non_exhaustive]
    Close {
        /// Which chat.
        chat: ChatId,
    },
    /// Replaces a chat's description.
    #[non_exhaustive]
    SetDescription {
        /// Which chat.
        chat: ChatId,
        /// Up to 4,096 characters. `#` followed by letters, digits or `_` is a hashtag.
        text: String,
    },
    /// Notes something of a chat, for the host and its custom indexes, or with no value takes the note away.
    #[non_exhaustive]
    SetAttribute {
        /// Which chat.
        chat: ChatId,
        /// 1 to 128 characters. A chat has up to 32 attributes.
        key: String,
        /// Up to 256 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
    /// The acting manager has read all of a chat.
    #[non_exhaustive]
    MarkRead {
        /// Which chat.
        chat: ChatId,
    },
    /// Makes a chat a favorite of the acting manager.
    #[non_exhaustive]
    Favorite {
        /// Which chat.
        chat: ChatId,
    },
    /// Takes that back.
    #[non_exhaustive]
    Unfavorite {
        /// Which chat.
        chat: ChatId,
    },
    /// Deletes a chat with its messages, for good. Needs an owner or the system.
    #[non_exhaustive]
    DeleteChat {
        /// Which chat.
        chat: ChatId,
    },
    /// Deletes everything in the workspace, for good: only the system may. Its clock stays, and ids are not given
    /// again.
    DeleteWorkspace,
    /// Does one action on many chats. Which chats is fixed when it starts; each succeeds or is refused for itself.
    /// Many chats are cut into several changes, so that other commands go on in between; a bulk action that a crash
    /// interrupts is finished when the store is opened.
    #[non_exhaustive]
    Bulk {
        /// Which chats.
        select: Selection,
        /// What to do with each.
        #[serde(rename = "do")]
        action: Action,
    },
    /// Lets time pass: snoozes that are due fire.
    Tick,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Envelope, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn unknown_missing_and_out_of_range_fields_do_not_parse() {
        let good = r#"{"workspace":1,"at":2,"actor":"system","do":"tick"}"#;
        assert!(parse(good).is_ok());
        for bad in [
            r#"{"workspace":1,"at":2,"actor":"system","do":"tick","more":1}"#,
            r#"{"workspace":1,"at":2,"actor":"system"}"#,
            r#"{"workspace":-1,"at":2,"actor":"system","do":"tick"}"#,
            r#"{"workspace":1,"at":2,"actor":"nobody","do":"tick"}"#,
            r#"{"workspace":1,"at":2,"actor":"system","do":{"open":{"chat":4294967296}}}"#,
            r#"{"workspace":1,"at":2,"actor":"system","do":{"open":{"chat":1,"x":1}}}"#,
            r#"{"workspace":1,"at":2,"actor":"system","do":{"snooze":{"chat":1}}}"#,
            r#"{"workspace":1,"at":2,"actor":"system","do":{"fly":{"chat":1}}}"#,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn optional_fields_may_be_null() {
        let json = r#"{"workspace":1,"at":2,"actor":"system","id":null,"do":{"put_customer":{"customer":5,"name":null,"profile":null}}}"#;
        assert!(parse(json).is_ok());
    }

    #[test]
    fn moments_after_the_year_9999_and_long_ids_are_malformed() {
        let mut envelope = Envelope::new(WorkspaceId(1), TIME_MAX_MS, Actor::System, Command::snooze(1, 1));
        assert!(envelope.check().is_ok());
        envelope.id = Some("x".repeat(65));
        assert_eq!(envelope.check().map_err(|r| r.code), Err(Code::Malformed));
        envelope.id = None;
        envelope.command = Command::snooze(1, TIME_MAX_MS + 1);
        assert_eq!(envelope.check().map_err(|r| r.code), Err(Code::Malformed));
    }
}
