//! A reference implementation of the wheel: a sorted set.

use std::collections::{BTreeMap, BTreeSet};

use super::TIME_MAX;
use crate::model::ChatId;

#[derive(Default)]
pub(crate) struct Reference {
    /// Where the wheel stands.
    pub(crate) elapsed: u64,
    pub(crate) deadlines: BTreeMap<ChatId, u64>,
    /// The same deadlines, in order.
    pub(crate) order: BTreeSet<(u64, ChatId)>,
}

impl Reference {
    /// An empty reference that stands at `elapsed`.
    pub(crate) fn at(elapsed: u64) -> Self {
        Self { elapsed: elapsed.min(TIME_MAX), ..Self::default() }
    }

    /// See [`Wheel::advance`](super::Wheel::advance).
    pub(crate) fn advance(&mut self, now: u64) {
        self.elapsed = self.elapsed.max(now.min(TIME_MAX));
    }

    /// See [`Wheel::insert`](super::Wheel::insert).
    pub(crate) fn insert(&mut self, chat: ChatId, deadline: u64) {
        self.remove(chat);
        let deadline = deadline.min(TIME_MAX);
        self.deadlines.insert(chat, deadline);
        self.order.insert((deadline, chat));
    }

    /// See [`Wheel::remove`](super::Wheel::remove).
    pub(crate) fn remove(&mut self, chat: ChatId) -> Option<u64> {
        let deadline = self.deadlines.remove(&chat)?;
        self.order.remove(&(deadline, chat));
        Some(deadline)
    }

    /// See [`Wheel::ready`](super::Wheel::ready).
    pub(crate) fn ready(&self) -> impl Iterator<Item = (u64, ChatId)> {
        self.order.iter().take_while(|(deadline, _)| *deadline <= self.elapsed).copied()
    }

    /// See [`Wheel::next_deadline`](super::Wheel::next_deadline).
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        Some(self.order.first()?.0)
    }
}
