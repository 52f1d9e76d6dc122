//! `inboxdb bulk`: one action on many chats.

mod action;
mod changes;
mod clock;
mod preview;
mod remote;
mod report;

use action::What;
use clap::Args;
use inboxdb::{Action, Actor, BulkReport, ChatId, Command, Engine, Envelope, Reply, Selection, Timestamp};
use preview::{Planned, Preview};

use crate::confirm::Confirmed;
use crate::failure::{Failure, say};
use crate::inbox::Inbox;
use crate::named_filter::NamedFilter;
use crate::people::Person;
use crate::store::{Where, close_after};
use crate::terminal::{self, Progress, Written, plural, print, thousands};
use crate::workspaces::{known, known_there};

const AFTER_HELP: &str = "\
The action covers the chats that match when it begins, even if it makes them match no longer. Each chat succeeds or is
refused on its own. Before it begins, the command says how many chats will change, and asks: counted as of the moment
of the action, when snoozes that are due have ended. Without a terminal to ask at it does nothing unless --yes is given.

It is safe to interrupt: after Ctrl-C, a kill or a loss of power, the next opening of the store finishes the action. No
other program may have the store open.

Examples:
  inboxdb bulk inbox 'all:open & (tag:outage | hashtag:outage)' send 'It works again.' --manager 7
  inboxdb bulk inbox --chats 3,5,8 snooze --for 2h

Exit status: 0 success; 1 the action or some of the chats were refused, or the question was answered with no; 2 the
store could not be opened, or failed, or there was no terminal to ask at.";

/// Do one action on many chats
#[derive(Args)]
#[command(after_help = AFTER_HELP, override_usage = "inboxdb bulk [OPTIONS] <DIR> <FILTER|--chats N,…> <ACTION>",
          subcommand_value_name = "ACTION", subcommand_help_heading = "Actions", disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    chats: Which,
    /// Act as this manager: a number, or a name that only one has
    #[arg(long, short, value_name = "M", global = true, conflicts_with = "system")]
    manager: Option<Person>,
    /// Act as the system (the default)
    #[arg(long, global = true)]
    system: bool,
    /// Time of the action: ms since 1970, or such as 2026-05-01T09:00:00Z; now if omitted
    #[arg(long, value_name = "TIME", global = true, value_parser = Written::read)]
    at: Option<Written>,
    #[command(flatten)]
    confirmed: Confirmed,
    /// Only print how many chats match at the time of the action, and how many would change
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
    filter: Option<NamedFilter>,
    /// These chats, in this order, up to 1,024
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    chats: Vec<u32>,
}

impl Which {
    fn selection(&self, workspace: &Inbox<'_>) -> Result<Selection, Failure> {
        match &self.filter {
            Some(filter) => Ok(Selection::Filter(filter.find(workspace)?)),
            None => Ok(Selection::Chats(self.chats.iter().copied().map(ChatId).collect())),
        }
    }
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    check_arguments(arguments)?;
    let at = arguments.at.map(Written::moment).transpose()?;
    if let Some(server) = arguments.place.store.remote()? {
        let inbox = known_there(&server, arguments.place.workspace())?;
        // Without --manager the token says who acts.
        let actor = if arguments.system { Actor::System } else { server.actor()? };
        return Bulk { arguments, inbox: &inbox, actor, at }
            .act(|envelope| remote::execute(&server, envelope, at.is_some()));
    }
    let engine = arguments.place.store.open_existing()?;
    let done = known(&engine, arguments.place.workspace()).and_then(|workspace| {
        let inbox = Inbox::here(&engine, workspace);
        Bulk { arguments, inbox: &inbox, actor: Actor::System, at }.act(|envelope| watched(&engine, envelope))
    });
    close_after(engine, done)
}

