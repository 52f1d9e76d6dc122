//! The code of the fuzz targets. The tests of the library run the same code with the seeds of `corpus/`.

use std::path::Path;

use inboxdb::Config;
use inboxdb::fuzzing::MemoryStore;
use inboxdb_harness::Subject;
pub use inboxdb_harness::targets;

/// Returns an in-memory engine, which opens and scrubs without waiting for a disk.
pub fn in_memory(config: Config) -> Subject {
    let store = MemoryStore::default();
    Subject::opened_by(Path::new("in memory"), config, move |_, config| store.open(config).unwrap())
}
