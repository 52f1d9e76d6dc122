//! Edits of external ids.

use std::sync::Arc;

use super::ChangeBuilder;
use crate::model::{ChatId, MessageId};
use crate::record::{ExternalKey, ExternalRecord, ExternalSpace, Record, RecordKey};

impl ChangeBuilder<'_> {
    /// Returns the number that has an external id.
    pub(in crate::rules) fn find_external(&self, space: ExternalSpace, external: &str) -> Option<u64> {
        self.externals(ExternalKey::of(space, external)).number(external)
    }

    /// Gives an external id to a number.
    pub(in crate::rules) fn put_external(&mut self, space: ExternalSpace, external: &str, number: u64) {
        self.edit_externals(ExternalKey::of(space, external), |record| record.put(external, number));
    }

    /// Gives a number an external id of which the caller knows that no other has its hash.
    pub(in crate::rules) fn put_new_external(&mut self, space: ExternalSpace, external: &str, number: u64) {
        let mut record = ExternalRecord::default();
        record.put(external, number);
        self.put_new(RecordKey::External(ExternalKey::of(space, external)), Record::External(Arc::new(record)));
    }

    /// Frees an external id.
    pub(in crate::rules) fn free_external(&mut self, space: ExternalSpace, external: &str) {
        self.edit_externals(ExternalKey::of(space, external), |record| record.remove(external));
    }

    /// Frees the external ids of a chat and of its messages.
    pub(super) fn forget_externals_of_chat(&mut self, chat: ChatId) {
        let Some(record) = self.known_chat(chat) else { return };
        if let Some(external) = &record.external {
            self.free_external(ExternalSpace::Chats, external);
        }
        if record.external_messages == 0 {
            return;
        }
        for message in (1..=record.messages).map(MessageId) {
            if let Some(external) = self.message(chat, message).and_then(|message| message.external.clone()) {
                self.free_external(ExternalSpace::Messages(chat), &external);
            }
        }
    }

    fn externals(&self, key: ExternalKey) -> Arc<ExternalRecord> {
        match self.record(RecordKey::External(key)) {
            Some(Record::External(record)) => record,
            _ => Arc::default(),
        }
    }

    fn edit_externals(&mut self, key: ExternalKey, edit: impl FnOnce(&mut ExternalRecord)) {
        let mut record = ExternalRecord::clone(&self.externals(key));
        edit(&mut record);
        let record = (!record.is_empty()).then(|| Record::External(Arc::new(record)));
        self.put_record(RecordKey::External(key), record);
    }
}
