//! Edits of managers.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::ChangeBuilder;
use crate::model::{ChatId, CustomerId, ManagerId, Status, TagId};
use crate::record::{ChatRecord, IndexKey, ManagerRecord, RecordKey, Setting, SettingKey};
use crate::sets::IdSet;
use crate::workspace::{ManagerNames, Named};

impl Named for ChangeBuilder<'_> {
    fn manager_or_former(&self, manager: ManagerId) -> Option<&ManagerRecord> {
        match self.managers.get(&manager) {
            Some(record) => Some(record),
            None => self.input.state.manager_or_former(manager).map(|record| &**record),
        }
    }

    fn tag_now(&self, tag: TagId) -> Option<TagId> {
        let mut tag = tag;
        while self.tree().get(tag).is_none() {
            match self.setting(SettingKey::MergedTag(tag)).as_deref() {
                Some(Setting::MergedTag(into)) => tag = *into,
                _ => return None,
            }
        }
        Some(tag)
    }
}

impl ChangeBuilder<'_> {
    /// Returns a manager, with edits applied. One who left is unknown.
    pub(in crate::rules) fn manager(&self, manager: ManagerId) -> Option<ManagerRecord> {
        self.manager_or_former(manager).filter(|record| !record.removed)
    }

    /// Returns a manager, with edits applied, also one who left.
    pub(in crate::rules) fn manager_or_former(&self, manager: ManagerId) -> Option<ManagerRecord> {
        match self.managers.get(&manager) {
            Some(record) => Some(record.clone()),
            None if self.wipes => None,
            None => self.input.state.manager_or_former(manager).map(|record| ManagerRecord::clone(record)),
        }
    }

    /// Returns whether a manager exists and has not left.
    pub(in crate::rules) fn knows_manager(&self, manager: ManagerId) -> bool {
        match self.managers.get(&manager) {
            Some(record) => !record.removed,
            None => !self.wipes && self.input.state.managers.contains_key(&manager),
        }
    }

    /// Returns the managers, with edits applied.
    pub(in crate::rules) fn all_managers(&self) -> Cow<'_, BTreeMap<ManagerId, Arc<ManagerRecord>>> {
        if self.managers.is_empty() {
            return Cow::Borrowed(&self.input.state.managers);
        }
        let mut all = self.input.state.managers.clone();
        for (manager, record) in &self.managers {
            if record.removed {
                all.remove(manager);
            } else {
                all.insert(*manager, Arc::new(record.clone()));
            }
        }
        Cow::Owned(all)
    }

    /// Returns the names of the managers, with edits applied.
    pub(in crate::rules) fn names(&self) -> Cow<'_, ManagerNames> {
        let before = &self.input.state.names;
        if self.managers.is_empty() {
            return Cow::Borrowed(before);
        }
        let mut names = before.clone();
        for (manager, record) in &self.managers {
            if let Some(old) = self.input.state.managers.get(manager) {
                names.remove(&old.name, *manager);
            }
            if !record.removed {
                names.insert(&record.name, *manager);
            }
        }
        Cow::Owned(names)
    }

    /// Returns how many open chats are assigned to a manager, not counting one chat.
    pub(in crate::rules) fn other_open_chats(&self, manager: ManagerId, besides: ChatId) -> u64 {
        let key = IndexKey::Assignee(manager);
        let open = self.input.state.postings.get(&key).map(|posting| posting.set(Status::Open));
        let edited = |chat: &ChatId| *chat != besides && self.chats.contains_key(chat);
        let was_open = |chat: ChatId| open.is_some_and(|open| open.contains(chat));
        let is_open = |chat: &ChatRecord| chat.status == Status::Open && chat.assignee == Some(manager);
        let before = open.map_or(0, |open| open.len()) - u64::from(was_open(besides));
        let no_more = self.chats.keys().filter(|chat| edited(chat) && was_open(**chat)).count() as u64;
        let edits = self.chats.iter().filter(|(chat, _)| edited(chat));
        before - no_more + edits.filter(|(_, edit)| edit.new.as_ref().is_some_and(is_open)).count() as u64
    }

    /// Creates or replaces a manager.
    pub(in crate::rules) fn put_manager(&mut self, manager: ManagerId, record: ManagerRecord) {
        self.next.used(RecordKey::Manager(manager));
        self.managers.insert(manager, record);
    }

    /// Returns the number of managers, with edits applied.
    pub(in crate::rules) fn manager_count(&self) -> usize {
        let present = &self.input.state.managers;
        let added = self.managers.iter().filter(|(id, record)| !record.removed && !present.contains_key(id)).count();
        let gone = self.managers.iter().filter(|(id, record)| record.removed && present.contains_key(id)).count();
        present.len() + added - gone
    }

    /// Returns the managers in operator mode, with edits applied.
    pub(in crate::rules) fn operators(&self) -> IdSet<ManagerId> {
        let mut operators = self.input.state.operators.clone();
        for (manager, record) in &self.managers {
            if record.operator && !record.removed {
                operators.insert(*manager);
            } else {
                operators.remove(*manager);
            }
        }
        operators
    }

    /// Drops the unread counts of managers who do not receive messages of the chats edited so far. [`finish`] does so
    /// once more; a batch does it after each command, because a later one may make them recipients again.
    ///
    /// [`finish`]: Self::finish
    pub(in crate::rules) fn drop_stale_unread(&mut self) {
        let operators = self.operators();
        let chats = self.chats.values_mut().filter_map(|edit| edit.new.as_mut());
        chats.for_each(|chat| chat.keep_recipients_only(&operators));
    }

    /// Returns the number for a new manager, or `None` if they are exhausted.
    pub(in crate::rules) fn next_manager(&self) -> Option<ManagerId> {
        Some(self.next.manager).filter(|next| *next > 0).map(ManagerId)
    }

    /// Returns the number for a new customer, or `None` if they are exhausted.
    pub(in crate::rules) fn next_customer(&self) -> Option<CustomerId> {
        Some(self.next.customer).filter(|next| *next > 0).map(CustomerId)
    }
}
