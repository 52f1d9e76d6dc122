//! Snoozed chats come back by themselves: three of them, before the reader's eyes.

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use inboxdb::{Actor, ChatId, Command, Engine, Envelope, ManagerId, Status, View, ViewKind, Workspace};

use super::team::WORKSPACE;
use crate::failure::Failure;
use crate::terminal::{FAINT, GOOD, WAITING, paint, print_line, thousands, time_of_day};

const CHATS: usize = 3;
/// How long it is waited for chats that should be back.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// A chat that sleeps, and until when.
struct Sleeper {
    chat: ChatId,
    until: u64,
}

/// Snoozes the manager's newest open chats for one, two and three seconds, and shows how each comes back.
pub(super) fn watch(engine: &Engine, manager: ManagerId) -> Result<(), Failure> {
    let workspace = engine.workspace(WORKSPACE)?;
    let own = View::new(ViewKind::Assigned(manager)).with_status(Status::Open);
    let all = View::new(ViewKind::All).with_status(Status::Open);
    // A very small inbox may have none of the manager's own.
    let view = if workspace.count(&own)? >= CHATS as u64 { own } else { all };
    let chats = workspace.list(&view, None, CHATS)?.chats;
    if chats.is_empty() {
        return print_line("  No chat is open that could be snoozed.");
    }
    tell(now_ms(), &format!("{}   `{view}`", open(&workspace, &view)?))?;
    let mut sleepers = Vec::new();
    for (chat, seconds) in chats.into_iter().zip(1..) {
        sleepers.push(snooze(engine, &workspace, &view, chat.id, manager, seconds)?);
    }
    wait(&workspace, &view, sleepers)
}

fn snooze(
    engine: &Engine,
    workspace: &Workspace<'_>,
    view: &View,
    chat: ChatId,
    manager: ManagerId,
    seconds: u64,
) -> Result<Sleeper, Failure> {
    let now = now_ms();
    let until = now + seconds * 1_000;
    engine.execute(Envelope::new(WORKSPACE, now, Actor::Manager(manager), Command::Snooze { chat, until }))?;
    let done = paint(WAITING, format_args!("chat {chat} snoozed until {}", time_of_day(until)));
    tell(now, &format!("{}   {done}", open(workspace, view)?))?;
    Ok(Sleeper { chat, until })
}

/// Looks again and again until all are back.
fn wait(workspace: &Workspace<'_>, view: &View, mut sleepers: Vec<Sleeper>) -> Result<(), Failure> {
    let began = Instant::now();
    while let Some(sleeper) = sleepers.first() {
        if workspace.chat(sleeper.chat)?.status == Status::Open {
            let now = now_ms();
            let late = format!("{} ms after its time", now.saturating_sub(sleeper.until));
            let back = paint(GOOD, format_args!("chat {} is back, {late}", sleeper.chat));
            tell(now, &format!("{}   {back}", open(workspace, view)?))?;
            sleepers.remove(0);
        } else if began.elapsed() > PATIENCE {
            let (chat, seconds) = (sleeper.chat, PATIENCE.as_secs());
            return Err(Failure::Broken(format!(
                "chat {chat} is not back after {seconds} s; please report this mistake"
            )));
        } else {
            thread::sleep(LOOK_EVERY);
        }
    }
    Ok(())
}

fn open(workspace: &Workspace<'_>, view: &View) -> Result<String, Failure> {
    Ok(format!("{} open", thousands(workspace.count(view)?)))
}

fn tell(now: u64, what: &str) -> Result<(), Failure> {
    print_line(format_args!("  {}  {what}", paint(FAINT, time_of_day(now))))
}

/// The wall clock, which the engine goes by here.
fn now_ms() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}
