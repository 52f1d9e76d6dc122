//! Notifications of a manager.

use super::Workspace;
use super::paging::{check_limit, first};
use crate::error::Error;
use crate::model::{ManagerId, Notification};
use crate::query::{Cursor, NotificationPage};
use crate::record::Notice;

impl Workspace {
    /// Returns a page of a manager's notifications, oldest first: 1 to 1,000 notifications of changes later than
    /// `since` (0: all that are kept), after a cursor or from the oldest. The page is a snapshot.
    ///
    /// The newest 65,536 notices of a workspace are kept. Notices about deleted chats are left out. The cost grows with
    /// the notices since `since`, including those for other managers.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the limit is out of range or the manager does not exist.
    pub fn notifications(
        &self,
        manager: ManagerId,
        since: u64,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<NotificationPage, Error> {
        check_limit(limit)?;
        let state = self.state();
        state.check_manager(manager)?;
        let from = after.map_or(0, |cursor| cursor.0.saturating_add(1));
        let notices = state.feed.since(since, from);
        let theirs = notices.filter(|(_, _, notice)| notice.concerns(manager) && state.has_chat(notice.chat));
        let (found, more) = first(theirs.map(Ok), limit)?;
        let next = found.last().filter(|_| more).map(|(number, ..)| Cursor(*number));
        let notifications = found.into_iter().map(|(_, seq, notice)| show(seq, notice)).collect();
        Ok(NotificationPage { notifications, next })
    }
}

fn show(seq: u64, notice: &Notice) -> Notification {
    Notification {
        seq,
        at: notice.at.into(),
        kind: notice.kind,
        chat: notice.chat,
        message: notice.message,
        by: notice.by,
    }
}
