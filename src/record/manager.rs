//! The stored form of a manager.

use std::sync::Arc;

use super::stored::flagged_record;
use crate::model::{Role, TagId};
use crate::sets::IdSet;

/// The stored form of a manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ManagerRecord {
    pub(crate) name: Arc<str>,
    pub(crate) role: Role,
    pub(crate) operator: bool,
    pub(crate) online: bool,
    pub(crate) followed_tags: IdSet<TagId>,
    /// The limit of open chats; `None` is unlimited.
    pub(crate) capacity: Option<u32>,
    /// When they last became the assignee of a chat, in ms.
    pub(crate) last_assigned_at: Option<u64>,
}

impl ManagerRecord {
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
    /// The approximate heap size in bytes.
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
