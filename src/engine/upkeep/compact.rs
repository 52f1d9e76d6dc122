//! Compaction: rewriting a store so that no byte of deleted data remains.

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

/// The result of compacting a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CompactReport {
    /// The size of the store before.
    pub before: StoreBytes,
    /// The size of the store now.
    pub after: StoreBytes,
    /// The number of rows copied: everything in the state store.
    pub rows: u64,
    /// The number of journal segments removed.
    pub segments_dropped: usize,
    /// Files and directories that were left alone and may still hold deleted data: quarantined state stores, the newest
    /// known backup, the archive.
    #[serde(serialize_with = "as_text")]
    pub remaining: Vec<PathBuf>,
}

/// Why a store was not fully compacted. It is intact in any case. The next opening removes the leftovers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompactError {
    /// It could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Reading or writing failed, or the copy did not read back as written.
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

/// Compacts the store on a disk.
pub(in crate::engine) fn compact(
    disk: Arc<dyn Disk>,
    config: &Config,
    watch: &mut dyn FnMut(Progress),
) -> Result<CompactReport, CompactError> {
    let before = disk.bytes().map_err(failed(&*disk, "measure"))?;
    // This replays the journal and makes a checkpoint, so the state store holds every change.
    let Opened { store, journal, retention, .. } = Opened::open(&*disk, config)?;
    let seq = journal.last_seq();
    let rows = rewrite(&*disk, store, seq, config.store_cache_bytes, watch).inspect_err(|_| {
        // If this fails too, the next opening does it.
        drop(disk.discard_new_state());
    })?;
    disk.replace_state().map_err(failed(&*disk, "replace the state store in"))?;
    let cut = journal.begin_segment().and_then(|()| retention.remove(&journal, &*disk, seq));
    let segments_dropped = cut.map_err(failed(&*disk, "drop the journal in"))?;
    let after = disk.bytes().map_err(failed(&*disk, "measure"))?;
    let remaining = remaining(&*disk, config).map_err(failed(&*disk, "list"))?;
    Ok(CompactReport { before, after, rows, segments_dropped, remaining })
}

/// Writes the new state store from one that holds every change up to `seq`, compares, syncs and closes it. Returns the
/// number of rows.
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
    // Reopened so that reading shows the files, not a cache. Besides, the store only prepares for quick openings while
    // it opens.
    let new = Store::new(disk.open_new_state(cache_bytes).map_err(OpenError::from)?);
    let copied = new.contents(|| told.row()).map_err(failed(disk, "read the new state store in"))?;
    if copied != contents {
        return Err(failed(disk, "copy the state store in")("the copy does not read back as written"));
    }
    // Opening may have moved data within its files.
    new.seal(seq).map_err(failed(disk, "sync the new state store in"))?;
    Ok(contents.rows)
}

/// Returns known files and directories outside the live store that may hold deleted data.
pub(super) fn remaining(disk: &dyn Disk, config: &Config) -> io::Result<Vec<PathBuf>> {
    let mut names = disk.root().list()?;
    names.retain(|name| name.starts_with("quarantine-"));
    names.sort_unstable();
    let set_aside = names.iter().map(|name| disk.path().join(name));
    let backup = read_last_backup(disk.root())?.map(|backup| backup.path).filter(|path| path.exists());
    Ok(set_aside.chain(backup).chain(config.archive.clone()).collect())
}

/// Reports progress every 1,024 rows.
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

/// Wraps an error of the disk, the state store or the journal.
pub(super) fn failed<E: Display>(disk: &dyn Disk, doing: &'static str) -> impl FnOnce(E) -> CompactError {
    let path = disk.path().to_owned();
    move |error| CompactError::Failed { doing, path, reason: error.to_string() }
}

/// Paths may hold any bytes, JSON only text.
fn as_text<S: Serializer>(paths: &[PathBuf], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(paths.iter().map(|path| path.to_string_lossy()))
}
