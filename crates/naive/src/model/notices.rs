//! Notifications for managers: of assigned chats, ended snoozes, messages and mentions.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::model::parse::Actor;
use crate::model::queries::author;
use crate::model::question::Place;
use crate::model::state::Workspace;

/// The number of notices kept per workspace.
const NOTICES_MAX: usize = 65_536;
/// The number of `@` signs examined per text.
const SIGNS_MAX: usize = 64;

/// An event and the managers it concerns.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub order: u64,
    pub at: u64,
    pub kind: &'static str,
    pub chat: u32,
    pub message: Option<usize>,
    pub by: Option<Actor>,
    pub managers: BTreeSet<u64>,
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

fn of_a_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Returns the length of the name at the start of the text, if the word ends there.
fn spells(text: &str, name: &str) -> Option<usize> {
    let lower: String = name.chars().flat_map(char::to_lowercase).collect();
    let mut left = lower.as_str();
    let mut end = 0;
    for c in text.chars() {
        if left.is_empty() {
            break;
        }
        let letter: String = c.to_lowercase().collect();
        left = left.strip_prefix(&letter)?;
        end += c.len_utf8();
    }
    let goes_on = text[end..].chars().next().is_some_and(of_a_word);
    (left.is_empty() && end > 0 && !goes_on).then_some(end)
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
        self.notices.push(Notice { order, at, kind, chat, message, by, managers });
        if self.notices.len() > NOTICES_MAX {
            self.notices.remove(0);
        }
    }

    /// Returns the managers mentioned in a text.
    pub fn mentioned(&self, text: &str) -> BTreeSet<u64> {
        let free = |at: usize| !text[..at].chars().next_back().is_some_and(of_a_word);
        let signs = text.match_indices('@').map(|(at, _)| at).filter(|at| free(*at));
        signs.take(SIGNS_MAX).flat_map(|at| self.named(&text[at + 1..])).collect()
    }

    /// Returns the managers with the longest name that the text starts with.
    fn named(&self, text: &str) -> Vec<u64> {
        let fitting = |(id, name): (u64, &str)| Some((spells(text, name)?, id));
        let managers = self.managers.iter().map(|(id, manager)| (*id, manager.name.as_str()));
        let fitting: Vec<(usize, u64)> = managers.filter_map(fitting).collect();
        let longest = fitting.iter().map(|(length, _)| *length).max();
        fitting.into_iter().filter(|(length, _)| Some(*length) == longest).map(|(_, id)| id).collect()
    }

    /// Adds the notices of a message that was just written.
    pub fn tell_of_message(&mut self, id: u32, number: usize) {
        let chat = &self.chats[&id];
        let message = &chat.messages[number - 1];
        let (at, by) = (message.at, message.author);
        let others = |manager: &u64| by != Actor::Manager(*manager);
        let mut mentioned = if message.public { BTreeSet::new() } else { self.mentioned(&message.text) };
        mentioned.retain(others);
        let told: BTreeSet<u64> = chat.followers.difference(&mentioned).copied().filter(others).collect();
        self.notify(at, "mentioned", id, Some(number), Some(by), mentioned);
        self.notify(at, "message", id, Some(number), Some(by), told);
    }

    /// Returns the notices of a manager, each with its place in the common order.
    pub fn notices_of(&self, manager: u64) -> Vec<(Place, &Notice)> {
        let theirs = self.notices.iter().filter(|notice| notice.managers.contains(&manager));
        let shown = theirs.filter(|notice| self.chats.contains_key(&notice.chat));
        shown.map(|notice| ((notice.order, 0), notice)).collect()
    }
}
