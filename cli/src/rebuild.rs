//! `inboxdb rebuild`: a new state store in place of a damaged one, or a new journal.

use std::path::PathBuf;

use clap::Args;
use inboxdb::{Rebuild, RebuildError, RebuildReport, RecoveryError, Salvage, SalvageError, SalvageReport};

use crate::backup::of_recovery;
use crate::failure::Failure;
use crate::terminal::{Progress, clean, plural, print, report, thousands};

const AFTER_HELP: &str = "\
The state store is rebuilt from the newest backup that the store knows of, or the given one, and the later changes in
the journal and the archives. Without a backup, all changes are needed. Opening a store with a damaged state store does
the same by itself if it can. The old state store is kept as `quarantine-…`.

With --salvage it is the other way round: the journal, CHECKPOINT or FORMAT are damaged, and the state store is whole.
It is checked first. Then what the journal still has is added, the damaged files are set aside as `quarantine-…`, and a
new journal begins. If changes are lost, they are named, and nothing happens without --accept-loss. Make a backup
afterwards.

Examples:
  inboxdb rebuild inbox --backup monday.bak --archive kept
  inboxdb rebuild inbox --salvage

Exit status: 0 the store is rebuilt, or nothing was damaged; 2 something is missing or damaged, or the store is in use,
and nothing was changed.";

/// Rebuild a damaged state store, or salvage a store with a damaged journal
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Directory of the store; INBOXDB_DIR of the environment if left out
    dir: PathBuf,
    /// Backup of the store
    #[arg(long, value_name = "FILE")]
    backup: Option<PathBuf>,
    /// Directory with changes that the journal no longer has; may be repeated
    #[arg(long = "archive", value_name = "D")]
    archives: Vec<PathBuf>,
    /// Keep the state store, and set a damaged journal, CHECKPOINT or FORMAT aside
    #[arg(long, conflicts_with_all = ["backup", "archives"])]
    salvage: bool,
    /// Salvage also if changes are lost
    #[arg(long, requires = "salvage")]
    accept_loss: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.salvage {
        return salvage(arguments);
    }
    let rebuild = arguments.archives.iter().fold(Rebuild::of(&arguments.dir), Rebuild::archive);
    let rebuild = arguments.backup.iter().fold(rebuild, Rebuild::backup);
    let progress = Progress::of_bytes(Some(0));
    let rebuilt = rebuild.run(|now| progress.show(now)).map_err(failure)?;
    drop(progress);
    match arguments.json {
        true => print(&(serde_json::to_string(&rebuilt)? + "\n")),
        false => report(&text(&rebuilt)),
    }
}

fn failure(error: RebuildError) -> Failure {
    let advice = match &error {
        RebuildError::Recovery(RecoveryError::Segment { .. }) => "; with --salvage the state store is kept instead",
        RebuildError::Recovery(error) => return of_recovery(error),
        RebuildError::Missing { .. } => {
            "; name a backup with --backup, or an archive with --archive; if only the journal is damaged, --salvage keeps the \
             state store"
        }
        _ => "",
    };
    Failure::Broken(format!("{error}{advice}"))
}

fn text(report: &RebuildReport) -> String {
    let changes = plural(report.replayed, "change");
    let of = match &report.backup {
        Some(backup) => format!("{} and {changes} since", clean(&backup.to_string_lossy())),
        None => changes,
    };
    let old = clean(&report.quarantine.to_string_lossy()).to_string();
    format!("The state store is rebuilt up to change {}, from {of}\nThe old one is in {old}\n", thousands(report.seq))
}

fn salvage(arguments: &Arguments) -> Result<(), Failure> {
    let progress = Progress::of_parts();
    let salvage = Salvage::of(&arguments.dir).accept_loss(arguments.accept_loss);
    let report = salvage.run(|now| progress.show(now)).map_err(|error| match &error {
        SalvageError::Recovery(error) => of_recovery(error),
        SalvageError::Loss { .. } => Failure::Broken(format!("{error} with --accept-loss; nothing was changed")),
        _ => Failure::Broken(error.to_string()),
    })?;
    drop(progress);
    let text = if arguments.json { serde_json::to_string(&report)? + "\n" } else { salvaged(&report) };
    print(&text)
}

fn salvaged(report: &SalvageReport) -> String {
    if report.damage.is_empty() {
        return format!("Nothing is damaged; the store has everything up to change {}\n", thousands(report.seq));
    }
    let damage: String = report.damage.iter().map(|what| format!("Damaged: {}\n", clean(what))).collect();
    let replayed = match report.replayed {
        0 => String::new(),
        more => format!(", {} of them from the journal", thousands(more)),
    };
    let lost = report.lost.map_or("nothing".to_owned(), |lost| lost.to_string());
    let aside = report
        .quarantine
        .as_ref()
        .map_or(String::new(), |path| format!("The damaged files are in {}\n", clean(&path.to_string_lossy())));
    let seq = thousands(report.seq);
    format!(
        "{damage}Kept: everything up to change {seq}{replayed}\nLost: {lost}\n{aside}Make a new backup: the journal begins anew\n"
    )
}
