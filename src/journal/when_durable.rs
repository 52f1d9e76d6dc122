//! Waiting for durability as a future. A thread that [keeps waking](Journal::keep_waking) takes part in group commit on
//! behalf of all futures, and wakes those whose change is durable.
//!
//! Wakers are the host's code, so no lock is held while one is called or dropped.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread::{self, Thread};

use parking_lot::Mutex;

use super::error::Failed;
use super::log::Journal;
use crate::waker;

/// The futures that wait to be woken.
#[derive(Default)]
pub(super) struct Wakers(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    wakers: BTreeMap<Registration, Waker>,
    /// The number of the next registration.
    next: u64,
    /// The thread that wakes, while there is one.
    thread: Option<Thread>,
}

/// The place of a future among those that wait, in the order of their seqs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Registration {
    seq: u64,
    number: u64,
}

impl Wakers {
    /// Sets the waker of a future. Returns false if there is no thread that would call it.
    fn register(&self, seq: u64, place: &mut Option<Registration>, waker: &Waker) -> bool {
        let waker = waker.clone();
        let _replaced;
        let mut waiting = self.0.lock();
        let Some(thread) = waiting.thread.clone() else { return false };
        let registration = *place.get_or_insert(Registration { seq, number: waiting.next });
        waiting.next += 1;
        let was_idle = waiting.wakers.is_empty();
        _replaced = waiting.wakers.insert(registration, waker);
        drop(waiting);
        if was_idle {
            thread.unpark();
        }
        true
    }

    fn forget(&self, registration: Registration) {
        let waker = self.0.lock().wakers.remove(&registration);
        drop(waker);
    }

    /// The smallest seq that a future waits for. If there is none and `stop` holds, this thread wakes no longer.
    fn first(&self, stop: impl Fn() -> bool) -> First {
        let mut waiting = self.0.lock();
        match waiting.wakers.first_key_value() {
            Some((registration, _)) => First::Seq(registration.seq),
            None if stop() => {
                waiting.thread = None;
                First::Stopped
            }
            None => First::Idle,
        }
    }

    /// Wakes the futures that wait for a seq up to `through`. Returns how many there were.
    fn wake(&self, through: u64) -> usize {
        let woken = {
            let mut waiting = self.0.lock();
            let later = match through.checked_add(1) {
                Some(seq) => waiting.wakers.split_off(&Registration { seq, number: 0 }),
                None => BTreeMap::new(),
            };
            std::mem::replace(&mut waiting.wakers, later)
        };
        let count = woken.len();
        woken.into_values().for_each(waker::wake);
        count
    }
}

/// What the thread that wakes does next.
enum First {
    /// Wait for this seq.
    Seq(u64),
    /// Sleep.
    Idle,
    /// End.
    Stopped,
}

impl Journal {
    /// Wakes futures whose seq is durable, or all if the journal has failed, until `stop` holds and no future waits.
    /// The thread is parked while none does. To stop it, unpark it too.
    ///
    /// Without such a thread, a future waits in its `poll`.
    pub(crate) fn keep_waking(&self, stop: impl Fn() -> bool) {
        self.serve();
        let _end = End(&self.wakers);
        loop {
            match self.wakers.first(&stop) {
                First::Stopped => return,
                First::Idle => thread::park(),
                First::Seq(seq) => {
                    let through = self.wait(seq).map_or(u64::MAX, |()| self.durable_seq());
                    let woken = self.wakers.wake(through);
                    if woken > 1 {
                        self.gather(woken);
                    }
                }
            }
        }
    }

    /// Makes this thread the one that wakes.
    pub(super) fn serve(&self) {
        self.wakers.0.lock().thread = Some(thread::current());
    }

    /// Whether there is a thread that wakes.
    #[cfg(test)]
    pub(super) fn is_served(&self) -> bool {
        self.wakers.0.lock().thread.is_some()
    }
}

/// Wakes every future when dropped, so that none sleeps on after a panic of the thread.
struct End<'a>(&'a Wakers);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.0.lock().thread = None;
        self.0.wake(u64::MAX);
    }
}

/// Ready once a seq is durable, or the journal has failed.
pub(crate) struct WhenDurable {
    journal: Arc<Journal>,
    seq: u64,
    registration: Option<Registration>,
}

impl WhenDurable {
    pub(crate) fn new(journal: Arc<Journal>, seq: u64) -> Self {
        Self { journal, seq, registration: None }
    }

    /// Waits in this thread, like [`Journal::wait`].
    pub(crate) fn wait(self) -> Result<(), Failed> {
        self.journal.wait(self.seq)
    }

    fn forget(&mut self) {
        if let Some(registration) = self.registration.take() {
            self.journal.wakers.forget(registration);
        }
    }
}

impl Future for WhenDurable {
    type Output = Result<(), Failed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Some(outcome) = this.journal.outcome(this.seq) {
            this.forget();
            return Poll::Ready(outcome);
        }
        // An outcome that comes before the registration is no trouble: the thread looks at all that are registered.
        if this.journal.wakers.register(this.seq, &mut this.registration, context.waker()) {
            return Poll::Pending;
        }
        Poll::Ready(this.journal.wait(this.seq))
    }
}

impl Drop for WhenDurable {
    fn drop(&mut self) {
        self.forget();
    }
}
