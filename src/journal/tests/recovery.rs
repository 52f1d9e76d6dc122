//! Tests of opening after a crash or a clean close.

use super::*;

#[test]
fn journal_reopens_at_every_checkpoint() {
    for closed in [false, true] {
        let files = small(closed);
        let last = *small_ends().last().unwrap();
        for checkpoint in 0..=last {
            let (journal, changes) = open(&files, SMALL_SEGMENT_BYTES, checkpoint).unwrap();
            assert_eq!(check_changes(&changes, checkpoint), last);
            assert_eq!((journal.last_seq(), journal.durable_seq()), (last, last));
            assert_eq!((journal.queued_bytes(), journal.appended_bytes()), (0, 0));
        }
    }
}

#[test]
fn journal_appends_after_reopening() {
    let files = small(false);
    let mut last = *small_ends().last().unwrap();
    for closes in [true, false, true] {
        let (journal, changes) = open(&files, SMALL_SEGMENT_BYTES, 0).unwrap();
        assert_eq!(check_changes(&changes, 0), last);
        last = append(&journal, 2);
        journal.wait(last).unwrap();
        if closes {
            journal.close().unwrap();
        }
    }
}

#[test]
fn journal_creates_its_first_segment_on_open() {
    let files = MemFiles::default();
    let (journal, changes) = open(&files, 1000, 0).unwrap();
    assert!(changes.is_empty());
    assert_eq!(journal.last_seq(), 0);
    journal.wait(0).unwrap();
    journal.close().unwrap();
    let files = files.after_crash(Fate::Lost);
    assert_eq!(files.list().unwrap(), [SMALL_NAMES[0]]);
    assert_eq!(files.read(SMALL_NAMES[0]).unwrap().len(), SEGMENT_HEADER_BYTES);
    open(&files, 1000, 0).unwrap();
}

#[test]
fn journal_begin_segment_lets_every_change_be_pruned() {
    let files = small(false);
    let (journal, _) = open(&files, SMALL_SEGMENT_BYTES, 0).unwrap();
    let last = append(&journal, 2);
    journal.begin_segment().unwrap();
    assert_eq!((journal.durable_seq(), journal.queued_bytes()), (last, 0), "the queue is durable first");
    files.machine().take_log();
    journal.begin_segment().unwrap();
    assert!(files.machine().take_log().is_empty(), "an empty segment must not be replaced");
    assert_eq!(journal.prune(last, discard).unwrap(), SMALL_NAMES.len() + 1);

    let image = files.after_crash(Fate::Lost);
    assert_eq!(image.list().unwrap(), [segment_name(last + 1)]);
    assert_eq!(image.read(&segment_name(last + 1)).unwrap().len(), SEGMENT_HEADER_BYTES);
    assert!(matches!(open(&image, SMALL_SEGMENT_BYTES, last - 1), Err(OpenError::Missing { .. })));
    let (journal, changes) = open(&image, SMALL_SEGMENT_BYTES, last).unwrap();
    assert!(changes.is_empty());
    let newest = append(&journal, 3);
    journal.close().unwrap();
    let (_, changes) = open(&image, SMALL_SEGMENT_BYTES, last).unwrap();
    assert_eq!(check_changes(&changes, last), newest);
}

#[test]
fn journal_begin_segment_keeps_an_empty_journal() {
    let files = MemFiles::default();
    let (journal, _) = open(&files, 1000, 0).unwrap();
    journal.begin_segment().unwrap();
    assert_eq!(files.list().unwrap(), [SMALL_NAMES[0]]);
}

#[test]
fn journal_close_is_idempotent_and_allows_more_appends() {
    let files = MemFiles::default();
    let (journal, _) = open(&files, 1000, 0).unwrap();
    append(&journal, 3);
    files.machine().take_log();
    journal.close().unwrap();
    assert_eq!(files.machine().take_log().len(), 4, "expected a batch and an empty batch");
    journal.close().unwrap();
    assert!(files.machine().take_log().is_empty());

    let (journal, _) = open(&files, 1000, 0).unwrap();
    files.machine().take_log();
    journal.close().unwrap();
    assert!(files.machine().take_log().is_empty(), "nothing was written since the last close");

    let last = append(&journal, 1);
    journal.close().unwrap();
    let (_, changes) = open(&files, 1000, 0).unwrap();
    assert_eq!(check_changes(&changes, 0), last);
}

