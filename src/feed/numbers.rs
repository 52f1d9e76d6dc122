//! The numbers behind watched views.

use std::sync::Arc;

use super::entry::Entry;
use super::key_mask::KeyMask;
use crate::model::{ManagerId, Status, StatusCounts};
use crate::record::IndexKey;
use crate::select::on_demand_key;
use crate::view::{IndexValue, View, ViewKind};
use crate::watch::ViewCounts;
use crate::workspace::State;

/// What a view means in a state: its posting, if it has one, and the counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) source: Source,
    pub(super) counts: StatusCounts,
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// The view names nothing that exists.
    Nothing,
    Posting(IndexKey),
    Sessions(Sessions),
}

/// The three postings behind the sessions of a manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sessions {
    manager: ManagerId,
    is_operator: bool,
    following: StatusCounts,
    unassigned: StatusCounts,
    both: StatusCounts,
}

/// Returns what a view means in a state. Its posting must be loaded, or else it counts as empty.
pub(super) fn resolve(state: &State, kind: &ViewKind) -> Resolved {
    let counts = |key: &IndexKey| state.postings.counts(key);
    if let ViewKind::Sessions(manager) = kind {
        let sessions = Sessions {
            manager: *manager,
            is_operator: state.operators.contains(*manager),
            following: counts(&IndexKey::Following(*manager)),
            unassigned: counts(&IndexKey::Unassigned),
            both: counts(&IndexKey::FollowingUnassigned(*manager)),
        };
        return Resolved { counts: sessions.counts(), source: Source::Sessions(sessions) };
    }
    match key_of(state, kind) {
        Some(key) => Resolved { counts: counts(&key), source: Source::Posting(key) },
        None => Resolved { counts: StatusCounts::default(), source: Source::Nothing },
    }
}

/// The posting of a view, also of an index that is still being built.
fn key_of(state: &State, kind: &ViewKind) -> Option<IndexKey> {
    match kind {
        ViewKind::All => Some(IndexKey::All),
        ViewKind::Unassigned => Some(IndexKey::Unassigned),
        ViewKind::Assigned(manager) => Some(IndexKey::Assignee(*manager)),
        ViewKind::Following(manager) => Some(IndexKey::Following(*manager)),
        ViewKind::Unread(manager) => Some(IndexKey::Unread(*manager)),
        ViewKind::Favorites(manager) => Some(IndexKey::Favorite(*manager)),
        ViewKind::Sessions(_) => None,
        ViewKind::Tag(path) => state.tags.find(path).map(IndexKey::Tag),
        ViewKind::Customer(_) | ViewKind::Hashtag(_) => on_demand_key(state, kind),
        ViewKind::Custom(IndexValue { index, value }) => {
            state.find_index(index).map(|(id, _)| IndexKey::Custom(id, value.as_str().into()))
        }
    }
}

/// The postings of views that are loaded on demand.
pub(crate) fn on_demand_keys<'v>(state: &State, views: impl IntoIterator<Item = &'v ViewKind>) -> Vec<IndexKey> {
    let keys = views.into_iter().filter_map(|kind| key_of(state, kind));
    keys.filter(IndexKey::is_on_demand).collect()
}

impl Sessions {
    fn counts(&self) -> StatusCounts {
        if !self.is_operator {
            return self.following;
        }
        StatusCounts::of_union(self.following, self.unassigned, self.both)
    }

    /// Follows a change.
    fn follow(&mut self, entry: &Entry) {
        if entry.wipes {
            let none = StatusCounts::default();
            *self = Self { is_operator: false, following: none, unassigned: none, both: none, ..*self };
        }
        let moved = |counts: &mut StatusCounts, key: &IndexKey| {
            if let Some(now) = entry.moved(key) {
                *counts = now;
            }
        };
        moved(&mut self.following, &IndexKey::Following(self.manager));
        moved(&mut self.unassigned, &IndexKey::Unassigned);
        moved(&mut self.both, &IndexKey::FollowingUnassigned(self.manager));
        let changed = entry.operators.iter().find(|(manager, _)| *manager == self.manager);
        self.is_operator = changed.map_or(self.is_operator, |(_, is_operator)| *is_operator);
    }
}

