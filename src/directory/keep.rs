//! The file `KEEP`. If it exists, the journal keeps changes until a backup holds them.

use std::io;

use crate::files::{Files, replace_file};

const NAME: &str = "KEEP";

/// Returns true if the journal keeps changes until a backup holds them.
pub(crate) fn keeps_since_backup(store: &dyn Files) -> io::Result<bool> {
    match store.read(NAME) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        read => read.map(|_| true),
    }
}

/// Records whether the journal keeps changes until a backup holds them.
pub(crate) fn keep_since_backup(store: &dyn Files, keeps: bool) -> io::Result<()> {
    if keeps_since_backup(store)? == keeps {
        return Ok(());
    }
    if keeps {
        return replace_file(store, NAME, b"since backup\n");
    }
    store.remove(NAME)?;
    store.sync_dir()
}
