//! Rewriting a store, so that it holds what is there and nothing else: no byte of what was deleted.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

use crate::config::{Config, Timer};
use crate::directory::{Directory, Disk, StoreBytes, read_last_backup};
use crate::engine::{Engine, Inner};
use crate::error::OpenError;
use crate::store::Store;
use crate::workspace::Registry;

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

/// How far compacting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CompactProgress {
    /// Rows that are done. Each counts twice: it is copied, and read again to be compared.
    pub done: u64,
    /// What `done` will be at the end.
    pub total: u64,
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

impl Engine {
    /// Rewrites a store that is closed: afterwards no file of it holds a byte of what was deleted before, and it takes
    /// the room that what is there needs. `watch` is told how far it is.
    ///
    /// Every row of the state store is copied into a new one, which is read back and compared, and takes the place of
    /// the old one; then the journal begins anew. So it needs room for a second state store meanwhile. A crash at any
    /// moment leaves the store as it was or as it shall be, and the next opening removes what is left over: what was
    /// deleted is surely gone only when this returns. The journal goes into the archive where there is one, and else
    /// goes, whatever [`Config::keep`] says: make a backup afterwards. The custom indexes of the store are kept, whether `config`
    /// registers them or not.
    ///
    /// Files are removed, not overwritten: what the medium keeps of a removed file is its own affair.
    ///
    /// ```
    /// # use inboxdb::{Actor, ChatId, Command, Config, CustomerId, CustomerUpdate, Engine, Envelope, WorkspaceId};
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path();
    /// # let engine = Engine::open(path, Config::default())?;
    /// # let run = |command| engine.execute(Envelope::new(WorkspaceId(1), 1_000, Actor::System, command));
    /// # run(Command::put_customer(CustomerId(5), CustomerUpdate::new()))?;
    /// # run(Command::start_chat(CustomerId(5)))?;
    /// run(Command::delete_chat(ChatId(1)))?;
    /// engine.close()?;
    /// let report = Engine::compact(path, Config::default(), |_| {})?;
    /// assert_eq!(report.segments_dropped, 1);
    /// assert!(report.remaining.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CompactError`]: the store could not be opened, as by [`Engine::open`], for which it must be there; or reading or
    /// writing failed, as for want of room.
    pub fn compact(
        path: impl AsRef<Path>,
        config: Config,
        watch: impl FnMut(CompactProgress),
    ) -> Result<CompactReport, CompactError> {
        let directory = Directory::open(path.as_ref(), false)?;
        Self::compact_on(Box::new(directory), config, watch)
    }

    /// Compacts what is on a disk.
    pub(crate) fn compact_on(
        disk: Box<dyn Disk>,
        config: Config,
        mut watch: impl FnMut(CompactProgress),
    ) -> Result<CompactReport, CompactError> {
        let before = disk.bytes().map_err(failed(&*disk, "measure"))?;
        // It redoes the journal and makes that a checkpoint: the state store holds every change from then on.
        let Inner { store, journal, disk, config, retention, .. } =
            Inner::open(disk, Registry::default(), config.timer(Timer::Off))?;
        let seq = journal.last_seq();
        let rows = rewrite(&*disk, store, seq, config.store_cache_bytes, &mut watch).inspect_err(|_| {
            // Where that fails too, the next opening does it.
            drop(disk.discard_new_state());
        })?;
        disk.replace_state().map_err(failed(&*disk, "replace the state store in"))?;
        let cut = journal.begin_segment().and_then(|()| retention.let_go(&journal, &*disk, seq));
        let segments_dropped = cut.map_err(failed(&*disk, "drop the journal in"))?;
        let after = disk.bytes().map_err(failed(&*disk, "measure"))?;
        let remaining = remaining(&*disk, &config).map_err(failed(&*disk, "list"))?;
        Ok(CompactReport { before, after, rows, segments_dropped, remaining })
    }
}

/// Makes the new state store of one that holds every change up to `seq`: compared, safe and closed. Says how many rows
/// it has.
fn rewrite(
    disk: &dyn Disk,
    store: Store,
    seq: u64,
    cache_bytes: u64,
    watch: &mut dyn FnMut(CompactProgress),
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
    watch: &'w mut dyn FnMut(CompactProgress),
}

impl Told<'_> {
    fn row(&mut self) {
        const SAY_EVERY: u64 = 1_024;
        self.done += 1;
        if self.done.is_multiple_of(SAY_EVERY) || self.done == self.total {
            (self.watch)(CompactProgress { done: self.done, total: self.total });
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
