//! Constructors of commands and actions. They take ids as numbers, too.

use super::{Action, Command, CustomerUpdate, NewEvent, NewMessage, Selection};
use crate::model::{ChatId, CustomerId, ManagerId, MessageId, ProfileField, Role, Timestamp};
use crate::view::{Filter, View};

fn managers<M: Into<ManagerId>>(managers: impl IntoIterator<Item = M>) -> Vec<ManagerId> {
    managers.into_iter().map(Into::into).collect()
}

fn paths<P: Into<String>>(paths: impl IntoIterator<Item = P>) -> Vec<String> {
    paths.into_iter().map(Into::into).collect()
}

/// People.
impl Command {
    /// [`Command::PutManager`]: creates or updates a manager.
    pub fn put_manager(manager: impl Into<ManagerId>, name: impl Into<String>, role: Role) -> Self {
        Self::PutManager { manager: Some(manager.into()), external: None, name: name.into(), role }
    }

    /// [`Command::PutManager`]: creates or updates the manager with an external id. The reply is their number.
    pub fn put_external_manager(external: impl Into<String>, name: impl Into<String>, role: Role) -> Self {
        Self::PutManager { manager: None, external: Some(external.into()), name: name.into(), role }
    }

    /// [`Command::RemoveManager`]: removes a manager.
    pub fn remove_manager(manager: impl Into<ManagerId>) -> Self {
        Self::RemoveManager { manager: manager.into() }
    }

    /// [`Command::SetOperator`]: turns operator mode on or off.
    pub fn set_operator(manager: impl Into<ManagerId>, on: bool) -> Self {
        Self::SetOperator { manager: manager.into(), on }
    }

    /// [`Command::SetOnline`]: sets whether a manager is online.
    pub fn set_online(manager: impl Into<ManagerId>, on: bool) -> Self {
        Self::SetOnline { manager: manager.into(), on }
    }

    /// [`Command::SetCapacity`]: sets how many open chats a manager can handle. `None` is no limit.
    pub fn set_capacity(manager: impl Into<ManagerId>, capacity: impl Into<Option<u32>>) -> Self {
        Self::SetCapacity { manager: manager.into(), capacity: capacity.into() }
    }

    /// [`Command::PutCustomer`]: creates or updates a customer. A plain string sets the name.
    pub fn put_customer(customer: impl Into<CustomerId>, update: impl Into<CustomerUpdate>) -> Self {
        let CustomerUpdate { name, profile, external } = update.into();
        Self::PutCustomer { customer: Some(customer.into()), external, name, profile }
    }

    /// [`Command::PutCustomer`]: creates or updates the customer with an external id. The reply is their number.
    pub fn put_external_customer(external: impl Into<String>, update: impl Into<CustomerUpdate>) -> Self {
        let CustomerUpdate { name, profile, external: _ } = update.into();
        Self::PutCustomer { customer: None, external: Some(external.into()), name, profile }
    }

    /// [`Command::DeleteCustomer`]: deletes a customer with their chats and events. Cannot be undone.
    pub fn delete_customer(customer: impl Into<CustomerId>) -> Self {
        Self::DeleteCustomer { customer: customer.into() }
    }

    /// [`Command::SetProfileFields`]: sets the profile fields of the workspace.
    pub fn set_profile_fields(fields: impl IntoIterator<Item = ProfileField>) -> Self {
        Self::SetProfileFields { fields: fields.into_iter().collect() }
    }

    /// [`Command::TrackEvent`]: records an event of a customer. A plain string is the event's name.
    pub fn track_event(customer: impl Into<CustomerId>, event: impl Into<NewEvent>) -> Self {
        let NewEvent { name, page, properties } = event.into();
        Self::TrackEvent { customer: customer.into(), name, page, properties }
    }
}

/// The tag tree.
impl Command {
    /// [`Command::CreateTag`]: creates a tag, with missing parents.
    pub fn create_tag(path: impl Into<String>) -> Self {
        Self::CreateTag { path: path.into() }
    }

