//! Who may do what: is the actor known, and may they do it.

use crate::command::{Action, Command};
use crate::error::{Code, Refusal};
use crate::model::{Actor, ChatId, CustomerId, ManagerId, Role, Visibility};
use crate::rules::PlanInput;

/// Refuses unknown actors and what the actor may not do.
pub(super) fn check(facts: PlanInput<'_>, actor: Actor, command: &Command) -> Result<(), Refusal> {
    match actor {
        Actor::System => check_system(command),
        Actor::Manager(manager) => check_manager(facts, manager, command),
        Actor::Customer(customer) => check_customer(facts, customer, command),
    }
}

fn check_system(command: &Command) -> Result<(), Refusal> {
    match command {
        Command::MarkRead { .. }
        | Command::Favorite { .. }
        | Command::Unfavorite { .. }
        | Command::Leave { .. }
        | Command::Bulk { action: Action::MarkRead {} | Action::Leave {}, .. } => {
            Err(forbidden("only a manager can do this, for themselves"))
        }
        _ => Ok(()),
    }
}

fn check_manager(facts: PlanInput<'_>, manager: ManagerId, command: &Command) -> Result<(), Refusal> {
    let record = facts.state.managers.get(&manager).ok_or_else(|| Refusal::unknown_manager(manager))?;
    let owner = record.role == Role::Owner;
    let allowed = match command {
        Command::PutManager { .. }
        | Command::RemoveManager { .. }
        | Command::DeleteCustomer { .. }
        | Command::DeleteChat { .. } => owner,
        Command::SetOperator { manager: whose, .. }
        | Command::SetOnline { manager: whose, .. }
        | Command::SetCapacity { manager: whose, .. } => owner || *whose == manager,
        Command::Tick => return Err(forbidden("only the system lets time pass")),
        Command::DeleteWorkspace => return Err(forbidden("only the system deletes a workspace")),
        _ => true,
    };
    if allowed { Ok(()) } else { Err(forbidden(format!("manager {manager} is not an owner"))) }
}

fn check_customer(facts: PlanInput<'_>, customer: CustomerId, command: &Command) -> Result<(), Refusal> {
    if facts.customer(customer).is_none() {
        return Err(Refusal::unknown_customer(customer));
    }
    match command {
        Command::StartChat { customer: whose } | Command::TrackEvent { customer: whose, .. } if *whose == customer => {
            Ok(())
        }
        Command::SendMessage { chat, visibility: Visibility::Public, .. } => check_own_chat(facts, customer, *chat),
        _ => Err(forbidden(
            "a customer can start a chat of their own, send public messages in it and track their own events",
        )),
    }
}

/// A chat that does not exist is nobody's: that it is unknown is found out later.
fn check_own_chat(facts: PlanInput<'_>, customer: CustomerId, chat: ChatId) -> Result<(), Refusal> {
    match facts.chat(chat) {
        Some(record) if record.customer != customer => {
            Err(forbidden(format!("chat {chat} is not of customer {customer}")))
        }
        _ => Ok(()),
    }
}

fn forbidden(why: impl Into<String>) -> Refusal {
    Refusal::new(Code::Forbidden, why)
}
