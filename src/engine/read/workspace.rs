//! Reading one workspace: counts, lists, chats, people. What else there is to read has files of its own.

use std::sync::Arc;

use parking_lot::RwLockReadGuard;

use super::paging::check_limit;
use super::sidebar::sidebar;
use crate::engine::Shared;
use crate::engine::write::bulk::unfinished_bulks;
use crate::engine::write::indexing::statuses;
use crate::error::{Error, Refusal};
use crate::loaded::{LoadedWorkspace, RecordReader, Records};
use crate::model::{Chat, ChatId, Customer, CustomerId, Manager, ManagerId, StatusCounts, Tag, Timestamp, WorkspaceId};
use crate::query::{BulkUnderWay, ChatPage, Cursor, IndexStatus, Sidebar};
use crate::record::{ChatRecord, CustomerRecord, ManagerRecord};
use crate::select::{
    Chats, FilterSets, is_on_demand, on_demand_key, on_demand_keys, page, page_of_filter, resolve, resolve_filter,
};
use crate::view::{Filter, View};
use crate::workspace::State;

/// A handle for reading one workspace. Cheap to make; any number may be used at the same time.
///
/// Reads may see a change that is applied and not durable yet; [`seq`](Self::seq) says which was the newest.
#[derive(Clone)]
pub struct Workspace {
    shared: Arc<Shared>,
    loaded: Arc<LoadedWorkspace>,
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

    /// The records of all workspaces.
    pub(super) fn all_records(&self) -> &Records {
        &self.shared.workspaces.records
    }

    /// The records of this workspace.
    pub(super) fn records(&self) -> RecordReader<'_> {
        self.all_records().of(&self.loaded)
    }

    /// Refuses once the engine is closed.
    #[inline]
    pub(super) fn check_open(&self) -> Result<(), Error> {
        self.shared.writer.admission.check_open()
    }

    /// Which workspace this is.
    pub fn id(&self) -> WorkspaceId {
        self.loaded.workspace
    }

    /// The newest change of the workspace.
    pub fn seq(&self) -> u64 {
        self.state().meta.seq
    }

    /// The moment that the workspace has reached.
    pub fn clock(&self) -> Timestamp {
        self.state().meta.clock.into()
    }

    /// How many chats a filter holds. For a single view it is one read of memory, whatever the number of chats; for
    /// several joined it is exact too, and its cost grows with their sizes. The first look at a customer or
    /// hashtag reads their few rows from the store.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] where the filter names an unknown manager, tag, customer or index, or is past the limits.
    pub fn count(&self, filter: &Filter) -> Result<u64, Error> {
        match filter.as_view() {
            Some(view) => self.with_view(view, |_, chats| match view.status {
                Some(status) => chats.counts().of(status),
                None => chats.counts().total(),
            }),
            None => self.counts_of_filter(filter).map(StatusCounts::total),
        }
    }

    /// How many chats of each status a filter holds, all of one moment. A view with a status has no chats of another.
    ///
    /// # Errors
    ///
    /// As [`count`](Self::count).
    pub fn counts(&self, filter: &Filter) -> Result<StatusCounts, Error> {
        match filter.as_view() {
            Some(view) => self.with_view(view, |_, chats| match view.status {
                Some(status) => chats.counts().only(status),
                None => chats.counts(),
            }),
            None => self.counts_of_filter(filter),
        }
    }

    /// By itself, so that the count of a single view has none of it to step over.
    #[inline(never)]
    fn counts_of_filter(&self, filter: &Filter) -> Result<StatusCounts, Error> {
        self.with_filter(filter, |_, sets| {
            let [open, snoozed, closed] = sets.lens();
            StatusCounts { open, snoozed, closed }
        })
    }

    /// A page of the chats of a filter, newest activity first: 1 to 1,000 of them, below a cursor or from the top.
    ///
    /// Which chats they are is of one moment; the chats themselves may be newer by an instant.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] where the limit is out of range, or as for [`count`](Self::count).
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

    /// One chat.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with [`Code::UnknownChat`] where there is none.
    pub fn chat(&self, chat: ChatId) -> Result<Chat, Error> {
        self.check_open()?;
        let found = self.find_chat(chat)?;
        found.ok_or_else(|| Refusal::unknown_chat(chat).into())
    }

    /// All managers, by id.
    pub fn managers(&self) -> Vec<Manager> {
        let state = self.state();
        state.managers.iter().map(|(id, record)| show_manager(&state, *id, record)).collect()
    }

    /// All tags, by their lower-case path.
    pub fn tags(&self) -> Vec<Tag> {
        let state = self.state();
        state.tags.iter().map(|(_, path)| Tag { path: path.clone() }).collect()
    }

    /// One customer.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with [`Code::UnknownCustomer`] where there is none.
    pub fn customer(&self, customer: CustomerId) -> Result<Customer, Error> {
        let record = self.customer_record(customer)?;
        let CustomerRecord { name, profile, events: _, events_digest: _ } = &*record;
        Ok(Customer { customer, name: name.clone(), profile: profile.clone() })
    }

    /// Every number that a manager's inbox shows, all of one moment. Its cost grows with the managers and tags,
    /// not with the chats.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with [`Code::UnknownManager`] where there is no such manager.
    pub fn sidebar(&self, manager: ManagerId) -> Result<Sidebar, Error> {
        self.check_open()?;
        Ok(sidebar(&self.state(), manager)?)
    }

    /// The bulk actions under way, oldest first: those that run now, and those that wait for the next opening because
    /// the store could not go on with them.
    pub fn unfinished_bulks(&self) -> Vec<BulkUnderWay> {
        unfinished_bulks(&self.state())
    }

    /// How far the custom indexes are that the host has registered, by name.
    pub fn indexes(&self) -> Vec<IndexStatus> {
        statuses(&self.state())
    }

    /// Reads what a view holds, under the lock and with all its postings loaded.
    #[inline]
    fn with_view<R>(&self, view: &View, read: impl FnOnce(&State, &Chats<'_>) -> R) -> Result<R, Error> {
        self.check_open()?;
        if is_on_demand(&view.kind) {
            return self.with_view_on_demand(view, read);
        }
        let state = self.state();
        // By reference, as to move what has just been written takes as long as to find it.
        match resolve(&state, &view.kind) {
            Ok(ref chats) => Ok(read(&state, chats)),
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// Of a view whose postings are loaded on demand.
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

    /// Reads what a filter holds, under the lock and with all its postings loaded.
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

    /// Reads the ids of all chats of a filter, oldest activity first, and what else is to be of the same moment.
    pub(crate) fn with_all<R>(&self, filter: &Filter, read: impl FnOnce(&State, Vec<ChatId>) -> R) -> Result<R, Error> {
        self.with_filter(filter, |state, sets| read(state, state.timeline.oldest_first(&sets.to_bitmap())))
    }

    fn has_customer(&self, customer: CustomerId) -> Result<bool, Error> {
        Ok(self.records().customer(customer)?.is_some())
    }

    /// The chats of a page. One that was deleted in this instant is left out.
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
