//! Reading one segment: whole groups in order, up to the first byte that is not as it must be.
//!
//! The reader only says where that is. Whether it is a torn tail or damage is judged by
//! [`recover`](super::recover), which knows the other segments and the checkpoint.

use super::fields::Fields;
use super::frame::{BATCH_MAGIC, BatchHeader, Item};
use super::segment::{SEGMENT_HEADER_BYTES, Salt, SegmentHeader};

/// How far a segment can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extent {
    /// The length of the part that is kept: it ends with a whole group or with a batch header.
    pub(super) end: usize,
    /// The seq that comes next after that part.
    pub(super) next_seq: u64,
    /// The number of the batch that comes next.
    pub(super) next_batch: u64,
    /// Whether nothing in that part could be taken for a torn tail later: the last thing in it says
    /// that all of it had been safe.
    pub(super) sealed: bool,
    /// What ended the reading before the end of the file.
    pub(super) trouble: Option<Trouble>,
}

/// The first place that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// Where it is in the file.
    pub(super) offset: usize,
    /// The seq of the change that should be there.
    pub(super) expected: u64,
    /// What is wrong.
    pub(super) why: &'static str,
}

/// Reads a segment whose header has been read, and hands over its changes as `each(seq, payload)`,
/// a group when its last frame has been seen. Stops early only with an error of `each`, and says
/// at which seq it came.
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

/// Looks from `offset` on for a batch header of a later write which says that `seq` had been safe.
/// Returns its offset and what it says.
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

/// What a step through a segment came upon.
enum Step {
    /// The last frame of a group.
    Group,
    /// Anything else that is as it must be.
    Within,
    /// The end of what can be read.
    End(Option<Trouble>),
}

/// A place in a segment, and what must come there.
struct Walk<'a> {
    /// The segment.
    segment: &'a [u8],
    /// Its salt.
    salt: Salt,
    /// Where the next item is.
    at: usize,
    /// The seq of the next frame.
    seq: u64,
    /// The number of the next batch.
    next_batch: u64,
    /// What the newest batch header says had been safe; everything before this segment is.
    durable: u64,
    /// Whether a batch header has been read: no frame comes before one.
    in_batch: bool,
    /// The frames of the group that is not complete yet.
    group: Vec<(u64, &'a [u8])>,
    /// The end of the last whole group or batch header.
    end: usize,
    /// The seq that comes next there.
    end_seq: u64,
}

impl<'a> Walk<'a> {
    /// Begins behind the header.
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

    /// Reads the next item.
    fn step(&mut self) -> Step {
        let Some(rest) = self.segment.get(self.at..).filter(|rest| !rest.is_empty()) else {
            let cut_off = "the file ends within a group of changes";
            return Step::End((!self.group.is_empty()).then(|| self.trouble(cut_off)));
        };
        let mut fields = Fields(rest);
        let item = match Item::decode(&mut fields, self.salt) {
            Ok(item) => item,
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

    /// Whether an item may come here; then the next one is told from it.
    fn accept(&mut self, item: Item<'a>) -> Result<Step, &'static str> {
        match item {
            Item::Batch(batch) => {
                if !self.group.is_empty() {
                    return Err("a batch begins within a group of changes");
                }
                if batch.number != self.next_batch {
                    return Err("the batch has the number of another one");
                }
                if batch.durable_before < self.durable || batch.durable_before >= self.seq {
                    return Err("the batch is out of place: what it says was safe is not what comes before it");
                }
                self.next_batch += 1;
                self.durable = batch.durable_before;
                self.in_batch = true;
                Ok(Step::Within)
            }
            Item::Frame(frame) => {
                if !self.in_batch {
                    return Err("no batch begins here");
                }
                if frame.seq != self.seq {
                    return Err("the frame has the seq of another one");
                }
                self.seq += 1;
                self.group.push((frame.seq, frame.payload));
                Ok(if frame.last { Step::Group } else { Step::Within })
            }
        }
    }

    /// Something is wrong here.
    fn trouble(&self, why: &'static str) -> Trouble {
        Trouble { offset: self.at, expected: self.seq, why }
    }

    /// What is kept when reading ends here.
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

    /// A segment under construction.
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

        /// What ends the reading.
        fn why(&self) -> &'static str {
            self.read().1.trouble.map_or("nothing", |trouble| trouble.why)
        }
    }

    #[test]
    fn reads_whole_groups() {
        let segment = Segment::new().batch(4, 9).frame(10, true).frame(11, false).frame(12, true).batch(5, 12);
        let (seqs, extent) = segment.read();
        assert_eq!(seqs, [10, 11, 12]);
        let expected = Extent { end: segment.bytes.len(), next_seq: 13, next_batch: 6, sealed: true, trouble: None };
        assert_eq!(extent, expected);
    }

    #[test]
    fn a_group_without_its_end_is_not_kept() {
        let whole = Segment::new().batch(4, 9).frame(10, true);
        let end = whole.bytes.len();
        let segment = whole.frame(11, false);
        let (seqs, extent) = segment.read();
        assert_eq!(seqs, [10]);
        assert_eq!((extent.end, extent.next_seq, extent.sealed), (end, 11, false));
        assert_eq!(segment.why(), "the file ends within a group of changes");
        assert_eq!(segment.batch(5, 9).why(), "a batch begins within a group of changes");
    }

    #[test]
    fn what_is_valid_but_out_of_place_ends_the_reading() {
        let batch = || Segment::new().batch(4, 9).frame(10, true);
        assert_eq!(Segment::new().frame(10, true).why(), "no batch begins here");
        assert!(batch().frame(12, true).why().contains("another"));
        assert!(batch().frame(10, true).why().contains("another"));
        assert!(batch().batch(6, 10).why().contains("another"));
        assert!(batch().batch(5, 11).why().contains("out of place"));
        assert!(batch().batch(5, 8).why().contains("out of place"));
        assert_eq!(batch().batch(5, 9).why(), "nothing", "not yet synced, and not lost");
    }

    #[test]
    fn a_later_batch_is_found_behind_rubbish() {
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
        assert_eq!(find(5, 13), None, "nor does one that speaks of less");
        let other = Salt::new(!salt.value());
        assert_eq!(find_later_batch(&segment.bytes, rubbish, other, 5, 11), None);
    }

    #[test]
    fn an_error_of_the_caller_names_its_seq() {
        let segment = Segment::new().batch(4, 9).frame(10, true).frame(11, true);
        let result = read_segment(&segment.bytes, &segment.header, |seq, _| if seq == 11 { Err("no") } else { Ok(()) });
        assert_eq!(result, Err((11, "no")));
    }
}
