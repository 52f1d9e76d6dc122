//! Code of the fuzz targets. The crate's tests run the same code on the seeds in `corpus/`.

use std::path::Path;

use inboxdb::Config;
use inboxdb::fuzzing::MemoryStore;
use inboxdb_harness::Subject;
pub use inboxdb_harness::targets;

/// An engine in memory, so that opens and scrubs do not wait for a disk.
pub fn in_memory(config: Config) -> Subject {
    let store = MemoryStore::default();
    Subject::opened_by(Path::new("in memory"), config, move |_, config| store.open(config).unwrap())
}
