//! The demo's history as a stream of commands in order of time. Only chats with steps left are in memory.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::iter::Peekable;
use std::time::Duration;

use inboxdb::{Actor, ChatId, Command, CustomerId, CustomerUpdate, Envelope, NewEvent};

use super::act::act;
use super::calendar::{Arrivals, END, SOME_DAY};
use super::life::{Life, What};
use super::people::person;
use super::team::{self, WORKSPACE};
use super::topics::TOPICS;
use crate::random::Random;

/// The commands of the demo. It numbers chats 1, 2, 3 … in order of their start, as the engine does.
pub(super) struct History {
    arrivals: Peekable<Arrivals>,
    alive: BTreeMap<ChatId, (CustomerId, Life)>,
    /// The time of the next step of each chat in `alive`.
    next: BinaryHeap<Reverse<(u64, ChatId)>>,
    ready: VecDeque<Envelope>,
    chats: u32,
    customers: u64,
    /// How much later than in the history everything happens, in ms.
    later: u64,
    ended: bool,
}

impl History {
    /// A history of so many chats.
    pub(super) fn new(chats: u32) -> Self {
        Self {
            arrivals: Arrivals::new(chats.into()).peekable(),
            alive: BTreeMap::new(),
            next: BinaryHeap::new(),
            ready: team::setup().collect(),
            chats: 0,
            customers: 0,
            later: 0,
            ended: false,
        }
    }

    /// The same history, so many ms later.
    pub(super) fn later(mut self, later: u64) -> Self {
        self.later = later;
        self
    }

    /// Takes the earliest step.
    fn go_on(&mut self) {
        let next = self.next.peek().map(|Reverse((at, _))| *at);
        match (self.arrivals.peek().copied(), next) {
            (Some(start), next) if next.is_none_or(|next| start < next) => {
                self.arrivals.next();
                self.start(start);
            }
            (_, Some(_)) => self.step(),
            _ => self.end(),
        }
    }

    /// Starts a chat, often with a new customer.
    fn start(&mut self, at: u64) {
        self.chats += 1;
        let chat = ChatId(self.chats);
        let mut random = Random::of(3, chat.0.into());
        let customer = self.customer(at, &mut random);
        let events = random.chance(120);
        let life = Life::new(at, random);
        if events {
            self.track(at, customer, TOPICS[life.topic].page);
        }
        self.send(at, Actor::Customer(customer), Command::start_chat(customer));
        self.wait(chat, customer, life);
    }

    /// A returning customer, or a new one.
    fn customer(&mut self, at: u64, random: &mut Random) -> CustomerId {
        if self.customers > 0 && random.chance(350) {
            return CustomerId(random.between(1, self.customers + 1));
        }
        self.customers += 1;
        let customer = CustomerId(self.customers);
        let person = person(customer);
        let command = Command::put_customer(customer, CustomerUpdate::new().name(person.name).profile(person.profile));
        self.send(at, Actor::System, command);
        customer
    }

    fn track(&mut self, at: u64, customer: CustomerId, page: &str) {
        let event = NewEvent::new("page_viewed").page(page).properties([("referrer", "newsletter")]);
        self.send(at, Actor::Customer(customer), Command::track_event(customer, event));
    }

    /// Keeps a chat until its next step, if it has one.
    fn wait(&mut self, chat: ChatId, customer: CustomerId, life: Life) {
        if let Some(at) = life.next_at().filter(|at| *at < END) {
            self.next.push(Reverse((at, chat)));
            self.alive.insert(chat, (customer, life));
        }
    }

    /// Takes the next step of the chat that is due.
    fn step(&mut self) {
        let Some(Reverse((_, chat))) = self.next.pop() else { return };
        let Some((customer, mut life)) = self.alive.remove(&chat) else { return };
        if let Some((at, what)) = life.step() {
            let what = match what {
                What::Snooze(until) if until != SOME_DAY => What::Snooze(until + self.later),
                other => other,
            };
            let (actor, command) = act(chat, customer, &mut life, what);
            self.send(at, actor, command);
        }
        self.wait(chat, customer, life);
    }

    /// A last tick wakes the snoozed chats that are due.
    fn end(&mut self) {
        self.ended = true;
        self.send(END, Actor::System, Command::Tick);
    }

    fn send(&mut self, at: u64, actor: Actor, command: Command) {
        self.ready.push_back(Envelope::new(WORKSPACE, at, actor, command));
    }
}

impl Iterator for History {
    type Item = Envelope;

    fn next(&mut self) -> Option<Envelope> {
        while self.ready.is_empty() && !self.ended {
            self.go_on();
        }
        let mut envelope = self.ready.pop_front()?;
        envelope.at = envelope.at + Duration::from_millis(self.later);
        Some(envelope)
    }
}

#[cfg(test)]
mod tests {
    use super::super::calendar::SOME_DAY;
    use super::*;
    use inboxdb::{Engine, Pipeline};

    #[test]
    fn the_engine_accepts_every_command() {
        let engine = Engine::temporary().unwrap();
        let mut pipeline: Pipeline<'_> = engine.pipeline();
        let commands: Vec<Envelope> = History::new(2_000).collect();
        assert!(commands.is_sorted_by_key(|envelope| envelope.at));
        assert!((12_000..18_000).contains(&commands.len()), "{}", commands.len());
        commands.iter().for_each(|envelope| pipeline.push(envelope));
        for (outcome, envelope) in pipeline.finish().iter().zip(&commands) {
            assert!(outcome.is_ok(), "{outcome:?} {envelope:?}");
        }
        let workspace = engine.workspace(WORKSPACE).unwrap();
        assert_eq!(workspace.count(&"all".parse().unwrap()).unwrap(), 2_000);
        for snoozed in workspace.list(&"all:snoozed".parse().unwrap(), None, 1_000).unwrap().chats {
            assert_eq!(snoozed.snoozed_until, Some(SOME_DAY.into()));
        }
        engine.close().unwrap();
    }

    #[test]
    fn the_history_is_always_the_same() {
        let twice = [History::new(50), History::new(50)].map(|history| format!("{:?}", history.collect::<Vec<_>>()));
        assert_eq!(twice[0], twice[1]);
        assert!(!twice[0].contains("{order}"));
    }
}
