//! `inboxdb scrub`: compares every count and list with the records, and repairs them.

use std::fmt::Write;

use clap::Args;
use inboxdb::{Engine, FamilyScrub, RepairReport, ScrubReport, WorkspaceId, WorkspaceRepair};

use crate::failure::Failure;
use crate::store::{Store, close_after};
use crate::terminal::{
    Cell, Column, GOOD, Progress, STRONG, TYPED, Table, WAITING, clean, paint, plural, print, program, quoted,
    thousands,
};
use crate::workspaces::known;

const AFTER_HELP: &str = "\
It recomputes every set of chats, count, timeline position, deadline and sum of unread messages from the records, and
compares the records with the count and digest kept for each family. A fault is something missing, dangling (present but
wrong) or miscounted. The first hundred faults are listed.

A repair goes through the journal like any change. It is safe to interrupt: the next repair does the rest. It cannot
bring back lost records.

Examples:
  inboxdb scrub inbox
  inboxdb scrub inbox --workspace 7 --repair

Exit status: 0 everything agrees, or does after the repair; 1 there are faults; 2 the store could not be opened, or
failed.";

/// Check every count and list against the records
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: Store,
    /// Only this workspace; all if omitted
    #[arg(long, short, value_name = "W")]
    workspace: Option<u64>,
    /// Repair everything that does not agree with the records
    #[arg(long)]
    repair: bool,
    /// Print the report as JSON; with --repair `{"before":…,"changes":[…],"after":…}`
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let engine = arguments.store.open_existing()?;
    let done = if arguments.repair { repair(arguments, &engine) } else { scrub(arguments, &engine) };
    close_after(engine, done)
}

fn scrub(arguments: &Arguments, engine: &Engine) -> Result<(), Failure> {
    let progress = Progress::of_chats("", 0);
    let watch = |now| progress.show(now);
    let report = match arguments.workspace {
        Some(workspace) => engine.scrub_workspace(known(engine, WorkspaceId(workspace))?.id(), watch)?,
        None => engine.scrub_watched(watch)?,
    };
    drop(progress);
    let text = match arguments.json {
        true => serde_json::to_string(&report)? + "\n",
        false => text(&report) + &advice(arguments, &report),
    };
    print(&text)?;
    verdict(&report)
}

fn repair(arguments: &Arguments, engine: &Engine) -> Result<(), Failure> {
    let progress = Progress::of_chats("", 0);
    let watch = |now| progress.show(now);
    let report = match arguments.workspace {
        Some(workspace) => engine.repair_workspace(known(engine, WorkspaceId(workspace))?.id(), watch)?,
        None => engine.repair(watch)?,
    };
    drop(progress);
    let text = match arguments.json {
        true => serde_json::to_string(&report)? + "\n",
        false => text(&report.before) + &repaired(&report) + &advice(arguments, &report.after),
    };
    print(&text)?;
    verdict(&report.after)
}

fn verdict(report: &ScrubReport) -> Result<(), Failure> {
    if report.is_clean() { Ok(()) } else { Err(Failure::SomeRefused) }
}

/// A table of the records of each workspace, the faults, and their number.
fn text(report: &ScrubReport) -> String {
    let mut text = String::new();
    for found in &report.workspaces {
        let title = paint(STRONG, format_args!("Workspace {}", found.workspace));
        let _ = writeln!(text, "{title}\n\n{}", families(&found.families));
    }
    for fault in &report.faults {
        let _ = writeln!(text, "  {}", clean(&fault.to_string()));
    }
    let rest = report.fault_count() - report.faults.len() as u64;
    if rest > 0 {
        let _ = writeln!(text, "  … and {} more", thousands(rest));
    }
    if !report.faults.is_empty() {
        text.push('\n');
    }
    text + &summary(report) + "\n"
}

fn families(families: &[FamilyScrub]) -> String {
    let columns = [Column::word("RECORDS"), Column::number("KEPT"), Column::number("FOUND"), Column::word("DIGEST")];
    let mut table = Table::new(columns);
    for FamilyScrub { family, kept, found, .. } in families {
        let digest =
            if kept.digest == found.digest { Cell::new(GOOD, "agrees") } else { Cell::new(WAITING, "differs") };
        let [kept, found] = [kept.count, found.count].map(|count| Cell::plain(thousands(count)));
        table.row([Cell::plain(family), kept, found, digest]);
    }
    table.render(2)
}

fn summary(report: &ScrubReport) -> String {
    let chats = plural(report.chats, "chat");
    if report.is_clean() {
        return format!("{chats}: {}", paint(GOOD, "everything agrees"));
    }
    let mut sums = [0; 3];
    for found in &report.workspaces {
        let counts = [found.missing, found.dangling, found.miscounted];
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    let faults = paint(WAITING, plural(report.fault_count(), "fault"));
    let [missing, dangling, miscounted] = sums.map(thousands);
    format!("{chats}: {faults}, {missing} missing, {dangling} dangling, {miscounted} miscounted")
}

/// What a repair changed.
fn repaired(report: &RepairReport) -> String {
    let changes = report.changes.iter().map(|changed| format!("Repaired {}\n", words(changed)));
    let mut text: String = changes.collect();
    if !report.before.is_clean() && report.is_clean() {
        let _ = writeln!(text, "{}", paint(GOOD, "Now everything agrees."));
    }
    text
}

fn words(changed: &WorkspaceRepair) -> String {
    let parts = [
        (changed.added, "entry added", "entries added"),
        (changed.removed, "entry removed", "entries removed"),
        (changed.recounted, "set counted again", "sets counted again"),
        (changed.unread_sums, "unread sum set", "unread sums set"),
        (changed.positions, "place in the timeline set", "places in the timeline set"),
        (changed.deadlines, "deadline set", "deadlines set"),
    ];
    let parts = parts.into_iter().filter(|(count, ..)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, one, many)| format!("{} {}", thousands(count), if count == 1 { one } else { many }))
        .collect();
    format!("workspace {}: {}", changed.workspace, parts.join(", "))
}

/// How to get rid of the faults.
fn advice(arguments: &Arguments, report: &ScrubReport) -> String {
    let in_records: u64 = report.workspaces.iter().map(|found| found.in_records).sum();
    let mut text = String::new();
    if in_records > 0 {
        text += "Records are lost or damaged, and no repair brings them back: restore a backup.\n";
    }
    if report.fault_count() > in_records {
        let mut command = format!("{} scrub {}", program(), quoted(&arguments.store.dir.to_string_lossy()));
        for index in &arguments.store.indexes {
            command += &format!(" --index {}", quoted(&index.to_string()));
        }
        if let Some(workspace) = arguments.workspace {
            command += &format!(" --workspace {workspace}");
        }
        let _ = writeln!(text, "To repair the index: {}", paint(TYPED, clean(&(command + " --repair"))));
    }
    text
}
