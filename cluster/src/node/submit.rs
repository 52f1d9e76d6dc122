//! A command on its way: judged here, published, applied by this node's own engine, answered.

use std::sync::Arc;

use futures_util::future::join_all;
use inboxdb::{Applied, BulkLeft, Command, Entry, Envelope, Outcome, Place, Timestamp};
use tokio::task::coop::unconstrained;

use super::bulks;
use super::error::NodeError;
use super::group::{Done, Group};
use super::publish::{Published, publish};
use super::shared::Shared;
use crate::log::MessageId;
use crate::wire::encode;

/// A command that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Submitted {
    /// The place of its entry, or of the last one of a bulk action, in the log of its workspace's group.
    pub place: Place,
    /// What came of it.
    pub outcome: Outcome,
}

/// Is told what is left of a bulk action after each of its pieces.
pub(super) type Watch<'w> = &'w mut (dyn FnMut(BulkLeft) + Send);

pub(super) async fn submit(shared: &Arc<Shared>, envelope: Envelope, watch: Watch<'_>) -> Result<Submitted, NodeError> {
    let prepared = prepare(shared, vec![envelope]).await?.pop();
    let gone = || NodeError::Unavailable("the command was lost while it was prepared".to_owned());
    finish(shared, prepared.ok_or_else(gone)?, watch).await
}

/// Submits commands so that they are in the log in their order, unless one has to be published again. All of them are on their
/// way together, but for bulk actions: those are prepared by what is applied, and publish more than one entry.
pub(super) async fn submit_all(shared: &Arc<Shared>, envelopes: Vec<Envelope>) -> Vec<Result<Submitted, NodeError>> {
    let mut answers = Vec::with_capacity(envelopes.len());
    let mut together = Vec::new();
    for envelope in envelopes {
        if matches!(envelope.command, Command::Bulk { .. }) {
            answers.extend(submit_together(shared, std::mem::take(&mut together)).await);
            answers.push(submit(shared, envelope, &mut |_| {}).await);
        } else {
            together.push(envelope);
        }
    }
    answers.extend(submit_together(shared, together).await);
    answers
}

async fn submit_together(shared: &Arc<Shared>, envelopes: Vec<Envelope>) -> Vec<Result<Submitted, NodeError>> {
    let count = envelopes.len();
    let prepared = match prepare(shared, envelopes).await {
        Ok(prepared) => prepared,
        Err(error) => return (0..count).map(|_| Err(NodeError::Unavailable(error.reason()))).collect(),
    };
    let finish = |prepared| async move { finish(shared, prepared, &mut |_| {}).await };
    // Each is polled first in the order of the commands, and so is its entry handed to the log. A turn must not end in between.
    unconstrained(join_all(prepared.into_iter().map(finish))).await
}

/// Judges whether commands may be published, and makes their entries.
async fn prepare(
    shared: &Arc<Shared>,
    envelopes: Vec<Envelope>,
) -> Result<Vec<Result<Entry, inboxdb::Error>>, NodeError> {
    shared.check_writable()?;
    let shared = Arc::clone(shared);
    let prepare = move |envelope: Envelope| {
        let entry = shared.engine.prepare_entry(envelope, Timestamp::now())?;
        Ok(entry.with_inner_id(shared.inner_number()))
    };
    let prepared = tokio::task::spawn_blocking(move || envelopes.into_iter().map(prepare).collect()).await;
    prepared.map_err(|error| NodeError::Unavailable(error.to_string()))
}

async fn finish(
    shared: &Arc<Shared>,
    prepared: Result<Entry, inboxdb::Error>,
    watch: Watch<'_>,
) -> Result<Submitted, NodeError> {
    let entry = prepared?;
    let group = shared.group_of(entry.workspace())?;
    let done = judged(shared, group, &entry, 0).await?;
    let Some(left) = done.applied.bulk else { return answer(done.place, done.applied) };
    watch(left);
    match bulks::drive(shared, entry.workspace(), left, watch).await? {
        bulks::Driven::Done(done) => answer(done.place, done.applied),
        // An earlier attempt or another node has done the last piece. The engine remembers the whole report with the id of the command.
        bulks::Driven::Elsewhere => {
            let done = judged(shared, group, &entry, done.place.0).await?;
            answer(done.place, done.applied)
        }
    }
}

fn answer(place: Place, applied: Applied) -> Result<Submitted, NodeError> {
    match applied.outcome {
        Ok(outcome) => Ok(Submitted { place, outcome }),
        Err(refusal) => Err(NodeError::Refused { refusal, place: Some(place) }),
    }
}

/// Publishes a command until it is judged.
///
/// All nodes publish a command with an id of its caller under the same message id. So a caller that asks another node after an
/// unknown outcome brings no second entry, and an attempt that is late cannot do what a later one was refused. If an earlier
/// attempt turns out to be applied already, its judgement is not known here any more, and the command is judged once more, by an
/// attempt that is named after that place: the engine remembers what it has done, and judges a refused one anew.
async fn judged(shared: &Shared, group: &Group, entry: &Entry, mut attempt: u64) -> Result<Done, NodeError> {
    let (Entry::Command(envelope) | Entry::ChosenBulk { command: envelope, .. }) = entry else {
        return Err(NodeError::Unavailable("the engine did not prepare a command".to_owned()));
    };
    let bytes = encode(entry).map_err(|error| NodeError::Unavailable(error.to_string()))?;
    loop {
        let id = MessageId::of_command(envelope, attempt);
        match publish(shared, group, id, bytes.clone()).await? {
            Published::Now(done) => return Ok(done),
            Published::Before(place) => attempt = place.0,
        }
    }
}
