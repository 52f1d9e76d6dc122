//! The active segment.

use std::io;

use super::frame::BatchHeader;
use super::segment::{SEGMENT_HEADER_BYTES, Salt, SegmentHeader, segment_name};
use crate::files::{AppendFile, Files};

/// The room behind a segment is as long as what it has, within these limits. A large batch would use it up at once.
const ROOM_BYTES_MIN: u64 = 16 << 10;
const ROOM_BYTES_MAX: u64 = 256 << 10;

/// The active segment. Its owner is the only writer.
pub(super) struct Active {
    /// The file, positioned after what was written.
    file: Box<dyn AppendFile>,
    name: String,
    salt: Salt,
    /// The length of what was written.
    len: u64,
    /// The number of the next batch.
    next_batch: u64,
    /// The newest change written, or 0.
    last_seq: u64,
    /// Whether everything written is durable.
    synced: bool,
    /// Whether the last batch records everything before it as durable.
    sealed: bool,
}

/// How to continue an existing segment.
pub(super) struct Resume {
    pub(super) header: SegmentHeader,
    /// The length to keep.
    pub(super) len: u64,
    /// The number of the next batch.
    pub(super) next_batch: u64,
    /// The seq of the next change.
    pub(super) next_seq: u64,
    /// Whether the last batch records everything before it as durable.
    pub(super) sealed: bool,
}

impl Active {
    pub(super) fn create(files: &dyn Files, header: &SegmentHeader) -> io::Result<Self> {
        Ok(Self {
            file: header.create(files)?,
            name: segment_name(header.first_seq),
            salt: header.salt,
            len: SEGMENT_HEADER_BYTES as u64,
            next_batch: header.first_batch,
            last_seq: header.first_seq - 1,
            synced: true,
            sealed: true,
        })
    }

    /// Continues an existing segment and truncates it to `resume.len`. Everything read from it, and its name, is
    /// durable when this returns. Until now both may have been only in the page cache.
    pub(super) fn resume(files: &dyn Files, resume: &Resume) -> io::Result<Self> {
        let name = segment_name(resume.header.first_seq);
        let mut file = files.append(&name, resume.len)?;
        file.sync_data()?;
        files.sync_dir()?;
        Ok(Self {
            file,
            name,
            salt: resume.header.salt,
            len: resume.len,
            next_batch: resume.next_batch,
            last_seq: resume.next_seq - 1,
            synced: true,
            sealed: resume.sealed,
        })
    }

    /// Writes a batch. `bytes` starts with room for the batch header.
    pub(super) fn write(&mut self, bytes: &mut [u8], last_seq: u64, durable_before: u64) -> io::Result<()> {
        let header = BatchHeader { number: self.next_batch, durable_before };
        for (place, byte) in bytes.iter_mut().zip(header.encode(self.salt)) {
            *place = byte;
        }
        self.synced = false;
        self.sealed = false;
        self.file.write_all(bytes)?;
        self.len += bytes.len() as u64;
        self.next_batch += 1;
        self.last_seq = last_seq;
        Ok(())
    }

    /// Makes room for a batch that is synced at once, and for the next ones, if it is small.
    pub(super) fn make_room(&mut self, batch_bytes: usize) -> io::Result<()> {
        let (bytes, wanted) = (batch_bytes as u64, self.len.clamp(ROOM_BYTES_MIN, ROOM_BYTES_MAX));
        let is_small = bytes <= wanted / 4;
        if is_small && self.file.room() < bytes { self.file.make_room(wanted) } else { Ok(()) }
    }

    /// Cuts the room off: the segment is complete, or the journal is closed.
    pub(super) fn give_up_room(&mut self) -> io::Result<()> {
        self.file.give_up_room()
    }

    /// Makes everything written durable.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        if !self.synced {
            self.file.sync_data()?;
            self.synced = true;
        }
        Ok(())
    }

    /// Writes an empty batch, unless the last batch already records everything as durable.
    pub(super) fn seal(&mut self) -> io::Result<()> {
        self.sync()?;
        if !self.sealed {
            let mut header = [0; super::frame::BATCH_HEADER_BYTES];
            self.write(&mut header, self.last_seq, self.last_seq)?;
            self.sync()?;
            self.sealed = true;
        }
        self.give_up_room()
    }

    /// Fails if the segment was removed, or changed by another program.
    pub(super) fn check_linked(&self) -> io::Result<()> {
        self.file.check_linked()
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The number of the next batch.
    pub(super) fn next_batch(&self) -> u64 {
        self.next_batch
    }

    /// The newest change written, or 0.
    pub(super) fn last_seq(&self) -> u64 {
        self.last_seq
    }
}
