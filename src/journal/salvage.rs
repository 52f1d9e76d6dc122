//! Reads what is whole in a damaged journal.
//!
//! Opening stops at the first invalid byte. This goes on behind it: a frame is known by its checksum, which begins with
//! the salt of its segment, and by its seq. So a damaged batch header costs nothing, a damaged segment header is made
//! again from the batches, and a damaged frame costs the changes from there on, unless the state store has them.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

use super::fields::Fields;
use super::frame::{BATCH_HEADER_BYTES, BATCH_MAGIC, BatchHeader, FRAME_HEADER_BYTES, Item};
use super::recover::verify;
use super::segment::{BadHeader, SEGMENT_HEADER_BYTES, Salt, SegmentHeader, parse_segment_name, segment_name};
use crate::files::Files;

/// What is left of a journal.
#[derive(Debug, Default)]
pub(crate) struct Remains {
    /// The newest change that can be reached: the state store has the ones before, and these follow without a gap.
    pub(crate) reached: u64,
    /// The newest change that was durable, as far as the journal shows it.
    pub(crate) durable: u64,
    /// What is wrong, by segment.
    damaged: Vec<(u64, String)>,
    /// The newest segment.
    last_segment: u64,
    /// Where the changes after those of the state store are.
    changes: Vec<Place>,
}

/// A frame in a segment.
#[derive(Debug, Clone)]
struct Place {
    seq: u64,
    segment: u64,
    payload: Range<usize>,
    last: bool,
}

impl Remains {
    /// Looks through all segments for the changes after `held`, which the state store has.
    pub(crate) fn find(files: &dyn Files, held: u64) -> io::Result<Self> {
        let mut remains = Self { reached: held, ..Self::default() };
        let mut frames = BTreeMap::new();
        for first_seq in segments(files)? {
            remains.durable = remains.durable.max(first_seq.saturating_sub(1));
            remains.last_segment = first_seq;
            remains.read(files, first_seq, held, &mut frames)?;
        }
        let mut group = Vec::new();
        let mut next = held + 1;
        while let Some(place) = frames.remove(&next) {
            next += 1;
            let last = place.last;
            group.push(place);
            if last {
                remains.changes.append(&mut group);
                remains.reached = next - 1;
            }
        }
        let newest = frames.last_key_value().map_or(0, |(seq, _)| *seq);
        if remains.durable > remains.reached {
            // What is readable behind lost changes is lost with them.
            remains.durable = remains.durable.max(newest);
        }
        Ok(remains)
    }

    /// Says what is damaged, given the newest checkpoint and the newest durable change. Empty if opening takes the
    /// journal as it is, and the older segments are whole too.
    pub(crate) fn damage(&self, files: &dyn Files, checkpoint: u64, durable: u64) -> Vec<String> {
        let before = |end| self.damaged.iter().filter(move |(at, _)| *at < end).map(|(_, what)| what.clone()).collect();
        match verify(files, checkpoint, durable) {
            // What opening takes for a torn tail was never acknowledged.
            Ok(()) => before(self.last_segment),
            Err(error) if self.damaged.is_empty() => vec![error.to_string()],
            Err(_) => before(u64::MAX),
        }
    }

    fn read(
        &mut self,
        files: &dyn Files,
        first_seq: u64,
        held: u64,
        frames: &mut BTreeMap<u64, Place>,
    ) -> io::Result<()> {
        let name = segment_name(first_seq);
        let bytes = match files.read(&name) {
            Err(error) if is_medium(&error) => {
                self.damaged.push((first_seq, format!("{name}: {error}")));
                return Ok(());
            }
            bytes => bytes?,
        };
        let header = match SegmentHeader::decode(&bytes) {
            Ok(header) if header.first_seq == first_seq => Some(header),
            Err(BadHeader::Newer(found)) => {
                let message = format!("{name} has format {found}, which is newer than this version");
                return Err(io::Error::new(io::ErrorKind::Unsupported, message));
            }
            _ => {
                self.damaged.push((first_seq, format!("{name}: the header of the segment")));
                header_of_batches(&bytes, first_seq)
            }
        };
        let Some(header) = header else { return Ok(()) };
        let mut scan = Scan { bytes: &bytes, salt: header.salt, at: SEGMENT_HEADER_BYTES, next_seq: first_seq };
        while let Some(found) = scan.next() {
            match found {
                Found::Batch(batch) => self.durable = self.durable.max(batch.durable_before),
                Found::Frame { seq, last, payload } if seq > held => {
                    frames.insert(seq, Place { seq, segment: first_seq, payload, last });
                }
                Found::Frame { .. } => {}
                Found::Hole(hole) if hole.end < bytes.len() => {
                    self.damaged.push((first_seq, format!("{name}: bytes {} to {}", hole.start, hole.end)));
                }
                // A torn tail, or damage that `verify` knows better.
                Found::Hole(_) => {}
            }
        }
        Ok(())
    }

