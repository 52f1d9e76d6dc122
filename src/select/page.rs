//! A page of chats, newest activity first, by the cheaper of two ways.

use crate::index::Timeline;
use crate::model::ChatId;
use crate::select::FilterSets;
use crate::sets::ChatSet;

/// So many members are selected among in the time of one step of a walk, which looks up a chat in sets (measured at a
/// million chats).
const MEMBERS_PER_STEP: u64 = 6;
/// A walk ends after so many activities, if it has been tried without knowing how many members there are.
const TRIED_STEPS_MAX: u64 = 1_000;

/// The chats of a page with their positions, and whether older ones are left.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Page {
    pub(crate) chats: Vec<(u64, ChatId)>,
    pub(crate) more: bool,
}

/// The newest chats below a position that are in any of the sets.
///
/// Either the timeline is walked from there and what the sets hold is kept, which is cheap where the sets hold
/// much of it, or all members are taken and the newest selected, which is cheap where there are few. A walk
/// that turns out longer than it is worth is given up for the other way.
pub(crate) fn page(timeline: &Timeline, sets: &[&ChatSet], before: u64, limit: usize) -> Page {
    let members: u64 = sets.iter().map(|set| set.len()).sum();
    if members == 0 || limit == 0 {
        return Page::default();
    }
    let worth_steps = members / MEMBERS_PER_STEP;
    let walked = (steps_to_expect(timeline, members, before, limit) <= worth_steps)
        .then(|| {
            let steps_max = worth_steps.max(TRIED_STEPS_MAX);
            walk(timeline, |chat| sets.iter().any(|set| set.contains(chat)), before, limit, steps_max)
        })
        .flatten();
    walked.unwrap_or_else(|| select(timeline, sets, before, limit))
}

/// The newest chats below a position that a filter holds.
///
/// How many it holds is not known before it is computed, only that it is at most so many. Where that promises a short
/// walk, one is tried, which looks up each chat in the filter's sets; otherwise, or when the promise was not kept,
/// the filter is computed first.
pub(crate) fn page_of_filter(timeline: &Timeline, sets: &FilterSets<'_>, before: u64, limit: usize) -> Page {
    let members_max = sets.len_max();
    if members_max == 0 || limit == 0 {
        return Page::default();
    }
    let walked = (steps_to_expect(timeline, members_max, before, limit) <= TRIED_STEPS_MAX / 2)
        .then(|| walk(timeline, |chat| sets.contains(chat), before, limit, TRIED_STEPS_MAX))
        .flatten();
    walked.unwrap_or_else(|| page(timeline, &sets.sets().each_ref().map(AsRef::as_ref), before, limit))
}

/// How many activities a walk passes, if the members are spread evenly.
fn steps_to_expect(timeline: &Timeline, members: u64, before: u64, limit: usize) -> u64 {
    let activities = timeline.activities_before(before) as u64;
    activities.saturating_mul(limit as u64 + 1) / members
}

/// Gives up after so many activities.
fn walk(
    timeline: &Timeline,
    holds: impl Fn(ChatId) -> bool,
    before: u64,
    limit: usize,
    steps_max: u64,
) -> Option<Page> {
    let mut page = Page::default();
    let mut steps = 0;
    for (position, chat) in timeline.newest_before(before) {
        if holds(chat) {
            if page.chats.len() == limit {
                page.more = true;
                return Some(page);
            }
            page.chats.push((position, chat));
        }
        steps += 1;
        if steps > steps_max {
            return None;
        }
    }
    Some(page)
}

fn select(timeline: &Timeline, sets: &[&ChatSet], before: u64, limit: usize) -> Page {
    let newest_first = |a: &(u64, ChatId), b: &(u64, ChatId)| b.cmp(a);
    // A chat may be in each of the sets, so that this many entries hold `limit` different ones and one more.
    let enough = (limit + 1).saturating_mul(sets.len());
    let mut chats: Vec<(u64, ChatId)> = Vec::new();
    // What lies at or below it is not on the page.
    let mut floor = 0;
    for set in sets {
        // Later chats are often those with newer activity, so that the floor soon is where it stays.
        set.for_each_from_highest(|chat| {
            if timeline.newest_near(chat) <= floor {
                return;
            }
            let position = timeline.position(chat).unwrap_or(0);
            if position <= floor || position >= before {
                return;
            }
            chats.push((position, chat));
            if chats.len() >= 2 * enough {
                let (_, oldest, _) = chats.select_nth_unstable_by(enough - 1, newest_first);
                floor = oldest.0;
                chats.truncate(enough);
            }
        });
    }
    chats.sort_unstable_by(newest_first);
    chats.dedup();
    let more = chats.len() > limit;
    chats.truncate(limit);
    Page { chats, more }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_give_the_same_page() {
        let mut timeline = Timeline::default();
        for position in 1..=3_000_u64 {
            let chat = ChatId((position * 7_919 % 1_000) as u32 + 1);
            timeline.set(chat, Some(position));
        }
        let some: ChatSet = (1..=1_000).filter(|id| id % 3 == 0).map(ChatId).collect();
        let others: ChatSet = (1..=1_000).filter(|id| id % 5 == 0).map(ChatId).collect();
        let sets = [&some, &others];
        let holds = |chat| some.contains(chat) || others.contains(chat);
        let mut before = u64::MAX;
        let mut seen = 0;
        loop {
            let walked = walk(&timeline, holds, before, 40, u64::MAX).unwrap();
            assert_eq!(walked, select(&timeline, &sets, before, 40));
            assert_eq!(walked, page(&timeline, &sets, before, 40));
            seen += walked.chats.len();
            if !walked.more {
                break;
            }
            before = walked.chats.last().unwrap().0;
        }
        assert_eq!(seen, 333 + 200 - 66);
    }

    #[test]
    fn a_page_that_ends_with_the_last_chat_leaves_nothing() {
        let mut timeline = Timeline::default();
        (1..=10).for_each(|id| timeline.set(ChatId(id), Some(u64::from(id))));
        let all: ChatSet = (1..=10).map(ChatId).collect();
        let page = page(&timeline, &[&all], u64::MAX, 10);
        assert_eq!((page.chats.len(), page.more), (10, false));
    }
}
