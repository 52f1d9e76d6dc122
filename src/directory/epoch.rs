//! The file `EPOCH`: the epoch of the change feed. It tells a watcher that comes back whether the numbers that it knows
//! still mean the same changes. A store without the file begins a new epoch, as one that was restored.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::time::SystemTime;

use crate::files::{Files, replace_file};

pub(super) const EPOCH_NAME: &str = "EPOCH";

/// Returns the epoch of the store, and begins one if it has none.
pub(crate) fn read_or_begin_epoch(store: &dyn Files) -> io::Result<u64> {
    match store.read(EPOCH_NAME) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => begin_epoch(store),
        // A damaged file costs watchers no more than a new beginning.
        read => parse(&read?).map_or_else(|| begin_epoch(store), Ok),
    }
}

/// Begins a new epoch and returns it.
pub(crate) fn begin_epoch(store: &dyn Files) -> io::Result<u64> {
    let epoch = fresh_epoch();
    replace_file(store, EPOCH_NAME, content(epoch).as_bytes())?;
    Ok(epoch)
}

/// Ends the epoch of a store that is closed: the next opening begins a new one.
pub(crate) fn end_epoch(store: &dyn Files) -> io::Result<()> {
    match store.remove(EPOCH_NAME) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => store.sync_dir(),
    }
}

/// A number that no other epoch has. It need not be secret.
fn fresh_epoch() -> u64 {
    let nanos = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_nanos());
    RandomState::new().hash_one((nanos, std::process::id()))
}

fn content(epoch: u64) -> String {
    let line = format!("{epoch:016x}\n");
    format!("{line}checksum {:08x}\n", crc32fast::hash(line.as_bytes()))
}

fn parse(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes).ok()?;
    let epoch = u64::from_str_radix(text.lines().next()?, 16).ok()?;
    (content(epoch) == text).then_some(epoch)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::files::RealFiles;

    #[test]
    fn epoch_stays_until_it_is_ended_or_damaged() {
        let directory = tempfile::tempdir().unwrap();
        let files = RealFiles::new(directory.path().to_owned());
        let first = read_or_begin_epoch(&files).unwrap();
        assert_eq!(read_or_begin_epoch(&files).unwrap(), first);
        end_epoch(&files).unwrap();
        end_epoch(&files).unwrap();
        let second = read_or_begin_epoch(&files).unwrap();
        assert_ne!(first, second);
        let path = directory.path().join(EPOCH_NAME);
        let whole = fs::read(&path).unwrap();
        for place in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[place] ^= 1;
            fs::write(&path, &bytes).unwrap();
            assert_ne!(read_or_begin_epoch(&files).unwrap(), second, "byte {place}");
        }
    }
}
