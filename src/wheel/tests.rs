//! Tests of each property of the wheel, and of its internal invariants.

mod model;

use super::*;

/// 2023-11-14, an ordinary moment.
const NOW: u64 = 1_700_000_000_000;
/// The last moment a command may name: the end of the year 9999.
const YEAR_9999: u64 = 253_402_300_799_999;
const DAY: u64 = 86_400_000;

/// The SplitMix64 generator.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ bits >> 31
    }

    /// A number below `end`. The bias is negligible for small `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A time span below a power of 64.
    fn span(&mut self) -> u64 {
        let level = self.below(LEVELS as u64);
        self.below(64 << (6 * level))
    }

    /// A moment at most 1 ms away from the start of a slot after `time`, at a random level.
    fn boundary(&mut self, time: u64) -> u64 {
        let shift = 6 * self.below(LEVELS as u64);
        let slots = (time >> shift) + 1 + self.below(3);
        (slots << shift) + self.below(3) - 1
    }
}

impl Wheel {
    /// Checks the invariants between the parts of the wheel.
    fn audit(&self) -> Result<(), String> {
        let mut ahead = BTreeSet::new();
        for (at, level) in self.levels.iter().enumerate() {
            for slot in 0..SLOTS {
                let Some(head) = level.head(slot) else {
                    continue;
                };
                self.audit_list(at, slot, head)?;
                ahead.extend(self.entries.list(head));
            }
        }
        for &(deadline, chat) in &self.ready {
            if deadline > self.elapsed || self.deadline(chat) != Some(deadline) {
                return Err(format!("{chat:?} is not due at {deadline}"));
            }
        }
        let all = ahead.len() + self.ready.len();
        if all != self.len() || self.len() != self.iter().count() {
            return Err(format!("{all} entries of {}", self.len()));
        }
        self.audit_nearest(&ahead)
    }

    /// Checks the list of one slot, and that its entries belong there.
    fn audit_list(&self, level: usize, slot: usize, head: ChatId) -> Result<(), String> {
        let mut before = head;
        let mut members = 0;
        for (deadline, chat) in self.entries.list(head) {
            let place = (level_of(self.elapsed, deadline), slot_of(deadline, level));
            if deadline <= self.elapsed || place != (level, slot) {
                return Err(format!("{chat:?} in {level}/{slot} belongs to {place:?}"));
            }
            let prev = self.entries.get(chat).map(|entry| entry.prev);
            members += 1;
            if prev != Some(before) || members > self.len() {
                return Err(format!("{chat:?} comes after {before:?}, not {prev:?}"));
            }
            before = chat;
        }
        let first = start_of(self.elapsed, level, slot);
        match members {
            0 => Err(format!("{level}/{slot} is empty")),
            _ if first <= self.elapsed => Err(format!("{level}/{slot} is past")),
            _ => Ok(()),
        }
    }

    /// Checks the cached earliest deadlines against all entries ahead.
    fn audit_nearest(&self, ahead: &BTreeSet<(u64, ChatId)>) -> Result<(), String> {
        let Some(nearest) = self.nearest.get() else {
            return Ok(());
        };
        let reached = ahead.iter().filter(|&&entry| nearest.reaches(entry));
        if nearest.is_empty() || !reached.eq(nearest.iter()) {
            return Err(format!("{nearest:?} is not the beginning of {ahead:?}"));
        }
        Ok(())
    }
}

#[test]
fn wheel_audit_detects_a_broken_wheel() {
    let sound = || {
        let mut wheel = Wheel::new(NOW);
        for chat in 0..200 {
            wheel.insert(ChatId(chat), NOW + DAY + u64::from(chat));
        }
        assert!(wheel.next_deadline().is_some());
        assert_eq!(wheel.audit(), Ok(()));
        wheel
    };
    let mut left_behind = sound();
    left_behind.elapsed += DAY + 10;
    assert!(left_behind.audit().is_err());

    let mut lost = sound();
    while lost.levels.iter_mut().any(|level| level.take_first(63).is_some()) {}
    assert!(lost.audit().is_err());

    let mut ready_early = sound();
    ready_early.ready.insert((NOW + DAY, ChatId(0)));
    assert!(ready_early.audit().is_err());

    let mut forgetful = sound();
    forgetful.forget(|nearest| nearest.remove((NOW + DAY, ChatId(0))));
    assert!(forgetful.audit().is_err());
}

