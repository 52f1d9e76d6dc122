//! The part of a workspace that is fixed for a whole export: the people and tags when it started.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::export::Opening;
use crate::export::line::{ChatLine, Header, ManagerLine, TagLine, VERSION};
use crate::index::TagTree;
use crate::model::{ChatId, ManagerId, ProfileField, TagId, WorkspaceId};
use crate::record::{ChatRecord, ManagerRecord, Next, Setting, SettingKey};
use crate::workspace::State;

/// The people and tags at one moment. Chats are read later, and newer managers and tags are left out of them: so
/// everything that an export names is also defined in it.
pub(crate) struct Moment {
    workspace: WorkspaceId,
    clock: u64,
    next: Next,
    profile_fields: Vec<ProfileField>,
    tags: TagTree,
    managers: BTreeMap<ManagerId, Arc<ManagerRecord>>,
    former_managers: BTreeMap<ManagerId, Arc<ManagerRecord>>,
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
            next: state.meta.next,
            profile_fields,
            tags: state.tags.clone(),
            managers: state.managers.clone(),
            former_managers: state.former_managers.clone(),
        }
    }

    /// The position that the next activity gets.
    pub(crate) fn next_position(&self) -> u64 {
        self.next.position
    }

    /// Returns the opening of the export.
    pub(crate) fn opening(&self) -> Opening {
        let Self { workspace, clock, next, .. } = self;
        let header = Header {
            version: VERSION,
            workspace: Some(*workspace),
            clock: Some(*clock),
            next_chat: Some(next.chat),
            next_manager: Some(next.manager),
            next_customer: Some(next.customer),
            clock_epoch: Some(next.clock_epoch).filter(|epoch| *epoch > 0),
        };
        let line = |(id, record): (&ManagerId, &Arc<ManagerRecord>)| {
            ManagerLine::new(*id, record, self.tags.paths(record.followed_tags.iter()))
        };
        let mut managers: Vec<ManagerLine> = self.managers.iter().chain(&self.former_managers).map(line).collect();
        managers.sort_unstable_by_key(|line| line.manager);
        Opening {
            header,
            profile_fields: self.profile_fields.clone(),
            tags: self.tags.iter().map(|(tag, path)| self.tag(tag, path)).collect(),
            managers,
        }
    }

    fn tag(&self, tag: TagId, path: &Arc<str>) -> TagLine {
        TagLine { path: Arc::clone(path), apart: self.tags.is_found_by_spelling(tag) }
    }

    /// Converts a chat, leaving out managers and tags that were added after this moment.
    pub(crate) fn chat(&self, id: ChatId, record: &ChatRecord) -> ChatLine {
        let operator = |manager: ManagerId| self.managers.get(&manager).map(|record| record.operator);
        ChatLine::new(id, record, self.tags.paths(record.tags.iter()), operator)
    }
}
