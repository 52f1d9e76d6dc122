//! Constructors of queries. They take ids as numbers, too.

use super::{Cursor, Find, ListOrder, Query, Wanted};
use crate::model::{ChatId, CustomerId, ManagerId, MessageId, Visibility, WorkspaceId};
use crate::view::Filter;

/// ```
/// use inboxdb::{Query, View};
///
/// let first = Query::list(1, View::tag("billing").open()).limit(20);
/// let public = Query::messages(1, 7).visibility(inboxdb::Visibility::Public);
/// # let _ = (first, public);
/// ```
impl Query {
    /// [`Query::Count`]: counts the chats in a view or filter.
    pub fn count(workspace: impl Into<WorkspaceId>, view: impl Into<Filter>) -> Self {
        Self::Count { workspace: workspace.into(), view: view.into() }
    }

    /// [`Query::Workspaces`]: lists the workspaces in use.
    pub fn workspaces() -> Self {
        Self::Workspaces {}
    }

    /// [`Query::List`]: lists the chats in a view or filter, newest activity first.
    pub fn list(workspace: impl Into<WorkspaceId>, view: impl Into<Filter>) -> Self {
        let (workspace, view) = (workspace.into(), view.into());
        Self::List { workspace, view, limit: None, before: None, order: None, ids: None }
    }

    /// [`Query::Show`]: gets a chat.
    pub fn show(workspace: impl Into<WorkspaceId>, chat: impl Into<ChatId>) -> Self {
        Self::Show { workspace: workspace.into(), chat: chat.into() }
    }

    /// [`Query::Chats`]: gets up to 1,000 chats.
    pub fn chats<C: Into<ChatId>>(workspace: impl Into<WorkspaceId>, chats: impl IntoIterator<Item = C>) -> Self {
        Self::Chats { workspace: workspace.into(), chats: chats.into_iter().map(Into::into).collect() }
    }

    /// [`Query::Message`]: gets a message.
    pub fn message(workspace: impl Into<WorkspaceId>, chat: impl Into<ChatId>, message: impl Into<MessageId>) -> Self {
        Self::Message { workspace: workspace.into(), chat: chat.into(), message: message.into() }
    }

    /// [`Query::Messages`]: lists the messages of a chat, newest first.
    pub fn messages(workspace: impl Into<WorkspaceId>, chat: impl Into<ChatId>) -> Self {
        let (workspace, chat) = (workspace.into(), chat.into());
        Self::Messages { workspace, chat, visibility: None, limit: None, before: None }
    }

    /// [`Query::Files`]: lists the files attached to the messages of a chat, newest message first.
    pub fn files(workspace: impl Into<WorkspaceId>, chat: impl Into<ChatId>) -> Self {
        let (workspace, chat) = (workspace.into(), chat.into());
        Self::Files { workspace, chat, visibility: None, limit: None, before: None }
    }

    /// [`Query::Links`]: lists the links in the messages of a chat, newest message first.
    pub fn links(workspace: impl Into<WorkspaceId>, chat: impl Into<ChatId>) -> Self {
        let (workspace, chat) = (workspace.into(), chat.into());
        Self::Links { workspace, chat, visibility: None, limit: None, before: None }
    }

    /// [`Query::Managers`]: lists all managers.
    pub fn managers(workspace: impl Into<WorkspaceId>) -> Self {
        Self::Managers { workspace: workspace.into(), removed: None }
    }

    /// [`Query::Managers`]: lists all managers, also those who left.
    pub fn all_managers(workspace: impl Into<WorkspaceId>) -> Self {
        Self::Managers { workspace: workspace.into(), removed: Some(true) }
    }

    /// [`Query::Find`]: finds what has an external id.
    pub fn find(workspace: impl Into<WorkspaceId>, wanted: Wanted) -> Self {
        Self::Find(Find { workspace: workspace.into(), wanted })
    }

