//! Reading one workspace: counts, lists, chats, people. Other reads have files of their own.

use std::fmt;
use std::sync::Arc;

use parking_lot::RwLockReadGuard;

use super::paging::check_limit;
use super::sidebar::sidebar;
use crate::engine::Shared;
use crate::engine::write::acting::{Acting, System};
use crate::engine::write::bulk::unfinished_bulks;
use crate::engine::write::indexing::statuses;
use crate::error::{Error, Refusal};
use crate::loaded::{LoadedWorkspace, RecordReader, Records};
use crate::model::{
    Actor, Chat, ChatId, Customer, CustomerId, Manager, ManagerId, StatusCounts, Tag, Timestamp, WorkspaceId,
};
use crate::query::{BulkUnderWay, ChatPage, Cursor, IndexStatus, Sidebar};
use crate::record::{ChatRecord, CustomerRecord, ManagerRecord};
use crate::select::{
    Chats, FilterSets, is_on_demand, on_demand_key, on_demand_keys, page, page_of_filter, resolve, resolve_filter,
};
use crate::view::{Filter, View};
use crate::workspace::State;

/// A handle for reading one workspace. It is cheap to create, and many can be used at the same time.
///
/// Reads may see a change that is applied but not durable yet; [`seq`](Self::seq) returns the newest change.
#[derive(Clone)]
pub struct Workspace {
    shared: Arc<Shared>,
    loaded: Arc<LoadedWorkspace>,
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace").field("id", &self.loaded.workspace).finish_non_exhaustive()
    }
}

impl Workspace {
    pub(in crate::engine) fn new(shared: Arc<Shared>, loaded: Arc<LoadedWorkspace>) -> Self {
        Self { shared, loaded }
    }

    pub(super) fn loaded(&self) -> &LoadedWorkspace {
        &self.loaded
    }

