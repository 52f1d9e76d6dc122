//! inboxdb itself, linked like SQLite.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use inboxdb::{
    Actor, ChatId, Command, Config, CustomerId, CustomerUpdate, Engine, Envelope, Filter, ListOrder, ManagerId, Role,
    StatusCounts, View, Workspace,
};
use tempfile::TempDir;

use crate::data::{self, CUSTOMERS, Data, MANAGERS, OPERATORS, Status, TAGS, TEXT};
use crate::machine::locked_version;
use crate::peer::{Client, Counts, Durability, PAGE, Peer, Sidebar};
use crate::server;

const WORKSPACE: u64 = 1;
/// Each of the two caches: together what the other linked stores have.
const CACHE_BYTES: u64 = 128 << 20;
/// The time of the fill. Commands of the comparison are dated now.
const AT: u64 = 1_600_000_000_000;
/// Snoozes end in the year 2100: none does during the comparison.
const SNOOZED_UNTIL: u64 = 4_102_444_800_000;

/// A store in a temporary directory.
#[derive(Debug)]
pub struct Inboxdb {
    directory: TempDir,
    engine: Engine,
    data: Data,
    /// The place of each tag in a sidebar, which sorts them by path.
    places: Vec<usize>,
}

impl Inboxdb {
    /// Creates an empty store.
    ///
    /// # Errors
    ///
    /// If it cannot.
    pub fn start() -> Result<Self> {
        let directory = server::directory()?;
        let engine = open(directory.path().join("store"), Durability::Relaxed)?;
        let mut sorted: Vec<u32> = (0..TAGS).collect();
        sorted.sort_by_key(|tag| data::path(*tag));
        let mut places = vec![0; sorted.len()];
        sorted.iter().enumerate().for_each(|(place, tag)| places[*tag as usize] = place);
        Ok(Self { directory, engine, data: Data { chats: 0 }, places })
    }

    fn fill_chats(&self, batch: &mut Batch<'_>) -> Result<()> {
        for chat in self.data.iter() {
            let (id, customer) = (ChatId(chat.id), CustomerId(chat.customer.into()));
            batch.push(Command::start_chat(customer))?;
            let message =
                |batch: &mut Batch<'_>| batch.push_by(Actor::Customer(customer), Command::send_message(id, TEXT));
            // A follower has what comes after the assignment unread.
            if !chat.unread {
                message(batch)?;
            }
            if let Some(manager) = chat.assignee {
                batch.push(Command::assign(id, ManagerId(manager.into())))?;
            }
            if chat.unread {
                message(batch)?;
            }
            batch.push(Command::tag(id, [data::path(chat.tag)]))?;
            match chat.status {
                Status::Open => {}
                Status::Snoozed => batch.push(Command::snooze(id, SNOOZED_UNTIL))?,
                Status::Closed => batch.push(Command::close(id))?,
            }
        }
        Ok(())
    }
}

fn open(path: PathBuf, durability: Durability) -> Result<Engine> {
    let durability = match durability {
        Durability::Durable => inboxdb::Durability::Sync,
        Durability::Relaxed => inboxdb::Durability::Interval(Duration::from_millis(200)),
    };
    let config = Config::default().record_cache_bytes(CACHE_BYTES).store_cache_bytes(CACHE_BYTES);
    Ok(Engine::open(path, config.durability(durability))?)
}

impl Peer for Inboxdb {
    fn version(&self) -> String {
        format!("inboxdb {}", locked_version("inboxdb"))
    }

    fn setup(&self) -> String {
        "linked; two caches of 128 MiB, otherwise the defaults; relaxed: a sync every 200 ms".to_owned()
    }

    fn fill(&mut self, data: Data) -> Result<()> {
        self.data = data;
        let mut batch = Batch { engine: &self.engine, pipeline: None };
        for manager in (1..=u64::from(MANAGERS)).map(ManagerId) {
            batch.push(Command::put_manager(manager, format!("Manager {manager}"), Role::Member))?;
        }
        for tag in 0..TAGS {
            batch.push(Command::create_tag(data::path(tag)))?;
        }
        for customer in (1..=u64::from(CUSTOMERS)).map(CustomerId) {
            batch.push(Command::put_customer(customer, CustomerUpdate::new()))?;
        }
        self.fill_chats(&mut batch)?;
        // Last, so that operators have no message of an unassigned chat unread.
        for manager in (1..=u64::from(OPERATORS)).map(ManagerId) {
            batch.push(Command::set_operator(manager, true))?;
        }
        batch.finish()?;
        Ok(self.engine.checkpoint()?)
    }

