//! Commands on random chats of a filled store.

use std::sync::atomic::{AtomicBool, Ordering};

use inboxdb::{Actor, ChatId, Command, Engine, Envelope, ListOrder, Timestamp, View};

use super::data::{TAGS, WORKSPACE, answer, far_away, question, some_manager, tag_path, time_of, who};
use super::fill::check;
use super::interrupt;
use crate::failure::Failure;
use crate::random::Random;

/// Ids per page while the statuses are read.
const PAGE: usize = 1_000;

/// The chats of a store, and which of them are closed, so that each command changes something.
pub(super) struct Chats<'e> {
    engine: &'e Engine,
    now: Timestamp,
    closed: Vec<AtomicBool>,
}

impl<'e> Chats<'e> {
    /// Reads which chats are closed.
    pub(super) fn read(engine: &'e Engine, chats: u32) -> Result<Self, Failure> {
        let closed: Vec<AtomicBool> = (0..chats).map(|_| AtomicBool::new(false)).collect();
        let (inbox, view) = (engine.workspace(WORKSPACE)?, View::all().closed().into());
        let mut before = None;
        loop {
            interrupt::check()?;
            let page = inbox.list_ids(&view, ListOrder::Newest, before, PAGE)?;
            for ChatId(chat) in page.ids {
                if let Some(closed) = closed.get(chat as usize - 1) {
                    closed.store(true, Ordering::Relaxed);
                }
            }
            match page.next {
                Some(next) => before = Some(next),
                None => return Ok(Self { engine, now: time_of(chats), closed }),
            }
        }
    }

    pub(super) fn engine(&self) -> &'e Engine {
        self.engine
    }

    fn len(&self) -> u64 {
        self.closed.len() as u64
    }

    /// Any chat.
    fn some(&self, random: &mut Random) -> u32 {
        1 + random.below(self.len()) as u32
    }

    /// Any chat of those that one of so many writers has for itself, as long as there are enough.
    fn some_of(&self, writer: u32, writers: u32, random: &mut Random) -> u32 {
        let (writer, writers) = (u64::from(writer), u64::from(writers));
        let own = self.len() / writers;
        let chat = if own == 0 { writer % self.len() } else { writer + writers * random.below(own) };
        1 + chat as u32
    }

    fn set_closed(&self, chat: u32, closed: bool) -> bool {
        self.closed[chat as usize - 1].swap(closed, Ordering::Relaxed)
    }

    fn execute(&self, actor: Actor, command: Command) -> Result<(), Failure> {
        check(self.engine.execute(Envelope::new(WORKSPACE, self.now, actor, command)))
    }

    /// A customer writes in a random chat.
    pub(super) fn message(&self, random: &mut Random) -> Result<(), Failure> {
        let chat = self.some(random);
        self.set_closed(chat, false);
        let text = question(random);
        self.execute(Actor::Customer(who(chat).customer), Command::send_message(ChatId(chat), text))
    }

    /// A manager closes a random chat, or opens it again.
    pub(super) fn close_or_open(&self, random: &mut Random) -> Result<(), Failure> {
        let chat = self.some(random);
        self.turn(chat, random)
    }

    /// The same, of the chats of one writer.
    pub(super) fn close_or_open_own(&self, writer: u32, writers: u32, random: &mut Random) -> Result<(), Failure> {
        let chat = self.some_of(writer, writers, random);
        self.turn(chat, random)
    }

    fn turn(&self, chat: u32, random: &mut Random) -> Result<(), Failure> {
        let was_closed = self.closed[chat as usize - 1].fetch_xor(true, Ordering::Relaxed);
        let chat = ChatId(chat);
        let command = if was_closed { Command::open(chat) } else { Command::close(chat) };
        self.execute(Actor::Manager(some_manager(random)), command)
    }

    /// The first assignee answers in a random chat; a customer writes if there is none.
    fn answer(&self, random: &mut Random) -> Result<(), Failure> {
        let chat = self.some(random);
        let Some(manager) = who(chat).assignee else { return self.message(random) };
        self.set_closed(chat, false);
        let text = answer(random);
        self.execute(Actor::Manager(manager), Command::send_message(ChatId(chat), text))
    }

    fn assign(&self, random: &mut Random) -> Result<(), Failure> {
        let chat = ChatId(self.some(random));
        let [actor, manager] = [(); 2].map(|()| some_manager(random));
        self.execute(Actor::Manager(actor), Command::assign(chat, manager))
    }

    fn snooze(&self, random: &mut Random) -> Result<(), Failure> {
        let chat = self.some(random);
        self.set_closed(chat, false);
        let until = far_away(random, chat);
        self.execute(Actor::Manager(some_manager(random)), Command::snooze(ChatId(chat), until))
    }
}

