//! Metadata of commands: one row per command.
//!
//! The rows decide who may run a command, which records are loaded before it is planned, and whether a nearly full
//! disk still accepts it. The match is exhaustive, so a new command does not compile until it has a row.

use super::{Action, Command, Selection};
use crate::model::{ChatId, CustomerId, ManagerId, MessageId, Visibility};

/// The metadata of one command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'c> {
    pub(crate) subject: Subject<'c>,
    pub(crate) permission: Permission,
    pub(crate) chats: ChatsRead<'c>,
    pub(crate) external: Option<External<'c>>,
    /// The message that the command is about, in the chat that is its subject.
    pub(crate) message: Option<MessageId>,
    /// Whether it frees disk space. Such a command is still accepted when the disk is nearly full.
    pub(crate) frees_room: bool,
}

/// What a command acts on. Chats, customers and selections are loaded before the command is planned. Managers and tags
/// are always in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject<'c> {
    Workspace,
    Manager(ManagerId),
    Customer(CustomerId),
    Tag(&'c str),
    Chat(ChatId),
    Selection(&'c Selection),
}

/// The chats whose records are read to plan a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChatsRead<'c> {
    None,
    One(ChatId),
    OfCustomer(CustomerId),
    Selected(&'c Selection),
}

/// The external id that a command looks up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum External<'c> {
    Manager(&'c str),
    Customer(&'c str),
    Chat(&'c str),
    Message(ChatId, &'c str),
}

/// Who may run a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Permission {
    pub(crate) system: bool,
    pub(crate) managers: Managers,
    pub(crate) customers: Customers,
}

/// Which managers may run a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Managers {
    All,
    Owners,
    /// Owners, and this manager for themselves.
    OwnersOr(ManagerId),
    /// The manager who wrote this message.
    Author(ChatId, MessageId),
    /// Owners, and the manager who wrote this message.
    OwnersOrAuthor(ChatId, MessageId),
    None {
        reason: &'static str,
    },
}

/// Which customers may run a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Customers {
    None,
    All,
    /// This customer, for themselves.
    Only(CustomerId),
    /// The customer of this chat.
    OfChat(ChatId),
}

/// The system and all managers.
const STAFF: Permission = Permission { system: true, managers: Managers::All, customers: Customers::None };
/// The system and the owners.
const OWNERS: Permission = Permission { managers: Managers::Owners, ..STAFF };
/// All managers, for themselves only.
const FOR_THEMSELVES: Permission = Permission { system: false, ..STAFF };

impl Permission {
    /// Allows the system, the owners, and one manager for themselves.
    fn owners_or(manager: ManagerId) -> Self {
        Self { managers: Managers::OwnersOr(manager), ..STAFF }
    }

    /// Allows only the system.
    fn system_only(reason: &'static str) -> Self {
        Self { managers: Managers::None { reason }, ..STAFF }
    }

    /// The same as for one chat, but never for a customer.
    fn of_bulk(action: &Action) -> Self {
        action.on(ChatId(0)).about().permission.or_customers(Customers::None)
    }

    /// Allows every actor. The commands of the batch have permissions of their own.
    fn of_batch() -> Self {
        Self { customers: Customers::All, ..STAFF }
    }

    fn or_customers(self, customers: Customers) -> Self {
        Self { customers, ..self }
    }
}

impl<'c> About<'c> {
    fn new(subject: Subject<'c>, permission: Permission) -> Self {
        let chats = match subject {
            Subject::Chat(chat) => ChatsRead::One(chat),
            Subject::Selection(selection) => ChatsRead::Selected(selection),
            Subject::Workspace | Subject::Manager(_) | Subject::Customer(_) | Subject::Tag(_) => ChatsRead::None,
        };
        Self { subject, permission, chats, external: None, message: None, frees_room: false }
    }

    fn reading(self, chats: ChatsRead<'c>) -> Self {
        Self { chats, ..self }
    }

    fn looking_up(self, external: Option<External<'c>>) -> Self {
        Self { external, ..self }
    }

    fn about_message(self, message: MessageId) -> Self {
        Self { message: Some(message), ..self }
    }

    fn freeing_room(self) -> Self {
        Self { frees_room: true, ..self }
    }
}

impl Command {
    /// Whether it frees disk space, so that it is still accepted when the disk is nearly full.
    pub(crate) fn frees_room(&self) -> bool {
        match self {
            Command::All(steps) => steps.iter().all(|step| step.command.frees_room()),
            command => command.about().frees_room,
        }
    }

    /// Whether the command creates, moves, merges or deletes tags.
    pub(crate) fn edits_tags(&self) -> bool {
        match self {
            Command::All(steps) => steps.iter().any(|step| step.command.edits_tags()),
            Command::CreateTag { .. } | Command::DeleteTag { .. } => true,
            command => matches!(command, Command::MoveTag { .. } | Command::MergeTag { .. }),
        }
    }

    /// Returns the metadata of the command.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Command::PutManager { manager, external, .. } => {
                let about = About::new(manager.map_or(Subject::Workspace, Subject::Manager), OWNERS);
                about.looking_up(external.as_deref().map(External::Manager))
            }
            Command::RemoveManager { manager } => About::new(Subject::Manager(*manager), OWNERS).freeing_room(),
            Command::SetOperator { manager, .. }
            | Command::SetOnline { manager, .. }
            | Command::SetCapacity { manager, .. } => {
                About::new(Subject::Manager(*manager), Permission::owners_or(*manager))
            }
            Command::PutCustomer { customer, external, .. } => {
                let about = About::new(customer.map_or(Subject::Workspace, Subject::Customer), STAFF);
                about.looking_up(external.as_deref().map(External::Customer))
            }
            Command::DeleteCustomer { customer } => {
                let about = About::new(Subject::Customer(*customer), OWNERS);
                about.reading(ChatsRead::OfCustomer(*customer)).freeing_room()
            }
            Command::TrackEvent { customer, .. } => {
                About::new(Subject::Customer(*customer), STAFF.or_customers(Customers::Only(*customer)))
            }
            Command::StartChat { customer, external } => {
                let about = About::new(Subject::Customer(*customer), STAFF.or_customers(Customers::Only(*customer)));
                about.looking_up(external.as_deref().map(External::Chat))
            }
            Command::SetProfileFields { .. } => About::new(Subject::Workspace, STAFF),
            Command::CreateTag { path }
            | Command::MoveTag { path, .. }
            | Command::FollowTag { path, .. }
            | Command::UnfollowTag { path, .. } => About::new(Subject::Tag(path), STAFF),
            Command::DeleteTag { path } => About::new(Subject::Tag(path), STAFF).freeing_room(),
            Command::MergeTag { path, .. } => About::new(Subject::Tag(path), STAFF).freeing_room(),
            Command::SendMessage { chat, visibility, external, .. } => {
                let permission = match visibility {
                    Visibility::Public => STAFF.or_customers(Customers::OfChat(*chat)),
                    Visibility::Internal => STAFF,
                };
                let external = external.as_deref().map(|external| External::Message(*chat, external));
                About::new(Subject::Chat(*chat), permission).looking_up(external)
            }
            Command::EditMessage { chat, message, .. } => {
                let permission = Permission { managers: Managers::Author(*chat, *message), ..STAFF };
                About::new(Subject::Chat(*chat), permission).about_message(*message)
            }
            Command::RedactMessage { chat, message } => {
                let permission = Permission { managers: Managers::OwnersOrAuthor(*chat, *message), ..STAFF };
                About::new(Subject::Chat(*chat), permission).about_message(*message).freeing_room()
            }
            Command::Assign { chat, .. }
            | Command::AssignRecommended { chat, .. }
            | Command::Unassign { chat }
            | Command::Follow { chat, .. }
            | Command::Unfollow { chat, .. }
            | Command::Tag { chat, .. }
            | Command::Untag { chat, .. }
            | Command::Open { chat }
            | Command::Snooze { chat, .. }
            | Command::Close { chat }
            | Command::SetDescription { chat, .. }
            | Command::SetAttribute { chat, .. } => About::new(Subject::Chat(*chat), STAFF),
            Command::Leave { chat }
            | Command::MarkRead { chat, .. }
            | Command::MarkUnread { chat }
            | Command::Favorite { chat }
            | Command::Unfavorite { chat } => About::new(Subject::Chat(*chat), FOR_THEMSELVES),
            Command::DeleteChat { chat } => About::new(Subject::Chat(*chat), OWNERS).freeing_room(),
            Command::DeleteWorkspace => {
                let permission = Permission::system_only("only the system deletes a workspace");
                About::new(Subject::Workspace, permission).freeing_room()
            }
            Command::Bulk { select, action } => About::new(Subject::Selection(select), Permission::of_bulk(action)),
            Command::Tick => About::new(Subject::Workspace, Permission::system_only("only the system lets time pass")),
            Command::SetClock { .. } => {
                About::new(Subject::Workspace, Permission::system_only("only the system sets the clock"))
            }
            // Each command of a batch is judged by its own row.
            Command::All(_) => About::new(Subject::Workspace, Permission::of_batch()),
        }
    }
}
