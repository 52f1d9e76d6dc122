//! The part of a workspace that is fixed for a whole export: the people and tags when it started.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::export::Opening;
use crate::export::line::{ChatLine, Header, ManagerLine, TagLine, VERSION};
use crate::index::TagTree;
use crate::model::{ChatId, ManagerId, ProfileField, WorkspaceId};
use crate::record::{ChatRecord, ManagerRecord, Setting, SettingKey};
use crate::workspace::State;

/// The people and tags at one moment. Chats are read later, and newer managers and tags are left out of them: so
/// everything that an export names is also defined in it.
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

    /// Returns the opening of the export.
    pub(crate) fn opening(&self) -> Opening {
        let Self { workspace, clock, next_chat, .. } = *self;
        Opening {
            header: Header { version: VERSION, workspace, clock, next_chat },
            profile_fields: self.profile_fields.clone(),
            tags: self.tags.iter().map(|(_, path)| self.tag(path)).collect(),
            managers: self.managers.iter().map(|(id, record)| self.manager(*id, record)).collect(),
        }
    }

    fn tag(&self, path: &Arc<str>) -> TagLine {
        TagLine { path: Arc::clone(path), apart: self.tags.is_found_by_spelling(path) }
    }

    fn manager(&self, manager: ManagerId, record: &ManagerRecord) -> ManagerLine {
        let ManagerRecord {
            name,
            role,
            operator,
            online,
            followed_tags,
            capacity,
            last_assigned_at,
            external,
            removed,
            operator_era: _,
            removed_era: _,
        } = record;
        ManagerLine {
            manager,
            name: Arc::clone(name),
            role: *role,
            operator: *operator,
            online: *online,
            followed_tags: self.tags.paths(followed_tags.iter()),
            capacity: *capacity,
            last_assigned_at: *last_assigned_at,
            external: external.clone(),
            removed: *removed,
        }
    }

    /// Converts a chat, leaving out managers and tags that were added after this moment.
    pub(crate) fn chat(&self, id: ChatId, record: &ChatRecord) -> ChatLine {
        let operator = |manager: ManagerId| self.managers.get(&manager).map(|record| record.operator);
        ChatLine::new(id, record, self.tags.paths(record.tags.iter()), operator)
    }
}
