//! A watcher that goes away and comes back, and compares what it is told with a ledger of all changes.

use std::time::Duration;

use inboxdb::{ChangeEvent, Engine, EventId, FeedEvent, Watch, Watched, Watcher, Workspace};

use super::rebuilt::Rebuilt;

/// All changes of one workspace, as told to a watcher of everything.
#[derive(Default)]
pub struct Ledger {
    pub changes: Vec<ChangeEvent>,
}

impl Ledger {
    /// The changes in a range of seqs.
    fn between(&self, after: u64, through: u64) -> impl Iterator<Item = &ChangeEvent> {
        self.changes.iter().filter(move |change| change.seq > after && change.seq <= through)
    }
}

/// A watcher with what it was told.
pub struct Client {
    pub watched: Vec<Watched>,
    watcher: Option<Watcher>,
    id: Option<EventId>,
    rebuilt: Rebuilt,
    /// Changes of the past since it came back.
    replayed: Vec<ChangeEvent>,
    has_caught_up: bool,
    pub resets: usize,
    pub lags: usize,
}

impl Client {
    pub fn new(watched: Vec<Watched>) -> Self {
        let rebuilt = Rebuilt::default();
        Self {
            watched,
            watcher: None,
            id: None,
            rebuilt,
            replayed: Vec::new(),
            has_caught_up: false,
            resets: 0,
            lags: 0,
        }
    }

    /// Begins, or goes on after the last event. Returns false if what it watches is unknown by now.
    pub fn come(&mut self, inbox: &Workspace) -> bool {
        let watch = self.id.map_or_else(Watch::now, Watch::after).views(self.watched.clone());
        self.watcher = inbox.watch(watch).ok();
        self.has_caught_up = false;
        self.replayed.clear();
        self.watcher.is_some()
    }

    pub fn go(&mut self) {
        self.watcher = None;
    }

    pub fn is_there(&self) -> bool {
        self.watcher.is_some()
    }

    /// Takes everything there is. Changes are added to the ledger if this client keeps it.
    pub fn catch_up(&mut self, inbox: &Workspace, ledger: &mut Ledger, keeps_ledger: bool, context: &str) {
        let Some(mut watcher) = self.watcher.take() else { return };
        while let Some(event) = watcher.next_timeout(Duration::ZERO).unwrap() {
            self.take(&event, inbox, ledger, keeps_ledger, context);
            self.id = Some(watcher.id());
        }
        self.id = Some(watcher.id());
        self.watcher = Some(watcher);
        if self.has_caught_up {
            self.rebuilt.assert_current(inbox, &self.watched, context);
        }
    }

    fn take(&mut self, event: &FeedEvent, inbox: &Workspace, ledger: &mut Ledger, keeps_ledger: bool, context: &str) {
        self.rebuilt.take(event);
        match event {
            FeedEvent::Change(change) => {
                let plain = plain(change);
                if !self.has_caught_up {
                    assert!(change.counts.is_empty(), "{context}: counts of the past");
                    self.replayed.push(plain.clone());
                }
                if keeps_ledger {
                    ledger.changes.push(plain);
                } else {
                    assert!(ledger.changes.contains(&plain), "{context}: {plain:?} is not what was told live");
                }
                if change.sidebar && self.has_caught_up {
                    self.read_names_again(inbox);
                }
            }
            FeedEvent::CaughtUp { caught_up, .. } => {
                self.has_caught_up = true;
                if let Some(id) = self.id.filter(|_| !keeps_ledger) {
                    self.assert_replayed(ledger, id.seq.min(self.first_replayed()), *caught_up, context);
                }
            }
            FeedEvent::Reset { .. } => {
                self.has_caught_up = true;
                self.resets += 1;
            }
            FeedEvent::Lagged { .. } => {
                self.has_caught_up = false;
                self.replayed.clear();
                self.lags += 1;
            }
            other => panic!("{other:?}"),
        }
    }

    fn first_replayed(&self) -> u64 {
        self.replayed.first().map_or(u64::MAX, |first| first.seq - 1)
    }

    /// Compares what it was told of the past with what happened.
    fn assert_replayed(&self, ledger: &Ledger, after: u64, through: u64, context: &str) {
        let of_sidebar = self.watched.iter().any(|watched| matches!(watched, Watched::Sidebar(_)));
        let all = ledger.between(after, through).cloned();
        if self.watched.is_empty() {
            assert_eq!(self.replayed, all.collect::<Vec<_>>(), "{context}: from {after} to {through}");
        } else if of_sidebar {
            let expected: Vec<_> = all.filter(|change| change.sidebar || !change.chats.is_empty()).collect();
            assert_eq!(self.replayed, expected, "{context}: from {after} to {through}");
        } else {
            assert!(self.replayed.is_sorted_by_key(|change| change.seq), "{context}");
        }
    }

    fn read_names_again(&mut self, inbox: &Workspace) {
        for watched in &self.watched {
            if let Watched::Sidebar(manager) = watched {
                self.rebuilt.read_names_again(inbox, *manager);
            }
        }
    }
}

fn plain(change: &ChangeEvent) -> ChangeEvent {
    let mut plain = change.clone();
    plain.counts.clear();
    plain
}

/// Waits until everything is durable, so that watchers are told.
pub fn settle(engine: &Engine, inboxes: &[Workspace]) {
    let newest = inboxes.iter().map(Workspace::seq).max().unwrap();
    engine.wait_durable(newest).unwrap();
}
