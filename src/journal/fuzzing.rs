//! The journal on a disk in memory, for the fuzz targets: written, damaged as the bytes say, and opened again; and a
//! segment put together from valid parts in any order.
#![allow(clippy::expect_used, reason = "a panic is how a target says that it has found something")]

use std::convert::Infallible;
use std::sync::Arc;

use arbitrary::{Result, Unstructured};

use super::frame::{BatchHeader, Frame};
use super::segment::{SegmentHeader, segment_name};
use super::{Journal, OpenError, Options};
use crate::files::Files;
use crate::testing::fuzzing::{chance, damage_bytes};
use crate::testing::simulation::MemFiles;

/// Groups of changes of one run, and changes of one group.
const GROUPS_MAX: usize = 16;
const CHANGES_MAX: u64 = 4;

/// Damages to one image.
const DAMAGES_MAX: usize = 4;

/// Parts of a segment that is put together.
const PARTS_MAX: usize = 24;

/// Segments so small that a run has several.
const SEGMENT_BYTES: u64 = 300;

/// Changes as opening hands them over.
type Changes = Vec<(u64, Vec<u8>)>;

/// Writes a journal and damages it, or puts a segment together, and opens what there is: what is recovered is exactly
/// a prefix of whole groups, or opening says that the journal is damaged.
pub fn journal_frames(data: &[u8]) {
    let mut u = Unstructured::new(data);
    let _ = match u.int_in_range(0..=2) {
        Ok(0) => read_anything(&mut u),
        Ok(1) => read_parts(&mut u),
        _ => write_and_damage(&mut u),
    };
}

/// Opens the journal, and gives what it hands over.
fn open(directory: &MemFiles) -> std::result::Result<(Journal, Changes), OpenError<Infallible>> {
    let mut changes = Vec::new();
    let options = Options { segment_bytes: SEGMENT_BYTES };
    let journal = Journal::open(Arc::new(directory.clone()), options, 0, |seq, payload| {
        changes.push((seq, payload.to_vec()));
        Ok(())
    })?;
    Ok((journal, changes))
}

/// Opens the journal; where that works, it works again with the same changes, and what is appended comes after them.
fn open_twice(directory: &MemFiles) -> Option<Changes> {
    let (journal, mut changes) = match open(directory) {
        Ok(opened) => opened,
        Err(OpenError::Io { source, .. }) => panic!("a disk in memory refuses nothing: {source}"),
        Err(_) => return None,
    };
    let seq = journal.append(&[b"one more"]).expect("a journal that opens takes changes");
    journal.close().expect("a disk in memory refuses nothing");
    changes.push((seq, b"one more".to_vec()));
    let (_, again) = open(directory).expect("what was opened and closed opens again");
    assert_eq!(again, changes);
    changes.pop();
    Some(changes)
}

/// Any bytes as the first segment, some with a valid header before them.
fn read_anything(u: &mut Unstructured<'_>) -> Result<()> {
    let directory = MemFiles::default();
    if u.arbitrary()? {
        let header = SegmentHeader::fresh(1, 1);
        header.create(&directory).expect("a disk in memory refuses nothing");
    }
    append(&directory, u.bytes(u.len())?);
    // No valid checksum comes about by chance with a salt that is new each time.
    assert!(open_twice(&directory).is_none_or(|changes| changes.is_empty()));
    Ok(())
}

/// What may stand in a segment.
enum Part {
    Batch(BatchHeader),
    Frame { seq: u64, last: bool },
}

/// A segment of valid batch headers and frames, of which some do not follow each other.
fn read_parts(u: &mut Unstructured<'_>) -> Result<()> {
    let header = SegmentHeader::fresh(1, 1);
    let directory = MemFiles::default();
    header.create(&directory).expect("a disk in memory refuses nothing");
    let (mut bytes, mut parts) = (Vec::new(), Vec::new());
    let (mut batch, mut seq, mut durable) = (1, 1, 0);
    while parts.len() < PARTS_MAX && !u.is_empty() {
        // Mostly what should come next, so that runs get far.
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
        assert!(parts.iter().any(knows_more), "called damaged, though nobody was told that more is safe");
    }
    Ok(())
}

/// The last seq of the whole groups before the first part that does not follow.
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

/// The payload of a change, which tells its seq.
fn payload(seq: u64) -> Vec<u8> {
    format!("change {seq} {}", "x".repeat(seq as usize % 7)).into_bytes()
}

/// A journal that is written in groups, closed or not, opened in between, and then damaged.
fn write_and_damage(u: &mut Unstructured<'_>) -> Result<()> {
    let directory = MemFiles::default();
    let (mut journal, _) = open(&directory).expect("a new journal opens");
    let mut ends = vec![0];
    for _ in 0..u.int_in_range(0..=GROUPS_MAX)? {
        let first = journal.last_seq() + 1;
        let group: Vec<_> = (first..=first + u.int_in_range(0..=CHANGES_MAX - 1)?).map(payload).collect();
        ends.push(journal.append(&group).expect("an open journal takes changes"));
        match u.int_in_range(0..=7)? {
            0 | 1 => journal.write_out().expect("a disk in memory refuses nothing"),
            2 | 3 => journal.wait(journal.last_seq()).expect("a disk in memory refuses nothing"),
            4 => {
                journal.close().expect("a disk in memory refuses nothing");
                let (again, changes) = open(&directory).expect("a closed journal opens");
                assert_eq!(changes.len() as u64, journal.last_seq(), "closing keeps everything");
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
            assert!(ends.contains(&last), "half a group is kept: {last} of {ends:?}");
            assert!(changes.iter().zip(1..).all(|((seq, bytes), at)| *seq == at && *bytes == payload(at)));
            assert!(damages > 0 || last >= safe, "{last} is there, {safe} was safe");
        }
        None => assert!(damages > 0, "what nobody has damaged is called damaged"),
    }
    Ok(())
}

/// Puts bytes behind what the first segment holds.
fn append(directory: &MemFiles, bytes: &[u8]) {
    let name = segment_name(1);
    let before = directory.read(&name).unwrap_or_default();
    directory.put(&name, [&before, bytes].concat());
}

/// One damage to one file.
fn damage(u: &mut Unstructured<'_>, directory: &MemFiles) -> Result<()> {
    let mut names = directory.list().expect("a disk in memory refuses nothing");
    names.sort();
    let Some(name) = names.get(u.choose_index(names.len().max(1))?) else { return Ok(()) };
    if chance(u, 16)? {
        directory.remove(name).expect("a disk in memory refuses nothing");
        return Ok(());
    }
    let other = u.choose(&names)?;
    let read = |name: &str| directory.read(name).expect("a disk in memory refuses nothing");
    let mut bytes = read(name);
    damage_bytes(u, &mut bytes, &read(other))?;
    directory.put(name, bytes);
    Ok(())
}
