//! Segments that nobody writes to: those of an archive, or of the journal of a store at rest. They are read one after
//! the other, from behind a seq on.
//!
//! One segment follows another only if it begins with the next seq and with the next batch: the directories may also
//! hold segments of another past, which branched off where a store was restored to an earlier moment.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::reader::{Extent, find_later_batch, read_segment};
use super::segment::{SEGMENT_HEADER_BYTES, SegmentHeader, parse_segment_name, segment_name};
use crate::files::Files;

/// Why segments could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChainError<E> {
    /// The system refused.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
    /// A segment is not as it was written.
    #[error("{}, offset {offset}: {why}", path.display())]
    Damaged { path: PathBuf, offset: u64, why: String },
    /// Changes are in no segment, and later ones are.
    #[error("the changes {from} to {to} are missing")]
    Gap { from: u64, to: u64 },
    /// Whoever takes the changes had an error of its own.
    #[error("change {seq} was not taken")]
    Taker { seq: u64, source: E },
}

/// Behind which change to begin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// The change.
    pub(crate) seq: u64,
    /// The salt of the segment that holds it, where it is known.
    pub(crate) salt: Option<u64>,
}

/// What whoever takes changes wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// The next one. This one was taken.
    More,
    /// Nothing more, and not this one either.
    Enough,
}

/// Directories with segments.
pub(crate) struct Chain {
    directories: Vec<Directory>,
    /// Which segments there are: their first seq and their directory, in order.
    segments: Vec<(u64, usize)>,
}

struct Directory {
    path: PathBuf,
    files: Arc<dyn Files>,
}

/// A segment that has been read.
struct Segment {
    path: PathBuf,
    header: SegmentHeader,
    bytes: Vec<u8>,
}

/// A way through the segments.
struct Walk<F> {
    /// The newest change that was taken, or behind which it begins.
    reached: u64,
    each: F,
}

impl Chain {
    /// Looks which segments there are in some directories.
    pub(crate) fn find<E>(directories: Vec<(PathBuf, Arc<dyn Files>)>) -> Result<Self, ChainError<E>> {
        let directories: Vec<Directory> =
            directories.into_iter().map(|(path, files)| Directory { path, files }).collect();
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

    /// The directories, and with which change the segments in each begin.
    pub(crate) fn places(&self) -> String {
        let places = self.directories.iter().enumerate().map(|(number, directory)| {
            let first = self.segments.iter().find(|(_, of)| *of == number);
            let begins =
                first.map_or("is empty".to_owned(), |(first_seq, _)| format!("begins with change {first_seq}"));
            format!("{} {begins}", directory.path.display())
        });
        places.collect::<Vec<String>>().join(", ")
    }

    /// Whether a place is known here: the segment that holds it is there, or one that begins behind it.
    pub(crate) fn goes_on<E>(&self, place: Place) -> Result<bool, ChainError<E>> {
        let follows = self.segments.iter().any(|(first_seq, _)| *first_seq == place.seq + 1);
        Ok(follows || self.holding(place)?.is_some())
    }

    /// Hands over the changes behind a place, in order, until `each` has enough or there are no more. Answers with the
    /// newest one that was taken.
    pub(crate) fn follow<E>(
        &self,
        place: Place,
        each: impl FnMut(u64, &[u8]) -> Result<Want, E>,
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
                // It holds no change yet, and so it is the last one.
                break;
            }
            segment = self.longest(extent.next_seq, |header| header.first_batch == extent.next_batch)?;
        }
        self.check_end(walk.reached, newest.max(walk.reached))?;
        Ok(walk.reached)
    }

    /// The segment that holds the change of a place, or begins behind it.
    fn first<E>(&self, place: Place) -> Result<Option<Segment>, ChainError<E>> {
        match self.holding(place)? {
            Some(first_seq) => self.longest(first_seq, |header| Some(header.salt.value()) == place.salt),
            None => self.longest(place.seq + 1, |_| true),
        }
    }

    /// With which change the segment begins that holds that of a place.
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

    /// The segment that begins with a seq and has such a header. Where several directories have it, the one that is
    /// longest: a crash may have left one of them shorter.
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
                    let why = format!("{} begins with the same change and is another segment", other.path.display());
                    return Err(ChainError::Damaged { path: segment.path, offset: 0, why });
                }
                Some(other) if other.bytes.len() >= segment.bytes.len() => {}
                _ => longest = Some(segment),
            }
        }
        Ok(longest)
    }

    /// Decides what a place is that cannot be read: the torn tail of a journal is no error.
    fn judge<E>(&self, segment: &Segment, extent: &Extent, offset: u64, why: &str) -> Result<(), ChainError<E>> {
        let is_last = self.segments.iter().all(|(first_seq, _)| *first_seq <= segment.header.first_seq);
        let (salt, batch) = (segment.header.salt, extent.next_batch);
        let known = find_later_batch(&segment.bytes, offset as usize, salt, batch, extent.next_seq);
        if is_last && known.is_none() {
            return Ok(());
        }
        Err(ChainError::Damaged { path: segment.path.clone(), offset, why: why.to_owned() })
    }

    /// Checks that no segment behind the `newest` that was read holds changes behind those that were `reached`.
    fn check_end<E>(&self, reached: u64, newest: u64) -> Result<(), ChainError<E>> {
        let Some((later, number)) = self.segments.iter().find(|(first_seq, _)| *first_seq > newest) else {
            return Ok(());
        };
        if *later > reached + 1 {
            return Err(ChainError::Gap { from: reached + 1, to: later - 1 });
        }
        let directory = self.directories.get(*number).map(|directory| directory.path.join(segment_name(*later)));
        let why = "it does not continue the segment before it: it is of another store, or of another past of this one";
        Err(ChainError::Damaged { path: directory.unwrap_or_default(), offset: 0, why: why.to_owned() })
    }
}

impl Directory {
    fn read<E>(&self, first_seq: u64) -> Result<Segment, ChainError<E>> {
        let name = segment_name(first_seq);
        let bytes = self.files.read(&name).map_err(|source| io_error("read", self, &name, source))?;
        let path = self.path.join(name);
        match SegmentHeader::decode(&bytes) {
            Ok(header) if header.first_seq == first_seq => Ok(Segment { path, header, bytes }),
            Ok(_) => Err(ChainError::Damaged { path, offset: 0, why: "it begins with another seq".to_owned() }),
            Err(bad) => Err(ChainError::Damaged { path, offset: 0, why: bad.to_string() }),
        }
    }
}

impl<E, F> Walk<F>
where
    F: FnMut(u64, &[u8]) -> Result<Want, E>,
{
    /// Goes through a segment: says how far it can be read, or nothing where there was enough.
    fn segment(&mut self, segment: &Segment) -> Result<Option<Extent>, ChainError<E>> {
        let mut each = |seq, payload: &[u8]| {
            if seq != self.reached + 1 {
                return Ok(());
            }
            match (self.each)(seq, payload) {
                Ok(Want::More) => self.reached = seq,
                Ok(Want::Enough) => return Err(None),
                Err(error) => return Err(Some(error)),
            }
            Ok(())
        };
        match read_segment(&segment.bytes, &segment.header, &mut each) {
            Ok(extent) => Ok(Some(extent)),
            Err((_, None)) => Ok(None),
            Err((seq, Some(source))) => Err(ChainError::Taker { seq, source }),
        }
    }
}

fn io_error<E>(doing: &'static str, directory: &Directory, name: &str, source: io::Error) -> ChainError<E> {
    ChainError::Io { doing, path: directory.path.join(name), source }
}
