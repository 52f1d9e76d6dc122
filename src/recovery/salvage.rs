//! Salvaging a store whose journal or small files are damaged, from a state store that is whole.

use std::io;
use std::path::{Path, PathBuf};

use super::Replay;
use super::error::{RecoveryError, SalvageError};
use super::report::{ChangeRange, SalvageReport};
use crate::config::Config;
use crate::directory::{
    Checkpoint, Directory, Disk, FORMAT_NAME, JOURNAL_NAME, damaged_checkpoints, end_epoch, read_checkpoint,
    state_store_error, write_checkpoint,
};
use crate::error::OpenError;
use crate::journal::{Journal, Options, Remains, read_mark, remove_mark};
use crate::kv::OpenBackendError;
use crate::model::Progress;
use crate::scrub::records_are_whole;
use crate::store::{Store, load_workspace};
use crate::workspace::Registry;

/// Makes a closed store usable again whose journal, `CHECKPOINT` or `FORMAT` is damaged, if its state store is whole.
///
/// The state store must have the stamp of its newest checkpoint, and its records must match the count and digest kept
/// for each family. What the journal still has after that stamp is replayed, as far as it follows without a gap. Then
/// the damaged files are moved to `quarantine-…` in the directory of the store, and a new journal begins.
///
/// Nothing is lost if the damaged part of the journal was in the state store already. If changes are lost, the salvage
/// says which and changes nothing, unless [`accept_loss`](Self::accept_loss) is set. Make a backup afterwards: older
/// ones cannot be followed by the new journal.
///
/// ```no_run
/// let report = inboxdb::Salvage::of("inbox").run(|_| {})?;
/// println!("everything up to change {} is kept", report.seq);
/// # Ok::<(), inboxdb::SalvageError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Salvage {
    store: PathBuf,
    accept_loss: bool,
}

/// The parts of a store that are left.
struct Found {
    directory: Directory,
    store: Store,
    remains: Remains,
    /// The change up to which the state store is stamped.
    sealed: u64,
    /// The newest change that is known to have been durable.
    durable: u64,
    /// The damaged files, by name.
    names: Vec<&'static str>,
    /// What is wrong with them.
    damage: Vec<String>,
}

impl Salvage {
    /// Starts with the store in this directory.
    pub fn of(store: impl Into<PathBuf>) -> Self {
        Self { store: store.into(), accept_loss: false }
    }

    /// Whether to go on if changes are lost. Off by default.
    #[must_use]
    pub fn accept_loss(mut self, accept: bool) -> Self {
        self.accept_loss = accept;
        self
    }

    /// Salvages the store. `watch` receives the number of chats read while the state store is checked.
    ///
    /// If nothing is damaged, nothing is changed. After an error, the journal and the small files are as they were.
    /// After a crash, run it again.
    ///
    /// # Errors
    ///
    /// [`SalvageError::Loss`] if changes are lost and that was not accepted; [`SalvageError::Incomplete`] if the state
    /// store is not whole.
    pub fn run(&self, mut watch: impl FnMut(Progress)) -> Result<SalvageReport, SalvageError> {
        let found = Found::look(&self.store)?;
        let lost = found.lost();
        if let Some(lost) = lost
            && !self.accept_loss
        {
            return Err(SalvageError::Loss { lost, safe: found.remains.reached });
        }
        found.check(&mut watch)?;
        found.finish(lost)
    }
}

impl Found {
    fn look(path: &Path) -> Result<Self, SalvageError> {
        let (directory, format) = Directory::open_damaged(path).map_err(RecoveryError::from)?;
        let read_error = |error| RecoveryError::io("read", path)(error);
        let store = open_state(&directory)?;
        let sealed = store.sealed_seq().map_err(|error| incomplete(error.to_string()))?;
        let mut names = damaged_checkpoints(directory.root()).map_err(read_error)?;
        let mut damage: Vec<String> =
            names.iter().map(|name| format!("{name}: it does not hold a checkpoint")).collect();
        let checkpoint = match read_checkpoint(directory.root()) {
            Ok(Checkpoint { seq: 0, .. }) if sealed > 0 => {
                damage.push("CHECKPOINT: it is missing".to_owned());
                sealed
            }
            Ok(checkpoint) => checkpoint.seq,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => sealed,
            Err(error) => return Err(read_error(error).into()),
        };
        if format.is_none() {
            names.push(FORMAT_NAME);
            damage.push(format!("{FORMAT_NAME}: it does not name a format"));
        }
        let mark = read_mark(directory.root()).map_err(read_error)?;
        let journal = directory.journal();
        let remains = Remains::find(&*journal, sealed).map_err(read_error)?;
        let of_journal = remains.damage(&*journal, checkpoint, mark);
        if !of_journal.is_empty() {
            names.push(JOURNAL_NAME);
            damage.extend(of_journal.into_iter().map(|what| format!("{JOURNAL_NAME}: {what}")));
        }
        if sealed == 0 && checkpoint > 0 {
            return Err(incomplete(format!("it has no stamp, and the newest checkpoint is {checkpoint}")));
        }
        let durable = remains.durable.max(mark).max(checkpoint);
        Ok(Self { directory, store, remains, sealed, durable, names, damage })
    }

