//! `inboxdb join`: a store for a new node of a cluster, from a node that runs.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use inboxdb::{Config, Engine, Restore, Timer};
use inboxdb_cluster::{Groups, Logs};
use serde::Serialize;
use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::runtime::Runtime;

use crate::backup::of_recovery;
use crate::failure::Failure;
use crate::log_options::{LogOptions, bounds_of};
use crate::output::refuse_inside_a_store;
use crate::remote::Remote;
use crate::store::{close_after, open};
use crate::terminal::{Progress, TYPED, clean, paint, print, program, quoted, report, thousands};

const AFTER_HELP: &str = "\
A backup is fetched from a node that runs, and restored. `inboxdb serve DIR --log …` then catches up behind it. Do that soon:
the log does not keep everything for ever.

A node that was stopped because it differs from the others, or that lost its disk, comes back in the same way: move its
store away, join, and serve.

With --log it is checked that the node follows this log, and that the log still has what comes behind the backup.

On a server with a secret this takes a token of the system with `\"store\":true` (`inboxdb token --system --store`), in
INBOXDB_TOKEN or with --token.

Example:
  inboxdb join inbox --from http://10.0.0.1:7878 --log nats://a,b,c --log-monitor http://a:8222,http://b:8222,http://c:8222

Exit status: 0 the store is there; 1 the node refused; 2 the node, the backup or the log could not be used, and there is no
store.";

/// Make a store for a new node of a cluster, from a node that runs
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Directory for the store, new or empty; INBOXDB_DIR of the environment if left out
    dir: PathBuf,
    /// Address of a node that runs, such as http://10.0.0.1:7878
    #[arg(long, value_name = "URL")]
    from: String,
    /// Token for it; that in INBOXDB_TOKEN if left out, where other users of this machine do not see it
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    #[command(flatten)]
    log: LogOptions,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// What was made.
#[derive(Debug, Serialize)]
struct Joined {
    /// The newest change of the backup.
    seq: u64,
    /// The size of the backup.
    bytes: u64,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let dir = &arguments.dir;
    refuse_inside_a_store(dir)?;
    if fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
        let sentence = format!("{} is not empty; name a new directory", clean(&dir.to_string_lossy()));
        return Err(Failure::Broken(sentence));
    }
    let remote = Remote::new(&arguments.from)?.with_token(arguments.token.clone());
    check_node(&remote, &arguments.from)?;
    let (backup, bytes) = fetch(&remote, dir)?;
    let restored = Restore::from(backup.path()).run(dir, |_| {});
    let seq = restored.map_err(|error| match &error {
        inboxdb::RestoreError::Recovery(error) => of_recovery(error),
        _ => Failure::Broken(error.to_string()),
    })?;
    drop(backup);
    if let Err(failure) = check(arguments) {
        // It was new or empty, and is of no use.
        let removed = fs::remove_dir_all(dir);
        return Err(match (removed, failure) {
            (Err(error), Failure::Broken(why)) => {
                Failure::Broken(format!("{why}; remove {}, which is of no use ({error})", dir.display()))
            }
            (_, failure) => failure,
        });
    }
    let joined = Joined { seq: seq.seq, bytes };
    match arguments.json {
        true => print(&(serde_json::to_string(&joined)? + "\n")),
        false => report(&text(dir, &joined)),
    }
}

/// Refuses a server that is no node of a cluster before anything is fetched.
fn check_node(remote: &Remote, url: &str) -> Result<(), Failure> {
    let health: Value = serde_json::from_reader(remote.stream("/healthz", &[])?)
        .map_err(|error| Failure::Broken(format!("{url} answered in another form: {error}")))?;
    match health.get("node") {
        Some(_) => Ok(()),
        None => Err(Failure::Broken(format!("{url} is no node of a cluster; it would have to be served with --log"))),
    }
}

/// Fetches a backup into a file beside the store, which is gone afterwards.
fn fetch(remote: &Remote, dir: &Path) -> Result<(NamedTempFile, u64), Failure> {
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = fs::create_dir_all(parent).and_then(|()| NamedTempFile::with_prefix_in(".inboxdb-join-", parent));
    let cannot = |error: io::Error| {
        Failure::Broken(format!(
            "cannot write a backup to {}: {error}; check the path and the free space",
            parent.display()
        ))
    };
    let mut file = made.map_err(cannot)?;
    let mut backup = remote.stream("/v1/backup", &[])?;
    let progress = Progress::of_bytes(None);
    let mut piece = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let count = match io::Read::read(&mut backup, &mut piece) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(remote.broken(&error)),
        };
        file.write_all(&piece[..count]).map_err(cannot)?;
        bytes += count as u64;
        progress.show_done(bytes);
    }
    Ok((file, bytes))
}

/// Checks that the store follows a log, and this one.
fn check(arguments: &Arguments) -> Result<(), Failure> {
    let engine = open(&arguments.dir, Config::default().create(false).timer(Timer::Off))?;
    let checked = check_binding(&engine, arguments);
    close_after(engine, checked)
}

fn check_binding(engine: &Engine, arguments: &Arguments) -> Result<(), Failure> {
    let url = &arguments.from;
    let Some(bound) = engine.log_binding() else {
        return Err(Failure::Broken(format!("the store of {url} follows no log")));
    };
    if !arguments.log.is_given() {
        return Ok(());
    }
    let runtime = Runtime::new().map_err(|error| Failure::Broken(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        let log = arguments.log.connect(None).await?;
        let logs = log.logs();
        if logs.binding() != bound {
            return Err(Failure::Broken(format!("{url} follows another log: {bound}, and this is {}", logs.binding())));
        }
        check_reach(engine, &logs).await
    })
}

/// Checks that each log still has what comes behind the store.
async fn check_reach(engine: &Engine, logs: &Logs) -> Result<(), Failure> {
    let spread: Groups = logs.spread();
    let places = engine.places()?;
    for (group, log) in (0..).zip(&logs.groups) {
        let bounds = bounds_of(&**log).await?;
        let applied = places.iter().filter(|(workspace, _)| spread.of(*workspace) == group).map(|(_, place)| place.0);
        let applied = applied.max().unwrap_or_default();
        if bounds.first.0 > applied + 1 {
            return Err(Failure::Broken(format!(
                "the log of group {group} begins at {}, and the backup ends at {applied}; join from a node that is further",
                bounds.first.0
            )));
        }
    }
    Ok(())
}

fn text(dir: &Path, joined: &Joined) -> String {
    let dir = dir.to_string_lossy();
    let serve = paint(TYPED, clean(&format!("{} serve {} --log …", program(), quoted(&dir))));
    format!("{}: the store as it was after change {}\nTo catch up: {serve}\n", clean(&dir), thousands(joined.seq))
}
