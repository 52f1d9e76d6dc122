//! What the fuzz targets run. The crate's tests run the same code with the seeds of `corpus/`.

#[path = "../../tests/naive/mod.rs"]
mod naive;
#[path = "../../tests/support/mod.rs"]
pub mod support;
pub mod targets;

use std::path::Path;

use inboxdb::Config;
use inboxdb::fuzzing::MemoryStore;

/// An engine in memory, which opens and scrubs without a disk to wait for.
pub fn in_memory(config: Config) -> support::Subject {
    let store = MemoryStore::default();
    support::Subject::opened_by(Path::new("in memory"), config, move |_, config| store.open(config).unwrap())
}
