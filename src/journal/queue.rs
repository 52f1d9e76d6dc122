//! The queue of appended changes that are not written yet.

use super::frame::{BATCH_HEADER_BYTES, FRAME_HEADER_BYTES, Frame, PAYLOAD_BYTES_MAX};
use super::log::Journal;
use super::segment::{SEGMENT_HEADER_BYTES, Salt};
use crate::heap;

/// A larger buffer, grown by a wide change, is not reused.
const SPARE_BYTES_MAX: usize = 4 << 20;

/// The frames of the next write, encoded as in the file.
#[derive(Debug)]
pub(super) struct Queue {
    /// Room for a batch header, then the frames.
    bytes: Vec<u8>,
    /// The buffer of the previous write, for reuse.
    spare: Vec<u8>,
    /// The seq of the next change.
    next_seq: u64,
    /// The salt of the segment that the queued frames go to.
    salt: Salt,
    /// The new segment that the queued frames start, if any. This is decided when the previous batch is taken, because
    /// frame checksums start with the salt.
    segment: Option<NewSegment>,
}

/// A segment to create.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewSegment {
    pub(super) salt: Salt,
    pub(super) first_seq: u64,
}

/// One write, taken from the queue.
#[derive(Debug)]
pub(super) struct Batch {
    /// Room for a batch header, then the frames.
    pub(super) bytes: Vec<u8>,
    /// The seq of the last frame.
    pub(super) last_seq: u64,
    /// The segment to create first, or `None` to continue the active one.
    pub(super) segment: Option<NewSegment>,
}

impl Batch {
    /// The length of the frames without the batch header.
    pub(super) fn frame_bytes(&self) -> usize {
        self.bytes.len().saturating_sub(BATCH_HEADER_BYTES)
    }
}

impl Queue {
    /// An empty queue. The first frame gets seq `next_seq`. It goes to the segment with this salt, or to a new segment
    /// if that one is `full`.
    pub(super) fn new(next_seq: u64, salt: Salt, full: bool) -> Self {
        let mut queue = Self { bytes: vec![0; BATCH_HEADER_BYTES], spare: Vec::new(), next_seq, salt, segment: None };
        if full {
            queue.begin_segment();
        }
        queue
    }

    /// The memory of both buffers in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        heap::of_vec::<u8>(self.bytes.capacity()) + heap::of_vec::<u8>(self.spare.capacity())
    }

    /// The seq of the newest change, or 0.
    pub(super) fn last_seq(&self) -> u64 {
        self.next_seq - 1
    }

    /// Queues a group. Returns its encoded length.
    pub(super) fn push(&mut self, group: &[impl AsRef<[u8]>]) -> Result<usize, String> {
        let mut bytes = 0;
        for payload in group {
            let len = payload.as_ref().len();
            if len > PAYLOAD_BYTES_MAX {
                return Err(format!("a change has {len} bytes, the limit is {PAYLOAD_BYTES_MAX}"));
            }
            bytes += FRAME_HEADER_BYTES + len;
        }
        self.bytes.reserve(bytes);
        for (at, payload) in group.iter().enumerate() {
            let frame = Frame { seq: self.next_seq, last: at + 1 == group.len(), payload: payload.as_ref() };
            frame.encode(self.salt, &mut self.bytes);
            self.next_seq += 1;
        }
        Ok(bytes)
    }

    /// Takes the whole queue, or `None` if it is empty. `open_bytes` is the length of the active segment. If the batch
    /// fills a segment to `segment_bytes`, the next batch starts a new one.
    pub(super) fn take(&mut self, open_bytes: u64, segment_bytes: u64) -> Option<Batch> {
        if self.bytes.len() <= BATCH_HEADER_BYTES {
            return None;
        }
        let mut bytes = std::mem::take(&mut self.spare);
        bytes.clear();
        bytes.resize(BATCH_HEADER_BYTES, 0);
        std::mem::swap(&mut self.bytes, &mut bytes);
        let batch = Batch { bytes, last_seq: self.last_seq(), segment: self.segment.take() };
        let before = match batch.segment {
            Some(_) => SEGMENT_HEADER_BYTES as u64,
            None => open_bytes,
        };
        if before + batch.bytes.len() as u64 >= segment_bytes {
            self.begin_segment();
        }
        Some(batch)
    }

    /// Returns a batch's buffer for reuse.
    pub(super) fn recycle(&mut self, bytes: Vec<u8>) {
        if bytes.capacity() <= SPARE_BYTES_MAX {
            self.spare = bytes;
        }
    }

    /// Takes the whole queue like [`take`](Self::take), and directs later changes to a new segment. The caller creates
    /// that segment after writing the batch.
    pub(super) fn take_and_cut(&mut self, open_bytes: u64) -> (Option<Batch>, NewSegment) {
        let batch = self.take(open_bytes, u64::MAX);
        let segment = self.segment.take().unwrap_or_else(|| self.new_segment());
        (batch, segment)
    }

    /// Directs later changes to a new segment.
    fn begin_segment(&mut self) {
        self.segment = Some(self.new_segment());
    }

    /// A segment that starts with the next change.
    fn new_segment(&mut self) -> NewSegment {
        let segment = NewSegment { salt: Salt::fresh(self.next_seq), first_seq: self.next_seq };
        self.salt = segment.salt;
        segment
    }
}

