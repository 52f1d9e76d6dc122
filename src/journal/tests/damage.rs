//! Corrupt journals: opening returns an error that names the place, or recovers an exact prefix of whole groups if no
//! more was acknowledged.

use super::*;

/// Opens an image of [`small`]. Returns the last seq recovered, or the error and its file.
fn try_small(files: &MemFiles) -> Result<u64, (OpenError<Infallible>, String)> {
    match open(files, SMALL_SEGMENT_BYTES, 0) {
        Ok((_, changes)) => {
            let last = check_changes(&changes, 0);
            assert!(small_ends().contains(&last), "part of a group was kept: {last}");
            Ok(last)
        }
        Err(error) => {
            let file = match &error {
                OpenError::Damaged { file, .. }
                | OpenError::DamagedHeader { file, .. }
                | OpenError::NewerFormat { file, .. } => file.clone(),
                OpenError::Missing { place, .. } => place.clone(),
                other => panic!("{other}"),
            };
            Err((error, file))
        }
    }
}

/// The last seq of the whole groups in the first `len` bytes of the second segment.
fn whole_groups(segment: &[u8], len: usize) -> u64 {
    let mut seq = 7;
    let mut whole = 7;
    for (end, part) in parts(segment) {
        if let Part::Frame { last } = part {
            seq += 1;
            if last && end <= len {
                whole = seq;
            }
        }
    }
    whole
}

#[test]
fn journal_cut_at_every_byte_keeps_exactly_the_whole_groups() {
    for closed in [false, true] {
        let files = small(closed);
        let segment = files.read(SMALL_NAMES[1]).unwrap();
        for len in 0..segment.len() {
            let image = files.edited(SMALL_NAMES[1], |bytes| bytes.truncate(len));
            match try_small(&image) {
                Ok(last) => {
                    assert!(len >= SEGMENT_HEADER_BYTES);
                    assert_eq!(last, whole_groups(&segment, len), "cut to {len}");
                    assert_eq!(try_small(&image).unwrap(), last, "opened again");
                }
                Err((error, file)) => {
                    assert!(matches!(error, OpenError::DamagedHeader { .. }), "{error}");
                    assert!(len < SEGMENT_HEADER_BYTES && file == SMALL_NAMES[1]);
                }
            }
        }
    }
}

#[test]
fn journal_older_segment_cut_at_any_byte_is_an_error() {
    let files = small(false);
    let segment = files.read(SMALL_NAMES[0]).unwrap();
    for len in 0..segment.len() {
        let image = files.edited(SMALL_NAMES[0], |bytes| bytes.truncate(len));
        let before = image.read(SMALL_NAMES[0]).unwrap();
        let (error, file) = try_small(&image).unwrap_err();
        assert!(file.contains(SMALL_NAMES[0]), "cut to {len}: {error}");
        assert_eq!(image.read(SMALL_NAMES[0]).unwrap(), before, "opening must not change a damaged file");
    }
}

#[test]
fn journal_flipped_byte_after_clean_close_is_an_error() {
    let files = small(true);
    for (name, first) in SMALL_NAMES.into_iter().zip([1, 8]) {
        let segment = files.read(name).unwrap();
        let parts = parts(&segment);
        let closing = segment.len() - BATCH_HEADER_BYTES;
        for at in 0..segment.len() {
            for flip in [0x01, 0x80, 0xFF] {
                let image = files.edited(name, |bytes| bytes[at] ^= flip);
                if name == SMALL_NAMES[1] && at >= closing {
                    assert_eq!(try_small(&image).unwrap(), 15, "the closing batch protects only what is before it");
                    continue;
                }
                let (error, file) = try_small(&image).unwrap_err();
                assert_eq!(file, name, "{error}");
                let part = parts.iter().position(|(end, _)| at < *end).unwrap();
                if at >= SEGMENT_HEADER_BYTES {
                    let frames = |part: &&(usize, Part)| matches!(part.1, Part::Frame { .. });
                    let seq = first + parts[..part].iter().filter(frames).count() as u64;
                    let OpenError::Damaged { offset, expected, .. } = error else {
                        panic!("{error}");
                    };
                    assert_eq!((offset as usize, expected), (parts[part - 1].0, seq), "byte {at}");
                }
            }
        }
    }
}