#[test]
fn journal_crash_loses_only_unwritten_changes() {
    let files = MemFiles::default();
    let (journal, _) = open(&files, 1000, 0).unwrap();
    let safe = append(&journal, 2);
    journal.wait(safe).unwrap();
    append(&journal, 2);
    assert!(journal.queued_bytes() > 0);
    drop(journal);
    let (_, changes) = open(&files, 1000, 0).unwrap();
    assert_eq!(check_changes(&changes, 0), safe);
}

#[test]
fn journal_unsynced_batches_survive_up_to_the_first_lost_one() {
    let files = MemFiles::default();
    let (journal, _) = open(&files, 1 << 20, 0).unwrap();
    let safe = append(&journal, 2);
    journal.wait(safe).unwrap();
    let mut lens = Vec::new();
    for len in 1..=5 {
        append(&journal, len);
        lens.push(journal.queued_bytes() + BATCH_HEADER_BYTES);
        journal.write_out().unwrap();
        assert_eq!((journal.durable_seq(), journal.queued_bytes()), (safe, 0));
    }
    for pattern in 0..1_u32 << lens.len() {
        let image = files.after_crash(Fate::Changed(&mut |tail| {
            let mut at = 0;
            for (batch, len) in lens.iter().enumerate() {
                if pattern & (1 << batch) == 0 {
                    tail[at..at + len].fill(0);
                }
                at += len;
            }
        }));
        let (_, changes) = open(&image, 1 << 20, 0).unwrap();
        let kept = u64::from(pattern.trailing_ones().min(5));
        assert_eq!(check_changes(&changes, 0), safe + kept * (kept + 1) / 2, "pattern {pattern:b}");
    }
}

#[test]
fn journal_group_in_a_torn_batch_is_kept_whole_or_not_at_all() {
    let files = MemFiles::default();
    let (journal, _) = open(&files, 1 << 20, 0).unwrap();
    for len in [1, 3, 2] {
        append(&journal, len);
    }
    journal.write_out().unwrap();
    let len = files.read(SMALL_NAMES[0]).unwrap().len() - SEGMENT_HEADER_BYTES;
    for torn in 0..len {
        for fill in [None, Some(0), Some(0xFF)] {
            let image = files.after_crash(Fate::Changed(&mut |tail| match fill {
                None => tail.truncate(torn),
                Some(byte) => tail[torn..].fill(byte),
            }));
            let (journal, changes) = open(&image, 1 << 20, 0).unwrap();
            let kept = check_changes(&changes, 0);
            assert!([0, 1, 4, 6].contains(&kept));
            let last = append(&journal, 2);
            journal.wait(last).unwrap();
            let image = image.after_crash(Fate::Lost);
            let (_, changes) = open(&image, 1 << 20, 0).unwrap();
            assert_eq!(check_changes(&changes, 0), kept + 2);
        }
    }
}

#[test]
fn journal_open_syncs_replayed_changes_and_the_cut() {
    let files = small(false).edited(SMALL_NAMES[1], |bytes| {
        bytes.pop();
    });
    files.machine().take_log();
    let (journal, _) = open(&files, SMALL_SEGMENT_BYTES, 0).unwrap();
    let log = files.machine().take_log();
    let (append, sync) = (format!("append {} at ", SMALL_NAMES[1]), format!("sync {}", SMALL_NAMES[1]));
    assert!(log[0].starts_with(&append) && log[2].starts_with(&append) && log[0] != log[2], "{log:?}");
    assert_eq!([&log[1], &log[3], &log[4]], [&sync, &sync, "sync dir"]);
    drop(journal);
    assert!(files.machine().take_log().is_empty(), "dropping the journal must not write");
}

#[test]
fn journal_syncs_a_segment_before_creating_the_next() {
    let files = MemFiles::default();
    let (journal, _) = open(&files, 100, 0).unwrap();
    append(&journal, 3);
    journal.write_out().unwrap();
    append(&journal, 1);
    files.machine().take_log();
    journal.write_out().unwrap();
    let expected = [
        "sync 00000000000000000001.log",
        "create 00000000000000000004.log.tmp",
        "write 00000000000000000004.log.tmp",
        "sync 00000000000000000004.log.tmp",
        "rename 00000000000000000004.log.tmp 00000000000000000004.log",
        "sync dir",
        "write 00000000000000000004.log",
    ];
    assert_eq!(files.machine().take_log(), expected);
    assert_eq!(journal.durable_seq(), 3, "the old segment must be durable");
}

