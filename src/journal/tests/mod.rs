//! The journal as a whole: what it keeps, whatever happens to its files.

mod chain;
mod damage;
mod faults;
mod recovery;
mod threads;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use super::error::Proof;
use super::frame::{BATCH_HEADER_BYTES, BATCH_MAGIC, FRAME_HEADER_BYTES};
use super::segment::{SEGMENT_HEADER_BYTES, segment_name};
use super::*;
use crate::files::{AppendFile, Files, RealFiles};
use crate::testing::simulation::{Fate, MemFiles, Random};

/// What opening says.
type Opened = Result<(Journal, Vec<(u64, Vec<u8>)>), OpenError<Infallible>>;

/// Opens a journal with small segments and returns what it redid.
fn open(files: &MemFiles, segment_bytes: u64, checkpoint: u64) -> Opened {
    let mut changes = Vec::new();
    let options = Options { segment_bytes };
    let journal = Journal::open(Arc::new(files.clone()), options, checkpoint, |seq, payload| {
        changes.push((seq, payload.to_vec()));
        Ok(())
    })?;
    Ok((journal, changes))
}

/// The payload of a change: it tells its seq, and has some length.
fn payload(seq: u64) -> Vec<u8> {
    format!("change {seq} {}", "x".repeat(seq as usize % 7)).into_bytes()
}

/// Appends the next group of `len` changes, and returns its last seq.
fn append(journal: &Journal, len: u64) -> u64 {
    let first = journal.last_seq() + 1;
    let group: Vec<_> = (first..first + len).map(payload).collect();
    let last = journal.append(&group).unwrap();
    assert_eq!(last, first + len - 1);
    last
}

/// Checks that changes are those behind `checkpoint`, in order, and returns the last seq.
fn check_changes(changes: &[(u64, Vec<u8>)], checkpoint: u64) -> u64 {
    for ((seq, bytes), expected) in changes.iter().zip(checkpoint + 1..) {
        assert_eq!(*seq, expected);
        assert_eq!(*bytes, payload(expected));
    }
    checkpoint + changes.len() as u64
}

/// The sizes of the groups of [`small`], in batches; the third batch begins the second segment.
const SMALL: [&[u64]; 5] = [&[1], &[3, 1, 2], &[2], &[1, 3], &[2]];

/// Where [`SMALL`] goes on in a second segment.
const SMALL_SEGMENT_BYTES: u64 = 300;

/// The names of the segments of [`small`].
const SMALL_NAMES: [&str; 2] = ["00000000000000000001.log", "00000000000000000008.log"];

/// A small journal: several batches, groups of several changes, two segments.
fn small(closed: bool) -> MemFiles {
    let files = MemFiles::default();
    let (journal, _) = open(&files, SMALL_SEGMENT_BYTES, 0).unwrap();
    for batch in SMALL {
        for len in batch {
            append(&journal, *len);
        }
        journal.wait(journal.last_seq()).unwrap();
    }
    if closed {
        journal.close().unwrap();
    }
    let mut names = files.list().unwrap();
    names.sort();
    assert_eq!(names, SMALL_NAMES);
    files
}

/// The last seqs of the groups of [`small`], after 0.
fn small_ends() -> Vec<u64> {
    let lens = SMALL.iter().flat_map(|batch| batch.iter());
    let ends = lens.scan(0, |last, len| {
        *last += len;
        Some(*last)
    });
    [0].into_iter().chain(ends).collect()
}

/// What stands where in an undamaged segment.
#[derive(Debug, Clone, Copy)]
enum Place {
    Header,
    Batch,
    Frame { last: bool },
}

/// The parts of an undamaged segment with the offsets of their ends, read with no help of the reader.
fn places(segment: &[u8]) -> Vec<(usize, Place)> {
    let mut places = vec![(SEGMENT_HEADER_BYTES, Place::Header)];
    let mut at = SEGMENT_HEADER_BYTES;
    while at < segment.len() {
        if segment[at..].starts_with(&BATCH_MAGIC) {
            at += BATCH_HEADER_BYTES;
            places.push((at, Place::Batch));
        } else {
            let len = u32::from_le_bytes(segment[at..at + 4].try_into().unwrap());
            let last = segment[at + 8] == 1;
            at += FRAME_HEADER_BYTES + len as usize;
            places.push((at, Place::Frame { last }));
        }
    }
    assert_eq!(at, segment.len());
    places
}
