//! The checkpoint: the change up to which the state store is complete.
//!
//! It is kept in two files, so that one bad copy is no event. They are written one after the other, and the newer one
//! counts. Stores of format 2 and before have only the first until they are opened.

use std::io;

use crate::files::{Files, replace_file};

pub(super) const CHECKPOINT_NAMES: [&str; 2] = ["CHECKPOINT", "CHECKPOINT-2"];
const MAGIC: &[u8; 8] = b"inboxcp1";
const LEN: usize = 20;

/// What the two files say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// The newest checkpoint, or 0 if there is none yet.
    pub(crate) seq: u64,
    /// Whether both copies are there and say so.
    pub(crate) is_whole: bool,
}

/// Reads the newest checkpoint of a store. Fails with [`InvalidData`](io::ErrorKind::InvalidData) if a copy is damaged
/// and the other one does not help.
pub(crate) fn read_checkpoint(store: &dyn Files) -> io::Result<Checkpoint> {
    let copies = read_copies(store)?;
    let newest = copies.iter().filter_map(|copy| if let Copy::Whole(seq) = copy { Some(*seq) } else { None }).max();
    let damaged = |(name, _)| format!("{name} does not hold a checkpoint");
    match newest {
        Some(seq) => {
            let is_whole = copies.iter().all(|copy| *copy == Copy::Whole(seq));
            Ok(Checkpoint { seq, is_whole })
        }
        None => match CHECKPOINT_NAMES.into_iter().zip(copies).find(|(_, copy)| *copy == Copy::Damaged) {
            Some(found) => Err(io::Error::new(io::ErrorKind::InvalidData, damaged(found))),
            None => Ok(Checkpoint { seq: 0, is_whole: true }),
        },
    }
}

/// The names of the copies that are damaged.
pub(crate) fn damaged_checkpoints(store: &dyn Files) -> io::Result<Vec<&'static str>> {
    let copies = CHECKPOINT_NAMES.into_iter().zip(read_copies(store)?);
    Ok(copies.filter(|(_, copy)| *copy == Copy::Damaged).map(|(name, _)| name).collect())
}

/// Moves the checkpoint. When this returns, the journal up to `seq` is no longer needed.
pub(crate) fn write_checkpoint(store: &dyn Files, seq: u64) -> io::Result<()> {
    CHECKPOINT_NAMES.into_iter().rev().try_for_each(|name| replace_file(store, name, &bytes_of(seq)))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Copy {
    Missing,
    Damaged,
    Whole(u64),
}

fn read_copies(store: &dyn Files) -> io::Result<[Copy; 2]> {
    let read = |name| match store.read(name) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Copy::Missing),
        Err(error) => Err(error),
        Ok(bytes) => Ok(parse(&bytes).map_or(Copy::Damaged, Copy::Whole)),
    };
    let [first, second] = CHECKPOINT_NAMES.map(read);
    Ok([first?, second?])
}

fn bytes_of(seq: u64) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(seq.to_le_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

fn parse(bytes: &[u8]) -> Option<u64> {
    if bytes.len() != LEN || bytes.get(..8)? != MAGIC {
        return None;
    }
    let seq = u64::from_le_bytes(bytes.get(8..16)?.try_into().ok()?);
    (bytes == bytes_of(seq)).then_some(seq)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::files::RealFiles;

    #[test]
    fn checkpoint_flipped_byte_is_detected() {
        let bytes = bytes_of(78);
        assert_eq!(parse(&bytes), Some(78));
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x10;
            assert_eq!(parse(&damaged), None);
            assert_eq!(parse(&bytes[..place]), None);
        }
    }

    #[test]
    fn checkpoint_one_bad_copy_is_no_event_and_two_are_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let files = RealFiles::new(dir.path().to_owned());
        let read = || read_checkpoint(&files).unwrap();
        assert_eq!(read(), Checkpoint { seq: 0, is_whole: true });
        write_checkpoint(&files, 77).unwrap();
        write_checkpoint(&files, 78).unwrap();
        assert_eq!(read(), Checkpoint { seq: 78, is_whole: true });
        for bad in CHECKPOINT_NAMES {
            write_checkpoint(&files, 78).unwrap();
            fs::write(dir.path().join(bad), "nonsense").unwrap();
            assert_eq!(read(), Checkpoint { seq: 78, is_whole: false });
            assert_eq!(damaged_checkpoints(&files).unwrap(), [bad]);
            fs::write(dir.path().join(bad), bytes_of(70)).unwrap();
            assert_eq!(read(), Checkpoint { seq: 78, is_whole: false });
            fs::remove_file(dir.path().join(bad)).unwrap();
            assert_eq!(read(), Checkpoint { seq: 78, is_whole: false });
        }
        CHECKPOINT_NAMES.iter().for_each(|name| fs::write(dir.path().join(name), "nonsense").unwrap());
        assert_eq!(read_checkpoint(&files).unwrap_err().kind(), io::ErrorKind::InvalidData);
        fs::remove_file(dir.path().join("CHECKPOINT")).unwrap();
        assert_eq!(read_checkpoint(&files).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
