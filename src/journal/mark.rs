//! The file `DURABLE`: the newest change that was made durable.
//!
//! It is written after each sync and not synced itself, so it costs no time. After a kill it names the newest
//! acknowledged change, and a shorter journal is known to be damaged. After a loss of power it may be older.
//!
//! Two slots are written in turn, each in a sector of its own, so that a torn write never takes both.
//!
//! | offset | bytes | |
//! |---|---|---|
//! | 0, 512 | 8 | seq |
//! | 8, 520 | 4 | checksum of a fixed number and the seq |

use std::io;

use crate::files::{Files, Slots};

pub(super) const MARK_NAME: &str = "DURABLE";

/// The distance of the slots: the sector of a disk.
const SLOT_BYTES: usize = 512;
const LEN: usize = 12;

/// Mixed into the checksum, so that zeros are no mark.
const SALT: &[u8; 8] = b"inboxdur";

/// Reads the newest change known to be durable. Returns 0 if there is no mark, or none that can be read.
pub(crate) fn read_mark(files: &dyn Files) -> io::Result<u64> {
    let bytes = match files.read(MARK_NAME) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        bytes => bytes?,
    };
    let slots = [0, SLOT_BYTES].map(|offset| bytes.get(offset..offset + LEN).and_then(parse));
    Ok(slots.into_iter().flatten().max().unwrap_or(0))
}

/// Forgets what was durable. The newest changes are given up.
pub(crate) fn remove_mark(files: &dyn Files) -> io::Result<()> {
    match files.remove(MARK_NAME) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => files.sync_dir(),
    }
}

/// The mark of an open journal.
pub(crate) struct Mark {
    slots: Box<dyn Slots>,
    /// The newest change that was durable when the mark was opened, or 0.
    pub(super) found: u64,
    /// Which slot is written next.
    second: bool,
}

impl Mark {
    /// Opens the mark in the directory of a store, and creates it if it is missing.
    pub(crate) fn open(files: &dyn Files) -> io::Result<Self> {
        let found = read_mark(files)?;
        Ok(Self { slots: files.slots(MARK_NAME)?, found, second: false })
    }

    /// Notes that everything up to `durable` was made durable.
    pub(super) fn write(&mut self, durable: u64) -> io::Result<()> {
        let offset = if self.second { SLOT_BYTES as u64 } else { 0 };
        self.second = !self.second;
        self.slots.put(offset, &bytes_of(durable))
    }
}

fn bytes_of(seq: u64) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    let seq = seq.to_le_bytes();
    let checksum = crc32fast::hash(&[SALT.as_slice(), &seq].concat()).to_le_bytes();
    for (place, byte) in bytes.iter_mut().zip(seq.into_iter().chain(checksum)) {
        *place = byte;
    }
    bytes
}

fn parse(slot: &[u8]) -> Option<u64> {
    let seq = u64::from_le_bytes(slot.get(..8)?.try_into().ok()?);
    (slot == bytes_of(seq)).then_some(seq)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::simulation::MemFiles;

    #[test]
    fn mark_is_the_newest_whole_slot() {
        let files = MemFiles::default();
        assert_eq!(read_mark(&files).unwrap(), 0);
        let mut mark = Mark::open(&files).unwrap();
        assert_eq!(mark.found, 0);
        for seq in 4..9 {
            mark.write(seq).unwrap();
            assert_eq!(read_mark(&files).unwrap(), seq);
        }
        let bytes = files.read(MARK_NAME).unwrap();
        for place in 0..bytes.len() {
            let damaged = files.edited(MARK_NAME, |bytes| bytes[place] ^= 0x10);
            assert!([7, 8].contains(&read_mark(&damaged).unwrap()), "{place}");
            let cut = files.edited(MARK_NAME, |bytes| bytes.truncate(place));
            assert!([0, 7, 8].contains(&read_mark(&cut).unwrap()), "{place}");
        }
        assert_eq!(Mark::open(&files).unwrap().found, 8);
        assert_eq!(read_mark(&files.edited(MARK_NAME, |bytes| bytes.fill(0))).unwrap(), 0);
    }
}
