//! Applying the entries of a group, strictly in order, on a thread of its own.

use std::sync::Arc;

use inboxdb::{Applied, Place};

use super::digests::Reporter;
use super::shared::Shared;
use crate::log::{LogEntry, Reader};
use crate::wire::decode;

/// Entries that are taken at a time.
const BATCH: usize = 256;

/// Applies entries until the reader ends, or one cannot be applied: then the node stops.
pub(super) fn run(shared: &Arc<Shared>, group: usize, mut reader: Reader, mut reporter: Reporter) {
    let mut batch = Vec::with_capacity(BATCH);
    while !shared.is_stopped() && reader.blocking_take(&mut batch, BATCH) > 0 {
        for entry in batch.drain(..) {
            let applied = match entry {
                Ok(entry) => apply(shared, group, &entry, &mut reporter),
                Err(error) => Err(error.to_string()),
            };
            if let Err(reason) = applied {
                return shared.stop(format!("group {group}: {reason}"));
            }
        }
    }
}

fn apply(shared: &Shared, index: usize, logged: &LogEntry, reporter: &mut Reporter) -> Result<(), String> {
    let group = shared.group_at(index)?;
    let (place, wanted) = (logged.place, Place(group.applied().0 + 1));
    if place != wanted {
        return Err(format!("entry {} came instead of entry {}", place.0, wanted.0));
    }
    let wrong = |error: &dyn std::fmt::Display| format!("entry {}: {error}", place.0);
    let entry = decode(&logged.bytes).map_err(|error| wrong(&error))?;
    let workspace = entry.workspace();
    let home = shared.spread.of(workspace) as usize;
    if home != index {
        return Err(wrong(&format!("workspace {workspace} belongs to group {home}")));
    }
    let applied: Applied = shared.engine.apply_entry(place, &entry).map_err(|error| wrong(&error))?;
    shared.bulks.note(&entry, applied.bulk);
    if let Some(id) = logged.id {
        group.answer(id, place, &applied);
    }
    if let Ok(done) = &applied.outcome {
        group.note_done(place, done.seq);
    }
    group.advance(place);
    reporter.touched(workspace);
    if let Some(report) = reporter.report_at(&shared.engine, place).map_err(|error| wrong(&error))? {
        shared.report(report);
    }
    Ok(())
}