/// Refuses arguments that contradict each other before anything is opened.
fn check_arguments(arguments: &Arguments) -> Result<(), Failure> {
    // clap does not compare the two if one comes before the action and one after it.
    match arguments.manager {
        Some(_) if arguments.system => {
            Err(Failure::Broken("--manager cannot be used with --system; leave one of them out".to_owned()))
        }
        _ => Ok(()),
    }
}

fn check_actor(arguments: &Arguments, actor: Actor) -> Result<(), Failure> {
    match arguments.what.needs_manager() {
        Some(word) if actor.manager().is_none() => {
            Err(Failure::Refused(format!("{word} needs a manager; say who with --manager")))
        }
        _ => Ok(()),
    }
}

/// An action about to be done.
struct Bulk<'a> {
    arguments: &'a Arguments,
    inbox: &'a Inbox<'a>,
    /// Who acts, unless the arguments name a manager.
    actor: Actor,
    at: Option<Timestamp>,
}

impl Bulk<'_> {
    fn act(self, execute: impl FnOnce(Envelope) -> Result<BulkReport, Failure>) -> Result<(), Failure> {
        let Self { arguments, inbox, actor, at } = self;
        let actor = match &arguments.manager {
            Some(manager) => Actor::Manager(manager.find(inbox)?),
            None => actor,
        };
        check_actor(arguments, actor)?;
        let at = at.unwrap_or_else(Timestamp::now);
        let select = arguments.chats.selection(inbox)?;
        // A command takes effect no earlier than the workspace's clock.
        let moment = at.max(inbox.clock());
        let action = arguments.what.action(inbox, moment)?;
        if let Some(warning) = clock::warning(inbox, at) {
            say(warning);
        }
        let preview = || Planned { workspace: inbox, action: &action, actor, at: moment }.preview(&select);
        if arguments.dry_run {
            return dry_run(arguments, preview()?);
        }
        if !arguments.confirmed.is_given() {
            arguments.confirmed.ask(&question(preview()?, &action))?;
        }
        let report = execute(Envelope::new(inbox.id(), at, actor, Command::bulk(select, action)))?;
        print_report(arguments, &report)?;
        if report.refused.is_empty() { Ok(()) } else { Err(Failure::SomeRefused) }
    }
}

fn print_report(arguments: &Arguments, report: &BulkReport) -> Result<(), Failure> {
    match arguments.json {
        true => print(&(serde_json::to_string(report)? + "\n")),
        // What was refused is more than a success.
        false if report.refused.is_empty() => terminal::report(&report::text(report)),
        false => print(&report::text(report)),
    }
}

fn dry_run(arguments: &Arguments, preview: Preview) -> Result<(), Failure> {
    match arguments.json {
        true => print(&format!("{{\"count\":{}}}\n", preview.matching)),
        false => print(&(matches(preview) + "\n")),
    }
}

/// `1 chat matches`, `2 chats match, 1 would change`.
fn matches(Preview { matching, changing }: Preview) -> String {
    let ending = if matching == 1 { "es" } else { "" };
    let would = if changing == matching { String::new() } else { format!(", {} would change", thousands(changing)) };
    format!("{} match{ending}{would}", plural(matching, "chat"))
}

/// `2 chats will change. Close them?`
fn question(Preview { matching, changing }: Preview, action: &Action) -> String {
    let of_them =
        if changing == matching { String::new() } else { format!(" of the {} that match", thousands(matching)) };
    format!("{}{of_them} will change. {}", plural(changing, "chat"), action::question(action))
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
    fn counts_say_how_many_change() {
        let preview = |matching, changing| Preview { matching, changing };
        let shown = [(0, 0), (1, 1), (2_000, 2_000), (3, 1)].map(|(all, some)| matches(preview(all, some)));
        assert_eq!(shown, ["0 chats match", "1 chat matches", "2,000 chats match", "3 chats match, 1 would change"]);
        let close = Action::close();
        assert_eq!(question(preview(5, 5), &close), "5 chats will change. Close them?");
        assert_eq!(question(preview(7, 1), &close), "1 chat of the 7 that match will change. Close them?");
    }
}
