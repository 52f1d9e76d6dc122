//! The last step of a change builder: derives index updates and totals from the edits, and makes the change.

use std::sync::Arc;

use smallvec::SmallVec;

use super::ChangeBuilder;
use super::touched::TouchedChats;
use crate::index::TagParents;
use crate::model::TagId;
use crate::record::codec::CodecError;
use crate::record::{Cause, Change, ChatRecord, NewUnreadSum, Record, RecordKey};
use crate::rules::effects::{Effects, Sums};

impl ChangeBuilder<'_> {
    /// Returns the change. Returns `None` if no record changes, no id is used up, and the clock stays the same.
    pub(in crate::rules) fn finish(mut self, cause: Cause) -> Result<Option<Change>, CodecError> {
        let mut records = Vec::new();
        let voided = self.voided();
        let as_operator = self.count_as_operator(&voided);
        let (of_tags, of_managers) = (self.tag_deltas(), self.manager_deltas(&voided));
        self.postings.extend(of_tags);
        self.postings.extend(of_managers);
        let mut touched = TouchedChats::default();
        self.note_touched(&mut touched);
        let of_indexes = self.custom_deltas(&voided);
        self.postings.extend(of_indexes);
        self.finish_records(&mut records);
        let sums = Sums { voided: &voided, as_operator: &as_operator };
        let unread_messages = self.finish_chats(&mut records, sums, &mut touched);
        self.finish_managers(&mut records);
        self.finish_tags(&mut records);
        if let Some(error) = self.failed {
            return Err(error);
        }
        let state = self.input.state;
        let clock = self.clock.unwrap_or(self.now);
        let nothing = records.is_empty() && self.postings.is_empty() && self.next == state.meta.next;
        if nothing && clock == state.meta.clock && !self.wipes {
            debug_assert!(unread_messages.is_empty() && self.totals.is_empty() && self.notices.is_empty());
            return Ok(None);
        }
        self.next.notice += self.notices.len() as u64;
        Ok(Some(Change {
            workspace: state.workspace,
            touched: (cause != Cause::Import).then(|| touched.finish()),
            cause,
            clock,
            next: self.next,
            wipes: self.wipes,
            records,
            postings: self.postings,
            unread_messages,
            totals: self.totals.into_vec(),
            notices: self.notices,
            part: None,
        }))
    }

    fn finish_records(&mut self, records: &mut Vec<(RecordKey, Option<Record>)>) {
        records.extend(std::mem::take(&mut self.unread_deletions).into_iter().map(|key| (key, None)));
        for (key, edit) in std::mem::take(&mut self.records) {
            if self.count(key, edit.old.as_ref(), edit.new.as_ref()) {
                records.push((key, edit.new));
            }
        }
    }

    fn finish_managers(&mut self, records: &mut Vec<(RecordKey, Option<Record>)>) {
        for (manager, new) in std::mem::take(&mut self.managers) {
            let key = RecordKey::Manager(manager);
            let old = if self.wipes { None } else { self.input.state.manager_or_former(manager) };
            let old = old.cloned().map(Record::Manager);
            let new = Some(Record::Manager(Arc::new(new)));
            if self.count(key, old.as_ref(), new.as_ref()) {
                records.push((key, new));
            }
        }
    }

    fn finish_tags(&mut self, records: &mut Vec<(RecordKey, Option<Record>)>) {
        // They count as gone from now on.
        for tag in self.tags.take_hidden().into_iter().map(TagId) {
            let old = self.input.state.tags.get(tag).map(|node| Record::Tag(node.record.clone()));
            self.count(RecordKey::Tag(tag), old.as_ref(), None);
        }
        for (tag, new) in std::mem::take(&mut self.tags) {
            let key = RecordKey::Tag(tag);
            let old = self.input.state.tags.get(tag).map(|node| Record::Tag(node.record.clone()));
            let new = new.map(Record::Tag);
            if self.count(key, old.as_ref(), new.as_ref()) {
                records.push((key, new));
            }
        }
    }

    /// Finishes the edited chats: drops unread counts of managers who are no longer recipients, and derives postings
    /// and sums of unread messages, which are returned.
    fn finish_chats(
        &mut self,
        records: &mut Vec<(RecordKey, Option<Record>)>,
        sums: Sums<'_>,
        touched: &mut TouchedChats,
    ) -> Vec<NewUnreadSum> {
        self.drop_stale_unread();
        let edits = std::mem::take(&mut self.chats);
        let state = self.input.state;
        let mut effects = Effects::new(edits.len(), state.live_indexes(), self.tags.is_empty());
        let mut replaced: SmallVec<[_; 1]> = SmallVec::new();
        {
            let (before, after): (&dyn TagParents, _) = (&state.tags, self.tree());
            for (chat, edit) in edits {
                // Also of chats that stay the same: a tag may have moved, and set operations leave these chats out.
                effects.add(chat, (edit.old.as_deref(), before), (edit.new.as_ref(), &after));
                if edit.old.as_deref() != edit.new.as_ref() {
                    touched.note_chat(chat, edit.old.as_deref(), edit.new.as_ref());
                    replaced.push((chat, edit.stored, edit.new));
                }
            }
        }
        for (chat, stored, new) in replaced {
            let key = RecordKey::Chat(chat);
            let new = new.map(|record| ChatRecord { era: self.next.era, ..record });
            let (old, new) = (stored.map(Record::Chat), new.map(|record| Record::Chat(Arc::new(record))));
            if self.count(key, old.as_ref(), new.as_ref()) {
                records.push((key, new));
            }
        }
        let unread_messages = effects.unread_sums(&state.unread_messages, sums);
        effects.put_postings(&mut self.postings);
        unread_messages
    }
}