#[test]
fn journal_full_segment_rolls_after_reopening() {
    let files = MemFiles::default();
    // The limit is below the header size. A segment still gets at least one batch, because names would collide
    // otherwise.
    for opened in 1..=3 {
        let (journal, _) = open(&files, 1, 0).unwrap();
        drop(journal);
        let (journal, _) = open(&files, 1, 0).unwrap();
        append(&journal, 1);
        journal.close().unwrap();
        assert_eq!(files.list().unwrap().len(), opened);
    }
    let (_, changes) = open(&files, 1, 0).unwrap();
    assert_eq!(check_changes(&changes, 0), 3);
}

#[test]
fn journal_open_removes_an_interrupted_segment_creation() {
    let files = small(false);
    files.put("00000000000000000016.log.tmp", b"inbx".to_vec());
    files.put("notes.txt", b"not ours".to_vec());
    open(&files, SMALL_SEGMENT_BYTES, 0).unwrap();
    let mut names = files.list().unwrap();
    names.sort();
    assert_eq!(names, [SMALL_NAMES[0], SMALL_NAMES[1], "notes.txt"]);
}

#[test]
fn journal_prunes_oldest_first_and_never_the_last_segment() {
    let files = MemFiles::default();
    let (journal, _) = open(&files, 100, 0).unwrap();
    for _ in 0..5 {
        append(&journal, 2);
        journal.wait(journal.last_seq()).unwrap();
    }
    assert_eq!(files.list().unwrap().len(), 5);
    assert_eq!(journal.prune(1, discard).unwrap(), 0);
    assert_eq!(journal.prune(2, discard).unwrap(), 1);
    assert_eq!(journal.prune(2, discard).unwrap(), 0);
    files.machine().take_log();
    assert_eq!(journal.prune(7, discard).unwrap(), 2);
    let removed = ["remove 00000000000000000003.log", "remove 00000000000000000005.log", "sync dir"];
    assert_eq!(files.machine().take_log(), removed);
    assert_eq!(journal.prune(u64::MAX, discard).unwrap(), 1);
    assert_eq!(files.list().unwrap(), ["00000000000000000009.log"]);
    drop(journal);

    for checkpoint in [8, 9, 10] {
        let (journal, changes) = open(&files, 100, checkpoint).unwrap();
        assert_eq!(check_changes(&changes, checkpoint), 10);
        assert_eq!(journal.prune(10, discard).unwrap(), 0);
    }
    let error = open(&files, 100, 7).err().unwrap();
    assert!(matches!(error, OpenError::Missing { from: 8, to: 8, .. }), "{error}");
}

#[test]
fn journal_prunes_segments_of_earlier_runs() {
    let files = small(true);
    let (journal, _) = open(&files, SMALL_SEGMENT_BYTES, 9).unwrap();
    assert_eq!(journal.prune(9, discard).unwrap(), 1);
    assert_eq!(files.list().unwrap(), [SMALL_NAMES[1]]);
}

#[test]
fn journal_open_returns_an_error_of_the_replay() {
    let files: Arc<dyn Files> = Arc::new(small(true));
    let result =
        Journal::open(
            files,
            Options::default(),
            0,
            |seq, _| {
                if seq == 9 { Err(io::Error::other("no")) } else { Ok(()) }
            },
        );
    let error = result.err().unwrap();
    assert!(matches!(&error, OpenError::Replay { seq: 9, file, .. } if file == SMALL_NAMES[1]));
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "no");
}

#[test]
fn journal_works_in_a_real_directory() {
    let dir = tempfile::tempdir().unwrap();
    let files: Arc<dyn Files> = Arc::new(RealFiles::new(dir.path().to_path_buf()));
    for round in 0..3 {
        let mut changes = Vec::new();
        let options = Options { segment_bytes: 200 };
        let journal = Journal::open(Arc::clone(&files), options, 0, |seq, payload| {
            changes.push((seq, payload.to_vec()));
            Ok::<_, Infallible>(())
        });
        let journal = journal.unwrap();
        assert_eq!(check_changes(&changes, 0), round * 8);
        for _ in 0..4 {
            let last = append(&journal, 2);
            journal.wait(last).unwrap();
        }
        if round == 1 {
            journal.close().unwrap();
        }
    }
    assert!(files.list().unwrap().len() > 3);
}
