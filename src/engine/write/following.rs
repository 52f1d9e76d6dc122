//! Whether the store follows a replicated log. One that does is changed by the entries of the log alone.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use xxhash_rust::xxh3::xxh3_64;

use super::writer::Writer;
use crate::directory::{Disk, FollowedLog, read_followed_log, state_store_error, write_followed_log};
use crate::error::{Error, Failure, OpenError};
use crate::model::WorkspaceId;
use crate::record::{Cause, Change, EntryPart, LogPosition};
use crate::store::Store;

/// What the store follows, as recorded in it.
pub(in crate::engine) struct Following {
    log: Mutex<Option<FollowedLog>>,
    /// Whether it follows a log, for a look on the way of each command.
    is_attached: AtomicBool,
    /// The epoch of the log, or [`NO_EPOCH`].
    epoch: AtomicU64,
}

/// Stands for a log without a description, and for none.
const NO_EPOCH: u64 = 0;

impl Following {
    /// Reads what is recorded: in the file, or in the state store if it came from a backup.
    pub(in crate::engine) fn open(disk: &dyn Disk, store: &Store) -> Result<Self, OpenError> {
        let failed = || OpenError::io("read LOG in", disk.path());
        let file = read_followed_log(disk.root()).map_err(failed())?;
        let row = store.followed_log().map_err(state_store_error(disk))?;
        let decode = |bytes: &Option<Vec<u8>>| bytes.as_deref().and_then(FollowedLog::decode);
        let log = match (decode(&file), decode(&row)) {
            (Some(log), known) => {
                if known.as_ref() != Some(&log) {
                    // The state store was made again from an older backup.
                    record_in_store(store, &log).map_err(failed())?;
                }
                Some(log)
            }
            (None, Some(log)) => {
                write_followed_log(disk.root(), &log.encode().map_err(failed())?).map_err(failed())?;
                Some(log)
            }
            (None, None) if file.is_none() && row.is_none() => None,
            (None, None) => {
                let what = format!("LOG in {} and its copy are damaged", disk.path().display());
                return Err(OpenError::Damaged(format!("{what}; restore a backup")));
            }
        };
        let is_attached = AtomicBool::new(matches!(log, Some(FollowedLog::Follows(_))));
        let epoch = AtomicU64::new(epoch_of(log.as_ref()));
        Ok(Self { log: Mutex::new(log), is_attached, epoch })
    }

    /// Whether the store follows a log.
    #[inline]
    pub(in crate::engine) fn is_attached(&self) -> bool {
        self.is_attached.load(Ordering::Acquire)
    }

    /// Refuses what would change the store beside the log that it follows.
    #[inline]
    pub(in crate::engine) fn check_alone(&self) -> Result<(), Error> {
        if self.is_attached() { Err(follows_a_log()) } else { Ok(()) }
    }

    /// The epoch of event ids: the same in every store that follows this log. `None` if the store follows none, or one
    /// without a description.
    pub(in crate::engine) fn epoch(&self) -> Option<u64> {
        Some(self.epoch.load(Ordering::Acquire)).filter(|epoch| *epoch != NO_EPOCH)
    }

    /// The text that describes the log, if it has one.
    pub(in crate::engine) fn binding(&self) -> Option<String> {
        match &*self.log.lock() {
            Some(FollowedLog::Follows(binding)) => binding.clone(),
            _ => None,
        }
    }

    /// Makes the store follow a log, if it does not yet.
    #[inline]
    pub(in crate::engine) fn attach(&self, writer: &Writer) -> Result<(), Error> {
        if self.is_attached() { Ok(()) } else { self.follow(writer, None) }
    }

