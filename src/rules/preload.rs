//! What has to be loaded before a command is planned. It depends on the command, its actor and the state.

use roaring::RoaringBitmap;

use super::commands::chats_to_start;
use crate::command::{ChatsRead, Envelope, Selection, Subject};
use crate::index::Posting;
use crate::model::{Actor, ChatId, CustomerId, ManagerId, Status};
use crate::record::{IndexKey, RecordKey};
use crate::rules::PlanInput;
use crate::select::on_demand_keys;
use crate::workspace::State;

/// What the plan of a command reads. Load it in this order, because each step may need the ones before: customers,
/// postings, chats.
#[derive(Debug)]
pub(crate) struct Preload<'e> {
    customers: Vec<CustomerId>,
    chats: ChatsRead<'e>,
}

/// Returns what the plan of a command reads.
pub(crate) fn preload(envelope: &Envelope) -> Preload<'_> {
    let about = envelope.command.about();
    let mut customers = Vec::new();
    if let Actor::Customer(customer) = envelope.actor {
        customers.push(customer);
    }
    match about.subject {
        Subject::Customer(customer) => customers.push(customer),
        Subject::Selection(Selection::Filter(filter)) => customers.extend(filter.customers()),
        Subject::Selection(Selection::Chats(_))
        | Subject::Workspace
        | Subject::Manager(_)
        | Subject::Tag(_)
        | Subject::Chat(_) => {}
    }
    Preload { customers, chats: about.chats }
}

impl Preload<'_> {
    /// Returns whether this may be many chats. Those are only read under the lock, not also before it.
    pub(crate) fn is_wide(&self) -> bool {
        !matches!(self.chats, ChatsRead::None | ChatsRead::One(_))
    }

    /// Returns the keys of the customer records.
    pub(crate) fn customers(&self) -> impl Iterator<Item = RecordKey> + use<> {
        self.customers.clone().into_iter().map(RecordKey::Customer)
    }

    /// Returns the keys of the on-demand postings.
    pub(crate) fn postings(&self, state: &State) -> Vec<IndexKey> {
        match self.chats {
            ChatsRead::OfCustomer(customer) => vec![IndexKey::Customer(customer)],
            ChatsRead::Selected(Selection::Filter(filter)) => on_demand_keys(state, filter),
            ChatsRead::Selected(Selection::Chats(_))
            | ChatsRead::None
            | ChatsRead::One(_)
            | ChatsRead::OfManager(_)
            | ChatsRead::UnreadAsOperator(_)
            | ChatsRead::WithTag(_) => Vec::new(),
        }
    }

    /// Returns the keys of the chat records. Customers and postings must be loaded by now.
    pub(crate) fn chats(&self, input: PlanInput<'_>) -> Vec<RecordKey> {
        let state = input.state;
        let chats: Vec<ChatId> = match self.chats {
            ChatsRead::None => Vec::new(),
            ChatsRead::One(chat) => vec![chat],
            ChatsRead::OfCustomer(customer) => chats_of_customer(state, customer).collect(),
            ChatsRead::OfManager(manager) => chats_of_manager(state, manager).collect(),
            ChatsRead::UnreadAsOperator(manager) => chats_of_operator(state, manager).collect(),
            ChatsRead::WithTag(path) => {
                let tag = state.tags.find(path);
                tag.into_iter().flat_map(|tag| all_of(state, &[IndexKey::Tag(tag)])).collect()
            }
            ChatsRead::Selected(selection) => chats_to_start(input, selection),
        };
        chats.into_iter().map(RecordKey::Chat).collect()
    }
}

/// Returns the chats of a customer.
pub(super) fn chats_of_customer(state: &State, customer: CustomerId) -> impl Iterator<Item = ChatId> + use<> {
    all_of(state, &[IndexKey::Customer(customer)])
}

/// Returns the chats in at least one of the postings, of any status, by id.
pub(super) fn all_of(state: &State, keys: &[IndexKey]) -> impl Iterator<Item = ChatId> + use<> {
    let postings = keys.iter().filter_map(|key| state.postings.get(key));
    postings.map(members).fold(RoaringBitmap::new(), |all, members| all | members).into_iter().map(ChatId)
}

fn members(posting: &Posting) -> RoaringBitmap {
    Status::ALL.iter().fold(RoaringBitmap::new(), |all, status| all | posting.set(*status).to_bitmap())
}

/// Returns the chats whose records name a manager.
pub(super) fn chats_of_manager(state: &State, manager: ManagerId) -> impl Iterator<Item = ChatId> + use<> {
    all_of(state, &IndexKey::of_manager(manager))
}

/// Returns the chats that a manager may have unread only because of operator mode.
pub(super) fn chats_of_operator(state: &State, manager: ManagerId) -> impl Iterator<Item = ChatId> + use<> {
    let followed: RoaringBitmap = all_of(state, &[IndexKey::Following(manager)]).map(|chat| chat.0).collect();
    all_of(state, &[IndexKey::Unread(manager)]).filter(move |chat| !followed.contains(chat.0))
}
