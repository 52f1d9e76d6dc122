//! Batches: commands that happen together or not at all.

use serde::{Deserialize, Serialize};

use super::{Command, CustomerUpdate};
use crate::error::{Code, Refusal};
use crate::model::limits::BATCH_MAX;
use crate::model::{Actor, ChatId, CustomerId};

/// One command of a batch.
///
/// In JSON it is the command itself, or `{"as":{"customer":5},"do":{…}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// Who runs the command. `None` is the actor of the envelope; only the system may act as another.
    pub actor: Option<Actor>,
    /// The command.
    pub command: Command,
}

/// The form of a step with an actor of its own.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct As<C> {
    #[serde(rename = "as")]
    actor: Actor,
    #[serde(rename = "do")]
    command: C,
}

impl Serialize for Step {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.actor {
            Some(actor) => As { actor, command: &self.command }.serialize(serializer),
            None => self.command.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // An untagged enumeration would hide what is wrong with the command.
        let value = serde_json::Value::deserialize(deserializer)?;
        let has_actor = value.as_object().is_some_and(|fields| fields.contains_key("as"));
        let step = if has_actor {
            serde_json::from_value(value).map(|As { actor, command }| Self { actor: Some(actor), command })
        } else {
            serde_json::from_value(value).map(|command| Self { actor: None, command })
        };
        step.map_err(serde::de::Error::custom)
    }
}

impl From<Command> for Step {
    fn from(command: Command) -> Self {
        Self { actor: None, command }
    }
}

/// Builds a batch of 1 to 64 commands that happen together or not at all: [`Command::All`].
///
/// Commands refer to what earlier ones of the batch made by value. A batch keeps the chat started last and the customer
/// put last at hand; [`build`](Self::build) refuses a command that refers to an earlier one.
///
/// ```
/// use inboxdb::{Batch, Engine, Envelope, NewMessage, System};
///
/// let engine = Engine::temporary()?;
/// let mut batch = Batch::new();
/// let customer = batch.put_customer("u_81f", "Grace");
/// let chat = batch.start_chat(customer, "ticket-12");
/// batch.push(inboxdb::Command::send_message(chat, NewMessage::new("Where is my parcel?").external("m-1")));
///
/// // The same lines again change nothing.
/// for _ in 0..2 {
///     let envelope = Envelope::new(1, inboxdb::Timestamp::now(), System, batch.build()?).with_id("import-12");
///     let outcome = engine.execute(envelope)?;
///     assert_eq!(outcome.reply.all()[1].chat(), Some(1.into()));
/// }
/// assert_eq!(engine.workspace(1)?.chat(1)?.messages, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    steps: Vec<Step>,
}

/// A chat that a batch starts. Converts to a chat id that only means something in this batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchChat(u32);

/// A customer that a batch puts. Converts to a customer id that only means something in this batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchCustomer(u64);

/// The ids from here on stand for what a batch makes, until it is built.
const FIRST_CHAT: u32 = u32::MAX - BATCH_MAX as u32;
const FIRST_CUSTOMER: u64 = u64::MAX - BATCH_MAX as u64;

impl From<BatchChat> for ChatId {
    fn from(BatchChat(serial): BatchChat) -> Self {
        ChatId(FIRST_CHAT + serial)
    }
}

impl From<BatchCustomer> for CustomerId {
    fn from(BatchCustomer(serial): BatchCustomer) -> Self {
        CustomerId(FIRST_CUSTOMER + serial)
    }
}

impl From<BatchCustomer> for Actor {
    fn from(customer: BatchCustomer) -> Self {
        Actor::Customer(customer.into())
    }
}

impl Batch {
    /// Creates an empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a command. Not allowed are batches, bulk actions, `tick`, `set_clock` and `delete_workspace`.
    pub fn push(&mut self, command: Command) -> &mut Self {
        self.steps.push(command.into());
        self
    }

    /// Adds a command of another actor. Only the system may do this.
    pub fn push_as(&mut self, actor: impl Into<Actor>, command: Command) -> &mut Self {
        self.steps.push(Step { actor: Some(actor.into()), command });
        self
    }

    /// Creates or updates the customer with an external id.
    pub fn put_customer(&mut self, external: impl Into<String>, update: impl Into<CustomerUpdate>) -> BatchCustomer {
        self.push(Command::put_external_customer(external, update));
        self.last_customer()
    }

