//! Segments that are read as they lie there, from several directories.

use std::path::PathBuf;

use super::*;

/// Which changes are read behind a seq, and what went wrong.
fn follow(directories: &[&MemFiles], seq: u64, salt: Option<u64>) -> Result<Vec<u64>, ChainError<Infallible>> {
    let name = |number| PathBuf::from(format!("directory {number}"));
    let directories = directories
        .iter()
        .enumerate()
        .map(|(number, files)| (name(number), Arc::new((*files).clone()) as Arc<dyn Files>));
    let mut seqs = Vec::new();
    let reached = Chain::find(directories.collect())?.follow(super::super::Place { seq, salt }, |seq, bytes| {
        assert_eq!(bytes, payload(seq));
        seqs.push(seq);
        Ok(Want::More)
    })?;
    assert_eq!(reached, seqs.last().copied().unwrap_or(seq));
    Ok(seqs)
}

fn salt_of(files: &MemFiles, name: &str) -> u64 {
    u64::from_le_bytes(files.read(name).unwrap()[12..20].try_into().unwrap())
}

/// A copy with one of the segments alone.
fn only(files: &MemFiles, name: &str) -> MemFiles {
    let copy = MemFiles::default();
    copy.put(name, files.read(name).unwrap());
    copy
}

#[test]
fn changes_are_read_from_any_place_on_wherever_their_segments_are() {
    let files = small(true);
    let (first, second) = (only(&files, SMALL_NAMES[0]), only(&files, SMALL_NAMES[1]));
    let salts = SMALL_NAMES.map(|name| salt_of(&files, name));
    let last = *small_ends().last().unwrap();
    for directories in [vec![&files], vec![&second, &first], vec![&first, &files]] {
        for seq in 0..=last {
            let salt = (seq > 0).then(|| salts[usize::from(seq >= 8)]);
            assert_eq!(follow(&directories, seq, salt).unwrap(), Vec::from_iter(seq + 1..=last), "behind {seq}");
        }
    }
    assert_eq!(follow(&[&second], 7, None).unwrap(), Vec::from_iter(8..=last), "it begins behind the place");
    assert!(follow(&[&first], last, None).unwrap().is_empty());
}

#[test]
fn a_gap_and_an_unknown_place_are_no_end() {
    let files = small(true);
    let second = only(&files, SMALL_NAMES[1]);
    assert!(matches!(follow(&[&second], 3, None), Err(ChainError::Gap { from: 4, to: 7 })));
    assert!(matches!(follow(&[&second], 0, None), Err(ChainError::Gap { from: 1, to: 7 })));
    let other = salt_of(&small(true), SMALL_NAMES[0]);
    assert!(matches!(follow(&[&files], 3, Some(other)), Err(ChainError::Gap { from: 4, to: 7 })));
}

#[test]
fn a_torn_tail_is_an_end_and_anything_else_is_damage() {
    let files = small(false);
    for (at, name) in SMALL_NAMES.iter().enumerate() {
        let len = files.read(name).unwrap().len();
        for cut in SEGMENT_HEADER_BYTES..len {
            let torn = files.edited(name, |bytes| bytes.truncate(cut));
            let read = follow(&[&torn], 0, None);
            // Where it was cut behind a whole group the next segment shows that changes are missing.
            let expected = match at {
                0 => matches!(read, Err(ChainError::Damaged { .. } | ChainError::Gap { .. })),
                _ => read.is_ok_and(|seqs| seqs.len() >= 7),
            };
            assert!(expected, "{name} cut to {cut}");
            let whole = follow(&[&torn, &files], 0, None).unwrap();
            assert_eq!(whole.len() as u64, *small_ends().last().unwrap(), "the longer copy is taken");
        }
    }
    let closed = small(true);
    let flipped = closed.edited(SMALL_NAMES[1], |bytes| bytes[SEGMENT_HEADER_BYTES + BATCH_HEADER_BYTES] ^= 1);
    assert!(matches!(follow(&[&flipped], 0, None), Err(ChainError::Damaged { .. })), "a later batch knows of it");
}

#[test]
fn another_past_is_not_gone_on_with() {
    let (one, other) = (small(true), small(true));
    let mixed = MemFiles::default();
    mixed.put(SMALL_NAMES[0], one.read(SMALL_NAMES[0]).unwrap());
    mixed.put(SMALL_NAMES[1], other.read(SMALL_NAMES[1]).unwrap());
    let salt = Some(salt_of(&one, SMALL_NAMES[0]));
    // The segments have the same numbers, as the stores did the same: what tells them apart is where one went on.
    assert!(matches!(follow(&[&one, &other], 0, None), Err(ChainError::Damaged { .. })), "which one is not known");
    assert_eq!(follow(&[&one], 3, salt).unwrap().first(), Some(&4));

    // A store that was restored to change 5 and went on has its own segments, whose batches begin anew.
    let branch = MemFiles::default();
    let options = Options { segment_bytes: SMALL_SEGMENT_BYTES };
    let journal = Journal::begin(Arc::new(branch.clone()), options, 7).unwrap();
    append(&journal, 2);
    journal.close().unwrap();
    let first = only(&one, SMALL_NAMES[0]);
    assert!(matches!(follow(&[&first, &branch], 0, None), Err(ChainError::Damaged { .. })));
    assert_eq!(follow(&[&branch], 7, None).unwrap(), [8, 9]);
}
