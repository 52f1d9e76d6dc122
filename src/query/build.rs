//! Constructors of questions. Ids may be given as numbers.

use super::{Cursor, Query};
use crate::model::{ChatId, CustomerId, ManagerId, Visibility, WorkspaceId};
use crate::view::Filter;

/// ```
/// use inboxdb::{Query, View};
///
/// let first = Query::list(1, View::tag("billing").open()).limit(20);
/// let public = Query::messages(1, 7).visibility(inboxdb::Visibility::Public);
/// # let _ = (first, public);
/// ```
impl Query {
    /// [`Query::Count`]: how many chats a view or filter holds.
    pub fn count(workspace: impl Into<WorkspaceId>, view: impl Into<Filter>) -> Self {
        Self::Count { workspace: workspace.into(), view: view.into() }
    }

    /// [`Query::List`]: a page of the chats of a view or filter.
    pub fn list(workspace: impl Into<WorkspaceId>, view: impl Into<Filter>) -> Self {
        Self::List { workspace: workspace.into(), view: view.into(), limit: None, before: None }
    }

    /// [`Query::Show`]: one chat.
    pub fn show(workspace: impl Into<WorkspaceId>, chat: impl Into<ChatId>) -> Self {
        Self::Show { workspace: workspace.into(), chat: chat.into() }
    }

    /// [`Query::Messages`]: a page of a chat's messages.
    pub fn messages(workspace: impl Into<WorkspaceId>, chat: impl Into<ChatId>) -> Self {
        let (workspace, chat) = (workspace.into(), chat.into());
        Self::Messages { workspace, chat, visibility: None, limit: None, before: None }
    }

    /// [`Query::Files`]: a page of what the messages of a chat point to.
    pub fn files(workspace: impl Into<WorkspaceId>, chat: impl Into<ChatId>) -> Self {
        let (workspace, chat) = (workspace.into(), chat.into());
        Self::Files { workspace, chat, visibility: None, limit: None, before: None }
    }

    /// [`Query::Links`]: a page of the links in the texts of a chat's messages.
    pub fn links(workspace: impl Into<WorkspaceId>, chat: impl Into<ChatId>) -> Self {
        let (workspace, chat) = (workspace.into(), chat.into());
        Self::Links { workspace, chat, visibility: None, limit: None, before: None }
    }

    /// [`Query::Managers`]: all managers.
    pub fn managers(workspace: impl Into<WorkspaceId>) -> Self {
        Self::Managers { workspace: workspace.into() }
    }

    /// [`Query::Tags`]: all tags.
    pub fn tags(workspace: impl Into<WorkspaceId>) -> Self {
        Self::Tags { workspace: workspace.into() }
    }

    /// [`Query::Customer`]: one customer.
    pub fn customer(workspace: impl Into<WorkspaceId>, customer: impl Into<CustomerId>) -> Self {
        Self::Customer { workspace: workspace.into(), customer: customer.into() }
    }

    /// [`Query::Events`]: a page of what a customer did on the site.
    pub fn events(workspace: impl Into<WorkspaceId>, customer: impl Into<CustomerId>) -> Self {
        Self::Events { workspace: workspace.into(), customer: customer.into(), limit: None, before: None }
    }

    /// [`Query::EventsBeforeChat`]: a page of what the customer of a chat had done when it was started.
    pub fn events_before_chat(workspace: impl Into<WorkspaceId>, chat: impl Into<ChatId>) -> Self {
        Self::EventsBeforeChat { workspace: workspace.into(), chat: chat.into(), limit: None, before: None }
    }

    /// [`Query::EarlierChats`]: a page of the chats that the customer of a chat had before.
    pub fn earlier_chats(workspace: impl Into<WorkspaceId>, chat: impl Into<ChatId>) -> Self {
        Self::EarlierChats { workspace: workspace.into(), chat: chat.into(), limit: None, before: None }
    }

    /// [`Query::ProfileFields`]: the fields that the profiles of customers have.
    pub fn profile_fields(workspace: impl Into<WorkspaceId>) -> Self {
        Self::ProfileFields { workspace: workspace.into() }
    }

    /// [`Query::Recommend`]: the managers who should have a chat.
    pub fn recommend(workspace: impl Into<WorkspaceId>, chat: impl Into<ChatId>) -> Self {
        Self::Recommend { workspace: workspace.into(), chat: chat.into(), limit: None }
    }

    /// [`Query::Notifications`]: a page of what a manager is told.
    pub fn notifications(workspace: impl Into<WorkspaceId>, manager: impl Into<ManagerId>) -> Self {
        let (workspace, manager) = (workspace.into(), manager.into());
        Self::Notifications { workspace, manager, since: None, limit: None, after: None }
    }

    /// [`Query::Bulks`]: the bulk actions under way.
    pub fn bulks(workspace: impl Into<WorkspaceId>) -> Self {
        Self::Bulks { workspace: workspace.into() }
    }

    /// [`Query::Indexes`]: how far the custom indexes are.
    pub fn indexes(workspace: impl Into<WorkspaceId>) -> Self {
        Self::Indexes { workspace: workspace.into() }
    }

    /// [`Query::Sidebar`]: every number that a manager's inbox shows.
    pub fn sidebar(workspace: impl Into<WorkspaceId>, manager: impl Into<ManagerId>) -> Self {
        Self::Sidebar { workspace: workspace.into(), manager: manager.into() }
    }

    /// How many entries a page has: 1 to 1,000. A question without pages stays as it is.
    #[must_use]
    pub fn limit(mut self, limit: u64) -> Self {
        match &mut self {
            Query::List { limit: field, .. }
            | Query::Messages { limit: field, .. }
            | Query::Files { limit: field, .. }
            | Query::Links { limit: field, .. }
            | Query::Events { limit: field, .. }
            | Query::EventsBeforeChat { limit: field, .. }
            | Query::EarlierChats { limit: field, .. }
            | Query::Recommend { limit: field, .. }
            | Query::Notifications { limit: field, .. } => *field = Some(limit),
            _ => {}
        }
        self
    }

    /// Goes on below the page before, given its `next`. Only for pages with the newest first: other questions stay as
    /// they are.
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

    /// Goes on after the page before, given its `next`. Only for notifications, the oldest first: other questions stay
    /// as they are.
    #[must_use]
    pub fn after(mut self, cursor: Cursor) -> Self {
        if let Query::Notifications { after, .. } = &mut self {
            *after = Some(cursor.to_string());
        }
        self
    }

    /// Only messages of one visibility, and what they point to. Other questions stay as they are.
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

    /// Only notifications of changes later than this one. Other questions stay as they are.
    #[must_use]
    pub fn since(mut self, seq: u64) -> Self {
        if let Query::Notifications { since, .. } = &mut self {
            *since = Some(seq);
        }
        self
    }
}
