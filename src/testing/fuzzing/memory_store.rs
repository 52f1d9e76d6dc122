//! Whole engines on stores in memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::{fmt, io};

use crate::config::Config;
use crate::directory::Disk;
use crate::engine::Engine;
use crate::error::OpenError;
use crate::files::Files;
use crate::testing::simulation::SimulatedDisk;

/// Files by name, or rows of the state store by key.
pub(crate) type Contents<K> = BTreeMap<K, Vec<u8>>;

/// A store in memory. Clones share it, and one engine at a time may open it.
#[derive(Clone)]
pub struct MemoryStore(SimulatedDisk);

impl Default for MemoryStore {
    fn default() -> Self {
        Self(SimulatedDisk::new())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MemoryStore").finish()
    }
}

impl MemoryStore {
    /// Opens an engine without background threads. Checkpoints and syncs happen only on request.
    ///
    /// # Errors
    ///
    /// Same as [`Engine::open`].
    pub fn open(&self, config: Config) -> Result<Engine, OpenError> {
        Engine::without_threads(Arc::new(self.0.clone()), &config)
    }

    /// Copies the current contents, even while an engine has the store open.
    pub(crate) fn image(&self) -> Image {
        Image {
            root: contents(self.0.root()).expect("a disk in memory refuses nothing"),
            journal: contents(&*self.0.journal()).expect("a disk in memory refuses nothing"),
            rows: self.0.state().rows(),
        }
    }
}

/// The contents of a store in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Image {
    /// The files beside the journal.
    pub(crate) root: Contents<String>,
    /// The segments of the journal.
    pub(crate) journal: Contents<String>,
    /// The rows of the state store.
    pub(crate) rows: Contents<Vec<u8>>,
}

impl Image {
    /// Creates a store with these contents.
    pub(crate) fn into_store(self) -> MemoryStore {
        let disk = SimulatedDisk::new();
        fill(disk.root(), self.root).expect("a disk in memory refuses nothing");
        fill(&*disk.journal(), self.journal).expect("a disk in memory refuses nothing");
        let state = disk.open_state(0).expect("a disk in memory refuses nothing");
        let rows = self.rows.into_iter().map(|(key, value)| (key, Some(value))).collect();
        state.write(rows).and_then(|()| state.flush()).expect("a disk in memory refuses nothing");
        drop(state);
        MemoryStore(disk)
    }
}

fn contents(files: &dyn Files) -> io::Result<Contents<String>> {
    files.list()?.into_iter().map(|name| Ok((name.clone(), files.read(&name)?))).collect()
}

fn fill(files: &dyn Files, contents: Contents<String>) -> io::Result<()> {
    for (name, bytes) in contents {
        let mut file = files.create(&name)?;
        file.write_all(&bytes)?;
        file.sync_data()?;
    }
    files.sync_dir()
}
