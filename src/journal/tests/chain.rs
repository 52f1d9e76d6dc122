//! Tests of reading closed segments from several directories.

use std::ops::ControlFlow;
use std::path::PathBuf;

use super::*;

/// The changes read after `seq`, or the error.
fn follow(directories: &[&MemFiles], seq: u64, salt: Option<u64>) -> Result<Vec<u64>, ChainError<Infallible>> {
    let name = |number| PathBuf::from(format!("directory {number}"));
    let directories = directories
        .iter()
        .enumerate()
        .map(|(number, files)| (name(number), Arc::new((*files).clone()) as Arc<dyn Files>));
    let mut seqs = Vec::new();
    let reached = Chain::find(directories.collect())?.follow(Place { seq, salt }, |seq, bytes| {
        assert_eq!(bytes, payload(seq));
        seqs.push(seq);
        Ok(ControlFlow::Continue(()))
    })?;
    assert_eq!(reached, seqs.last().copied().unwrap_or(seq));
    Ok(seqs)
}

fn salt_of(files: &MemFiles, name: &str) -> u64 {
    u64::from_le_bytes(files.read(name).unwrap()[12..20].try_into().unwrap())
}

/// A copy that holds only one segment.
fn only(files: &MemFiles, name: &str) -> MemFiles {
    let copy = MemFiles::default();
    copy.put(name, files.read(name).unwrap());
    copy
}

#[test]
fn chain_reads_from_every_seq_across_directories() {
    let files = small(true);
    let (first, second) = (only(&files, SMALL_NAMES[0]), only(&files, SMALL_NAMES[1]));
    let salts = SMALL_NAMES.map(|name| salt_of(&files, name));
    let last = *small_ends().last().unwrap();
    for directories in [vec![&files], vec![&second, &first], vec![&first, &files]] {
        for seq in 0..=last {
            let salt = (seq > 0).then(|| salts[usize::from(seq >= 8)]);
            assert_eq!(follow(&directories, seq, salt).unwrap(), Vec::from_iter(seq + 1..=last), "after {seq}");
        }
    }
    assert_eq!(follow(&[&second], 7, None).unwrap(), Vec::from_iter(8..=last), "it starts after the place");
    assert!(follow(&[&first], last, None).unwrap().is_empty());
}

#[test]
fn chain_gap_or_unknown_salt_is_an_error() {
    let files = small(true);
    let second = only(&files, SMALL_NAMES[1]);
    assert!(matches!(follow(&[&second], 3, None), Err(ChainError::Gap { from: 4, to: 7 })));
    assert!(matches!(follow(&[&second], 0, None), Err(ChainError::Gap { from: 1, to: 7 })));
    let other = salt_of(&small(true), SMALL_NAMES[0]);
    assert!(matches!(follow(&[&files], 3, Some(other)), Err(ChainError::Gap { from: 4, to: 7 })));
}

#[test]
fn chain_accepts_a_torn_tail_but_not_damage() {
    let files = small(false);
    for (at, name) in SMALL_NAMES.iter().enumerate() {
        let len = files.read(name).unwrap().len();
        for cut in SEGMENT_HEADER_BYTES..len {
            let torn = files.edited(name, |bytes| bytes.truncate(cut));
            let read = follow(&[&torn], 0, None);
            // A cut after a whole group only shows because the next segment starts later.
            let expected = match at {
                0 => matches!(read, Err(ChainError::Damaged { .. } | ChainError::Gap { .. })),
                _ => read.is_ok_and(|seqs| seqs.len() >= 7),
            };
            assert!(expected, "{name} cut to {cut}");
            let whole = follow(&[&torn, &files], 0, None).unwrap();
            assert_eq!(whole.len() as u64, *small_ends().last().unwrap(), "the longer copy must win");
        }
    }
    let closed = small(true);
    let flipped = closed.edited(SMALL_NAMES[1], |bytes| bytes[SEGMENT_HEADER_BYTES + BATCH_HEADER_BYTES] ^= 1);
    assert!(matches!(follow(&[&flipped], 0, None), Err(ChainError::Damaged { .. })), "a later batch proves it");
}

#[test]
fn chain_rejects_segments_of_another_branch() {
    let (one, other) = (small(true), small(true));
    let mixed = MemFiles::default();
    mixed.put(SMALL_NAMES[0], one.read(SMALL_NAMES[0]).unwrap());
    mixed.put(SMALL_NAMES[1], other.read(SMALL_NAMES[1]).unwrap());
    let salt = Some(salt_of(&one, SMALL_NAMES[0]));
    // Both stores did the same, so their segments have equal numbers. Only the salts differ.
    assert!(matches!(follow(&[&one, &other], 0, None), Err(ChainError::Damaged { .. })), "both start at change 1");
    assert_eq!(follow(&[&one], 3, salt).unwrap().first(), Some(&4));

    // A store restored to change 7 has its own segments, whose batch numbers start again.
    let branch = MemFiles::default();
    let options = Options { segment_bytes: SMALL_SEGMENT_BYTES };
    let journal = Journal::begin(Arc::new(branch.clone()), options, 7).unwrap();
    append(&journal, 2);
    journal.close().unwrap();
    let first = only(&one, SMALL_NAMES[0]);
    assert!(matches!(follow(&[&first, &branch], 0, None), Err(ChainError::Damaged { .. })));
    assert_eq!(follow(&[&branch], 7, None).unwrap(), [8, 9]);
}
