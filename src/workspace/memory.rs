//! How much memory a workspace takes, as an estimate: the budget for loaded workspaces counts by it.

use std::sync::Arc;

use super::{People, State};
use crate::heap;
use crate::index::LiveIndex;
use crate::model::{ManagerId, TagId};
use crate::query::MemoryUse;
use crate::record::{ManagerRecord, Setting, SettingKey, UnreadSum};

impl State {
    /// The approximate memory of the workspace by structure, without the changes that wait for the store. Takes time in
    /// the number of its postings, managers, tags and chunks of notices, not in that of its chats.
    pub(crate) fn memory_use(&self) -> MemoryUse {
        let indexes = heap::of_vec::<LiveIndex>(self.live_indexes.capacity());
        MemoryUse {
            postings: self.postings.heap_bytes() as u64,
            postings_on_demand: self.postings.heap_bytes_on_demand() as u64,
            timeline: self.timeline.heap_bytes() as u64,
            snoozes: self.wheel.heap_bytes() as u64,
            tags: self.tags_bytes() as u64,
            managers: self.managers_bytes() as u64,
            settings: self.settings_bytes() as u64,
            remembered_ids: self.remembered.heap_bytes() as u64,
            notices: self.notices.heap_bytes() as u64,
            workspaces: (heap::of_arc::<Self>() + indexes) as u64,
            ..MemoryUse::default()
        }
    }

    fn tags_bytes(&self) -> usize {
        self.tags.heap_bytes()
            + heap::of_tree::<TagId, ()>(self.unswept_tags.len())
            + heap::of_tree::<TagId, TagId>(self.merges.len())
    }

    fn managers_bytes(&self) -> usize {
        let people = [&self.managers, &self.former_managers];
        let maps = people.map(|people| heap::of_tree::<ManagerId, Arc<ManagerRecord>>(people.len()));
        let records = people.into_iter().flat_map(|people| people.values());
        let records: usize = records.map(|record| heap::of_arc::<ManagerRecord>() + record.weight()).sum();
        maps.iter().sum::<usize>()
            + records
            + self.names.heap_bytes()
            + self.operators.heap_bytes()
            + self.people.get().map_or(0, People::heap_bytes)
            + heap::of_tree::<ManagerId, UnreadSum>(self.unread_messages.len())
    }

    fn settings_bytes(&self) -> usize {
        let settings = self.settings.values().map(|setting| heap::of_arc::<Setting>() + setting.weight());
        heap::of_tree::<SettingKey, Arc<Setting>>(self.settings.len()) + settings.sum::<usize>()
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
        let mut before = state.memory_use().total();
        assert!(before < 4_096, "an empty workspace takes {before} bytes");
        let mut grows = |state: &State, by: u64, what: &str| {
            let now = state.memory_use().total();
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
        assert!(whole.is_loaded() && whole.memory_use().total() > 200_000);
        assert!(!state.is_loaded() && state.memory_use().total() < 4_096);
    }
}
