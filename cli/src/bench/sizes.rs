//! A run: one store that grows, measured at several sizes.

use std::path::Path;
use std::time::Instant;

use inboxdb::{Config, Engine, StoreBytes};

use super::config;
use super::data::{Script, WORKSPACE};
use super::fill::fill;
use super::machine::resident_bytes;
use super::place::Place;
use super::reopen::reopen;
use super::results::{Disk, Filling, Memory, Opening, Reopened, Size};
use super::stage::Stage;
use super::{reads, writes};
use crate::failure::{Failure, failed_store};
use crate::store::{close_after, open};
use crate::terminal::Progress;

/// The store so far.
pub(super) struct Run<'p> {
    place: &'p Place,
    seconds: f64,
    script: Script,
    chats: u32,
    /// The memory of this process before the first command.
    resident_before: u64,
}

/// What filling did.
struct Filled {
    filling: Filling,
    closing_seconds: f64,
    memory_growth: u64,
}

impl<'p> Run<'p> {
    pub(super) fn new(place: &'p Place, seconds: f64) -> Self {
        Self { place, seconds, script: Script::new(), chats: 0, resident_before: resident_bytes() }
    }

    /// Fills the store up to a size and measures there. The commands that are measured go into a copy, so that the next
    /// size finds the data set alone.
    pub(super) fn measure(&mut self, chats: u32, is_last: bool) -> Result<Size, Failure> {
        let store = self.place.store();
        let Filled { filling, closing_seconds, memory_growth } = self.fill(&store, chats)?;
        let reopened = reopen(&store)?;
        let disk = self.disk(reopened.bytes);

        let progress = Progress::of_steps(reads::STEPS + writes::STEPS);
        let mut stage = Stage::new(&progress, self.seconds);
        with_engine(&store, config::relaxed(), |engine| reads::measure(&mut stage, &engine.workspace(WORKSPACE)?))?;
        let changed = if is_last { store } else { self.place.copy()? };
        self.write(&mut stage, &changed)?;
        if !is_last {
            self.place.remove_copy()?;
        }
        Ok(Size {
            chats: chats.into(),
            filling,
            closing_seconds,
            opening: Opening { seconds: reopened.open_seconds, first_sidebar_seconds: reopened.sidebar_seconds },
            memory: memory(memory_growth, &reopened, chats),
            disk,
            measurements: stage.finish(),
        })
    }

    fn fill(&mut self, store: &Path, chats: u32) -> Result<Filled, Failure> {
        let engine = open(store, config::relaxed())?;
        let filled = fill(&engine, &mut self.script, self.chats, chats);
        let memory_growth = resident_bytes().saturating_sub(self.resident_before);
        let began = Instant::now();
        let filling = close_after(engine, filled)?;
        let closing_seconds = began.elapsed().as_secs_f64();
        self.chats = chats;
        Ok(Filled { filling, closing_seconds, memory_growth })
    }

    fn disk(&self, bytes: StoreBytes) -> Disk {
        let (messages, message_texts) = (self.script.messages, self.script.text_bytes);
        Disk {
            state: bytes.state,
            journal: bytes.journal,
            messages,
            message_texts,
            state_per_chat_beyond_texts: bytes.state.saturating_sub(message_texts) as f64 / f64::from(self.chats),
        }
    }

    fn write(&self, stage: &mut Stage<'_>, store: &Path) -> Result<(), Failure> {
        with_engine(store, config::relaxed(), |engine| writes::relaxed(stage, engine, self.chats))?;
        let file = self.place.file("syncs");
        with_engine(store, config::durable(), |engine| writes::durable(stage, engine, self.chats, &file))
    }
}

/// Opens the store for some measurements. A store that does not close is a failure.
fn with_engine(store: &Path, config: Config, work: impl FnOnce(&Engine) -> Result<(), Failure>) -> Result<(), Failure> {
    let engine = open(store, config.create(false))?;
    let done = work(&engine);
    let closed = engine.close().map_err(|error| Failure::Broken(failed_store(&error)));
    done.and(closed)
}

fn memory(filling_growth: u64, reopened: &Reopened, chats: u32) -> Memory {
    let workspace = reopened.workspace_bytes;
    Memory {
        filling_growth,
        opened_growth: reopened.resident_after.saturating_sub(reopened.resident_before),
        workspace,
        workspace_per_chat: workspace as f64 / f64::from(chats),
    }
}
