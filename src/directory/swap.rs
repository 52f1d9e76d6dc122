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

use std::io;

use super::layout::{JOURNAL, STATE};
use crate::files::{Files, RealFiles};

pub(super) const NEW: &str = "state.new";
const OLD: &str = "state.old";
pub(super) const NEW_JOURNAL: &str = "journal.new";

/// Removes the new state store, if there is one.
pub(super) fn discard_new_state(files: &RealFiles) -> io::Result<()> {
    remove_if_there(files, NEW)
}

/// Runs the steps above. Where open directories can be renamed and removed, the state stores may be open.
pub(super) fn replace_state(files: &RealFiles) -> io::Result<()> {
    remove_if_there(files, OLD)?;
    files.rename(STATE, OLD)?;
    files.sync_dir()?;
    files.rename(NEW, STATE)?;
    files.sync_dir()?;
    remove_if_there(files, OLD)?;
    files.sync_dir()
}

/// Moves the old state store to the first free `quarantine-N` and returns that name. A crash may leave `state.new`
/// without `state`. The next opening then removes `state.new`, and the state store must be rebuilt.
pub(super) fn replace_state_set_aside(files: &RealFiles) -> io::Result<String> {
    let names = files.list()?;
    let aside = free_quarantine(&names)?;
    if names.iter().any(|name| name == STATE) {
        files.rename(STATE, &aside)?;
    } else {
        files.create_directory(&aside)?;
    }
    files.rename(NEW, STATE)?;
    files.sync_dir()?;
    Ok(aside)
}

/// Finishes or undoes an interrupted replacement, as in the table above.
pub(super) fn settle_states(files: &RealFiles) -> io::Result<()> {
    let names = files.list()?;
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    if !has(NEW) && !has(OLD) {
        return Ok(());
    }
    tracing::info!("cleaning up an interrupted replacement of the state store");
    if has(OLD) && !has(STATE) {
        files.rename(OLD, STATE)?;
        files.sync_dir()?;
    }
    remove_if_there(files, NEW)?;
    remove_if_there(files, OLD)?;
    files.sync_dir()
}

/// Removes the new journal, if there is one.
pub(super) fn discard_new_journal(files: &RealFiles) -> io::Result<()> {
    remove_if_there(files, NEW_JOURNAL)
}

/// Moves damaged files into the first free `quarantine-N` and returns that name. If the journal is among them, puts the
/// new one in its place. The state store must hold everything: a crash leaves the new journal, or its temporary name.
pub(super) fn set_aside(files: &RealFiles, damaged: &[&str]) -> io::Result<String> {
    let names = files.list()?;
    let aside = free_quarantine(&names)?;
    files.create_directory(&aside)?;
    for name in damaged.iter().filter(|wanted| names.iter().any(|name| name == *wanted)) {
        files.rename(name, &format!("{aside}/{name}"))?;
    }
    files.sync_dir()?;
    if damaged.contains(&JOURNAL) {
        files.rename(NEW_JOURNAL, JOURNAL)?;
        files.sync_dir()?;
    }
    Ok(aside)
}

/// Finishes or undoes an interrupted replacement of the journal.
pub(super) fn settle_journal(files: &RealFiles) -> io::Result<()> {
    let names = files.list()?;
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    match (has(JOURNAL), has(NEW_JOURNAL)) {
        (true, true) => discard_new_journal(files)?,
        (false, true) => files.rename(NEW_JOURNAL, JOURNAL)?,
        _ => return Ok(()),
    }
    files.sync_dir()
}

fn free_quarantine(names: &[String]) -> io::Result<String> {
    let free = (1_u64..).map(|number| format!("quarantine-{number}")).find(|name| !names.contains(name));
    free.ok_or_else(|| io::Error::from(io::ErrorKind::AlreadyExists))
}

fn remove_if_there(files: &RealFiles, directory: &str) -> io::Result<()> {
    match files.remove_directory(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

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

    fn files(dir: &tempfile::TempDir) -> RealFiles {
        RealFiles::new(dir.path().to_owned())
    }

    /// Checks that only `state` exists and that it was originally `was`.
    fn assert_only(dir: &tempfile::TempDir, was: &str) {
        assert_eq!(RealFiles::new(dir.path().to_owned()).list().unwrap(), [STATE]);
        assert_eq!(fs::read(dir.path().join(STATE).join("db")).unwrap(), was.as_bytes());
    }

    #[test]
    fn swap_replaces_the_state_store() {
        let dir = store(&[STATE, NEW, OLD]);
        replace_state(&files(&dir)).unwrap();
        assert_only(&dir, NEW);
        let dir = store(&[STATE]);
        assert!(replace_state(&files(&dir)).is_err(), "there is no new state store");
        settle_states(&files(&dir)).unwrap();
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
            settle_states(&files(&dir)).unwrap();
            assert_only(&dir, kept);
            settle_states(&files(&dir)).unwrap();
            assert_only(&dir, kept);
        }
    }
}
