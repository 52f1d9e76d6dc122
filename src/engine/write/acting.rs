//! Commands of one actor, as methods.

use std::sync::Arc;

use super::execute::execute;
use crate::command::{
    Action, BulkReport, Command, CustomerUpdate, Envelope, NewEvent, NewMessage, Outcome, Reply, Selection,
};
use crate::engine::Shared;
use crate::error::Error;
use crate::model::{Actor, ChatId, CustomerId, ManagerId, MessageId, ProfileField, Role, Timestamp, WorkspaceId};

/// The host itself as an actor. It may send every command except those that managers send for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct System;

impl From<System> for Actor {
    fn from(_: System) -> Self {
        Self::System
    }
}

/// The actors that may work on any chat: [`System`] and [`ManagerId`].
pub trait Staff: Into<Actor> + Copy + sealed::Sealed {}

impl Staff for System {}
impl Staff for ManagerId {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::System {}
    impl Sealed for super::ManagerId {}
}

/// A workspace together with the actor of its commands. Each method sends one command, dates it by the wall clock, and
/// returns when it is durable.
///
/// Comes from [`Workspace::as_system`](crate::Workspace::as_system), [`as_manager`](crate::Workspace::as_manager) and
/// [`as_customer`](crate::Workspace::as_customer). It owns what it needs,
/// so it can be kept, cloned and moved into another thread or task.
///
/// All methods fail as [`Engine::execute`](crate::Engine::execute) does: [`Error::Refused`] if a rule forbids the
/// command, [`Error::Unavailable`] if the engine takes no writes, and [`Error::Closed`].
///
/// ```
/// use inboxdb::{Engine, NewMessage, Role, View};
///
/// let engine = Engine::temporary()?;
/// let inbox = engine.workspace(1)?;
/// inbox.as_system().put_manager(7, "Ada", Role::Owner)?;
/// inbox.as_system().put_customer(5, "Grace")?;
///
/// let grace = inbox.as_customer(5);
/// let chat = grace.start_chat()?;
/// grace.send_message(chat, "Where is my parcel?")?;
///
/// let ada = inbox.as_manager(7);
/// ada.assign(chat)?;
/// ada.send_message(chat, NewMessage::internal("It is in Lyon."))?;
/// assert_eq!(inbox.count(&View::assigned(7).open().into())?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Acting<A> {
    shared: Arc<Shared>,
    workspace: WorkspaceId,
    actor: A,
    at: Option<Timestamp>,
}

impl<A: std::fmt::Debug> std::fmt::Debug for Acting<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { shared: _, workspace, actor, at } = self;
        f.debug_struct("Acting").field("workspace", workspace).field("actor", actor).field("at", at).finish()
    }
}

/// For every actor.
impl<A: Into<Actor> + Copy> Acting<A> {
    pub(in crate::engine) fn new(shared: Arc<Shared>, workspace: WorkspaceId, actor: A) -> Self {
        Self { shared, workspace, actor, at: None }
    }

    /// Dates all further commands with this moment instead of the wall clock. For tests, and for replaying a history.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// let inbox = engine.workspace(1)?;
    /// let system = inbox.as_system().at(1_582_652_374_000);
    /// system.put_customer(5, "Grace")?;
    /// assert_eq!(inbox.clock(), 1_582_652_374_000.into());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn at(self, moment: impl Into<Timestamp>) -> Self {
        Self { at: Some(moment.into()), ..self }
    }

    /// Sends any command, for those without a method here.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn execute(&self, command: Command) -> Result<Outcome, Error> {
        let at = self.at.unwrap_or_else(Timestamp::now);
        execute(&self.shared.writer, &Envelope::new(self.workspace, at, self.actor, command), &mut |_| {})
    }

    fn done(&self, command: Command) -> Result<(), Error> {
        self.execute(command).map(drop)
    }

    fn answer<T>(&self, command: Command, read: impl FnOnce(&Reply) -> Option<T>) -> Result<T, Error> {
        let outcome = self.execute(command)?;
        read(&outcome.reply).ok_or_else(|| Error::Unavailable("the answer is one of another command".to_owned().into()))
    }

    /// Adds a message to a chat and returns its number. A text alone is a public message. Customers may write public
    /// messages in their own chats only.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn send_message(&self, chat: impl Into<ChatId>, message: impl Into<NewMessage>) -> Result<MessageId, Error> {
        self.answer(Command::send_message(chat, message), Reply::message)
    }
}

/// For customers.
impl Acting<CustomerId> {
    /// Starts a chat and returns its id.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn start_chat(&self) -> Result<ChatId, Error> {
        self.answer(Command::start_chat(self.actor), Reply::chat)
    }

    /// Records what the customer did on the site. A text is the event's name.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn track_event(&self, event: impl Into<NewEvent>) -> Result<(), Error> {
        self.done(Command::track_event(self.actor, event))
    }
}

