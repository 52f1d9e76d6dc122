use std::collections::HashSet;

use super::*;
use crate::index::Postings;
use crate::model::{ManagerId, TagId};
use crate::record::{IndexKey, Members, PostingDelta};

const KEYS: [IndexKey; 2] = [IndexKey::Unassigned, IndexKey::Tag(TagId(3))];
const STATUSES: [Option<Status>; 4] = [None, Some(Status::Open), Some(Status::Snoozed), Some(Status::Closed)];

/// Postings with random chats, and a timeline with random activity. A chat may have several statuses, and be in a posting
/// before it exists.
struct Bench {
    random: fastrand::Rng,
    postings: Postings,
    timeline: Timeline,
    chats: u32,
    next: u64,
    from_lists: usize,
}

impl Bench {
    fn new(seed: u64, chats: u32) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        let (postings, timeline) = Default::default();
        let mut bench = Self { random, postings, timeline, chats, next: 1, from_lists: 0 };
        for (key, status) in KEYS.iter().flat_map(|key| Status::ALL.map(|status| (key, status))) {
            let one_in = [2, 10, 100][status as usize];
            let members = (0..chats).filter(|_| bench.random.u32(..one_in) == 0).collect();
            bench.apply(key.clone(), status, Members::Many(members), true);
        }
        (0..chats).for_each(|_| bench.be_active());
        bench
    }

    fn chat(&mut self) -> ChatId {
        ChatId(self.random.u32(..self.chats))
    }

    fn be_active(&mut self) {
        let chat = self.chat();
        self.timeline.set(chat, Some(self.next));
        self.next += self.random.u64(1..3);
    }

    fn apply(&mut self, key: IndexKey, status: Status, chats: Members, gains: bool) {
        self.postings.apply(&PostingDelta { key, status, chats, gains });
    }

    fn some_set(&mut self) -> (IndexKey, Status) {
        (KEYS[self.random.usize(..KEYS.len())].clone(), Status::ALL[self.random.usize(..3)])
    }

    fn change(&mut self) {
        let ((key, status), chat, gains) = (self.some_set(), self.chat(), self.random.bool());
        match self.random.u32(..1_000) {
            0..400 => self.be_active(),
            400..900 => self.apply(key, status, Members::One(chat), gains),
            900..950 => self.delete(chat),
            950..980 => {
                let members = (0..self.random.u32(..300)).map(|_| self.chat().0).collect();
                self.apply(key, status, Members::Many(members), gains);
            }
            980..985 => self.postings.update(&key, status, |set| assert!(set.insert(chat) | set.contains(chat))),
            985..988 => self.repair(),
            _ => {}
        }
    }

    /// A chat that is deleted leaves all sets.
    fn delete(&mut self, chat: ChatId) {
        self.timeline.set(chat, None);
        for (key, status) in KEYS.iter().flat_map(|key| Status::ALL.map(|status| (key, status))) {
            self.apply(key.clone(), status, Members::One(chat), false);
        }
    }

    /// Gives chats older positions.
    fn repair(&mut self) {
        let mut taken: HashSet<u64> = (0..self.chats).filter_map(|chat| self.timeline.position(ChatId(chat))).collect();
        for _ in 0..10 {
            let chat = self.chat();
            if let Some(position) = self.timeline.position(chat) {
                let free = (1..position).rev().take(100).find(|position| taken.insert(*position));
                self.timeline.set(chat, free.or(Some(position)));
            }
        }
        self.timeline.sort();
    }

    /// Compares a page with that of a selection, and the pages after it.
    fn assert_pages(&mut self) {
        let postings = match self.random.u32(..3) {
            0 => KEYS.each_ref().map(|key| self.postings.get(key)),
            key => [self.postings.get(&KEYS[key as usize - 1]), None],
        };
        let view = ViewChats::of_postings(postings);
        let (status, limit) = (STATUSES[self.random.usize(..4)], [0, 1, 7, 50, 200, 201][self.random.usize(..6)]);
        let mut before = if self.random.u32(..4) == 0 { self.random.u64(..=self.next) } else { u64::MAX };
        for _ in 0..3 {
            let expected = page(&self.timeline, &view.sets(status), before, limit);
            self.from_lists += usize::from(remembered(&self.timeline, &view, status, before, limit).is_some());
            assert_eq!(page_of_view(&self.timeline, &view, status, before, limit), expected);
            let Some((last, _)) = expected.chats.last() else { break };
            before = *last;
        }
    }
}