#[test]
fn journal_flipped_byte_without_close_costs_at_most_the_last_batch() {
    let files = small(false);
    for name in SMALL_NAMES {
        for at in 0..files.read(name).unwrap().len() {
            for flip in [0x01, 0x80, 0xFF] {
                let image = files.edited(name, |bytes| bytes[at] ^= flip);
                match try_small(&image) {
                    Ok(last) => assert_eq!((name, last), (SMALL_NAMES[1], 13), "byte {at}"),
                    Err((error, file)) => assert_eq!(file, name, "{error}"),
                }
            }
        }
    }
}

#[test]
fn journal_garbage_after_the_end_is_cut() {
    for closed in [false, true] {
        let mut random = Random::new(7);
        for len in [1, 3, 4, 17, 40, 500] {
            for rubbish in [vec![0; len], (0..len).map(|_| random.next() as u8).collect()] {
                let image = small(closed).edited(SMALL_NAMES[1], |bytes| bytes.extend(&rubbish));
                assert_eq!(try_small(&image).unwrap(), 15);
            }
        }
    }
}

#[test]
fn journal_rejects_bytes_of_another_segment() {
    let (one, other) = (small(false), small(false));
    let bytes = other.read(SMALL_NAMES[1]).unwrap();
    let image = one.edited(SMALL_NAMES[1], |own| {
        own.truncate(SEGMENT_HEADER_BYTES);
        own.extend(&bytes[SEGMENT_HEADER_BYTES..]);
    });
    assert_eq!(try_small(&image).unwrap(), 7, "stale bytes must be cut as a torn tail");
    let image = one.edited(SMALL_NAMES[1], |own| own.clone_from(&bytes));
    assert_eq!(try_small(&image).unwrap(), 15, "a whole segment with the same numbers is valid");
    let image = one.edited(SMALL_NAMES[1], |own| own.clone_from(&one.read(SMALL_NAMES[0]).unwrap()));
    let (error, _) = try_small(&image).unwrap_err();
    assert!(error.to_string().contains("first seq does not match its name"), "{error}");
}

#[test]
fn journal_never_panics_on_any_bytes() {
    let files = small(true);
    let mut random = Random::new(0x9E37_79B9_7F4A_7C15);
    for _ in 0..20_000 {
        let name = SMALL_NAMES[random.below(2)];
        let image = files.edited(name, |bytes| {
            for _ in 0..=random.below(4) {
                let at = random.below(bytes.len());
                let end = (at + random.below(60)).min(bytes.len());
                match random.below(4) {
                    0 => bytes[at..end].iter_mut().for_each(|byte| *byte = random.next() as u8),
                    1 => bytes[at..end].fill(0xFF),
                    2 => drop(bytes.drain(at..end)),
                    _ => bytes.extend_from_within(at..end),
                }
                if bytes.is_empty() {
                    break;
                }
            }
        });
        let _ = try_small(&image);
    }
}

#[test]
fn journal_missing_segments_are_named() {
    let files = MemFiles::default();
    let (journal, _) = open(&files, 100, 0).unwrap();
    for _ in 0..4 {
        append(&journal, 2);
        journal.wait(journal.last_seq()).unwrap();
    }
    let without = |first: u64, checkpoint| {
        let image = files.after_crash(Fate::Kept);
        image.remove(&segment_name(first)).unwrap();
        open(&image, 100, checkpoint).map(|(_, changes)| check_changes(&changes, checkpoint))
    };
    assert!(matches!(without(1, 0), Err(OpenError::Missing { from: 1, to: 2, .. })));
    assert!(matches!(without(1, 1), Err(OpenError::Missing { from: 2, to: 2, .. })));
    assert_eq!(without(1, 2).unwrap(), 8);
    assert!(matches!(without(3, 0), Err(OpenError::Missing { from: 3, to: 4, .. })));
    assert!(matches!(without(3, 3), Err(OpenError::Missing { from: 3, to: 4, .. })));
    assert_eq!(without(3, 4).unwrap(), 8, "the checkpoint covers the missing changes");
    assert!(matches!(without(7, 7), Err(OpenError::Missing { from: 7, to: 7, .. })));
    assert!(matches!(open(&MemFiles::default(), 100, 3).err(), Some(OpenError::Missing { from: 1, to: 3, .. })));
    assert!(matches!(open(&files, 100, 9).err(), Some(OpenError::Missing { from: 9, to: 9, .. })));
    assert!(matches!(open(&files, 100, u64::MAX).err(), Some(OpenError::Missing { from: 9, to: u64::MAX, .. })));
}

