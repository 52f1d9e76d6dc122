//! Shows live how snoozed chats reopen by themselves.

use std::thread;
use std::time::{Duration, Instant};

use inboxdb::{Actor, ChatId, Command, Engine, Envelope, Filter, ManagerId, Status, Timestamp, View, Workspace};

use super::team::WORKSPACE;
use crate::failure::Failure;
use crate::terminal::{FAINT, GOOD, STRONG, WAITING, minute, paint, plural, print_line, thousands, time_of_day};

const CHATS: usize = 3;
/// How long to wait for chats that should be back.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// A snoozed chat and its deadline.
struct Sleeper {
    chat: ChatId,
    until: Timestamp,
}

/// A manager watching a view.
struct Watch<'e> {
    engine: &'e Engine,
    workspace: Workspace,
    manager: ManagerId,
    view: Filter,
}

/// Snoozes the manager's newest open chats for one, two and three seconds, and shows how each comes back. The engine's
/// timer must follow the wall clock.
pub(super) fn watch(engine: &Engine, manager: ManagerId) -> Result<(), Failure> {
    let workspace = engine.workspace(WORKSPACE)?;
    heading(&workspace)?;
    let own = Filter::from(View::assigned(manager).open());
    // In a very small inbox the manager may have too few.
    let view = if workspace.count(&own)? >= CHATS as u64 { own } else { View::all().open().into() };
    let chats = workspace.list(&view, None, CHATS)?.chats;
    let watch = Watch { engine, workspace, manager, view };
    watch.tell(Timestamp::now(), &format!("in `{}`", watch.view))?;
    let sleepers = chats.iter().zip(1..).map(|(chat, seconds)| watch.snooze(chat.id, seconds));
    let sleepers = sleepers.collect::<Result<Vec<_>, _>>()?;
    watch.wait(sleepers)
}

/// The heading also explains the snoozed chats of the history: the sidebar above shows their number.
fn heading(workspace: &Workspace) -> Result<(), Failure> {
    let snoozed = Filter::from(View::all().snoozed());
    print_line(format_args!("\n{}", paint(STRONG, "Snoozed chats come back by themselves")))?;
    let Some(first) = workspace.list(&snoozed, None, 1)?.chats.into_iter().next() else { return Ok(()) };
    let until = minute(first.snoozed_until.unwrap_or_default());
    let count = plural(workspace.count(&snoozed)?, "chat");
    print_line(format_args!(
        "  {}",
        paint(FAINT, format_args!("{count} of the history are snoozed until {until}; three more for 1, 2 and 3 s:"))
    ))
}

impl Watch<'_> {
    fn snooze(&self, chat: ChatId, seconds: u64) -> Result<Sleeper, Failure> {
        let now = Timestamp::now();
        let until = now + Duration::from_secs(seconds);
        let command = Command::snooze(chat, until);
        self.engine.execute(Envelope::new(WORKSPACE, now, Actor::Manager(self.manager), command))?;
        self.tell(now, &paint(WAITING, format_args!("chat {chat} snoozed until {}", time_of_day(until))))?;
        Ok(Sleeper { chat, until })
    }

    /// Polls until all are back. They come back in this order.
    fn wait(&self, sleepers: Vec<Sleeper>) -> Result<(), Failure> {
        let began = Instant::now();
        for Sleeper { chat, until } in sleepers {
            while self.workspace.chat(chat)?.status != Status::Open {
                if began.elapsed() > PATIENCE {
                    let seconds = PATIENCE.as_secs();
                    let sentence =
                        format!("chat {chat} is not back after {seconds} s; this is a bug, please report it");
                    return Err(Failure::Broken(sentence));
                }
                thread::sleep(LOOK_EVERY);
            }
            let now = Timestamp::now();
            let late = now.since(until).as_millis();
            self.tell(now, &paint(GOOD, format_args!("chat {chat} is back, {late} ms after its time")))?;
        }
        Ok(())
    }

    /// Prints the time, the count of the view, and what happened.
    fn tell(&self, now: Timestamp, what: &str) -> Result<(), Failure> {
        let count = thousands(self.workspace.count(&self.view)?);
        print_line(format_args!("  {}  {count} open   {what}", paint(FAINT, time_of_day(now))))
    }
}
