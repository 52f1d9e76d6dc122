//! Applies changes. This reads no old record, cannot fail, and is idempotent.

use std::sync::Arc;

use crate::index::{Discarded, Postings, TagTree, Timeline};
use crate::model::{ChatId, ManagerId, Status, TagId};
use crate::record::{
    Cause, Change, ChatRecord, IndexKey, ManagerRecord, Members, NewUnreadSum, Notice, PostingDelta, Record, RecordKey,
    RowKey, Setting, SettingKey, TagRecord, each_changed_key,
};
use crate::wheel::Wheel;
use crate::workspace::dirty::chunk_of;
use crate::workspace::{ManagerNames, Notices, Remembered, State};

/// The parts of a change applied together after its records.
#[derive(Default)]
struct Moved {
    tags: Vec<(TagId, Option<Arc<TagRecord>>)>,
    activities: Vec<(u64, ChatId)>,
}

impl State {
    /// Applies a change of the journal to a state that may already hold it and later ones, as far as a checkpoint that did
    /// not finish has written their rows.
    ///
    /// Statuses and members are in different rows, so a chat may be loaded under a status that it got later. What the
    /// change says of a chat and a key therefore replaces everything that was there. A repair says only what is wrong.
    pub(crate) fn redo(&mut self, change: Change) -> Discarded {
        if change.cause == Cause::Repair {
            return self.apply(change);
        }
        for (delta, status) in change.postings.iter().flat_map(|delta| Status::ALL.map(|status| (delta, status))) {
            if self.postings.is_loaded(&delta.key) {
                self.postings.update(&delta.key, status, |set| match &delta.chats {
                    Members::One(chat) => drop(set.remove(*chat)),
                    Members::Many(chats) => set.remove_all(chats),
                });
            }
        }
        self.apply(change)
    }

    /// Applies a change to the state. The postings it names must be loaded. The caller then sets the newest seq with
    /// [`set_seq`](Self::set_seq). Returns what to drop without the lock.
    pub(crate) fn apply(&mut self, change: Change) -> Discarded {
        debug_assert_eq!(change.workspace, self.workspace);
        if change.wipes {
            self.wipe();
        }
        self.apply_meta(&change);
        let mut moved = Moved::default();
        for (key, record) in change.records {
            self.apply_record(key, record, &mut moved);
        }
        // After the records: a manager who left in this change has lost earlier notices, not those of this change.
        self.apply_notices(change.next.notice, change.notices);
        let discarded = if moved.tags.is_empty() { Discarded::default() } else { self.tags.update(&moved.tags) };
        self.drop_finished_merges();
        // A change lists chats by id, but the timeline takes activities in order.
        moved.activities.sort_unstable();
        moved.activities.into_iter().for_each(|(position, chat)| self.timeline.set(chat, Some(position)));
        if change.cause == Cause::Repair {
            self.timeline.sort();
        }
        change.postings.iter().for_each(|delta| self.apply_posting(delta));
        each_changed_key(&change.postings, |key, chunks| {
            debug_assert!(self.postings.is_loaded(key), "{key:?} is changed before it is loaded");
            chunks.into_iter().for_each(|chunk| self.dirty.mark_members(key, chunk));
        });
        for NewUnreadSum(manager, sum) in change.unread_messages {
            if sum.all == 0 {
                self.unread_messages.remove(&manager);
            } else {
                self.unread_messages.insert(manager, sum);
            }
            self.dirty.mark(RowKey::UnreadMessages(manager));
        }
        discarded
    }

    fn apply_meta(&mut self, change: &Change) {
        if change.clock < self.meta.clock {
            self.turn_wheel_back(change.clock);
        }
        let meta = &mut self.meta;
        meta.clock = change.clock;
        if let Some(part) = change.part {
            meta.log.advance(part);
        }
        let (manager, customer) = (meta.next.manager, meta.next.customer);
        meta.next = change.next;
        if change.next.manager == 1 && change.next.customer == 1 {
            // A change of an older version does not count them.
            (meta.next.manager, meta.next.customer) = (manager, customer);
        }
        change.records.iter().for_each(|(key, _)| meta.next.used(*key));
        for (family, total) in &change.totals {
            meta.totals[family.index()] = *total;
        }
        self.dirty.mark(RowKey::Meta);
    }

    /// Sets the wheel to an earlier moment. Every deadline stays.
    fn turn_wheel_back(&mut self, clock: u64) {
        let mut wheel = Wheel::new(clock);
        self.wheel.iter().for_each(|(chat, deadline)| wheel.insert(chat, deadline));
        self.wheel = wheel;
    }

    /// Drops everything in the workspace.
    fn wipe(&mut self) {
        self.managers.clear();
        self.former_managers.clear();
        self.names = ManagerNames::default();
        self.operators = Default::default();
        self.people.take();
        self.unread_messages.clear();
        self.tags = TagTree::default();
        self.postings = Postings::default();
        self.timeline = Timeline::default();
        self.wheel = Wheel::new(self.meta.clock);
        self.settings.clear();
        self.unswept_tags.clear();
        self.merges.clear();
        self.refresh_live_indexes();
        self.remembered = Remembered::default();
        self.notices = Notices::default();
        self.dirty.wipe();
        self.generation += 1;
    }

