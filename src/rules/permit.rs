//! Permission checks. The permission of each command is in `command/about.rs`.

use crate::command::{Command, Customers, Envelope, Managers};
use crate::error::{Code, Refusal};
use crate::model::{Actor, ChatId, CustomerId, ManagerId, Role};
use crate::rules::PlanInput;

/// Whether a command may change a workspace that nothing has changed yet. It has no managers and customers, so their
/// commands are refused, and leave it as it is.
pub(crate) fn may_touch(envelope: &Envelope) -> bool {
    envelope.actor == Actor::System && envelope.command.about().permission.system
}

/// Refuses unknown actors, and actors without permission for the command.
pub(super) fn check(input: PlanInput<'_>, actor: Actor, command: &Command) -> Result<(), Refusal> {
    let permission = command.about().permission;
    match actor {
        Actor::System if permission.system => Ok(()),
        Actor::System => Err(forbidden("only a manager can do this, for themselves")),
        Actor::Manager(manager) => check_manager(input, manager, permission.managers),
        Actor::Customer(customer) => check_customer(input, customer, permission.customers),
    }
}

fn check_manager(input: PlanInput<'_>, manager: ManagerId, allowed: Managers) -> Result<(), Refusal> {
    let record = input.state.managers.get(&manager).ok_or_else(|| Refusal::unknown_manager(manager))?;
    let is_owner = record.role == Role::Owner;
    let is_allowed = match allowed {
        Managers::All => true,
        Managers::Owners => is_owner,
        Managers::OwnersOr(whose) => is_owner || whose == manager,
        Managers::None { reason } => return Err(forbidden(reason)),
    };
    if is_allowed { Ok(()) } else { Err(forbidden(format!("manager {manager} is not an owner"))) }
}

fn check_customer(input: PlanInput<'_>, customer: CustomerId, allowed: Customers) -> Result<(), Refusal> {
    if input.customer(customer).is_none() {
        return Err(Refusal::unknown_customer(customer));
    }
    match allowed {
        Customers::Only(whose) if whose == customer => Ok(()),
        Customers::OfChat(chat) => check_own_chat(input, customer, chat),
        Customers::Only(_) | Customers::None => Err(forbidden(
            "a customer can start a chat of their own, send public messages in it and track their own events",
        )),
    }
}

/// Accepts a chat that does not exist; the command itself refuses it later as unknown.
fn check_own_chat(input: PlanInput<'_>, customer: CustomerId, chat: ChatId) -> Result<(), Refusal> {
    match input.chat(chat) {
        Some(record) if record.customer != customer => {
            Err(forbidden(format!("chat {chat} does not belong to customer {customer}")))
        }
        _ => Ok(()),
    }
}

fn forbidden(why: impl Into<String>) -> Refusal {
    Refusal::new(Code::Forbidden, why)
}
