//! `inboxdb serve --demo`: the demo's inbox with people who go on using it.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use inboxdb::{Config, Engine, Error, FeedEvent, Filter, Timer, Timestamp, View, Watch};

use super::DURABILITY;
use super::calendar::{DAY, END};
use super::fill::fill;
use super::history::History;
use super::simulation::Simulation;
use super::team::{self, VIEWER, WORKSPACE};
use crate::failure::{Failure, say};
use crate::output::refuse_inside_a_store;
use crate::store::{close_after, open};
use crate::terminal::is_quiet;

/// How long it may take until they notice that they are to stop.
const LOOK_AT_LEAST_EVERY: Duration = Duration::from_millis(200);

/// Fills a new store with the demo's inbox, whose history then ends within the last day. An inbox that is there already
/// must be the demo's: real customers are to get no simulated answers.
pub(crate) fn prepare(dir: &Path, chats: u32) -> Result<(), Failure> {
    refuse_inside_a_store(dir)?;
    let engine = open(dir, Config::default().timer(Timer::Off).durability(DURABILITY))?;
    let filled = fill_if_new(&engine, dir, chats);
    close_after(engine, filled)
}

fn fill_if_new(engine: &Engine, dir: &Path, chats: u32) -> Result<(), Failure> {
    if engine.workspaces()?.is_empty() {
        let later = Timestamp::now().as_millis().saturating_sub(END) / DAY * DAY;
        return fill(engine, chats, History::new(chats).later(later)).map(drop);
    }
    if team::is_in(&engine.workspace(WORKSPACE)?)? {
        return Ok(());
    }
    let dir = dir.display();
    Err(Failure::Broken(format!(
        "the inbox in {dir} is not the demo's, and the demo writes to customers; name a directory that is new or empty"
    )))
}

/// The customers and colleagues of a demo that is served, on a thread of their own.
pub(crate) struct Colleagues {
    /// Dropping it ends the thread.
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Colleagues {
    /// Lets them begin. `address` is where the page is.
    pub(crate) fn start(engine: Arc<Engine>, address: &str) -> Result<Self, Failure> {
        let seed = engine.workspace(WORKSPACE)?.count(&Filter::from(View::all()))?;
        if !is_quiet() {
            say(format_args!(
                "customers write and colleagues answer; watch them at {address}?workspace={WORKSPACE}&manager={VIEWER}"
            ));
        }
        let (stop, stopped) = channel();
        let body = move || match simulate(&engine, seed, &stopped) {
            Ok(()) | Err(Error::Closed) => {}
            Err(error) => say(format_args!("the demo's customers and colleagues stop: {error}")),
        };
        let thread = thread::Builder::new().name("demo".to_owned()).spawn(body);
        let thread = thread.map_err(|error| Failure::Broken(format!("cannot start a thread: {error}")))?;
        Ok(Self { stop, thread })
    }

    /// Waits until they have stopped.
    pub(crate) fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            say("the demo's customers and colleagues had an accident; this is a bug, please report it");
        }
    }
}

fn simulate(engine: &Engine, seed: u64, stopped: &Receiver<()>) -> Result<(), Error> {
    let now = || Timestamp::now().as_millis();
    let mut simulation = Simulation::new(seed, now());
    let workspace = engine.workspace(WORKSPACE)?;
    let mut watcher = workspace.watch(Watch::now())?;
    while stopped.try_recv() == Err(TryRecvError::Empty) {
        let next = simulation.go_on(engine, now())?;
        let wait = Duration::from_millis(next.saturating_sub(now()).max(1)).min(LOOK_AT_LEAST_EVERY);
        if let Some(FeedEvent::Change(change)) = watcher.next_timeout(wait)? {
            simulation.see(&workspace, &change, now())?;
        }
    }
    Ok(())
}
