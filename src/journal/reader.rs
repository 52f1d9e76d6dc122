//! Reads one segment: whole groups in order, up to the first invalid byte.
//!
//! [`recover`](super::recover) decides whether that byte is a torn tail or damage, because it knows the other segments
//! and the checkpoint.

use super::fields::Fields;
use super::frame::{BATCH_MAGIC, BatchHeader, Item};
use super::segment::{SEGMENT_HEADER_BYTES, Salt, SegmentHeader};

/// How far a segment is readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extent {
    /// The length of the readable part. It ends with a whole group or a batch header.
    pub(super) end: usize,
    /// The seq that follows the readable part.
    pub(super) next_seq: u64,
    /// The batch number that follows it.
    pub(super) next_batch: u64,
    /// Whether the last item records everything before it as durable. Then no later damage to this part can look like
    /// a torn tail.
    pub(super) sealed: bool,
    /// What stopped the reader before the end of the file.
    pub(super) trouble: Option<Trouble>,
}

/// The first invalid place in a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) offset: usize,
    /// The seq of the change expected there.
    pub(super) expected: u64,
    pub(super) why: &'static str,
}

/// Reads a segment after its header and passes its changes to `each(seq, payload)`, one whole group at a time. Stops
/// early only if `each` fails, and returns the seq with the error.
pub(super) fn read_segment<E>(
    segment: &[u8],
    header: &SegmentHeader,
    mut each: impl FnMut(u64, &[u8]) -> Result<(), E>,
) -> Result<Extent, (u64, E)> {
    let mut walk = Walk::new(segment, header);
    loop {
        match walk.step() {
            Step::Group => {
                for (seq, payload) in walk.group.drain(..) {
                    each(seq, payload).map_err(|error| (seq, error))?;
                }
            }
            Step::Within => (),
            Step::End(trouble) => return Ok(walk.into_extent(trouble)),
        }
    }
}

/// Searches from `offset` for a later batch header that records `seq` as durable. Returns its offset and the seq it
/// records.
pub(super) fn find_later_batch(
    segment: &[u8],
    offset: usize,
    salt: Salt,
    next_batch: u64,
    seq: u64,
) -> Option<(usize, u64)> {
    let tail = segment.get(offset..)?;
    let magics = tail.windows(BATCH_MAGIC.len()).enumerate().filter(|(_, bytes)| *bytes == BATCH_MAGIC);
    for (at, _) in magics {
        let header = BatchHeader::decode(&mut Fields(tail.get(at..)?), salt);
        if let Ok(header) = header
            && header.number >= next_batch
            && header.durable_before >= seq
        {
            return Some((offset + at, header.durable_before));
        }
    }
    None
}

/// Whether this is room that was made for writing and not used.
fn is_room(rest: &[u8]) -> bool {
    rest.iter().all(|byte| *byte == 0)
}

/// The outcome of reading one item.
enum Step {
    /// The item completed a group.
    Group,
    /// Any other valid item.
    Within,
    /// The end of the readable part.
    End(Option<Trouble>),
}

/// A position in a segment, and what is expected there.
struct Walk<'a> {
    segment: &'a [u8],
    salt: Salt,
    /// The offset of the next item.
    at: usize,
    /// The seq of the next frame.
    seq: u64,
    /// The number of the next batch.
    next_batch: u64,
    /// The newest durable seq so far. Everything before this segment is durable.
    durable: u64,
    /// Whether a batch header was read. No frame may come before one.
    in_batch: bool,
    /// The frames of the incomplete group.
    group: Vec<(u64, &'a [u8])>,
    /// The end of the last whole group or batch header.
    end: usize,
    /// The seq that follows it.
    end_seq: u64,
}

impl<'a> Walk<'a> {
    /// Starts after the segment header.
    fn new(segment: &'a [u8], header: &SegmentHeader) -> Self {
        Self {
            segment,
            salt: header.salt,
            at: SEGMENT_HEADER_BYTES,
            seq: header.first_seq,
            next_batch: header.first_batch,
            durable: header.first_seq.saturating_sub(1),
            in_batch: false,
            group: Vec::new(),
            end: SEGMENT_HEADER_BYTES,
            end_seq: header.first_seq,
        }
    }

    fn step(&mut self) -> Step {
        let Some(rest) = self.segment.get(self.at..).filter(|rest| !rest.is_empty()) else {
            let cut_off = "the file ends inside a group of changes";
            return Step::End((!self.group.is_empty()).then(|| self.trouble(cut_off)));
        };
        let mut fields = Fields(rest);
        let item = match Item::decode(&mut fields, self.salt) {
            Ok(item) => item,
            Err(_) if self.group.is_empty() && is_room(rest) => return Step::End(None),
            Err(why) => return Step::End(Some(self.trouble(why))),
        };
        let step = match self.accept(item) {
            Ok(step) => step,
            Err(why) => return Step::End(Some(self.trouble(why))),
        };
        self.at += rest.len() - fields.0.len();
        if self.group.is_empty() || matches!(step, Step::Group) {
            self.end = self.at;
            self.end_seq = self.seq;
        }
        step
    }

