//! The disk of an engine.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::{Fate, MemFiles};
use super::machine::{Kind, Machine};
use super::random::Random;
use super::state::SimulatedState;
use crate::files::Files;
use crate::store::{Backend, Disk, SledError};

/// What an engine keeps its data on, in memory. Clones are the same disk.
#[derive(Clone)]
pub(crate) struct SimulatedDisk {
    machine: Machine,
    root: MemFiles,
    journal: MemFiles,
    state: SimulatedState,
}

impl SimulatedDisk {
    /// An empty disk.
    pub(crate) fn new() -> Self {
        let machine = Machine::default();
        Self {
            root: MemFiles::on(&machine),
            journal: MemFiles::on(&machine),
            state: SimulatedState::on(&machine),
            machine,
        }
    }

    /// What counts its operations, and lets them fail.
    pub(crate) fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The state store.
    pub(crate) fn state(&self) -> &SimulatedState {
        &self.state
    }

    /// The same disk once more: what becomes of one does not become of the other.
    pub(crate) fn copy(&self) -> Self {
        let machine = self.machine.rebooted();
        Self {
            root: self.root.copy_onto(&machine),
            journal: self.journal.copy_onto(&machine),
            state: self.state.copy_onto(&machine),
            machine,
        }
    }

    /// The disk as it is after a loss of power.
    pub(crate) fn after_power_loss(&self, random: &mut Random) -> Self {
        let machine = self.machine.rebooted();
        Self {
            root: self.root.crash_onto(&machine, Fate::Torn(random)),
            journal: self.journal.crash_onto(&machine, Fate::Torn(random)),
            state: self.state.crash_onto(&machine, random),
            machine,
        }
    }

    /// The disk as it is after the process was killed: files are as they were, and what was not synced still is not.
    pub(crate) fn after_kill(&self, random: &mut Random) -> Self {
        self.machine.mend();
        Self { state: self.state.crash_onto(&self.machine, random), ..self.clone() }
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

    fn has_state(&self) -> bool {
        true
    }

    fn open_state(&self, _: u64) -> Result<Box<dyn Backend>, SledError> {
        let opened = self.machine.operate(Kind::Read, || "open the state store".to_owned());
        let path = PathBuf::from("simulated");
        opened.map_err(|source| SledError::Io { doing: "open the store in", path, source })?;
        Ok(Box::new(self.state.clone()))
    }

    fn begin_new_state(&self, _: u64) -> Result<Box<dyn Backend>, SledError> {
        // Nothing that the simulation does is damage.
        Err(SledError::Damaged("there is no damage".to_owned()))
    }

    fn put_new_state(&self) -> io::Result<PathBuf> {
        Err(io::Error::from(io::ErrorKind::Unsupported))
    }

    fn free_bytes(&self) -> Option<u64> {
        None
    }
}