    /// The changes that were durable and cannot be reached.
    fn lost(&self) -> Option<ChangeRange> {
        let from = self.remains.reached + 1;
        (self.durable >= from).then_some(ChangeRange { from, to: self.durable })
    }

    /// Brings the state store up to the newest change that can be reached, and checks that it is whole.
    fn check(&self, watch: &mut dyn FnMut(Progress)) -> Result<(), SalvageError> {
        let config = Config::default();
        let mut replay = Replay::new(&self.directory, &self.store, &config);
        let journal = self.directory.journal();
        let replayed = self.remains.replay(&*journal, |seq, payload| replay.change(seq, payload));
        replayed
            .map_err(RecoveryError::io("read the journal in", self.directory.path()))?
            .and_then(|()| replay.finish())
            .map_err(RecoveryError::from)?;
        let state_error = |error| RecoveryError::from(state_store_error(&self.directory)(error));
        for id in self.store.workspaces().map_err(state_error)? {
            let state =
                load_workspace(&self.store, id, &Registry::default()).map_err(|error| incomplete(error.to_string()))?;
            let total = state.timeline.len() as u64;
            let whole = records_are_whole(&state, &self.store, &mut |done| {
                watch(Progress::of(done.min(total), total).in_workspace(id));
            });
            whole.map_err(|error| incomplete(error.to_string()))?.map_err(incomplete)?;
        }
        Ok(())
    }

    fn finish(self, lost: Option<ChangeRange>) -> Result<SalvageReport, SalvageError> {
        let Self { directory, store, remains, sealed, names, damage, .. } = self;
        let (seq, damage_is_empty) = (remains.reached, damage.is_empty());
        let mut report =
            SalvageReport { seq, held: sealed, replayed: remains.change_count(), lost, damage, quarantine: None };
        if damage_is_empty && lost.is_none() {
            return Ok(report);
        }
        let io = |doing| RecoveryError::io(doing, directory.path());
        store.seal(seq).map_err(|error| RecoveryError::from(state_store_error(&directory)(error)))?;
        if names.contains(&JOURNAL_NAME) {
            let made = directory.new_journal().and_then(|files| Journal::begin(files, Options::default(), seq));
            made.map(drop).map_err(|error| {
                // If this fails too, the next opening does it.
                drop(directory.discard_new_journal());
                io("make a new journal in")(error)
            })?;
        }
        if lost.is_some() {
            remove_mark(directory.root()).map_err(io("remove DURABLE in"))?;
            end_epoch(directory.root()).map_err(io("remove EPOCH in"))?;
        }
        if !names.is_empty() {
            report.quarantine = Some(directory.set_aside(&names).map_err(io("set the damaged files aside in"))?);
        }
        write_checkpoint(directory.root(), seq).map_err(io("write the checkpoint in"))?;
        drop(store);
        if names.contains(&FORMAT_NAME) {
            directory.write_oldest_format().map_err(RecoveryError::from)?;
        }
        Ok(report)
    }
}

fn open_state(directory: &Directory) -> Result<Store, SalvageError> {
    let has_state = directory.has_state();
    if !has_state.map_err(RecoveryError::io("look for the state store in", directory.path()))? {
        return Err(incomplete("its file is missing".to_owned()));
    }
    match directory.open_state(Config::default().store_cache_bytes) {
        Ok(backend) => Ok(Store::new(backend)),
        Err(OpenBackendError::Damaged(reason)) => Err(incomplete(reason)),
        Err(error) => Err(RecoveryError::from(OpenError::from(error)).into()),
    }
}

fn incomplete(reason: String) -> SalvageError {
    SalvageError::Incomplete { reason }
}
