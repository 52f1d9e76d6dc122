//! Large bulk actions: each piece is an entry of its own. The node that took the command publishes them; should it die, another
//! one goes on.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use inboxdb::{BulkLeft, Engine, Entry, WorkspaceId};
use parking_lot::Mutex;
use tokio::time::sleep;

use super::error::NodeError;
use super::group::Done;
use super::publish::{Published, publish};
use super::shared::Shared;
use super::submit::Watch;
use crate::log::MessageId;
use crate::wire::encode;

const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// A bulk action: its workspace, and its number there.
type Bulk = (WorkspaceId, u32);

/// The bulk actions that are under way.
#[derive(Debug, Default)]
pub(super) struct UnfinishedBulks {
    /// What is left of each, and since when.
    left: Mutex<HashMap<Bulk, (BulkLeft, Instant)>>,
    /// Those that this node drives.
    driven: Mutex<HashSet<Bulk>>,
}

impl UnfinishedBulks {
    /// Takes note of those that an engine has when it is opened.
    pub(super) fn begin(&self, engine: &Engine) -> Result<(), inboxdb::Error> {
        for workspace in engine.workspaces_with_bulks()? {
            for left in engine.unfinished_bulks(workspace)? {
                self.left.lock().insert((workspace, left.bulk), (left, Instant::now()));
            }
        }
        Ok(())
    }

    /// Takes note of what an entry has left of a bulk action.
    pub(super) fn note(&self, entry: &Entry, left: Option<BulkLeft>) {
        match (left, entry) {
            (Some(left), _) => drop(self.left.lock().insert((entry.workspace(), left.bulk), (left, Instant::now()))),
            (None, Entry::BulkPiece { workspace, bulk, .. }) => drop(self.left.lock().remove(&(*workspace, *bulk))),
            (None, _) => {}
        }
    }

    fn find(&self, bulk: Bulk) -> Option<BulkLeft> {
        self.left.lock().get(&bulk).map(|(left, _)| *left)
    }

    /// Those that have stood still for too long, and that this node does not drive.
    fn stalled(&self, time: Duration) -> Vec<(WorkspaceId, BulkLeft)> {
        let driven = self.driven.lock();
        let left = self.left.lock();
        let stalled = left.iter().filter(|(bulk, (_, since))| since.elapsed() >= time && !driven.contains(*bulk));
        stalled.map(|((workspace, _), (left, _))| (*workspace, *left)).collect()
    }
}

/// How a bulk action ended.
pub(super) enum Driven {
    /// With a piece of this node.
    Done(Done),
    /// With a piece of another node.
    Elsewhere,
}

/// Publishes the pieces of a bulk action until it is done.
pub(super) async fn drive(
    shared: &Shared,
    workspace: WorkspaceId,
    mut left: BulkLeft,
    watch: Watch<'_>,
) -> Result<Driven, NodeError> {
    let bulk = (workspace, left.bulk);
    let _driving = Driving::begin(shared, bulk);
    let group = shared.group_of(workspace)?;
    loop {
        let bytes = encode(&left.next_piece(workspace)).map_err(|error| NodeError::Unknown(error.to_string()))?;
        let id = MessageId::of_bulk_piece(workspace, left.bulk, left.done);
        // The command itself was done in part, so it cannot be said that it was not.
        let half_done = |error| NodeError::Unknown(format!("a bulk action is half done and goes on: {error}"));
        let now = match publish(shared, group, id, bytes).await.map_err(half_done)? {
            Published::Now(piece) if piece.applied.bulk.is_none() => {
                return Ok(if did_something(&piece) { Driven::Done(piece) } else { Driven::Elsewhere });
            }
            Published::Now(piece) => piece.applied.bulk,
            Published::Before(_) => shared.bulks.find(bulk),
        };
        match now {
            // No piece leaves a bulk action where it was; should one, this must not become a busy loop.
            Some(now) if now.done == left.done => sleep(LOOK_INTERVAL).await,
            Some(now) => {
                left = now;
                watch(left);
            }
            None => return Ok(Driven::Elsewhere),
        }
    }
}

/// A piece that comes after the last one does nothing, and does not know the report.
fn did_something(piece: &Done) -> bool {
    let report = piece.applied.outcome.as_ref().ok().and_then(|outcome| outcome.reply.bulk());
    report.is_some_and(|report| report.changed > 0 || report.unchanged > 0 || !report.refused.is_empty())
}

/// A bulk action that this node drives.
struct Driving<'s> {
    shared: &'s Shared,
    bulk: Bulk,
}

impl<'s> Driving<'s> {
    fn begin(shared: &'s Shared, bulk: Bulk) -> Self {
        shared.bulks.driven.lock().insert(bulk);
        Self { shared, bulk }
    }
}

impl Drop for Driving<'_> {
    fn drop(&mut self) {
        self.shared.bulks.driven.lock().remove(&self.bulk);
    }
}

/// Goes on with bulk actions that stand still.
pub(super) async fn watch(shared: Arc<Shared>) {
    while !shared.is_stopped() {
        sleep(LOOK_INTERVAL.min(shared.config.bulk_stall_max)).await;
        let stalled = shared.bulks.stalled(shared.config.bulk_stall_max);
        for (workspace, left) in stalled.into_iter().filter(|_| shared.is_running()) {
            tracing::info!(%workspace, bulk = left.bulk, done = left.done, "going on with a bulk action of another node");
            tokio::spawn(go_on(Arc::clone(&shared), workspace, left));
        }
    }
}

async fn go_on(shared: Arc<Shared>, workspace: WorkspaceId, left: BulkLeft) {
    if let Err(error) = drive(&shared, workspace, left, &mut |_| {}).await {
        tracing::warn!(%workspace, bulk = left.bulk, %error, "a bulk action stands still; a node goes on with it later");
    }
}