#[test]
fn wheel_level_is_the_highest_digit_that_differs() {
    assert_eq!(level_of(NOW, NOW), 0);
    const { assert!(YEAR_9999 < TIME_MAX) };
    let random = &mut Random(1);
    for _ in 0..10_000 {
        let elapsed = random.next() & TIME_MAX;
        let deadline = [random.boundary(elapsed), random.next()][random.below(2) as usize];
        let deadline = deadline & TIME_MAX;
        let digit = |time: u64, level: usize| time >> (6 * level) & 63;
        let differs = |&level: &usize| digit(elapsed, level) != digit(deadline, level);
        let level = (0..LEVELS).rev().find(differs).unwrap_or(0);
        assert_eq!(level_of(elapsed, deadline), level);

        let slot = slot_of(deadline, level);
        let start = start_of(elapsed, level, slot);
        assert_eq!(slot as u64, digit(deadline, level));
        assert!(start <= deadline && deadline - start < 1 << (6 * level));
    }
}

#[test]
fn wheel_fires_once_and_on_time_around_every_boundary() {
    for level in 0..LEVELS {
        let boundary = ((NOW >> (6 * level)) + 1) << (6 * level);
        let mut wheel = Wheel::new(NOW);
        for (chat, deadline) in (boundary - 1..=boundary + 1).enumerate() {
            wheel.insert(ChatId(chat as u32), deadline);
        }
        let mut fired = Vec::new();
        for now in boundary - 2..boundary + 3 {
            wheel.advance(now);
            let due: Vec<_> = wheel.ready().collect();
            for (deadline, chat) in due {
                // A deadline at or before the start is ready at once.
                assert_eq!(deadline.max(NOW), now.max(NOW));
                assert_eq!(wheel.remove(chat), Some(deadline));
                fired.push(chat.0);
            }
        }
        assert_eq!(fired, [0, 1, 2]);
    }
}

#[test]
fn wheel_advance_touches_only_reached_slots() {
    let mut wheel = Wheel::new(0);
    for slot in 1..64 {
        wheel.insert(ChatId(slot), u64::from(slot) << 18);
    }
    assert!(wheel.take_slots((1 << 18) - 1).is_empty());
    assert_eq!(wheel.take_slots(5 << 18).len(), 5);
    assert_eq!(wheel.levels[3].first(), Some(6));
}

#[test]
fn wheel_orders_equal_deadlines_by_chat() {
    let mut wheel = Wheel::new(NOW);
    for chat in [9, 2, 64, 0, 63, 1_000, 5] {
        wheel.insert(ChatId(chat), NOW + 10);
    }
    wheel.insert(ChatId(7), NOW + 9);
    wheel.advance(NOW + 10);
    let chats: Vec<_> = wheel.ready().map(|(_, chat)| chat.0).collect();
    assert_eq!(chats, [7, 0, 2, 5, 9, 63, 64, 1_000]);
}

#[test]
fn wheel_late_deadline_is_ready_at_once_and_in_order() {
    let mut wheel = Wheel::new(NOW);
    wheel.insert(ChatId(1), NOW);
    wheel.insert(ChatId(2), 0);
    wheel.insert(ChatId(3), NOW - 1);
    wheel.insert(ChatId(4), NOW + 1);
    assert_eq!(wheel.next_deadline(), Some(0));
    assert!(wheel.is_due(0));
    let ready = [(0, ChatId(2)), (NOW - 1, ChatId(3)), (NOW, ChatId(1))];
    assert!(wheel.ready().eq(ready));

    // A ready entry moved ahead leaves the queue, and the other way round.
    wheel.insert(ChatId(2), NOW + 5);
    wheel.insert(ChatId(4), NOW - 2);
    let ready = [(NOW - 2, ChatId(4)), (NOW - 1, ChatId(3)), (NOW, ChatId(1))];
    assert!(wheel.ready().eq(ready));
    assert_eq!(wheel.remove(ChatId(3)), Some(NOW - 1));
    assert_eq!(wheel.remove(ChatId(3)), None);
    assert_eq!(wheel.len(), 3);
    assert_eq!(wheel.audit(), Ok(()));
}

