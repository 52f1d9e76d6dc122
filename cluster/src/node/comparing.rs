//! Telling the other nodes the digests, and listening to theirs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use inboxdb::Place;
use tokio::sync::mpsc;
use tokio::time::{interval, sleep};

use super::coverage::Coverage;
use super::digests::{Comparison, Report, Verdict};
use super::shared::Shared;
use crate::log::{CommandLog, LogEntry, MessageId, ReadError, Reader};

const PAUSE: Duration = Duration::from_secs(1);

/// Publishes the reports of this node, in order.
pub(super) async fn publish(
    shared: Arc<Shared>,
    log: Arc<dyn CommandLog>,
    mut reports: mpsc::UnboundedReceiver<Report>,
) {
    while let Some(report) = reports.recv().await {
        let id = MessageId::of_report(&report.node, report.instance, report.group, report.place);
        let Ok(bytes) = report.encode() else { continue };
        while let Err(error) = log.append(id, bytes.clone()).await {
            if shared.is_stopped() {
                return;
            }
            tracing::debug!(%error, place = report.place, "a report of digests was not acknowledged");
            sleep(PAUSE).await;
        }
    }
}

/// Listens to the reports of all nodes, also those that are still kept from before this one was started, and draws the
/// consequences.
pub(super) async fn listen(shared: Arc<Shared>, log: Arc<dyn CommandLog>) {
    let mut comparison = Comparison::new(shared.config.name.clone(), shared.instance, shared.config.digest_grace);
    let mut look = interval(PAUSE.min(shared.config.digest_grace.max(Duration::from_millis(50))));
    let mut reader = from_its_beginning(&log).await;
    while !shared.is_stopped() {
        tokio::select! {
            next = reader.next() => match next {
                Some(Ok(entry)) => hear(&shared, &mut comparison, &entry),
                // Old reports are dropped all the time.
                Some(Err(ReadError::Truncated { first, .. })) => reader = log.read(Place(first.0.saturating_sub(1))),
                Some(Err(error)) => {
                    tracing::warn!(%error, "the digests of other nodes cannot be read");
                    sleep(PAUSE).await;
                    reader = from_its_beginning(&log).await;
                }
                None => reader = from_its_beginning(&log).await,
            },
            _ = look.tick() => {}
        }
        match comparison.judge(Instant::now()) {
            Verdict::Agreed => shared.resume(),
            Verdict::Split(what) => shared.stop_writing(what),
            Verdict::Odd(what) => shared.stop(format!("{what}; restore this node from a backup of another one")),
        }
    }
}

fn hear(shared: &Shared, comparison: &mut Comparison, entry: &LogEntry) {
    if let Some(report) = Report::decode(&entry.bytes) {
        comparison.hear(report);
    } else if let Some(coverage) = Coverage::decode(&entry.bytes) {
        shared.backups.lock().hear(coverage, shared.instance);
    } else {
        tracing::debug!(place = entry.place.0, "not a report of digests that this version knows");
    }
}

async fn from_its_beginning(log: &Arc<dyn CommandLog>) -> Reader {
    loop {
        match log.bounds().await {
            Ok(bounds) => return log.read(Place(bounds.first.0.saturating_sub(1))),
            Err(error) => tracing::debug!(%error, "the digests of other nodes cannot be read yet"),
        }
        sleep(PAUSE).await;
    }
}