    /// [`Query::Digest`]: gets the digest of a workspace.
    pub fn digest(workspace: impl Into<WorkspaceId>) -> Self {
        Self::Digest { workspace: workspace.into() }
    }

    /// [`Query::Manager`]: gets a manager.
    pub fn manager(workspace: impl Into<WorkspaceId>, manager: impl Into<ManagerId>) -> Self {
        Self::Manager { workspace: workspace.into(), manager: manager.into() }
    }

    /// [`Query::Tags`]: lists all tags.
    pub fn tags(workspace: impl Into<WorkspaceId>) -> Self {
        Self::Tags { workspace: workspace.into() }
    }

    /// [`Query::Customer`]: gets a customer.
    pub fn customer(workspace: impl Into<WorkspaceId>, customer: impl Into<CustomerId>) -> Self {
        Self::Customer { workspace: workspace.into(), customer: customer.into() }
    }

    /// [`Query::Customers`]: lists the customers, by id.
    pub fn customers(workspace: impl Into<WorkspaceId>) -> Self {
        Self::Customers { workspace: workspace.into(), limit: None, after: None }
    }

    /// [`Query::Events`]: lists the events of a customer, newest first.
    pub fn events(workspace: impl Into<WorkspaceId>, customer: impl Into<CustomerId>) -> Self {
        Self::Events { workspace: workspace.into(), customer: customer.into(), limit: None, before: None }
    }

    /// [`Query::EventsBeforeChat`]: lists the events of a chat's customer before the chat, newest first.
    pub fn events_before_chat(workspace: impl Into<WorkspaceId>, chat: impl Into<ChatId>) -> Self {
        Self::EventsBeforeChat { workspace: workspace.into(), chat: chat.into(), limit: None, before: None }
    }

    /// [`Query::EarlierChats`]: lists the earlier chats of a chat's customer, newest first.
    pub fn earlier_chats(workspace: impl Into<WorkspaceId>, chat: impl Into<ChatId>) -> Self {
        Self::EarlierChats { workspace: workspace.into(), chat: chat.into(), limit: None, before: None }
    }

    /// [`Query::ProfileFields`]: lists the profile fields.
    pub fn profile_fields(workspace: impl Into<WorkspaceId>) -> Self {
        Self::ProfileFields { workspace: workspace.into() }
    }

    /// [`Query::Recommend`]: ranks the managers for a chat, best first.
    pub fn recommend(workspace: impl Into<WorkspaceId>, chat: impl Into<ChatId>) -> Self {
        Self::Recommend { workspace: workspace.into(), chat: chat.into(), limit: None }
    }

    /// [`Query::Notifications`]: lists the notifications of a manager, oldest first.
    pub fn notifications(workspace: impl Into<WorkspaceId>, manager: impl Into<ManagerId>) -> Self {
        let (workspace, manager) = (workspace.into(), manager.into());
        Self::Notifications { workspace, manager, since: None, limit: None, after: None }
    }

    /// [`Query::Bulks`]: lists the bulk actions in progress.
    pub fn bulks(workspace: impl Into<WorkspaceId>) -> Self {
        Self::Bulks { workspace: workspace.into() }
    }

    /// [`Query::Indexes`]: lists the custom indexes and their build progress.
    pub fn indexes(workspace: impl Into<WorkspaceId>) -> Self {
        Self::Indexes { workspace: workspace.into() }
    }

    /// [`Query::Sidebar`]: gets all counts of a manager's inbox.
    pub fn sidebar(workspace: impl Into<WorkspaceId>, manager: impl Into<ManagerId>) -> Self {
        Self::Sidebar { workspace: workspace.into(), manager: manager.into() }
    }

