//! Reading one workspace: counts, lists, chats, people. Other reads have files of their own.

use std::fmt;
use std::sync::Arc;

use parking_lot::RwLockReadGuard;

use super::sidebar::sidebar;
use crate::engine::Shared;
use crate::engine::write::acting::{Acting, System};
use crate::engine::write::bulk::unfinished_bulks;
use crate::engine::write::indexing::statuses;
use crate::error::{Error, Refusal};
use crate::loaded::{RecordReader, Records, WorkspaceRef};
use crate::model::{Actor, Customer, CustomerId, Manager, ManagerId, Tag, Timestamp, WorkspaceId};
use crate::query::{BulkUnderWay, IndexStatus, Sidebar};
use crate::record::{CustomerRecord, ManagerRecord};
use crate::workspace::State;

/// A handle for reading one workspace. It is cheap to create, and many can be used at the same time.
///
/// Reads may see a change that is applied but not durable yet; [`seq`](Self::seq) returns the newest change.
///
/// # What may touch the disk
///
/// For a host with an async runtime: once the workspace is loaded, [`count`](Self::count), [`counts`](Self::counts),
/// [`sidebar`](Self::sidebar), [`list_ids`](Self::list_ids), [`managers`](Self::managers) and [`tags`](Self::tags) only read
/// memory, except for the first use of a customer, hashtag or custom index. No command makes them wait for the disk. Whatever
/// returns chats, messages, customers or events, such as [`list`](Self::list), reads those from the disk that are not in the
/// record cache. So does the first use of a workspace, here or after it was idle: it is loaded as a whole.
#[derive(Clone)]
pub struct Workspace {
    shared: Arc<Shared>,
    loaded: WorkspaceRef,
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace").field("id", &self.loaded.workspace).finish_non_exhaustive()
    }
}

impl Workspace {
    pub(in crate::engine) fn new(shared: Arc<Shared>, loaded: WorkspaceRef) -> Self {
        Self { shared, loaded }
    }

    #[inline]
    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    #[inline]
    pub(super) fn loaded(&self) -> &WorkspaceRef {
        &self.loaded
    }