#[test]
fn wheel_time_never_goes_back_and_is_capped() {
    let mut wheel = Wheel::new(NOW);
    wheel.advance(NOW - 1_000);
    wheel.insert(ChatId(1), NOW - 500);
    assert_eq!(wheel.ready().count(), 1);

    wheel.insert(ChatId(1), u64::MAX);
    assert_eq!(wheel.deadline(ChatId(1)), Some(TIME_MAX));
    wheel.advance(YEAR_9999);
    assert_eq!(wheel.ready().count(), 0);
    wheel.advance(u64::MAX);
    assert!(wheel.ready().eq([(TIME_MAX, ChatId(1))]));
    assert!(wheel.is_due(u64::MAX));

    let mut at_the_end = Wheel::new(u64::MAX);
    at_the_end.insert(ChatId(1), u64::MAX);
    assert_eq!(at_the_end.ready().count(), 1);
}

#[test]
fn wheel_empty_answers_every_query() {
    let mut wheel = Wheel::new(0);
    wheel.advance(YEAR_9999);
    assert_eq!(wheel.next_deadline(), None);
    assert!(!wheel.is_due(u64::MAX));
    assert_eq!(wheel.remove(ChatId(5)), None);
    assert_eq!(wheel.deadline(ChatId(5)), None);
    assert_eq!(wheel.iter().count() + wheel.ready().count(), 0);
}

#[test]
fn wheel_million_due_at_once_leave_in_order() {
    const CHATS: u32 = 1_000_000;
    let mut wheel = Wheel::new(NOW);
    let random = &mut Random(2);
    for chat in 1..=CHATS {
        wheel.insert(ChatId(chat), NOW + 1 + random.below(300 * DAY) / DAY * DAY);
    }
    wheel.advance(NOW + 50 * 365 * DAY);
    let mut last = (0, ChatId(0));
    while !wheel.is_empty() {
        let due: Vec<_> = wheel.ready().take(1_024).collect();
        assert_eq!(due.len(), wheel.len().min(1_024));
        for (deadline, chat) in due {
            assert!(last < (deadline, chat));
            last = (deadline, chat);
            assert_eq!(wheel.remove(chat), Some(deadline));
        }
    }
}

#[test]
fn wheel_rescans_only_when_the_nearest_cache_is_empty() {
    let far = NOW + 3 * 365 * DAY;
    let mut wheel = Wheel::new(NOW);
    for chat in 0..10_000 {
        wheel.insert(ChatId(chat), far + u64::from(chat));
    }
    assert_eq!(wheel.next_deadline(), Some(far));
    wheel.insert(ChatId(10_000), far + 50_000);
    wheel.insert(ChatId(10_001), NOW + 70);
    assert_eq!(wheel.next_deadline(), Some(NOW + 70));
    wheel.advance(NOW + 100);
    wheel.remove(ChatId(10_001));
    assert!(wheel.nearest.get().is_some());

    // Removing the earliest entries one by one must rarely scan the slot.
    let mut scans = 0;
    for chat in 0..10_000 {
        scans += usize::from(wheel.nearest.get().is_none());
        assert_eq!(wheel.next_deadline(), Some(far + u64::from(chat)));
        wheel.remove(ChatId(chat));
    }
    assert!(scans < 100, "{scans} scans");
}

#[test]
fn wheel_nearest_cache_stays_small() {
    let far = NOW + 3 * 365 * DAY;
    let mut wheel = Wheel::new(NOW);
    for chat in 0..10_000 {
        wheel.insert(ChatId(chat), far - u64::from(chat));
        assert_eq!(wheel.next_deadline(), Some(far - u64::from(chat)));
    }
    let known = wheel.nearest.get().map_or(0, |nearest| nearest.iter().count());
    assert!(known < 200, "{known}");
    assert_eq!(wheel.audit(), Ok(()));
}

#[test]
fn wheel_frees_empty_pages() {
    let mut wheel = Wheel::new(NOW);
    assert!(wheel.levels.iter().all(|level| level.first().is_none()));
    for chat in 0..1_000 {
        wheel.insert(ChatId(chat), NOW + u64::from(chat));
    }
    assert_eq!(wheel.entries.allocated_pages(), 16);
    wheel.advance(NOW + 500);
    for chat in (0..1_000).rev() {
        wheel.remove(ChatId(chat));
    }
    assert_eq!(wheel.entries.allocated_pages(), 0);
}

#[test]
fn wheel_is_send_and_sync() {
    fn shared<T: Send + Sync>() {}
    shared::<Wheel>();
}
