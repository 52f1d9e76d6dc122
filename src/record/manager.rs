//! The stored form of a manager.

use std::sync::Arc;

use super::stored::flagged_record;
use crate::heap;
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
    /// The id in the caller's own system.
    pub(crate) external: Option<String>,
    /// Whether they left. Their name stays, for what they wrote.
    pub(crate) removed: bool,
    /// The era that began when they last left operator mode. Records of earlier eras may name them as a recipient.
    pub(crate) operator_era: u32,
    /// The era that began when they last left. What records of earlier eras say of them is void.
    pub(crate) removed_era: u32,
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
            external: None,
            removed: false,
            operator_era: 0,
            removed_era: 0,
        }
    }

    /// The approximate heap size in bytes.
    pub(crate) fn weight(&self) -> usize {
        let external = self.external.as_ref().map_or(0, |external| heap::of_bytes(external.len()));
        heap::of_arc_slice::<u8>(self.name.len()) + self.followed_tags.heap_bytes() + external
    }
}

flagged_record!(ManagerRecord {
    name, role;
    operator;
    online, followed_tags;
    capacity, last_assigned_at, external, removed, operator_era, removed_era
});
