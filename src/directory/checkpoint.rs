//! The file `CHECKPOINT`: the change up to which the state store is complete.

use std::io;

use crate::files::{Files, replace_file};

const NAME: &str = "CHECKPOINT";
const MAGIC: &[u8; 8] = b"inboxcp1";
const LEN: usize = 20;

/// Reads the newest checkpoint of a store. Returns 0 if there is none yet, and an error if the file is damaged.
pub(crate) fn read_checkpoint(store: &dyn Files) -> io::Result<u64> {
    let bytes = match store.read(NAME) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        bytes => bytes?,
    };
    parse(&bytes)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("{NAME} does not hold a checkpoint")))
}

/// Moves the checkpoint. When this returns, the journal up to `seq` is no longer needed.
pub(crate) fn write_checkpoint(store: &dyn Files, seq: u64) -> io::Result<()> {
    replace_file(store, NAME, &bytes_of(seq))
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
    use super::*;
    use crate::files::RealFiles;

    #[test]
    fn checkpoint_flipped_byte_is_detected() {
        let dir = tempfile::tempdir().unwrap();
        let files = RealFiles::new(dir.path().to_owned());
        assert_eq!(read_checkpoint(&files).unwrap(), 0);
        write_checkpoint(&files, 77).unwrap();
        write_checkpoint(&files, 78).unwrap();
        assert_eq!(read_checkpoint(&files).unwrap(), 78);
        let bytes = bytes_of(78);
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x10;
            assert_eq!(parse(&damaged), None);
            assert_eq!(parse(&bytes[..place]), None);
        }
    }
}
