//! The chats of a view or filter: counts, pages, and one chat.

use std::sync::Arc;

use super::Workspace;
use super::paging::check_limit;
use crate::error::{Code, Error, Refusal};
use crate::model::limits::PAGE_MAX;
use crate::model::{Chat, ChatId, CustomerId, StatusCounts};
use crate::query::{ChatPage, Cursor, IdPage, ListOrder};
use crate::record::ChatRecord;
use crate::select::{
    FilterSets, Page, ViewChats, is_on_demand, oldest_page, oldest_page_of_filter, on_demand_key, on_demand_keys,
    page_of_filter, page_of_view, resolve, resolve_filter,
};
use crate::view::{Filter, View};
use crate::workspace::State;

impl Workspace {
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
    #[inline]
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
    #[inline]
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
        self.list_in(filter, ListOrder::Newest, before, limit)
    }

    /// Returns a page of the chats of a filter like [`list`](Self::list), in either order. The cursor is that of a page in
    /// the same order; with the one of the other order, the list turns back at that chat.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// use inboxdb::ListOrder;
    ///
    /// let first = inbox.as_customer(5).start_chat()?;
    /// let second = inbox.as_customer(5).start_chat()?;
    /// let page = inbox.list_in(&"all".parse()?, ListOrder::Oldest, None, 50)?;
    /// assert_eq!((page.chats[0].id, page.chats[1].id), (first, second));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn list_in(
        &self,
        filter: &Filter,
        order: ListOrder,
        before: Option<Cursor>,
        limit: usize,
    ) -> Result<ChatPage, Error> {
        let found = self.find_page(filter, order, before, limit)?;
        let next = next_page(&found);
        let chats = self.show_chats(found.chats.into_iter().map(|(_, chat)| chat))?;
        Ok(ChatPage { chats, next })
    }

    /// Returns the ids of a page of the chats of a filter, as a snapshot. Reads no chat, so it is much cheaper than
    /// [`list`](Self::list).
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// use inboxdb::ListOrder;
    ///
    /// let chat = inbox.as_customer(5).start_chat()?;
    /// let page = inbox.list_ids(&"customer:5".parse()?, ListOrder::Newest, None, 50)?;
    /// assert_eq!(page.ids, [chat]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn list_ids(
        &self,
        filter: &Filter,
        order: ListOrder,
        before: Option<Cursor>,
        limit: usize,
    ) -> Result<IdPage, Error> {
        let found = self.find_page(filter, order, before, limit)?;
        Ok(IdPage { next: next_page(&found), ids: found.chats.into_iter().map(|(_, chat)| chat).collect() })
    }

    /// Selects the chats of a page with their positions.
    #[inline]
    fn find_page(
        &self,
        filter: &Filter,
        order: ListOrder,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, Error> {
        check_limit(limit)?;
        match order {
            ListOrder::Newest => {
                let before = cursor.map_or(u64::MAX, |cursor| cursor.0);
                match filter.as_view() {
                    Some(view) => self.with_view(view, |state, chats| {
                        page_of_view(&state.timeline, chats, view.status, before, limit)
                    }),
                    None => {
                        self.with_filter(filter, |state, sets| page_of_filter(&state.timeline, &sets, before, limit))
                    }
                }
            }
            ListOrder::Oldest => self.find_oldest(filter, cursor.map_or(0, |cursor| cursor.0), limit),
        }
    }

    fn find_oldest(&self, filter: &Filter, after: u64, limit: usize) -> Result<Page, Error> {
        match filter.as_view() {
            Some(view) => self
                .with_view(view, |state, chats| oldest_page(&state.timeline, &chats.sets(view.status), after, limit)),
            None => self.with_filter(filter, |state, sets| oldest_page_of_filter(&state.timeline, &sets, after, limit)),
        }
    }

    /// Returns several chats in the order of their ids here: up to 1,000. `None` stands for one that does not exist.
    ///
    /// Reads each chat like [`chat`](Self::chat); together they are not a snapshot.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if there are too many.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// # inbox.as_system().put_customer(5, "Grace")?;
    /// let chat = inbox.as_customer(5).start_chat()?;
    /// let chats = inbox.chats([chat, 99.into()])?;
    /// assert_eq!((chats[0].as_ref().map(|chat| chat.customer), &chats[1]), (Some(5.into()), &None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn chats<C: Into<ChatId>>(&self, chats: impl IntoIterator<Item = C>) -> Result<Vec<Option<Chat>>, Error> {
        let chats: Vec<ChatId> = chats.into_iter().take(PAGE_MAX + 1).map(Into::into).collect();
        self.check_open()?;
        if chats.len() > PAGE_MAX {
            let message = format!("`chats` names more than {PAGE_MAX} chats; ask for the rest separately");
            return Err(Refusal::new(Code::Malformed, message).into());
        }
        chats.into_iter().map(|chat| self.find_chat(chat)).collect()
    }

    /// Returns one chat.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with [`Code::UnknownChat`](crate::Code::UnknownChat) if it does not exist.
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

    /// Reads the chats of a view under the lock, with all its postings loaded.
    #[inline]
    fn with_view<R>(&self, view: &View, read: impl FnOnce(&State, &ViewChats<'_>) -> R) -> Result<R, Error> {
        self.check_open()?;
        if is_on_demand(&view.kind) {
            return self.with_view_on_demand(view, read);
        }
        let state = self.state()?;
        // By reference: moving the value costs as much as resolving it.
        match resolve(&state, &view.kind) {
            Ok(ref chats) => Ok(read(&state, chats)),
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// As [`with_view`](Self::with_view), for a view whose postings are loaded on demand.
    #[inline(never)]
    fn with_view_on_demand<R>(&self, view: &View, read: impl FnOnce(&State, &ViewChats<'_>) -> R) -> Result<R, Error> {
        if let Some(customer) = view.kind.customer()
            && !self.has_customer(customer)?
        {
            return Err(Refusal::unknown_customer(customer).into());
        }
        let keys = |state: &State| on_demand_key(state, &view.kind);
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

    #[inline]
    fn find_chat(&self, chat: ChatId) -> Result<Option<Chat>, Error> {
        self.records().chat_with(chat, |state, record| record.show(chat, state.tags.paths(record.tags.iter())))
    }

    pub(super) fn chat_record(&self, chat: ChatId) -> Result<Arc<ChatRecord>, Error> {
        self.check_open()?;
        self.records().chat(chat)?.ok_or_else(|| Refusal::unknown_chat(chat).into())
    }
}

fn next_page(page: &Page) -> Option<Cursor> {
    page.chats.last().filter(|_| page.more).map(|(position, _)| Cursor(*position))
}
