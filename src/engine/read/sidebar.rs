//! The sidebar: every number in a manager's inbox, as a snapshot.

use std::sync::Arc;

use crate::error::Refusal;
use crate::model::ManagerId;
use crate::query::{Sidebar, SidebarManager, SidebarTag, UnreadCounts};
use crate::record::IndexKey;
use crate::select::sessions;
use crate::workspace::State;

/// Returns the sidebar of a manager.
pub(crate) fn sidebar(state: &State, manager: ManagerId) -> Result<Sidebar, Refusal> {
    state.check_manager(manager)?;
    let counts = |key: IndexKey| state.postings.counts(&key);
    let (operators, others) = managers(state);
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
        operators,
        others,
        tags: tags(state),
    })
}

/// Returns the managers in operator mode and the others, each sorted by id.
fn managers(state: &State) -> (Vec<SidebarManager>, Vec<SidebarManager>) {
    let all = state.managers.iter().map(|(manager, record)| {
        let open = state.postings.counts(&IndexKey::Assignee(*manager)).open;
        (record.operator, SidebarManager { manager: *manager, name: record.name.clone(), open })
    });
    let mut operators = Vec::with_capacity(state.operators.len());
    let mut others = Vec::with_capacity(state.managers.len() - state.operators.len());
    for (operator, shown) in all {
        if operator { operators.push(shown) } else { others.push(shown) }
    }
    (operators, others)
}

fn tags(state: &State) -> Vec<SidebarTag> {
    let mut tags = Vec::with_capacity(state.tags.len());
    tags.extend(state.tags.iter().map(|(tag, path)| SidebarTag {
        path: Arc::clone(path),
        open: state.postings.counts(&IndexKey::Tag(tag)).open,
    }));
    tags
}
