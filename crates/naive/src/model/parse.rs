//! Parses a line of text into a command. `None` is `malformed` everywhere in this file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::bulk::{self, Select};
use crate::model::fields::{Fields, either, list, number, pairs, small, tagged, text};

/// The last millisecond of the year 9999.
pub const LATEST: u64 = 253_402_300_799_999;

pub type Pairs = BTreeMap<String, String>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    System,
    Manager(u64),
    Customer(u64),
}

#[derive(Clone, Debug, PartialEq)]
pub struct File {
    pub name: String,
    pub url: String,
    pub media_type: String,
    pub bytes: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ProfileField {
    pub key: String,
    pub label: String,
    pub shown: bool,
}

pub struct Envelope {
    pub workspace: u64,
    pub at: u64,
    pub actor: Actor,
    pub command: Do,
}

#[derive(Clone)]
pub enum Do {
    PutManager {
        manager: u64,
        name: String,
        owner: bool,
    },
    RemoveManager {
        manager: u64,
    },
    SetOperator {
        manager: u64,
        on: bool,
    },
    SetOnline {
        manager: u64,
        on: bool,
    },
    PutCustomer {
        customer: u64,
        name: Option<String>,
        profile: Option<Pairs>,
    },
    TrackEvent {
        customer: u64,
        name: String,
        page: Option<String>,
        properties: Option<Pairs>,
    },
    CreateTag {
        path: String,
    },
    DeleteTag {
        path: String,
    },
    MoveTag {
        path: String,
        to: String,
    },
    FollowTag {
        path: String,
        manager: u64,
    },
    UnfollowTag {
        path: String,
        manager: u64,
    },
    StartChat {
        customer: u64,
    },
    SendMessage {
        chat: u32,
        public: bool,
        text: String,
        files: Vec<File>,
    },
    Assign {
        chat: u32,
        manager: u64,
    },
    Unassign {
        chat: u32,
    },
    Leave {
        chat: u32,
    },
    Open {
        chat: u32,
    },
    Close {
        chat: u32,
    },
    MarkRead {
        chat: u32,
    },
    Favorite {
        chat: u32,
    },
    Unfavorite {
        chat: u32,
    },
    DeleteChat {
        chat: u32,
    },
    Follow {
        chat: u32,
        managers: Vec<u64>,
    },
    Unfollow {
        chat: u32,
        managers: Vec<u64>,
    },
    Tag {
        chat: u32,
        tags: Vec<String>,
    },
    Untag {
        chat: u32,
        tags: Vec<String>,
    },
    Snooze {
        chat: u32,
        until: u64,
    },
    SetDescription {
        chat: u32,
        text: String,
    },
    SetCapacity {
        manager: u64,
        capacity: Option<u32>,
    },
    SetProfileFields {
        fields: Vec<ProfileField>,
    },
    DeleteCustomer {
        customer: u64,
    },
    DeleteWorkspace,
    SetAttribute {
        chat: u32,
        key: String,
        value: Option<String>,
    },
    AssignRecommended {
        chat: u32,
    },
    /// The action has chat 0 until it is applied to a chat.
    Bulk {
        select: Select,
        action: Box<Do>,
    },
    Tick,
}

fn files(value: Value) -> Option<Vec<File>> {
    list(value, |item| {
        let mut fields = Fields::of(item)?;
        let file = File {
            name: fields.text("name")?,
            url: fields.text("url")?,
            media_type: fields.text("media_type")?,
            bytes: fields.number("bytes")?,
        };
        fields.end()?;
        Some(file)
    })
}

/// Reads profile fields. Every entry needs a key, and no key may appear twice.
fn profile_fields(value: Value) -> Option<Vec<ProfileField>> {
    let fields = list(value, |item| {
        let mut fields = Fields::of(item)?;
        let field =
            ProfileField { key: fields.text("key")?, label: fields.text("label")?, shown: fields.flag("shown")? };
        fields.end()?;
        Some(field)
    })?;
    let keys: BTreeSet<&str> = fields.iter().map(|field| field.key.as_str()).collect();
    (keys.len() == fields.len() && !keys.contains("")).then_some(fields)
}

fn actor(value: Value) -> Option<Actor> {
    if value == "system" {
        return Some(Actor::System);
    }
    let (kind, id) = tagged(value)?;
    match kind.as_str() {
        "manager" => number(id).map(Actor::Manager),
        "customer" => number(id).map(Actor::Customer),
        _ => None,
    }
}

pub fn command_line(line: &[u8]) -> Option<Envelope> {
    let mut fields = Fields::of(serde_json::from_slice(line).ok()?)?;
    let envelope = Envelope {
        workspace: fields.number("workspace")?,
        at: fields.moment("at")?,
        actor: actor(fields.take("actor")?)?,
        command: command(fields.take("do")?)?,
    };
    let id = fields.maybe("id", text)?;
    fields.end()?;
    id.is_none_or(|id| id.len() <= 64).then_some(envelope)
}

/// Every command, as random traces draw them: some twice.
pub const NAMES: &[&str] = &[
    "put_manager",
    "remove_manager",
    "set_operator",
    "set_online",
    "put_customer",
    "track_event",
    "create_tag",
    "delete_tag",
    "move_tag",
    "follow_tag",
    "unfollow_tag",
    "start_chat",
    "send_message",
    "send_message",
    "assign",
    "unassign",
    "leave",
    "open",
    "close",
    "mark_read",
    "favorite",
    "unfavorite",
    "delete_chat",
    "follow",
    "unfollow",
    "tag",
    "untag",
    "snooze",
    "set_description",
    "set_attribute",
    "set_capacity",
    "set_profile_fields",
    "delete_customer",
    "delete_workspace",
    "assign_recommended",
    "bulk",
    "bulk",
    "tick",
];

fn command(value: Value) -> Option<Do> {
    if value == "tick" {
        return Some(Do::Tick);
    }
    if value == "delete_workspace" {
        return Some(Do::DeleteWorkspace);
    }
    let (name, value) = tagged(value)?;
    let mut f = Fields::of(value)?;
    let command = match name.as_str() {
        "put_manager" => Do::PutManager {
            manager: f.number("manager")?,
            name: f.text("name")?,
            owner: either(&f.text("role")?, "owner", "member")?,
        },
        "remove_manager" => Do::RemoveManager { manager: f.number("manager")? },
        "set_operator" => Do::SetOperator { manager: f.number("manager")?, on: f.flag("on")? },
        "set_online" => Do::SetOnline { manager: f.number("manager")?, on: f.flag("on")? },
        "put_customer" => Do::PutCustomer {
            customer: f.number("customer")?,
            name: f.maybe("name", text)?,
            profile: f.maybe("profile", pairs)?,
        },
        "track_event" => Do::TrackEvent {
            customer: f.number("customer")?,
            name: f.text("name")?,
            page: f.maybe("page", text)?,
            properties: f.maybe("properties", pairs)?,
        },
        "create_tag" => Do::CreateTag { path: f.text("path")? },
        "delete_tag" => Do::DeleteTag { path: f.text("path")? },
        "move_tag" => Do::MoveTag { path: f.text("path")?, to: f.text("to")? },
        "follow_tag" => Do::FollowTag { path: f.text("path")?, manager: f.number("manager")? },
        "unfollow_tag" => Do::UnfollowTag { path: f.text("path")?, manager: f.number("manager")? },
        "start_chat" => Do::StartChat { customer: f.number("customer")? },
        "set_capacity" => Do::SetCapacity { manager: f.number("manager")?, capacity: f.maybe("capacity", small)? },
        "set_profile_fields" => Do::SetProfileFields { fields: profile_fields(f.take("fields")?)? },
        "delete_customer" => Do::DeleteCustomer { customer: f.number("customer")? },
        "bulk" => bulk::read(&mut f)?,
        _ => {
            let chat = f.chat()?;
            chat_command(&name, chat, &mut f)?
        }
    };
    f.end()?;
    Some(command)
}

pub fn chat_command(name: &str, chat: u32, f: &mut Fields) -> Option<Do> {
    Some(match name {
        "send_message" => Do::SendMessage {
            chat,
            public: either(&f.text("visibility")?, "public", "internal")?,
            text: f.text("text")?,
            files: f.maybe("files", files)?.unwrap_or_default(),
        },
        "assign" => Do::Assign { chat, manager: f.number("manager")? },
        "unassign" => Do::Unassign { chat },
        "leave" => Do::Leave { chat },
        "open" => Do::Open { chat },
        "close" => Do::Close { chat },
        "mark_read" => Do::MarkRead { chat },
        "favorite" => Do::Favorite { chat },
        "unfavorite" => Do::Unfavorite { chat },
        "delete_chat" => Do::DeleteChat { chat },
        "follow" => Do::Follow { chat, managers: f.list("managers", number)? },
        "unfollow" => Do::Unfollow { chat, managers: f.list("managers", number)? },
        "tag" => Do::Tag { chat, tags: f.list("tags", text)? },
        "untag" => Do::Untag { chat, tags: f.list("tags", text)? },
        "snooze" => Do::Snooze { chat, until: f.moment("until")? },
        "set_description" => Do::SetDescription { chat, text: f.text("text")? },
        "set_attribute" => {
            Do::SetAttribute { chat, key: f.text("key").filter(|key| !key.is_empty())?, value: f.maybe("value", text)? }
        }
        "assign_recommended" => Do::AssignRecommended { chat },
        _ => return None,
    })
}
