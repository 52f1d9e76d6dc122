//! The watchers: streams of sidebars, polled by two threads.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use futures_core::Stream;
use hdrhistogram::Histogram;
use inboxdb::{Engine, FeedEvent, Watch, Watched, Watcher};
use inboxdb_benches::{MANAGERS, WORKSPACE};
use parking_lot::Mutex;

use super::{Sent, histogram};

const POLLERS: usize = 2;

/// What all watchers were told.
pub(crate) struct Told {
    pub(crate) latency: Histogram<u64>,
    pub(crate) events: u64,
    pub(crate) lags: u64,
}

impl Told {
    fn new() -> Self {
        Self { latency: histogram(), events: 0, lags: 0 }
    }
}

/// A watcher and what it was told.
struct Watching {
    watcher: Watcher,
    /// How many changes, the newest, and the sum of their numbers.
    told: (u64, u64, u64),
}

/// A watcher and what wakes it.
struct Task {
    watching: Mutex<Watching>,
    is_queued: AtomicBool,
    queue: Sender<Arc<Task>>,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::SeqCst) {
            // At the end no thread polls any more.
            drop(self.queue.clone().send(self));
        }
    }
}

pub(crate) struct Watchers {
    tasks: Vec<Arc<Task>>,
    pollers: Vec<JoinHandle<Told>>,
    stop: Arc<AtomicBool>,
    caught_up: Arc<AtomicU64>,
}

impl Watchers {
    /// Begins to watch sidebars of different managers.
    pub(crate) fn begin(engine: &Engine, count: u64, sent: &Arc<Sent>) -> Self {
        let inbox = engine.workspace(WORKSPACE).unwrap();
        let (queue, ready) = unbounded();
        let task = |n: u64| {
            let sidebar = Watched::Sidebar((1 + n % MANAGERS).into());
            let watcher = inbox.watch(Watch::now().views([sidebar])).unwrap();
            let (watching, queue) = (Mutex::new(Watching { watcher, told: (0, 0, 0) }), queue.clone());
            Arc::new(Task { watching, is_queued: AtomicBool::new(false), queue })
        };
        let tasks: Vec<Arc<Task>> = (0..count).map(task).collect();
        let (stop, caught_up) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let poller = |_| {
            let (ready, stop, sent) = (ready.clone(), Arc::clone(&stop), Arc::clone(sent));
            let caught_up = Arc::clone(&caught_up);
            thread::spawn(move || keep_polling(&ready, &stop, &caught_up, &sent))
        };
        let pollers = (0..POLLERS).map(poller).collect();
        tasks.iter().for_each(|task| Arc::clone(task).wake());
        while caught_up.load(Ordering::SeqCst) < count {
            thread::sleep(Duration::from_millis(1));
        }
        Self { tasks, pollers, stop, caught_up }
    }

    /// Ends once every watcher was told everything.
    pub(crate) fn end(self, newest: u64) -> Told {
        while self.tasks.iter().any(|task| task.watching.lock().watcher.id().seq < newest) {
            thread::sleep(Duration::from_millis(10));
        }
        let mut told = self.tasks.iter().map(|task| task.watching.lock().told);
        let first = told.next().unwrap();
        assert!(told.all(|other| other == first), "all were told the same changes");
        self.stop.store(true, Ordering::SeqCst);
        let mut all = Told::new();
        for poller in self.pollers {
            let told = poller.join().unwrap();
            all.latency.add(told.latency).unwrap();
            all.events += told.events;
        }
        all.lags = self.caught_up.load(Ordering::SeqCst) - self.tasks.len() as u64;
        all
    }
}

fn keep_polling(ready: &Receiver<Arc<Task>>, stop: &AtomicBool, caught_up: &AtomicU64, sent: &Sent) -> Told {
    let mut told = Told::new();
    while !stop.load(Ordering::SeqCst) {
        let Ok(task) = ready.recv_timeout(Duration::from_millis(20)) else { continue };
        task.is_queued.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&task));
        let mut watching = task.watching.lock();
        let Watching { watcher, told: (count, newest, sum) } = &mut *watching;
        while let Poll::Ready(event) = Pin::new(&mut *watcher).poll_next(&mut Context::from_waker(&waker)) {
            match event.unwrap().unwrap() {
                FeedEvent::Change(change) => {
                    assert!(change.seq > *newest, "every change once, in order");
                    (*count, *newest, *sum) = (*count + 1, change.seq, *sum + change.seq);
                    told.events += 1;
                    if let Some(moment) = sent.moment(change.seq) {
                        // The clocks of two processors may differ by a little.
                        told.latency.record(sent.now().saturating_sub(moment)).unwrap();
                    }
                }
                FeedEvent::CaughtUp { .. } => {
                    caught_up.fetch_add(1, Ordering::SeqCst);
                }
                FeedEvent::Lagged { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }
    told
}