    /// [`Command::DeleteTag`]: deletes a tag with its descendants.
    pub fn delete_tag(path: impl Into<String>) -> Self {
        Self::DeleteTag { path: path.into() }
    }

    /// [`Command::MoveTag`]: moves or renames a tag with its descendants.
    pub fn move_tag(path: impl Into<String>, to: impl Into<String>) -> Self {
        Self::MoveTag { path: path.into(), to: to.into() }
    }

    /// [`Command::MergeTag`]: merges a tag into another.
    pub fn merge_tag(path: impl Into<String>, into: impl Into<String>) -> Self {
        Self::MergeTag { path: path.into(), into: into.into() }
    }

    /// [`Command::FollowTag`]: makes a manager follow a tag.
    pub fn follow_tag(path: impl Into<String>, manager: impl Into<ManagerId>) -> Self {
        Self::FollowTag { path: path.into(), manager: manager.into() }
    }

    /// [`Command::UnfollowTag`]: makes a manager unfollow a tag.
    pub fn unfollow_tag(path: impl Into<String>, manager: impl Into<ManagerId>) -> Self {
        Self::UnfollowTag { path: path.into(), manager: manager.into() }
    }
}

/// Chats.
impl Command {
    /// [`Command::StartChat`]: starts a chat. The reply is its id.
    pub fn start_chat(customer: impl Into<CustomerId>) -> Self {
        Self::StartChat { customer: customer.into(), external: None }
    }

    /// [`Command::StartChat`]: starts the chat with an external id, unless it exists. The reply is its id.
    pub fn start_external_chat(customer: impl Into<CustomerId>, external: impl Into<String>) -> Self {
        Self::StartChat { customer: customer.into(), external: Some(external.into()) }
    }

    /// [`Command::SendMessage`]: sends a message. The reply is its number. A plain string is a public message.
    pub fn send_message(chat: impl Into<ChatId>, message: impl Into<NewMessage>) -> Self {
        let NewMessage { visibility, text, files, external, quiet } = message.into();
        Self::SendMessage { chat: chat.into(), visibility, text, files, external, quiet }
    }

    /// [`Command::EditMessage`]: replaces the text of a message.
    pub fn edit_message(chat: impl Into<ChatId>, message: impl Into<MessageId>, text: impl Into<String>) -> Self {
        Self::EditMessage { chat: chat.into(), message: message.into(), text: text.into() }
    }

    /// [`Command::RedactMessage`]: takes text and files of a message away. Cannot be undone.
    pub fn redact_message(chat: impl Into<ChatId>, message: impl Into<MessageId>) -> Self {
        Self::RedactMessage { chat: chat.into(), message: message.into() }
    }

    /// [`Command::Assign`]: assigns a chat to a manager.
    pub fn assign(chat: impl Into<ChatId>, manager: impl Into<ManagerId>) -> Self {
        Self::Assign { chat: chat.into(), manager: manager.into() }
    }

    /// [`Command::AssignRecommended`]: assigns a chat to the best recommended manager, who is the reply.
    pub fn assign_recommended(chat: impl Into<ChatId>) -> Self {
        Self::AssignRecommended { chat: chat.into(), online: None }
    }

    /// [`Command::AssignRecommended`]: assigns a chat to the best recommended manager who is online.
    pub fn assign_recommended_online(chat: impl Into<ChatId>) -> Self {
        Self::AssignRecommended { chat: chat.into(), online: Some(true) }
    }

    /// [`Command::Unassign`]: removes the assignee of a chat.
    pub fn unassign(chat: impl Into<ChatId>) -> Self {
        Self::Unassign { chat: chat.into() }
    }

    /// [`Command::Leave`]: removes the acting manager as assignee and follower of a chat.
    pub fn leave(chat: impl Into<ChatId>) -> Self {
        Self::Leave { chat: chat.into() }
    }

