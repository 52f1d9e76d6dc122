//! What the threads and tasks of a node share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use inboxdb::{Engine, Place, WorkspaceId};
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};

use super::bulks::UnfinishedBulks;
use super::config::NodeConfig;
use super::coverage::Backups;
use super::digests::Report;
use super::error::NodeError;
use super::group::Group;
use super::status::NodeState;
use crate::log::Groups;

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) engine: Arc<Engine>,
    pub(super) config: NodeConfig,
    pub(super) spread: Groups,
    pub(super) groups: Vec<Group>,
    state: watch::Sender<NodeState>,
    reports: mpsc::UnboundedSender<Report>,
    pub(super) bulks: UnfinishedBulks,
    pub(super) backups: Mutex<Backups>,
    /// The newest change when the node was started.
    opened_seq: u64,
    /// Random, so that no two starts of a node make the same ids.
    pub(super) instance: u64,
    ids: AtomicU64,
}

impl Shared {
    pub(super) fn new(
        engine: Arc<Engine>,
        config: NodeConfig,
        groups: Vec<Group>,
        spread: Groups,
        instance: u64,
        reports: mpsc::UnboundedSender<Report>,
    ) -> Self {
        Self {
            opened_seq: engine.durable_seq(),
            engine,
            config,
            spread,
            groups,
            state: watch::Sender::new(NodeState::Running),
            reports,
            bulks: UnfinishedBulks::default(),
            backups: Mutex::default(),
            instance,
            ids: AtomicU64::new(0),
        }
    }

    pub(super) fn group_at(&self, index: usize) -> Result<&Group, String> {
        self.groups.get(index).ok_or_else(|| format!("there is no group {index}"))
    }

    /// The group of a workspace.
    pub(super) fn group_of(&self, workspace: WorkspaceId) -> Result<&Group, NodeError> {
        self.group_at(self.spread.of(workspace) as usize).map_err(NodeError::Unavailable)
    }

    /// The newest place of each group whose command was done, and a change that is not older than any of them.
    pub(super) fn newest_done(&self) -> (u64, Vec<Place>) {
        let (places, seqs): (Vec<Place>, Vec<u64>) = self.groups.iter().map(Group::newest_done).unzip();
        (seqs.into_iter().fold(self.opened_seq, u64::max), places)
    }

    /// A number by which to call a command that has no id. No other command of any node has it.
    pub(super) fn inner_number(&self) -> u128 {
        u128::from(self.instance) << 64 | u128::from(self.ids.fetch_add(1, Relaxed))
    }

    pub(super) fn report(&self, report: Report) {
        // Without its other end the node is closing.
        let _closing = self.reports.send(report);
    }

    pub(super) fn state(&self) -> NodeState {
        self.state.borrow().clone()
    }

    pub(super) fn watch_state(&self) -> watch::Receiver<NodeState> {
        self.state.subscribe()
    }

    pub(super) fn is_stopped(&self) -> bool {
        matches!(*self.state.borrow(), NodeState::Stopped(_))
    }

    pub(super) fn is_running(&self) -> bool {
        *self.state.borrow() == NodeState::Running
    }

    /// Stops the node for good. The first reason counts.
    pub(super) fn stop(&self, reason: String) {
        self.end(reason, |reason| tracing::error!(node = self.config.name, reason, "the node stops"));
    }

    /// Stops the node because it is not needed any more.
    pub(super) fn close(&self) {
        self.end("it was closed".to_owned(), |_| {});
    }

    fn end(&self, reason: String, tell: impl FnOnce(&str)) {
        self.state.send_if_modified(|state| {
            let is_first = !matches!(state, NodeState::Stopped(_));
            if is_first {
                tell(&reason);
                *state = NodeState::Stopped(reason);
            }
            is_first
        });
    }

    /// Lets the node write no more until [`resume`](Self::resume).
    pub(super) fn stop_writing(&self, reason: String) {
        self.state.send_if_modified(|state| {
            let is_new = *state == NodeState::Running;
            if is_new {
                tracing::error!(node = self.config.name, reason, "the node writes no more");
                *state = NodeState::ReadOnly(reason);
            }
            is_new
        });
    }

    pub(super) fn resume(&self) {
        self.state.send_if_modified(|state| {
            let is_read_only = matches!(state, NodeState::ReadOnly(_));
            if is_read_only {
                tracing::warn!(node = self.config.name, "the node writes again");
                *state = NodeState::Running;
            }
            is_read_only
        });
    }

    pub(super) fn check_writable(&self) -> Result<(), NodeError> {
        match self.state() {
            NodeState::Running => Ok(()),
            NodeState::ReadOnly(reason) => Err(NodeError::Unavailable(format!("this node writes no more: {reason}"))),
            NodeState::Stopped(reason) => Err(NodeError::Unavailable(format!("this node has stopped: {reason}"))),
        }
    }

    /// Waits until the node stops, and says why.
    pub(super) async fn stopped(&self) -> String {
        let mut state = self.state.subscribe();
        match state.wait_for(|state| matches!(state, NodeState::Stopped(_))).await.as_deref() {
            Ok(NodeState::Stopped(reason)) => reason.clone(),
            _ => "it is closed".to_owned(),
        }
    }
}