    /// Starts the chat with an external id, or finds it if it exists.
    pub fn start_chat(&mut self, customer: impl Into<CustomerId>, external: impl Into<String>) -> BatchChat {
        self.push(Command::start_external_chat(customer, external));
        self.last_chat()
    }

    /// Starts a chat without an external id.
    pub fn start_new_chat(&mut self, customer: impl Into<CustomerId>) -> BatchChat {
        self.push(Command::start_chat(customer));
        self.last_chat()
    }

    fn last_chat(&self) -> BatchChat {
        let started = self.steps.iter().filter(|step| matches!(step.command, Command::StartChat { .. })).count();
        BatchChat(started.saturating_sub(1) as u32)
    }

    fn last_customer(&self) -> BatchCustomer {
        let put = self.steps.iter().filter(|step| matches!(step.command, Command::PutCustomer { .. })).count();
        BatchCustomer(put.saturating_sub(1) as u64)
    }

    /// Returns the command.
    ///
    /// # Errors
    ///
    /// [`Code::Malformed`] if a command refers to a chat or customer that is not the last one made before it.
    pub fn build(&self) -> Result<Command, Refusal> {
        let mut made = Made::default();
        let mut steps = self.steps.clone();
        for (place, step) in steps.iter_mut().enumerate() {
            made.resolve(step).map_err(|refusal| refusal.at(place))?;
            match step.command {
                Command::StartChat { .. } => made.chats += 1,
                Command::PutCustomer { .. } => made.customers += 1,
                _ => {}
            }
        }
        Ok(Command::All(steps))
    }
}

/// What the commands of a batch have made so far.
#[derive(Default)]
struct Made {
    chats: u32,
    customers: u64,
}

impl Made {
    /// Turns references to what was made last into the number 0.
    fn resolve(&self, step: &mut Step) -> Result<(), Refusal> {
        let (mut stale_chat, mut stale_customer) = (false, false);
        let mut resolve_customer = |customer: &mut CustomerId| {
            if let Some(serial) = customer.0.checked_sub(FIRST_CUSTOMER)
                && serial < BATCH_MAX as u64
            {
                stale_customer |= serial + 1 != self.customers;
                *customer = CustomerId(0);
            }
        };
        if let Some(Actor::Customer(customer)) = &mut step.actor {
            resolve_customer(customer);
        }
        step.command.for_each_id(
            &mut |chat: &mut ChatId| {
                if let Some(serial) = chat.0.checked_sub(FIRST_CHAT)
                    && serial < BATCH_MAX as u32
                {
                    stale_chat |= serial + 1 != self.chats;
                    *chat = ChatId(0);
                }
            },
            &mut resolve_customer,
        );
        match (stale_chat, stale_customer) {
            (true, _) => Err(stale_reference("chat")),
            (_, true) => Err(stale_reference("customer")),
            _ => Ok(()),
        }
    }
}

fn stale_reference(what: &str) -> Refusal {
    Refusal::new(Code::Malformed, format!("the command refers to a {what} that is not the last one the batch has made"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batch_resolves_what_it_made_last_and_refuses_older_references() {
        let mut batch = Batch::new();
        let grace = batch.put_customer("grace", "Grace");
        let first = batch.start_chat(grace, "t-1");
        batch.push_as(grace, Command::send_message(first, "hello"));
        let json = serde_json::to_string(&batch.build().unwrap()).unwrap();
        assert_eq!(
            json,
            r#"{"all":[{"put_customer":{"external":"grace","name":"Grace"}},{"start_chat":{"customer":0,"external":"t-1"}},{"as":{"customer":0},"do":{"send_message":{"chat":0,"visibility":"public","text":"hello"}}}]}"#
        );
        let again: Command = serde_json::from_str(&json).unwrap();
        assert_eq!(again, batch.build().unwrap());
        let second = batch.start_new_chat(5);
        batch.push(Command::assign(second, 7)).push(Command::assign(3, 7)).push(Command::close(first));
        let refused = batch.build().unwrap_err();
        assert_eq!((refused.code, refused.at), (Code::Malformed, Some(6)));
    }

    #[test]
    fn batch_steps_refuse_unknown_fields() {
        for step in [r#"{"as":"system","do":{"close":{"chat":1}},"x":1}"#, r#"{"close":{"chat":1,"x":1}}"#, "7"] {
            assert!(serde_json::from_str::<Step>(step).is_err(), "{step}");
        }
    }
}