/// For managers, about themselves.
impl Acting<ManagerId> {
    /// Makes this manager the assignee.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn assign(&self, chat: impl Into<ChatId>) -> Result<(), Error> {
        self.assign_to(chat, self.actor)
    }

    /// Makes this manager a follower of a chat.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn follow(&self, chat: impl Into<ChatId>) -> Result<(), Error> {
        self.done(Command::follow(chat, [self.actor]))
    }

    /// Takes this manager out of a chat, as assignee and as follower.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn leave(&self, chat: impl Into<ChatId>) -> Result<(), Error> {
        self.done(Command::leave(chat))
    }

    /// Marks all messages of a chat as read by this manager.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn mark_read(&self, chat: impl Into<ChatId>) -> Result<(), Error> {
        self.done(Command::mark_read(chat))
    }

    /// Makes a chat a favorite of this manager.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn favorite(&self, chat: impl Into<ChatId>) -> Result<(), Error> {
        self.done(Command::favorite(chat))
    }

    /// Removes a chat from this manager's favorites.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn unfavorite(&self, chat: impl Into<ChatId>) -> Result<(), Error> {
        self.done(Command::unfavorite(chat))
    }

    /// Sets whether this manager is online. Only online managers are recommended for chats.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn set_online(&self, on: bool) -> Result<(), Error> {
        self.done(Command::set_online(self.actor, on))
    }
}

/// For the host and managers: chats.
impl<A: Staff> Acting<A> {
    /// Starts a chat for a customer and returns its id.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn start_chat_for(&self, customer: impl Into<CustomerId>) -> Result<ChatId, Error> {
        self.answer(Command::start_chat(customer), Reply::chat)
    }

    /// Makes a manager the assignee.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn assign_to(&self, chat: impl Into<ChatId>, manager: impl Into<ManagerId>) -> Result<(), Error> {
        self.done(Command::assign(chat, manager))
    }

    /// Makes the manager who is recommended first the assignee, and returns their id.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn assign_recommended(&self, chat: impl Into<ChatId>) -> Result<ManagerId, Error> {
        self.answer(Command::assign_recommended(chat), Reply::manager)
    }

    /// Removes the assignee.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn unassign(&self, chat: impl Into<ChatId>) -> Result<(), Error> {
        self.done(Command::unassign(chat))
    }

    /// Adds tags by their paths. The tags must exist.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn tag<P: Into<String>>(
        &self,
        chat: impl Into<ChatId>,
        tags: impl IntoIterator<Item = P>,
    ) -> Result<(), Error> {
        self.done(Command::tag(chat, tags))
    }

    /// Removes tags by their paths.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn untag<P: Into<String>>(
        &self,
        chat: impl Into<ChatId>,
        tags: impl IntoIterator<Item = P>,
    ) -> Result<(), Error> {
        self.done(Command::untag(chat, tags))
    }

    /// Opens a chat.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn open(&self, chat: impl Into<ChatId>) -> Result<(), Error> {
        self.done(Command::open(chat))
    }

    /// Snoozes a chat. It reopens by itself at `until`, which must be in the future.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn snooze(&self, chat: impl Into<ChatId>, until: impl Into<Timestamp>) -> Result<(), Error> {
        self.done(Command::snooze(chat, until))
    }

    /// Closes a chat.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn close(&self, chat: impl Into<ChatId>) -> Result<(), Error> {
        self.done(Command::close(chat))
    }

    /// Sets an attribute of a chat.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn set_attribute(
        &self,
        chat: impl Into<ChatId>,
        key: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<(), Error> {
        self.done(Command::set_attribute(chat, key, value))
    }

    /// Does one action on many chats. Use
    /// [`Engine::execute_watched`](crate::Engine::execute_watched) to see its progress.
    ///
    /// # Errors
    ///
    /// As all methods. Chats that refuse the action are listed in the report.
    pub fn bulk(&self, select: impl Into<Selection>, action: Action) -> Result<BulkReport, Error> {
        self.answer(Command::bulk(select, action), |reply| reply.bulk().cloned())
    }
}

/// For the host and managers: people and tags. Managers must be owners to add managers.
impl<A: Staff> Acting<A> {
    /// Creates or updates a manager.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn put_manager(&self, manager: impl Into<ManagerId>, name: impl Into<String>, role: Role) -> Result<(), Error> {
        self.done(Command::put_manager(manager, name, role))
    }

    /// Creates or updates a customer. A text alone is their name.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn put_customer(
        &self,
        customer: impl Into<CustomerId>,
        update: impl Into<CustomerUpdate>,
    ) -> Result<(), Error> {
        self.done(Command::put_customer(customer, update))
    }

    /// Sets the profile fields of the workspace's customers.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn set_profile_fields(&self, fields: impl IntoIterator<Item = ProfileField>) -> Result<(), Error> {
        self.done(Command::set_profile_fields(fields))
    }

    /// Creates a tag, and its missing parents.
    ///
    /// # Errors
    ///
    /// As all methods.
    pub fn create_tag(&self, path: impl Into<String>) -> Result<(), Error> {
        self.done(Command::create_tag(path))
    }
}
