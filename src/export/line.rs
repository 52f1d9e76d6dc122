//! The lines of a JSON Lines export, as data. Shared by export and import.
//!
//! Exports give every thing its number, and refer to it by number. A file to import may leave numbers out of lines with
//! an external id, and may refer to things by external id.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::Contents;
use super::reference::{Author, Reference, UnreadCounts};
use crate::command::Reply;
use crate::model::{
    Actor, ChatId, CustomerId, File, ManagerId, MessageId, ProfileField, Role, Status, TagId, Visibility, WorkspaceId,
    is_false,
};
use crate::record::{ChatRecord, CustomerRecord, EventRecord, ManagerRecord, MessageRecord, RememberedRecord, Unread};
use crate::sets::IdSet;

/// The version of the format. Version 1 has none of the fields that exports leave out where there is nothing to say.
pub(crate) const VERSION: u64 = 2;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Line {
    InboxdbExport(Header),
    ProfileFields { fields: Vec<ProfileField> },
    Tag(TagLine),
    Manager(ManagerLine),
    Customer(CustomerLine),
    Event(EventLine),
    Chat(Box<ChatLine>),
    Message(MessageLine),
    Done(DoneLine),
    End(Contents),
}

/// The source of the export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub(crate) version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) workspace: Option<WorkspaceId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) clock: Option<u64>,
    /// The id that the next chat would have been assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next_chat: Option<u32>,
    /// One more than the highest number that a manager ever had; 0 if that was the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next_manager: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next_customer: Option<u64>,
    /// How often the clock was set or reset, if ever. Times may then contradict the order of things.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) clock_epoch: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TagLine {
    pub(crate) path: Arc<str>,
    /// Whether the tag is of an older version, and commands could not create it beside the others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) apart: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ManagerLine {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) manager: Option<ManagerId>,
    pub(crate) name: Arc<str>,
    pub(crate) role: Role,
    pub(crate) operator: bool,
    pub(crate) online: bool,
    pub(crate) followed_tags: Vec<Arc<str>>,
    pub(crate) capacity: Option<u32>,
    pub(crate) last_assigned_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) external: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) removed: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerLine {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) customer: Option<CustomerId>,
    pub(crate) name: Option<String>,
    pub(crate) profile: BTreeMap<String, String>,
    /// The number of event lines that follow.
    pub(crate) events: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) external: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventLine {
    pub(crate) customer: Reference<CustomerId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) event: Option<u32>,
    pub(crate) at: u64,
    pub(crate) name: String,
    pub(crate) page: Option<String>,
    pub(crate) properties: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChatLine {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<ChatId>,
    pub(crate) customer: Reference<CustomerId>,
    pub(crate) status: Status,
    pub(crate) snoozed_until: Option<u64>,
    pub(crate) assignee: Option<Reference<ManagerId>>,
    pub(crate) followers: Vec<Reference<ManagerId>>,
    pub(crate) tags: Vec<Arc<str>>,
    pub(crate) unread: UnreadCounts,
    pub(crate) favorited_by: Vec<Reference<ManagerId>>,
    pub(crate) description: Option<String>,
    pub(crate) created_at: u64,
    pub(crate) last_activity_at: u64,
    /// The number of message lines that follow.
    pub(crate) messages: u32,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) events_before: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) external: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) snoozed_by: Option<Reference<ManagerId>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageLine {
    pub(crate) chat: Reference<ChatId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<MessageId>,
    pub(crate) at: u64,
    pub(crate) author: Author,
    pub(crate) visibility: Visibility,
    pub(crate) text: String,
    pub(crate) files: Vec<File>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) external: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) edited_at: Option<u64>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) redacted: bool,
}

/// The id of a command that was done, with the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DoneLine {
    pub(crate) actor: Actor,
    pub(crate) id: String,
    /// The digest of actor and command, in 16 hexadecimal digits.
    pub(crate) digest: String,
    pub(crate) at: u64,
    #[serde(deserialize_with = "exact_reply")]
    pub(crate) ok: Reply,
}

/// Reads a reply without fields that it does not have: serde ignores those of an untagged enumeration.
fn exact_reply<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Reply, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let reply: Reply = serde_json::from_value(value.clone()).map_err(D::Error::custom)?;
    match serde_json::to_value(&reply) {
        Ok(written) if written == value => Ok(reply),
        _ => Err(D::Error::custom("`ok` is not the reply to a command")),
    }
}

impl Line {
    /// Describes a manager, customer or chat that has no external id.
    pub(crate) fn without_external(&self) -> Option<String> {
        let described = |what: &str, number: Option<u64>| match number {
            Some(number) => format!("{what} {number}"),
            None => format!("a {what}"),
        };
        match self {
            Line::Manager(ManagerLine { manager, external: None, .. }) => {
                Some(described("manager", manager.map(u64::from)))
            }
            Line::Customer(CustomerLine { customer, external: None, .. }) => {
                Some(described("customer", customer.map(u64::from)))
            }
            Line::Chat(chat) if chat.external.is_none() => Some(described("chat", chat.id.map(|id| id.0.into()))),
            _ => None,
        }
    }
}

