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
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// inbox.as_system().assign_to(chat, 7)?;
    /// let news = inbox.notifications(7, 0, None, 50)?;
    /// assert_eq!(news.notifications[0].kind, inboxdb::NotificationKind::Assigned);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn notifications(
        &self,
        manager: impl Into<ManagerId>,
        since: u64,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<NotificationPage, Error> {
        let manager = manager.into();
        check_limit(limit)?;
        let state = self.state()?;
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
