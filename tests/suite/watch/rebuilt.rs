//! A client of the change feed: it keeps what it is told, and nothing else.

use std::collections::BTreeMap;

use inboxdb::{ChangeEvent, FeedEvent, ManagerId, StatusCounts, View, ViewCounts, Watched, Workspace};

/// The numbers that a watcher was told.
#[derive(Default)]
pub struct Rebuilt {
    numbers: BTreeMap<String, ViewCounts>,
}

impl Rebuilt {
    /// Takes an event. Counts in it must be news.
    pub fn take(&mut self, event: &FeedEvent) {
        match event {
            FeedEvent::Change(change) => {
                let ChangeEvent { counts, seq, .. } = &**change;
                for told in counts {
                    let before = self.numbers.insert(told.view.to_string(), told.clone());
                    assert_ne!(before.as_ref(), Some(told), "change {seq} moved nothing in {}", told.view);
                }
            }
            FeedEvent::CaughtUp { counts, .. } | FeedEvent::Reset { counts, .. } => {
                self.numbers = counts.iter().map(|told| (told.view.to_string(), told.clone())).collect();
            }
            FeedEvent::Lagged { .. } => {}
            other => panic!("{other:?}"),
        }
    }

    pub fn of(&self, view: &View) -> StatusCounts {
        self.numbers.get(&view.to_string()).unwrap_or_else(|| panic!("{view} was never told")).chats
    }

    /// Reads the sidebar again, as a client does when managers or tags have changed: some are new, some are gone.
    pub fn read_names_again(&mut self, inbox: &Workspace, manager: ManagerId) {
        let Ok(sidebar) = inbox.sidebar(manager) else { return };
        let managers = sidebar.operators.iter().chain(&sidebar.others).map(|shown| View::assigned(shown.manager));
        let tags = sidebar.tags.iter().map(|tag| View::tag(tag.path));
        let named: Vec<View> = managers.chain(tags).collect();
        let names: Vec<String> = named.iter().map(View::to_string).collect();
        self.numbers.retain(|name, told| {
            let is_named = name.starts_with("assigned:") || name.starts_with("tag:");
            !is_named || names.contains(name) || told.view.status.is_some()
        });
        for view in named {
            let mut told = self.numbers.values().next().unwrap().clone();
            told.chats = inbox.counts(&view.clone().into()).unwrap();
            told.messages = None;
            told.view = view.clone().into();
            self.numbers.insert(view.to_string(), told);
        }
    }

    /// Compares with what the engine says now.
    pub fn assert_current(&self, inbox: &Workspace, watched: &[Watched], context: &str) {
        for watched in watched {
            match watched {
                Watched::View(view) => {
                    let whole = View::new(view.kind.clone());
                    let (told, counts) = (self.of(view), inbox.counts(&whole.into()).unwrap_or_default());
                    match view.status {
                        // The others are as of the last time that this one moved.
                        Some(status) => assert_eq!(told.of(status), counts.of(status), "{context}: {view}"),
                        None => assert_eq!(told, counts, "{context}: {view}"),
                    }
                }
                Watched::Sidebar(manager) => self.assert_sidebar(inbox, *manager, context),
                other => panic!("{other}"),
            }
        }
    }

    fn assert_sidebar(&self, inbox: &Workspace, manager: ManagerId, context: &str) {
        let Ok(sidebar) = inbox.sidebar(manager) else { return };
        assert_eq!(self.of(&View::assigned(manager)), sidebar.me, "{context}: me");
        assert_eq!(self.of(&View::unassigned()), sidebar.unassigned, "{context}: unassigned");
        assert_eq!(self.of(&View::all()), sidebar.all, "{context}: all");
        assert_eq!(self.of(&View::sessions(manager)), sidebar.my_sessions, "{context}: sessions");
        assert_eq!(self.of(&View::favorites(manager)).total(), sidebar.favorites, "{context}: favorites");
        assert_eq!(self.of(&View::unread(manager)).total(), sidebar.unread.chats, "{context}: unread chats");
        let messages = self.numbers[&View::unread(manager).to_string()].messages;
        assert_eq!(messages, Some(sidebar.unread.messages), "{context}: unread messages");
        for shown in sidebar.operators.iter().chain(&sidebar.others) {
            assert_eq!(self.of(&View::assigned(shown.manager)).open, shown.open, "{context}: {}", shown.manager);
        }
        for tag in &sidebar.tags {
            assert_eq!(self.of(&View::tag(tag.path)).open, tag.open, "{context}: {}", tag.path);
        }
    }
}
