//! Chat counts by status.

use serde::{Deserialize, Serialize};

use super::Status;

/// The number of chats of each status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusCounts {
    /// Open chats.
    pub open: u64,
    /// Snoozed chats.
    pub snoozed: u64,
    /// Closed chats.
    pub closed: u64,
}

impl StatusCounts {
    /// Returns the count for one status.
    #[inline]
    pub fn of(self, status: Status) -> u64 {
        match status {
            Status::Open => self.open,
            Status::Snoozed => self.snoozed,
            Status::Closed => self.closed,
        }
    }

    /// Returns the same count for one status, and zero for the others.
    #[inline]
    pub(crate) fn only(self, status: Status) -> Self {
        let mut only = Self::default();
        match status {
            Status::Open => only.open = self.open,
            Status::Snoozed => only.snoozed = self.snoozed,
            Status::Closed => only.closed = self.closed,
        }
        only
    }

    /// Returns the counts of a union of two sets, given those of what is in both.
    #[inline]
    pub(crate) fn of_union(first: Self, second: Self, both: Self) -> Self {
        Self {
            open: first.open + second.open - both.open,
            snoozed: first.snoozed + second.snoozed - both.snoozed,
            closed: first.closed + second.closed - both.closed,
        }
    }

    /// Returns the sum over all statuses.
    #[inline]
    pub fn total(self) -> u64 {
        self.open + self.snoozed + self.closed
    }
}
