//! Selects a page of chats, oldest activity first: the plans of [`page`](super::page()), turned round.

use crate::index::Timeline;
use crate::model::ChatId;
use crate::select::FilterSets;
use crate::select::page::{MEMBERS_PER_STEP, Page, TRIED_STEPS_MAX, expected_steps, walk};
use crate::sets::ChatSet;

/// The oldest chats above a position in the union of the sets.
pub(crate) fn oldest_page(timeline: &Timeline, sets: &[&ChatSet], after: u64, limit: usize) -> Page {
    let members: u64 = sets.iter().map(|set| set.len()).sum();
    if members == 0 || limit == 0 {
        return Page::default();
    }
    let worth_steps = members / MEMBERS_PER_STEP;
    let walked = (steps_to_expect(timeline, members, after, limit) <= worth_steps)
        .then(|| {
            let steps_max = worth_steps.max(TRIED_STEPS_MAX);
            let holds = |chat| sets.iter().any(|set| set.contains(chat));
            walk(timeline.oldest_after(after), holds, limit, steps_max)
        })
        .flatten();
    walked.unwrap_or_else(|| select(timeline, sets, after, limit))
}

/// The oldest chats above a position that match a filter.
pub(crate) fn oldest_page_of_filter(timeline: &Timeline, sets: &FilterSets<'_>, after: u64, limit: usize) -> Page {
    let members_max = sets.len_max();
    if members_max == 0 || limit == 0 {
        return Page::default();
    }
    let walked = (steps_to_expect(timeline, members_max, after, limit) <= TRIED_STEPS_MAX / 2)
        .then(|| walk(timeline.oldest_after(after), |chat| sets.contains(chat), limit, TRIED_STEPS_MAX))
        .flatten();
    walked.unwrap_or_else(|| oldest_page(timeline, &sets.sets().each_ref().map(AsRef::as_ref), after, limit))
}

/// The number of activities that a walk is expected to pass if the members are spread evenly.
fn steps_to_expect(timeline: &Timeline, members: u64, after: u64, limit: usize) -> u64 {
    let passed = timeline.activities_before(after.saturating_add(1));
    expected_steps(timeline.activities_before(u64::MAX) - passed, members, limit)
}

fn select(timeline: &Timeline, sets: &[&ChatSet], after: u64, limit: usize) -> Page {
    let mut found: Vec<(u64, ChatId)> = Vec::new();
    // A chat may be in every set, so this many entries contain at least `limit + 1` distinct ones.
    let enough = (limit + 1).saturating_mul(sets.len());
    let mut ceiling = u64::MAX;
    for set in sets {
        for chat in set.iter() {
            let Some(position) = timeline.position(chat).filter(|position| *position > after && *position < ceiling)
            else {
                continue;
            };
            found.push((position, chat));
            if found.len() >= 2 * enough {
                // The chats from here on are not on the page.
                let (_, newest, _) = found.select_nth_unstable(enough - 1);
                ceiling = newest.0.saturating_add(1);
                found.truncate(enough);
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    let more = found.len() > limit;
    found.truncate(limit);
    Page { chats: found, more }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oldest_page_plans_give_the_same_page() {
        let mut timeline = Timeline::default();
        for position in 1..=3_000_u64 {
            timeline.set(ChatId((position * 7_919 % 1_000) as u32 + 1), Some(position));
        }
        let some: ChatSet = (1..=1_000).filter(|id| id % 3 == 0).map(ChatId).collect();
        let others: ChatSet = (1..=1_000).filter(|id| id % 5 == 0).map(ChatId).collect();
        let sets = [&some, &others];
        let holds = |chat| some.contains(chat) || others.contains(chat);
        let mut listed = Vec::new();
        let mut after = 0;
        loop {
            let walked = walk(timeline.oldest_after(after), holds, 40, u64::MAX).unwrap();
            assert_eq!(walked, select(&timeline, &sets, after, 40));
            assert_eq!(walked, oldest_page(&timeline, &sets, after, 40));
            listed.extend(walked.chats.iter().copied());
            if !walked.more {
                break;
            }
            after = walked.chats.last().unwrap().0;
        }
        let mut newest_first: Vec<_> = timeline.newest_before(u64::MAX).filter(|(_, chat)| holds(*chat)).collect();
        newest_first.reverse();
        assert_eq!(listed, newest_first);
    }

    #[test]
    fn oldest_page_ends_at_the_newest_chat() {
        let mut timeline = Timeline::default();
        (1..=10).for_each(|id| timeline.set(ChatId(id), Some(u64::from(id))));
        let all: ChatSet = (1..=10).map(ChatId).collect();
        let page = oldest_page(&timeline, &[&all], 0, 10);
        assert_eq!((page.chats.len(), page.more), (10, false));
        for after in [10, u64::MAX - 1, u64::MAX] {
            assert_eq!(oldest_page(&timeline, &[&all], after, 5), Page::default());
            assert_eq!(select(&timeline, &[&all], after, 5), Page::default());
        }
    }
}
