//! Loading and unloading, on a store in memory.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::RwLockUpgradableReadGuard;

use super::budget::Budget;
use super::workspace::StaysLoaded;
use super::{CheckpointRequests, LoadedWorkspace, Records, WorkspaceRef, Workspaces};
use crate::command::Action;
use crate::index::{AttributeIndex, Registration};
use crate::kv::MemoryBackend;
use crate::model::{Actor, ChatId, Status, WorkspaceId};
use crate::record::{
    BulkId, BulkRecord, Cause, Change, IndexId, IndexKey, IndexRecord, IndexState, Members, Meta, PostingDelta,
    RecordKey, Setting, SettingKey,
};
use crate::store::{Store, load_workspace};
use crate::workspace::{Registry, State};

const CHATS: u32 = 1_000;

fn registry() -> Registry {
    Registry::from([])
}

/// As many chats as no stub has.
fn chats() -> Members {
    Members::Many((1..=CHATS).collect())
}

fn is_whole(state: &State) -> bool {
    state.postings.counts(&IndexKey::All).open == u64::from(CHATS)
}

fn change(workspace: WorkspaceId) -> Change {
    let all = PostingDelta { key: IndexKey::All, status: Status::Open, gains: true, chats: chats() };
    Change { postings: vec![all], ..Change::of_nothing(workspace, Cause::Deadline, &Meta::default()) }
}

/// A store with this many workspaces, and the engine's table over it.
fn workspaces(count: u64, bytes_max: u64) -> Arc<Workspaces> {
    let store = Store::new(Box::new(MemoryBackend::default()));
    for workspace in (1..=count).map(WorkspaceId) {
        let mut state = load_workspace(&store, workspace, &registry()).unwrap();
        state.apply(change(workspace));
        state.set_seq(workspace.0);
        state.freeze();
        store.write(workspace, state.frozen(&state.frozen_rows()).unwrap().encode().unwrap()).unwrap();
    }
    let (requests, _) = CheckpointRequests::new();
    Arc::new(Workspaces::new(Records::new(store, 1 << 20), registry(), bytes_max, requests))
}

fn in_table(workspaces: &Workspaces) -> usize {
    workspaces.table.read().len()
}

#[test]
fn checkpoint_finds_a_workspace_before_its_first_change_is_applied() {
    let workspaces = workspaces(0, 0);
    let held = workspaces.get(WorkspaceId(3));
    touch(&held);
    assert!(workspaces.loaded().is_empty());
    assert!(workspaces.in_table().iter().map(|slot| slot.workspace).eq([WorkspaceId(3)]));
}

fn touch(workspace: &WorkspaceRef) -> u64 {
    workspace.read().unwrap().meta.seq
}

#[test]
fn reading_an_untouched_workspace_keeps_nothing() {
    let workspaces = workspaces(1, u64::MAX);
    for id in (2..10_000).map(WorkspaceId) {
        let workspace = workspaces.get(id);
        assert_eq!(touch(&workspace), 0);
        assert_eq!(in_table(&workspaces), 1);
    }
    assert_eq!((in_table(&workspaces), workspaces.memory()), (0, (0, 0)));
    assert!(workspaces.table.read().capacity() < 1_000);
    let (first, second) = (workspaces.get(WorkspaceId(7)), workspaces.get(WorkspaceId(7)));
    let third = first.clone();
    assert_eq!(touch(&first) + touch(&second) + touch(&third), 0);
    drop((first, third));
    assert_eq!(in_table(&workspaces), 1);
    drop(second);
    assert_eq!(in_table(&workspaces), 0);
    assert_eq!(touch(&workspaces.get(WorkspaceId(1))), 1);
    assert_eq!((in_table(&workspaces), workspaces.memory().0), (1, 1));
}

