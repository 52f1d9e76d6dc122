//! Selects a page of a view, with the help of what earlier reads found.

use crate::index::{Newest, Timeline};
use crate::model::{ChatId, Status};
use crate::select::ViewChats;
use crate::select::page::{Page, newest_first, page};

/// Longer pages are not remembered.
const LIMIT_MAX: usize = 200;
/// Pages of fewer chats are not remembered: selecting among them takes no longer. In debug builds nearly every page is, so that
/// tests meet them.
const MEMBERS_MIN: u64 = if cfg!(debug_assertions) { 2 } else { 256 };
/// A page is remembered if a walk of the timeline passes more activities than this for each of its chats.
const STEPS_PER_CHAT_MIN: u64 = if cfg!(debug_assertions) { 0 } else { 4 };

/// The newest chats of a view below a position.
///
/// The newest page is remembered with the postings that it is from. The next read only has to look at the chats that have
/// moved since.
pub(crate) fn page_of_view(
    timeline: &Timeline,
    chats: &ViewChats<'_>,
    status: Option<Status>,
    before: u64,
    limit: usize,
) -> Page {
    let members: u64 = chats.postings().map(|posting| posting.len(status)).sum();
    if !(1..=LIMIT_MAX).contains(&limit) || members < MEMBERS_MIN {
        return page(timeline, &chats.sets(status), before, limit);
    }
    let Some(remembered) = remembered(timeline, chats, status, before, limit) else {
        return computed(timeline, chats, status, before, limit);
    };
    debug_assert_eq!(remembered, page(timeline, &chats.sets(status), before, limit));
    remembered
}

/// A page from the lists of all postings. `None` if one has no list, or if they are too short.
fn remembered(
    timeline: &Timeline,
    chats: &ViewChats<'_>,
    status: Option<Status>,
    before: u64,
    limit: usize,
) -> Option<Page> {
    let mut found = Vec::new();
    let mut from = 0;
    let mut lists = 0;
    for posting in chats.postings() {
        posting.newest(status, timeline, |newest| {
            from = from.max(newest.from());
            found.extend_from_slice(newest.below(before, limit + 1));
        })?;
        lists += 1;
    }
    if lists > 1 {
        found.sort_unstable_by(newest_first);
        found.dedup();
        found.truncate(found.partition_point(|(position, _)| *position >= from));
    }
    let more = found.len() > limit;
    found.truncate(limit);
    (more || from == 0).then_some(Page { chats: found, more })
}

/// Computes a page, and remembers it if it is the newest.
fn computed(timeline: &Timeline, chats: &ViewChats<'_>, status: Option<Status>, before: u64, limit: usize) -> Page {
    let sets = chats.sets(status);
    if before <= timeline.newest() {
        return page(timeline, &sets, before, limit);
    }
    let kept_max = limit + 1 + limit / 2;
    // A list that got too short is replaced by a longer one. The first is no longer than it must be.
    let is_asked_again = chats.postings().any(|posting| posting.newest(status, timeline, |_| ()).is_some());
    let mut found = page(timeline, &sets, before, if is_asked_again { kept_max } else { limit + 1 });
    let from = found.chats.last().filter(|_| found.more).map_or(0, |(position, _)| *position);
    if timeline.newest() - from > limit as u64 * STEPS_PER_CHAT_MIN {
        remember(chats, status, &found.chats, |chats| Newest::new(timeline, chats, from, kept_max));
    }
    found.more |= found.chats.len() > limit;
    found.chats.truncate(limit);
    found
}

/// Gives each posting those of the chats that it has.
fn remember(
    chats: &ViewChats<'_>,
    status: Option<Status>,
    found: &[(u64, ChatId)],
    list: impl Fn(Vec<(u64, ChatId)>) -> Newest,
) {
    let are_all_in_one = chats.postings().count() == 1;
    for posting in chats.postings() {
        let members = match are_all_in_one {
            true => found.to_vec(),
            false => found.iter().copied().filter(|(_, chat)| posting.contains(status, *chat)).collect(),
        };
        posting.remember(status, list(members));
    }
}

#[cfg(test)]
mod tests;
