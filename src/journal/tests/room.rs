//! Room behind the active segment: zeros that are overwritten, so that a sync has no new length to make durable.

use super::*;

/// The length of the second segment of [`small`], without and with its room.
fn lengths(files: &MemFiles) -> (usize, usize) {
    let segment = files.read(SMALL_NAMES[1]).unwrap();
    (parts(&segment).last().unwrap().0, segment.len())
}

fn recovered(files: &MemFiles) -> u64 {
    let (_, changes) = open(files, SMALL_SEGMENT_BYTES, 0).unwrap();
    check_changes(&changes, 0)
}

#[test]
fn journal_room_is_behind_the_active_segment_alone_and_goes_when_it_is_closed() {
    let files = small_with_room(false);
    let (end, len) = lengths(&files);
    assert!(len > end + 1_000, "{end} of {len} bytes");
    let older = files.read(SMALL_NAMES[0]).unwrap();
    assert_eq!(parts(&older).last().unwrap().0, older.len(), "a segment with a successor has no room");
    let (end, len) = lengths(&small_with_room(true));
    assert_eq!(end, len);
}

#[test]
fn journal_room_is_used_up_before_there_is_more() {
    let files = MemFiles::default();
    let (journal, _) = open(&files, 1 << 20, 0).unwrap();
    let len = || files.read(&segment_name(1)).unwrap().len();
    let mut lens = Vec::new();
    for _ in 0..400 {
        append(&journal, 1);
        journal.wait(journal.last_seq()).unwrap();
        lens.push(len());
    }
    lens.dedup();
    assert!((2..10).contains(&lens.len()), "{lens:?}");
}

#[test]
fn journal_room_is_not_made_for_what_is_large() {
    let files = MemFiles::default();
    let (journal, _) = open(&files, 1 << 20, 0).unwrap();
    journal.append(&[vec![7; 100_000]]).unwrap();
    journal.wait(1).unwrap();
    let segment = files.read(&segment_name(1)).unwrap();
    assert_eq!(segment.len(), SEGMENT_HEADER_BYTES + BATCH_HEADER_BYTES + FRAME_HEADER_BYTES + 100_000);
}

#[test]
fn journal_with_room_opens_as_one_without_and_goes_on() {
    let files = small_with_room(false);
    let (end, _) = lengths(&files);
    let (journal, changes) = open(&files, SMALL_SEGMENT_BYTES, 0).unwrap();
    assert_eq!(check_changes(&changes, 0), 15);
    assert_eq!(lengths(&files), (end, end), "opening cuts the room off");
    let last = append(&journal, 2);
    journal.wait(last).unwrap();
    assert_eq!(recovered(&files), last);
}

/// A batch of which only the first bytes are in the room leaves the groups before it, as in a file that ends there.
#[test]
fn journal_torn_at_any_byte_within_its_room_keeps_exactly_the_whole_groups() {
    let files = small_with_room(false);
    let (end, _) = lengths(&files);
    for torn in SEGMENT_HEADER_BYTES..end {
        let zeros = files.edited(SMALL_NAMES[1], |segment| segment[torn..].fill(0));
        let shorter = files.edited(SMALL_NAMES[1], |segment| segment.truncate(torn));
        assert_eq!(recovered(&zeros), recovered(&shorter), "torn at {torn}");
    }
}

#[test]
fn journal_damage_in_room_costs_nothing() {
    let files = small_with_room(false);
    let (end, len) = lengths(&files);
    for at in (end..len).step_by(97) {
        assert_eq!(recovered(&files.edited(SMALL_NAMES[1], |segment| segment[at] ^= 0x10)), 15);
        assert_eq!(recovered(&files.edited(SMALL_NAMES[1], |segment| segment[at..].fill(0xF5))), 15);
        assert_eq!(recovered(&files.edited(SMALL_NAMES[1], |segment| segment.truncate(at))), 15);
    }
}

#[test]
fn journal_zeros_instead_of_durable_changes_are_damage() {
    let files = small_with_room(false).edited(SMALL_NAMES[1], |segment| segment[SEGMENT_HEADER_BYTES..].fill(0));
    let error = open(&files, SMALL_SEGMENT_BYTES, 10).err().unwrap();
    assert!(matches!(error, OpenError::Missing { from: 8, to: 10, .. }), "{error}");
    let older = small_with_room(false).edited(SMALL_NAMES[0], |segment| segment[SEGMENT_HEADER_BYTES..].fill(0));
    let error = open(&older, SMALL_SEGMENT_BYTES, 0).err().unwrap();
    assert!(matches!(error, OpenError::Missing { from: 1, to: 7, .. }), "{error}");
}