    /// Passes the changes after those of the state store to `each`, in order, until it fails.
    pub(crate) fn replay<E>(
        &self,
        files: &dyn Files,
        mut each: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> io::Result<Result<(), E>> {
        let mut segment: Option<(u64, Vec<u8>)> = None;
        for place in &self.changes {
            let bytes = match segment.take() {
                Some((first_seq, bytes)) if first_seq == place.segment => bytes,
                _ => files.read(&segment_name(place.segment))?,
            };
            let payload =
                bytes.get(place.payload.clone()).ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
            if let Err(error) = each(place.seq, payload) {
                return Ok(Err(error));
            }
            segment = Some((place.segment, bytes));
        }
        Ok(Ok(()))
    }

    /// The number of changes after those of the state store.
    pub(crate) fn change_count(&self) -> u64 {
        self.changes.len() as u64
    }
}

/// The first seq of every segment, oldest first.
fn segments(files: &dyn Files) -> io::Result<Vec<u64>> {
    let names = match files.list() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        names => names?,
    };
    let mut segments: Vec<u64> = names.iter().filter_map(|name| parse_segment_name(name)).collect();
    segments.sort_unstable();
    Ok(segments)
}

/// Whether the medium itself cannot read something, `EIO`.
fn is_medium(error: &io::Error) -> bool {
    cfg!(unix) && error.raw_os_error() == Some(5)
}

/// The header of a segment, from the first batch in it.
fn header_of_batches(bytes: &[u8], first_seq: u64) -> Option<SegmentHeader> {
    let mut fields = Fields(bytes.get(SEGMENT_HEADER_BYTES..)?);
    let (salt, batch) = BatchHeader::decode_any(&mut fields)?;
    Some(SegmentHeader { salt, first_seq, first_batch: batch.number })
}

enum Found {
    Batch(BatchHeader),
    Frame {
        seq: u64,
        last: bool,
        payload: Range<usize>,
    },
    /// Bytes that are neither.
    Hole(Range<usize>),
}

/// A walk through the bytes of a segment.
struct Scan<'a> {
    bytes: &'a [u8],
    salt: Salt,
    at: usize,
    next_seq: u64,
}

impl Scan<'_> {
    fn next(&mut self) -> Option<Found> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let start = self.at;
        let found = self.item(start);
        if found.is_some() {
            return found;
        }
        // Most often only a batch header is damaged.
        let behind_header = start + BATCH_HEADER_BYTES;
        let candidates = [behind_header].into_iter().chain(start + 1..self.bytes.len());
        let end = candidates.into_iter().find(|at| self.is_plausible(*at) && self.decodes(*at));
        self.at = end.unwrap_or(self.bytes.len());
        Some(Found::Hole(start..self.at))
    }

    /// Reads the item at an offset, and goes behind it.
    fn item(&mut self, at: usize) -> Option<Found> {
        let rest = self.bytes.get(at..)?;
        let mut fields = Fields(rest);
        let item = Item::decode(&mut fields, self.salt).ok()?;
        let end = at + rest.len() - fields.0.len();
        self.at = end;
        Some(match item {
            Item::Batch(batch) => Found::Batch(batch),
            Item::Frame(frame) => {
                self.next_seq = frame.seq.saturating_add(1);
                Found::Frame { seq: frame.seq, last: frame.last, payload: end - frame.payload.len()..end }
            }
        })
    }

    fn decodes(&self, at: usize) -> bool {
        self.bytes.get(at..).is_some_and(|rest| Item::decode(&mut Fields(rest), self.salt).is_ok())
    }

    /// Whether an item may start here, so that not every checksum must be computed.
    fn is_plausible(&self, at: usize) -> bool {
        let Some(rest) = self.bytes.get(at..) else { return false };
        if rest.starts_with(&BATCH_MAGIC) {
            return true;
        }
        let mut fields = Fields(rest);
        let (Some(len), Some(_), Some(flag), Some(seq)) = (fields.u32(), fields.u32(), fields.u8(), fields.u64())
        else {
            return false;
        };
        // A frame has at least its header, which bounds the number of changes in between.
        let seq_max = self.next_seq.saturating_add((self.bytes.len() / FRAME_HEADER_BYTES) as u64);
        flag <= 1 && (self.next_seq..=seq_max).contains(&seq) && len as usize <= fields.0.len()
    }
}