    /// Adds notices, the last of which has the number `next - 1`.
    fn apply_notices(&mut self, next: u64, notices: Vec<Notice>) {
        let first = next.saturating_sub(notices.len() as u64);
        for (number, notice) in (first..).zip(notices) {
            self.notices.put(number, notice);
        }
        self.mark_notices();
    }

    fn apply_record(&mut self, key: RecordKey, record: Option<Record>, moved: &mut Moved) {
        match (key, &record) {
            (RecordKey::Manager(manager), Some(Record::Manager(record))) => self.apply_manager(manager, Some(record)),
            (RecordKey::Manager(manager), _) => self.apply_manager(manager, None),
            (RecordKey::Tag(tag), Some(Record::Tag(record))) => moved.tags.push((tag, Some(record.clone()))),
            (RecordKey::Tag(tag), _) => moved.tags.push((tag, None)),
            (RecordKey::Chat(chat), Some(Record::Chat(record))) => self.apply_chat(chat, Some(record), moved),
            (RecordKey::Chat(chat), _) => self.apply_chat(chat, None, moved),
            (RecordKey::Setting(key), Some(Record::Setting(setting))) => self.apply_setting(key, Some(setting)),
            (RecordKey::Setting(key), _) => self.apply_setting(key, None),
            (RecordKey::Remembered(number), Some(Record::Remembered(record))) => {
                self.remembered.put(number, Some(record.clone()));
            }
            (RecordKey::Remembered(number), _) => self.remembered.put(number, None),
            (RecordKey::Customer(_) | RecordKey::Event(..) | RecordKey::Message(..) | RecordKey::External(_), _) => {}
        }
        self.dirty.mark_record(key, record);
    }

    fn apply_manager(&mut self, manager: ManagerId, record: Option<&Arc<ManagerRecord>>) {
        let present = record.filter(|record| !record.removed);
        let before = self.managers.remove(&manager);
        self.former_managers.remove(&manager);
        if let Some(record) = record {
            let place = if record.removed { &mut self.former_managers } else { &mut self.managers };
            place.insert(manager, record.clone());
        }
        let left =
            before.as_ref().map_or(0, |record| record.removed_era) < record.map_or(0, |record| record.removed_era);
        if present.is_none() || left {
            // Also if they left and came back in one batch.
            self.notices.forget(manager);
            self.mark_notices();
        }
        let name_before = before.as_ref().map(|record| &record.name);
        let name = present.map(|record| &record.name);
        let mode = |record: &Arc<ManagerRecord>| record.operator;
        if name_before != name || before.as_ref().map(mode) != present.map(mode) {
            self.people.take();
        }
        if name_before != name {
            name_before.into_iter().for_each(|name| self.names.remove(name, manager));
            name.into_iter().for_each(|name| self.names.insert(name, manager));
        }
        if present.is_some_and(|record| record.operator) {
            self.operators.insert(manager);
        } else {
            self.operators.remove(manager);
        }
    }

    fn apply_setting(&mut self, key: SettingKey, setting: Option<&Arc<Setting>>) {
        if let SettingKey::MergedTag(tag) = key {
            if setting.is_some_and(|setting| setting.unswept(key).is_some()) {
                self.unswept_tags.insert(tag);
            } else {
                self.unswept_tags.remove(&tag);
            }
            self.merges.remove(&tag);
            self.merges.extend(setting.and_then(|setting| setting.merged(key)));
        }
        match setting {
            Some(setting) => self.settings.insert(key, setting.clone()),
            None => self.settings.remove(&key),
        };
        if let SettingKey::Index(id) = key {
            if setting.is_none() {
                self.drop_index(id);
            }
            self.refresh_live_indexes();
        }
    }

    fn apply_chat(&mut self, chat: ChatId, record: Option<&Arc<ChatRecord>>, moved: &mut Moved) {
        let position = record.map(|record| record.position);
        if self.timeline.position(chat) != position {
            match position {
                Some(position) => moved.activities.push((position, chat)),
                None => self.timeline.set(chat, None),
            }
            self.dirty.mark(RowKey::Positions(chunk_of(chat)));
        }
        let deadline = record.and_then(|record| record.snoozed_until);
        if self.wheel.deadline(chat) != deadline {
            match deadline {
                Some(deadline) => self.wheel.insert(chat, deadline),
                None => {
                    self.wheel.remove(chat);
                }
            }
            self.dirty.mark(RowKey::Deadlines(chunk_of(chat)));
        }
    }

    fn apply_posting(&mut self, delta: &PostingDelta) {
        if !self.postings.is_loaded(&delta.key) {
            // Its members only get another status, which follows from that among all chats when it is loaded.
            return;
        }
        self.postings.apply(delta);
        if delta.key == IndexKey::All {
            self.dirty.mark_statuses(delta.status, &delta.chats);
        }
    }
}

#[cfg(test)]
mod tests;
