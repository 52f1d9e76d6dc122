//! Commands that happen together or not at all.

use serde_json::json;

use crate::model::Code;
use crate::model::command::{Actor, Do, Step};
use crate::model::rules::{Answer, Refusal};
use crate::model::state::Workspace;

/// What 0 stands for: the chat started last, and the customer put last.
#[derive(Default)]
struct Last {
    chat: Option<u32>,
    customer: Option<u64>,
}

impl Last {
    fn fill(&self, command: &mut Do) -> Result<(), Code> {
        if let Some(chat) = command.chat_mut().filter(|chat| **chat == 0) {
            *chat = self.chat.ok_or("unknown_chat")?;
        }
        if let Some(customer) = command.customer_mut().filter(|customer| **customer == 0) {
            *customer = self.customer.ok_or("unknown_customer")?;
        }
        Ok(())
    }

    fn actor(&self, actor: Actor) -> Result<Actor, Code> {
        match actor {
            Actor::Customer(0) => self.customer.map(Actor::Customer).ok_or("unknown_customer"),
            _ => Ok(actor),
        }
    }
}

impl Workspace {
    pub fn all(&mut self, now: u64, actor: Actor, steps: &[Step]) -> Result<serde_json::Value, Refusal> {
        let before = self.clone();
        let mut last = Last::default();
        let mut answers = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            match self.step(now, actor, step, &mut last) {
                Ok(answer) => answers.push(answer),
                Err(code) => {
                    *self = before;
                    return Err(Refusal { at: Some(at), ..code.into() });
                }
            }
        }
        Ok(json!({ "all": answers }))
    }

    /// Executes one command on the result of those before it, which may have removed or demoted the actor.
    fn step(&mut self, now: u64, actor: Actor, step: &Step, last: &mut Last) -> Answer {
        let actor = step.acting.map_or(Ok(actor), |acting| last.actor(acting))?;
        let mut command = step.command.clone();
        self.known(actor)?;
        last.fill(&mut command)?;
        self.allowed(actor, &command)?;
        let answer = self.perform(now, actor, command.clone())?;
        self.forget_what_is_no_longer_received();
        match command {
            Do::StartChat { .. } => last.chat = answer["chat"].as_u64().and_then(|id| id.try_into().ok()),
            Do::PutCustomer { customer, .. } => last.customer = customer.or(answer["customer"].as_u64()),
            _ => {}
        }
        Ok(answer)
    }
}