    pub(super) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.loaded.state.read()
    }

    /// Returns the records of all workspaces.
    pub(super) fn all_records(&self) -> &Records {
        &self.shared.workspaces.records
    }

    /// Returns the records of this workspace.
    pub(super) fn records(&self) -> RecordReader<'_> {
        self.all_records().of(&self.loaded)
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
        self.state().meta.seq
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
        self.state().meta.clock.into()
    }

    /// Counts the chats of a filter. For a single view this is one memory read, whatever the number of chats. For a
    /// combination it is exact too, and the cost grows with the sizes of its views. The first use of a customer or
    /// hashtag reads a few rows from the store.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the filter names an unknown manager, tag, customer or index, or exceeds a limit.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// use inboxdb::View;
    ///
    /// assert_eq!(inbox.count(&View::unassigned().open().into())?, 1);
    /// assert_eq!(inbox.count(&"unassigned:open & !customer:5".parse()?)?, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn count(&self, filter: &Filter) -> Result<u64, Error> {
        match filter.as_view() {
            Some(view) => self.with_view(view, |_, chats| match view.status {
                Some(status) => chats.counts().of(status),
                None => chats.counts().total(),
            }),
            None => self.counts_of_filter(filter).map(StatusCounts::total),
        }
    }

    /// Counts the chats of a filter by status, as a snapshot. A view with a status has no chats of another.
    ///
    /// # Errors
    ///
    /// As [`count`](Self::count).
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// let counts = inbox.counts(&"customer:5".parse()?)?;
    /// assert_eq!((counts.open, counts.snoozed, counts.closed), (1, 0, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn counts(&self, filter: &Filter) -> Result<StatusCounts, Error> {
        match filter.as_view() {
            Some(view) => self.with_view(view, |_, chats| match view.status {
                Some(status) => chats.counts().only(status),
                None => chats.counts(),
            }),
            None => self.counts_of_filter(filter),
        }
    }

    /// Separate, to keep the path for single views short.
    #[inline(never)]
    fn counts_of_filter(&self, filter: &Filter) -> Result<StatusCounts, Error> {
        self.with_filter(filter, |_, sets| {
            let [open, snoozed, closed] = sets.lens();
            StatusCounts { open, snoozed, closed }
        })
    }

    /// Returns a page of the chats of a filter, latest activity first: 1 to 1,000 of them, below a cursor or from the
    /// top.
    ///
    /// The set of chats is consistent; the chats themselves may be slightly newer.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the limit is out of range, or as for [`count`](Self::count).
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// inbox.as_customer(5).start_chat()?;
    /// let all = "all".parse()?;
    /// let first = inbox.list(&all, None, 1)?;
    /// let second = inbox.list(&all, first.next, 1)?;
    /// assert_eq!(second.chats[0].id, chat);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn list(&self, filter: &Filter, before: Option<Cursor>, limit: usize) -> Result<ChatPage, Error> {
        check_limit(limit)?;
        let before = before.map_or(u64::MAX, |cursor| cursor.0);
        let found = match filter.as_view() {
            Some(view) => {
                self.with_view(view, |state, chats| page(&state.timeline, &chats.sets(view.status), before, limit))
            }
            None => self.with_filter(filter, |state, sets| page_of_filter(&state.timeline, &sets, before, limit)),
        }?;
        let next = found.chats.last().filter(|_| found.more).map(|(position, _)| Cursor(*position));
        let chats = self.show_chats(found.chats.into_iter().map(|(_, chat)| chat))?;
        Ok(ChatPage { chats, next })
    }

    /// Returns one chat.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with [`Code::UnknownChat`] if it does not exist.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// assert_eq!(inbox.chat(chat)?.customer, 5.into());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn chat(&self, chat: impl Into<ChatId>) -> Result<Chat, Error> {
        let chat = chat.into();
        self.check_open()?;
        let found = self.find_chat(chat)?;
        found.ok_or_else(|| Refusal::unknown_chat(chat).into())
    }

    /// Returns all managers, sorted by id.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_manager(7, "Ada", inboxdb::Role::Owner)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// # let chat = inbox.as_customer(5).start_chat()?;
    /// assert_eq!(&*inbox.managers()[0].name, "Ada");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn managers(&self) -> Vec<Manager> {
        let state = self.state();
        state.managers.iter().map(|(id, record)| show_manager(&state, *id, record)).collect()
    }

    /// Returns all tags, sorted by lower-case path.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// inbox.as_system().create_tag("billing/refund")?;
    /// let paths: Vec<_> = inbox.tags().iter().map(|tag| tag.path.to_string()).collect();
    /// assert_eq!(paths, ["billing", "billing/refund"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tags(&self) -> Vec<Tag> {
        let state = self.state();
        state.tags.iter().map(|(_, path)| Tag { path: path.clone() }).collect()
    }

    /// Returns one customer.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with [`Code::UnknownCustomer`] if it does not exist.
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
        let record = self.customer_record(customer)?;
        let CustomerRecord { name, profile, events: _, events_digest: _ } = &*record;
        Ok(Customer { customer, name: name.clone(), profile: profile.clone() })
    }

    /// Returns every number in a manager's inbox, as a snapshot. The cost grows with the managers and tags, not with
    /// the chats.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with [`Code::UnknownManager`] if the manager does not exist.
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
        Ok(sidebar(&self.state(), manager)?)
    }

    /// Returns the unfinished bulk actions, oldest first: those that are running, and those that wait for the next
    /// opening because the store failed.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// assert!(inbox.unfinished_bulks().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unfinished_bulks(&self) -> Vec<BulkUnderWay> {
        unfinished_bulks(&self.state())
    }

    /// Returns the build progress of the registered custom indexes, sorted by name.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// assert!(inbox.indexes().is_empty()); // see Config::index
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn indexes(&self) -> Vec<IndexStatus> {
        statuses(&self.state())
    }

    /// Reads the chats of a view under the lock, with all its postings loaded.
    #[inline]
    fn with_view<R>(&self, view: &View, read: impl FnOnce(&State, &Chats<'_>) -> R) -> Result<R, Error> {
        self.check_open()?;
        if is_on_demand(&view.kind) {
            return self.with_view_on_demand(view, read);
        }
        let state = self.state();
        // By reference: moving the value costs as much as resolving it.
        match resolve(&state, &view.kind) {
            Ok(ref chats) => Ok(read(&state, chats)),
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// As [`with_view`](Self::with_view), for a view whose postings are loaded on demand.
    #[inline(never)]
    fn with_view_on_demand<R>(&self, view: &View, read: impl FnOnce(&State, &Chats<'_>) -> R) -> Result<R, Error> {
        if let Some(customer) = view.kind.customer()
            && !self.has_customer(customer)?
        {
            return Err(Refusal::unknown_customer(customer).into());
        }
        let keys = |state: &State| Vec::from_iter(on_demand_key(state, &view.kind));
        let result =
            self.records().with_postings(keys, |state| resolve(state, &view.kind).map(|chats| read(state, &chats)))?;
        Ok(result?)
    }

    /// Reads the chats of a filter under the lock, with all its postings loaded.
    fn with_filter<R>(&self, filter: &Filter, read: impl FnOnce(&State, FilterSets<'_>) -> R) -> Result<R, Error> {
        self.check_open()?;
        let mut unknown_customers = Vec::new();
        for customer in filter.customers() {
            if !self.has_customer(customer)? {
                unknown_customers.push(customer);
            }
        }
        let result = self.records().with_postings(
            |state| on_demand_keys(state, filter),
            |state| resolve_filter(state, filter, &unknown_customers).map(|sets| read(state, sets)),
        )?;
        Ok(result?)
    }

    /// Reads the ids of all chats of a filter, least recent activity first, along with other state of the same moment.
    pub(crate) fn with_all<R>(&self, filter: &Filter, read: impl FnOnce(&State, Vec<ChatId>) -> R) -> Result<R, Error> {
        self.with_filter(filter, |state, sets| read(state, state.timeline.oldest_first(&sets.to_bitmap())))
    }

    fn has_customer(&self, customer: CustomerId) -> Result<bool, Error> {
        Ok(self.records().customer(customer)?.is_some())
    }

    /// Returns the chats of a page. Chats deleted in between are left out.
    pub(super) fn show_chats(&self, page: impl Iterator<Item = ChatId>) -> Result<Vec<Chat>, Error> {
        page.filter_map(|chat| self.find_chat(chat).transpose()).collect()
    }

    fn find_chat(&self, chat: ChatId) -> Result<Option<Chat>, Error> {
        let record = self.records().chat(chat)?;
        Ok(record.map(|record| record.show(chat, self.state().tags.paths(record.tags.iter()))))
    }

    pub(super) fn chat_record(&self, chat: ChatId) -> Result<Arc<ChatRecord>, Error> {
        self.check_open()?;
        self.records().chat(chat)?.ok_or_else(|| Refusal::unknown_chat(chat).into())
    }

    pub(super) fn customer_record(&self, customer: CustomerId) -> Result<Arc<CustomerRecord>, Error> {
        self.check_open()?;
        self.records().customer(customer)?.ok_or_else(|| Refusal::unknown_customer(customer).into())
    }
}

fn show_manager(state: &State, manager: ManagerId, record: &ManagerRecord) -> Manager {
    let ManagerRecord { name, role, operator, online, followed_tags, capacity, last_assigned_at: _ } = record;
    Manager {
        manager,
        name: name.clone(),
        role: *role,
        operator: *operator,
        online: *online,
        followed_tags: state.tags.paths(followed_tags.iter()),
        capacity: *capacity,
    }
}
