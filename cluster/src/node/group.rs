//! One group on a node: its log, how far it is applied, and who waits for what.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Acquire, Ordering::Release};
use std::time::Duration;

use inboxdb::{Applied, Place};
use parking_lot::Mutex;
use tokio::sync::{oneshot, watch};

use super::status::GroupStatus;
use crate::log::{CommandLog, LogView, MessageId};

/// An entry that this node has applied, for what waits for it.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) place: Place,
    pub(super) applied: Applied,
}

#[derive(Debug)]
pub(super) struct Group {
    index: u32,
    pub(super) log: Arc<dyn CommandLog>,
    view: LogView,
    applied: watch::Sender<Place>,
    /// The newest place whose command was done, and its change, which is written first.
    done: AtomicU64,
    done_seq: AtomicU64,
    /// By the id of the entry. Retries of one command may wait for one entry.
    waiting: Mutex<HashMap<MessageId, Vec<oneshot::Sender<Done>>>>,
}

impl Group {
    pub(super) fn new(index: u32, log: Arc<dyn CommandLog>, view: LogView, applied: Place) -> Self {
        let (done, done_seq) = (AtomicU64::new(applied.0), AtomicU64::new(0));
        Self { index, log, view, applied: watch::Sender::new(applied), done, done_seq, waiting: Mutex::default() }
    }

    pub(super) fn status(&self) -> GroupStatus {
        let applied = self.applied();
        let last = self.view.last().max(applied);
        GroupStatus { group: self.index, applied, last, silence: self.view.silence() }
    }

    pub(super) fn applied(&self) -> Place {
        *self.applied.borrow()
    }

    /// Waits until a place is applied. False if that takes too long.
    pub(super) async fn wait_for(&self, place: Place, time: Duration) -> bool {
        let mut applied = self.applied.subscribe();
        tokio::time::timeout(time, applied.wait_for(|applied| *applied >= place))
            .await
            .is_ok_and(|waited| waited.is_ok())
    }

    /// Begins to wait for an entry, which must not have been published before.
    pub(super) fn expect(&self, id: MessageId) -> Expected<'_> {
        let (sender, done) = oneshot::channel();
        self.waiting.lock().entry(id).or_default().push(sender);
        Expected { group: self, id, done }
    }

    /// Answers what waits for an entry.
    pub(super) fn answer(&self, id: MessageId, place: Place, applied: &Applied) {
        let waiting = self.waiting.lock().remove(&id);
        for waiter in waiting.into_iter().flatten() {
            // A waiter that has given up does not mind.
            let _gone = waiter.send(Done { place, applied: applied.clone() });
        }
    }

    /// Returns the newest place whose command was done, and a change that is not older.
    pub(super) fn newest_done(&self) -> (Place, u64) {
        let place = self.done.load(Acquire);
        (Place(place), self.done_seq.load(Acquire))
    }

    /// Notes the change of a command that was done. Only one thread does.
    pub(super) fn note_done(&self, place: Place, seq: u64) {
        self.done_seq.store(seq, Release);
        self.done.store(place.0, Release);
    }

    /// Notes that everything up to a place is applied and answered.
    pub(super) fn advance(&self, place: Place) {
        self.applied.send_replace(place);
    }
}

/// An entry that is waited for.
#[derive(Debug)]
pub(super) struct Expected<'g> {
    group: &'g Group,
    id: MessageId,
    done: oneshot::Receiver<Done>,
}

impl Expected<'_> {
    /// Waits until the entry is applied.
    pub(super) async fn done(&mut self) -> Done {
        match (&mut self.done).await {
            Ok(done) => done,
            // The other end goes only with an answer, or with the group.
            Err(_) => std::future::pending().await,
        }
    }

    /// Waits until the entry is applied, or has been before it was expected: then the place that it has.
    pub(super) async fn done_at(&mut self, place: Place) -> Result<Done, Place> {
        let mut applied = self.group.applied.subscribe();
        tokio::select! {
            biased;
            done = self.done() => Ok(done),
            _ = applied.wait_for(|applied| *applied >= place) => self.done.try_recv().map_err(|_| place),
        }
    }
}

impl Drop for Expected<'_> {
    fn drop(&mut self) {
        let mut waiting = self.group.waiting.lock();
        self.done.close();
        if let Some(waiters) = waiting.get_mut(&self.id) {
            waiters.retain(|waiter| !waiter.is_closed());
            if waiters.is_empty() {
                waiting.remove(&self.id);
            }
        }
    }
}
