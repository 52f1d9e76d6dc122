//! `inboxdb info`: what a store is made of.

use clap::Args;
use inboxdb::{Engine, Filter, MemoryUse, StoreInfo, Timestamp, View, WorkspaceId};
use serde::Serialize;

use crate::failure::Failure;
use crate::followed_log::{Group, described, groups, table_of_groups};
use crate::store::{Store, close_after};
use crate::terminal::{
    Cell, Column, FAINT, STRONG, TEXT_COLUMNS, Table, bytes, clean, minute, paint, print, thousands,
};

/// Workspaces whose contents are shown; the rest are counted.
const SHOWN_MAX: usize = 100;

const AFTER_HELP: &str = "\
The checkpoint is the newest change in the state store; the journal holds the later ones, and the next opening replays
them. The newest backup is the newest that this store wrote into a file: that the file is still there is not checked.
A store of a node of a cluster also shows the log that it follows: for each group of workspaces the identity of its log, and
the newest place that the store has applied.
Times are in UTC, or in the zone of --tz. JSON has every workspace; the table has the first hundred. The memory is what the
engine holds once it has read these hundred, as an estimate by structure.

Example:
  inboxdb info inbox";

/// Show format, workspaces, sizes, checkpoint and newest backup of a store
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: Store,
    /// Print `{"format":…,"workspaces":[…],"seq":…,"checkpoint":…,"bytes":{…},"backup":…,"memory":{…}}` as JSON; of a node with
    /// `log` and `groups`
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let engine = arguments.store.open_existing()?;
    let shown = text(arguments, &engine).and_then(|text| print(&text));
    close_after(engine, shown)
}

fn text(arguments: &Arguments, engine: &Engine) -> Result<String, Failure> {
    let info = engine.info()?;
    // This loads them, so it comes before the memory is measured.
    let workspaces = workspaces(engine, &info.workspaces)?;
    let memory = engine.memory_use();
    let groups = info.log.as_ref().and_then(groups);
    if arguments.json {
        return Ok(serde_json::to_string(&Shown { info, groups, memory })? + "\n");
    }
    let title = paint(STRONG, clean(&arguments.store.dir.to_string_lossy()));
    let facts = facts(&info, groups.as_deref()).render(2);
    let groups = groups.map(|groups| format!("\n{}", table_of_groups(&groups))).unwrap_or_default();
    let memory = table_of_memory(&memory).render(2);
    Ok(format!("{title}\n\n{facts}{groups}\n{memory}{workspaces}"))
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    info: StoreInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<Group>>,
    memory: MemoryUse,
}

/// A row per structure that takes any memory, and their sum.
fn table_of_memory(memory: &MemoryUse) -> Table {
    let mut table = Table::new([Column::word("MEMORY"), Column::number("BYTES")]);
    for (structure, taken) in memory.structures().filter(|(_, taken)| *taken > 0) {
        table.row([Cell::new(FAINT, structure.replace('_', " ")), Cell::plain(bytes(taken))]);
    }
    table.row([Cell::new(STRONG, "total"), Cell::plain(bytes(memory.total()))]);
    table
}

fn facts(info: &StoreInfo, groups: Option<&[Group]>) -> Table {
    let behind = match info.seq.saturating_sub(info.checkpoint) {
        0 => String::new(),
        behind => format!(", {} behind", thousands(behind)),
    };
    let backup = match &info.backup {
        Some(backup) => {
            let since = match info.seq.saturating_sub(backup.seq) {
                0 => "nothing changed since".to_owned(),
                since => format!("{} since", thousands(since)),
            };
            format!("{}, up to change {}, {since}", clean(&backup.path.to_string_lossy()), thousands(backup.seq))
        }
        None => "none".to_owned(),
    };
    let log = info.log.as_ref().map(|log| ("follows a log", described(log, groups)));
    let rows = [
        ("format", info.format.to_string()),
        ("newest change", thousands(info.seq)),
        ("checkpoint", format!("{}{behind}", thousands(info.checkpoint))),
        ("state store", bytes(info.bytes.state)),
        ("journal", bytes(info.bytes.journal)),
        ("newest backup", backup),
        ("workspaces", thousands(info.workspaces.len() as u64)),
    ];
    let mut table = Table::new([Column::word(""), Column::text("", TEXT_COLUMNS)]);
    for (name, value) in rows.into_iter().chain(log) {
        table.row([Cell::new(FAINT, name), Cell::lines(&value)]);
    }
    table
}

/// A row per workspace.
fn workspaces(engine: &Engine, ids: &[WorkspaceId]) -> Result<String, Failure> {
    if ids.is_empty() {
        return Ok(String::new());
    }
    let columns = [
        Column::number("WORKSPACE"),
        Column::number("CHATS"),
        Column::number("MANAGERS"),
        Column::number("TAGS"),
        Column::word("CLOCK"),
    ];
    let all = Filter::from(View::all());
    let mut table = Table::new(columns);
    for id in ids.iter().take(SHOWN_MAX) {
        let workspace = engine.workspace(*id)?;
        let sizes = [workspace.count(&all)?, workspace.managers()?.len() as u64, workspace.tags()?.len() as u64];
        let [chats, managers, tags] = sizes.map(|size| Cell::plain(thousands(size)));
        table.row([Cell::new(STRONG, id.to_string()), chats, managers, tags, Cell::plain(clock(workspace.clock()))]);
    }
    let more = match ids.len().saturating_sub(SHOWN_MAX) {
        0 => String::new(),
        more => format!("  … and {} more\n", thousands(more as u64)),
    };
    Ok(format!("\n{}{more}", table.render(2)))
}

/// Marked if it is ahead of the wall clock: commands are dated by it.
fn clock(clock: Timestamp) -> String {
    let ahead = if clock > Timestamp::now() { ", ahead of this computer" } else { "" };
    minute(clock) + ahead
}
