//! What happens in the demo's inbox while it is served: customers write, and colleagues answer, at a lively but calm pace.
//!
//! The same seed and the same times give the same commands, as long as nothing else writes. What others do comes first:
//! the colleagues leave a chat alone that is not theirs any more.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use inboxdb::{
    Actor, ChatId, Command, CustomerId, CustomerUpdate, Engine, Envelope, Error, ManagerId, Reply, View, Workspace,
};

use super::act::act;
use super::life::{Life, What};
use super::pace;
use super::people::person;
use super::random::Random;
use super::team::{self, VIEWER, WORKSPACE};

/// The first chat begins soon, so that a newcomer sees something move.
const FIRST_CHAT_MS: u64 = 1_000;
/// Between the starts of two chats, in ms.
const BETWEEN_CHATS_MS: (u64, u64) = (3_000, 9_000);
/// Customers come from these, most of whom have written before.
const CUSTOMERS: u64 = 4_000;
/// The viewer gets no more chats while there are so many.
const VIEWER_OPEN_MAX: u64 = 15;
/// The kind of [`Random`] of a chat.
const KIND: u64 = 4;

/// The chats under way, and when what is next.
pub(super) struct Simulation {
    seed: u64,
    started: u64,
    next_chat_at: u64,
    lives: BTreeMap<ChatId, (CustomerId, Life)>,
    due: BinaryHeap<Reverse<(u64, ChatId)>>,
}

impl Simulation {
    /// Begins at a time. Another seed gives other chats.
    pub(super) fn new(seed: u64, now: u64) -> Self {
        let next_chat_at = now + FIRST_CHAT_MS;
        Self { seed, started: 0, next_chat_at, lives: BTreeMap::new(), due: BinaryHeap::new() }
    }

    /// Does everything that is due, in order of time. Answers when the next thing is.
    pub(super) fn go_on(&mut self, engine: &Engine, now: u64) -> Result<u64, Error> {
        let workspace = engine.workspace(WORKSPACE)?;
        loop {
            let next = self.due.peek().map_or(u64::MAX, |Reverse((at, _))| *at);
            if next.min(self.next_chat_at) > now {
                return Ok(next.min(self.next_chat_at));
            }
            if self.next_chat_at <= next {
                self.start(engine, &workspace)?;
            } else {
                self.step(engine, &workspace)?;
            }
        }
    }

    /// A customer starts a chat.
    fn start(&mut self, engine: &Engine, workspace: &Workspace) -> Result<(), Error> {
        let at = self.next_chat_at;
        self.started += 1;
        let mut random = Random::of(KIND, self.seed + self.started);
        self.next_chat_at += random.between(BETWEEN_CHATS_MS.0, BETWEEN_CHATS_MS.1);
        let customer = CustomerId(1 + random.below(CUSTOMERS));
        let person = person(customer);
        let update = CustomerUpdate::new().name(person.name).profile(person.profile);
        execute(engine, at, Actor::System, Command::put_customer(customer, update))?;
        let begun = execute(engine, at, Actor::Customer(customer), Command::start_chat(customer))?;
        let Some(Reply::Chat { chat, .. }) = begun else { return Ok(()) };
        let mut life = pace::life(at, random);
        if life.agent == VIEWER && workspace.count(&View::assigned(VIEWER).open().into())? >= VIEWER_OPEN_MAX {
            life.agent = team::other_operator(&mut life.random, VIEWER);
        }
        self.wait(chat, customer, life);
        Ok(())
    }

    /// Keeps a chat until its next step, if it has one.
    fn wait(&mut self, chat: ChatId, customer: CustomerId, life: Life) {
        if let Some(at) = life.next_at() {
            self.due.push(Reverse((at, chat)));
            self.lives.insert(chat, (customer, life));
        }
    }

    /// The step that is due first.
    fn step(&mut self, engine: &Engine, workspace: &Workspace) -> Result<(), Error> {
        let Some(Reverse((_, chat))) = self.due.pop() else { return Ok(()) };
        let Some((customer, mut life)) = self.lives.remove(&chat) else { return Ok(()) };
        let Some((at, what)) = life.step() else { return Ok(()) };
        let Some(assignee) = assignee(workspace, chat)? else { return Ok(()) };
        if fits(what, assignee, life.agent) {
            let (actor, command) = act(chat, customer, &mut life, what);
            execute(engine, at, passed_on(actor, what, &mut life), command)?;
        }
        self.wait(chat, customer, life);
        Ok(())
    }
}

