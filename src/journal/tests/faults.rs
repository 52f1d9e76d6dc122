//! A disk that fails one operation. Nothing may be written after that, and every acknowledged change must be there
//! when the journal is reopened.

use super::*;

/// The outcomes a run has seen.
#[derive(Default)]
struct Outcome {
    /// The last acknowledged seq.
    safe: u64,
    /// The first error.
    failed: Option<Failed>,
}

/// Runs every kind of operation until one fails.
fn run(files: &MemFiles, outcome: &mut Outcome) -> Result<(), Failed> {
    let Ok((journal, _)) = open(files, 200, 0) else {
        return Ok(());
    };
    let result = drive(&journal, outcome);
    if let Err(failed) = &result {
        outcome.failed = Some(failed.clone());
        outcome.safe = outcome.safe.max(journal.durable_seq());
        if journal.failure().is_some() {
            assert_stopped(&journal);
        } else {
            assert!(failed.to_string().contains("cannot remove"), "{failed}");
        }
    }
    result
}

fn drive(journal: &Journal, outcome: &mut Outcome) -> Result<(), Failed> {
    for round in 0..6 {
        append(journal, 2);
        journal.write_out()?;
        let last = append(journal, 3);
        if round == 4 { journal.begin_segment() } else { journal.wait(last) }?;
        outcome.safe = last;
        if round == 3 {
            journal.prune(5, discard)?;
        }
    }
    let last = append(journal, 1);
    journal.close()?;
    outcome.safe = last;
    Ok(())
}

fn assert_stopped(journal: &Journal) {
    let failed = journal.failure().unwrap();
    let same = |result: Result<(), Failed>| {
        assert_eq!(result.unwrap_err().to_string(), failed.to_string());
    };
    same(journal.append(&[b"x"]).map(drop));
    same(journal.write_out());
    same(journal.close());
    same(journal.prune(u64::MAX, discard).map(drop));
    same(journal.begin_segment());
    if journal.last_seq() > journal.durable_seq() {
        same(journal.wait(journal.last_seq()));
    }
    journal.wait(journal.durable_seq()).unwrap();
}

#[test]
fn journal_keeps_its_promises_if_the_nth_operation_fails() {
    let mut failures = 0;
    for good in 0.. {
        let files = MemFiles::default();
        files.machine().fail_after(good);
        let mut outcome = Outcome::default();
        let result = run(&files, &mut outcome);
        if !files.machine().has_failed() {
            result.unwrap();
            assert_eq!(outcome.safe, 31);
            break;
        }
        failures += 1;
        assert!(files.machine().log_after_failure().is_empty(), "operation {good} failed, but more was written");
        if let Some(failed) = &outcome.failed {
            assert_eq!(failed.kind(), io::ErrorKind::StorageFull);
        }
        let mut half = |tail: &mut Vec<u8>| tail.truncate(tail.len() / 2);
        for fate in [Fate::Kept, Fate::Lost, Fate::Changed(&mut half)] {
            reopens(&files.after_crash(fate), outcome.safe);
        }
        // The process dies but the machine does not: everything written is still there.
        reopens(&files, outcome.safe);
    }
    assert!(failures > 40, "{failures}");
}

/// Reopens what is left, at a checkpoint that the pruned segments allow.
fn reopens(files: &MemFiles, safe: u64) {
    let checkpoint = safe.min(5);
    let (journal, changes) = open(files, 200, checkpoint).unwrap();
    let last = check_changes(&changes, checkpoint);
    assert!(last >= safe, "seq {safe} was acknowledged, but {last} is the last one recovered");
    assert!([0, 2, 5, 7].contains(&(last % 10)) || last == 31, "part of a group was kept: {last}");
    assert_eq!(last_after_power_loss(files, checkpoint), last, "everything read must be durable");
    let more = append(&journal, 2);
    journal.wait(more).unwrap();
    assert_eq!(last_after_power_loss(files, checkpoint), more);
}

/// The last seq recovered after a power loss that drops everything unsynced.
fn last_after_power_loss(files: &MemFiles, checkpoint: u64) -> u64 {
    let (_, changes) = open(&files.after_crash(Fate::Lost), 200, checkpoint).unwrap();
    check_changes(&changes, checkpoint)
}

