//! The file that says up to which change the state store holds everything.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

const NAME: &str = "CHECKPOINT";
const MAGIC: &[u8; 8] = b"inboxcp1";
const LEN: usize = 20;

/// The newest checkpoint of a store: 0 where there was none yet, an error where the file is damaged.
pub(crate) fn read_checkpoint(store: &Path) -> io::Result<u64> {
    let path = store.join(NAME);
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        bytes => bytes?,
    };
    parse(&bytes).ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{} does not hold a checkpoint", path.display()))
    })
}

/// Moves the checkpoint: after this returns, the journal up to `seq` is not needed any more.
pub(crate) fn write_checkpoint(store: &Path, seq: u64) -> io::Result<()> {
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

/// Replaces a file so that a crash leaves the old one or the new one, whole.
pub(super) fn replace_file(directory: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let temporary = directory.join(format!("{name}.tmp"));
    let mut file = File::create(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, directory.join(name))?;
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flipped_byte_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read_checkpoint(dir.path()).unwrap(), 0);
        write_checkpoint(dir.path(), 77).unwrap();
        write_checkpoint(dir.path(), 78).unwrap();
        assert_eq!(read_checkpoint(dir.path()).unwrap(), 78);
        let bytes = bytes_of(78);
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x10;
            assert_eq!(parse(&damaged), None);
            assert_eq!(parse(&bytes[..place]), None);
        }
    }
}
