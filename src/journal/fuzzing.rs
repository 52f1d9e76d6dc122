//! Fuzz targets for the journal on an in-memory disk: write, damage and reopen it, or open a segment built from valid
//! parts in any order.
#![allow(clippy::expect_used, reason = "a fuzz target reports a finding by panicking")]

use std::convert::Infallible;
use std::sync::Arc;

use arbitrary::{Result, Unstructured};

use super::frame::{BatchHeader, Frame};
use super::segment::{SegmentHeader, segment_name};
use super::{Journal, OpenError, Options};
use crate::files::Files;
use crate::testing::fuzzing::{chance, damage_bytes};
use crate::testing::simulation::MemFiles;

/// Limits on the groups of one run and the changes of one group.
const GROUPS_MAX: usize = 16;
const CHANGES_MAX: u64 = 4;

/// The most damages to one image.
const DAMAGES_MAX: usize = 4;

/// The most parts of a built segment.
const PARTS_MAX: usize = 24;

/// Small, so that one run has several segments.
const SEGMENT_BYTES: u64 = 300;

/// The changes that opening replayed.
type Changes = Vec<(u64, Vec<u8>)>;

/// Damages a written journal, or builds a segment, and opens it. Opening must recover an exact prefix of whole groups
/// or report damage.
pub fn journal_frames(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let _ = match u.int_in_range(0..=2) {
        Ok(0) => read_anything(&mut u),
        Ok(1) => read_parts(&mut u),
        _ => write_and_damage(&mut u),
    };
}

/// Opens the journal and collects the replayed changes.
fn open(directory: &MemFiles) -> std::result::Result<(Journal, Changes), OpenError<Infallible>> {
    let mut changes = Vec::new();
    let options = Options { segment_bytes: SEGMENT_BYTES };
    let journal = Journal::open(Arc::new(directory.clone()), options, 0, |seq, payload| {
        changes.push((seq, payload.to_vec()));
        Ok(())
    })?;
    Ok((journal, changes))
}

/// Opens the journal. If that works, appends a change and checks that a second open returns all of them.
fn open_twice(directory: &MemFiles) -> Option<Changes> {
    let (journal, mut changes) = match open(directory) {
        Ok(opened) => opened,
        Err(OpenError::Io { source, .. }) => panic!("an in-memory disk never fails: {source}"),
        Err(_) => return None,
    };
    let seq = journal.append(&[b"one more"]).expect("an open journal accepts changes");
    journal.close().expect("an in-memory disk never fails");
    changes.push((seq, b"one more".to_vec()));
    let (_, again) = open(directory).expect("a closed journal opens again");
    assert_eq!(again, changes);
    changes.pop();
    Some(changes)
}

/// Writes arbitrary bytes as the first segment, sometimes after a valid header.
fn read_anything(u: &mut Unstructured<'_>) -> Result<()> {
    let directory = MemFiles::default();
    if u.arbitrary()? {
        let header = SegmentHeader::fresh(1, 1);
        header.create(&directory).expect("an in-memory disk never fails");
    }
    append(&directory, u.bytes(u.len())?);
    // The salt is random, so no checksum can match by chance.
    assert!(open_twice(&directory).is_none_or(|changes| changes.is_empty()));
    Ok(())
}

enum Part {
    Batch(BatchHeader),
    Frame { seq: u64, last: bool },
}

/// Builds a segment of valid batch headers and frames, some of them out of sequence.
fn read_parts(u: &mut Unstructured<'_>) -> Result<()> {
    let header = SegmentHeader::fresh(1, 1);
    let directory = MemFiles::default();
    header.create(&directory).expect("an in-memory disk never fails");
    let (mut bytes, mut parts) = (Vec::new(), Vec::new());
    let (mut batch, mut seq, mut durable) = (1, 1, 0);
    while parts.len() < PARTS_MAX && !u.is_empty() {
        // Mostly the expected next number, so that runs get far.
        let off = if chance(u, 16)? { u.int_in_range(0..=3_u64)? } else { 1 };
        if chance(u, 4)? || parts.is_empty() {
            durable = if u.arbitrary()? { seq - 1 } else { durable };
            let part =
                BatchHeader { number: (batch + off).saturating_sub(1), durable_before: (durable + off) - off.min(1) };
            bytes.extend(part.encode(header.salt));
            parts.push(Part::Batch(part));
            batch += 1;
        } else {
            let (number, last) = ((seq + off).saturating_sub(1), u.arbitrary()?);
            Frame { seq: number, last, payload: &payload(number) }.encode(header.salt, &mut bytes);
            parts.push(Part::Frame { seq: number, last });
            seq += 1;
        }
    }
    append(&directory, &bytes);
    let expected = whole_groups(&parts);
    if let Some(changes) = open_twice(&directory) {
        let found: Vec<u64> = changes.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(found, (1..=expected).collect::<Vec<u64>>());
        assert!(changes.iter().all(|(seq, bytes)| *bytes == payload(*seq)));
    } else {
        let knows_more = |part: &Part| matches!(part, Part::Batch(batch) if batch.durable_before > expected);
        assert!(parts.iter().any(knows_more), "reported damage although no batch records more as durable");
    }
    Ok(())
}

