//! Numbers of chats by status.

use serde::{Deserialize, Serialize};

use super::Status;

/// How many chats of each status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusCounts {
    /// Open ones.
    pub open: u64,
    /// Snoozed ones.
    pub snoozed: u64,
    /// Closed ones.
    pub closed: u64,
}

impl StatusCounts {
    /// Those of one status.
    pub fn of(self, status: Status) -> u64 {
        match status {
            Status::Open => self.open,
            Status::Snoozed => self.snoozed,
            Status::Closed => self.closed,
        }
    }

    /// The same of one status, and none of the others.
    pub(crate) fn only(self, status: Status) -> Self {
        let mut only = Self::default();
        match status {
            Status::Open => only.open = self.open,
            Status::Snoozed => only.snoozed = self.snoozed,
            Status::Closed => only.closed = self.closed,
        }
        only
    }

    /// All of them.
    pub fn total(self) -> u64 {
        self.open + self.snoozed + self.closed
    }
}
