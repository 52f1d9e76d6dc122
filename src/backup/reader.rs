//! Reads and checks a whole backup.

use std::fs::File;
use std::io;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3Default;

use super::format::{BLOCK_HEADER_BYTES, BadHeader, BlockHeader, End, FORMAT, HEADER_BYTES, Header, Kind};
use super::{BackupFileError, BackupReport, Source};
use crate::directory::STORE_FORMAT;
use crate::journal::Fields;
use crate::model::Progress;
use crate::record::clock_in_change;
use crate::store::clock_in_row;

/// A visitor of a backup's content.
pub(crate) trait BackupVisitor {
    /// The errors of the visitor, and those of the file.
    type Error: From<BackupFileError>;

    /// Called for each row of the state store, in key order, before the changes.
    fn row(&mut self, key: &[u8], value: &[u8]) -> Result<(), Self::Error>;

    /// Called for each change, in order, starting after the checkpoint.
    fn change(&mut self, seq: u64, payload: &[u8]) -> Result<(), Self::Error>;
}

/// Ignores everything, for reads that only verify.
impl BackupVisitor for () {
    type Error = BackupFileError;

    fn row(&mut self, _key: &[u8], _value: &[u8]) -> Result<(), BackupFileError> {
        Ok(())
    }

    fn change(&mut self, _seq: u64, _payload: &[u8]) -> Result<(), BackupFileError> {
        Ok(())
    }
}

/// Passes the content of a backup to `visitor`. Calls `watch` with the bytes read so far and the total.
///
/// Fails if anything is corrupt. Then the caller must discard what it received so far.
pub(crate) fn read<V: BackupVisitor>(
    path: &Path,
    visitor: &mut V,
    watch: &mut dyn FnMut(Progress),
) -> Result<Source, V::Error> {
    Reader::open(path)?.all(visitor, watch)
}

/// A position in a backup.
struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    header: Header,
    /// The bytes read so far, and the size of the file.
    at: u64,
    total: u64,
    /// The digest of the bytes read so far.
    digest: Xxh3Default,
    /// A summary of the content so far, to compare with the end block.
    seen: End,
    /// The key of the newest row.
    key: Vec<u8>,
    kind: Kind,
}

impl Reader {
    fn open(path: &Path) -> Result<Self, BackupFileError> {
        let failed = |source| BackupFileError::Io { doing: "open", path: path.to_owned(), source };
        let mut file = File::open(path).map_err(failed)?;
        let total = file.metadata().map_err(failed)?.len();
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        let read = Read::by_ref(&mut file).take(HEADER_BYTES as u64).read_to_end(&mut bytes);
        read.map_err(|source| BackupFileError::Io { doing: "read", path: path.to_owned(), source })?;
        let newer = |what, found, known| BackupFileError::NewerFormat { path: path.to_owned(), what, found, known };
        let header = Header::decode(&bytes).map_err(|bad| match bad {
            BadHeader::NotABackup => BackupFileError::NotABackup(path.to_owned()),
            BadHeader::Newer(found) => newer("backup", found, FORMAT),
            BadHeader::Damaged(reason) => {
                BackupFileError::Damaged { path: path.to_owned(), offset: 0, reason: reason.to_owned() }
            }
        })?;
        if header.store_format > STORE_FORMAT {
            return Err(newer("store", header.store_format, STORE_FORMAT));
        }
        let mut digest = Xxh3Default::new();
        digest.update(&bytes);
        let seen = End { seq: header.checkpoint, ..End::default() };
        let (path, file, at) = (path.to_owned(), BufReader::new(file), HEADER_BYTES as u64);
        Ok(Self { path, file, header, at, total, digest, seen, key: Vec::new(), kind: Kind::Rows })
    }

    fn all<V: BackupVisitor>(mut self, visitor: &mut V, watch: &mut dyn FnMut(Progress)) -> Result<Source, V::Error> {
        loop {
            let begin = self.at;
            let digest = self.digest.digest();
            let (kind, content) = self.block(begin)?;
            watch(Progress::of(self.at, self.total));
            let done = self.content(kind, &content, digest, visitor).map_err(|bad| bad.at(&self, begin))?;
            if done {
                return Ok(Source {
                    report: BackupReport::new(FORMAT, &self.header, &self.seen, self.at),
                    salt: Some(self.seen.salt).filter(|salt| *salt != 0),
                });
            }
            self.seen.blocks += 1;
        }
    }

    /// Reads the next block, which starts at byte `begin`.
    fn block(&mut self, begin: u64) -> Result<(Kind, Vec<u8>), BackupFileError> {
        const CUT: &str = "it ends here and is incomplete";
        let bytes = self.bytes(BLOCK_HEADER_BYTES)?;
        let bytes = bytes.as_slice().try_into().map_err(|_| Bad::<BackupFileError>::because(CUT).at(self, begin))?;
        let header = BlockHeader::decode(bytes).map_err(|why| Bad::<BackupFileError>::because(why).at(self, begin))?;
        let stored = self.bytes(header.stored_bytes as usize)?;
        if stored.len() < header.stored_bytes as usize {
            return Err(Bad::<BackupFileError>::because(CUT).at(self, self.at));
        }
        let content = header
            .unpack(self.seen.blocks, &stored)
            .map_err(|why| Bad::<BackupFileError>::because(why).at(self, begin))?;
        Ok((header.kind, content))
    }

