//! A bot that greets every new chat exactly once, also after a crash. `cargo run --example welcome_bot`
//!
//! Two things make it exact. The bot keeps the id of the last event that it has dealt with, so it misses none. And its
//! greeting has an external id, which is unique within a chat: sent again after a crash, it does nothing.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use inboxdb::{ChatId, Code, Engine, FeedEvent, ListOrder, NewMessage, Role, View, Watch, What, Workspace};

/// How the bot signs its messages.
const BOT: u64 = 99;
const GREETING: &str = "welcome-bot";

struct Bot<'w> {
    inbox: &'w Workspace,
    /// Where the id of the last event is kept.
    bookmark: PathBuf,
}

impl Bot<'_> {
    /// Greets the chats that were started since the last run, until nothing happens for a while. `crashes_after` makes
    /// it stop dead after so many greetings.
    fn run(&self, crashes_after: usize) -> Result<usize, Box<dyn Error>> {
        let mut greeted = 0;
        let mut watcher = self.inbox.watch(self.begin()?)?;
        while let Some(event) = watcher.next_timeout(Duration::from_millis(100))? {
            for chat in self.new_chats(&event)? {
                if greeted == crashes_after {
                    return Ok(greeted);
                }
                self.greet(chat)?;
                greeted += 1;
            }
            fs::write(&self.bookmark, watcher.id().to_string())?;
        }
        Ok(greeted)
    }

    /// Begins after the last event, or with the first change that there was.
    fn begin(&self) -> Result<Watch, Box<dyn Error>> {
        match fs::read_to_string(&self.bookmark) {
            Ok(id) => Ok(Watch::after(id.parse()?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Watch::from(0)),
            Err(error) => Err(error.into()),
        }
    }

    /// The chats that may lack a greeting: those that an event starts, and all of them if events were lost.
    fn new_chats(&self, event: &FeedEvent) -> Result<Vec<ChatId>, inboxdb::Error> {
        match event {
            FeedEvent::Change(change) => {
                let started = change.chats.iter().filter(|chat| chat.what.contains(&What::Started));
                Ok(started.map(|chat| chat.chat).collect())
            }
            FeedEvent::Reset { .. } => self.all_chats(),
            _ => Ok(Vec::new()),
        }
    }

    fn all_chats(&self) -> Result<Vec<ChatId>, inboxdb::Error> {
        let (mut chats, mut before) = (Vec::new(), None);
        loop {
            let page = self.inbox.list_ids(&View::all().into(), ListOrder::Newest, before, 1_000)?;
            chats.extend(page.ids);
            before = page.next;
            if before.is_none() {
                return Ok(chats);
            }
        }
    }

    fn greet(&self, chat: ChatId) -> Result<(), inboxdb::Error> {
        let greeting = NewMessage::new("Hello! A person will be with you in a minute.").external(GREETING).quiet();
        match self.inbox.as_manager(BOT).send_message(chat, greeting) {
            // It was deleted meanwhile.
            Err(error) if error.code() == Code::UnknownChat => Ok(()),
            done => done.map(drop),
        }
    }
}

fn start_chats(inbox: &Workspace, count: usize) -> Result<(), inboxdb::Error> {
    for _ in 0..count {
        let chat = inbox.as_customer(5).start_chat()?;
        inbox.as_customer(5).send_message(chat, "Where is my parcel?")?;
    }
    Ok(())
}

fn run_in(directory: &Path) -> Result<(), Box<dyn Error>> {
    let engine = Engine::open(directory.join("store"), Default::default())?;
    let inbox = engine.workspace(1)?;
    inbox.as_system().put_manager(BOT, "Welcome bot", Role::Member)?;
    inbox.as_system().put_customer(5, "Grace")?;
    let bot = Bot { inbox: &inbox, bookmark: directory.join("bookmark") };

    start_chats(&inbox, 5)?;
    println!("greeted {} chats, then crashed", bot.run(3)?);
    start_chats(&inbox, 5)?;
    bot.run(usize::MAX)?;

    for chat in 1..=10 {
        let messages = inbox.messages(chat, None, None, 50)?.messages;
        let greetings = messages.iter().filter(|message| message.external.as_deref() == Some(GREETING)).count();
        println!("chat {chat}: {} messages, {greetings} greeting", messages.len());
        assert_eq!(greetings, 1);
    }
    engine.close()?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run_in(tempfile::tempdir()?.path())
}
