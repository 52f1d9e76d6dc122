//! Recommended assignees: a scoring rule that can be checked by hand.
//!
//! Each manager gets points, each with a reason:
//!
//! * **tags**: for each tag of the chat, the nearest followed tag on the path to the root counts: 8 points for the tag
//!   itself, 4 for its parent, 2 for its grandparent, 1 for anything above;
//! * **online**: 16;
//! * **operator mode**: 8;
//! * **room**: 8 × (capacity − open chats) / capacity, rounded down, at least 0. A manager without a capacity counts
//!   as having one of 20. The chat itself does not count as one of their open chats.
//!
//! Managers at or above their capacity are full and rank after all others. Ties go to the manager who became an
//! assignee least recently or never, then to the lower id.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::index::{Lineage, TagParents};
use crate::model::limits::CAPACITY_DEFAULT;
use crate::model::{ChatId, ManagerId, Status, TagId};
use crate::record::{ChatRecord, IndexKey, ManagerRecord};
use crate::workspace::State;

const ONLINE_POINTS: u32 = 16;
const OPERATOR_POINTS: u32 = 8;
const ROOM_POINTS: u32 = 8;
/// Points by distance of the followed tag from the chat's tag. Larger distances get the last value.
const TAG_POINTS: [u32; 4] = [8, 4, 2, 1];

/// A manager in the ranking for a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) manager: ManagerId,
    pub(crate) points: u32,
    pub(crate) full: bool,
    pub(crate) open: u64,
    pub(crate) capacity: Option<u32>,
    pub(crate) last_assigned_at: Option<u64>,
}

impl Candidate {
    /// Returns the sort key. The lowest is the best.
    fn rank(&self) -> impl Ord + use<> {
        (self.full, Reverse(self.points), self.last_assigned_at, self.manager)
    }
}

/// Ranks managers, best first. `open` tells how many other open chats are assigned to a manager. The cost depends on
/// the number of managers, not of chats.
pub(crate) fn ranking(
    managers: &BTreeMap<ManagerId, Arc<ManagerRecord>>,
    tags: &dyn TagParents,
    record: &ChatRecord,
    open: impl Fn(ManagerId) -> u64,
) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> =
        managers.iter().map(|(id, manager)| candidate(tags, record, *id, manager, open(*id))).collect();
    candidates.sort_unstable_by_key(Candidate::rank);
    candidates
}

fn candidate(
    tags: &dyn TagParents,
    record: &ChatRecord,
    id: ManagerId,
    manager: &ManagerRecord,
    open: u64,
) -> Candidate {
    let points = |(points, _)| points;
    let tags: u32 = tag_points(tags, record, manager).map(|(_, _, points)| points).sum();
    Candidate {
        manager: id,
        points: tags + presence(manager).into_iter().map(points).sum::<u32>() + room_points(open, manager.capacity),
        full: manager.capacity.is_some_and(|capacity| open >= u64::from(capacity)),
        open,
        capacity: manager.capacity,
        last_assigned_at: manager.last_assigned_at,
    }
}

/// Returns the reasons for a candidate's points, each with its share.
pub(crate) fn reasons(state: &State, record: &ChatRecord, candidate: &Candidate) -> Vec<(u32, String)> {
    let Some(manager) = state.managers.get(&candidate.manager) else { return Vec::new() };
    let path = |tag| state.tags.path(tag).map_or("", |path| path);
    let mut by_path: Vec<_> = tag_points(&state.tags, record, manager).collect();
    by_path.sort_unstable_by_key(|(tag, ..)| state.tags.key(*tag));
    let tags = by_path.into_iter().map(|(tag, followed, points)| {
        let what = if tag == followed {
            format!("follows {}", path(tag))
        } else {
            format!("follows {}, above {}", path(followed), path(tag))
        };
        (points, what)
    });
    let presence = presence(manager).into_iter().filter(|(points, _)| *points > 0);
    let presence = presence.map(|(points, what)| (points, what.to_owned()));
    let room = match candidate.capacity {
        Some(capacity) => format!("has {} of {capacity} open chats", candidate.open),
        None => format!("has {} open chats and no capacity set, reckoned with {CAPACITY_DEFAULT}", candidate.open),
    };
    tags.chain(presence).chain([(room_points(candidate.open, candidate.capacity), room)]).collect()
}

/// Returns, for each tag of the chat that scores: the tag, the followed tag, and the points.
fn tag_points<'a>(
    tree: &'a dyn TagParents,
    chat: &'a ChatRecord,
    manager: &'a ManagerRecord,
) -> impl Iterator<Item = (TagId, TagId, u32)> + 'a {
    chat.tags.iter().filter_map(|tag| {
        let mut upwards = Lineage::of(tree, tag).enumerate();
        let (distance, followed) = upwards.find(|(_, above)| manager.followed_tags.contains(*above))?;
        Some((tag, followed, TAG_POINTS[distance.min(TAG_POINTS.len() - 1)]))
    })
}

fn presence(manager: &ManagerRecord) -> [(u32, &'static str); 2] {
    let points = |applies, points| if applies { points } else { 0 };
    [
        (points(manager.online, ONLINE_POINTS), "is online"),
        (points(manager.operator, OPERATOR_POINTS), "is in operator mode"),
    ]
}

fn room_points(open: u64, capacity: Option<u32>) -> u32 {
    let capacity = u64::from(capacity.unwrap_or(CAPACITY_DEFAULT));
    let free = capacity.saturating_sub(open);
    (u64::from(ROOM_POINTS) * free).checked_div(capacity).unwrap_or(0) as u32
}

/// Returns how many other open chats are assigned to a manager.
pub(crate) fn open_chats(state: &State, chat: ChatId, manager: ManagerId) -> u64 {
    let posting = state.postings.get(&IndexKey::Assignee(manager)).map(|posting| posting.set(Status::Open));
    posting.map_or(0, |open| open.len() - u64::from(open.contains(chat)))
}
