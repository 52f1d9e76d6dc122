//! Parses a line of text into a command. `None` is `malformed` everywhere in this file.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::bulk;
use crate::model::command::{Actor, Condition, Do, Envelope, File, ProfileField, Said, Step};
use crate::model::fields::{Fields, either, list, number, pairs, small, tagged, text};
use crate::model::state::Status;

/// Commands of a batch, and their bytes together.
pub const STEPS_MAX: usize = 64;
const STEPS_BYTES_MAX: usize = 512 << 10;

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
        id: fields.maybe("id", text)?,
        condition: fields.maybe("if", condition)?,
        command: command(fields.take("do")?)?,
    };
    fields.end()?;
    envelope.id.as_ref().is_none_or(|id| id.len() <= 64).then_some(envelope)
}

fn condition(value: Value) -> Option<Condition> {
    let mut fields = Fields::of(value)?;
    let assignee = match fields.take("assignee") {
        None => None,
        Some(Value::Null) => Some(None),
        Some(id) => Some(Some(number(id)?)),
    };
    let condition = Condition {
        chat: fields.chat()?,
        messages: fields.maybe("messages", number)?,
        status: fields.maybe("status", |value| Status::of(&text(value)?))?,
        assignee,
    };
    fields.end()?;
    Some(condition)
}

/// Reads the commands of a batch: few, short, and of kinds that can happen together.
fn all(value: Value) -> Option<Do> {
    let Value::Array(items) = value else { return None };
    let bytes: usize = items.iter().map(|item| item.to_string().len()).sum();
    if !(1..=STEPS_MAX).contains(&items.len()) || bytes > STEPS_BYTES_MAX {
        return None;
    }
    items.into_iter().map(step).collect::<Option<Vec<Step>>>().map(Do::All)
}

fn step(value: Value) -> Option<Step> {
    if value.get("do").is_none() {
        return Some(Step { acting: None, command: command_of_batch(value)? });
    }
    let mut fields = Fields::of(value)?;
    let step = Step { acting: Some(actor(fields.take("as")?)?), command: command_of_batch(fields.take("do")?)? };
    fields.end()?;
    Some(step)
}

fn command_of_batch(value: Value) -> Option<Do> {
    let command = command(value)?;
    let allowed = match &command {
        Do::All(_) | Do::Bulk { .. } | Do::Tick | Do::SetClock { .. } | Do::DeleteWorkspace => false,
        // Here 0 is the customer that was put last, and there is no such customer to put.
        Do::PutCustomer { customer, .. } => *customer != Some(0),
        _ => true,
    };
    allowed.then_some(command)
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

/// Commands that random traces draw less often.
pub const LATER_NAMES: &[&str] =
    &["edit_message", "redact_message", "mark_unread", "mark_read", "merge_tag", "set_clock"];

fn command(value: Value) -> Option<Do> {
    if value == "tick" {
        return Some(Do::Tick);
    }
    if value == "delete_workspace" {
        return Some(Do::DeleteWorkspace);
    }
    let (name, value) = tagged(value)?;
    if name == "all" {
        return all(value);
    }
    let mut f = Fields::of(value)?;
    let command = match name.as_str() {
        "put_manager" => Do::PutManager {
            manager: f.maybe("manager", number)?,
            external: f.external()?,
            name: f.text("name")?,
            owner: either(&f.text("role")?, "owner", "member")?,
        },
        "remove_manager" => Do::RemoveManager { manager: f.number("manager")? },
        "set_operator" => Do::SetOperator { manager: f.number("manager")?, on: f.flag("on")? },
        "set_online" => Do::SetOnline { manager: f.number("manager")?, on: f.flag("on")? },
        "put_customer" => Do::PutCustomer {
            customer: f.maybe("customer", number)?,
            external: f.external()?,
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
        "merge_tag" => Do::MergeTag { path: f.text("path")?, into: f.text("into")? },
        "follow_tag" => Do::FollowTag { path: f.text("path")?, manager: f.number("manager")? },
        "unfollow_tag" => Do::UnfollowTag { path: f.text("path")?, manager: f.number("manager")? },
        "start_chat" => Do::StartChat { customer: f.number("customer")?, external: f.external()? },
        "set_capacity" => Do::SetCapacity { manager: f.number("manager")?, capacity: f.maybe("capacity", small)? },
        "set_profile_fields" => Do::SetProfileFields { fields: profile_fields(f.take("fields")?)? },
        "delete_customer" => Do::DeleteCustomer { customer: f.number("customer")? },
        "set_clock" => Do::SetClock { at: f.moment("at")? },
        "bulk" => bulk::read(&mut f)?,
        _ => {
            let chat = f.chat()?;
            chat_command(&name, chat, &mut f)?
        }
    };
    f.end()?;
    // Without a number, people are known by their external id.
    let named = match &command {
        Do::PutManager { manager, external, .. } => manager.is_some() || external.is_some(),
        Do::PutCustomer { customer, external, .. } => customer.is_some() || external.is_some(),
        _ => true,
    };
    named.then_some(command)
}

pub fn chat_command(name: &str, chat: u32, f: &mut Fields) -> Option<Do> {
    Some(match name {
        "send_message" => Do::SendMessage {
            chat,
            said: Said {
                public: either(&f.text("visibility")?, "public", "internal")?,
                text: f.text("text")?,
                files: f.maybe("files", files)?.unwrap_or_default(),
                external: f.external()?,
                quiet: f.maybe_flag("quiet")?,
            },
        },
        "edit_message" => Do::EditMessage { chat, message: small(f.take("message")?)?, text: f.text("text")? },
        "redact_message" => Do::RedactMessage { chat, message: small(f.take("message")?)? },
        "assign" => Do::Assign { chat, manager: f.number("manager")? },
        "unassign" => Do::Unassign { chat },
        "leave" => Do::Leave { chat },
        "open" => Do::Open { chat },
        "close" => Do::Close { chat },
        "mark_read" => {
            let up_to = f.maybe("up_to", small)?;
            Do::MarkRead { chat, up_to: (up_to != Some(0)).then_some(up_to)? }
        }
        "mark_unread" => Do::MarkUnread { chat },
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
        "assign_recommended" => Do::AssignRecommended { chat, online: f.maybe_flag("online")? },
        _ => return None,
    })
}
