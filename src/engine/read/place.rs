//! How far a workspace is in the replicated log that the store follows.

use super::Workspace;
use crate::error::Error;
use crate::model::Place;

impl Workspace {
    /// Returns the newest place of its group's log that the workspace has applied. `None` if it has none, or the store
    /// follows no log.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if the store cannot be read; [`Error::Closed`].
    ///
    /// ```
    /// let engine = inboxdb::Engine::temporary()?;
    /// assert_eq!(engine.workspace(1)?.place()?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn place(&self) -> Result<Option<Place>, Error> {
        self.check_open()?;
        let place = self.state()?.meta.log.done;
        Ok(place.filter(|_| self.shared().writer.following.is_attached()))
    }
}
