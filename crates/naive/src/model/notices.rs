//! Notifications for managers: of assigned chats, ended snoozes, messages and mentions.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::model::command::Actor;
use crate::model::queries::{author, page};
use crate::model::question::{Page, Place};
use crate::model::state::Workspace;
use crate::model::words::{continues_word, joins_endings, key};

/// The number of notices kept for a manager.
pub const NOTICES_MAX: usize = 1_024;
/// The number of `@` signs examined per text.
const SIGNS_MAX: usize = 64;

/// An event that concerns a manager.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub order: u64,
    pub at: u64,
    pub kind: &'static str,
    pub chat: u32,
    pub message: Option<usize>,
    pub by: Option<Actor>,
}

/// The notices of a manager.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// Oldest first.
    pub newest: Vec<Notice>,
    /// Whether there were older ones.
    pub missed: bool,
}

impl Notice {
    pub fn show(&self) -> Value {
        json!({
            "at": self.at,
            "kind": self.kind,
            "chat": self.chat,
            "message": self.message,
            "by": self.by.map(author),
        })
    }
}

/// Whether the `@` behind a text can be the sign of a mention.
fn is_free(before: &str) -> bool {
    before.chars().next_back().is_none_or(|c| !c.is_alphanumeric() || joins_endings(c))
}

/// Returns the length of the name at the start of the text, if it ends there. Both are keys.
fn spells(text: &str, name: &str) -> Option<usize> {
    let last = name.chars().next_back()?;
    let next = text.strip_prefix(name)?.chars().next();
    let ends = next.is_none_or(|next| !continues_word(next) || joins_endings(next) || joins_endings(last));
    ends.then_some(name.len())
}

impl Workspace {
    pub fn notify(
        &mut self,
        at: u64,
        kind: &'static str,
        chat: u32,
        message: Option<usize>,
        by: Option<Actor>,
        managers: BTreeSet<u64>,
    ) {
        if managers.is_empty() {
            return;
        }
        let order = self.next_order();
        for manager in managers {
            let kept = self.notices.entry(manager).or_default();
            kept.newest.push(Notice { order, at, kind, chat, message, by });
            if kept.newest.len() > NOTICES_MAX {
                kept.newest.remove(0);
                kept.missed = true;
            }
        }
    }

    /// Returns the managers mentioned in a text.
    pub fn mentioned(&self, text: &str) -> BTreeSet<u64> {
        let text = key(text);
        let signs = text.match_indices('@').map(|(at, _)| at).filter(|at| is_free(&text[..*at]));
        signs.take(SIGNS_MAX).flat_map(|at| self.managers_named(&text[at + 1..])).collect()
    }

    /// Returns the managers with the longest name that the text starts with.
    fn managers_named(&self, text: &str) -> Vec<u64> {
        let fitting = |(id, name): (u64, &str)| Some((spells(text, &key(name))?, id));
        let managers = self.managers.iter().map(|(id, manager)| (*id, manager.name.as_str()));
        let fitting: Vec<(usize, u64)> = managers.filter_map(fitting).collect();
        let longest = fitting.iter().map(|(length, _)| *length).max();
        fitting.into_iter().filter(|(length, _)| Some(*length) == longest).map(|(_, id)| id).collect()
    }

    /// Adds the notices of a message that was just written.
    pub fn tell_of_message(&mut self, id: u32, number: usize, mut recipients: BTreeSet<u64>) {
        let message = &self.chats[&id].messages[number - 1];
        let (at, by) = (message.at, message.author);
        let mut mentioned = if message.public { BTreeSet::new() } else { self.mentioned(&message.text) };
        mentioned.retain(|manager| by != Actor::Manager(*manager));
        recipients.retain(|manager| !mentioned.contains(manager));
        self.notify(at, "mentioned", id, Some(number), Some(by), mentioned);
        self.notify(at, "message", id, Some(number), Some(by), recipients);
    }

    /// Returns the notices of a manager, each with its place in the common order.
    pub fn notices_of(&self, manager: u64) -> Vec<(Place, &Notice)> {
        let theirs = self.notices.get(&manager).into_iter().flat_map(|kept| &kept.newest);
        let shown = theirs.filter(|notice| self.chats.contains_key(&notice.chat));
        shown.map(|notice| ((notice.order, 0), notice)).collect()
    }

    /// Answers with a page of a manager's notices.
    pub fn notifications(&self, manager: u64, wanted: Page) -> Value {
        let mut answer = page("notifications", self.notices_of(manager), wanted, Notice::show);
        if self.notices.get(&manager).is_some_and(|kept| kept.missed) {
            answer["missed"] = true.into();
        }
        answer
    }
}
