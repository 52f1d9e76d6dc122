//! Edits of records other than chats, managers and tags, and the totals of the families.

use std::sync::Arc;

use super::ChangeBuilder;
use crate::model::{ChatId, CustomerId, MessageId};
use crate::record::{
    CustomerRecord, EventRecord, Family, MessageRecord, Record, RecordKey, RememberedRecord, Setting, SettingKey,
    Total, digest,
};

/// A record before and after.
pub(super) struct RecordEdit {
    pub(super) old: Option<Record>,
    pub(super) new: Option<Record>,
}

impl ChangeBuilder<'_> {
    /// Returns a record, with edits applied. It must be in memory or preloaded.
    pub(in crate::rules) fn record(&self, key: RecordKey) -> Option<Record> {
        match self.records.get(&key) {
            Some(edit) => edit.new.clone(),
            None if self.wipes => None,
            None => self.input.record(key),
        }
    }

    /// Creates or replaces a record, or removes it with `None`.
    pub(in crate::rules) fn put_record(&mut self, key: RecordKey, new: Option<Record>) {
        if let Some(edit) = self.records.get_mut(&key) {
            edit.new = new;
            return;
        }
        let old = if self.wipes { None } else { self.input.record(key) };
        self.records.insert(key, RecordEdit { old, new });
    }

    /// Adds a record that did not exist before, without looking.
    pub(super) fn put_new(&mut self, key: RecordKey, record: Record) -> u64 {
        let digest = self.digest(key, &record);
        self.records.insert(key, RecordEdit { old: None, new: Some(record) });
        digest
    }

    /// Adds a message and returns its digest.
    pub(in crate::rules) fn put_message(&mut self, chat: ChatId, message: MessageId, record: MessageRecord) -> u64 {
        self.put_new(RecordKey::Message(chat, message), Record::Message(Arc::new(record)))
    }

    /// Returns a message, if it exists.
    pub(in crate::rules) fn message(&self, chat: ChatId, message: MessageId) -> Option<Arc<MessageRecord>> {
        let known = self.known_chat(chat)?;
        if message.0 == 0 || message.0 > known.messages {
            return None;
        }
        match self.record(RecordKey::Message(chat, message)) {
            Some(Record::Message(record)) => Some(record),
            _ => None,
        }
    }

    /// Replaces a message, and corrects the digest of its chat.
    pub(in crate::rules) fn rewrite_message(&mut self, chat: ChatId, message: MessageId, record: MessageRecord) {
        let key = RecordKey::Message(chat, message);
        let Some(old) = self.record(key) else { return };
        let old = self.digest(key, &old);
        let record = Record::Message(Arc::new(record));
        let new = self.digest(key, &record);
        self.put_record(key, Some(record));
        if let Some(chat) = self.chat(chat) {
            chat.messages_digest = chat.messages_digest.wrapping_sub(old).wrapping_add(new);
        }
    }

    /// Adds an event and returns its digest.
    pub(in crate::rules) fn put_event(&mut self, customer: CustomerId, number: u32, record: EventRecord) -> u64 {
        self.put_new(RecordKey::Event(customer, number), Record::Event(Arc::new(record)))
    }

    /// Returns a customer, if they exist.
    pub(in crate::rules) fn customer(&self, customer: CustomerId) -> Option<Arc<CustomerRecord>> {
        match self.record(RecordKey::Customer(customer)) {
            Some(Record::Customer(record)) => Some(record),
            _ => None,
        }
    }

    /// Creates or replaces a customer.
    pub(in crate::rules) fn put_customer(&mut self, customer: CustomerId, new: CustomerRecord) {
        self.next.used(RecordKey::Customer(customer));
        self.put_record(RecordKey::Customer(customer), Some(Record::Customer(Arc::new(new))));
    }

    /// Puts an imported customer. `old` is what an earlier change of the same import has put.
    pub(in crate::rules) fn import_customer(
        &mut self,
        customer: CustomerId,
        old: Option<Arc<CustomerRecord>>,
        new: CustomerRecord,
    ) {
        let key = RecordKey::Customer(customer);
        self.next.used(key);
        let (old, new) = (old.map(Record::Customer), Some(Record::Customer(Arc::new(new))));
        self.records.insert(key, RecordEdit { old, new });
    }

    /// Deletes a customer with their events.
    pub(in crate::rules) fn delete_customer(&mut self, customer: CustomerId) {
        let key = RecordKey::Customer(customer);
        let Some(record) = self.customer(customer) else { return };
        self.put_record(key, None);
        let stored = match self.records.get(&key).and_then(|edit| edit.old.as_ref()) {
            Some(Record::Customer(old)) => (old.events, old.events_digest),
            _ => (0, 0),
        };
        let keys = (1..=record.events).map(|number| RecordKey::Event(customer, number));
        for key in keys.clone() {
            self.records.remove(&key);
        }
        self.unread_deletions.extend(keys);
        if stored.0 > 0 {
            self.total(Family::Events).remove(stored.0.into(), stored.1);
        }
    }

    /// Returns a setting, with edits applied.
    pub(in crate::rules) fn setting(&self, key: SettingKey) -> Option<Arc<Setting>> {
        match self.record(RecordKey::Setting(key)) {
            Some(Record::Setting(setting)) => Some(setting),
            _ => None,
        }
    }

    /// Creates or replaces a setting, or removes it with `None`.
    pub(in crate::rules) fn put_setting(&mut self, key: SettingKey, new: Option<Setting>) {
        let new = new.map(|setting| Record::Setting(Arc::new(setting)));
        self.put_record(RecordKey::Setting(key), new);
    }

    /// Adds the id of a command that is being done.
    pub(in crate::rules) fn put_remembered(&mut self, record: RememberedRecord) {
        let key = RecordKey::Remembered(self.next.remembered);
        self.next.remembered += 1;
        self.put_new(key, Record::Remembered(Arc::new(record)));
    }

    /// Forgets the id of a command.
    pub(in crate::rules) fn forget_remembered(&mut self, number: u64) {
        self.put_record(RecordKey::Remembered(number), None);
    }

    /// Returns the digest of a record. An error is kept and returned by [`finish`](Self::finish).
    pub(super) fn digest(&mut self, key: RecordKey, record: &Record) -> u64 {
        digest(key, record).unwrap_or_else(|error| {
            self.failed = Some(error);
            0
        })
    }

    pub(super) fn total(&mut self, family: Family) -> &mut Total {
        let place = match self.totals.binary_search_by_key(&family, |(family, _)| *family) {
            Ok(place) => place,
            Err(place) => {
                self.totals.insert(place, (family, self.input.state.meta.totals[family.index()]));
                place
            }
        };
        &mut self.totals[place].1
    }

    /// Updates the count and digest of a family for a record that is replaced. Returns whether it is.
    pub(super) fn count(&mut self, key: RecordKey, old: Option<&Record>, new: Option<&Record>) -> bool {
        if old == new {
            return false;
        }
        let old = old.map(|old| self.digest(key, old));
        let new = new.map(|new| self.digest(key, new));
        let total = self.total(key.family());
        if let Some(old) = old {
            total.remove(1, old);
        }
        if let Some(new) = new {
            total.add(1, new);
        }
        true
    }
}
