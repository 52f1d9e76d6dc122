//! Permission checks. The permission of each command is in `command/about.rs`.

use super::builder::ChangeBuilder;
use crate::command::{Command, Customers, Envelope, Managers, Step};
use crate::error::{Code, Refusal};
use crate::model::{Actor, ChatId, CustomerId, ManagerId, MessageId, Role};

/// Whether a command may change a workspace that nothing has changed yet. It has no managers and customers, so their
/// commands are refused, and leave it as it is.
pub(crate) fn may_touch(envelope: &Envelope) -> bool {
    envelope.actor == Actor::System && envelope.command.about().permission.system
}

/// Refuses unknown actors, and actors without permission for the command. This is the first step of a command, before
/// time passes.
pub(super) fn check(builder: &ChangeBuilder<'_>, envelope: &Envelope) -> Result<(), Refusal> {
    check_one(builder, envelope.actor, &envelope.command)?;
    if envelope.condition.is_some() && matches!(envelope.actor, Actor::Customer(_)) {
        return Err(forbidden("only managers and the system set conditions"));
    }
    match &envelope.command {
        Command::All(steps) => check_batch(builder, envelope.actor, steps),
        _ => Ok(()),
    }
}

/// Checks the commands of a batch in their order, as the workspace is before the first.
fn check_batch(builder: &ChangeBuilder<'_>, actor: Actor, steps: &[Step]) -> Result<(), Refusal> {
    let mut put_customer = false;
    for (place, step) in steps.iter().enumerate() {
        check_step(builder, actor, step, put_customer).map_err(|refusal| refusal.at(place))?;
        put_customer |= matches!(step.command, Command::PutCustomer { .. });
    }
    Ok(())
}

fn check_step(builder: &ChangeBuilder<'_>, actor: Actor, step: &Step, put_customer: bool) -> Result<(), Refusal> {
    if step.actor.is_some() && actor != Actor::System {
        return Err(forbidden("only the system acts as another in a batch"));
    }
    let acting = step.actor.unwrap_or(actor);
    // The customer 0 is the one that the batch has put by then.
    let is_zero = step.actor == Some(Actor::Customer(CustomerId(0)));
    let is_put = is_zero && put_customer;
    match is_zero {
        true if !put_customer => return Err(Refusal::unknown_customer(CustomerId(0))),
        true => {}
        false => check_known(builder, acting)?,
    }
    match step.command.about().permission.customers {
        // Whose chat it is can be asked once the number is known.
        Customers::OfChat(_) if is_put => Ok(()),
        _ => check_allowed(builder, acting, &step.command),
    }
}

/// Refuses an unknown actor, and one without permission for the command.
pub(super) fn check_one(builder: &ChangeBuilder<'_>, actor: Actor, command: &Command) -> Result<(), Refusal> {
    check_known(builder, actor)?;
    check_allowed(builder, actor, command)
}

/// Refuses an unknown actor.
pub(super) fn check_known(builder: &ChangeBuilder<'_>, actor: Actor) -> Result<(), Refusal> {
    match actor {
        Actor::System => Ok(()),
        Actor::Manager(manager) if builder.knows_manager(manager) => Ok(()),
        Actor::Manager(manager) => Err(Refusal::unknown_manager(manager)),
        Actor::Customer(customer) if builder.customer(customer).is_some() => Ok(()),
        Actor::Customer(customer) => Err(Refusal::unknown_customer(customer)),
    }
}

/// Refuses a known actor without permission.
fn check_allowed(builder: &ChangeBuilder<'_>, actor: Actor, command: &Command) -> Result<(), Refusal> {
    let permission = command.about().permission;
    match actor {
        Actor::System if permission.system => Ok(()),
        Actor::System => Err(forbidden("only a manager can do this, for themselves")),
        Actor::Manager(manager) => check_manager(builder, manager, permission.managers),
        Actor::Customer(customer) => check_customer(builder, customer, permission.customers),
    }
}

fn check_manager(builder: &ChangeBuilder<'_>, manager: ManagerId, allowed: Managers) -> Result<(), Refusal> {
    let is_owner = || builder.manager(manager).is_some_and(|record| record.role == Role::Owner);
    let is_allowed = match allowed {
        Managers::All => true,
        Managers::Owners => is_owner(),
        Managers::OwnersOr(whose) => whose == manager || is_owner(),
        Managers::Author(chat, message) => return check_author(builder, manager, chat, message),
        Managers::OwnersOrAuthor(..) if is_owner() => true,
        Managers::OwnersOrAuthor(chat, message) => return check_author(builder, manager, chat, message),
        Managers::None { reason } => return Err(forbidden(reason)),
    };
    if is_allowed { Ok(()) } else { Err(forbidden(format!("manager {manager} is not an owner"))) }
}

/// Accepts a message that does not exist; the command itself refuses it later as unknown.
fn check_author(
    builder: &ChangeBuilder<'_>,
    manager: ManagerId,
    chat: ChatId,
    message: MessageId,
) -> Result<(), Refusal> {
    match builder.message(chat, message) {
        Some(record) if record.author != Actor::Manager(manager) => {
            Err(forbidden(format!("manager {manager} did not write message {message} of chat {chat}")))
        }
        _ => Ok(()),
    }
}

fn check_customer(builder: &ChangeBuilder<'_>, customer: CustomerId, allowed: Customers) -> Result<(), Refusal> {
    match allowed {
        Customers::All => Ok(()),
        Customers::Only(whose) if whose == customer => Ok(()),
        Customers::OfChat(chat) => check_own_chat(builder, customer, chat),
        Customers::Only(_) | Customers::None => Err(forbidden(
            "a customer can start a chat of their own, send public messages in it and track their own events",
        )),
    }
}

/// Accepts a chat that does not exist; the command itself refuses it later as unknown.
fn check_own_chat(builder: &ChangeBuilder<'_>, customer: CustomerId, chat: ChatId) -> Result<(), Refusal> {
    match builder.known_chat(chat) {
        Some(record) if record.customer != customer => {
            Err(forbidden(format!("chat {chat} does not belong to customer {customer}")))
        }
        _ => Ok(()),
    }
}

fn forbidden(why: impl Into<String>) -> Refusal {
    Refusal::new(Code::Forbidden, why)
}