impl Journal {
    /// The memory of what waits to be written, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.queue.lock().heap_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::Fields;
    use super::super::frame::Item;
    use super::*;

    /// The seq, last flag and payload of each frame in a batch.
    fn frames(batch: &Batch, salt: Salt) -> Vec<(u64, bool, Vec<u8>)> {
        let mut fields = Fields(&batch.bytes[BATCH_HEADER_BYTES..]);
        let mut frames = Vec::new();
        while !fields.0.is_empty() {
            let Ok(Item::Frame(frame)) = Item::decode(&mut fields, salt) else {
                panic!("not a frame");
            };
            frames.push((frame.seq, frame.last, frame.payload.to_vec()));
        }
        frames
    }

    #[test]
    fn queue_batch_holds_whole_groups_in_order() {
        let salt = Salt::new(1);
        let mut queue = Queue::new(5, salt, false);
        assert!(queue.take(0, 1000).is_none());
        assert_eq!(queue.push(&[b"a", b"b"]).unwrap(), 2 * FRAME_HEADER_BYTES + 2);
        queue.push(&[b"c"]).unwrap();
        assert_eq!(queue.last_seq(), 7);

        let batch = queue.take(0, 1000).unwrap();
        assert_eq!(batch.last_seq, 7);
        let expected = [(5, false, "a"), (6, true, "b"), (7, true, "c")];
        let expected = expected.map(|(seq, last, payload)| (seq, last, payload.as_bytes().to_vec()));
        assert_eq!(frames(&batch, salt), expected);
        assert!(queue.take(0, 1000).is_none(), "a group must be taken only once");
    }

    #[test]
    fn queue_full_segment_makes_next_batch_start_a_new_one() {
        let salt = Salt::new(1);
        let mut queue = Queue::new(1, salt, false);
        queue.push(&[[0; 100]]).unwrap();
        let batch = queue.take(900, 1000).unwrap();
        assert!(batch.segment.is_none());
        assert_eq!(frames(&batch, salt).len(), 1);

        queue.push(&[[0; 10]]).unwrap();
        let batch = queue.take(1049, 1000).unwrap();
        let segment = batch.segment.unwrap();
        assert_eq!(segment.first_seq, 2);
        assert_ne!(segment.salt, salt);
        assert_eq!(frames(&batch, segment.salt).len(), 1);

        queue.push(&[[0; 10]]).unwrap();
        let batch = queue.take(99, 1000).unwrap();
        assert!(batch.segment.is_none(), "the new segment still has room");
        assert_eq!(frames(&batch, segment.salt).len(), 1);
    }

    #[test]
    fn queue_never_appends_to_a_full_reopened_segment() {
        let mut queue = Queue::new(8, Salt::new(1), true);
        queue.push(&[b"a"]).unwrap();
        assert_eq!(queue.take(5000, 1000).unwrap().segment.unwrap().first_seq, 8);
    }

    #[test]
    fn queue_reuses_buffers_unless_huge() {
        let mut queue = Queue::new(1, Salt::new(1), false);
        queue.recycle(Vec::with_capacity(SPARE_BYTES_MAX + 1));
        assert_eq!(queue.spare.capacity(), 0);
        queue.recycle(Vec::with_capacity(1000));
        queue.push(&[b"a"]).unwrap();
        queue.take(0, 1 << 20).unwrap();
        assert!(queue.bytes.capacity() >= 1000);
    }
}