impl CustomerLine {
    pub(crate) fn new(customer: CustomerId, record: &CustomerRecord) -> Self {
        let CustomerRecord { name, profile, events, events_digest: _, external } = record.clone();
        Self { customer: Some(customer), name, profile, events, external }
    }
}

impl EventLine {
    pub(crate) fn new(customer: CustomerId, event: u32, record: &EventRecord) -> Self {
        let EventRecord { at, name, page, properties } = record.clone();
        Self { customer: customer.into(), event: Some(event), at, name, page, properties }
    }
}

impl ChatLine {
    /// `tags` are the paths of its tags. `operator` says whether a manager is in operator mode, and is `None` for
    /// managers that the export leaves out.
    pub(crate) fn new(
        id: ChatId,
        record: &ChatRecord,
        tags: Vec<Arc<str>>,
        operator: impl Fn(ManagerId) -> Option<bool>,
    ) -> Self {
        let ChatRecord {
            customer,
            status,
            snoozed_until,
            assignee,
            followers,
            tags: _,
            unread,
            favorited_by,
            description,
            created_at,
            last_activity_at,
            position: _,
            messages,
            messages_digest: _,
            attributes,
            events_before,
            external,
            snoozed_by,
            external_messages: _,
            era: _,
        } = record;
        let known = |manager: &ManagerId| operator(*manager).is_some();
        let assignee = assignee.filter(known);
        let receives = |manager: ManagerId| {
            operator(manager).is_some_and(|operator| followers.contains(manager) || (assignee.is_none() && operator))
        };
        Self {
            id: Some(id),
            customer: (*customer).into(),
            status: *status,
            snoozed_until: *snoozed_until,
            assignee: assignee.map(Reference::from),
            followers: followers.iter().filter(known).map(Reference::from).collect(),
            tags,
            unread: unread.iter().filter(|(manager, _)| receives(*manager)).collect::<UnreadCounts>(),
            favorited_by: favorited_by.iter().filter(known).map(Reference::from).collect(),
            description: description.clone(),
            created_at: *created_at,
            last_activity_at: *last_activity_at,
            messages: *messages,
            attributes: attributes.clone(),
            events_before: *events_before,
            external: external.clone(),
            snoozed_by: snoozed_by.filter(known).map(Reference::from),
        }
    }
}

/// The parts of a chat that name customers, managers and tags, looked up.
pub(crate) struct Links {
    pub(crate) customer: CustomerId,
    pub(crate) assignee: Option<ManagerId>,
    pub(crate) followers: IdSet<ManagerId>,
    pub(crate) tags: IdSet<TagId>,
    pub(crate) unread: Unread,
    pub(crate) favorited_by: IdSet<ManagerId>,
    pub(crate) snoozed_by: Option<ManagerId>,
}

impl ChatLine {
    /// The stored form of an imported chat. The import has checked the line; `links` are what it found by name.
    pub(crate) fn into_record(self, links: Links) -> ChatRecord {
        let Self {
            id: _,
            customer: _,
            status,
            snoozed_until,
            assignee: _,
            followers: _,
            tags: _,
            unread: _,
            favorited_by: _,
            description,
            created_at,
            last_activity_at,
            messages: _,
            attributes,
            events_before,
            external,
            snoozed_by: _,
        } = self;
        let Links { customer, assignee, followers, tags, unread, favorited_by, snoozed_by } = links;
        ChatRecord {
            customer,
            status,
            snoozed_until,
            assignee,
            followers,
            tags,
            unread,
            favorited_by,
            description,
            created_at,
            last_activity_at,
            // Given when it is put, and its messages are counted then.
            position: 0,
            messages: 0,
            messages_digest: 0,
            attributes,
            events_before,
            external,
            snoozed_by,
            external_messages: 0,
            era: 0,
        }
    }
}

impl MessageLine {
    pub(crate) fn new(chat: ChatId, message: MessageId, record: &MessageRecord) -> Self {
        let MessageRecord { at, author, visibility, text, files, external, edited_at, redacted } = record.clone();
        let (chat, message, author) = (chat.into(), Some(message), author.into());
        Self { chat, message, at, author, visibility, text, files, external, edited_at, redacted }
    }
}

impl DoneLine {
    pub(crate) fn new(record: &RememberedRecord) -> Self {
        let RememberedRecord { actor, id, digest, at, reply } = record.clone();
        Self { actor, id, digest: format!("{digest:016x}"), at, ok: reply }
    }
}

impl ManagerLine {
    /// `followed_tags` are the paths of the tags they follow.
    pub(crate) fn new(manager: ManagerId, record: &ManagerRecord, followed_tags: Vec<Arc<str>>) -> Self {
        let ManagerRecord {
            name,
            role,
            operator,
            online,
            followed_tags: _,
            capacity,
            last_assigned_at,
            external,
            removed,
            operator_era: _,
            removed_era: _,
        } = record.clone();
        let manager = Some(manager);
        Self { manager, name, role, operator, online, followed_tags, capacity, last_assigned_at, external, removed }
    }
}
