//! The methods of [`Engine`] for a node of a cluster, whose commands come from a replicated log.

use super::Engine;
use super::write::prepare::{check_publishable, names_custom_index};
use super::write::replicated::{apply_entry, unfinished};
use crate::command::{Applied, BulkLeft, Entry, Envelope};
use crate::error::Error;
use crate::model::{Place, Timestamp, WorkspaceId};

impl Engine {
    /// Applies the entry at `place` of the log of its workspace's group.
    ///
    /// Engines that apply the same entries of a group one after the other, in order, give the same answers and have the
    /// same [digests](crate::Workspace::digest) at every place, whatever their configuration. What an entry does reads no clock
    /// and does not depend on caches or on how far custom indexes are built.
    ///
    /// The last change of an entry carries its place, so after a crash the newest place of a group's workspaces
    /// ([`places`](Self::places)) says what was applied: go on with the next entry. One that was applied only in part is
    /// applied again; one that changed nothing leaves no place, and changes nothing again.
    ///
    /// From the first entry on the store takes no commands of its own: they are refused as
    /// [`Unavailable`](crate::Code::Unavailable). Snoozes end, and bulk actions go on, with entries alone, whatever
    /// [`Timer`](crate::Timer) the engine has. [`detach_log`](Self::detach_log) is the way back.
    ///
    /// It returns when the entry is durable, or at once with [`Durability::Interval`](crate::Durability::Interval), which
    /// suits a node: the log must not lose entries, and has those that a crash takes.
    ///
    /// # Errors
    ///
    /// Only trouble of this machine is an error: the caller must stop, since the entry may be applied elsewhere.
    /// [`Error::Unavailable`] if the engine takes no writes, or if the workspace has applied that place;
    /// [`Error::Unreadable`]; [`Error::Closed`]. A refusal is an answer: [`Applied::outcome`].
    ///
    /// ```
    /// use inboxdb::{Actor, Command, Engine, Entry, Envelope, Place};
    ///
    /// let engine = Engine::temporary()?;
    /// let entry = Entry::Command(Envelope::new(1, 1_000, Actor::System, Command::put_customer(5, "Grace")));
    /// assert!(engine.apply_entry(Place(1), &entry)?.outcome.is_ok());
    /// assert_eq!(engine.workspace(1)?.place()?, Some(Place(1)));
    /// assert!(engine.workspace(1)?.as_system().put_customer(6, "Alan").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn apply_entry(&self, place: Place, entry: &Entry) -> Result<Applied, Error> {
        self.shared.writer.admission.check_open()?;
        apply_entry(&self.shared.writer, place, entry)
    }

    /// Judges a command before it is published, and makes its entry. What is asked here is not asked again when the entry
    /// is applied: whether the command is well-formed, `at` is at most five minutes ahead of `now`, there is room on the
    /// disk, and the custom indexes that it names are built. A bulk action by a custom index becomes one of the chats that
    /// it selects now.
    ///
    /// An entry without a command id is done again if it is published again, so the caller should give it one.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] as malformed, or because the filter cannot be evaluated ([`Code::IndexBuilding`] and others);
    /// [`Error::Unavailable`] if there is no room; [`Error::Closed`].
    ///
    /// [`Code::IndexBuilding`]: crate::Code::IndexBuilding
    ///
    /// ```
    /// use inboxdb::{Actor, Command, Engine, Entry, Envelope, Timestamp};
    ///
    /// let engine = Engine::temporary()?;
    /// let envelope = Envelope::new(1, Timestamp::now(), Actor::System, Command::put_customer(5, "Grace"));
    /// let entry = engine.prepare_entry(envelope.clone().with_id("7f"), Timestamp::now())?;
    /// assert_eq!(entry, Entry::Command(envelope.with_id("7f")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn prepare_entry(&self, envelope: Envelope, now: Timestamp) -> Result<Entry, Error> {
        check_publishable(&self.shared.writer, &envelope, now)?;
        let Some(filter) = names_custom_index(&envelope) else { return Ok(Entry::Command(envelope)) };
        let chats = self.workspace(envelope.workspace)?.with_all(filter, |_, chats| chats)?;
        Ok(Entry::ChosenBulk { chats: chats.into_iter().collect(), command: envelope })
    }

    /// Returns the newest place that each workspace has applied, by workspace, for those that have one. The newest place
    /// of a group is that of the last of its workspaces. Takes a lookup for each workspace of the store.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if the store cannot be read; [`Error::Closed`].
    ///
    /// ```
    /// use inboxdb::{Actor, Command, Engine, Entry, Envelope, Place};
    ///
    /// let engine = Engine::temporary()?;
    /// let put = |workspace: u64| Envelope::new(workspace, 1_000, Actor::System, Command::put_customer(5, "Grace"));
    /// engine.apply_entry(Place(1), &Entry::Command(put(3)))?;
    /// engine.apply_entry(Place(2), &Entry::Command(put(1)))?;
    /// assert_eq!(engine.places()?, [(1.into(), Place(2)), (3.into(), Place(1))]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn places(&self) -> Result<Vec<(WorkspaceId, Place)>, Error> {
        self.shared.writer.admission.check_open()?;
        if !self.shared.writer.following.is_attached() {
            return Ok(Vec::new());
        }
        let mut places = Vec::new();
        for workspace in self.shared.workspaces.ids()? {
            let place = self.shared.workspaces.meta(workspace)?.log.done;
            places.extend(place.map(|place| (workspace, place)));
        }
        Ok(places)
    }

    /// Returns the workspaces whose next deadline is due at `now`, earliest first, each with its clock epoch and that
    /// deadline: what a [tick](Entry::Tick) is made of. Takes time for what is due alone, and loads nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if the store cannot be read; [`Error::Closed`].
    ///
    /// ```
    /// use inboxdb::{Actor, Command, Engine, Entry, Envelope, Place};
    ///
    /// let engine = Engine::temporary()?;
    /// let mut place = 0;
    /// let mut apply = |entry: Entry| {
    ///     place += 1;
    ///     engine.apply_entry(Place(place), &entry)
    /// };
    /// for command in [Command::put_customer(5, "Grace"), Command::start_chat(5), Command::snooze(1, 60_000)] {
    ///     apply(Entry::Command(Envelope::new(1, 1_000, Actor::System, command)))?;
    /// }
    /// assert_eq!(engine.due(59_999.into())?, []);
    /// let [(workspace, clock_epoch, at)] = engine.due(60_000.into())?[..] else { panic!() };
    /// apply(Entry::Tick { workspace, clock_epoch, at })?;
    /// assert_eq!(engine.due(60_000.into())?, []);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn due(&self, now: Timestamp) -> Result<Vec<(WorkspaceId, u32, Timestamp)>, Error> {
        self.shared.writer.admission.check_open()?;
        let due = self.shared.writer.timer.due(now.as_millis());
        let tick = |(deadline, workspace): (u64, WorkspaceId)| {
            let meta = self.shared.workspaces.meta(workspace)?;
            Ok((workspace, meta.next.clock_epoch, deadline.into()))
        };
        due.into_iter().map(tick).collect()
    }

    /// Returns the bulk actions of a workspace that are not finished, oldest first. In a store that follows a log, each of
    /// their pieces is an entry.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if the workspace cannot be loaded; [`Error::Closed`].
    ///
    /// ```
    /// let engine = inboxdb::Engine::temporary()?;
    /// assert_eq!(engine.unfinished_bulks(1)?, []);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unfinished_bulks(&self, workspace: impl Into<WorkspaceId>) -> Result<Vec<BulkLeft>, Error> {
        self.shared.writer.admission.check_open()?;
        Ok(unfinished(&*self.shared.writer.workspace(workspace.into())?.read()?))
    }

    /// Returns the workspaces that have bulk actions which are not finished, by id. Loads only these.
    ///
    /// # Errors
    ///
    /// As [`unfinished_bulks`](Self::unfinished_bulks).
    ///
    /// ```
    /// let engine = inboxdb::Engine::temporary()?;
    /// assert_eq!(engine.workspaces_with_bulks()?, []);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn workspaces_with_bulks(&self) -> Result<Vec<WorkspaceId>, Error> {
        self.shared.writer.admission.check_open()?;
        // The store knows those of the last checkpoint; a workspace with a bulk action is never unloaded.
        let mut found = self.shared.workspaces.records.store()?.unfinished_workspaces()?;
        found.extend(self.shared.workspaces.loaded().iter().map(|loaded| loaded.workspace));
        found.sort_unstable();
        found.dedup();
        let mut with_bulks = Vec::new();
        for workspace in found {
            if !self.unfinished_bulks(workspace)?.is_empty() {
                with_bulks.push(workspace);
            }
        }
        Ok(with_bulks)
    }

    /// Makes the store follow the log that `binding` describes, before the first entry: the text says what must be the
    /// same at every opening, such as the number of groups, how workspaces are hashed, and the identity of each stream. It
    /// is kept durably, and goes along with backups.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the store follows a log with another description, or takes no writes.
    ///
    /// ```
    /// let engine = inboxdb::Engine::temporary()?;
    /// assert_eq!(engine.log_binding(), None);
    /// engine.bind_log("8 groups")?;
    /// assert_eq!(engine.log_binding().as_deref(), Some("8 groups"));
    /// assert!(engine.bind_log("8 groups").is_ok() && engine.bind_log("9 groups").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bind_log(&self, binding: &str) -> Result<(), Error> {
        self.shared.writer.admission.check_open()?;
        self.shared.writer.following.follow(&self.shared.writer, Some(binding))
    }

    /// Returns the description of the log that the store follows, as given to [`bind_log`](Self::bind_log).
    pub fn log_binding(&self) -> Option<String> {
        self.shared.writer.following.binding()
    }

    /// Whether the store follows a replicated log, and so takes no commands of its own.
    ///
    /// ```
    /// let engine = inboxdb::Engine::temporary()?;
    /// assert!(!engine.follows_log());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn follows_log(&self) -> bool {
        self.shared.writer.following.is_attached()
    }

    /// Takes the store out of its cluster for good: it takes commands of its own again, and has no places any more. Bulk
    /// actions that are under way go on at the next opening. If it follows a log later, it is a new one, from place 1.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the store takes no writes; [`Error::Closed`].
    ///
    /// ```
    /// let engine = inboxdb::Engine::temporary()?;
    /// engine.bind_log("8 groups")?;
    /// assert!(engine.workspace(1)?.as_system().put_customer(5, "Grace").is_err());
    /// engine.detach_log()?;
    /// engine.workspace(1)?.as_system().put_customer(5, "Grace")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn detach_log(&self) -> Result<(), Error> {
        self.shared.writer.admission.check_open()?;
        self.shared.writer.following.detach(&self.shared.writer)
    }
}
