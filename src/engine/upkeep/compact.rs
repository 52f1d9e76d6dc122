//! Rewriting a store, so that it holds what is there and nothing else: no byte of what was deleted.

use std::fmt::Display;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use crate::config::Config;
use crate::directory::{Disk, StoreBytes, read_last_backup};
use crate::engine::open::Opened;
use crate::error::OpenError;
use crate::model::Progress;
use crate::store::Store;

/// What compacting has made of a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CompactReport {
    /// The room that the store took, before anything was done.
    pub before: StoreBytes,
    /// The room that it takes now.
    pub after: StoreBytes,
    /// Rows that were copied: everything that the state store holds.
    pub rows: u64,
    /// Segments of the journal that were removed.
    pub segments_dropped: usize,
    /// Files and directories that were left alone and may still hold what was deleted: state stores that were damaged
    /// and set aside, the newest backup that the store knows of, the archive.
    #[serde(serialize_with = "as_text")]
    pub remaining: Vec<PathBuf>,
}

/// Why a store was not compacted, or not to the end. It is whole in any case, and opens; what is left of the attempt is
/// removed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompactError {
    /// It could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Reading or writing failed, or what was written is not what is read back.
    #[error("cannot {doing} {}: {reason}", .path.display())]
    Failed {
        /// What was tried, such as `copy the state store in`.
        doing: &'static str,
        /// The store's directory.
        path: PathBuf,
        /// Why it failed.
        reason: String,
    },
}

/// Compacts what is on a disk.
pub(in crate::engine) fn compact(
    disk: Arc<dyn Disk>,
    config: &Config,
    watch: &mut dyn FnMut(Progress),
) -> Result<CompactReport, CompactError> {
    let before = disk.bytes().map_err(failed(&*disk, "measure"))?;
    // It redoes the journal and makes that a checkpoint: the state store holds every change from then on.
    let Opened { store, journal, retention, .. } = Opened::open(&*disk, config)?;
    let seq = journal.last_seq();
    let rows = rewrite(&*disk, store, seq, config.store_cache_bytes, watch).inspect_err(|_| {
        // If that fails too, the next opening does it.
        drop(disk.discard_new_state());
    })?;
    disk.replace_state().map_err(failed(&*disk, "replace the state store in"))?;
    let cut = journal.begin_segment().and_then(|()| retention.remove(&journal, &*disk, seq));
    let segments_dropped = cut.map_err(failed(&*disk, "drop the journal in"))?;
    let after = disk.bytes().map_err(failed(&*disk, "measure"))?;
    let remaining = remaining(&*disk, config).map_err(failed(&*disk, "list"))?;
    Ok(CompactReport { before, after, rows, segments_dropped, remaining })
}

/// Makes the new state store of one that holds every change up to `seq`: compared, safe and closed. Says how many rows
/// it has.
fn rewrite(
    disk: &dyn Disk,
    store: Store,
    seq: u64,
    cache_bytes: u64,
    watch: &mut dyn FnMut(Progress),
) -> Result<u64, CompactError> {
    let contents = store.contents(|| {}).map_err(failed(disk, "read the state store in"))?;
    let mut told = Told { done: 0, total: 2 * contents.rows, watch };
    disk.discard_new_state().map_err(failed(disk, "make a new state store in"))?;
    let new = Store::new(disk.open_new_state(cache_bytes).map_err(OpenError::from)?);
    store.copy_into(&new, || told.row()).map_err(failed(disk, "copy the state store in"))?;
    drop(new);
    drop(store);
    // Opened once more, it shows what the files hold, and not a cache; and the store below makes itself ready for quick
    // openings only while it opens.
    let new = Store::new(disk.open_new_state(cache_bytes).map_err(OpenError::from)?);
    let copied = new.contents(|| told.row()).map_err(failed(disk, "read the new state store in"))?;
    if copied != contents {
        return Err(failed(disk, "copy the state store in")("what was written is not what is read back"));
    }
    // Opening may have moved things within its files.
    new.seal(seq).map_err(failed(disk, "sync the new state store in"))?;
    Ok(contents.rows)
}

/// What is known of beside the store that may hold what was deleted from it.
fn remaining(disk: &dyn Disk, config: &Config) -> io::Result<Vec<PathBuf>> {
    let mut names = disk.root().list()?;
    names.retain(|name| name.starts_with("quarantine-"));
    names.sort_unstable();
    let set_aside = names.iter().map(|name| disk.path().join(name));
    let backup = read_last_backup(disk.root())?.map(|backup| backup.path).filter(|path| path.exists());
    Ok(set_aside.chain(backup).chain(config.archive.clone()).collect())
}

/// Says now and then how far it is.
struct Told<'w> {
    done: u64,
    total: u64,
    watch: &'w mut dyn FnMut(Progress),
}

impl Told<'_> {
    fn row(&mut self) {
        const SAY_EVERY: u64 = 1_024;
        self.done += 1;
        if self.done.is_multiple_of(SAY_EVERY) || self.done == self.total {
            (self.watch)(Progress::of(self.done, self.total));
        }
    }
}

/// Of the disk, the state store or the journal.
fn failed<E: Display>(disk: &dyn Disk, doing: &'static str) -> impl FnOnce(E) -> CompactError {
    let path = disk.path().to_owned();
    move |error| CompactError::Failed { doing, path, reason: error.to_string() }
}

/// Paths may hold anything, and JSON holds text.
fn as_text<S: Serializer>(paths: &[PathBuf], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(paths.iter().map(|path| path.to_string_lossy()))
}
