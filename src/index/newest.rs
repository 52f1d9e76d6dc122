//! The newest chats of a set, remembered between reads.

use crate::heap;
use crate::index::Timeline;
use crate::index::sieve::Sieve;
use crate::model::ChatId;
use crate::sets::ChatSet;

/// The number of chats that a list notes. Placing more of them takes as long as a new list.
const NOTED_MAX: usize = 128;
/// To pass fewer activities than this, no sieve is made.
const SIEVED_STEPS_MIN: u64 = 16;
/// Sets with more members than this are so dense that a sieve takes more memory than it is worth.
const SIEVED_MEMBERS_MAX: u64 = 1 << 14;

/// The newest members of a set at some moment, and which chats may have moved since.
///
/// The set notes each chat that joins or leaves it; a chat that is deleted leaves all its sets. The set does not learn of
/// activities: those are in the timeline, and the next read looks there.
#[derive(Debug)]
pub(crate) struct Newest {
    /// Newest first. At the moment `as_of` these were all members with a position of at least `from`.
    chats: Vec<(u64, ChatId)>,
    /// 0 if no member was left out.
    from: u64,
    /// The newest position of the timeline at that moment.
    as_of: u64,
    /// The order of the timeline that these positions belong to.
    order: u64,
    /// Chats that joined or left the set since, in any order.
    noted: Vec<ChatId>,
    /// Has the members, once it is of use.
    sieve: Option<Sieve>,
    kept_max: usize,
}

/// Whether one of the sets has a chat.
pub(super) fn holds(sets: &[ChatSet], chat: ChatId) -> bool {
    sets.iter().any(|set| set.contains(chat))
}

impl Newest {
    /// All members of a set with a position of at least `from`, newest first. Of later ones, `kept_max` in all are kept.
    pub(crate) fn new(timeline: &Timeline, chats: Vec<(u64, ChatId)>, from: u64, kept_max: usize) -> Self {
        Self {
            chats,
            from,
            as_of: timeline.newest(),
            order: timeline.order(),
            noted: Vec::new(),
            sieve: None,
            kept_max,
        }
    }

    /// The position from which on the list has all members; 0 if it has every member.
    pub(crate) fn from(&self) -> u64 {
        self.from
    }

    /// The newest chats below a position, up to `limit`.
    pub(crate) fn below(&self, before: u64, limit: usize) -> &[(u64, ChatId)] {
        let newer =
            if before > self.as_of { 0 } else { self.chats.partition_point(|(position, _)| *position >= before) };
        &self.chats[newer..self.chats.len().min(newer + limit)]
    }

    /// Notes that a chat joined or left the set. Returns whether the list is still of use.
    pub(crate) fn note(&mut self, chat: ChatId) -> bool {
        let has_room = self.noted.len() < NOTED_MAX;
        if has_room {
            self.noted.push(chat);
        }
        has_room
    }

    /// Brings the list up to date with the sets whose newest chats it has. Returns `false` if that would take longer than a new
    /// list; this one is then of no use.
    pub(super) fn refresh(&mut self, timeline: &Timeline, sets: &[ChatSet]) -> bool {
        let steps = timeline.newest().saturating_sub(self.as_of);
        let members = sets.iter().map(ChatSet::len).sum();
        // A new list takes a step for each activity down to its last chat, or for each member.
        if self.order != timeline.order() || steps > (self.as_of - self.from).min(members) {
            return false;
        }
        if steps > 0 && !self.note_active(timeline, sets, steps, members) {
            return false;
        }
        self.as_of += steps;
        if !self.noted.is_empty() {
            self.place_noted(timeline, sets);
        }
        true
    }

    /// Notes the members with activity since. Returns `false` if they are too many.
    fn note_active(&mut self, timeline: &Timeline, sets: &[ChatSet], steps: u64, members: u64) -> bool {
        if self.sieve.is_none() && steps >= SIEVED_STEPS_MIN && members <= SIEVED_MEMBERS_MAX {
            self.sieve = Some(Sieve::new(sets, members as usize));
        }
        // A chat that joined since the last read may not be in the sieve. It is noted already.
        let sieve = self.sieve.take();
        let may_hold = |chat| sieve.as_ref().is_none_or(|sieve| sieve.may_have(chat));
        let active = timeline.active_after(self.as_of).iter().copied();
        let is_noted = active.filter(|chat| may_hold(*chat) && holds(sets, *chat)).all(|chat| self.note(chat));
        self.sieve = sieve;
        is_noted
    }

    fn place_noted(&mut self, timeline: &Timeline, sets: &[ChatSet]) {
        let noted = &mut self.noted;
        noted.sort_unstable();
        noted.dedup();
        self.chats.retain(|(_, chat)| noted.binary_search(chat).is_err());
        noted.retain(|chat| holds(sets, *chat));
        if !self.sieve.as_mut().is_none_or(|sieve| noted.iter().all(|chat| sieve.add(*chat))) {
            self.sieve = None;
        }
        let members = noted.drain(..);
        let placed = members.filter_map(|chat| Some((timeline.position(chat)?, chat)));
        self.chats.extend(placed.filter(|(position, _)| *position >= self.from));
        // Stable, because that is fast where most is in order.
        self.chats.sort_by(|a, b| b.cmp(a));
        if let Some((position, _)) = self.chats.get(self.kept_max) {
            self.from = position + 1;
            self.chats.truncate(self.kept_max);
        }
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        heap::of_vec::<(u64, ChatId)>(self.chats.capacity())
            + heap::of_vec::<ChatId>(self.noted.capacity())
            + self.sieve.as_ref().map_or(0, Sieve::heap_bytes)
    }
}
