//! The lines of a JSON Lines export, as data. Shared by export and import.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Contents;
use crate::model::{
    Actor, ChatId, CustomerId, File, ManagerId, MessageId, ProfileField, Role, Status, TagId, Visibility, WorkspaceId,
};
use crate::record::{ChatRecord, CustomerRecord, EventRecord, MessageRecord, Unread};
use crate::sets::IdSet;

/// The version of the format.
pub(crate) const VERSION: u64 = 1;

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
    End(Contents),
}

/// The source of the export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub(crate) version: u64,
    pub(crate) workspace: WorkspaceId,
    pub(crate) clock: u64,
    /// The id that the next chat would have been assigned.
    pub(crate) next_chat: u32,
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
    pub(crate) manager: ManagerId,
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
    pub(crate) customer: CustomerId,
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
    pub(crate) customer: CustomerId,
    pub(crate) event: u32,
    pub(crate) at: u64,
    pub(crate) name: String,
    pub(crate) page: Option<String>,
    pub(crate) properties: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChatLine {
    pub(crate) id: ChatId,
    pub(crate) customer: CustomerId,
    pub(crate) status: Status,
    pub(crate) snoozed_until: Option<u64>,
    pub(crate) assignee: Option<ManagerId>,
    pub(crate) followers: Vec<ManagerId>,
    pub(crate) tags: Vec<Arc<str>>,
    pub(crate) unread: BTreeMap<ManagerId, u64>,
    pub(crate) favorited_by: Vec<ManagerId>,
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
    pub(crate) snoozed_by: Option<ManagerId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageLine {
    pub(crate) chat: ChatId,
    pub(crate) message: MessageId,
    pub(crate) at: u64,
    pub(crate) author: Actor,
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

fn is_false(value: &bool) -> bool {
    !*value
}

impl CustomerLine {
    pub(crate) fn new(customer: CustomerId, record: &CustomerRecord) -> Self {
        let CustomerRecord { name, profile, events, events_digest: _, external } = record.clone();
        Self { customer, name, profile, events, external }
    }
}

impl EventLine {
    pub(crate) fn new(customer: CustomerId, event: u32, record: &EventRecord) -> Self {
        let EventRecord { at, name, page, properties } = record.clone();
        Self { customer, event, at, name, page, properties }
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
            id,
            customer: *customer,
            status: *status,
            snoozed_until: *snoozed_until,
            assignee,
            followers: followers.iter().filter(known).collect(),
            tags,
            unread: unread.iter().filter(|(manager, _)| receives(*manager)).collect(),
            favorited_by: favorited_by.iter().filter(known).collect(),
            description: description.clone(),
            created_at: *created_at,
            last_activity_at: *last_activity_at,
            messages: *messages,
            attributes: attributes.clone(),
            events_before: *events_before,
            external: external.clone(),
            snoozed_by: snoozed_by.filter(known),
        }
    }
}

/// The parts of a chat that name managers and tags, looked up.
pub(crate) struct Links {
    pub(crate) followers: IdSet<ManagerId>,
    pub(crate) tags: IdSet<TagId>,
    pub(crate) unread: Unread,
    pub(crate) favorited_by: IdSet<ManagerId>,
}

impl ChatLine {
    /// The stored form of an imported chat. The import has checked the line; `links` are what it found by name.
    pub(crate) fn into_record(self, links: Links) -> ChatRecord {
        let Self {
            id: _,
            customer,
            status,
            snoozed_until,
            assignee,
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
            snoozed_by,
        } = self;
        let Links { followers, tags, unread, favorited_by } = links;
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
        Self { chat, message, at, author, visibility, text, files, external, edited_at, redacted }
    }
}
