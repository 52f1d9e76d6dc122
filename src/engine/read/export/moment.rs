//! What of a workspace is the same for the whole of an export: its people and tags at the moment when it began.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::export::Opening;
use crate::export::line::{ChatLine, Header, ManagerLine, VERSION};
use crate::index::TagTree;
use crate::model::{ChatId, ManagerId, ProfileField, WorkspaceId};
use crate::record::{ChatRecord, ManagerRecord, Setting, SettingKey};
use crate::workspace::State;

/// The people and tags of one moment. Chats are read later, and shown as if nobody and no tag had come since: so
/// everything that an export names is in it.
pub(crate) struct Moment {
    workspace: WorkspaceId,
    clock: u64,
    next_chat: u32,
    profile_fields: Vec<ProfileField>,
    tags: TagTree,
    managers: BTreeMap<ManagerId, Arc<ManagerRecord>>,
}

impl Moment {
    pub(crate) fn of(state: &State) -> Self {
        let profile_fields = match state.setting(SettingKey::ProfileFields) {
            Some(Setting::ProfileFields(fields)) => fields.clone(),
            _ => Vec::new(),
        };
        Self {
            workspace: state.workspace,
            clock: state.meta.clock,
            next_chat: state.meta.next.chat,
            profile_fields,
            tags: state.tags.clone(),
            managers: state.managers.clone(),
        }
    }

    /// What the export begins with.
    pub(crate) fn opening(&self) -> Opening {
        let Self { workspace, clock, next_chat, .. } = *self;
        Opening {
            header: Header { version: VERSION, workspace, clock, next_chat },
            profile_fields: self.profile_fields.clone(),
            tags: self.tags.iter().map(|(_, path)| Arc::clone(path)).collect(),
            managers: self.managers.iter().map(|(id, record)| self.manager(*id, record)).collect(),
        }
    }

    fn manager(&self, manager: ManagerId, record: &ManagerRecord) -> ManagerLine {
        let ManagerRecord { name, role, operator, online, followed_tags, capacity, last_assigned_at } = record;
        ManagerLine {
            manager,
            name: Arc::clone(name),
            role: *role,
            operator: *operator,
            online: *online,
            followed_tags: self.tags.paths(followed_tags.iter()),
            capacity: *capacity,
            last_assigned_at: *last_assigned_at,
        }
    }

    /// A chat as it was read, without the managers and tags that came after the moment.
    pub(crate) fn chat(&self, id: ChatId, record: &ChatRecord) -> ChatLine {
        let operator = |manager: ManagerId| self.managers.get(&manager).map(|record| record.operator);
        ChatLine::new(id, record, self.tags.paths(record.tags.iter()), operator)
    }
}
