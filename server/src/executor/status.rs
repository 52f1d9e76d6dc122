//! How a node of a cluster is doing, as far as a server tells it.

use std::time::Duration;

use inboxdb::Place;

/// How a node is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeStatus {
    /// Whether it works.
    pub state: NodeState,
    /// How far it is with each group of workspaces, in order.
    pub groups: Vec<GroupStatus>,
}

/// Whether a node works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeState {
    /// It does.
    Running,
    /// It answers reads and does no commands. This is why.
    ReadOnly(String),
    /// It answers nothing, as its data may be wrong or is no longer up to date. This is why.
    Stopped(String),
}

impl NodeState {
    /// Returns the name of the state: `running`, `read_only` or `stopped`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::ReadOnly(_) => "read_only",
            Self::Stopped(_) => "stopped",
        }
    }

    /// Returns why the node does not work.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Running => None,
            Self::ReadOnly(reason) | Self::Stopped(reason) => Some(reason),
        }
    }
}

/// How far a node is with a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupStatus {
    /// The group, counted from 0.
    pub group: u32,
    /// The last place that the node has applied.
    pub applied: Place,
    /// The last place of the log, as far as the node knows.
    pub last: Place,
    /// How long ago the log was last heard of.
    pub silence: Duration,
}

/// A node that is more entries behind is far behind.
const LAG_MAX: u64 = 10_000;
/// A node that has heard nothing of a log for longer does not know how far behind it is. Logs that lose their leader are silent
/// for up to 9 s.
const SILENCE_MAX: Duration = Duration::from_secs(30);

impl GroupStatus {
    /// Returns how many entries the node is behind the log, as far as it knows.
    pub fn lag(&self) -> u64 {
        self.last.0.saturating_sub(self.applied.0)
    }

    /// Says why the node is far behind, if it is.
    pub(crate) fn far_behind(&self) -> Option<String> {
        let Self { group, silence, .. } = self;
        if self.lag() > LAG_MAX {
            return Some(format!("group {group} is {} entries behind its log; {LAG_MAX} is far", self.lag()));
        }
        let seconds = silence.as_secs();
        (*silence > SILENCE_MAX).then(|| format!("the log of group {group} has not been heard of for {seconds} s"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_is_ten_thousand_entries_or_half_a_minute() {
        let group = |last, seconds| GroupStatus {
            group: 2,
            applied: Place(5),
            last: Place(last),
            silence: Duration::from_secs(seconds),
        };
        assert_eq!((group(3, 0).lag(), group(10_005, 0).lag()), (0, 10_000));
        assert_eq!((group(10_005, 30).far_behind(), group(3, 0).far_behind()), (None, None));
        assert!(group(10_006, 0).far_behind().is_some_and(|why| why.contains("10001 entries")));
        assert!(group(5, 31).far_behind().is_some_and(|why| why.contains("31 s")));
    }
}
