//! Snoozes that have ended by the wall clock, in the numbers of a sidebar. Time stands still in a store that nothing
//! writes to, so their chats still count as snoozed.

use inboxdb::{Sidebar, Timestamp};

use crate::failure::Failure;
use crate::inbox::Inbox;

/// How many snoozed chats of each row are overdue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Overdue {
    pub(super) me: u64,
    pub(super) unassigned: u64,
    pub(super) all: u64,
    pub(super) my_sessions: u64,
}

impl Overdue {
    /// Of an inbox whose time does not stand still.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// Counts those of a manager's sidebar.
    pub(super) fn of(workspace: &Inbox<'_>, sidebar: &Sidebar) -> Result<Self, Failure> {
        let manager = sidebar.manager;
        let mut overdue = Self::default();
        let is_operator = sidebar.operators.iter().any(|operator| operator.manager == manager);
        for chat in workspace.overdue(Timestamp::now())? {
            let chat = workspace.chat(chat)?;
            overdue.all += 1;
            overdue.me += u64::from(chat.assignee == Some(manager));
            overdue.unassigned += u64::from(chat.assignee.is_none());
            let is_session = chat.followers.contains(&manager) || is_operator && chat.assignee.is_none();
            overdue.my_sessions += u64::from(is_session);
        }
        Ok(overdue)
    }
}
