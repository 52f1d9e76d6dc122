//! A workspace to read, wherever it is: in a store that this program has open, or behind a server.

use inboxdb::{
    Answer, Chat, ChatId, ChatPage, Cursor, Customer, CustomerId, Engine, EventPage, Filter, Manager, ManagerId,
    MessagePage, NotificationPage, ProfileField, Query, Recommendation, Sidebar, Timestamp, Visibility, Workspace,
    WorkspaceId,
};

use crate::failure::Failure;
use crate::remote::Remote;

/// A workspace to read.
pub(crate) struct Inbox<'s> {
    id: WorkspaceId,
    place: Place<'s>,
}

/// Where a workspace is.
enum Place<'s> {
    Here(&'s Engine, Workspace),
    There(&'s Remote),
}

/// Asks, and takes the answer that belongs to the question.
macro_rules! ask {
    ($inbox:expr, $query:expr, $answer:pat => $value:expr) => {{
        match $inbox.ask(&$query)? {
            $answer => Ok($value),
            other => Err(Failure::Broken(format!("this is a bug in inboxdb, please report it: {other:?}"))),
        }
    }};
}

impl<'s> Inbox<'s> {
    /// A workspace of an open store.
    pub(crate) fn here(engine: &'s Engine, workspace: Workspace) -> Self {
        Self { id: workspace.id(), place: Place::Here(engine, workspace) }
    }

    /// A workspace behind a server.
    pub(crate) fn there(remote: &'s Remote, id: WorkspaceId) -> Self {
        Self { id, place: Place::There(remote) }
    }

    /// Answers a query.
    pub(crate) fn ask(&self, query: &Query) -> Result<Answer, Failure> {
        match &self.place {
            Place::Here(engine, _) => Ok(engine.query(query)?),
            Place::There(remote) => remote.ask(query),
        }
    }

    pub(crate) fn id(&self) -> WorkspaceId {
        self.id
    }

    /// The time that the workspace has reached. A server's goes with the wall clock.
    pub(crate) fn clock(&self) -> Timestamp {
        match &self.place {
            Place::Here(_, workspace) => workspace.clock(),
            Place::There(_) => Timestamp::now(),
        }
    }

    /// The snoozed chats whose snooze has ended by then. A server ends them by itself.
    pub(crate) fn overdue(&self, now: Timestamp) -> Result<Vec<ChatId>, Failure> {
        match &self.place {
            Place::Here(_, workspace) => Ok(workspace.overdue(now)?),
            Place::There(_) => Ok(Vec::new()),
        }
    }

    pub(crate) fn count(&self, view: &Filter) -> Result<u64, Failure> {
        ask!(self, Query::count(self.id, view.clone()), Answer::Count { count, .. } => count)
    }

    pub(crate) fn list(&self, view: &Filter, before: Option<Cursor>, limit: usize) -> Result<ChatPage, Failure> {
        let query = Query::list(self.id, view.clone()).limit(limit as u64);
        ask!(self, before_of(query, before), Answer::List(page) => page)
    }

    pub(crate) fn chat(&self, chat: ChatId) -> Result<Chat, Failure> {
        ask!(self, Query::show(self.id, chat), Answer::Show(chat) => *chat)
    }

    /// Up to 1,000 chats; `None` for one that does not exist.
    pub(crate) fn chats(&self, chats: &[ChatId]) -> Result<Vec<Option<Chat>>, Failure> {
        ask!(self, Query::chats(self.id, chats.iter().copied()), Answer::Chats { chats, .. } => chats)
    }

    pub(crate) fn messages(
        &self,
        chat: ChatId,
        visibility: Option<Visibility>,
        limit: usize,
    ) -> Result<MessagePage, Failure> {
        let query = Query::messages(self.id, chat).limit(limit as u64);
        let query = match visibility {
            Some(visibility) => query.visibility(visibility),
            None => query,
        };
        ask!(self, query, Answer::Messages(page) => page)
    }

    pub(crate) fn sidebar(&self, manager: ManagerId) -> Result<Sidebar, Failure> {
        ask!(self, Query::sidebar(self.id, manager), Answer::Sidebar(sidebar) => *sidebar)
    }

    pub(crate) fn managers(&self) -> Result<Vec<Manager>, Failure> {
        ask!(self, Query::managers(self.id), Answer::Managers { managers, .. } => managers)
    }

    /// Also those who left.
    pub(crate) fn all_managers(&self) -> Result<Vec<Manager>, Failure> {
        ask!(self, Query::all_managers(self.id), Answer::Managers { managers, .. } => managers)
    }

    pub(crate) fn customer(&self, customer: CustomerId) -> Result<Customer, Failure> {
        ask!(self, Query::customer(self.id, customer), Answer::Customer(customer) => customer)
    }

    pub(crate) fn profile_fields(&self) -> Result<Vec<ProfileField>, Failure> {
        ask!(self, Query::profile_fields(self.id), Answer::ProfileFields { fields, .. } => fields)
    }

    pub(crate) fn events(
        &self,
        customer: CustomerId,
        before: Option<Cursor>,
        limit: usize,
    ) -> Result<EventPage, Failure> {
        let query = Query::events(self.id, customer).limit(limit as u64);
        ask!(self, before_of(query, before), Answer::Events(page) => page)
    }

    pub(crate) fn recommend(&self, chat: ChatId, limit: usize) -> Result<Vec<Recommendation>, Failure> {
        let query = Query::recommend(self.id, chat).limit(limit as u64);
        ask!(self, query, Answer::Recommend { managers, .. } => managers)
    }

    pub(crate) fn notifications(
        &self,
        manager: ManagerId,
        since: u64,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<NotificationPage, Failure> {
        let query = Query::notifications(self.id, manager).since(since).limit(limit as u64);
        let query = match after {
            Some(after) => query.after(after),
            None => query,
        };
        ask!(self, query, Answer::Notifications(page) => page)
    }
}

fn before_of(query: Query, before: Option<Cursor>) -> Query {
    match before {
        Some(before) => query.before(before),
        None => query,
    }
}
