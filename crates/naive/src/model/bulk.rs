//! Bulk actions.

use std::collections::BTreeSet;

use serde_json::json;

use crate::model::Code;
use crate::model::chats::LIST_MAX;
use crate::model::command::{Actor, Do};
use crate::model::fields::{Fields, list, small, tagged};
use crate::model::filter::{self, Filter};
use crate::model::messages::judge_message;
use crate::model::parse::chat_command;
use crate::model::rules::Answer;
use crate::model::state::Workspace;

/// The names of the actions that a bulk accepts.
pub const ACTIONS: [&str; 12] = [
    "assign",
    "unassign",
    "follow",
    "unfollow",
    "tag",
    "untag",
    "send_message",
    "open",
    "snooze",
    "close",
    "mark_read",
    "leave",
];

#[derive(Clone, Debug, PartialEq)]
pub enum Select {
    Chats(Vec<u32>),
    Filter(Filter),
}

/// Reads the fields of the command. `None` is `malformed`.
pub fn read(f: &mut Fields) -> Option<Do> {
    let (how, what) = tagged(f.take("select")?)?;
    let select = match how.as_str() {
        "chats" => Select::Chats(list(what, small)?),
        "filter" => Select::Filter(filter::read(what)?),
        _ => return None,
    };
    let (name, fields) = tagged(f.take("do")?)?;
    let mut fields = Fields::of(fields)?;
    let known = ACTIONS.contains(&name.as_str());
    let action = known.then(|| chat_command(&name, 0, &mut fields))??;
    fields.end()?;
    if for_one_chat(&action) {
        return None;
    }
    Some(Do::Bulk { select, action: Box::new(action) })
}

/// Whether the action has something that only a command on one chat can have.
fn for_one_chat(action: &Do) -> bool {
    match action {
        Do::SendMessage { said, .. } => said.external.is_some() || said.quiet,
        Do::MarkRead { up_to, .. } => up_to.is_some(),
        _ => false,
    }
}

/// Returns the action as a command on one chat.
fn aimed(action: &Do, id: u32) -> Do {
    let mut command = action.clone();
    *command.chat_mut().expect("actions are on chats") = id;
    command
}

impl Workspace {
    pub fn bulk(&mut self, now: u64, actor: Actor, select: &Select, action: &Do) -> Answer {
        if matches!(select, Select::Chats(ids) if ids.len() > LIST_MAX) {
            return Err("too_large");
        }
        wrong_for_any_chat(now, action)?;
        let (mut changed, mut unchanged, mut refused) = (0, 0, Vec::new());
        for id in self.selected(select) {
            let before = self.chats.get(&id).cloned();
            match self.perform(now, actor, aimed(action, id)) {
                Err(code) => refused.push(json!({ "chat": id, "code": code })),
                Ok(_) => {
                    self.forget_what_is_no_longer_received();
                    let same = self.chats.get(&id) == before.as_ref();
                    *(if same { &mut unchanged } else { &mut changed }) += 1;
                }
            }
        }
        Ok(json!({ "changed": changed, "unchanged": unchanged, "refused": refused }))
    }

    /// Returns the selected chats, once each and in order. Listed chats may not exist.
    fn selected(&self, select: &Select) -> Vec<u32> {
        match select {
            Select::Filter(filter) => self.chats_passing(filter).map(|(id, _)| id).collect(),
            Select::Chats(ids) => {
                let mut seen = BTreeSet::new();
                ids.iter().copied().filter(|id| seen.insert(*id)).collect()
            }
        }
    }

    pub fn bulk_names_exist(&self, select: &Select, action: &Do) -> Result<(), Code> {
        if let Select::Filter(filter) = select {
            self.filter_exists(filter)?;
        }
        match action {
            Do::Assign { manager, .. } => self.manager_exists(*manager),
            Do::Follow { managers, .. } | Do::Unfollow { managers, .. } => self.managers_exist(managers),
            Do::Tag { tags, .. } | Do::Untag { tags, .. } => self.named_tags(tags).map(drop),
            _ => Ok(()),
        }
    }
}

fn wrong_for_any_chat(now: u64, action: &Do) -> Result<(), Code> {
    match action {
        Do::Follow { managers, .. } | Do::Unfollow { managers, .. } if managers.len() > LIST_MAX => Err("too_large"),
        Do::Tag { tags, .. } | Do::Untag { tags, .. } if tags.len() > LIST_MAX => Err("too_large"),
        Do::Snooze { until, .. } if *until <= now => Err("invalid_snooze"),
        Do::SendMessage { said, .. } => judge_message(&said.text, &said.files),
        _ => Ok(()),
    }
}
