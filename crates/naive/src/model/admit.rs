//! Step 1 of the judgement: who acts, and whether they may. A refusal here changes nothing.

use serde_json::Value;

use crate::model::Code;
use crate::model::command::{Actor, Do, Envelope, Step};
use crate::model::rules::Refusal;
use crate::model::state::Workspace;

impl Workspace {
    /// Judges a command in step 1. Returns the answer of a command that was done before under the same id.
    pub fn admit(&self, envelope: &Envelope) -> Result<Option<Value>, Refusal> {
        let actor = envelope.actor;
        self.known(actor)?;
        if envelope.condition.is_some() && matches!(actor, Actor::Customer(_)) {
            return Err("forbidden".into());
        }
        match &envelope.command {
            Do::All(steps) => {
                for (at, step) in steps.iter().enumerate() {
                    let judged = self.admit_step(actor, &steps[..at], step);
                    judged.map_err(|code| Refusal { at: Some(at), ..code.into() })?;
                }
            }
            command => self.allowed(actor, command)?,
        }
        self.done_before(envelope)
    }

    fn admit_step(&self, actor: Actor, before: &[Step], step: &Step) -> Result<(), Code> {
        let Some(acting) = step.acting else { return self.allowed(actor, &step.command) };
        if actor != Actor::System {
            return Err("forbidden");
        }
        if acting == Actor::Customer(0) {
            // What this customer owns can be asked once there is one, in step 2.
            let put = before.iter().any(|step| matches!(step.command, Do::PutCustomer { .. }));
            return if !put {
                Err("unknown_customer")
            } else if may_customer(None, &step.command) {
                Ok(())
            } else {
                Err("forbidden")
            };
        }
        self.known(acting)?;
        self.allowed(acting, &step.command)
    }

    pub fn known(&self, actor: Actor) -> Result<(), Code> {
        match actor {
            Actor::System => Ok(()),
            Actor::Manager(id) => self.manager_exists(id),
            Actor::Customer(id) => self.customer_exists(id),
        }
    }

    pub fn allowed(&self, actor: Actor, command: &Do) -> Result<(), Code> {
        let may = self.may(actor, command) && self.is_theirs(actor, command);
        may.then_some(()).ok_or("forbidden")
    }

    /// Checks the permissions that do not depend on the chat.
    fn may(&self, actor: Actor, command: &Do) -> bool {
        if let Do::Bulk { action, .. } = command {
            return !matches!(actor, Actor::Customer(_)) && self.may(actor, action);
        }
        match actor {
            Actor::System => !matches!(
                command,
                Do::MarkRead { .. }
                    | Do::MarkUnread { .. }
                    | Do::Favorite { .. }
                    | Do::Unfavorite { .. }
                    | Do::Leave { .. }
            ),
            Actor::Manager(me) => {
                let owner = self.managers[&me].owner;
                match command {
                    Do::DeleteChat { .. } | Do::PutManager { .. } | Do::RemoveManager { .. } => owner,
                    Do::DeleteCustomer { .. } => owner,
                    Do::SetOperator { manager, .. } | Do::SetOnline { manager, .. } => owner || *manager == me,
                    Do::SetCapacity { manager, .. } => owner || *manager == me,
                    Do::Tick | Do::SetClock { .. } | Do::DeleteWorkspace => false,
                    _ => true,
                }
            }
            Actor::Customer(me) => may_customer(Some(me), command),
        }
    }

    /// Checks who owns the chat or wrote the message, which can only be asked of those that exist.
    fn is_theirs(&self, actor: Actor, command: &Do) -> bool {
        match (actor, command) {
            (Actor::Customer(me), Do::SendMessage { chat, .. }) => {
                self.chats.get(chat).is_none_or(|chat| chat.customer == me)
            }
            (Actor::Manager(_), Do::EditMessage { chat, message, .. }) => self.wrote(actor, *chat, *message),
            (Actor::Manager(me), Do::RedactMessage { chat, message }) => {
                self.managers[&me].owner || self.wrote(actor, *chat, *message)
            }
            _ => true,
        }
    }

    fn wrote(&self, actor: Actor, chat: u32, number: u32) -> bool {
        self.message(chat, number).is_none_or(|message| message.author == actor)
    }
}

/// Checks what a customer may do. A customer without a number yet is only asked about the kind of command.
fn may_customer(me: Option<u64>, command: &Do) -> bool {
    match command {
        Do::StartChat { customer, .. } | Do::TrackEvent { customer, .. } => me.is_none_or(|me| *customer == me),
        Do::SendMessage { said, .. } => said.public,
        _ => false,
    }
}