#[test]
fn journal_missing_empty_batch_in_older_segment_is_damage() {
    let files = MemFiles::default();
    let (journal, _) = open(&files, 60, 0).unwrap();
    append(&journal, 1);
    journal.close().unwrap();
    append(&journal, 1);
    journal.close().unwrap();
    let image = files.edited(&segment_name(1), |bytes| bytes.truncate(bytes.len() - BATCH_HEADER_BYTES));
    let error = open(&image, 60, 0).err().unwrap();
    assert!(matches!(error, OpenError::Damaged { expected: 2, proof: Proof::LaterSegment, .. }), "{error}");
}

#[test]
fn journal_tail_covered_by_the_checkpoint_is_damage_if_torn() {
    let files = small(false).edited(SMALL_NAMES[1], |bytes| {
        bytes.pop();
    });
    let error = open(&files, SMALL_SEGMENT_BYTES, 14).err().unwrap();
    assert!(matches!(error, OpenError::Damaged { expected: 15, proof: Proof::Checkpoint(14), .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains(SMALL_NAMES[1]) && text.contains("seq 15") && text.contains("checkpoint"), "{text}");
    let (_, changes) = open(&files, SMALL_SEGMENT_BYTES, 13).unwrap();
    assert!(changes.is_empty());
}

#[test]
fn journal_segment_covered_by_the_checkpoint_is_not_read() {
    let files = small(false).edited(SMALL_NAMES[0], |bytes| bytes.fill(0));
    assert!(open(&files, SMALL_SEGMENT_BYTES, 6).is_err());
    let (_, changes) = open(&files, SMALL_SEGMENT_BYTES, 7).unwrap();
    assert_eq!(check_changes(&changes, 7), 15);
}

#[test]
fn journal_newer_format_is_its_own_error() {
    let files = small(false).edited(SMALL_NAMES[1], |bytes| {
        bytes[8] = 9;
        let crc = crc32fast::hash(&bytes[..36]).to_le_bytes();
        bytes[36..40].copy_from_slice(&crc);
    });
    let (error, _) = try_small(&files).unwrap_err();
    assert!(matches!(error, OpenError::NewerFormat { found: 9, newest: 1, .. }));
}

/// Behind any flipped byte the changes are found again, except those of the group that it is in and what follows.
#[test]
fn journal_salvage_finds_whole_changes_behind_any_flipped_byte() {
    let mut complete = 0;
    for closed in [true, false] {
        let files = small(closed);
        let last = SMALL.iter().flat_map(|batch| batch.iter()).sum::<u64>();
        for name in SMALL_NAMES {
            for place in 0..files.read(name).unwrap().len() {
                let damaged = files.edited(name, |bytes| bytes[place] ^= 0x10);
                let remains = Remains::find(&damaged, 0).unwrap();
                let mut next = 1;
                let replayed = remains.replay(&damaged, |seq, bytes| {
                    assert_eq!((seq, bytes), (next, payload(seq).as_slice()), "{name} at {place}");
                    next += 1;
                    Ok::<(), Infallible>(())
                });
                replayed.unwrap().unwrap();
                assert_eq!(remains.reached, next - 1);
                assert!(remains.reached == last || !remains.damage(&damaged, 0, last).is_empty(), "{name} at {place}");
                complete += usize::from(remains.reached == last);
                // What the state store holds is not looked for.
                assert_eq!(Remains::find(&damaged, last).unwrap().reached, last);
            }
        }
    }
    assert!(complete > 300, "headers hold no changes: {complete}");
}
