//! Replaces the state store with a rewritten one.
//!
//! The new store is built in `state.new`. It is complete and durable before the first step, and each step is durable
//! before the next:
//!
//! | step | a crash after it leaves | the next opening |
//! |---|---|---|
//! | | `state` and `state.new` | removes `state.new` |
//! | `state` becomes `state.old` | `state.old` and `state.new` | renames `state.old` to `state`, removes `state.new` |
//! | `state.new` becomes `state` | `state` and `state.old` | removes `state.old` |
//! | `state.old` is removed | `state` | |
//!
//! So one of the two is always there, whole. If both are, the older one wins until `state.new` is renamed.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::files::{Files, RealFiles};

const STATE: &str = "state";
const NEW: &str = "state.new";
const OLD: &str = "state.old";

/// The path of the new state store.
pub(crate) fn new_state_path(store: &Path) -> PathBuf {
    store.join(NEW)
}

/// Removes the new state store, if there is one.
pub(crate) fn discard_new_state(store: &Path) -> io::Result<()> {
    remove_if_there(&store.join(NEW))
}

/// Runs the steps above. Neither state store may be open.
pub(crate) fn replace_state(store: &Path) -> io::Result<()> {
    let files = RealFiles::new(store.to_owned());
    remove_if_there(&store.join(OLD))?;
    files.rename(STATE, OLD)?;
    files.sync_dir()?;
    files.rename(NEW, STATE)?;
    files.sync_dir()?;
    remove_if_there(&store.join(OLD))?;
    files.sync_dir()
}

/// Moves the old state store to the first free `quarantine-N` and returns that path. A crash may leave `state.new`
/// without `state`. The next opening then removes `state.new`, and the state store must be rebuilt.
pub(crate) fn replace_state_set_aside(store: &Path) -> io::Result<PathBuf> {
    let state = store.join(STATE);
    let free = (1_u64..).map(|number| store.join(format!("quarantine-{number}"))).find(|path| !path.exists());
    let aside = free.ok_or_else(|| io::Error::from(io::ErrorKind::AlreadyExists))?;
    fs::create_dir_all(&state)?;
    fs::rename(&state, &aside)?;
    let files = RealFiles::new(store.to_owned());
    files.rename(NEW, STATE)?;
    files.sync_dir()?;
    Ok(aside)
}

/// Finishes or undoes an interrupted replacement, as in the table above.
pub(crate) fn settle_states(store: &Path) -> io::Result<()> {
    let [state, new, old] = [STATE, NEW, OLD].map(|name| store.join(name));
    if !new.exists() && !old.exists() {
        return Ok(());
    }
    tracing::info!(path = %store.display(), "cleaning up an interrupted replacement of the state store");
    let files = RealFiles::new(store.to_owned());
    if old.exists() && !state.exists() {
        files.rename(OLD, STATE)?;
        files.sync_dir()?;
    }
    remove_if_there(&new)?;
    remove_if_there(&old)?;
    files.sync_dir()
}

fn remove_if_there(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory with these state stores. Each holds its own name.
    fn store(names: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            fs::create_dir(dir.path().join(name)).unwrap();
            fs::write(dir.path().join(name).join("db"), name).unwrap();
        }
        dir
    }

    /// Checks that only `state` exists and that it was originally `was`.
    fn assert_only(dir: &tempfile::TempDir, was: &str) {
        assert_eq!(RealFiles::new(dir.path().to_owned()).list().unwrap(), [STATE]);
        assert_eq!(fs::read(dir.path().join(STATE).join("db")).unwrap(), was.as_bytes());
    }

    #[test]
    fn swap_replaces_the_state_store() {
        let dir = store(&[STATE, NEW, OLD]);
        replace_state(dir.path()).unwrap();
        assert_only(&dir, NEW);
        let dir = store(&[STATE]);
        assert!(replace_state(dir.path()).is_err(), "there is no new state store");
        settle_states(dir.path()).unwrap();
        assert_only(&dir, STATE);
    }

    #[test]
    fn swap_settles_every_interrupted_replacement() {
        for (left, kept) in [
            (&[STATE][..], STATE),
            (&[STATE, NEW], STATE),
            (&[OLD, NEW], OLD),
            (&[OLD], OLD),
            (&[STATE, OLD], STATE),
            (&[STATE, NEW, OLD], STATE),
        ] {
            let dir = store(left);
            settle_states(dir.path()).unwrap();
            assert_only(&dir, kept);
            settle_states(dir.path()).unwrap();
            assert_only(&dir, kept);
        }
    }
}