    /// [`Command::Follow`]: adds followers.
    pub fn follow<M: Into<ManagerId>>(chat: impl Into<ChatId>, followers: impl IntoIterator<Item = M>) -> Self {
        Self::Follow { chat: chat.into(), managers: managers(followers) }
    }

    /// [`Command::Unfollow`]: removes followers, except the assignee.
    pub fn unfollow<M: Into<ManagerId>>(chat: impl Into<ChatId>, followers: impl IntoIterator<Item = M>) -> Self {
        Self::Unfollow { chat: chat.into(), managers: managers(followers) }
    }

    /// [`Command::Tag`]: adds tags.
    pub fn tag<P: Into<String>>(chat: impl Into<ChatId>, tags: impl IntoIterator<Item = P>) -> Self {
        Self::Tag { chat: chat.into(), tags: paths(tags) }
    }

    /// [`Command::Untag`]: removes tags.
    pub fn untag<P: Into<String>>(chat: impl Into<ChatId>, tags: impl IntoIterator<Item = P>) -> Self {
        Self::Untag { chat: chat.into(), tags: paths(tags) }
    }

    /// [`Command::Open`]: opens a chat.
    pub fn open(chat: impl Into<ChatId>) -> Self {
        Self::Open { chat: chat.into() }
    }

    /// [`Command::Snooze`]: snoozes a chat until a given time.
    pub fn snooze(chat: impl Into<ChatId>, until: impl Into<Timestamp>) -> Self {
        Self::Snooze { chat: chat.into(), until: until.into() }
    }

    /// [`Command::Close`]: closes a chat.
    pub fn close(chat: impl Into<ChatId>) -> Self {
        Self::Close { chat: chat.into() }
    }

    /// [`Command::SetDescription`]: replaces a chat's description.
    pub fn set_description(chat: impl Into<ChatId>, text: impl Into<String>) -> Self {
        Self::SetDescription { chat: chat.into(), text: text.into() }
    }

    /// [`Command::SetAttribute`]: sets an attribute of a chat.
    pub fn set_attribute(chat: impl Into<ChatId>, key: impl Into<String>, value: impl Into<String>) -> Self {
        Self::SetAttribute { chat: chat.into(), key: key.into(), value: Some(value.into()) }
    }

    /// [`Command::SetAttribute`] without a value: removes an attribute of a chat.
    pub fn remove_attribute(chat: impl Into<ChatId>, key: impl Into<String>) -> Self {
        Self::SetAttribute { chat: chat.into(), key: key.into(), value: None }
    }

    /// [`Command::MarkRead`]: marks a chat as read by the acting manager.
    pub fn mark_read(chat: impl Into<ChatId>) -> Self {
        Self::MarkRead { chat: chat.into(), up_to: None }
    }

    /// [`Command::MarkRead`]: marks the messages of a chat up to one as read by the acting manager.
    pub fn mark_read_up_to(chat: impl Into<ChatId>, message: impl Into<MessageId>) -> Self {
        Self::MarkRead { chat: chat.into(), up_to: Some(message.into()) }
    }

    /// [`Command::MarkUnread`]: marks a chat as unread by the acting manager.
    pub fn mark_unread(chat: impl Into<ChatId>) -> Self {
        Self::MarkUnread { chat: chat.into() }
    }

    /// [`Command::Favorite`]: makes a chat a favorite of the acting manager.
    pub fn favorite(chat: impl Into<ChatId>) -> Self {
        Self::Favorite { chat: chat.into() }
    }

    /// [`Command::Unfavorite`]: removes a chat from the favorites of the acting manager.
    pub fn unfavorite(chat: impl Into<ChatId>) -> Self {
        Self::Unfavorite { chat: chat.into() }
    }

    /// [`Command::DeleteChat`]: deletes a chat with its messages. Cannot be undone.
    pub fn delete_chat(chat: impl Into<ChatId>) -> Self {
        Self::DeleteChat { chat: chat.into() }
    }
}

