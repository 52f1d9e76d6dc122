//! Batches: each command is made for the state after those before it, and often names what they made by 0.

use serde_json::{Value, json};

use crate::model::parse::command_line;
use crate::model::state::Workspace;
use crate::trace::generator::{Generator, Request, customer, manager, system};
use crate::trace::words;

/// Commands that cannot be part of a batch.
const NOT_INSIDE: [&str; 5] = ["all", "bulk", "tick", "set_clock", "delete_workspace"];

/// Makes one request.
pub type Draw = fn(&mut Generator<'_>) -> Request;

/// A batch in the making.
struct Batch {
    /// The workspace after the commands so far, which name everything by its number.
    after: Workspace,
    steps: Vec<Value>,
    /// What 0 stands for.
    chat: Option<u64>,
    customer: Option<u64>,
}

pub fn batch(g: &mut Generator, draw: Draw) -> Option<Request> {
    let mut after = g.w.clone();
    after.pass_time(g.now);
    let mut batch = Batch { after, steps: Vec::new(), chat: None, customer: None };
    let actor = match g.rng.below(20) {
        0 => customer(g.customer().filter(|id| *id != 0)?),
        1..7 => manager(g.manager()?),
        _ => system(),
    };
    if g.rng.chance(25) && actor == system() {
        batch.first_contact(g);
    }
    let count = batch.steps.len() + 1 + g.rng.index(5);
    // Many are no commands of a batch, or are left out because they are refused.
    for _ in 0..count * 3 {
        let is_going_on = batch.steps.len() < count && batch.add(g, &actor, draw);
        if !is_going_on {
            break;
        }
    }
    (!batch.steps.is_empty()).then(|| (actor, json!({ "all": batch.steps })))
}

impl Batch {
    /// A customer of another system writes in.
    fn first_contact(&mut self, g: &mut Generator) {
        let names = ["u_1", "u_2", "new_1", "new_2", "new_3"];
        let external = g.rng.pick(&names);
        let put = json!({"put_customer":{"external":external,"name":words::name(g.rng)}});
        if self.try_out(g, &system(), &put).is_none() {
            return;
        }
        self.steps.push(put);
        let id = self.customer.unwrap_or_default();
        let external = format!("chat of {external}");
        if self.try_out(g, &system(), &json!({"start_chat":{"customer":id,"external":external}})).is_none() {
            return;
        }
        self.steps.push(json!({"start_chat":{"customer":0,"external":external}}));
        let text = words::text(g.rng);
        let said =
            |chat: u64| json!({"send_message":{"chat":chat,"visibility":"public","text":text,"external":"first"}});
        let chat = self.chat.unwrap_or_default();
        if self.try_out(g, &customer(id), &said(chat)).is_some() {
            self.steps.push(json!({"as":customer(0),"do":said(0)}));
        }
    }

    /// Adds a command, or skips it. Returns whether the batch may go on: it ends with a refusal.
    fn add(&mut self, g: &mut Generator, envelope: &Value, draw: Draw) -> bool {
        let mut inner = Generator { w: &self.after, rng: g.rng, now: g.now, tame: g.tame };
        let (mut actor, mut command) = if envelope["customer"].is_null() {
            draw(&mut inner)
        } else {
            (envelope.clone(), of_customer(&mut inner, envelope))
        };
        if is_not_inside(&command) || of_customer_zero(&actor, &command) {
            return true;
        }
        self.steer(g, &mut actor, &mut command);
        let is_of_system = *envelope == system();
        if !is_of_system || g.rng.chance(15) {
            actor = envelope.clone();
        }
        // Who was put in this batch can act in it only as the customer put last.
        let me = actor["customer"].as_u64();
        let is_new = me.is_some_and(|me| !g.w.customers.contains_key(&me));
        if is_new && me != self.customer {
            return true;
        }
        let (chat, customer) = (self.chat, self.customer);
        let done = self.try_out(g, &actor, &command);
        if done.is_none() && g.rng.chance(70) {
            return true;
        }
        let by_reference = is_new || (is_of_system && me.is_none_or(|me| Some(me) == customer) && g.rng.chance(60));
        if by_reference {
            refer(&mut command, "customer", customer);
            refer(&mut actor, "customer", customer);
        }
        if g.rng.chance(60) {
            refer(&mut command, "chat", chat);
        }
        let is_own = actor == *envelope && g.rng.chance(95);
        let step = if is_own { command } else { json!({"as":actor,"do":command}) };
        self.steps.push(step);
        done.is_some()
    }

    /// Aims many commands at the chat that was just started.
    fn steer(&self, g: &mut Generator, actor: &mut Value, command: &mut Value) {
        let Some(chat) = self.chat.filter(|_| g.rng.chance(60)) else { return };
        let fields = command.as_object_mut().and_then(|command| command.values_mut().next());
        let Some(named) = fields.and_then(|fields| fields.get_mut("chat")) else { return };
        *named = chat.into();
        let theirs = u32::try_from(chat).ok().and_then(|chat| self.after.chats.get(&chat));
        if let Some(theirs) = theirs.filter(|_| !actor["customer"].is_null()) {
            *actor = customer(theirs.customer);
        }
    }

    /// Executes a command after those before it, unless it is refused.
    fn try_out(&mut self, g: &Generator, actor: &Value, command: &Value) -> Option<Value> {
        let line = json!({"workspace":0,"at":g.now,"actor":actor,"do":command}).to_string();
        let envelope = command_line(line.as_bytes())?;
        if self.after.admit(&envelope).is_err() {
            return None;
        }
        let answer = self.after.carry_out(&envelope).ok()?;
        if !command["start_chat"].is_null() {
            self.chat = answer["chat"].as_u64();
        }
        if let Some(fields) = command.get("put_customer") {
            self.customer = fields["customer"].as_u64().or(answer["customer"].as_u64());
        }
        Some(answer)
    }
}

fn is_not_inside(command: &Value) -> bool {
    let name = command.as_str().or(command.as_object().and_then(|command| command.keys().next().map(String::as_str)));
    name.is_none_or(|name| NOT_INSIDE.contains(&name))
}

/// Whether this names the customer whose number is 0, who cannot be named in a batch.
fn of_customer_zero(actor: &Value, command: &Value) -> bool {
    let fields = command.as_object().and_then(|command| command.values().next());
    actor["customer"] == 0 || fields.is_some_and(|fields| fields["customer"] == 0)
}

/// Replaces a number by 0 where it is the one that 0 stands for.
fn refer(command: &mut Value, field: &str, last: Option<u64>) {
    let is_put = command.get("put_customer").is_some();
    let Some(last) = last.filter(|_| !is_put) else { return };
    let actor_or_fields = match command.get(field) {
        Some(_) => Some(command),
        None => command.as_object_mut().and_then(|command| command.values_mut().next()),
    };
    if let Some(named) = actor_or_fields.and_then(|fields| fields.get_mut(field)).filter(|named| **named == last) {
        *named = 0.into();
    }
}

fn of_customer(g: &mut Generator, actor: &Value) -> Value {
    let me = actor["customer"].as_u64().unwrap_or_default();
    let theirs = g.chat_where(|chat| chat.customer == me);
    match (g.rng.below(4), theirs) {
        (0, _) | (_, None) => json!({"start_chat":{"customer":me}}),
        (1, _) => json!({"track_event":{"customer":me,"name":"seen"}}),
        (_, Some(chat)) => {
            let text = words::text(g.rng);
            json!({"send_message":{"chat":chat,"visibility":"public","text":text}})
        }
    }
}