/// The chat's assignee, if the chat is still there.
fn assignee(workspace: &Workspace, chat: ChatId) -> Result<Option<Option<ManagerId>>, Error> {
    match workspace.chat(chat) {
        Ok(chat) => Ok(Some(chat.assignee)),
        Err(Error::Refused(_)) => Ok(None),
        Err(failed) => Err(failed),
    }
}

/// Whether a step still makes sense, now that the chat has this assignee.
fn fits(what: What, assignee: Option<ManagerId>, agent: ManagerId) -> bool {
    match what {
        What::Opening | What::Addition | What::Thanks => true,
        What::Assign => assignee.is_none(),
        _ => assignee == Some(agent),
    }
}

/// Chats for the viewer are passed on by a colleague.
fn passed_on(actor: Actor, what: What, life: &mut Life) -> Actor {
    match (what, life.agent) {
        (What::Assign, VIEWER) => Actor::Manager(team::other_operator(&mut life.random, VIEWER)),
        _ => actor,
    }
}

/// A refusal is no failure: the user of the page may have done something else with the chat.
fn execute(engine: &Engine, at: u64, actor: Actor, command: Command) -> Result<Option<Reply>, Error> {
    match engine.execute(Envelope::new(WORKSPACE, at, actor, command)) {
        Ok(outcome) => Ok(Some(outcome.reply)),
        Err(Error::Refused(refusal)) => {
            tracing::debug!(%refusal.message, "the demo was refused something");
            Ok(None)
        }
        Err(failed) => Err(failed),
    }
}

#[cfg(test)]
mod tests {
    use super::super::calendar::{END, MINUTE};
    use super::super::fill::fill;
    use super::super::history::History;
    use super::*;

    /// A small demo, which goes on for some minutes in steps of a second.
    fn run(minutes: u64) -> (Engine, Simulation) {
        let engine = Engine::temporary().unwrap();
        fill(&engine, 300, History::new(300)).unwrap();
        let mut simulation = Simulation::new(7, END);
        for second in 0..minutes * 60 {
            let now = END + second * 1_000;
            assert!(simulation.go_on(&engine, now).unwrap() > now);
        }
        (engine, simulation)
    }

    #[test]
    fn numbers_move_within_ten_seconds() {
        let engine = Engine::temporary().unwrap();
        fill(&engine, 300, History::new(300)).unwrap();
        let workspace = engine.workspace(WORKSPACE).unwrap();
        let before = workspace.sidebar(VIEWER).unwrap();
        Simulation::new(7, END).go_on(&engine, END + 5_000).unwrap();
        assert_ne!(workspace.sidebar(VIEWER).unwrap().all, before.all);
        engine.close().unwrap();
    }

    #[test]
    fn same_seed_gives_the_same_inbox() {
        let digests = [run(5), run(5)].map(|(engine, _)| {
            let digest = engine.workspace(WORKSPACE).unwrap().digest().unwrap();
            engine.close().unwrap();
            digest
        });
        assert_eq!(digests[0], digests[1]);
    }

    #[test]
    fn chats_end_and_the_viewer_gets_some() {
        let (engine, simulation) = run(30);
        let workspace = engine.workspace(WORKSPACE).unwrap();
        assert!((200..500).contains(&simulation.started), "{}", simulation.started);
        assert!(simulation.lives.len() < 60, "{}", simulation.lives.len());
        let viewer = workspace.count(&View::assigned(VIEWER).open().into()).unwrap();
        assert!((1..=VIEWER_OPEN_MAX + 5).contains(&viewer), "{viewer}");
        engine.close().unwrap();
    }

    #[test]
    fn colleagues_leave_a_chat_alone_that_was_taken() {
        let engine = Engine::temporary().unwrap();
        fill(&engine, 30, History::new(30)).unwrap();
        let mut simulation = Simulation::new(7, END);
        simulation.go_on(&engine, END + FIRST_CHAT_MS).unwrap();
        let chat = ChatId(31);
        let take = Command::assign(chat, VIEWER);
        engine.execute(Envelope::new(WORKSPACE, END + FIRST_CHAT_MS, Actor::Manager(VIEWER), take)).unwrap();
        simulation.go_on(&engine, END + 4 * MINUTE).unwrap();
        let workspace = engine.workspace(WORKSPACE).unwrap();
        let chat = workspace.chat(chat).unwrap();
        assert_eq!((chat.assignee, chat.followers.as_slice()), (Some(VIEWER), [VIEWER].as_slice()));
        engine.close().unwrap();
    }
}
