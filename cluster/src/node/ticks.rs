//! Ticks: time passes by entries too, so that snoozes end at the same place on every node.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use inboxdb::{Entry, Timestamp, WorkspaceId};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::shared::Shared;
use crate::log::MessageId;
use crate::wire::encode;

/// A tick that was published is not published again for this long: it may be on its way.
const PATIENCE: Duration = Duration::from_secs(2);

/// Ticks that are published at the same time.
const IN_FLIGHT_MAX: usize = 64;

/// A workspace, the epoch of its clock, and a deadline in it.
type Due = (WorkspaceId, u32, Timestamp);

/// Publishes a tick for each workspace with something due. All nodes do, and with the same ids, so that each counts once.
pub(super) async fn watch(shared: Arc<Shared>) {
    let mut published: HashMap<Due, Instant> = HashMap::new();
    while !shared.is_stopped() {
        sleep(shared.config.tick_interval).await;
        if !shared.is_running() {
            continue;
        }
        published.retain(|_, at| at.elapsed() < PATIENCE);
        let due = match shared.engine.due(Timestamp::now()) {
            Ok(due) => due,
            Err(error) => return shared.stop(format!("what is due cannot be found: {error}")),
        };
        let mut publishing = JoinSet::new();
        for due in due.into_iter().filter(|due| !published.contains_key(due)).collect::<Vec<Due>>() {
            while publishing.len() >= IN_FLIGHT_MAX {
                publishing.join_next().await;
            }
            published.insert(due, Instant::now());
            publishing.spawn(publish(Arc::clone(&shared), due));
        }
        publishing.join_all().await;
    }
}

/// What is not acknowledged is due again soon.
async fn publish(shared: Arc<Shared>, (workspace, clock_epoch, at): Due) {
    let tick = Entry::Tick { workspace, clock_epoch, at };
    let (Ok(group), Ok(bytes)) = (shared.group_of(workspace), encode(&tick)) else { return };
    if let Err(error) = group.log.append(MessageId::of_tick(workspace, clock_epoch, at), bytes).await {
        tracing::debug!(%workspace, %error, "a tick was not acknowledged");
    }
}
