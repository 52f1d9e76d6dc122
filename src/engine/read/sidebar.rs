//! The sidebar: every number in a manager's inbox, as a snapshot.

use std::sync::Arc;

use crate::error::Refusal;
use crate::index::Listing;
use crate::model::ManagerId;
use crate::query::{Sidebar, SidebarManagers, SidebarTags, UnreadCounts};
use crate::record::IndexKey;
use crate::select::sessions;
use crate::workspace::{People, State};

/// Returns the sidebar of a manager.
pub(crate) fn sidebar(state: &State, manager: ManagerId) -> Result<Sidebar, Refusal> {
    state.check_manager(manager)?;
    let counts = |key: IndexKey| state.postings.counts(&key);
    let People { operators, others } = state.people();
    Ok(Sidebar {
        workspace: state.workspace,
        manager,
        seq: state.meta.seq,
        me: counts(IndexKey::Assignee(manager)),
        unassigned: counts(IndexKey::Unassigned),
        all: counts(IndexKey::All),
        unread: UnreadCounts {
            chats: counts(IndexKey::Unread(manager)).total(),
            messages: state.unread_messages.get(&manager).map_or(0, |sum| sum.all),
        },
        favorites: counts(IndexKey::Favorite(manager)).total(),
        my_sessions: sessions(state, manager).counts(),
        operators: managers(state, operators),
        others: managers(state, others),
        tags: tags(state),
    })
}

fn managers(state: &State, managers: &Arc<[(ManagerId, Arc<str>)]>) -> SidebarManagers {
    SidebarManagers::new(managers, |manager| state.postings.counts(&IndexKey::Assignee(manager)).open)
}

fn tags(state: &State) -> SidebarTags {
    let Listing { tags, paths } = state.tags.listing();
    SidebarTags::new(paths, tags.iter().map(|tag| state.postings.counts(&IndexKey::Tag(*tag)).open).collect())
}