    /// Returns the workspace that the query is about, or `None` for one about the whole store.
    ///
    /// ```
    /// use inboxdb::{Query, View};
    ///
    /// assert_eq!(Query::count(1, View::all()).workspace(), Some(1.into()));
    /// assert_eq!(Query::workspaces().workspace(), None);
    /// ```
    pub fn workspace(&self) -> Option<WorkspaceId> {
        match self {
            Query::Workspaces {} => None,
            Query::Find(Find { workspace, .. })
            | Query::Count { workspace, .. }
            | Query::List { workspace, .. }
            | Query::Show { workspace, .. }
            | Query::Chats { workspace, .. }
            | Query::Message { workspace, .. }
            | Query::Messages { workspace, .. }
            | Query::Files { workspace, .. }
            | Query::Links { workspace, .. }
            | Query::Managers { workspace, .. }
            | Query::Digest { workspace }
            | Query::Manager { workspace, .. }
            | Query::Tags { workspace }
            | Query::Customer { workspace, .. }
            | Query::Customers { workspace, .. }
            | Query::Events { workspace, .. }
            | Query::EventsBeforeChat { workspace, .. }
            | Query::EarlierChats { workspace, .. }
            | Query::ProfileFields { workspace }
            | Query::Recommend { workspace, .. }
            | Query::Notifications { workspace, .. }
            | Query::Bulks { workspace }
            | Query::Indexes { workspace }
            | Query::Sidebar { workspace, .. } => Some(*workspace),
        }
    }

    /// Sets the page size: 1 to 1,000 entries. Has no effect on queries without pages.
    #[must_use]
    pub fn limit(mut self, limit: u64) -> Self {
        match &mut self {
            Query::List { limit: field, .. }
            | Query::Messages { limit: field, .. }
            | Query::Files { limit: field, .. }
            | Query::Links { limit: field, .. }
            | Query::Customers { limit: field, .. }
            | Query::Events { limit: field, .. }
            | Query::EventsBeforeChat { limit: field, .. }
            | Query::EarlierChats { limit: field, .. }
            | Query::Recommend { limit: field, .. }
            | Query::Notifications { limit: field, .. } => *field = Some(limit),
            _ => {}
        }
        self
    }

    /// Continues after a page, given its `next`. For lists of chats, and pages with the newest first; has no effect on
    /// other queries.
    #[must_use]
    pub fn before(mut self, cursor: Cursor) -> Self {
        match &mut self {
            Query::List { before: field, .. }
            | Query::Messages { before: field, .. }
            | Query::Files { before: field, .. }
            | Query::Links { before: field, .. }
            | Query::Events { before: field, .. }
            | Query::EventsBeforeChat { before: field, .. }
            | Query::EarlierChats { before: field, .. } => *field = Some(cursor.to_string()),
            _ => {}
        }
        self
    }

    /// Continues after a page, given its `next`. For notifications, which come oldest first, and customers; has no effect
    /// on other queries.
    #[must_use]
    pub fn after(mut self, cursor: Cursor) -> Self {
        if let Query::Notifications { after, .. } | Query::Customers { after, .. } = &mut self {
            *after = Some(cursor.to_string());
        }
        self
    }

    /// Lists the chats with the oldest activity first. Has no effect on other queries.
    #[must_use]
    pub fn oldest_first(mut self) -> Self {
        if let Query::List { order, .. } = &mut self {
            *order = Some(ListOrder::Oldest);
        }
        self
    }

    /// Lists only the ids of chats. Has no effect on other queries.
    #[must_use]
    pub fn ids(mut self) -> Self {
        if let Query::List { ids, .. } = &mut self {
            *ids = Some(true);
        }
        self
    }

    /// Restricts messages, files or links to one visibility. Has no effect on other queries.
    #[must_use]
    pub fn visibility(mut self, visibility: Visibility) -> Self {
        if let Query::Messages { visibility: field, .. }
        | Query::Files { visibility: field, .. }
        | Query::Links { visibility: field, .. } = &mut self
        {
            *field = Some(visibility);
        }
        self
    }

    /// Restricts notifications to changes after this sequence number. Has no effect on other queries.
    #[must_use]
    pub fn since(mut self, seq: u64) -> Self {
        if let Query::Notifications { since, .. } = &mut self {
            *since = Some(seq);
        }
        self
    }
}
