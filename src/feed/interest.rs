//! What one watcher is interested in, and its numbers as of the last change it was told.

use std::sync::Arc;

use super::entry::Entry;
use super::key_mask::KeyMask;
use super::numbers::Number;
use crate::model::{ManagerId, Status};
use crate::record::IndexKey;
use crate::view::{View, ViewKind};
use crate::watch::{ChangeEvent, ViewCounts, Watched};
use crate::workspace::State;

/// The interest of one watcher.
#[derive(Debug, Clone)]
pub(crate) struct Interest {
    /// Whether it gets every change.
    everything: bool,
    /// Whether it watches a sidebar, and so all that sidebars have in common.
    sidebar: bool,
    /// Whether it watches single views.
    has_views: bool,
    /// Its own numbers.
    numbers: Vec<Number>,
    /// The keys whose changes may move one of them.
    mask: KeyMask,
}

impl Interest {
    /// The interest in these views, with the numbers of a state. Their postings must be loaded.
    pub(crate) fn new(state: &State, watched: &[Watched]) -> Self {
        let sidebars: Vec<ManagerId> = watched.iter().filter_map(Watched::sidebar).collect();
        let mut numbers: Vec<Number> = Vec::new();
        for watched in watched {
            let new = match watched {
                Watched::View(view) if !sidebars.is_empty() && is_in_every_sidebar(view) => continue,
                Watched::View(view) => vec![Number::new(state, view.clone())],
                Watched::Sidebar(manager) => own_numbers(state, *manager),
            };
            for number in new {
                match numbers.iter_mut().find(|known| known.view == number.view) {
                    // The unread number of a sidebar says more.
                    Some(known) if number.told().messages.is_some() => *known = number,
                    Some(_) => {}
                    None => numbers.push(number),
                }
            }
        }
        let has_views = sidebars.len() < watched.len();
        Self {
            everything: watched.is_empty(),
            sidebar: !sidebars.is_empty(),
            has_views,
            mask: mask_of(&numbers),
            numbers,
        }
    }

    /// Whether it takes what chats were and are in to tell what concerns it.
    pub(crate) fn has_views(&self) -> bool {
        self.has_views
    }

    /// All watched numbers. `state` is that of the change up to which everything is told.
    pub(crate) fn all(&self, state: &State) -> Vec<ViewCounts> {
        let mut counts = if self.sidebar { common_numbers(state) } else { Vec::new() };
        counts.extend(self.numbers.iter().map(Number::told));
        counts
    }

    /// Follows a change. Returns its event, if it concerns this watcher.
    pub(crate) fn follow(&mut self, entry: &Entry) -> Option<Arc<ChangeEvent>> {
        let own = if entry.may_move(self.mask) { self.follow_numbers(entry) } else { Vec::new() };
        let event = if self.sidebar { entry.common_event() } else { entry.event() }?;
        if !own.is_empty() {
            let counts = event.counts.iter().cloned().chain(own).collect();
            return Some(Arc::new(ChangeEvent { counts, ..ChangeEvent::clone(event) }));
        }
        let concerns = !event.counts.is_empty() || self.concerns(event, entry.touched().unwrap_or_default());
        concerns.then(|| Arc::clone(event))
    }

    fn follow_numbers(&mut self, entry: &Entry) -> Vec<ViewCounts> {
        let mut moved = Vec::new();
        for number in &mut self.numbers {
            if number.follow(entry) {
                moved.push(number.told());
            }
        }
        if entry.changes_meanings() {
            self.mask = mask_of(&self.numbers);
        }
        moved
    }

    /// Whether a change concerns this watcher although none of its numbers moves.
    pub(crate) fn concerns(&self, event: &ChangeEvent, touched: &[(IndexKey, Status)]) -> bool {
        self.everything
            || self.sidebar && (event.sidebar || !event.chats.is_empty())
            || self.numbers.iter().any(|number| number.is_touched(touched))
    }
}

fn mask_of(numbers: &[Number]) -> KeyMask {
    numbers.iter().fold(KeyMask::default(), |mask, number| mask.union(number.mask()))
}

/// Whether a view is among the numbers that all sidebars have.
fn is_in_every_sidebar(view: &View) -> bool {
    let common = matches!(view.kind, ViewKind::All | ViewKind::Unassigned | ViewKind::Assigned(_) | ViewKind::Tag(_));
    common && view.status.is_none()
}

/// The numbers of a sidebar that other sidebars do not have.
fn own_numbers(state: &State, manager: ManagerId) -> Vec<Number> {
    let sessions = Number::new(state, View::sessions(manager));
    vec![Number::unread(state, manager), Number::new(state, View::favorites(manager)), sessions]
}

/// The numbers that all sidebars have.
fn common_numbers(state: &State) -> Vec<ViewCounts> {
    let managers = state.managers.keys().map(|manager| (View::assigned(*manager), IndexKey::Assignee(*manager)));
    let tags = state.tags.iter().map(|(tag, path)| (View::tag(&**path), IndexKey::Tag(tag)));
    let first = [(View::all(), IndexKey::All), (View::unassigned(), IndexKey::Unassigned)];
    let numbers = first.into_iter().chain(managers).chain(tags);
    let told = |(view, key): (View, IndexKey)| ViewCounts {
        view: view.into(),
        chats: state.postings.counts(&key),
        messages: None,
    };
    numbers.map(told).collect()
}