/// The work of a day: 60 messages, 10 assignments, 10 tags, 15 closed or opened again and 5 snoozes in 100 commands.
pub(super) struct Mix<'c, 'e> {
    chats: &'c Chats<'e>,
    random: Random,
    /// What was tagged last. It is untagged next, so that no chat gets too many.
    tagged: Option<(ChatId, String)>,
}

impl<'c, 'e> Mix<'c, 'e> {
    pub(super) fn new(chats: &'c Chats<'e>, random: Random) -> Self {
        Self { chats, random, tagged: None }
    }

    pub(super) fn next(&mut self) -> Result<(), Failure> {
        let (chats, random) = (self.chats, &mut self.random);
        match random.below(100) {
            0..30 => chats.message(random),
            30..60 => chats.answer(random),
            60..70 => chats.assign(random),
            70..80 => self.tag(),
            80..95 => chats.close_or_open(random),
            _ => chats.snooze(random),
        }
    }

    fn tag(&mut self) -> Result<(), Failure> {
        let manager = Actor::Manager(some_manager(&mut self.random));
        let command = match self.tagged.take() {
            Some((chat, tag)) => Command::untag(chat, [tag]),
            None => {
                let chat = ChatId(self.chats.some(&mut self.random));
                let tag = tag_path(self.random.below(TAGS));
                self.tagged = Some((chat, tag.clone()));
                Command::tag(chat, [tag])
            }
        };
        self.chats.execute(manager, command)
    }
}

#[cfg(test)]
mod tests {
    use inboxdb::{Config, Durability, Filter, Timer};
    use std::time::Duration;

    use super::super::data::Script;
    use super::super::fill::fill;
    use super::*;

    #[test]
    fn every_command_changes_something_and_none_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let config = Config::default().timer(Timer::Off).durability(Durability::Interval(Duration::from_millis(50)));
        let engine = Engine::open(directory.path().join("store"), config).unwrap();
        let filling = fill(&engine, &mut Script::new(), 0, 60).unwrap();
        assert_eq!(filling.chats, 60);
        let chats = Chats::read(&engine, 60).unwrap();
        let inbox = engine.workspace(WORKSPACE).unwrap();
        let closed = |chats: &Chats<'_>| chats.closed.iter().filter(|closed| closed.load(Ordering::Relaxed)).count();
        let view: Filter = View::all().closed().into();
        let mut random = Random::of(9, 9);
        let mut mix = Mix::new(&chats, Random::of(9, 8));
        for round in 0..400 {
            let seq = inbox.seq();
            chats.close_or_open(&mut random).unwrap();
            chats.close_or_open_own(round % 8, 8, &mut random).unwrap();
            chats.message(&mut random).unwrap();
            assert_eq!(inbox.seq(), seq + 3);
            mix.next().unwrap();
            assert_eq!(inbox.count(&view).unwrap(), closed(&chats) as u64);
        }
    }

    #[test]
    fn writers_have_their_own_chats_as_long_as_there_are_enough() {
        let engine = Engine::temporary().unwrap();
        let mut random = Random::of(9, 9);
        for (len, writers) in [(100_u32, 8_u32), (8, 8), (3, 8), (1, 64)] {
            let mut chats = Chats::read(&engine, 0).unwrap();
            chats.closed = (0..len).map(|_| AtomicBool::new(false)).collect();
            for writer in 0..writers {
                let chat = chats.some_of(writer, writers, &mut random);
                assert!((1..=len).contains(&chat));
                assert!(len < writers || (chat - 1) % writers == writer);
            }
        }
    }
}
