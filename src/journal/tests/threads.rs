//! Tests with many threads.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use super::*;

#[test]
fn journal_keeps_acknowledged_changes_of_every_thread() {
    const THREADS: u64 = 16;
    const EACH: u64 = 60;
    let dir = tempfile::tempdir().unwrap();
    let files: Arc<dyn Files> = Arc::new(RealFiles::new(dir.path().to_path_buf()));
    let options = Options { segment_bytes: 8 << 10 };
    let journal = Journal::open(Arc::clone(&files), options, 0, |_, _| Ok::<_, Infallible>(())).unwrap();
    let acknowledged: Vec<(u64, Vec<Vec<u8>>)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let journal = &journal;
                scope.spawn(move || {
                    let mut acknowledged = Vec::new();
                    for round in 0..EACH {
                        let changes = 1 + (thread + round) % 3;
                        let group: Vec<_> =
                            (0..changes).map(|at| format!("{thread} {round} {at}").into_bytes()).collect();
                        let last = journal.append(&group).unwrap();
                        if round % 5 == 0 {
                            journal.write_out().unwrap();
                        }
                        journal.wait(last).unwrap();
                        assert!(journal.durable_seq() >= last);
                        acknowledged.push((last, group));
                    }
                    acknowledged
                })
            })
            .collect();
        let acknowledged = workers.into_iter().map(|worker| worker.join().unwrap());
        acknowledged.flatten().collect()
    });
    let last = journal.last_seq();
    assert_eq!((journal.durable_seq(), journal.queued_bytes()), (last, 0));
    drop(journal);

    let mut changes = Vec::new();
    Journal::open(Arc::clone(&files), options, 0, |seq, payload| {
        assert_eq!(seq, changes.len() as u64 + 1);
        changes.push(payload.to_vec());
        Ok::<_, Infallible>(())
    })
    .unwrap();
    assert_eq!(changes.len() as u64, last);
    assert!(files.list().unwrap().len() > 2, "expected several segments");
    for (last, group) in acknowledged {
        let end = last as usize;
        assert_eq!(changes[end - group.len()..end], group, "the seqs of a group must be consecutive");
    }
}

#[test]
fn journal_rolls_prunes_and_closes_during_appends() {
    const LAST: u64 = 3000;
    let files = MemFiles::default();
    let (journal, _) = open(&files, 500, 0).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while journal.last_seq() < LAST {
                    let last = journal.append(&[b"change"]).unwrap();
                    journal.wait(last).unwrap();
                }
            });
        }
        scope.spawn(|| {
            while journal.last_seq() < LAST {
                let durable = journal.durable_seq();
                journal.prune(durable, discard).unwrap();
                journal.close().unwrap();
                assert!(durable <= journal.durable_seq() && journal.durable_seq() <= journal.last_seq());
                thread::sleep(Duration::from_micros(50));
            }
        });
    });
    let last = journal.last_seq();
    journal.prune(last, discard).unwrap();
    assert_eq!(files.list().unwrap().len(), 1);
    let (journal, _) = open(&files.after_crash(Fate::Lost), 500, last).unwrap();
    assert_eq!(journal.last_seq(), last);
}

#[test]
fn journal_failure_reaches_every_waiter() {
    const THREADS: usize = 12;
    for good in [3, 10, 21, 40] {
        let files = MemFiles::default();
        let (journal, _) = open(&files, 300, 0).unwrap();
        files.machine().fail_after(good);
        let start = Barrier::new(THREADS);
        let safe: Vec<u64> = thread::scope(|scope| {
            let workers: Vec<_> = (0..THREADS)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        let mut safe = 0;
                        while let Ok(last) = journal.append(&[b"change"]) {
                            if journal.wait(last).is_err() {
                                break;
                            }
                            safe = last;
                        }
                        safe
                    })
                })
                .collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).collect()
        });
        assert!(journal.failure().is_some());
        assert!(files.machine().log_after_failure().is_empty());
        let safe = safe.into_iter().max().unwrap();
        let (journal, _) = open(&files.after_crash(Fate::Lost), 300, 0).unwrap();
        assert!(journal.last_seq() >= safe);
    }
}

#[test]
fn journal_poison_wakes_every_waiter() {
    let files = MemFiles::default();
    let (journal, _) = open(&files, 1000, 0).unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Ok(last) = journal.append(&[b"change"]) {
                    if journal.wait(last).is_err() {
                        break;
                    }
                }
            });
        }
        thread::sleep(Duration::from_millis(20));
        journal.poison("enough", std::io::ErrorKind::Other);
    });
    let safe = journal.durable_seq();
    let (journal, _) = open(&files.after_crash(Fate::Lost), 1000, 0).unwrap();
    assert!(journal.last_seq() >= safe);
}