    fn set_durability(&mut self, durability: Durability) -> Result<()> {
        self.engine.close()?;
        self.engine = open(self.directory.path().join("store"), durability)?;
        Ok(())
    }

    fn client(&self) -> Result<Box<dyn Client + '_>> {
        Ok(Box::new(Linked { peer: self, inbox: self.engine.workspace(WORKSPACE)? }))
    }
}

/// Commands that share one wait for the disk.
struct Batch<'e> {
    engine: &'e Engine,
    pipeline: Option<inboxdb::Pipeline<'e>>,
}

impl Batch<'_> {
    fn push(&mut self, command: Command) -> Result<()> {
        self.push_by(Actor::System, command)
    }

    fn push_by(&mut self, actor: Actor, command: Command) -> Result<()> {
        let pipeline = self.pipeline.get_or_insert_with(|| self.engine.pipeline());
        pipeline.push(&Envelope::new(WORKSPACE, AT, actor, command));
        if pipeline.len() == 4_096 { self.finish() } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<()> {
        let results = self.pipeline.take().map(inboxdb::Pipeline::finish).unwrap_or_default();
        results.into_iter().try_for_each(|result| result.map(drop)).context("a command of the fill was refused")
    }
}

struct Linked<'p> {
    peer: &'p Inboxdb,
    inbox: Workspace,
}

impl Linked<'_> {
    fn page(&self, view: View) -> Result<Vec<u32>> {
        let page = self.inbox.list_ids(&Filter::from(view), ListOrder::Newest, None, PAGE)?;
        Ok(page.ids.into_iter().map(|chat| chat.0).collect())
    }
}

fn numbers(counts: StatusCounts) -> Counts {
    [counts.open, counts.snoozed, counts.closed]
}

impl Client for Linked<'_> {
    fn counts_of_assignee(&mut self, manager: u32) -> Result<Counts> {
        Ok(numbers(self.inbox.counts(&View::assigned(u64::from(manager)).into())?))
    }

    fn open_below_tag(&mut self, tag: u32) -> Result<u64> {
        Ok(self.inbox.count(&View::tag(data::path(tag)).open().into())?)
    }

    fn sidebar(&mut self, manager: u32) -> Result<Sidebar> {
        let found = self.inbox.sidebar(u64::from(manager))?;
        let mut managers = vec![0; MANAGERS as usize];
        for other in found.operators.iter().chain(&found.others) {
            *managers.get_mut(other.manager.0 as usize - 1).ok_or_else(|| anyhow!("an unknown manager"))? = other.open;
        }
        Ok(Sidebar {
            me: numbers(found.me),
            all: numbers(found.all),
            unassigned: numbers(found.unassigned),
            unread: [found.unread.chats, found.unread.messages],
            managers,
            tags: self.peer.places.iter().map(|place| found.tags.get(*place).map_or(0, |tag| tag.open)).collect(),
        })
    }

    fn closed_of_assignee(&mut self, manager: u32) -> Result<Vec<u32>> {
        self.page(View::assigned(u64::from(manager)).closed())
    }

    fn closed_below_tag(&mut self, tag: u32) -> Result<Vec<u32>> {
        self.page(View::tag(data::path(tag)).closed())
    }

    fn send_message(&mut self, chat: u32) -> Result<()> {
        let customer = self.peer.data.chat(chat).customer;
        self.inbox.as_customer(u64::from(customer)).send_message(chat, TEXT)?;
        Ok(())
    }

    fn close(&mut self, chat: u32) -> Result<()> {
        Ok(self.inbox.as_system().close(chat)?)
    }

    fn open(&mut self, chat: u32) -> Result<()> {
        Ok(self.inbox.as_system().open(chat)?)
    }
}
