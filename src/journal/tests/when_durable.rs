//! Waiting as futures: who is woken, when, and by how many syncs.

use std::future::Future;
use std::panic;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};

use super::*;

/// Counts how often it was called.
struct Counting {
    calls: AtomicUsize,
    /// Unparked by each call.
    thread: Thread,
}

impl Counting {
    fn new() -> Arc<Self> {
        Arc::new(Self { calls: AtomicUsize::new(0), thread: thread::current() })
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn wait_for(&self, calls: usize) {
        while self.calls() < calls {
            thread::park();
        }
    }
}

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.thread.unpark();
    }
}

/// A journal with a thread that wakes.
struct Served {
    files: MemFiles,
    journal: Arc<Journal>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Served {
    fn new() -> Self {
        let files = MemFiles::default();
        let journal = Arc::new(open(&files, 1 << 20, 0).unwrap().0);
        let stop = Arc::new(AtomicBool::new(false));
        let (served, stopped) = (Arc::clone(&journal), Arc::clone(&stop));
        let thread = thread::spawn(move || served.keep_waking(|| stopped.load(Ordering::SeqCst)));
        // The first future finds the thread there.
        while !journal.is_served() {
            thread::yield_now();
        }
        files.machine().take_log();
        Self { files, journal, stop, thread }
    }

    fn append(&self) -> WhenDurable {
        WhenDurable::new(Arc::clone(&self.journal), self.journal.append(&[b"change"]).unwrap())
    }

    fn stop(self) {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.thread().unpark();
        self.thread.join().unwrap();
    }
}

fn poll(future: &mut WhenDurable, waker: &Waker) -> Poll<Result<(), Failed>> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// Polls the futures. Returns how many wait.
fn pending(futures: &mut [WhenDurable], waker: &Waker) -> usize {
    futures.iter_mut().map(|future| usize::from(poll(future, waker).is_pending())).sum()
}

fn is_ready(future: &mut WhenDurable) -> bool {
    poll(future, Waker::noop()).is_ready()
}

#[test]
fn a_thousand_futures_of_one_thread_share_syncs() {
    const FUTURES: usize = 1_000;
    let served = Served::new();
    let mut futures: Vec<_> = (0..FUTURES).map(|_| served.append()).collect();
    let counting = Counting::new();
    let waker = Waker::from(Arc::clone(&counting));
    let pending = pending(&mut futures, &waker);
    assert!(pending > 0, "the disk would have to be faster than one poll");
    counting.wait_for(pending);
    for mut future in futures {
        assert!(matches!(poll(&mut future, &waker), Poll::Ready(Ok(()))));
    }
    let log = served.files.machine().take_log();
    let syncs = log.iter().filter(|line| line.starts_with("sync")).count();
    assert_eq!(syncs, 1, "{log:?}");
    assert_eq!(counting.calls(), pending, "each is woken once");
    served.stop();
}

#[test]
fn tasks_that_go_on_when_woken_keep_what_they_were_told() {
    const TASKS: usize = 64;
    const EACH: usize = 50;
    let served = Served::new();
    let counting = Counting::new();
    let waker = Waker::from(Arc::clone(&counting));
    let mut tasks: Vec<_> = (0..TASKS).map(|_| (served.append(), 1)).collect();
    let mut told = 0;
    while !tasks.is_empty() {
        let before = counting.calls();
        let mut moved = false;
        tasks.retain_mut(|(future, done)| {
            while let Poll::Ready(outcome) = poll(future, &waker) {
                outcome.unwrap();
                told += 1;
                moved = true;
                if *done == EACH {
                    return false;
                }
                *done += 1;
                *future = served.append();
            }
            true
        });
        if !moved {
            counting.wait_for(before + 1);
        }
        let kept = open(&served.files.after_crash(Fate::Lost), 1 << 20, 0).unwrap().0;
        assert!(kept.last_seq() as usize >= told, "{told} were told, {} are there", kept.last_seq());
    }
    assert_eq!(told, TASKS * EACH);
    served.stop();
}

#[test]
fn a_failure_wakes_every_future_with_it() {
    const FUTURES: usize = 100;
    let served = Served::new();
    let mut futures: Vec<_> = (0..FUTURES).map(|_| served.append()).collect();
    served.files.machine().fail_after(0);
    let counting = Counting::new();
    let waker = Waker::from(Arc::clone(&counting));
    let pending = pending(&mut futures, &waker);
    counting.wait_for(pending);
    let failed = served.journal.failure().unwrap().to_string();
    for mut future in futures {
        let Poll::Ready(Err(told)) = poll(&mut future, &waker) else { panic!("no failure") };
        assert_eq!(told.to_string(), failed);
    }
    served.stop();
}

#[test]
fn a_stop_serves_every_future_first_and_later_ones_serve_themselves() {
    let served = Served::new();
    let journal = Arc::clone(&served.journal);
    let counting = Counting::new();
    let waker = Waker::from(Arc::clone(&counting));
    let mut futures: Vec<_> = (0..100).map(|_| served.append()).collect();
    let pending = pending(&mut futures, &waker);
    served.stop();
    assert_eq!(counting.calls(), pending);
    assert!(futures.iter_mut().all(is_ready));
    assert!(!journal.is_served());

    let mut later = WhenDurable::new(Arc::clone(&journal), append(&journal, 1));
    assert!(is_ready(&mut later));
    assert_eq!(journal.durable_seq(), journal.last_seq());
}

#[test]
fn a_dropped_future_is_forgotten_and_the_newest_waker_counts() {
    let journal = Arc::new(open(&MemFiles::default(), 1 << 20, 0).unwrap().0);
    // This thread is to wake them, so nothing happens until it does.
    journal.serve();
    let (first, second, third) = (Counting::new(), Counting::new(), Counting::new());
    let mut futures: Vec<_> = (0..3).map(|_| WhenDurable::new(Arc::clone(&journal), append(&journal, 1))).collect();
    for (future, counting) in futures.iter_mut().zip([&first, &second, &first]) {
        assert!(poll(future, &Waker::from(Arc::clone(counting))).is_pending());
    }
    assert!(poll(&mut futures[2], &Waker::from(Arc::clone(&third))).is_pending());
    drop(futures.remove(0));
    assert_eq!(Arc::strong_count(&first), 1, "its waker is kept");

    journal.keep_waking(|| true);
    assert_eq!([&first, &second, &third].map(|counting| counting.calls()), [0, 1, 1]);
    assert!(futures.iter_mut().all(is_ready));
}

#[test]
fn a_waker_that_panics_keeps_none_asleep() {
    struct Panicking;
    impl Wake for Panicking {
        fn wake(self: Arc<Self>) {
            panic::panic_any("a waker");
        }
    }
    let served = Served::new();
    let counting = Counting::new();
    let mut futures: Vec<_> = (0..2).map(|_| served.append()).collect();
    let wakers = [Waker::from(Arc::new(Panicking)), Waker::from(Arc::clone(&counting))];
    let pending = futures.iter_mut().zip(&wakers).map(|(future, waker)| poll(future, waker).is_pending());
    if pending.last().unwrap() {
        counting.wait_for(1);
    }
    assert!(futures.iter_mut().all(is_ready));
    served.stop();
}

#[test]
fn futures_and_waiting_threads_share_syncs() {
    let served = Served::new();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    served.append().wait().unwrap();
                }
            });
            scope.spawn(|| {
                let counting = Counting::new();
                let waker = Waker::from(Arc::clone(&counting));
                for _ in 0..100 {
                    let mut future = served.append();
                    while poll(&mut future, &waker).is_pending() {
                        thread::park();
                    }
                }
            });
        }
    });
    assert_eq!(served.journal.durable_seq(), 800);
    served.stop();
}
