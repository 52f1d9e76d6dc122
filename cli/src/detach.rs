//! `inboxdb detach`: takes a store out of the log of its cluster, so that it can begin another one.

use std::path::PathBuf;

use clap::Args;
use inboxdb::{Config, Engine, LogInfo, Timer};
use serde::Serialize;

use crate::confirm::Confirmed;
use crate::failure::Failure;
use crate::followed_log::{Group, described, groups, table_of_groups};
use crate::output::refuse_inside_a_store;
use crate::store::{close_after, open};
use crate::terminal::{TYPED, clean, paint, plural, print, program, quoted, report, thousands};

const AFTER_HELP: &str = "\
For a log that is lost, or a backup of a node that is to begin a new one. The store keeps its data, and the ids of commands, so
a retry is still not done twice. It forgets the places of the log, and takes commands of its own again. It can never go back to
that log: what comes behind is missing in it.

Detach one store alone: the one that is furthest (`inboxdb info`). Serve it with another --log-prefix, and let the other nodes
join it (`inboxdb join`).

It asks first. Without a terminal to ask at it does nothing unless --yes is given.

Examples:
  inboxdb detach inbox
  inboxdb serve inbox --log nats://a,b,c --log-monitor http://a:8222,http://b:8222,http://c:8222 --log-prefix inboxdb2

Exit status: 0 done; 1 the question was answered with no; 2 the store follows no log, or could not be opened, or failed, or there
was no terminal to ask at.";

/// Take a store out of the log of its cluster, so that it can begin another one
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Directory of the store, which must not be open elsewhere; INBOXDB_DIR of the environment if left out
    dir: PathBuf,
    #[command(flatten)]
    confirmed: Confirmed,
    /// Print the log that it followed as JSON, in the form of `info`
    #[arg(long)]
    json: bool,
}

/// What a store has followed.
#[derive(Serialize)]
struct Detached {
    log: LogInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<Group>>,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    refuse_inside_a_store(&arguments.dir)?;
    let engine = open(&arguments.dir, Config::default().create(false).timer(Timer::Off))?;
    let done = detach(arguments, &engine);
    let detached = close_after(engine, done)?;
    match arguments.json {
        true => print(&(serde_json::to_string(&detached)? + "\n")),
        false => report(&text(arguments, &detached)),
    }
}

fn detach(arguments: &Arguments, engine: &Engine) -> Result<Detached, Failure> {
    let dir = clean(&arguments.dir.to_string_lossy());
    let Some(log) = engine.info()?.log else {
        return Err(Failure::Broken(format!("{dir} follows no log; there is nothing to detach it from")));
    };
    let groups = groups(&log);
    let log_in_words = described(&log, groups.as_deref());
    let question = format!("{dir} follows a log {log_in_words}, and can never go back to it. Detach it?");
    arguments.confirmed.ask(&question)?;
    engine.detach_log()?;
    Ok(Detached { log, groups })
}

/// What it followed, and what to do next.
fn text(arguments: &Arguments, detached: &Detached) -> String {
    let dir = arguments.dir.to_string_lossy();
    let places = match &detached.groups {
        Some(groups) => table_of_groups(groups),
        None => {
            let places = &detached.log.places;
            let newest = places.iter().map(|applied| applied.place.0).max().unwrap_or(0);
            let workspaces = plural(places.len() as u64, "workspace");
            format!("{}: {workspaces}, up to place {}\n", described(&detached.log, None), thousands(newest))
        }
    };
    let serve = format!("{} serve {} --log … --log-prefix NEW", program(), quoted(&dir));
    let dir = clean(&dir);
    format!(
        "{dir} followed this log:\n\n{places}\nIt follows none any more. To begin another one: {}\n",
        paint(TYPED, clean(&serve))
    )
}
