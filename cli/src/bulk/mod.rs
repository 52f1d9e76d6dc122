//! `inboxdb bulk`: one action on many chats.

mod action;
mod report;

use std::collections::BTreeSet;
use std::io::{self, BufRead, IsTerminal, Write};

use action::What;
use clap::Args;
use inboxdb::{
    Action, Actor, BulkReport, ChatId, Code, Command, Engine, Envelope, Error, Filter, ManagerId, Reply, Selection,
    Timestamp, Workspace,
};

use crate::failure::Failure;
use crate::list::read_filter;
use crate::store::{Where, close_after};
use crate::terminal::{Progress, plural, print, read_moment};

const AFTER_HELP: &str = "\
The action covers the chats that match when it begins, even if it makes them match no longer. Each chat succeeds or is
refused on its own. On a terminal the command first prints how many chats match, and asks.

It is safe to interrupt: after Ctrl-C, a kill or a loss of power, the next opening of the store finishes the action. No
other program may have the store open.

Examples:
  inboxdb bulk inbox 'all:open & (tag:outage | hashtag:outage)' send 'It works again.' --manager 7
  inboxdb bulk inbox --chats 3,5,8 snooze --for 2h

Exit status: 0 success; 1 the action or some of the chats were refused, or the question was answered with no; 2 the
store could not be opened, or failed.";

/// Do one action on many chats
#[derive(Args)]
#[command(after_help = AFTER_HELP, override_usage = "inboxdb bulk [OPTIONS] <DIR> <FILTER|--chats N,…> <ACTION>",
          subcommand_value_name = "ACTION", subcommand_help_heading = "Actions", disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    chats: Which,
    /// Act as this manager
    #[arg(long, short, value_name = "M", global = true, conflicts_with = "system")]
    manager: Option<u64>,
    /// Act as the system (the default)
    #[arg(long, global = true)]
    system: bool,
    /// Time of the action: ms since 1970, or such as 2026-05-01T09:00:00Z; now if omitted
    #[arg(long, value_name = "TIME", global = true, value_parser = read_moment)]
    at: Option<Timestamp>,
    /// Do not ask
    #[arg(long, short, global = true)]
    yes: bool,
    /// Only print how many chats match now; snoozes that end before --at may add some
    #[arg(long, global = true)]
    dry_run: bool,
    /// Print the report as JSON, in the form of `inboxdb apply`
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: What,
}

/// The chats to change.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// Chats that match, such as 'tag:billing:open & !assigned:7'
    #[arg(value_parser = read_filter)]
    filter: Option<Filter>,
    /// These chats, in this order, up to 1,024
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    chats: Vec<u32>,
}

impl Which {
    fn selection(&self) -> Selection {
        match &self.filter {
            Some(filter) => Selection::Filter(filter.clone()),
            None => Selection::Chats(self.chats.iter().copied().map(ChatId).collect()),
        }
    }
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let actor = actor(arguments)?;
    let engine = arguments.place.store.open_existing()?;
    let done = act(arguments, actor, &engine);
    close_after(engine, done)
}

fn actor(arguments: &Arguments) -> Result<Actor, Failure> {
    match (arguments.manager, arguments.what.needs_manager()) {
        // clap does not compare the two if one comes before the action and one after it.
        (Some(_), _) if arguments.system => {
            Err(Failure::Broken("--manager cannot be used with --system; leave one of them out".to_owned()))
        }
        (Some(manager), _) => Ok(Actor::Manager(ManagerId(manager))),
        (None, Some(word)) => Err(Failure::Refused(format!("{word} needs a manager; say who with --manager"))),
        (None, None) => Ok(Actor::System),
    }
}

fn act(arguments: &Arguments, actor: Actor, engine: &Engine) -> Result<(), Failure> {
    let workspace = engine.workspace(arguments.place.workspace())?;
    let at = arguments.at.unwrap_or_else(Timestamp::now);
    let select = arguments.chats.selection();
    // A command takes effect no earlier than the workspace's clock.
    let action = arguments.what.action(at.max(workspace.clock()));
    if arguments.dry_run {
        return dry_run(arguments, matching(&workspace, &select)?);
    }
    if !arguments.yes && io::stdin().is_terminal() && io::stderr().is_terminal() {
        ask(matching(&workspace, &select)?, &action)?;
    }
    let command = Command::bulk(select, action);
    let report = watched(engine, Envelope::new(arguments.place.workspace(), at, actor, command))?;
    match arguments.json {
        true => print(&(serde_json::to_string(&report)? + "\n"))?,
        false => print(&report::text(&report))?,
    }
    if report.refused.is_empty() { Ok(()) } else { Err(Failure::SomeRefused) }
}

/// How many existing chats are selected.
fn matching(workspace: &Workspace, select: &Selection) -> Result<u64, Failure> {
    match select {
        Selection::Filter(filter) => Ok(workspace.count(filter)?),
        Selection::Chats(chats) => {
            let mut matching = 0;
            for chat in chats.iter().collect::<BTreeSet<_>>() {
                match workspace.chat(*chat) {
                    Ok(_) => matching += 1,
                    Err(Error::Refused(refusal)) if refusal.code == Code::UnknownChat => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(matching)
        }
        _ => Err(Failure::Broken("these chats cannot be counted beforehand; use --yes".to_owned())),
    }
}

fn dry_run(arguments: &Arguments, chats: u64) -> Result<(), Failure> {
    match arguments.json {
        true => print(&format!("{{\"count\":{chats}}}\n")),
        false => print(&(matches(chats) + "\n")),
    }
}

/// `1 chat matches`, `2 chats match`.
fn matches(chats: u64) -> String {
    let ending = if chats == 1 { "es" } else { "" };
    format!("{} match{ending}", plural(chats, "chat"))
}

/// Asks at the terminal. An error if the answer is not yes.
fn ask(chats: u64, action: &Action) -> Result<(), Failure> {
    // If standard error is closed, the answer below is no.
    let _ = write!(io::stderr(), "{}. {} [y/N] ", matches(chats), action::question(action));
    let mut answer = String::new();
    let _unread_is_no = io::stdin().lock().read_line(&mut answer);
    if is_yes(&answer) { Ok(()) } else { Err(Failure::Refused("nothing was done".to_owned())) }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// Executes the action with a progress bar.
fn watched(engine: &Engine, envelope: Envelope) -> Result<BulkReport, Failure> {
    let progress = Progress::of_chats("", 0);
    let outcome = engine.execute_watched(envelope, |now| progress.show(now))?;
    match outcome.reply {
        Reply::Bulk(report) => Ok(report),
        other => Err(Failure::Broken(format!("this is a bug in inboxdb, please report it: {other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!(["y\n", "Y", " yes\r\n", "YES"].into_iter().all(is_yes));
        assert!(!["", "\n", "n", "no", "yess", "да"].into_iter().any(is_yes));
    }

    #[test]
    fn one_chat_matches() {
        assert_eq!([matches(0), matches(1), matches(2_000)], ["0 chats match", "1 chat matches", "2,000 chats match"]);
    }
}