/// The last seq of the whole groups before the first part out of sequence.
fn whole_groups(parts: &[Part]) -> u64 {
    let (mut whole, mut seq, mut number, mut durable) = (0, 0, 0, 0);
    for part in parts {
        match part {
            Part::Batch(batch) => {
                let follows = batch.number == number + 1 && (durable..=seq).contains(&batch.durable_before);
                if seq != whole || !follows {
                    break;
                }
                (number, durable) = (batch.number, batch.durable_before);
            }
            Part::Frame { seq: next, last } => {
                if number == 0 || *next != seq + 1 {
                    break;
                }
                seq = *next;
                if *last {
                    whole = seq;
                }
            }
        }
    }
    whole
}

/// The payload of a change. It contains the seq.
fn payload(seq: u64) -> Vec<u8> {
    format!("change {seq} {}", "x".repeat(seq as usize % 7)).into_bytes()
}

/// Writes groups to a journal, with closes and reopens in between, then damages the files.
fn write_and_damage(u: &mut Unstructured<'_>) -> Result<()> {
    let directory = MemFiles::default();
    let (mut journal, _) = open(&directory).expect("a new journal opens");
    let mut ends = vec![0];
    for _ in 0..u.int_in_range(0..=GROUPS_MAX)? {
        let first = journal.last_seq() + 1;
        let group: Vec<_> = (first..=first + u.int_in_range(0..=CHANGES_MAX - 1)?).map(payload).collect();
        ends.push(journal.append(&group).expect("an open journal accepts changes"));
        match u.int_in_range(0..=7)? {
            0 | 1 => journal.write_out().expect("an in-memory disk never fails"),
            2 | 3 => journal.wait(journal.last_seq()).expect("an in-memory disk never fails"),
            4 => {
                journal.close().expect("an in-memory disk never fails");
                let (again, changes) = open(&directory).expect("a closed journal opens");
                assert_eq!(changes.len() as u64, journal.last_seq(), "a clean close keeps every change");
                journal = again;
            }
            _ => {}
        }
    }
    let safe = journal.durable_seq();
    drop(journal);
    let damages = u.int_in_range(0..=DAMAGES_MAX)?;
    for _ in 0..damages {
        damage(u, &directory)?;
    }
    match open_twice(&directory) {
        Some(changes) => {
            let last = changes.len() as u64;
            assert!(ends.contains(&last), "part of a group was kept: {last} of {ends:?}");
            assert!(changes.iter().zip(1..).all(|((seq, bytes), at)| *seq == at && *bytes == payload(at)));
            assert!(damages > 0 || last >= safe, "recovered up to {last}, but {safe} was durable");
        }
        None => assert!(damages > 0, "an undamaged journal was reported as damaged"),
    }
    Ok(())
}

/// Appends bytes to the first segment.
fn append(directory: &MemFiles, bytes: &[u8]) {
    let name = segment_name(1);
    let before = directory.read(&name).unwrap_or_default();
    directory.put(&name, [&before, bytes].concat());
}

/// Damages one file.
fn damage(u: &mut Unstructured<'_>, directory: &MemFiles) -> Result<()> {
    let mut names = directory.list().expect("an in-memory disk never fails");
    names.sort();
    let Some(name) = names.get(u.choose_index(names.len().max(1))?) else { return Ok(()) };
    if chance(u, 16)? {
        directory.remove(name).expect("an in-memory disk never fails");
        return Ok(());
    }
    let other = u.choose(&names)?;
    let read = |name: &str| directory.read(name).expect("an in-memory disk never fails");
    let mut bytes = read(name);
    damage_bytes(u, &mut bytes, &read(other))?;
    directory.put(name, bytes);
    Ok(())
}