/// A watched number.
#[derive(Debug, Clone)]
pub(super) struct Number {
    pub(super) view: Arc<View>,
    source: Source,
    counts: StatusCounts,
    /// For the unread chats of a manager in a sidebar: the unread messages.
    messages: Option<(ManagerId, u64)>,
}

impl Number {
    pub(super) fn new(state: &State, view: View) -> Self {
        let Resolved { source, counts } = resolve(state, &view.kind);
        Self { view: Arc::new(view), source, counts, messages: None }
    }

    /// The number of unread chats and messages of a manager.
    pub(super) fn unread(state: &State, manager: ManagerId) -> Self {
        let messages = state.unread_messages.get(&manager).map_or(0, |sum| sum.all);
        Self { messages: Some((manager, messages)), ..Self::new(state, View::unread(manager)) }
    }

    pub(super) fn told(&self) -> ViewCounts {
        ViewCounts {
            view: Arc::clone(&self.view),
            chats: self.counts,
            messages: self.messages.map(|(_, messages)| messages),
        }
    }

    /// The keys whose changes may move the number.
    pub(super) fn mask(&self) -> KeyMask {
        let unread = KeyMask::of(self.messages.map(|(manager, _)| IndexKey::Unread(manager)));
        unread.union(match &self.source {
            Source::Nothing => KeyMask::default(),
            Source::Posting(key) => KeyMask::of([key]),
            Source::Sessions(Sessions { manager, .. }) => KeyMask::of([
                IndexKey::Following(*manager),
                IndexKey::FollowingUnassigned(*manager),
                IndexKey::Unassigned,
            ]),
        })
    }

    /// Follows a change. Returns whether the number moved.
    pub(super) fn follow(&mut self, entry: &Entry) -> bool {
        let (counts, messages) = (self.counts, self.messages);
        if entry.wipes {
            self.counts = StatusCounts::default();
            self.messages = messages.map(|(manager, _)| (manager, 0));
        }
        match &mut self.source {
            Source::Nothing => {}
            Source::Posting(key) => self.counts = entry.moved(key).unwrap_or(self.counts),
            Source::Sessions(sessions) => {
                sessions.follow(entry);
                self.counts = sessions.counts();
            }
        }
        let resolved = entry.resolved.iter().find(|(kind, _)| *kind == self.view.kind);
        if let Some((_, resolved)) = resolved {
            (self.source, self.counts) = (resolved.source.clone(), resolved.counts);
        }
        if let Some((manager, messages)) = &mut self.messages
            && let Some((_, now)) = entry.unread.iter().find(|(of, _)| of == manager)
        {
            *messages = *now;
        }
        let moved = match self.view.status {
            Some(status) => counts.of(status) != self.counts.of(status),
            None => counts != self.counts,
        };
        moved || messages != self.messages
    }

    /// Whether a chat with one of these sorted keys is in the view.
    pub(super) fn is_touched(&self, touched: &[(IndexKey, Status)]) -> bool {
        let statuses: &[Status] = self.view.status.as_ref().map_or(&Status::ALL, std::slice::from_ref);
        let has = |key: IndexKey| {
            let place = touched.partition_point(|(found, _)| *found < key);
            let of_key = touched.iter().skip(place).take_while(|(found, _)| *found == key);
            of_key.into_iter().any(|(_, status)| statuses.contains(status))
        };
        match &self.source {
            Source::Nothing => false,
            Source::Posting(key) => has(key.clone()),
            Source::Sessions(sessions) => {
                has(IndexKey::Following(sessions.manager)) || sessions.is_operator && has(IndexKey::Unassigned)
            }
        }
    }
}
