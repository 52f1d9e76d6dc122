//! The demo's history as a stream of commands in order of time. Only chats with steps left are in memory.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::iter::Peekable;

use inboxdb::{Actor, ChatId, Command, CustomerId, CustomerUpdate, Envelope, NewEvent, NewMessage, Visibility};

use super::calendar::{Arrivals, END};
use super::life::{Life, What};
use super::people::{Language, person};
use super::random::Random;
use super::team::{self, WORKSPACE};
use super::topics::{self, TOPICS, Topic};

/// The commands of the demo. It numbers chats 1, 2, 3 … in order of their start, as the engine does.
pub(super) struct History {
    arrivals: Peekable<Arrivals>,
    alive: BTreeMap<ChatId, (CustomerId, Life)>,
    /// The time of the next step of each chat in `alive`.
    next: BinaryHeap<Reverse<(u64, ChatId)>>,
    ready: VecDeque<Envelope>,
    chats: u32,
    customers: u64,
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
            ended: false,
        }
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
        if let Some(at) = life.next_at() {
            self.next.push(Reverse((at, chat)));
            self.alive.insert(chat, (customer, life));
        }
    }

    /// Takes the next step of the chat that is due.
    fn step(&mut self) {
        let Some(Reverse((_, chat))) = self.next.pop() else { return };
        let Some((customer, mut life)) = self.alive.remove(&chat) else { return };
        if let Some((at, what)) = life.step() {
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
        self.ready.pop_front()
    }
}

/// The actor and the command of a step.
fn act(chat: ChatId, customer: CustomerId, life: &mut Life, what: What) -> (Actor, Command) {
    let (by_customer, by_agent) = (Actor::Customer(customer), Actor::Manager(life.agent));
    let manager = life.agent;
    match what {
        What::Opening | What::Addition | What::Thanks => (by_customer, message(chat, customer, life, what)),
        What::Away => (Actor::System, message(chat, customer, life, what)),
        What::Answer | What::Reply | What::Note => (by_agent, message(chat, customer, life, what)),
        What::Assign => (by_agent, Command::assign(chat, manager)),
        What::Tag => (by_agent, Command::tag(chat, tags(customer, life))),
        What::Follow(helper) => (by_agent, Command::follow(chat, [helper])),
        What::MarkRead(reader) => (Actor::Manager(reader), Command::mark_read(chat)),
        What::Describe => (by_agent, Command::set_description(chat, words(life, &topics::DESCRIPTIONS))),
        What::Favorite => (by_agent, Command::favorite(chat)),
        What::Snooze(until) => (by_agent, Command::snooze(chat, until)),
        What::Close => (by_agent, Command::close(chat)),
    }
}

fn message(chat: ChatId, customer: CustomerId, life: &mut Life, what: What) -> Command {
    let topic: &Topic = &TOPICS[life.topic];
    let language = person(customer).language;
    let visibility = if matches!(what, What::Note) { Visibility::Internal } else { Visibility::Public };
    let text = match what {
        What::Opening => words(life, topic.openings(language)),
        What::Addition => anew(life, 0, topics::additions(language)),
        What::Thanks => words(life, topics::thanks(language)),
        What::Answer => words(life, &[topic.answer(language)]),
        What::Note => words(life, &topics::NOTES),
        What::Away => topics::AWAY.to_owned(),
        _ => anew(life, 1, topics::replies(language)),
    };
    Command::send_message(chat, NewMessage::new(text).visibility(visibility))
}

/// One or two tags of the topic, and sometimes a general one.
fn tags(customer: CustomerId, life: &mut Life) -> Vec<String> {
    let random = &mut life.random;
    let topic = &TOPICS[life.topic];
    let mut tags = vec![random.pick(topic.tags)];
    if random.chance(200) {
        tags.push(random.pick(topic.tags));
    }
    if random.chance(60) {
        tags.push(random.pick(&["team/escalated", "team/callback", "team/night", "team/물류", "vip", "spam"]));
    }
    let language = match person(customer).language {
        Language::English => None,
        Language::Korean => Some("language/한국어"),
        Language::German => Some("language/deutsch"),
    };
    tags.extend(language.filter(|_| random.chance(350)));
    tags.into_iter().map(str::to_owned).collect()
}

/// One of the texts, but not the last one used.
fn anew(life: &mut Life, role: usize, texts: &[&'static str]) -> String {
    let mut text = life.random.pick(texts);
    while texts.len() > 1 && text == life.said[role] {
        text = life.random.pick(texts);
    }
    life.said[role] = text;
    filled_in(life, text)
}

/// One of the texts.
fn words(life: &mut Life, texts: &[&'static str]) -> String {
    let text = life.random.pick(texts);
    filled_in(life, text)
}

/// Fills the placeholders of a text.
fn filled_in(life: &Life, text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 24);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        words += before;
        match name {
            "order" => words += &format!("#{}", life.order),
            "amount" => words += &format!("€{}.{:02}", life.cents / 100, life.cents % 100),
            "product" => words += life.product,
            "agent" => words += team::first_name(life.agent),
            _ => {}
        }
        rest = after;
    }
    words + rest
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
