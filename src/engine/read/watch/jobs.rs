//! The thread that reads changes of the past for watchers that must not block.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;
use std::thread::{self, Thread};

use parking_lot::Mutex;

use super::replay::{Replay, Step};
use crate::error::Error;
use crate::waker;

/// Replays that wait for the thread, first come, first served.
#[derive(Default)]
pub(in crate::engine) struct Replays(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    jobs: VecDeque<(Arc<Job>, Box<Replay>)>,
    /// The thread, while there is one.
    worker: Option<Thread>,
}

/// One step of a replay.
#[derive(Default)]
pub(super) struct Job(Mutex<State>);

#[derive(Default)]
struct State {
    done: Option<(Box<Replay>, Result<Step, Error>)>,
    waker: Option<Waker>,
}

impl Replays {
    pub(super) fn has_worker(&self) -> bool {
        self.0.lock().worker.is_some()
    }

    /// Has the thread do the next step of a replay.
    pub(super) fn send(&self, replay: Box<Replay>) -> Arc<Job> {
        let job = Arc::<Job>::default();
        let mut queue = self.0.lock();
        queue.jobs.push_back((Arc::clone(&job), replay));
        if let Some(worker) = &queue.worker {
            worker.unpark();
        }
        job
    }

    /// Does the jobs, until `stopped` returns true.
    pub(in crate::engine) fn work(&self, stopped: impl Fn() -> bool) {
        self.0.lock().worker = Some(thread::current());
        while !stopped() {
            let next = self.0.lock().jobs.pop_front();
            match next {
                // The watcher may be gone.
                Some((job, _)) if Arc::strong_count(&job) == 1 => {}
                Some((job, mut replay)) => {
                    let step = replay.step();
                    job.finish(replay, step);
                }
                None => thread::park(),
            }
        }
        let rest = {
            let mut queue = self.0.lock();
            queue.worker = None;
            std::mem::take(&mut queue.jobs)
        };
        for (job, replay) in rest {
            job.finish(replay, Err(Error::Closed));
        }
    }
}

impl Job {
    fn finish(&self, replay: Box<Replay>, step: Result<Step, Error>) {
        let waker = {
            let mut state = self.0.lock();
            state.done = Some((replay, step));
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker::wake(waker);
        }
    }

    /// Returns the outcome if it is there. Otherwise the waker is called when it is.
    pub(super) fn take(&self, waker: &Waker) -> Option<(Box<Replay>, Result<Step, Error>)> {
        let mut state = self.0.lock();
        if let Some(done) = state.done.take() {
            return Some(done);
        }
        let replaced = state.waker.replace(waker.clone());
        drop(state);
        drop(replaced);
        None
    }
}
