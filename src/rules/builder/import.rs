//! Edits that only imports make.

use super::{ChangeBuilder, ChatEdit};
use crate::model::ChatId;
use crate::record::ChatRecord;
use crate::rules::import::NextNumbers;

impl ChangeBuilder<'_> {
    /// Puts a chat under its own number, in place of its record if it exists.
    pub(in crate::rules) fn import_chat(&mut self, chat: ChatId, exists: bool, new: ChatRecord) {
        self.next.chat = self.next.chat.max(chat.0.saturating_add(1));
        if !exists {
            self.chats.insert(chat, ChatEdit { stored: None, old: None, new: Some(new) });
        } else if let Some(record) = self.chat(chat) {
            *record = new;
        }
    }

    /// Returns the number for a new chat, or `None` if they are exhausted.
    pub(in crate::rules) fn next_chat(&self) -> Option<ChatId> {
        Some(self.next.chat).filter(|next| *next < u32::MAX).map(ChatId)
    }

    /// Raises the next numbers to at least these.
    pub(in crate::rules) fn go_on_from(&mut self, least: NextNumbers) {
        let NextNumbers { chat, tag, manager, customer, clock_epoch } = least;
        let next = &mut self.next;
        next.chat = next.chat.max(chat.unwrap_or(0));
        next.tag = next.tag.max(tag);
        next.clock_epoch = next.clock_epoch.max(clock_epoch);
        for (next, least) in [(&mut next.manager, manager), (&mut next.customer, customer)] {
            *next = match least {
                Some(0) => 0,
                Some(least) if *next != 0 => least.max(*next),
                _ => *next,
            };
        }
    }

    /// Sets the clock to that of the source.
    pub(in crate::rules) fn restore_clock(&mut self, clock: u64) {
        let now = &self.input.state.meta;
        if clock < now.clock {
            self.next.clock_epoch = self.next.clock_epoch.max(now.next.clock_epoch.saturating_add(1));
        }
        self.clock = Some(clock);
    }

    /// Notes that times contradict the order of things, as after the clock was set back.
    pub(in crate::rules) fn mistrust_times(&mut self) {
        self.next.clock_epoch = self.next.clock_epoch.max(1);
    }

    /// The first deadline of a snooze, with the edits applied as far as they add one.
    pub(in crate::rules) fn first_deadline(&self) -> Option<u64> {
        let edited = self.chats.values().filter_map(|edit| edit.new.as_ref()?.snoozed_until).min();
        self.input.state.wheel.next_deadline().into_iter().chain(edited).min()
    }
}
