//! The simulated disk of an engine.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::directory::{Disk, StoreBytes};
use crate::files::Files;
use crate::kv::{Backend, OpenBackendError};
use crate::testing::simulation::files::{Fate, MemFiles};
use crate::testing::simulation::machine::{Kind, Machine};
use crate::testing::simulation::random::Random;
use crate::testing::simulation::state::SimulatedState;

/// All data of an engine, in memory. Clones share the disk.
#[derive(Clone)]
pub(crate) struct SimulatedDisk {
    machine: Machine,
    root: MemFiles,
    journal: MemFiles,
    state: SimulatedState,
    /// The replacement for the state store during a rebuild or a compaction.
    new_state: SimulatedState,
    free_bytes: Arc<Mutex<Option<u64>>>,
}

impl SimulatedDisk {
    pub(crate) fn new() -> Self {
        let machine = Machine::default();
        Self {
            root: MemFiles::on(&machine),
            journal: MemFiles::on(&machine),
            state: SimulatedState::on(&machine),
            new_state: SimulatedState::on(&machine),
            free_bytes: Arc::default(),
            machine,
        }
    }

    /// Sets how much can still be written, as far as the disk says; it does not run out.
    #[cfg(test)]
    pub(crate) fn set_free_bytes(&self, bytes: u64) {
        *self.free_bytes.lock() = Some(bytes);
    }

    /// The machine that counts operations and injects failures.
    pub(crate) fn machine(&self) -> &Machine {
        &self.machine
    }

    pub(crate) fn state(&self) -> &SimulatedState {
        &self.state
    }

    /// The names of the journal's files.
    pub(crate) fn journal_names(&self) -> Vec<String> {
        self.journal.list().unwrap_or_default()
    }

    /// An independent copy of the disk.
    pub(crate) fn copy(&self) -> Self {
        let machine = self.machine.rebooted();
        Self {
            root: self.root.copy_onto(&machine),
            journal: self.journal.copy_onto(&machine),
            state: self.state.copy_onto(&machine),
            new_state: self.new_state.copy_onto(&machine),
            free_bytes: Arc::default(),
            machine,
        }
    }

    /// The disk after a power loss.
    pub(crate) fn after_power_loss(&self, random: &mut Random) -> Self {
        let machine = self.machine.rebooted();
        Self {
            root: self.root.crash_onto(&machine, Fate::Torn(random)),
            journal: self.journal.crash_onto(&machine, Fate::Torn(random)),
            state: self.state.crash_onto(&machine, random),
            // The next opening removes it.
            new_state: SimulatedState::on(&machine),
            free_bytes: Arc::default(),
            machine,
        }
    }

    /// The disk after the process was killed. Files keep their content, and unsynced data stays unsynced.
    pub(crate) fn after_kill(&self, random: &mut Random) -> Self {
        self.machine.mend();
        let new_state = SimulatedState::on(&self.machine);
        Self { state: self.state.crash_onto(&self.machine, random), new_state, ..self.clone() }
    }
}

impl Disk for SimulatedDisk {
    fn path(&self) -> &Path {
        Path::new("simulated")
    }

    fn root(&self) -> &dyn Files {
        &self.root
    }

    fn journal(&self) -> Arc<dyn Files> {
        Arc::new(self.journal.clone())
    }

    fn has_state(&self) -> io::Result<bool> {
        Ok(true)
    }

    fn open_state(&self, _: u64) -> Result<Box<dyn Backend>, OpenBackendError> {
        let opened = self.machine.operate(Kind::Read, || "open the state store".to_owned());
        let path = PathBuf::from("simulated");
        opened.map_err(|source| OpenBackendError::Io { doing: "open the store in", path, source })?;
        Ok(Box::new(self.state.clone()))
    }

    fn replace_state_set_aside(&self) -> io::Result<PathBuf> {
        Err(io::Error::from(io::ErrorKind::Unsupported))
    }

    fn open_new_state(&self, _: u64) -> Result<Box<dyn Backend>, OpenBackendError> {
        Ok(Box::new(self.new_state.clone()))
    }

    fn discard_new_state(&self) -> io::Result<()> {
        self.machine.operate(Kind::Remove, || "discard the new state store".to_owned())?;
        self.new_state.clear();
        Ok(())
    }

    fn replace_state(&self) -> io::Result<()> {
        self.machine.operate(Kind::Write, || "replace the state store".to_owned())?;
        self.state.take_over(&self.new_state);
        self.new_state.clear();
        Ok(())
    }

    fn replace_open_state(&self, _: Box<dyn Backend>) -> io::Result<Box<dyn Backend>> {
        self.replace_state()?;
        // The handle of the new store would go on with what was cleared.
        Ok(Box::new(self.state.clone()))
    }

    fn bytes(&self) -> io::Result<StoreBytes> {
        let mut journal = 0;
        for name in self.journal.list()? {
            journal += self.journal.read(&name)?.len() as u64;
        }
        let rows = self.state.rows();
        Ok(StoreBytes { state: rows.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum(), journal })
    }

    fn free_bytes(&self) -> Option<u64> {
        *self.free_bytes.lock()
    }

    fn release(&self) {}
}
