//! Notifications of a manager.

use super::Workspace;
use super::paging::{check_limit, first};
use crate::error::{Code, Error, Refusal};
use crate::model::{ManagerId, Notification};
use crate::query::{Cursor, NotificationPage};
use crate::record::Notice;

impl Workspace {
    /// Returns a page of a manager's notifications, oldest first: 1 to 1,000 notifications of changes later than
    /// `since` (0: all that are kept), after a cursor or from the oldest. The page is a snapshot.
    ///
    /// The newest 1,024 notices of each manager are kept; [`missed`](NotificationPage::missed) says whether there were
    /// more after `since`. Notices about deleted chats are left out.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the limit is out of range, the manager does not exist, or `since` is beyond the newest
    /// change. The last means that it was read from another store, or that this one was restored to an earlier moment.
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
        self.check_since(since)?;
        let state = self.state()?;
        state.check_manager(manager)?;
        let from = after.map_or(0, |cursor| cursor.0.saturating_add(1));
        let theirs = state.notices.of(manager, since, from).filter(|(.., notice)| state.has_chat(notice.chat));
        let (found, more) = first(theirs.map(Ok), limit)?;
        let next = found.last().filter(|_| more).map(|(number, ..)| Cursor(*number));
        let notifications = found.into_iter().map(|(_, seq, notice)| show(seq, &notice)).collect();
        Ok(NotificationPage { notifications, next, missed: state.notices.has_dropped(manager, since) })
    }

    /// Refuses a seq beyond the newest change of the store.
    fn check_since(&self, since: u64) -> Result<(), Refusal> {
        let newest = self.newest_seq();
        if since <= newest {
            return Ok(());
        }
        Err(Refusal::new(
            Code::Malformed,
            format!("`since` is {since}, and the newest change is {newest}; ask again since 0"),
        ))
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