#[test]
fn journal_prune_retries_a_segment_it_could_not_remove() {
    let files = MemFiles::default();
    let (journal, _) = open(&files, 100, 0).unwrap();
    for _ in 0..4 {
        append(&journal, 2);
        journal.wait(journal.last_seq()).unwrap();
    }
    files.machine().fail_after(1);
    let failed = journal.prune(8, discard).unwrap_err();
    assert!(failed.to_string().contains("00000000000000000003.log"), "{failed}");
    assert!(journal.failure().is_none());
    assert_eq!(journal.prune(8, discard).unwrap(), 2);
    assert_eq!(files.list().unwrap(), ["00000000000000000007.log"]);
}

#[test]
fn journal_poisoned_writes_nothing_and_keeps_the_reason() {
    let files = MemFiles::default();
    let (journal, _) = open(&files, 1000, 0).unwrap();
    append(&journal, 1);
    files.machine().take_log();
    journal.poison("the store cannot be written", std::io::ErrorKind::Other);
    journal.poison("a second reason", std::io::ErrorKind::Other);
    let text = journal.failure().unwrap().to_string();
    assert!(text.contains("the store cannot be written"), "{text}");
    assert_stopped(&journal);
    drop(journal);
    assert!(files.machine().take_log().is_empty());
}

#[test]
fn journal_rejects_invalid_requests_and_continues() {
    let files = MemFiles::default();
    let (journal, _) = open(&files, 1000, 0).unwrap();
    assert_eq!(journal.wait(1).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    assert_eq!(journal.append(&[] as &[&[u8]]).unwrap(), 0);
    // Untouched pages of zeros take no memory.
    let huge = vec![0; frame::PAYLOAD_BYTES_MAX + 1];
    let refused = journal.append(&[b"small".as_slice(), &huge]).unwrap_err();
    assert!(refused.to_string().contains("1073741825 bytes"), "{refused}");
    let last = append(&journal, 1);
    assert_eq!(last, 1, "a rejected group must take no seq");
    assert_eq!(journal.append(&[] as &[&[u8]]).unwrap(), last);
    journal.wait(last).unwrap();
    assert!(journal.failure().is_none());
}

#[test]
fn journal_stops_after_a_panic_of_the_disk() {
    /// A disk whose files panic.
    struct Panics(MemFiles);
    struct PanicFile;
    impl AppendFile for PanicFile {
        fn write_all(&mut self, _: &[u8]) -> io::Result<()> {
            std::panic::panic_any("disk")
        }
        fn sync_data(&mut self) -> io::Result<()> {
            Ok(())
        }
        fn room(&self) -> u64 {
            u64::MAX
        }
        fn make_room(&mut self, _: u64) -> io::Result<()> {
            Ok(())
        }
        fn give_up_room(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Files for Panics {
        fn slots(&self, name: &str) -> io::Result<Box<dyn Slots>> {
            self.0.slots(name)
        }

        fn list(&self) -> io::Result<Vec<String>> {
            self.0.list()
        }
        fn read(&self, name: &str) -> io::Result<Vec<u8>> {
            self.0.read(name)
        }
        fn create(&self, _: &str) -> io::Result<Box<dyn AppendFile>> {
            Ok(Box::new(PanicFile))
        }
        fn append(&self, _: &str, _: u64) -> io::Result<Box<dyn AppendFile>> {
            Ok(Box::new(PanicFile))
        }
        fn rename(&self, _: &str, _: &str) -> io::Result<()> {
            Ok(())
        }
        fn remove(&self, name: &str) -> io::Result<()> {
            self.0.remove(name)
        }
        fn sync_dir(&self) -> io::Result<()> {
            Ok(())
        }
    }
    let files = Arc::new(Panics(small(false)));
    let journal = Journal::open(files, Options::default(), 0, |_, _| Ok::<_, Infallible>(())).unwrap();
    let last = append(&journal, 1);
    let wait = std::panic::AssertUnwindSafe(|| journal.wait(last));
    assert!(std::panic::catch_unwind(wait).is_err());
    assert_stopped(&journal);
}
