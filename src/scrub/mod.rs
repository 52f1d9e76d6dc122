//! Recomputing what the index holds from the records.
//!
//! A [`survey`] reads every record of a workspace once, works out what the index must hold, and keeps the
//! [`Differences`]. From them come the words of a [`ScrubReport`], and the changes that [`repair`](plan_repair) it.

mod differences;
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

/// Whose records are numbered 1, 2, 3 … without a gap, and counted where they belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Owner {
    /// Has messages.
    Chat(ChatId),
    /// Has events.
    Customer(CustomerId),
}

/// What a workspace holds beside what its records say.
pub(crate) struct Survey {
    chats: u64,
    /// What is kept of each family, and what was found.
    families: [(Family, Total, Total); Family::ALL.len()],
    /// Records that cannot be decoded, and why.
    pub(crate) undecodable: Vec<(RecordKey, CodecError)>,
    /// Of those who have not the messages or events that they count: what they count beyond what was found.
    owed: Vec<(Owner, Total)>,
    pub(crate) index: Differences,
}

/// Reads every record of a workspace, and compares. The state and the store stay as they are meanwhile. `watch` is
/// told for how many chats it is done.
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
