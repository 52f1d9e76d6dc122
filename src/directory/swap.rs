//! Putting a rewritten state store in the place of the one before it.
//!
//! The new one is made in `state.new`. It is complete and safe before the first of these steps, and each is safe before
//! the next:
//!
//! | step | a crash behind it leaves | the next opening |
//! |---|---|---|
//! | | `state` and `state.new` | removes `state.new` |
//! | `state` becomes `state.old` | `state.old` and `state.new` | makes `state.old` the `state` again, and removes `state.new` |
//! | `state.new` becomes `state` | `state` and `state.old` | removes `state.old` |
//! | `state.old` is removed | `state` | |
//!
//! So what is there is always one of the two, whole; where it could be either, it is the older one.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::files::{Files, RealFiles};

const STATE: &str = "state";
const NEW: &str = "state.new";
const OLD: &str = "state.old";

/// Where the new state store is made.
pub(crate) fn new_state_path(store: &Path) -> PathBuf {
    store.join(NEW)
}

/// Removes the new state store, if there is one.
pub(crate) fn discard_new_state(store: &Path) -> io::Result<()> {
    remove_if_there(&store.join(NEW))
}

/// Takes the steps. Nobody may have one of the two open.
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

/// Sets the old one aside, as `quarantine-1` or under the next name that is free, and says where it is. A crash on the
/// way may leave `state.new` without `state`: the next opening removes it, and makes it again.
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

/// Ends what a crash has interrupted, as the table says.
pub(crate) fn settle_states(store: &Path) -> io::Result<()> {
    let [state, new, old] = [STATE, NEW, OLD].map(|name| store.join(name));
    if !new.exists() && !old.exists() {
        return Ok(());
    }
    tracing::info!(path = %store.display(), "replacing the state store was interrupted; what that has left is removed");
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

    /// A directory with these state stores, each of which holds its own name.
    fn store(names: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            fs::create_dir(dir.path().join(name)).unwrap();
            fs::write(dir.path().join(name).join("db"), name).unwrap();
        }
        dir
    }

    /// Checks that there is only `state`, and that it was this one before.
    fn assert_only(dir: &tempfile::TempDir, was: &str) {
        assert_eq!(RealFiles::new(dir.path().to_owned()).list().unwrap(), [STATE]);
        assert_eq!(fs::read(dir.path().join(STATE).join("db")).unwrap(), was.as_bytes());
    }

    #[test]
    fn the_new_one_takes_the_place_of_the_old_one() {
        let dir = store(&[STATE, NEW, OLD]);
        replace_state(dir.path()).unwrap();
        assert_only(&dir, NEW);
        let dir = store(&[STATE]);
        assert!(replace_state(dir.path()).is_err(), "there is no new one");
        settle_states(dir.path()).unwrap();
        assert_only(&dir, STATE);
    }

    #[test]
    fn every_crash_on_the_way_is_settled() {
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
