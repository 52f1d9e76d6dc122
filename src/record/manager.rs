//! A manager, as stored.

use std::sync::Arc;

use super::stored::flagged_record;
use crate::model::{Role, TagId};
use crate::sets::IdSet;

/// A manager, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ManagerRecord {
    pub(crate) name: Arc<str>,
    pub(crate) role: Role,
    pub(crate) operator: bool,
    pub(crate) online: bool,
    pub(crate) followed_tags: IdSet<TagId>,
    /// How many open chats they can have; none is no limit.
    pub(crate) capacity: Option<u32>,
    /// When they became the assignee of a chat last, in ms.
    pub(crate) last_assigned_at: Option<u64>,
}

impl ManagerRecord {
    /// A manager who is new.
    pub(crate) fn new(name: &str, role: Role) -> Self {
        Self {
            name: name.into(),
            role,
            operator: false,
            online: false,
            followed_tags: IdSet::default(),
            capacity: None,
            last_assigned_at: None,
        }
    }
    /// About how many bytes it takes beyond its own size.
    pub(crate) fn weight(&self) -> usize {
        self.name.len() + self.followed_tags.len() * 4
    }
}

flagged_record!(ManagerRecord {
    name, role;
    operator;
    online, followed_tags;
    capacity, last_assigned_at
});
