//! The file `LOCK`: held while an engine has the store open.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::OpenError;
use crate::files::RealFiles;

pub(super) const LOCK_NAME: &str = "LOCK";

/// The lock, held until this is dropped.
pub(super) struct Lock(File);

impl Lock {
    /// The open file, to compare it with what is at a path.
    pub(super) fn file(&self) -> &File {
        &self.0
    }
}

impl Drop for Lock {
    /// Closing the file would not do: a child process has it open too, between its fork and its exec.
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::debug!(%error, "cannot unlock; the lock goes with the file");
        }
    }
}

/// Takes the lock and writes the process id into its file.
pub(super) fn lock(path: &Path, files: &RealFiles) -> Result<Lock, OpenError> {
    let name = path.join(LOCK_NAME);
    let mut file = files.read_write(LOCK_NAME).map_err(OpenError::io("open", &name))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            // Windows cannot read a locked file, so the holder stays unknown there.
            let mut holder = String::new();
            let known = file.take(100).read_to_string(&mut holder).is_ok() && !holder.trim().is_empty();
            let holder = if known { holder.trim().to_owned() } else { "another process".to_owned() };
            return Err(OpenError::Locked { path: path.to_owned(), holder });
        }
        Err(TryLockError::Error(error)) => return Err(OpenError::io("lock", &name)(error)),
    }
    let holder = format!("process {}\n", std::process::id());
    let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(holder.as_bytes()));
    if let Err(error) = written {
        // The lock is still held. Only the name of its holder is lost, for example on a full disk.
        tracing::debug!(%error, "cannot record the holder of the lock");
    }
    Ok(Lock(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_ends_although_a_child_process_still_has_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let files = RealFiles::new(directory.path().to_owned());
        let first = lock(directory.path(), &files).unwrap();
        let inherited = first.file().try_clone().unwrap();
        assert!(matches!(lock(directory.path(), &files), Err(OpenError::Locked { .. })));
        drop(first);
        drop(lock(directory.path(), &files).unwrap());
        drop(inherited);
    }
}
