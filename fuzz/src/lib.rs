//! What the fuzz targets run. The crate's tests run the same code with the seeds of `corpus/`.

use std::path::Path;

use inboxdb::Config;
use inboxdb::fuzzing::MemoryStore;
use inboxdb_harness::Subject;
pub use inboxdb_harness::targets;

/// An engine in memory, which opens and scrubs without a disk to wait for.
pub fn in_memory(config: Config) -> Subject {
    let store = MemoryStore::default();
    Subject::opened_by(Path::new("in memory"), config, move |_, config| store.open(config).unwrap())
}