    /// Makes the store follow the log with this description. A store that follows another one refuses.
    pub(in crate::engine) fn follow(&self, writer: &Writer, binding: Option<&str>) -> Result<(), Error> {
        let mut log = self.log.lock();
        match (&*log, binding) {
            (Some(FollowedLog::Follows(_)), None) => return Ok(()),
            (Some(FollowedLog::Follows(Some(known))), Some(wanted)) if known == wanted => return Ok(()),
            (Some(FollowedLog::Follows(Some(known))), Some(wanted)) => {
                return Err(Error::unavailable(format!(
                    "it follows the log {known}, not {wanted}; restore a backup of a store that follows that one, or detach it"
                )));
            }
            (Some(FollowedLog::Detached), _) => forget_places(writer)?,
            (Some(FollowedLog::Follows(None)) | None, _) => {}
        }
        let follows = FollowedLog::Follows(binding.map(str::to_owned));
        record(writer, &follows)?;
        self.epoch.store(epoch_of(Some(&follows)), Ordering::Release);
        *log = Some(follows);
        self.is_attached.store(true, Ordering::Release);
        Ok(())
    }

    /// Lets the store take commands of its own again.
    pub(in crate::engine) fn detach(&self, writer: &Writer) -> Result<(), Error> {
        let mut log = self.log.lock();
        if self.is_attached() {
            record(writer, &FollowedLog::Detached)?;
            *log = Some(FollowedLog::Detached);
            self.epoch.store(NO_EPOCH, Ordering::Release);
            self.is_attached.store(false, Ordering::Release);
        }
        Ok(())
    }
}

/// Watchers take event ids from node to node, so this never changes.
fn epoch_of(log: Option<&FollowedLog>) -> u64 {
    match log {
        Some(FollowedLog::Follows(Some(binding))) => xxh3_64(binding.as_bytes()).max(NO_EPOCH + 1),
        _ => NO_EPOCH,
    }
}

pub(super) fn follows_a_log() -> Error {
    Error::unavailable(
        "it follows a replicated log; send commands to a node of its cluster, or detach the store from the log",
    )
}

/// Records what the store follows, first in the state store, then in the file, which counts.
fn record(writer: &Writer, log: &FollowedLog) -> Result<(), Error> {
    if let Some(failed) = writer.journal.failure() {
        return Err(failed.into());
    }
    let store = writer.workspaces.records.store()?;
    let written = record_in_store(&store, log)
        .and_then(|()| writer.disk.check_place())
        .and_then(|()| write_followed_log(writer.disk.root(), &log.encode()?));
    written.map_err(|error| Error::Unavailable(Failure::io(format!("LOG could not be written: {error}"), error.kind())))
}

fn record_in_store(store: &Store, log: &FollowedLog) -> io::Result<()> {
    let bytes = log.encode()?;
    store.set_followed_log(&bytes).and_then(|()| store.flush()).map_err(|error| io::Error::other(error.to_string()))
}

/// Makes all workspaces forget the places of a log that the store followed before.
fn forget_places(writer: &Writer) -> Result<(), Error> {
    for id in writer.workspaces.ids()? {
        if writer.workspaces.meta(id)?.log != LogPosition::default() {
            forget_place(writer, id)?;
        }
    }
    Ok(writer.journal.wait(writer.journal.last_seq())?)
}

fn forget_place(writer: &Writer, id: WorkspaceId) -> Result<(), Error> {
    let workspace = writer.workspace(id)?;
    let state = workspace.upgradable()?;
    let change = Change { part: Some(EntryPart::FORGET), ..Change::of_nothing(id, Cause::Index, &state.meta) };
    writer.commit(&workspace, state, change).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epoch_of_a_log_never_changes() {
        let follows = |binding: &str| epoch_of(Some(&FollowedLog::Follows(Some(binding.to_owned()))));
        assert_eq!(follows("groups=1;hash=xxh3-64;logs=a"), GOLDEN_EPOCH);
        assert_ne!(follows("groups=1;hash=xxh3-64;logs=b"), GOLDEN_EPOCH);
        for none in [None, Some(FollowedLog::Follows(None)), Some(FollowedLog::Detached)] {
            assert_eq!(epoch_of(none.as_ref()), NO_EPOCH);
        }
    }

    const GOLDEN_EPOCH: u64 = 1_454_775_597_507_114_822;
}
