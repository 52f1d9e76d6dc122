//! Asking for a checkpoint.

use crossbeam_channel::{Receiver, Sender, bounded};

/// Asks for checkpoints.
#[derive(Clone)]
pub(crate) struct CheckpointRequests(Sender<()>);

impl CheckpointRequests {
    /// The requests, and where they arrive.
    pub(crate) fn new() -> (Self, Receiver<()>) {
        let (sender, receiver) = bounded(1);
        (Self(sender), receiver)
    }

    /// Asks for a checkpoint soon.
    pub(crate) fn request(&self) {
        // A full channel holds an earlier request, which serves this one too.
        let _already_requested = self.0.try_send(());
    }
}