#[test]
fn untouched_workspace_that_is_changed_is_kept() {
    let workspaces = workspaces(0, 0);
    let workspace = workspaces.get(WorkspaceId(3));
    let mut state = RwLockUpgradableReadGuard::upgrade(workspace.upgradable().unwrap());
    state.apply(change(WorkspaceId(3)));
    state.set_seq(1);
    workspace.touch();
    drop(state);
    drop(workspace);
    assert_eq!(in_table(&workspaces), 1);
    assert_eq!(touch(&workspaces.get(WorkspaceId(3))), 1);
}

#[test]
fn least_recently_used_workspaces_are_unloaded_first() {
    let one = {
        let workspaces = workspaces(1, u64::MAX);
        touch(&workspaces.get(WorkspaceId(1)));
        workspaces.memory().1 as u64
    };
    let workspaces = workspaces(20, 8 * one);
    for id in (1..=8).map(WorkspaceId) {
        touch(&workspaces.get(id));
    }
    assert_eq!(workspaces.memory().0, 8);
    // The first two are used again, and so others go for the new ones.
    for id in [9, 1, 2, 10, 1, 2, 11] {
        touch(&workspaces.get(WorkspaceId(id)));
    }
    let loaded: Vec<u64> = workspaces.loaded().iter().map(|loaded| loaded.workspace.0).collect();
    assert!([1, 2, 10, 11].iter().all(|id| loaded.contains(id)), "{loaded:?}");
    assert!(![3, 4].iter().any(|id| loaded.contains(id)), "{loaded:?}");
    for id in (1..=20).cycle().take(200).map(WorkspaceId) {
        assert_eq!(touch(&workspaces.get(id)), id.0);
        assert!(workspaces.memory().1 as u64 <= 8 * one + one);
    }
    assert_eq!(in_table(&workspaces), workspaces.memory().0);
}

#[test]
fn unloaded_workspace_is_loaded_again_by_the_same_reference() {
    let workspaces = workspaces(3, 0);
    let held = workspaces.get(WorkspaceId(1));
    assert_eq!(touch(&held), 1);
    let generation = held.read().unwrap().generation();
    touch(&workspaces.get(WorkspaceId(2)));
    assert!(!held.read_as_it_is().is_loaded());
    assert_eq!(held.read_as_it_is().meta.seq, 1, "the stub keeps the counters");
    let again = held.read().unwrap();
    assert!(is_whole(&again) && again.generation() > generation);
    drop(again);
    touch(&workspaces.get(WorkspaceId(3)));
    assert_eq!(in_table(&workspaces), 2, "a stub stays while there is a reference");
    assert!(is_whole(&held.upgradable().unwrap()));
    touch(&workspaces.get(WorkspaceId(2)));
    drop(held);
    assert_eq!(in_table(&workspaces), 1);
}

