//! Reads segments that are no longer written: those of an archive, or of a closed store's journal.
//!
//! A segment continues another only if it starts at the next seq and the next batch number. The directories may also
//! hold segments of another branch, left by a store that was restored to an earlier moment.

use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use super::reader::{Extent, find_later_batch, read_segment};
use super::segment::{SEGMENT_HEADER_BYTES, SegmentHeader, parse_segment_name, segment_name};
use crate::files::Files;

/// Why segments could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChainError<E> {
    /// The operating system returned an error.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
    /// A segment is corrupt.
    #[error("{}, offset {offset}: {why}", path.display())]
    Damaged { path: PathBuf, offset: u64, why: String },
    /// Changes are missing, but later ones exist.
    #[error("the changes {from} to {to} are missing")]
    Gap { from: u64, to: u64 },
    /// The visitor returned an error.
    #[error("change {seq} was rejected")]
    Visitor { seq: u64, source: E },
}

/// Where to start reading: after this change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) seq: u64,
    /// The salt of the segment that holds the change, if known.
    pub(crate) salt: Option<u64>,
}

/// The segments of several directories.
pub(crate) struct Chain {
    directories: Vec<SegmentDirectory>,
    /// The first seq and the directory of every segment, in order.
    segments: Vec<(u64, usize)>,
}

struct SegmentDirectory {
    path: PathBuf,
    files: Arc<dyn Files>,
}

/// A segment read into memory.
struct Segment {
    path: PathBuf,
    header: SegmentHeader,
    bytes: Vec<u8>,
}

impl Segment {
    /// How much was written: up to the room that a killed store leaves, which is zeros. Of two that end alike the longer one has
    /// more.
    fn written(&self) -> (usize, usize) {
        let zeros = self.bytes.iter().rev().take_while(|byte| **byte == 0).count();
        (self.bytes.len() - zeros, self.bytes.len())
    }
}

/// Progress through the segments.
struct Walk<F> {
    /// The newest change consumed, or the one to start after.
    reached: u64,
    each: F,
}

impl Chain {
    /// Lists the segments in the given directories.
    pub(crate) fn find<E>(directories: Vec<(PathBuf, Arc<dyn Files>)>) -> Result<Self, ChainError<E>> {
        let directories: Vec<SegmentDirectory> =
            directories.into_iter().map(|(path, files)| SegmentDirectory { path, files }).collect();
        let mut segments = Vec::new();
        for (number, directory) in directories.iter().enumerate() {
            let names = directory.files.list();
            let names =
                names.map_err(|source| ChainError::Io { doing: "list", path: directory.path.clone(), source })?;
            segments.extend(names.iter().filter_map(|name| Some((parse_segment_name(name)?, number))));
        }
        segments.sort_unstable();
        Ok(Self { directories, segments })
    }

    /// Describes each directory by the first change in it, for error messages.
    pub(crate) fn places(&self) -> String {
        let places = self.directories.iter().enumerate().map(|(number, directory)| {
            let first = self.segments.iter().find(|(_, of)| *of == number);
            let begins =
                first.map_or("is empty".to_owned(), |(first_seq, _)| format!("begins with change {first_seq}"));
            format!("{} {begins}", directory.path.display())
        });
        places.collect::<Vec<String>>().join(", ")
    }

    /// Returns the first seq of the segment that holds a change, judging by the names alone.
    pub(crate) fn segment_with(&self, seq: u64) -> Option<u64> {
        self.segments.iter().rev().map(|(first_seq, _)| *first_seq).find(|first_seq| *first_seq <= seq)
    }

    /// Returns true if the segments can continue from `place`: one of them holds it or starts right after it.
    pub(crate) fn goes_on<E>(&self, place: Place) -> Result<bool, ChainError<E>> {
        let follows = self.segments.iter().any(|(first_seq, _)| *first_seq == place.seq + 1);
        Ok(follows || self.holding(place)?.is_some())
    }

    /// Passes the changes after `place` to `each`, in order, until it stops or the changes end. Returns the newest
    /// change consumed.
    pub(crate) fn follow<E>(
        &self,
        place: Place,
        each: impl FnMut(u64, &[u8]) -> Result<ControlFlow<()>, E>,
    ) -> Result<u64, ChainError<E>> {
        let mut walk = Walk { reached: place.seq, each };
        let mut segment = self.first(place)?;
        let mut newest = place.seq;
        while let Some(found) = segment {
            newest = newest.max(found.header.first_seq);
            let Some(extent) = walk.segment(&found)? else { return Ok(walk.reached) };
            if let Some(trouble) = &extent.trouble {
                self.judge(&found, &extent, trouble.offset as u64, trouble.why)?;
                break;
            }
            if extent.next_seq == found.header.first_seq {
                // An empty segment is always the last one.
                break;
            }
            segment = self.longest(extent.next_seq, |header| header.first_batch == extent.next_batch)?;
        }
        self.check_end(walk.reached, newest.max(walk.reached))?;
        Ok(walk.reached)
    }

    /// The segment that holds the change at `place`, or the one that starts right after it.
    fn first<E>(&self, place: Place) -> Result<Option<Segment>, ChainError<E>> {
        match self.holding(place)? {
            Some(first_seq) => self.longest(first_seq, |header| Some(header.salt.value()) == place.salt),
            None => self.longest(place.seq + 1, |_| true),
        }
    }

