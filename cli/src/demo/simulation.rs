//! What happens in the demo's inbox while it is served: customers write, and colleagues answer, at a lively but calm pace.
//!
//! The same seed and the same times give the same commands, as long as nothing else writes. What others do comes first:
//! the colleagues leave a chat alone that is not theirs any more, and a customer who is written to answers.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use inboxdb::{
    Actor, ChangeEvent, ChatId, Command, CustomerId, CustomerUpdate, Engine, Envelope, Error, ManagerId, Message,
    Reply, View, Visibility, Workspace,
};

use super::act::act;
use super::life::{Life, What};
use super::pace;
use super::people::person;
use super::team::{self, VIEWER, WORKSPACE};
use crate::random::Random;

/// The first chat begins soon, so that a newcomer sees something move.
const FIRST_CHAT_MS: u64 = 1_000;
/// Between the starts of two chats, in ms; at first sooner.
const BETWEEN_CHATS_MS: (u64, u64) = (3_000, 9_000);
const BETWEEN_FIRST_MS: (u64, u64) = (700, 1_600);
const FIRST_CHATS: u64 = 5;
/// Customers come from these, most of whom have written before.
const CUSTOMERS: u64 = 4_000;
/// The viewer gets no more chats while there are so many.
const VIEWER_OPEN_MAX: u64 = 15;
/// The kind of [`Random`] of a chat, and of an answer to a message from outside.
const KIND: u64 = 4;
const KIND_OF_ANSWERS: u64 = 5;
/// After how many ms a customer answers such a message.
const ANSWER_MS: (u64, u64) = (4_000, 12_000);
/// How the ids of the simulation's own commands begin.
const OWN: &str = "demo-";

/// The chats under way, and when what is next.
pub(super) struct Simulation {
    seed: u64,
    started: u64,
    next_chat_at: u64,
    lives: BTreeMap<ChatId, (CustomerId, Life)>,
    /// The times of steps. One whose chat has no step at that time is out of date.
    due: BinaryHeap<Reverse<(u64, ChatId)>>,
    commands: u64,
}

impl Simulation {
    /// Begins at a time. Another seed gives other chats.
    pub(super) fn new(seed: u64, now: u64) -> Self {
        let next_chat_at = now + FIRST_CHAT_MS;
        Self { seed, started: 0, next_chat_at, lives: BTreeMap::new(), due: BinaryHeap::new(), commands: 0 }
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
        let (least, most) = if self.started < FIRST_CHATS { BETWEEN_FIRST_MS } else { BETWEEN_CHATS_MS };
        self.next_chat_at += random.between(least, most);
        let customer = CustomerId(1 + random.below(CUSTOMERS));
        let person = person(customer);
        let update = CustomerUpdate::new().name(person.name).profile(person.profile);
        self.execute(engine, at, Actor::System, Command::put_customer(customer, update))?;
        let begun = self.execute(engine, at, Actor::Customer(customer), Command::start_chat(customer))?;
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
        let Some(Reverse((due, chat))) = self.due.pop() else { return Ok(()) };
        if self.lives.get(&chat).is_none_or(|(_, life)| life.next_at() != Some(due)) {
            return Ok(());
        }
        let Some((customer, mut life)) = self.lives.remove(&chat) else { return Ok(()) };
        let Some((at, what)) = life.step() else { return Ok(()) };
        let Some(assignee) = assignee(workspace, chat)? else { return Ok(()) };
        if fits(what, assignee, life.agent) {
            let (actor, command) = act(chat, customer, &mut life, what);
            self.execute(engine, at, passed_on(actor, what, &mut life), command)?;
        }
        self.wait(chat, customer, life);
        Ok(())
    }

    /// Lets customers answer what was written to them by others than the simulation.
    pub(super) fn see(&mut self, workspace: &Workspace, change: &ChangeEvent, now: u64) -> Result<(), Error> {
        if change.id.as_deref().is_some_and(|id| id.starts_with(OWN)) || !matches!(change.by, Some(Actor::Manager(_))) {
            return Ok(());
        }
        let sent = change.chats.iter().filter_map(|chat| Some((chat.chat, chat.message?)));
        for (chat, number) in sent {
            let found =
                workspace.message(chat, number).and_then(|message| Ok((message, workspace.chat(chat)?.customer)));
            match found {
                Ok((message, customer)) if message.visibility == Visibility::Public => {
                    self.answer(chat, customer, &message, now);
                }
                Ok(_) | Err(Error::Refused(_)) => {}
                Err(failed) => return Err(failed),
            }
        }
        Ok(())
    }

    fn answer(&mut self, chat: ChatId, customer: CustomerId, message: &Message, now: u64) {
        let mut random = Random::of(KIND_OF_ANSWERS, u64::from(chat.0) << 20 | u64::from(message.message.0));
        let at = now + random.between(ANSWER_MS.0, ANSWER_MS.1);
        let what = if random.chance(300) { What::Thanks } else { What::Addition };
        let life = self.lives.remove(&chat).map(|(_, life)| life);
        let mut life = life.unwrap_or_else(|| Life::without_steps(now, random));
        life.add(at, what);
        self.wait(chat, customer, life);
    }

    /// A refusal is no failure: the user of the page may have done something else with the chat.
    fn execute(&mut self, engine: &Engine, at: u64, actor: Actor, command: Command) -> Result<Option<Reply>, Error> {
        self.commands += 1;
        let id = format!("{OWN}{}-{}", self.seed, self.commands);
        match engine.execute(Envelope::new(WORKSPACE, at, actor, command).with_id(id)) {
            Ok(outcome) => Ok(Some(outcome.reply)),
            Err(Error::Refused(refusal)) => {
                tracing::debug!(%refusal.message, "the demo was refused something");
                Ok(None)
            }
            Err(failed) => Err(failed),
        }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use inboxdb::{FeedEvent, NewMessage, Watch};

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

    #[test]
    fn customers_answer_what_people_write() {
        let engine = Engine::temporary().unwrap();
        fill(&engine, 30, History::new(30)).unwrap();
        let workspace = engine.workspace(WORKSPACE).unwrap();
        let mut watcher = workspace.watch(Watch::now()).unwrap();
        let mut simulation = Simulation::new(7, END);
        let write = |visibility| {
            let message = NewMessage::new("How can I help?").visibility(visibility);
            let command = Command::send_message(ChatId(5), message);
            engine.execute(Envelope::new(WORKSPACE, END, Actor::Manager(VIEWER), command)).unwrap();
        };
        write(Visibility::Internal);
        write(Visibility::Public);
        let before = workspace.chat(ChatId(5)).unwrap().messages;
        while let Some(event) = watcher.next_timeout(Duration::from_millis(50)).unwrap() {
            if let FeedEvent::Change(change) = event {
                simulation.see(&workspace, &change, END).unwrap();
            }
        }
        simulation.go_on(&engine, END + ANSWER_MS.1).unwrap();
        assert_eq!(workspace.chat(ChatId(5)).unwrap().messages, before + 1);
        engine.close().unwrap();
    }
}
