//! Writes a backup: rows, then changes, then the end block.

use std::io;
use std::io::Write;

use xxhash_rust::xxh3::Xxh3Default;

use super::BackupReport;
use super::format::{BLOCK_BYTES, BlockHeader, End, FORMAT, Header, Kind};
use crate::directory::STORE_FORMAT;
use crate::kv::BackendError;
use crate::model::Progress;
use crate::record::clock_in_change;
use crate::record::codec::CodecError;
use crate::store::clock_in_row;

/// A backup being written.
pub(crate) struct Writer<W> {
    out: W,
    header: Header,
    /// The items of the current block, all of kind `kind`.
    block: Vec<u8>,
    kind: Kind,
    /// The content of the end block so far.
    end: End,
    /// The digest of all bytes written.
    digest: Xxh3Default,
    bytes: u64,
}

/// Why an item could not be added.
#[derive(Debug)]
pub(crate) enum WriteError {
    /// The output failed.
    Out(io::Error),
    /// The data to back up is invalid.
    Content(String),
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::Out(error)
    }
}

impl From<BackendError> for WriteError {
    fn from(error: BackendError) -> Self {
        Self::Content(error.to_string())
    }
}

impl From<CodecError> for WriteError {
    fn from(error: CodecError) -> Self {
        Self::Content(format!("cannot read a change: {error}"))
    }
}

impl<W: Write> Writer<W> {
    /// Starts a backup whose rows hold all changes up to `checkpoint`.
    pub(crate) fn begin(out: W, checkpoint: u64) -> Result<Self, WriteError> {
        let header = Header::new(STORE_FORMAT, checkpoint);
        let mut writer = Self {
            out,
            block: Vec::with_capacity(BLOCK_BYTES),
            kind: Kind::Rows,
            end: End { seq: checkpoint, ..End::default() },
            digest: Xxh3Default::new(),
            bytes: 0,
            header,
        };
        writer.put(&writer.header.encode())?;
        Ok(writer)
    }

    /// Adds a row. Rows come in key order, before the changes.
    pub(crate) fn row(&mut self, key: &[u8], value: &[u8]) -> Result<(), WriteError> {
        let too_long = |_| WriteError::Content(format!("row {key:x?} is too long"));
        let key_len = u16::try_from(key.len()).map_err(too_long)?;
        let value_len = u32::try_from(value.len()).map_err(too_long)?;
        let clock = clock_in_row(key, value)?;
        self.end.clock = self.end.clock.max(clock.unwrap_or_default());
        self.end.rows += 1;
        self.item(Kind::Rows, &[&key_len.to_le_bytes(), &value_len.to_le_bytes(), key, value])
    }

    /// Adds a change. Changes come in order, starting after the checkpoint.
    pub(crate) fn change(&mut self, seq: u64, payload: &[u8]) -> Result<(), WriteError> {
        let len = u32::try_from(payload.len()).map_err(|_| WriteError::Content(format!("change {seq} is too long")))?;
        self.end.clock = self.end.clock.max(clock_in_change(payload)?);
        self.end.changes += 1;
        self.end.seq = seq;
        self.item(Kind::Changes, &[&seq.to_le_bytes(), &len.to_le_bytes(), payload])
    }

    /// Writes the end block. `salt` is that of the journal segment that holds the newest change, if known.
    pub(crate) fn finish(mut self, salt: Option<u64>) -> Result<BackupReport, WriteError> {
        self.write_block()?;
        self.end.salt = salt.unwrap_or_default();
        self.end.digest = self.digest.digest();
        self.kind = Kind::End;
        self.block = self.end.encode();
        self.write_block()?;
        self.out.flush()?;
        Ok(BackupReport::new(FORMAT, &self.header, &self.end, self.bytes))
    }

    /// The bytes written so far.
    pub(crate) fn progress(&self) -> Progress {
        Progress::so_far(self.bytes)
    }

    fn item(&mut self, kind: Kind, parts: &[&[u8]]) -> Result<(), WriteError> {
        let len: usize = parts.iter().map(|part| part.len()).sum();
        if self.kind != kind || self.block.len() + len > BLOCK_BYTES {
            self.write_block()?;
            self.kind = kind;
        }
        parts.iter().for_each(|part| self.block.extend_from_slice(part));
        Ok(())
    }

    /// Writes the current block unless it is empty.
    fn write_block(&mut self) -> Result<(), WriteError> {
        if self.block.is_empty() {
            return Ok(());
        }
        let too_long = |_| WriteError::Content("a change is too long for a block".to_owned());
        let unpacked = u32::try_from(self.block.len()).map_err(too_long)?;
        let stored = lz4_flex::block::compress(&self.block);
        let _fits = u32::try_from(stored.len()).map_err(too_long)?;
        let header = BlockHeader::new(self.end.blocks, self.kind, unpacked, &stored);
        self.put(&header.encode())?;
        self.put(&stored)?;
        self.end.blocks += 1;
        self.block.clear();
        self.block.shrink_to(BLOCK_BYTES);
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.out.write_all(bytes)?;
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}
