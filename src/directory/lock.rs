//! The file `LOCK`: held while an engine has the store open.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::OpenError;
use crate::files::RealFiles;

pub(super) const LOCK_NAME: &str = "LOCK";

/// Takes the lock and writes the process id into its file. The lock is held while the file is open.
pub(super) fn lock(path: &Path, files: &RealFiles) -> Result<File, OpenError> {
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
    Ok(file)
}
