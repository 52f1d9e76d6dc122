//! What is void in the record of a chat although it still says so.
//!
//! A manager who leaves, or leaves operator mode, may be named by many chats, and so may a tag that is deleted or merged.
//! Their records are not rewritten: the index is corrected by set operations, and a new era begins. A record written in
//! an earlier era is read without what has become void since, and loses it when it is next written.

use std::sync::Arc;

use crate::model::{ManagerId, TagId};
use crate::record::{ChatRecord, ManagerRecord, Setting, SettingKey};
use crate::workspace::State;

/// What the records of chats may name.
pub(crate) trait Named {
    /// A manager, also one who left.
    fn manager_or_former(&self, manager: ManagerId) -> Option<&ManagerRecord>;

    /// What a tag has become: itself, the tag it was merged into, or `None` if it is deleted.
    fn tag_now(&self, tag: TagId) -> Option<TagId>;
}

/// Returns a record without what is void in it. `None` if nothing is.
pub(crate) fn without_void(record: &ChatRecord, named: &dyn Named) -> Option<ChatRecord> {
    let mut current = None;
    for manager in managers_of(record) {
        let Some(known) = named.manager_or_former(manager) else { continue };
        if record.era < known.removed_era {
            current.get_or_insert_with(|| record.clone()).forget_manager(manager);
        } else if record.era < known.operator_era
            && !record.followers.contains(manager)
            && record.unread.of(manager) > 0
        {
            current.get_or_insert_with(|| record.clone()).unread.clear(manager);
        }
    }
    for tag in record.tags.iter() {
        let now = named.tag_now(tag);
        if now != Some(tag) {
            let tags = &mut current.get_or_insert_with(|| record.clone()).tags;
            tags.remove(tag);
            if let Some(now) = now {
                tags.insert(now);
            }
        }
    }
    current
}

fn managers_of(record: &ChatRecord) -> Vec<ManagerId> {
    let of_unread = record.unread.iter().map(|(manager, _)| manager);
    let single = record.assignee.into_iter().chain(record.snoozed_by);
    let mut managers: Vec<ManagerId> =
        record.followers.iter().chain(record.favorited_by.iter()).chain(of_unread).chain(single).collect();
    managers.sort_unstable();
    managers.dedup();
    managers
}

impl Named for State {
    fn manager_or_former(&self, manager: ManagerId) -> Option<&ManagerRecord> {
        State::manager_or_former(self, manager).map(|record| &**record)
    }

    fn tag_now(&self, tag: TagId) -> Option<TagId> {
        let mut tag = tag;
        while self.tags.get(tag).is_none() {
            match self.setting(SettingKey::MergedTag(tag)) {
                Some(Setting::MergedTag(into)) => tag = *into,
                _ => return None,
            }
        }
        Some(tag)
    }
}

impl State {
    /// Returns the record of a chat as it counts now.
    #[inline]
    pub(crate) fn current_chat(&self, record: Arc<ChatRecord>) -> Arc<ChatRecord> {
        if record.era == self.meta.next.era {
            return record;
        }
        without_void(&record, self).map_or(record, Arc::new)
    }
}
