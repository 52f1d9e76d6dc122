//! The watchers: streams of sidebars, polled by two threads.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures_core::Stream;
use hdrhistogram::Histogram;
use inboxdb::{Engine, FeedEvent, Watch, Watched, Watcher};
use inboxdb_benches::{MANAGERS, WORKSPACE};
use parking_lot::{Condvar, Mutex};

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
    queue: Arc<Queue>,
}

/// The watchers that were woken. A poller takes its share of them at once, so that the queue costs next to nothing.
#[derive(Default)]
struct Queue {
    woken: Mutex<Vec<Arc<Task>>>,
    has_woken: Condvar,
}

impl Queue {
    fn push(&self, task: Arc<Task>) {
        let mut woken = self.woken.lock();
        woken.push(task);
        if woken.len() == 1 {
            self.has_woken.notify_one();
        }
    }

    /// Takes a share of what is there, and leaves the rest to the other pollers.
    fn take(&self) -> Vec<Arc<Task>> {
        let mut woken = self.woken.lock();
        if woken.is_empty() {
            self.has_woken.wait_for(&mut woken, Duration::from_millis(20));
        }
        let share = woken.len().div_ceil(POLLERS);
        let rest = woken.len() - share;
        let taken = woken.split_off(rest);
        if !woken.is_empty() {
            self.has_woken.notify_one();
        }
        taken
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::SeqCst) {
            let queue = Arc::clone(&self.queue);
            queue.push(self);
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
        let queue = Arc::<Queue>::default();
        let task = |n: u64| {
            let sidebar = Watched::Sidebar((1 + n % MANAGERS).into());
            let watcher = inbox.watch(Watch::now().views([sidebar])).unwrap();
            let (watching, queue) = (Mutex::new(Watching { watcher, told: (0, 0, 0) }), Arc::clone(&queue));
            Arc::new(Task { watching, is_queued: AtomicBool::new(false), queue })
        };
        let tasks: Vec<Arc<Task>> = (0..count).map(task).collect();
        let (stop, caught_up) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let poller = |_| {
            let (queue, stop, sent) = (Arc::clone(&queue), Arc::clone(&stop), Arc::clone(sent));
            let caught_up = Arc::clone(&caught_up);
            thread::spawn(move || keep_polling(&queue, &stop, &caught_up, &sent))
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

fn keep_polling(queue: &Queue, stop: &AtomicBool, caught_up: &AtomicU64, sent: &Sent) -> Told {
    let mut told = Told::new();
    while !stop.load(Ordering::SeqCst) {
        for task in queue.take() {
            task.is_queued.store(false, Ordering::SeqCst);
            told.take(&task, caught_up, sent);
        }
    }
    told
}

impl Told {
    /// Takes everything that a watcher has. Each event counts as told when all of them are: a look at the clock for each
    /// would take as long as the event.
    fn take(&mut self, task: &Arc<Task>, caught_up: &AtomicU64, sent: &Sent) {
        let waker = Waker::from(Arc::clone(task));
        let mut moments = Vec::new();
        let mut watching = task.watching.lock();
        let Watching { watcher, told: (count, newest, sum) } = &mut *watching;
        while let Poll::Ready(event) = Pin::new(&mut *watcher).poll_next(&mut Context::from_waker(&waker)) {
            match event.unwrap().unwrap() {
                FeedEvent::Change(change) => {
                    assert!(change.seq > *newest, "every change once, in order");
                    (*count, *newest, *sum) = (*count + 1, change.seq, *sum + change.seq);
                    self.events += 1;
                    moments.extend(sent.moment(change.seq));
                }
                FeedEvent::CaughtUp { .. } => {
                    caught_up.fetch_add(1, Ordering::SeqCst);
                }
                FeedEvent::Lagged { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        let now = sent.now();
        // The clocks of two processors may differ by a little.
        moments.into_iter().for_each(|moment| self.latency.record(now.saturating_sub(moment)).unwrap());
    }
}