    #[inline]
    pub(super) fn state(&self) -> Result<RwLockReadGuard<'_, State>, Error> {
        self.loaded.read()
    }

    /// Returns the records of all workspaces.
    #[inline]
    pub(super) fn all_records(&self) -> &Records {
        &self.shared.workspaces.records
    }

    /// Returns the records of this workspace.
    #[inline]
    pub(super) fn records(&self) -> RecordReader<'_> {
        self.all_records().of(&self.loaded)
    }

    /// Returns the newest change of the store, in whatever workspace.
    pub(super) fn newest_seq(&self) -> u64 {
        self.shared.writer.journal.last_seq()
    }

    /// Returns an error once the engine is closed.
    #[inline]
    pub(super) fn check_open(&self) -> Result<(), Error> {
        self.shared.writer.admission.check_open()
    }

    /// Returns a handle that sends commands as the host itself.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn as_system(&self) -> Acting<System> {
        self.acting(System)
    }

    /// Returns a handle that sends commands as a manager. Commands of an unknown manager are refused.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// inbox.as_manager(7).assign(chat)?;
    /// assert_eq!(inbox.chat(chat)?.assignee, Some(7.into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn as_manager(&self, manager: impl Into<ManagerId>) -> Acting<ManagerId> {
        self.acting(manager.into())
    }

    /// Returns a handle that sends commands as a customer. Commands of an unknown customer are refused.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// inbox.as_system().put_customer(5, "Grace")?;
    /// let chat = inbox.as_customer(5).start_chat()?;
    /// inbox.as_customer(5).send_message(chat, "Where is my parcel?")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn as_customer(&self, customer: impl Into<CustomerId>) -> Acting<CustomerId> {
        self.acting(customer.into())
    }

    fn acting<A: Into<Actor> + Copy>(&self, actor: A) -> Acting<A> {
        Acting::new(Arc::clone(&self.shared), self.id(), actor)
    }

    /// Returns the id of the workspace.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// assert_eq!(inbox.id(), 1.into());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn id(&self) -> WorkspaceId {
        self.loaded.workspace
    }

    /// Returns the newest change of the workspace.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// assert_eq!(inbox.seq(), 0);
    /// inbox.as_system().put_customer(5, "Grace")?;
    /// assert_eq!(inbox.seq(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn seq(&self) -> u64 {
        self.loaded.read_as_it_is().meta.seq
    }

    /// Returns the time that the workspace has reached.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// inbox.as_system().at(1_582_652_374_000).put_customer(5, "Grace")?;
    /// assert_eq!(inbox.clock().to_string(), "2020-02-25T17:39:34.000Z");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clock(&self) -> Timestamp {
        self.loaded.read_as_it_is().meta.clock.into()
    }

    /// Returns all managers, sorted by id.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] or [`Error::Closed`] if the workspace was unloaded and cannot be loaded again.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// assert_eq!(&*inbox.managers()?[0].name, "Ada");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn managers(&self) -> Result<Vec<Manager>, Error> {
        let state = self.state()?;
        Ok(state.managers.iter().map(|(id, record)| show_manager(&state, *id, record)).collect())
    }

    /// Returns all managers, by id, also those who left.
    ///
    /// # Errors
    ///
    /// As [`managers`](Self::managers).
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// let system = inbox.as_system();
    /// system.put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// system.execute(inboxdb::Command::remove_manager(7))?;
    /// assert!(inbox.managers()?.is_empty() && inbox.all_managers()?[0].removed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn all_managers(&self) -> Result<Vec<Manager>, Error> {
        let state = self.state()?;
        let all = state.managers.iter().chain(&state.former_managers);
        let mut managers: Vec<Manager> = all.map(|(id, record)| show_manager(&state, *id, record)).collect();
        managers.sort_unstable_by_key(|manager| manager.manager);
        Ok(managers)
    }

    /// Returns one manager, also one who left.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with [`Code::UnknownManager`](crate::Code::UnknownManager) if it does not exist.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// assert_eq!(&*inbox.manager(7)?.name, "Ada");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn manager(&self, manager: impl Into<ManagerId>) -> Result<Manager, Error> {
        let manager = manager.into();
        let state = self.state()?;
        let record = state.manager_or_former(manager).ok_or_else(|| Refusal::unknown_manager(manager))?;
        Ok(show_manager(&state, manager, record))
    }

    /// Returns all tags, sorted by path as it is compared: in lower case and NFC.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] or [`Error::Closed`] if the workspace was unloaded and cannot be loaded again.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// inbox.as_system().create_tag("billing/refund")?;
    /// let paths: Vec<_> = inbox.tags()?.iter().map(|tag| tag.path.to_string()).collect();
    /// assert_eq!(paths, ["billing", "billing/refund"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tags(&self) -> Result<Vec<Tag>, Error> {
        let state = self.state()?;
        Ok(state.tags.iter().map(|(_, path)| Tag { path: path.clone() }).collect())
    }

    /// Returns the tags whose paths are equal but for Unicode composition, in groups. Only stores of versions that told
    /// such paths apart hold any. The first of a group is the one that was created first: it is found by all other
    /// spellings of the path. Each other one is found by exactly the path here, until it is renamed or deleted.
    ///
    /// # Errors
    ///
    /// As [`tags`](Self::tags).
    pub fn equal_tags(&self) -> Result<Vec<Vec<Tag>>, Error> {
        let groups = self.state()?.tags.equal();
        Ok(groups.into_iter().map(|group| group.into_iter().map(|path| Tag { path }).collect()).collect())
    }

    /// Returns one customer.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with [`Code::UnknownCustomer`](crate::Code::UnknownCustomer) if it does not exist.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// assert_eq!(inbox.customer(5)?.name.as_deref(), Some("Grace"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn customer(&self, customer: impl Into<CustomerId>) -> Result<Customer, Error> {
        let customer = customer.into();
        Ok(show_customer(customer, &*self.customer_record(customer)?))
    }

    /// Returns every number in a manager's inbox, as a snapshot. The cost grows with the managers and tags, not with
    /// the chats.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with [`Code::UnknownManager`](crate::Code::UnknownManager) if the manager does not exist.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// inbox.as_manager(7).assign(chat)?;
    /// let sidebar = inbox.sidebar(7)?;
    /// assert_eq!((sidebar.me.open, sidebar.unassigned.open), (1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sidebar(&self, manager: impl Into<ManagerId>) -> Result<Sidebar, Error> {
        let manager = manager.into();
        self.check_open()?;
        Ok(sidebar(&*self.state()?, manager)?)
    }

    /// Returns the unfinished bulk actions, oldest first: those that are running, and those that wait for the next
    /// opening because the store failed.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] or [`Error::Closed`] if the workspace was unloaded and cannot be loaded again.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// assert!(inbox.unfinished_bulks()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unfinished_bulks(&self) -> Result<Vec<BulkUnderWay>, Error> {
        Ok(unfinished_bulks(&*self.state()?))
    }

    /// Returns the build progress of the registered custom indexes, sorted by name.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] or [`Error::Closed`] if the workspace was unloaded and cannot be loaded again.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// assert!(inbox.indexes()?.is_empty()); // see Config::index
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn indexes(&self) -> Result<Vec<IndexStatus>, Error> {
        Ok(statuses(&*self.state()?))
    }

    pub(super) fn customer_record(&self, customer: CustomerId) -> Result<Arc<CustomerRecord>, Error> {
        self.check_open()?;
        self.records().customer(customer)?.ok_or_else(|| Refusal::unknown_customer(customer).into())
    }
}

pub(super) fn show_customer(customer: CustomerId, record: &CustomerRecord) -> Customer {
    let CustomerRecord { name, profile, events: _, events_digest: _, external } = record;
    Customer { customer, name: name.clone(), profile: profile.clone(), external: external.clone() }
}

fn show_manager(state: &State, manager: ManagerId, record: &ManagerRecord) -> Manager {
    let ManagerRecord {
        name,
        role,
        operator,
        online,
        followed_tags,
        capacity,
        last_assigned_at: _,
        external,
        removed,
        operator_era: _,
        removed_era: _,
    } = record;
    Manager {
        manager,
        name: name.clone(),
        role: *role,
        operator: *operator,
        online: *online,
        followed_tags: state.tags.paths(followed_tags.iter()),
        capacity: *capacity,
        external: external.clone(),
        removed: *removed,
    }
}