#[test]
fn remembered_pages_are_those_of_a_selection() {
    for (seed, chats) in [(1, 60), (2, 1_000), (3, 40_000), (4, 2_000), (5, 300)] {
        let mut bench = Bench::new(seed, chats);
        for _ in 0..1_000 {
            let changes = [0, 1, 3, 10, 30, 300][bench.random.usize(..6)];
            (0..changes).for_each(|_| bench.change());
            bench.assert_pages();
        }
        assert!(bench.from_lists > 100, "{} pages are from lists", bench.from_lists);
    }
}

/// A posting with the chats from 1 to `chats`, whose activity is in the order of their ids.
fn in_order(chats: u32) -> (Postings, Timeline) {
    let (mut postings, mut timeline) = <(Postings, Timeline)>::default();
    postings.update(&KEY, Status::Open, |set| *set = (1..=chats).map(ChatId).collect());
    (1..=chats).for_each(|chat| timeline.set(ChatId(chat), Some(chat.into())));
    (postings, timeline)
}

const KEY: IndexKey = IndexKey::Assignee(ManagerId(7));

fn from_list(postings: &Postings, timeline: &Timeline, limit: usize) -> Option<Vec<u32>> {
    let view = ViewChats::of_postings([postings.get(&KEY), None]);
    let page = remembered(timeline, &view, Some(Status::Open), u64::MAX, limit)?;
    Some(page.chats.into_iter().map(|(_, chat)| chat.0).collect())
}

fn ask(postings: &Postings, timeline: &Timeline, limit: usize) {
    let view = ViewChats::of_postings([postings.get(&KEY), None]);
    page_of_view(timeline, &view, Some(Status::Open), u64::MAX, limit);
}

#[test]
fn list_follows_chats_that_leave_return_and_are_active() {
    let (mut postings, mut timeline) = in_order(1_000);
    assert_eq!(from_list(&postings, &timeline, 3), None);
    ask(&postings, &timeline, 3);
    assert_eq!(from_list(&postings, &timeline, 3).unwrap(), [1_000, 999, 998]);
    let chat = |postings: &mut Postings, chat, gains| {
        let (key, status, chats) = (KEY, Status::Open, Members::One(ChatId(chat)));
        postings.apply(&PostingDelta { key, status, chats, gains });
    };
    chat(&mut postings, 999, false);
    assert_eq!(from_list(&postings, &timeline, 3), None, "too short");
    ask(&postings, &timeline, 3);
    assert_eq!(from_list(&postings, &timeline, 3).unwrap(), [1_000, 998, 997]);
    chat(&mut postings, 999, true);
    chat(&mut postings, 998, false);
    chat(&mut postings, 998, true);
    assert_eq!(from_list(&postings, &timeline, 3).unwrap(), [1_000, 999, 998]);
    timeline.set(ChatId(5), Some(1_001));
    timeline.set(ChatId(999), Some(1_002));
    timeline.set(ChatId(2_000), Some(1_003));
    assert_eq!(from_list(&postings, &timeline, 3).unwrap(), [999, 5, 1_000]);
}

#[test]
fn list_is_dropped_when_older_positions_are_set_or_too_much_happened() {
    let (mut postings, mut timeline) = in_order(1_000);
    ask(&postings, &timeline, 3);
    timeline.set(ChatId(1_000), Some(998));
    timeline.set(ChatId(998), Some(990));
    timeline.sort();
    assert_eq!(from_list(&postings, &timeline, 3), None);
    ask(&postings, &timeline, 3);
    assert_eq!(from_list(&postings, &timeline, 3).unwrap(), [999, 1_000, 997]);
    postings.update(&KEY, Status::Open, |set| assert!(set.remove(ChatId(3))));
    assert_eq!(from_list(&postings, &timeline, 3), None, "a change that notes no chats");
    ask(&postings, &timeline, 3);
    (1..=300).for_each(|chat| timeline.set(ChatId(chat), Some(1_000 + u64::from(chat))));
    assert_eq!(from_list(&postings, &timeline, 3), None, "a walk is shorter");
}

#[test]
fn list_is_counted_as_memory_and_not_copied() {
    let (postings, timeline) = in_order(1_000);
    let bytes = postings.heap_bytes();
    ask(&postings, &timeline, 50);
    assert!(postings.heap_bytes() > bytes + 50 * size_of::<(u64, ChatId)>());
    assert_eq!(from_list(&postings, &timeline, 50).unwrap().len(), 50);
    let copy = postings.clone();
    assert!(copy.heap_bytes() <= bytes);
    assert!(copy.get(&KEY) == postings.get(&KEY));
}
