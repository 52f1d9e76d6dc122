//! Reading a backup from its beginning to its end, and checking all of it.

use crate::model::Progress;
use std::fs::File;
use std::io;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3Default;

use super::format::{BLOCK_HEADER_BYTES, BadHeader, BlockHeader, End, FORMAT, HEADER_BYTES, Header, Kind};
use super::{BackupFileError, BackupReport, Source};
use crate::directory::STORE_FORMAT;
use crate::journal::Fields;
use crate::record::clock_in_change;
use crate::store::clock_in_row;

/// Visits what is in a backup.
pub(crate) trait BackupVisitor {
    /// Its own errors, and those of the file.
    type Error: From<BackupFileError>;

    /// A row of the state store. Rows come in the order of their keys, and before the changes.
    fn row(&mut self, key: &[u8], value: &[u8]) -> Result<(), Self::Error>;

    /// A change. Changes come in order; the first one follows the checkpoint.
    fn change(&mut self, seq: u64, payload: &[u8]) -> Result<(), Self::Error>;
}

/// Visits nothing: for reading that checks.
impl BackupVisitor for () {
    type Error = BackupFileError;

    fn row(&mut self, _key: &[u8], _value: &[u8]) -> Result<(), BackupFileError> {
        Ok(())
    }

    fn change(&mut self, _seq: u64, _payload: &[u8]) -> Result<(), BackupFileError> {
        Ok(())
    }
}

/// Visits all that a backup holds. `watch` is told how many bytes were read, and of how many.
///
/// Any byte that is not as it was written is an error; the caller then discards what it has visited.
pub(crate) fn read<V: BackupVisitor>(
    path: &Path,
    visitor: &mut V,
    watch: &mut dyn FnMut(Progress),
) -> Result<Source, V::Error> {
    Reader::open(path)?.all(visitor, watch)
}

/// A place in a backup.
struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    header: Header,
    /// The bytes that were read, and how many there are.
    at: u64,
    total: u64,
    /// Of all bytes that were read.
    digest: Xxh3Default,
    /// What the end must say so far.
    seen: End,
    /// Of the newest row.
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

    /// The next block, which begins at byte `begin`.
    fn block(&mut self, begin: u64) -> Result<(Kind, Vec<u8>), BackupFileError> {
        const CUT: &str = "it ends here, and is not whole";
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

    /// So many bytes, fewer where the file ends before. Allocates no more than the file holds.
    fn bytes(&mut self, len: usize) -> Result<Vec<u8>, BackupFileError> {
        let mut bytes = Vec::new();
        let read = Read::by_ref(&mut self.file).take(len as u64).read_to_end(&mut bytes);
        read.map_err(|source| BackupFileError::Io { doing: "read", path: self.path.clone(), source })?;
        self.at += bytes.len() as u64;
        self.digest.update(&bytes);
        Ok(bytes)
    }

    /// Hands over the content of a block; says whether it was the last one. `digest` is that of all before it.
    fn content<V: BackupVisitor>(
        &mut self,
        kind: Kind,
        content: &[u8],
        digest: u64,
        visitor: &mut V,
    ) -> Result<bool, Bad<V::Error>> {
        if kind < self.kind {
            return Err(Bad::because("a block is out of place"));
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
            let (key, value) = row(&mut fields).ok_or(Bad::because("a row is cut off"))?;
            if self.seen.rows > 0 && key <= self.key.as_slice() {
                return Err(Bad::because("a row is out of place"));
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
            let (seq, payload) = change(&mut fields).ok_or(Bad::because("a change is cut off"))?;
            if Some(seq) != self.seen.seq.checked_add(1) {
                return Err(Bad::because("a change is out of place"));
            }
            let clock = clock_in_change(payload).map_err(|error| Bad::Content(error.to_string()))?;
            self.seen.clock = self.seen.clock.max(clock);
            self.seen.changes += 1;
            self.seen.seq = seq;
            visitor.change(seq, payload).map_err(Bad::Visitor)?;
        }
        Ok(())
    }

    /// Compares what the backup says of itself with what was seen.
    fn end<E>(&mut self, content: &[u8], digest: u64) -> Result<(), Bad<E>> {
        let end = End::decode(content).ok_or(Bad::because("its end cannot be read"))?;
        self.seen = End { salt: end.salt, digest, ..self.seen };
        if self.seen != end {
            return Err(Bad::because("it does not hold what its end says"));
        }
        match self.file.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(Bad::because("it goes on behind its end")),
            Err(error) => Err(Bad::Read(error)),
        }
    }
}

/// The content of a block is wrong, or the visitor had an error of its own.
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
