//! Tests of the whole journal: which changes survive, whatever happens to the files.

mod chain;
mod damage;
mod faults;
mod recovery;
mod room;
mod threads;
mod when_durable;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use super::error::Proof;
use super::frame::{BATCH_HEADER_BYTES, BATCH_MAGIC, FRAME_HEADER_BYTES};
use super::segment::{SEGMENT_HEADER_BYTES, segment_name};
use super::*;
use crate::files::{AppendFile, Files, RealFiles, Slots};
use crate::testing::simulation::{Fate, MemFiles, Random};

/// The journal and the changes that opening replayed.
type Opened = Result<(Journal, Vec<(u64, Vec<u8>)>), OpenError<Infallible>>;

/// Opens a journal and collects the changes it replays.
fn open(files: &MemFiles, segment_bytes: u64, checkpoint: u64) -> Opened {
    let mut changes = Vec::new();
    let options = Options { segment_bytes };
    let journal = Journal::open(Arc::new(files.clone()), options, checkpoint, |seq, payload| {
        changes.push((seq, payload.to_vec()));
        Ok(())
    })?;
    Ok((journal, changes))
}

/// The payload of a change. It contains the seq and varies in length.
fn payload(seq: u64) -> Vec<u8> {
    format!("change {seq} {}", "x".repeat(seq as usize % 7)).into_bytes()
}

/// Appends a group of `len` changes and returns the last seq.
fn append(journal: &Journal, len: u64) -> u64 {
    let first = journal.last_seq() + 1;
    let group: Vec<_> = (first..first + len).map(payload).collect();
    let last = journal.append(&group).unwrap();
    assert_eq!(last, first + len - 1);
    last
}

/// Checks that `changes` are those after `checkpoint`, in order, and returns the last seq.
fn check_changes(changes: &[(u64, Vec<u8>)], checkpoint: u64) -> u64 {
    for ((seq, bytes), expected) in changes.iter().zip(checkpoint + 1..) {
        assert_eq!(*seq, expected);
        assert_eq!(*bytes, payload(expected));
    }
    checkpoint + changes.len() as u64
}

/// The group sizes of [`small`], one slice per batch. The third batch starts the second segment.
const SMALL: [&[u64]; 5] = [&[1], &[3, 1, 2], &[2], &[1, 3], &[2]];

/// With this segment size, [`SMALL`] takes two segments.
const SMALL_SEGMENT_BYTES: u64 = 300;

/// The segment names of [`small`].
const SMALL_NAMES: [&str; 2] = ["00000000000000000001.log", "00000000000000000008.log"];

/// A small journal: several batches, groups of several changes, two segments. It ends where the last batch ends.
fn small(closed: bool) -> MemFiles {
    small_with_room(closed).edited(SMALL_NAMES[1], |segment| {
        let end = parts(segment).last().unwrap().0;
        segment.truncate(end);
    })
}

/// The same. Unless it is closed, there is room behind the last batch.
fn small_with_room(closed: bool) -> MemFiles {
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

/// The last seq of every group of [`small`], starting with 0.
fn small_ends() -> Vec<u64> {
    let lens = SMALL.iter().flat_map(|batch| batch.iter());
    let ends = lens.scan(0, |last, len| {
        *last += len;
        Some(*last)
    });
    [0].into_iter().chain(ends).collect()
}

/// A part of an undamaged segment.
#[derive(Debug, Clone, Copy)]
enum Part {
    Header,
    Batch,
    Frame { last: bool },
}

/// The parts of an undamaged segment and the offsets of their ends, up to the room. Does not use the reader under test.
fn parts(segment: &[u8]) -> Vec<(usize, Part)> {
    let mut parts = vec![(SEGMENT_HEADER_BYTES, Part::Header)];
    let mut at = SEGMENT_HEADER_BYTES;
    let is_room = |rest: &[u8]| rest.iter().all(|byte| *byte == 0);
    while !is_room(&segment[at..]) {
        if segment[at..].starts_with(&BATCH_MAGIC) {
            at += BATCH_HEADER_BYTES;
            parts.push((at, Part::Batch));
        } else {
            let len = u32::from_le_bytes(segment[at..at + 4].try_into().unwrap());
            let last = segment[at + 8] == 1;
            at += FRAME_HEADER_BYTES + len as usize;
            parts.push((at, Part::Frame { last }));
        }
    }
    parts
}
