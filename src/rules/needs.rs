//! What has to be in memory before a command is planned: found out from the command and the state alone.

use roaring::RoaringBitmap;

use super::bulk;
use crate::command::{Command, Envelope, Selection};
use crate::index::Posting;
use crate::model::{Actor, ChatId, CustomerId, ManagerId, Status};
use crate::record::{IndexKey, RecordKey};
use crate::rules::PlanInput;
use crate::select::on_demand_keys;
use crate::workspace::State;

/// The records that a plan reads.
pub(crate) type Needs = Vec<RecordKey>;

/// The customers whose records the plan of a command reads, or [`needed_chats`] does.
pub(crate) fn needed_customers(envelope: &Envelope) -> Needs {
    let mut customers = Vec::new();
    if let Actor::Customer(customer) = envelope.actor {
        customers.push(customer);
    }
    match &envelope.command {
        Command::PutCustomer { customer, .. }
        | Command::TrackEvent { customer, .. }
        | Command::StartChat { customer }
        | Command::DeleteCustomer { customer } => customers.push(*customer),
        Command::Bulk { select: Selection::Filter(filter), .. } => customers.extend(filter.customers()),
        _ => {}
    }
    customers.into_iter().map(RecordKey::Customer).collect()
}

/// The chats whose records the plan of a command reads. The customers that it needs are pinned, and its postings are
/// loaded.
pub(crate) fn needed_chats(facts: PlanInput<'_>, envelope: &Envelope) -> Needs {
    let state = facts.state;
    let mut needs = Needs::new();
    match &envelope.command {
        Command::DeleteCustomer { customer } => {
            needs.extend(chats_of_customer(state, *customer).map(RecordKey::Chat));
        }
        Command::RemoveManager { manager } => needs.extend(chats_of_manager(state, *manager).map(RecordKey::Chat)),
        Command::SetOperator { manager, on: false } => {
            needs.extend(chats_of_operator(state, *manager).map(RecordKey::Chat));
        }
        Command::DeleteTag { path } => {
            let tag = state.tags.find(path);
            let chats = tag.into_iter().flat_map(|tag| all_of(state, &[IndexKey::Tag(tag)]));
            needs.extend(chats.map(RecordKey::Chat));
        }
        Command::Bulk { select, .. } => {
            needs.extend(bulk::chats_to_start(facts, select).into_iter().map(RecordKey::Chat));
        }
        Command::SendMessage { chat, .. }
        | Command::AssignRecommended { chat }
        | Command::SetAttribute { chat, .. }
        | Command::Assign { chat, .. }
        | Command::Unassign { chat }
        | Command::Leave { chat }
        | Command::Follow { chat, .. }
        | Command::Unfollow { chat, .. }
        | Command::Tag { chat, .. }
        | Command::Untag { chat, .. }
        | Command::Open { chat }
        | Command::Snooze { chat, .. }
        | Command::Close { chat }
        | Command::SetDescription { chat, .. }
        | Command::MarkRead { chat }
        | Command::Favorite { chat }
        | Command::Unfavorite { chat }
        | Command::DeleteChat { chat } => needs.push(RecordKey::Chat(*chat)),
        Command::PutCustomer { .. }
        | Command::TrackEvent { .. }
        | Command::StartChat { .. }
        | Command::PutManager { .. }
        | Command::SetOperator { on: true, .. }
        | Command::SetOnline { .. }
        | Command::SetCapacity { .. }
        | Command::SetProfileFields { .. }
        | Command::DeleteWorkspace
        | Command::CreateTag { .. }
        | Command::MoveTag { .. }
        | Command::FollowTag { .. }
        | Command::UnfollowTag { .. }
        | Command::Tick => {}
    }
    needs
}

/// The postings that are loaded on demand and that the plan of a command reads, or [`needed_chats`] does.
pub(crate) fn needed_postings(state: &State, envelope: &Envelope) -> Vec<IndexKey> {
    match &envelope.command {
        Command::DeleteCustomer { customer } => vec![IndexKey::Customer(*customer)],
        Command::Bulk { select: Selection::Filter(filter), .. } => on_demand_keys(state, filter),
        _ => Vec::new(),
    }
}

/// The chats of a customer.
pub(super) fn chats_of_customer(state: &State, customer: CustomerId) -> impl Iterator<Item = ChatId> + use<> {
    all_of(state, &[IndexKey::Customer(customer)])
}

/// The chats that any of the keys holds, of any status, by id.
pub(super) fn all_of(state: &State, keys: &[IndexKey]) -> impl Iterator<Item = ChatId> + use<> {
    let postings = keys.iter().filter_map(|key| state.postings.get(key));
    postings.map(members).fold(RoaringBitmap::new(), |all, members| all | members).into_iter().map(ChatId)
}

fn members(posting: &Posting) -> RoaringBitmap {
    Status::ALL.iter().fold(RoaringBitmap::new(), |all, status| all | posting.set(*status).to_bitmap())
}

/// The chats that a manager has anything to do with.
pub(super) fn chats_of_manager(state: &State, manager: ManagerId) -> impl Iterator<Item = ChatId> + use<> {
    all_of(state, &IndexKey::of_manager(manager))
}

/// The chats in which a manager may have something unread as an operator.
pub(super) fn chats_of_operator(state: &State, manager: ManagerId) -> impl Iterator<Item = ChatId> + use<> {
    let followed: RoaringBitmap = all_of(state, &[IndexKey::Following(manager)]).map(|chat| chat.0).collect();
    all_of(state, &[IndexKey::Unread(manager)]).filter(move |chat| !followed.contains(chat.0))
}