/// Workspaces, and many chats.
impl Command {
    /// [`Command::DeleteWorkspace`]: deletes everything in the workspace. Cannot be undone.
    pub fn delete_workspace() -> Self {
        Self::DeleteWorkspace
    }

    /// [`Command::Bulk`]: applies one action to many chats.
    ///
    /// ```
    /// use inboxdb::{Action, Command, Selection, View};
    ///
    /// let close_all = Command::bulk(View::tag("outage").open(), Action::close());
    /// let close_two = Command::bulk(Selection::chats([3, 5]), Action::close());
    /// # let _ = (close_all, close_two);
    /// ```
    pub fn bulk(select: impl Into<Selection>, action: Action) -> Self {
        Self::Bulk { select: select.into(), action }
    }

    /// [`Command::Tick`]: advances the clock of the workspace and ends the snoozes that are due.
    pub fn tick() -> Self {
        Self::Tick
    }

    /// [`Command::SetClock`]: sets the clock of the workspace, also back.
    pub fn set_clock(at: impl Into<Timestamp>) -> Self {
        Self::SetClock { at: at.into() }
    }
}

impl Selection {
    /// Selects a list of chats, in this order.
    pub fn chats<C: Into<ChatId>>(chats: impl IntoIterator<Item = C>) -> Self {
        Self::Chats(chats.into_iter().map(Into::into).collect())
    }
}

impl From<Filter> for Selection {
    fn from(filter: Filter) -> Self {
        Self::Filter(filter)
    }
}

impl From<View> for Selection {
    fn from(view: View) -> Self {
        Self::Filter(view.into())
    }
}

impl Action {
    /// [`Action::Assign`]: assigns the chats to a manager.
    pub fn assign(manager: impl Into<ManagerId>) -> Self {
        Self::Assign { manager: manager.into() }
    }

    /// [`Action::Unassign`]: removes the assignee.
    pub fn unassign() -> Self {
        Self::Unassign {}
    }

    /// [`Action::Follow`]: adds followers.
    pub fn follow<M: Into<ManagerId>>(followers: impl IntoIterator<Item = M>) -> Self {
        Self::Follow { managers: managers(followers) }
    }

    /// [`Action::Unfollow`]: removes followers, except the assignee.
    pub fn unfollow<M: Into<ManagerId>>(followers: impl IntoIterator<Item = M>) -> Self {
        Self::Unfollow { managers: managers(followers) }
    }

    /// [`Action::Tag`]: adds tags.
    pub fn tag<P: Into<String>>(tags: impl IntoIterator<Item = P>) -> Self {
        Self::Tag { tags: paths(tags) }
    }

    /// [`Action::Untag`]: removes tags.
    pub fn untag<P: Into<String>>(tags: impl IntoIterator<Item = P>) -> Self {
        Self::Untag { tags: paths(tags) }
    }

    /// [`Action::SendMessage`]: sends a message to each chat. A plain string is a public message. A bulk action takes
    /// neither an external id nor a quiet message; they are left out.
    pub fn send_message(message: impl Into<NewMessage>) -> Self {
        let NewMessage { visibility, text, files, external: _, quiet: _ } = message.into();
        Self::SendMessage { visibility, text, files }
    }

    /// [`Action::Open`]: opens the chats.
    pub fn open() -> Self {
        Self::Open {}
    }

    /// [`Action::Snooze`]: snoozes the chats until a given time.
    pub fn snooze(until: impl Into<Timestamp>) -> Self {
        Self::Snooze { until: until.into() }
    }

    /// [`Action::Close`]: closes the chats.
    pub fn close() -> Self {
        Self::Close {}
    }

    /// [`Action::MarkRead`]: marks the chats as read by the acting manager.
    pub fn mark_read() -> Self {
        Self::MarkRead {}
    }

    /// [`Action::Leave`]: removes the acting manager as assignee and follower.
    pub fn leave() -> Self {
        Self::Leave {}
    }
}
