//! Opens sled despite interrupted openings and damaged snapshots.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use super::SledBackend;
use super::resources::{check_resources, note_opened, system_error};
use crate::kv::{Backend, OpenBackendError};

/// sled puts pages over a quarter of a segment into files that it never syncs. With segments this large and values of
/// at most 16 KiB, no page is that big.
const SEGMENT_BYTES: usize = 8 << 20;

/// sled panics over a cache of some bytes, which would be taken for damage.
const CACHE_BYTES_MIN: u64 = 64 << 10;

/// Returns true if sled was ever opened in a directory. A file that cannot be looked at is not missing.
pub(crate) fn exists(path: &Path) -> io::Result<bool> {
    path.join("db").try_exists()
}

/// Opens sled in a directory, creating it if needed.
///
/// A half-written snapshot would make every later open fail, so it is deleted first. A finished snapshot only saves
/// time: if opening still fails, this deletes all snapshots and tries once more.
pub(crate) fn open(path: &Path, cache_bytes: u64) -> Result<Box<dyn Backend>, OpenBackendError> {
    check_resources().map_err(io_error("open the store in", path))?;
    remove_snapshots(path, |name| name.ends_with(".generating"))?;
    let db = match open_when_free(path, cache_bytes) {
        Err(OpenBackendError::Damaged(reason)) => {
            tracing::warn!(path = %path.display(), reason, "cannot open the store; retrying without snapshots");
            remove_snapshots(path, |_| true)?;
            open_when_free(path, cache_bytes)?
        }
        opened => opened?,
    };
    let backend = SledBackend::new(db, path, cache_bytes).map_err(io_error("open the files of", path))?;
    note_opened();
    Ok(Box::new(backend))
}

/// Opens sled once the lock on its file is free. This process holds the lock on the store's directory, so only a sled
/// instance it just closed can hold this one. sled releases it shortly after being dropped.
fn open_when_free(path: &Path, cache_bytes: u64) -> Result<sled::Db, OpenBackendError> {
    const WAIT_MAX: Duration = Duration::from_secs(10);
    const LOOK_EVERY: Duration = Duration::from_millis(5);
    let began = Instant::now();
    loop {
        match try_open(path, cache_bytes) {
            Err(OpenBackendError::Io { source, .. }) if is_locked(&source) && began.elapsed() < WAIT_MAX => {
                thread::sleep(LOOK_EVERY);
            }
            opened => return opened,
        }
    }
}

/// sled reports a held lock only in the text of the error.
fn is_locked(error: &io::Error) -> bool {
    error.to_string().contains("could not acquire lock")
}

fn try_open(path: &Path, cache_bytes: u64) -> Result<sled::Db, OpenBackendError> {
    let config = sled::Config::new()
        .path(path)
        .cache_capacity(cache_bytes.max(CACHE_BYTES_MIN))
        .segment_size(SEGMENT_BYTES)
        // sled collects garbage only if it flushes by itself.
        .flush_every_ms(Some(500));
    match catch_unwind(AssertUnwindSafe(|| config.open())) {
        Ok(Ok(db)) => Ok(db),
        Ok(Err(sled::Error::Io(source))) if is_locked(&source) || !is_of_content(&source) => {
            Err(OpenBackendError::Io { doing: "open the store in", path: path.to_owned(), source })
        }
        Ok(Err(error)) => Err(OpenBackendError::Damaged(error.to_string())),
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map_or("", String::as_str);
            let said = panic.downcast_ref::<&str>().copied().unwrap_or(said);
            Err(match system_error(said) {
                Some(source) => io_error("open the store in", path)(source),
                None => OpenBackendError::Damaged(format!("sled panicked while opening its files: {said}")),
            })
        }
    }
}

/// Returns true if an error is about a file's content, rather than access to it.
pub(crate) fn is_of_content(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::Other)
}

fn remove_snapshots(path: &Path, which: impl Fn(&str) -> bool) -> Result<(), OpenBackendError> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(io_error("list", path))?,
    };
    for entry in entries {
        let entry = entry.map_err(io_error("list", path))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && which(&name) {
            fs::remove_file(entry.path()).map_err(io_error("remove", &entry.path()))?;
        }
    }
    Ok(())
}

fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OpenBackendError {
    let path = path.to_owned();
    move |source| OpenBackendError::Io { doing, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sled_opens_with_any_size_of_its_cache() {
        let dir = tempfile::tempdir().unwrap();
        for cache_bytes in [0, 255, u64::MAX] {
            let backend = open(&dir.path().join("store"), cache_bytes).unwrap();
            backend.write(vec![(b"k".to_vec(), Some(b"v".to_vec()))]).unwrap();
            assert_eq!(backend.get(b"k").unwrap(), Some(b"v".to_vec()));
        }
    }

    #[test]
    fn sled_opens_despite_an_unfinished_snapshot() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store");
        let backend = open(&path, 1 << 20).unwrap();
        backend.write(vec![(b"k".to_vec(), Some(b"v".to_vec()))]).unwrap();
        backend.flush().unwrap();
        drop(backend);
        fs::write(path.join("snap.0000000000000000.generating"), b"half").unwrap();
        let backend = open(&path, 1 << 20).unwrap();
        assert_eq!(backend.get(b"k").unwrap(), Some(b"v".to_vec()));
    }

    #[test]
    fn sled_open_waits_for_a_held_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store");
        let held = open(&path, 1 << 20).unwrap();
        match try_open(&path, 1 << 20) {
            Err(OpenBackendError::Io { source, .. }) => assert!(is_locked(&source), "{source}"),
            other => panic!("{other:?}"),
        }
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(50));
                drop(held);
            });
            drop(open(&path, 1 << 20).unwrap());
        });
    }

    #[test]
    fn sled_replaces_a_damaged_snapshot() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store");
        let backend = open(&path, 1 << 20).unwrap();
        backend.write(vec![(b"k".to_vec(), Some(b"v".to_vec()))]).unwrap();
        backend.flush().unwrap();
        drop(backend);
        drop(open(&path, 1 << 20).unwrap());
        for entry in fs::read_dir(&path).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name().to_string_lossy().starts_with("snap.") {
                fs::write(entry.path(), b"nonsense").unwrap();
            }
        }
        let backend = open(&path, 1 << 20).unwrap();
        assert_eq!(backend.get(b"k").unwrap(), Some(b"v".to_vec()));
    }
}