    /// Checks that an item may come here, and advances the expectations.
    fn accept(&mut self, item: Item<'a>) -> Result<Step, &'static str> {
        match item {
            Item::Batch(batch) => {
                if !self.group.is_empty() {
                    return Err("a batch starts inside a group of changes");
                }
                if batch.number != self.next_batch {
                    return Err("the batch number is out of sequence");
                }
                if batch.durable_before < self.durable || batch.durable_before >= self.seq {
                    return Err("the durable seq of the batch is out of range");
                }
                self.next_batch += 1;
                self.durable = batch.durable_before;
                self.in_batch = true;
                Ok(Step::Within)
            }
            Item::Frame(frame) => {
                if !self.in_batch {
                    return Err("no batch header here");
                }
                if frame.seq != self.seq {
                    return Err("the frame seq is out of sequence");
                }
                self.seq += 1;
                self.group.push((frame.seq, frame.payload));
                Ok(if frame.last { Step::Group } else { Step::Within })
            }
        }
    }

    fn trouble(&self, why: &'static str) -> Trouble {
        Trouble { offset: self.at, expected: self.seq, why }
    }

    fn into_extent(self, trouble: Option<Trouble>) -> Extent {
        Extent {
            end: self.end,
            next_seq: self.end_seq,
            next_batch: self.next_batch,
            sealed: self.durable + 1 == self.end_seq,
            trouble,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::super::frame::Frame;
    use super::*;

    /// A segment builder.
    struct Segment {
        header: SegmentHeader,
        bytes: Vec<u8>,
    }

    impl Segment {
        fn new() -> Self {
            let header = SegmentHeader::fresh(10, 4);
            Self { header, bytes: vec![0; SEGMENT_HEADER_BYTES] }
        }

        fn batch(mut self, number: u64, durable_before: u64) -> Self {
            let header = BatchHeader { number, durable_before };
            self.bytes.extend(header.encode(self.header.salt));
            self
        }

        fn frame(mut self, seq: u64, last: bool) -> Self {
            let payload = seq.to_string();
            let frame = Frame { seq, last, payload: payload.as_bytes() };
            frame.encode(self.header.salt, &mut self.bytes);
            self
        }

        fn read(&self) -> (Vec<u64>, Extent) {
            let mut seqs = Vec::new();
            let extent = read_segment(&self.bytes, &self.header, |seq, payload| {
                assert_eq!(payload, seq.to_string().as_bytes());
                seqs.push(seq);
                Ok::<_, Infallible>(())
            });
            (seqs, extent.unwrap())
        }

        /// Why the reader stopped.
        fn why(&self) -> &'static str {
            self.read().1.trouble.map_or("nothing", |trouble| trouble.why)
        }
    }

    #[test]
    fn reader_returns_whole_groups() {
        let segment = Segment::new().batch(4, 9).frame(10, true).frame(11, false).frame(12, true).batch(5, 12);
        let (seqs, extent) = segment.read();
        assert_eq!(seqs, [10, 11, 12]);
        let expected = Extent { end: segment.bytes.len(), next_seq: 13, next_batch: 6, sealed: true, trouble: None };
        assert_eq!(extent, expected);
    }

    #[test]
    fn reader_drops_an_incomplete_group() {
        let whole = Segment::new().batch(4, 9).frame(10, true);
        let end = whole.bytes.len();
        let segment = whole.frame(11, false);
        let (seqs, extent) = segment.read();
        assert_eq!(seqs, [10]);
        assert_eq!((extent.end, extent.next_seq, extent.sealed), (end, 11, false));
        assert_eq!(segment.why(), "the file ends inside a group of changes");
        assert_eq!(segment.batch(5, 9).why(), "a batch starts inside a group of changes");
    }

    #[test]
    fn reader_stops_at_valid_items_out_of_sequence() {
        let batch = || Segment::new().batch(4, 9).frame(10, true);
        assert_eq!(Segment::new().frame(10, true).why(), "no batch header here");
        assert!(batch().frame(12, true).why().contains("out of sequence"));
        assert!(batch().frame(10, true).why().contains("out of sequence"));
        assert!(batch().batch(6, 10).why().contains("out of sequence"));
        assert!(batch().batch(5, 11).why().contains("out of range"));
        assert!(batch().batch(5, 8).why().contains("out of range"));
        assert_eq!(batch().batch(5, 9).why(), "nothing", "the previous batch need not be durable");
    }

    #[test]
    fn reader_finds_a_later_batch_after_garbage() {
        let mut segment = Segment::new().batch(4, 9).frame(10, true);
        let rubbish = segment.bytes.len();
        segment.bytes.extend(BATCH_MAGIC);
        segment.bytes.extend([0xF5; 9]);
        let later = segment.bytes.len();
        let segment = segment.batch(6, 12);
        let salt = segment.header.salt;
        let find = |next_batch, seq| find_later_batch(&segment.bytes, rubbish, salt, next_batch, seq);
        assert_eq!(find(5, 11), Some((later, 12)));
        assert_eq!(find(6, 12), Some((later, 12)));
        assert_eq!(find(7, 11), None, "an older batch proves nothing");
        assert_eq!(find(5, 13), None, "a batch with a lower durable seq proves nothing");
        let other = Salt::new(!salt.value());
        assert_eq!(find_later_batch(&segment.bytes, rubbish, other, 5, 11), None);
    }

    #[test]
    fn reader_returns_the_seq_of_a_visitor_error() {
        let segment = Segment::new().batch(4, 9).frame(10, true).frame(11, true);
        let result = read_segment(&segment.bytes, &segment.header, |seq, _| if seq == 11 { Err("no") } else { Ok(()) });
        assert_eq!(result, Err((11, "no")));
    }
}
