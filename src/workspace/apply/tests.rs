//! Replay on top of the rows of a checkpoint that did not finish: each row may hold a different moment.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::kv::MemoryBackend;
use crate::model::{CustomerId, WorkspaceId};
use crate::record::Meta;
use crate::store::{Store, load_for_replay, load_workspace, missing_members};
use crate::workspace::Registry;

const WORKSPACE: WorkspaceId = WorkspaceId(1);
const CHATS: u32 = 4;

/// A chat of the model: its status and its keys.
type Chat = (Status, BTreeSet<IndexKey>);
type Chats = BTreeMap<u32, Chat>;

fn keys() -> [IndexKey; 4] {
    let customers = [5, 6].map(|customer| IndexKey::Customer(CustomerId(customer)));
    [IndexKey::Unassigned, IndexKey::Assignee(ManagerId(7)), customers[0].clone(), customers[1].clone()]
}

/// Starts, deletes or changes a chat at random.
fn step(chats: &mut Chats, random: &mut fastrand::Rng) -> Change {
    let id = random.u32(1..=CHATS);
    let before = chats.remove(&id);
    let mut after = before.clone().unwrap_or((Status::Open, BTreeSet::from([IndexKey::All])));
    match random.u32(0..8) {
        0..4 => after.0 = Status::ALL[random.usize(0..3)],
        4..7 => {
            let key = keys()[random.usize(0..4)].clone();
            if !after.1.remove(&key) {
                after.1.insert(key);
            }
        }
        _ => after.1.clear(),
    }
    let before = before.unwrap_or((after.0, BTreeSet::new()));
    let members = if random.bool() { Members::One(ChatId(id)) } else { Members::Many([id].into()) };
    let deltas = |chat: &Chat, other: &Chat, gains| -> Vec<PostingDelta> {
        let moved = chat.1.iter().filter(|key| chat.0 != other.0 || !other.1.contains(key));
        let delta = |key: &IndexKey| PostingDelta { key: key.clone(), status: chat.0, gains, chats: members.clone() };
        moved.map(delta).collect()
    };
    let postings = [deltas(&before, &after, false), deltas(&after, &before, true)].concat();
    if !after.1.is_empty() {
        chats.insert(id, after);
    }
    Change { postings, ..Change::of_nothing(WORKSPACE, Cause::Deadline, &Meta::default()) }
}

fn load(store: &Store) -> State {
    load_workspace(store, WORKSPACE, &Registry::default()).unwrap()
}

fn empty() -> Store {
    Store::new(Box::new(MemoryBackend::default()))
}

/// Writes all waiting rows that are not left out.
fn write(state: &mut State, store: &Store, mut keep: impl FnMut(&RowKey) -> bool) {
    state.freeze();
    let mut rows = state.frozen_rows();
    rows.retain(|row| keep(row));
    let slice = state.frozen(&rows).unwrap();
    store.write(WORKSPACE, slice.encode().unwrap()).unwrap();
}

fn do_on(store: &Store, state: &mut State, change: Change, redo: bool) {
    let members = missing_members(store, state, change.keys_to_load()).unwrap();
    state.load_postings(members);
    if redo {
        state.redo(change);
    } else {
        state.apply(change);
    }
}

/// The members of every key, by status.
fn seen(store: &Store, state: &mut State) -> Vec<(IndexKey, Vec<Vec<u32>>)> {
    let all = [IndexKey::All].into_iter().chain(keys());
    let see = |key: IndexKey| {
        let members = missing_members(store, state, [&key].into_iter()).unwrap();
        state.load_postings(members);
        let ids = |status| state.postings.get(&key).map(|found| found.set(status).to_bitmap().iter().collect());
        let sets = Status::ALL.map(|status| ids(status).unwrap_or_default());
        (key, sets.to_vec())
    };
    all.map(see).collect()
}

fn expected(chats: &Chats) -> Vec<(IndexKey, Vec<Vec<u32>>)> {
    let members = |key: &IndexKey, status: Status| {
        chats.iter().filter(|(_, chat)| chat.0 == status && chat.1.contains(key)).map(|(id, _)| *id).collect()
    };
    let all = [IndexKey::All].into_iter().chain(keys());
    all.map(|key| (key.clone(), Status::ALL.map(|status| members(&key, status)).to_vec())).collect()
}

#[test]
fn redo_is_right_whatever_moment_each_row_holds() {
    for seed in 0..3_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let (store, mut chats) = (empty(), Chats::new());
        let mut state = load(&store);
        for _ in 0..random.u32(1..10) {
            do_on(&store, &mut state, step(&mut chats, &mut random), false);
        }
        write(&mut state, &store, |_| true);
        // A checkpoint after each of these changes gets as far as some rows.
        let mut state = load(&store);
        let mut changes = Vec::new();
        for _ in 0..random.u32(1..10) {
            let change = step(&mut chats, &mut random);
            changes.push(change.clone());
            do_on(&store, &mut state, change, false);
            let mut ahead = state.clone();
            write(&mut ahead, &store, |_| random.u32(0..4) == 0);
        }
        // The rows that were not written are not lost to this state: replay begins from the store alone. It is killed, and
        // begins again, and it writes what it has so far and loads it again, to save memory.
        let mut state = load_for_replay(&store, WORKSPACE).unwrap();
        for is_last in [false, true] {
            let count = if is_last { changes.len() } else { random.usize(0..=changes.len()) };
            for change in &changes[..count] {
                if random.u32(0..3) == 0 {
                    seen(&store, &mut state);
                }
                do_on(&store, &mut state, change.clone(), true);
                if random.u32(0..3) == 0 {
                    write(&mut state, &store, |_| true);
                    state = load_for_replay(&store, WORKSPACE).unwrap();
                }
            }
            if !is_last {
                write(&mut state, &store, |_| random.bool());
                state = load_for_replay(&store, WORKSPACE).unwrap();
            }
        }
        assert_eq!(seen(&store, &mut state), expected(&chats), "seed {seed}");
        write(&mut state, &store, |_| true);
        assert_eq!(seen(&store, &mut load(&store)), expected(&chats), "seed {seed}, from the rows");
    }
}
