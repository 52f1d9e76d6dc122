//! When things happen: 90 days that end at a fixed time in the past, so that every run gives the same inbox.

use crate::random::Random;

const SECOND: u64 = 1_000;
/// A minute, in ms.
pub(super) const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
/// A day, in ms.
pub(super) const DAY: u64 = 24 * HOUR;

/// The end of the history: Monday, 2025-06-30, 15:00 UTC, in the middle of a working day.
pub(super) const END: u64 = 1_751_295_600_000;
/// The start of the history.
pub(super) const START: u64 = END - DAYS * DAY;
/// The deadline of chats snoozed until further notice: 2100-01-01.
pub(super) const SOME_DAY: u64 = 4_102_444_800_000;

const DAYS: u64 = 90;
const HOURS: u64 = DAYS * 24;
const WORK_BEGINS: u64 = 8;
const WORK_ENDS: u64 = 20;

/// How many people write in each hour of the day (UTC), relative to the other hours.
const BY_HOUR: [u64; 24] = [3, 2, 1, 1, 1, 2, 4, 9, 18, 26, 30, 29, 24, 27, 30, 28, 25, 22, 19, 17, 15, 12, 8, 5];
/// The same for the days of a week, from Sunday.
const BY_WEEKDAY: [u64; 7] = [5, 12, 11, 10, 10, 9, 6];

/// The times at which chats begin, in order. Only those of one hour are in memory.
pub(super) struct Arrivals {
    chats: u64,
    weight_of_all: u64,
    weight_so_far: u64,
    hour: u64,
    /// Those of the current hour, latest first.
    ready: Vec<u64>,
}

impl Arrivals {
    /// The times of so many chats.
    pub(super) fn new(chats: u64) -> Self {
        let weight_of_all = (0..HOURS).map(weight).sum();
        Self { chats, weight_of_all, weight_so_far: 0, hour: 0, ready: Vec::new() }
    }

    /// How many chats begin before a point of the curve. Rounding this instead of each hour keeps the sum exact.
    fn chats_until(&self, weight: u64) -> u64 {
        self.chats * weight / self.weight_of_all
    }
}

impl Iterator for Arrivals {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        while self.ready.is_empty() && self.hour < HOURS {
            let before = self.chats_until(self.weight_so_far);
            self.weight_so_far += weight(self.hour);
            let chats = self.chats_until(self.weight_so_far) - before;
            let mut random = Random::of(1, self.hour);
            let begin = START + self.hour * HOUR;
            self.ready.extend((0..chats).map(|_| begin + random.below(HOUR)));
            self.ready.sort_unstable_by_key(|at| std::cmp::Reverse(*at));
            self.hour += 1;
        }
        self.ready.pop()
    }
}

/// How many chats begin in an hour of the history, relative to the others. The shop grows by half over the history.
fn weight(hour: u64) -> u64 {
    let begin = START + hour * HOUR;
    BY_HOUR[hour_of_day(begin) as usize] * BY_WEEKDAY[weekday(begin)] * (2 * DAYS + hour / 24)
}

fn hour_of_day(at: u64) -> u64 {
    at % DAY / HOUR
}

/// Days since Sunday. The epoch was a Thursday.
fn weekday(at: u64) -> usize {
    ((at / DAY + 4) % 7) as usize
}

/// Whether the team is off.
pub(super) fn is_night(at: u64) -> bool {
    !(WORK_BEGINS..WORK_ENDS).contains(&hour_of_day(at))
}

/// That time, or one early on the next working day if it is at night.
pub(super) fn at_work(at: u64, random: &mut Random) -> u64 {
    if !is_night(at) {
        return at;
    }
    let day = at / DAY + u64::from(hour_of_day(at) >= WORK_ENDS);
    day * DAY + WORK_BEGINS * HOUR + random.below(90 * MINUTE)
}

/// Nine in the morning, so many days later.
pub(super) fn morning_after(at: u64, nights: u64) -> u64 {
    (at / DAY + nights) * DAY + 9 * HOUR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chat_begins_once_and_in_order() {
        for chats in [1, 300, 10_000] {
            let arrivals: Vec<u64> = Arrivals::new(chats).collect();
            assert_eq!(arrivals.len() as u64, chats);
            assert!(arrivals.is_sorted() && arrivals.iter().all(|at| (START..END).contains(at)));
        }
    }

    #[test]
    fn no_work_is_done_at_night() {
        let mut random = Random::of(0, 1);
        let midnight = END / DAY * DAY;
        for hour in 0..48 {
            let at = at_work(midnight + hour * HOUR, &mut random);
            assert!(!is_night(at) && at >= midnight + hour * HOUR);
        }
        assert_eq!((weekday(END), hour_of_day(END)), (1, 15));
    }
}
