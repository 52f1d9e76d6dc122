//! Snoozes whose time has come, before time passes in the workspace.

use super::Workspace;
use crate::error::Error;
use crate::model::{ChatId, Timestamp};

impl Workspace {
    /// Returns the snoozed chats whose deadline is at or before a moment, by id: those that will reopen first if a
    /// command takes effect then.
    ///
    /// ```
    /// use inboxdb::{Config, Engine, Timer};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// let engine = Engine::open(directory.path().join("inbox"), Config::default().timer(Timer::Off))?;
    /// let inbox = engine.workspace(1)?;
    /// inbox.as_system().put_customer(5, "Grace")?;
    /// let chat = inbox.as_customer(5).start_chat()?;
    /// let until = inbox.clock() + std::time::Duration::from_secs(60);
    /// inbox.as_system().snooze(chat, until)?;
    /// assert_eq!(inbox.overdue(inbox.clock())?, []);
    /// assert_eq!(inbox.overdue(until)?, [chat]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] or [`Error::Closed`] if the workspace was unloaded and cannot be loaded again.
    pub fn overdue(&self, at: impl Into<Timestamp>) -> Result<Vec<ChatId>, Error> {
        let at = at.into().as_millis();
        let state = self.state()?;
        let mut chats: Vec<ChatId> =
            state.wheel.iter().filter(|(_, deadline)| *deadline <= at).map(|(chat, _)| chat).collect();
        chats.sort_unstable();
        Ok(chats)
    }
}