#[test]
fn workspace_in_use_or_with_work_under_way_stays() {
    let budget = Budget::new(0);
    let loaded = |workspaces: &Workspaces| {
        let store = workspaces.records.store().unwrap();
        LoadedWorkspace::new(load_workspace(&store, WorkspaceId(1), &registry()).unwrap())
    };
    let workspaces = workspaces(1, 0);
    let unload = |workspace: &LoadedWorkspace| workspace.unload(&budget).map(drop);

    let workspace = loaded(&workspaces);
    let reader = workspace.state.read();
    assert_eq!(unload(&workspace), Err(StaysLoaded::Busy), "it is read");
    drop(reader);
    let writer = workspace.state.upgradable_read();
    assert_eq!(unload(&workspace), Err(StaysLoaded::Busy), "it is written");
    drop(writer);
    assert!(workspace.reserve());
    assert_eq!(unload(&workspace), Err(StaysLoaded::Busy), "it is imported into");
    workspace.release();
    assert_eq!(unload(&workspace), Ok(()));
    assert_eq!(unload(&workspace), Err(StaysLoaded::Busy), "it is unloaded");

    let workspace = loaded(&workspaces);
    workspace.state.write().apply(change(WorkspaceId(1)));
    assert_eq!(unload(&workspace), Err(StaysLoaded::Dirty));
    assert!(workspace.freeze());
    assert_eq!(unload(&workspace), Err(StaysLoaded::Dirty), "its rows are frozen");
    let slice = workspace.state.read().frozen(&workspace.state.read().frozen_rows()).unwrap();
    workspace.state.write().written(slice, |_, _| {});
    assert!(!workspace.freeze());
    assert_eq!(unload(&workspace), Err(StaysLoaded::Busy), "its next deadline is not written yet");
    workspace.frozen_is_written();
    assert_eq!(unload(&workspace), Ok(()));

    let workspace = loaded(&workspaces);
    let bulk = BulkRecord { actor: Actor::System, id: None, action: Action::close(), listed: None, total: 2, done: 1 };
    workspace.state.write().settings.insert(SettingKey::Bulk(BulkId(1)), Arc::new(Setting::Bulk(bulk)));
    assert_eq!(unload(&workspace), Err(StaysLoaded::Busy), "a bulk action is under way");
    workspace.state.write().settings.clear();
    assert_eq!(unload(&workspace), Ok(()));

    let plan = Registration { name: "plan".to_owned(), version: 1, index: Arc::new(AttributeIndex::new("plan")) };
    let store = workspaces.records.store().unwrap();
    let workspace = LoadedWorkspace::new(load_workspace(&store, WorkspaceId(1), &Registry::from([plan])).unwrap());
    let built = [(IndexState::Building { next: ChatId(1) }, Err(StaysLoaded::Busy)), (IndexState::Readable, Ok(()))];
    for (index_state, expected) in built {
        let record = IndexRecord { name: "plan".to_owned(), version: 1, state: index_state };
        let mut state = workspace.state.write();
        state.settings.insert(SettingKey::Index(IndexId(1)), Arc::new(Setting::Index(record)));
        state.refresh_live_indexes();
        drop(state);
        assert_eq!(unload(&workspace), expected);
    }
}

#[test]
fn what_was_read_before_an_unload_is_not_taken_for_current() {
    let workspaces = workspaces(2, 0);
    let held = workspaces.get(WorkspaceId(1));
    let generations: Vec<u64> = (0..3)
        .map(|_| {
            let generation = held.read().unwrap().generation();
            touch(&workspaces.get(WorkspaceId(2)));
            generation
        })
        .collect();
    assert!(generations.is_sorted_by(|a, b| a < b), "{generations:?}");
}

#[test]
fn made_up_hashtags_do_not_pile_up() {
    let workspaces = workspaces(1, u64::MAX);
    let workspace = workspaces.get(WorkspaceId(1));
    let records = workspaces.records_of(&workspace);
    let mut most = 0;
    for number in 0..140_000 {
        let key = IndexKey::Hashtag(format!("word{number}").as_str().into());
        let len = records.with_postings(|_| [key.clone()], |state: &State| state.postings.on_demand_len());
        most = most.max(len.unwrap());
    }
    assert!(most <= 65_537, "{most} postings in memory");
}

#[test]
fn unloading_beside_many_readers_loses_no_workspace() {
    const THREADS: u64 = 4;
    let workspaces = workspaces(6, 0);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let workspaces = &workspaces;
            scope.spawn(move || {
                let held = workspaces.get(WorkspaceId(1 + thread % 2));
                for round in 0..3_000_u64 {
                    let id = WorkspaceId(1 + (round * 7 + thread) % 8);
                    let workspace = workspaces.get(id);
                    let state = workspace.read().unwrap();
                    assert!(state.is_loaded());
                    assert_eq!(is_whole(&state), id.0 <= 6);
                    drop(state);
                    assert!(is_whole(&held.read().unwrap()));
                    let record = workspaces.records_of(&workspace).read(RecordKey::Chat(ChatId(1_001)));
                    assert_eq!(record.unwrap(), None);
                }
            });
        }
    });
    workspaces.unload_written();
    assert_eq!((in_table(&workspaces), workspaces.memory()), (0, (0, 0)));
    assert_eq!(workspaces.get(WorkspaceId(1)).references.load(Ordering::SeqCst), 1);
}