    /// Reads up to `len` bytes, fewer at the end of the file. Allocates no more than the file holds.
    fn bytes(&mut self, len: usize) -> Result<Vec<u8>, BackupFileError> {
        let mut bytes = Vec::new();
        let read = Read::by_ref(&mut self.file).take(len as u64).read_to_end(&mut bytes);
        read.map_err(|source| BackupFileError::Io { doing: "read", path: self.path.clone(), source })?;
        self.at += bytes.len() as u64;
        self.digest.update(&bytes);
        Ok(bytes)
    }

    /// Passes a block's content to `visitor`. Returns true for the end block. `digest` covers everything before the
    /// block.
    fn content<V: BackupVisitor>(
        &mut self,
        kind: Kind,
        content: &[u8],
        digest: u64,
        visitor: &mut V,
    ) -> Result<bool, Bad<V::Error>> {
        if kind < self.kind {
            return Err(Bad::because("a block is out of order"));
        }
        self.kind = kind;
        match kind {
            Kind::Rows => self.rows(content, visitor).map(|()| false),
            Kind::Changes => self.changes(content, visitor).map(|()| false),
            Kind::End => self.end(content, digest).map(|()| true),
        }
    }

    fn rows<V: BackupVisitor>(&mut self, content: &[u8], visitor: &mut V) -> Result<(), Bad<V::Error>> {
        let mut fields = Fields(content);
        while !fields.0.is_empty() {
            let (key, value) = row(&mut fields).ok_or(Bad::because("a row is truncated"))?;
            if self.seen.rows > 0 && key <= self.key.as_slice() {
                return Err(Bad::because("a row is out of order"));
            }
            let clock = clock_in_row(key, value).map_err(|error| Bad::Content(error.to_string()))?;
            self.seen.clock = self.seen.clock.max(clock.unwrap_or_default());
            self.seen.rows += 1;
            self.key.clear();
            self.key.extend_from_slice(key);
            visitor.row(key, value).map_err(Bad::Visitor)?;
        }
        Ok(())
    }

    fn changes<V: BackupVisitor>(&mut self, content: &[u8], visitor: &mut V) -> Result<(), Bad<V::Error>> {
        let mut fields = Fields(content);
        while !fields.0.is_empty() {
            let (seq, payload) = change(&mut fields).ok_or(Bad::because("a change is truncated"))?;
            if Some(seq) != self.seen.seq.checked_add(1) {
                return Err(Bad::because("a change is out of order"));
            }
            let clock = clock_in_change(payload).map_err(|error| Bad::Content(error.to_string()))?;
            self.seen.clock = self.seen.clock.max(clock);
            self.seen.changes += 1;
            self.seen.seq = seq;
            visitor.change(seq, payload).map_err(Bad::Visitor)?;
        }
        Ok(())
    }

    /// Compares the end block with what was read.
    fn end<E>(&mut self, content: &[u8], digest: u64) -> Result<(), Bad<E>> {
        let end = End::decode(content).ok_or(Bad::because("cannot decode the end block"))?;
        self.seen = End { salt: end.salt, digest, ..self.seen };
        if self.seen != end {
            return Err(Bad::because("its content does not match the end block"));
        }
        match self.file.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(Bad::because("there is data after the end block")),
            Err(error) => Err(Bad::Read(error)),
        }
    }
}

/// Why a block was rejected, by the reader or by the visitor.
enum Bad<E> {
    Content(String),
    Read(io::Error),
    Visitor(E),
}

impl<E: From<BackupFileError>> Bad<E> {
    fn at(self, reader: &Reader, offset: u64) -> E {
        let path = reader.path.clone();
        match self {
            Self::Content(reason) => BackupFileError::Damaged { path, offset, reason }.into(),
            Self::Read(source) => BackupFileError::Io { doing: "read", path, source }.into(),
            Self::Visitor(error) => error,
        }
    }
}

impl<E> Bad<E> {
    fn because(reason: &str) -> Self {
        Self::Content(reason.to_owned())
    }
}

fn row<'a>(fields: &mut Fields<'a>) -> Option<(&'a [u8], &'a [u8])> {
    let (key_len, value_len) = (fields.array().map(u16::from_le_bytes)?, fields.u32()?);
    Some((fields.slice(key_len.into())?, fields.slice(value_len as usize)?))
}

fn change<'a>(fields: &mut Fields<'a>) -> Option<(u64, &'a [u8])> {
    let (seq, len) = (fields.u64()?, fields.u32()?);
    Some((seq, fields.slice(len as usize)?))
}
