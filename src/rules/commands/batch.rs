//! The rules of batches: commands that happen together or not at all.

use super::carry_out as carry_out_one;
use crate::command::{Command, Reply, Step};
use crate::error::Refusal;
use crate::model::{Actor, ChatId, CustomerId};
use crate::rules::builder::ChangeBuilder;
use crate::rules::permit;

/// Carries out the commands of a batch, each on the result of those before it.
pub(super) fn carry_out(builder: &mut ChangeBuilder<'_>, actor: Actor, steps: &[Step]) -> Result<Reply, Refusal> {
    builder.begin_batch();
    let mut last = Last::default();
    let mut all = Vec::with_capacity(steps.len());
    for (place, step) in steps.iter().enumerate() {
        let reply = take_step(builder, actor, step, &mut last).map_err(|refusal| refusal.at(place))?;
        all.push(reply);
    }
    Ok(Reply::All { all })
}

fn take_step(builder: &mut ChangeBuilder<'_>, actor: Actor, step: &Step, last: &mut Last) -> Result<Reply, Refusal> {
    let (mut actor, mut command) = (step.actor.unwrap_or(actor), step.command.clone());
    last.resolve(&mut actor, &mut command)?;
    // Earlier commands may have made or changed what the permission depends on.
    permit::check_one(builder, actor, &command)?;
    builder.set_actor(actor);
    let reply = carry_out_one(builder, actor, None, &command)?;
    // A later command could make a manager a recipient again, who has nothing unread until then.
    builder.drop_stale_unread();
    last.note(&command, &reply);
    Ok(reply)
}

/// What the number 0 stands for: the chat started last and the customer put last.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::rules) struct Last {
    pub(in crate::rules) chat: Option<ChatId>,
    pub(in crate::rules) customer: Option<CustomerId>,
}

impl Last {
    /// Puts the numbers in place of 0. Before there is one, 0 is unknown.
    pub(in crate::rules) fn resolve(self, actor: &mut Actor, command: &mut Command) -> Result<(), Refusal> {
        let mut unknown = None;
        let mut resolve_customer = |customer: &mut CustomerId| {
            if customer.0 == 0 {
                match self.customer {
                    Some(last) => *customer = last,
                    None => unknown = Some(*customer),
                }
            }
        };
        if let Actor::Customer(customer) = actor {
            resolve_customer(customer);
        }
        command.for_each_id(
            &mut |chat: &mut ChatId| {
                if chat.0 == 0 {
                    // No chat ever has the number 0.
                    *chat = self.chat.unwrap_or(*chat);
                }
            },
            &mut resolve_customer,
        );
        unknown.map_or(Ok(()), |customer| Err(Refusal::unknown_customer(customer)))
    }

    /// Notes what a command has made.
    fn note(&mut self, command: &Command, reply: &Reply) {
        match (command, reply) {
            (Command::StartChat { .. }, Reply::Chat { chat }) => self.chat = Some(*chat),
            (Command::PutCustomer { customer: Some(customer), .. }, _)
            | (Command::PutCustomer { customer: None, .. }, Reply::Customer { customer }) => {
                self.customer = Some(*customer);
            }
            _ => {}
        }
    }
}