    /// The first seq of the segment that holds the change at `place`.
    fn holding<E>(&self, place: Place) -> Result<Option<u64>, ChainError<E>> {
        let Some(salt) = place.salt else { return Ok(None) };
        for (first_seq, number) in self.segments.iter().rev().filter(|(first_seq, _)| *first_seq <= place.seq) {
            let Some(directory) = self.directories.get(*number) else { continue };
            let name = segment_name(*first_seq);
            let start = directory.files.read_start(&name, SEGMENT_HEADER_BYTES);
            let start = start.map_err(|source| io_error("read", directory, &name, source))?;
            if SegmentHeader::decode(&start).is_ok_and(|header| header.salt.value() == salt) {
                return Ok(Some(*first_seq));
            }
        }
        Ok(None)
    }

    /// The segment with this first seq and a matching header. If several directories have it, the longest wins,
    /// because a crash may have left a shorter copy.
    fn longest<E>(
        &self,
        first_seq: u64,
        is_wanted: impl Fn(&SegmentHeader) -> bool,
    ) -> Result<Option<Segment>, ChainError<E>> {
        let mut longest: Option<Segment> = None;
        for (_, number) in self.segments.iter().filter(|(found, _)| *found == first_seq) {
            let Some(directory) = self.directories.get(*number) else { continue };
            let segment = directory.read(first_seq)?;
            if !is_wanted(&segment.header) {
                continue;
            }
            match &longest {
                Some(other) if other.header.salt != segment.header.salt => {
                    let why = format!("{} starts at the same change but is a different segment", other.path.display());
                    return Err(ChainError::Damaged { path: segment.path, offset: 0, why });
                }
                Some(other) if other.written() >= segment.written() => {}
                _ => longest = Some(segment),
            }
        }
        Ok(longest)
    }

    /// Decides whether an unreadable place is a torn tail, which is fine, or damage.
    fn judge<E>(&self, segment: &Segment, extent: &Extent, offset: u64, why: &str) -> Result<(), ChainError<E>> {
        let is_last = self.segments.iter().all(|(first_seq, _)| *first_seq <= segment.header.first_seq);
        let (salt, batch) = (segment.header.salt, extent.next_batch);
        let known = find_later_batch(&segment.bytes, offset as usize, salt, batch, extent.next_seq);
        if is_last && known.is_none() {
            return Ok(());
        }
        Err(ChainError::Damaged { path: segment.path.clone(), offset, why: why.to_owned() })
    }

    /// Checks that no later segment exists that this walk should have reached.
    fn check_end<E>(&self, reached: u64, newest: u64) -> Result<(), ChainError<E>> {
        let Some((later, number)) = self.segments.iter().find(|(first_seq, _)| *first_seq > newest) else {
            return Ok(());
        };
        if *later > reached + 1 {
            return Err(ChainError::Gap { from: reached + 1, to: later - 1 });
        }
        let directory = self.directories.get(*number).map(|directory| directory.path.join(segment_name(*later)));
        let why = "it does not continue the previous segment; it belongs to another store or another branch";
        Err(ChainError::Damaged { path: directory.unwrap_or_default(), offset: 0, why: why.to_owned() })
    }
}

impl SegmentDirectory {
    fn read<E>(&self, first_seq: u64) -> Result<Segment, ChainError<E>> {
        let name = segment_name(first_seq);
        let bytes = self.files.read(&name).map_err(|source| io_error("read", self, &name, source))?;
        let path = self.path.join(name);
        match SegmentHeader::decode(&bytes) {
            Ok(header) if header.first_seq == first_seq => Ok(Segment { path, header, bytes }),
            Ok(_) => {
                Err(ChainError::Damaged { path, offset: 0, why: "its first seq does not match its name".to_owned() })
            }
            Err(bad) => Err(ChainError::Damaged { path, offset: 0, why: bad.to_string() }),
        }
    }
}

impl<E, F> Walk<F>
where
    F: FnMut(u64, &[u8]) -> Result<ControlFlow<()>, E>,
{
    /// Reads one segment. Returns how far it is readable, or `None` if the visitor stopped.
    fn segment(&mut self, segment: &Segment) -> Result<Option<Extent>, ChainError<E>> {
        let mut each = |seq, payload: &[u8]| {
            if seq != self.reached + 1 {
                return Ok(());
            }
            match (self.each)(seq, payload) {
                Ok(ControlFlow::Continue(())) => self.reached = seq,
                Ok(ControlFlow::Break(())) => return Err(None),
                Err(error) => return Err(Some(error)),
            }
            Ok(())
        };
        match read_segment(&segment.bytes, &segment.header, &mut each) {
            Ok(extent) => Ok(Some(extent)),
            Err((_, None)) => Ok(None),
            Err((seq, Some(source))) => Err(ChainError::Visitor { seq, source }),
        }
    }
}

fn io_error<E>(doing: &'static str, directory: &SegmentDirectory, name: &str, source: io::Error) -> ChainError<E> {
    ChainError::Io { doing, path: directory.path.join(name), source }
}
