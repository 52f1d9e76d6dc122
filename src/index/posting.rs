//! A posting: the chats of one index key, one set per status.

use parking_lot::Mutex;

use crate::heap;
use crate::index::newest::holds;
use crate::index::{Newest, Timeline};
use crate::model::{ChatId, Status, StatusCounts};
use crate::record::{Members, PostingDelta};
use crate::sets::ChatSet;

/// The chats of one key, by status.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Posting {
    sets: [ChatSet; 3],
    newest: NewestLists,
}

impl Posting {
    pub(super) fn new(sets: [ChatSet; 3]) -> Self {
        Self { sets, newest: NewestLists::default() }
    }

    #[inline]
    pub(crate) fn set(&self, status: Status) -> &ChatSet {
        &self.sets[status as usize]
    }

    /// The set of a status, or those of all.
    #[inline]
    pub(crate) fn sets(&self, status: Option<Status>) -> &[ChatSet] {
        status.map_or(&self.sets, |status| std::slice::from_ref(self.set(status)))
    }

    pub(super) fn into_sets(self) -> [ChatSet; 3] {
        self.sets
    }

    /// For changes that are not worth noting chat by chat.
    pub(super) fn set_mut(&mut self, status: Status) -> &mut ChatSet {
        self.newest.forget();
        &mut self.sets[status as usize]
    }

    pub(super) fn apply(&mut self, delta: &PostingDelta) {
        self.newest.note(delta.status, &delta.chats);
        let set = &mut self.sets[delta.status as usize];
        match (&delta.chats, delta.gains) {
            (Members::One(chat), true) => drop(set.insert(*chat)),
            (Members::One(chat), false) => drop(set.remove(*chat)),
            (Members::Many(chats), true) => set.insert_all(chats),
            (Members::Many(chats), false) => set.remove_all(chats),
        }
    }

    #[inline]
    pub(crate) fn counts(&self) -> StatusCounts {
        let [open, snoozed, closed] = [0, 1, 2].map(|status| self.sets[status].len());
        StatusCounts { open, snoozed, closed }
    }

    /// The number of chats with a status, or with any.
    #[inline]
    pub(crate) fn len(&self, status: Option<Status>) -> u64 {
        self.sets(status).iter().map(ChatSet::len).sum()
    }

    /// Whether it has a chat with a status, or with any.
    #[inline]
    pub(crate) fn contains(&self, status: Option<Status>, chat: ChatId) -> bool {
        holds(self.sets(status), chat)
    }

    /// The chats of all statuses.
    pub(crate) fn members(&self) -> ChatSet {
        let mut members = ChatSet::default();
        self.sets.iter().for_each(|set| members.absorb(set.clone()));
        members
    }

    /// The chats of all statuses within one chunk of 65,536 ids.
    pub(crate) fn members_in(&self, chunk: u16) -> ChatSet {
        let mut members = ChatSet::default();
        self.sets.iter().for_each(|set| members.absorb(set.chunk(chunk)));
        members
    }

    /// Reads the list of the newest chats with a status, or with any, as it is now. `None` if there is none, or if another
    /// reader uses it.
    #[inline]
    pub(crate) fn newest<R>(
        &self,
        status: Option<Status>,
        timeline: &Timeline,
        read: impl FnOnce(&Newest) -> R,
    ) -> Option<R> {
        let mut lists = self.newest.0.try_lock()?;
        let place = &mut lists.as_mut()?[place(status)];
        if place.as_mut()?.refresh(timeline, self.sets(status)) {
            return place.as_ref().map(read);
        }
        *place = None;
        None
    }

    /// Keeps a list of the newest chats with a status, or with any, unless there is one that has more.
    pub(crate) fn remember(&self, status: Option<Status>, newest: Newest) {
        if let Some(mut lists) = self.newest.0.try_lock() {
            let place = &mut lists.get_or_insert_default()[place(status)];
            if place.as_ref().is_none_or(|known| known.from() > newest.from()) {
                *place = Some(newest);
            }
        }
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.sets.iter().map(ChatSet::heap_bytes).sum::<usize>() + self.newest.heap_bytes()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sets.iter().all(ChatSet::is_empty)
    }
}

/// The newest chats of each status, and then those of all statuses, as far as they were asked for.
type Lists = [Option<Newest>; 4];

fn place(status: Option<Status>) -> usize {
    status.map_or(Status::ALL.len(), |status| status as usize)
}

/// What a posting remembers between reads. It is no part of its value.
#[derive(Debug, Default)]
struct NewestLists(Mutex<Option<Box<Lists>>>);

impl Clone for NewestLists {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for NewestLists {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl NewestLists {
    /// Notes chats that join or leave the set of a status.
    #[inline]
    fn note(&mut self, status: Status, chats: &Members) {
        if let Some(lists) = self.0.get_mut() {
            note_in(lists, status, chats);
        }
    }

    fn forget(&mut self) {
        *self.0.get_mut() = None;
    }

    fn heap_bytes(&self) -> usize {
        self.0.lock().as_ref().map_or(0, |lists| {
            heap::of_bytes(size_of::<Lists>()) + lists.iter().flatten().map(Newest::heap_bytes).sum::<usize>()
        })
    }
}

#[inline(never)]
fn note_in(lists: &mut Lists, status: Status, chats: &Members) {
    for list in [Some(status), None].map(place) {
        let list = &mut lists[list];
        let is_of_use = list.as_mut().is_some_and(|newest| match chats {
            Members::One(chat) => newest.note(*chat),
            Members::Many(chats) => chats.iter().all(|chat| newest.note(ChatId(chat))),
        });
        if !is_of_use {
            *list = None;
        }
    }
}
