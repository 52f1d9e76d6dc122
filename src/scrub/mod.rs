//! Scrub and repair: recomputes the index from the records.
//!
//! A [`survey`] reads every record of a workspace once, recomputes the index, and keeps the [`Differences`]. The text
//! of a [`ScrubReport`] and the changes of a [`repair`](plan_repair) are made from them.

mod differences;
mod externals;
mod recompute;
mod repair;
mod report;
#[cfg(test)]
mod tests;
mod words;

use crate::error::Error;
use crate::model::{ChatId, CustomerId};
use crate::record::codec::CodecError;
use crate::record::{Family, RecordKey, Total};
use crate::store::Store;
use crate::workspace::State;

use differences::Differences;

pub(crate) use repair::{Mended, plan_repair};
pub use report::{FamilyScrub, Fault, FaultKind, RecordTotal, RepairReport, ScrubReport};
pub use report::{WorkspaceRepair, WorkspaceScrub};

/// The owner of numbered records. Each owner numbers them 1, 2, 3 … without gaps, and keeps their count and digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Owner {
    /// Owns messages.
    Chat(ChatId),
    /// Owns events.
    Customer(CustomerId),
}

/// The result of scrubbing one workspace.
pub(crate) struct Survey {
    chats: u64,
    /// The stored and the recomputed total of each family.
    families: [(Family, Total, Total); Family::ALL.len()],
    /// Records that cannot be decoded, with the error.
    pub(crate) undecodable: Vec<(RecordKey, CodecError)>,
    /// Owners whose messages or events do not match their totals, with the stored total less the recomputed one.
    owed: Vec<(Owner, Total)>,
    pub(crate) index: Differences,
}

/// Reads every record of a workspace. Fails with what is wrong if records are missing, too many or unreadable. The index
/// is left out, since a repair makes it again.
pub(crate) fn records_are_whole(
    state: &State,
    store: &Store,
    watch: &mut dyn FnMut(u64),
) -> Result<Result<(), String>, Error> {
    let report = ScrubReport::new(state, &survey(state, store, watch)?);
    let fault = report.faults.iter().find(|fault| fault.in_records);
    let lost = report.workspaces.iter().any(|found| found.in_records > 0);
    Ok(match fault {
        Some(fault) => Err(fault.to_string()),
        None if lost => Err(format!("workspace {}: records are missing", state.workspace)),
        None => Ok(()),
    })
}

/// Reads every record of a workspace and compares. The state and the store must not change meanwhile. `watch` is called
/// with the number of chats done.
pub(crate) fn survey(state: &State, store: &Store, watch: &mut dyn FnMut(u64)) -> Result<Survey, Error> {
    let mut recomputed = recompute::recompute(state, store, watch)?;
    let families = Family::ALL.map(|family| {
        let place = family.index();
        (family, state.meta.totals[place], recomputed.totals[place])
    });
    let mut owed: Vec<(Owner, Total)> = recomputed.owed.iter().map(|(owner, total)| (*owner, *total)).collect();
    owed.sort_unstable_by_key(|(owner, _)| *owner);
    let undecodable = std::mem::take(&mut recomputed.undecodable);
    let chats = recomputed.positions.len() as u64;
    let index = differences::compare(state, store, recomputed)?;
    Ok(Survey { chats, families, undecodable, owed, index })
}
