//! The last step of a change builder: derives index updates and totals from the edits, and makes the change.

use std::sync::Arc;

use super::ChangeBuilder;
use crate::model::ManagerId;
use crate::record::codec::CodecError;
use crate::record::{Cause, Change, ChatRecord, Record, RecordKey};
use crate::rules::effects::Effects;
use crate::sets::IdSet;

impl ChangeBuilder<'_> {
    /// Returns the change. Returns `None` if no record changes, no id is used up, and the clock stays the same.
    pub(in crate::rules) fn finish(mut self, cause: Cause) -> Result<Option<Change>, CodecError> {
        let unread_messages = self.finish_chats();
        self.finish_managers();
        self.finish_tags();
        if let Some(error) = self.failed {
            return Err(error);
        }
        let state = self.input.state;
        let nothing = self.records.is_empty() && self.postings.is_empty() && self.next == state.meta.next;
        if nothing && self.now == state.meta.clock && !self.wipes {
            debug_assert!(unread_messages.is_empty() && self.totals.is_empty() && self.notices.is_empty());
            return Ok(None);
        }
        self.next.notice += self.notices.len() as u64;
        Ok(Some(Change {
            workspace: state.workspace,
            cause,
            clock: self.now,
            next: self.next,
            wipes: self.wipes,
            records: self.records,
            postings: self.postings,
            unread_messages,
            totals: self.totals.into_iter().collect(),
            notices: self.notices,
        }))
    }

    fn finish_managers(&mut self) {
        for (manager, new) in std::mem::take(&mut self.managers) {
            let old = self.input.state.managers.get(&manager).cloned();
            if old.as_deref() != new.as_ref() {
                let new = new.map(|record| Record::Manager(Arc::new(record)));
                self.replace(RecordKey::Manager(manager), old.map(Record::Manager), new);
            }
        }
    }

    fn finish_tags(&mut self) {
        for (tag, new) in std::mem::take(&mut self.tags) {
            let old = self.input.state.tags.get(tag).map(|node| node.record.clone());
            if old != new {
                self.replace(RecordKey::Tag(tag), old.map(Record::Tag), new.map(Record::Tag));
            }
        }
    }

    /// Finishes the edited chats: drops unread counts of managers who are no longer recipients, and derives postings
    /// and totals of unread messages, which are returned.
    fn finish_chats(&mut self) -> Vec<(ManagerId, u64)> {
        let operators = self.operators();
        let new_tree = if self.tags.is_empty() { None } else { Some(self.tree()) };
        let old_tree = &self.input.state.tags;
        let new_tree = new_tree.as_ref().unwrap_or(old_tree);
        let edits = std::mem::take(&mut self.chats);
        let mut effects = Effects::new(edits.len(), self.input.state.live_indexes());
        for (chat, mut edit) in edits {
            if let Some(new) = &mut edit.new {
                keep_recipients_only(new, &operators);
            }
            if edit.old.as_deref() == edit.new.as_ref() {
                continue;
            }
            effects.add(chat, (edit.old.as_deref(), old_tree), (edit.new.as_ref(), new_tree));
            let new = edit.new.map(|record| Record::Chat(Arc::new(record)));
            self.replace(RecordKey::Chat(chat), edit.old.map(Record::Chat), new);
        }
        let sums = effects.unread_messages(&self.input.state.unread_messages);
        self.postings.extend(effects.into_postings());
        sums
    }

    fn operators(&self) -> IdSet<ManagerId> {
        let mut operators = self.input.state.operators.clone();
        for (manager, record) in &self.managers {
            if record.as_ref().is_some_and(|record| record.operator) {
                operators.insert(*manager);
            } else {
                operators.remove(*manager);
            }
        }
        operators
    }
}

/// Drops unread counts of managers who are no longer recipients.
fn keep_recipients_only(chat: &mut ChatRecord, operators: &IdSet<ManagerId>) {
    if chat.unread.is_empty() {
        return;
    }
    let (followers, unassigned) = (&chat.followers, chat.assignee.is_none());
    chat.unread.retain(|manager| followers.contains(manager) || (unassigned && operators.contains(manager)));
}
