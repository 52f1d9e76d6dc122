//! How much memory a workspace takes, as an estimate: the budget for loaded workspaces counts by it.

use super::State;
use crate::record::ManagerRecord;

/// A node of a B-tree map per entry, beside the entry itself.
const MAP_ENTRY_BYTES: usize = 32;

impl State {
    /// The approximate memory of the workspace in bytes, without the changes that wait for the store. Takes time in the
    /// number of its postings, managers and tags, not in that of its chats.
    pub(crate) fn memory_bytes(&self) -> usize {
        let manager = |record: &ManagerRecord| size_of::<ManagerRecord>() + record.weight() + MAP_ENTRY_BYTES;
        let people = self.managers.values().chain(self.former_managers.values());
        let managers: usize = people.map(|record| manager(record)).sum();
        let settings: usize = self.settings.values().map(|setting| setting.weight()).sum();
        size_of::<Self>()
            + managers
            + settings
            + self.unread_messages.len() * MAP_ENTRY_BYTES
            + self.tags.heap_bytes()
            + self.postings.heap_bytes()
            + self.timeline.heap_bytes()
            + self.wheel.heap_bytes()
            + self.notices.heap_bytes()
            + self.remembered.heap_bytes()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{ChatId, ManagerId, Role, Status, WorkspaceId};
    use crate::record::{IndexKey, Meta};
    use crate::workspace::{Registry, StoredParts};

    fn state() -> State {
        State::new(WorkspaceId(1), StoredParts::empty(Meta::default()), &Registry::from([]))
    }

    #[test]
    fn memory_estimate_grows_with_everything_that_a_workspace_holds() {
        let mut state = state();
        let mut before = state.memory_bytes();
        assert!(before < 4_096, "an empty workspace takes {before} bytes");
        let mut grows = |state: &State, by: usize, what: &str| {
            let now = state.memory_bytes();
            assert!(now >= before + by, "{what}: from {before} to {now}");
            before = now;
        };
        (1..=10_000).for_each(|id| state.timeline.set(ChatId(id), Some(id.into())));
        grows(&state, 10_000 * 20, "timeline");
        for id in (1..=10_000).map(ChatId) {
            state.postings.update(&IndexKey::All, Status::Open, |set| assert!(set.insert(id)));
        }
        grows(&state, 1_000, "a large posting");
        for id in 1..=1_000_u32 {
            let key = IndexKey::Assignee(ManagerId(id.into()));
            state.postings.update(&key, Status::Open, |set| assert!(set.insert(ChatId(id))));
        }
        grows(&state, 1_000 * 100, "small postings");
        (1..=1_000).for_each(|id| state.wheel.insert(ChatId(id), 1_000 + u64::from(id)));
        grows(&state, 1_000 * 16, "wheel");
        for id in (1..=1_000).map(ManagerId) {
            state.managers.insert(id, Arc::new(ManagerRecord::new("Ada", Role::Owner)));
        }
        grows(&state, 1_000 * 50, "managers");
    }

    #[test]
    fn memory_of_a_stub_is_small() {
        let mut state = state();
        (1..=10_000).for_each(|id| state.timeline.set(ChatId(id), Some(id.into())));
        let whole = state.unload();
        assert!(whole.is_loaded() && whole.memory_bytes() > 200_000);
        assert!(!state.is_loaded() && state.memory_bytes() < 4_096);
    }
}
