//! Custom indexes: registering them in a workspace, and building them from existing chats.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use super::builder::ChangeBuilder;
use crate::index::keys_in;
use crate::model::{ChatId, Status};
use crate::record::codec::CodecError;
use crate::record::{Cause, Change, IndexId, IndexKey, IndexRecord, IndexState, Setting, SettingKey};
use crate::rules::PlanInput;
use crate::workspace::State;

/// Plans the change that makes the workspace's indexes match those that the host registered. Returns `None` if they
/// already match.
pub(crate) fn plan_registration(input: PlanInput<'_>) -> Result<Option<Change>, CodecError> {
    let state = input.state;
    let mut builder = ChangeBuilder::new(input, state.meta.clock, None);
    for (id, record) in state.indexes() {
        if !state.is_registered(record) {
            builder.put_setting(SettingKey::Index(id), None);
        }
    }
    for (name, version) in state.unknown_registrations() {
        let Some(id) = builder.take_setting().map(IndexId) else { break };
        let is_empty = state.timeline.len() == 0;
        let index_state = if is_empty { IndexState::Readable } else { IndexState::Building { next: ChatId(1) } };
        let record = IndexRecord { name: name.to_owned(), version, state: index_state };
        builder.put_setting(SettingKey::Index(id), Some(Setting::Index(record)));
    }
    builder.finish(Cause::Index)
}

/// One step of an index build: the chats to index, and the id to continue from.
pub(crate) struct BuildStep {
    pub(crate) id: IndexId,
    pub(crate) chats: Vec<ChatId>,
    next: ChatId,
}

/// Returns the next step of the index build, or `None` if every index is complete.
pub(crate) fn next_build_step(state: &State) -> Option<BuildStep> {
    const CHATS_PER_STEP: usize = 256;
    const IDS_PER_STEP: u32 = 65_536;
    let building = |(id, record): (IndexId, &IndexRecord)| match record.state {
        IndexState::Building { next } if state.live_index(id).is_some() => Some((id, next)),
        _ => None,
    };
    let (id, first) = state.indexes().find_map(building)?;
    let mut next = first;
    let mut chats = Vec::with_capacity(CHATS_PER_STEP);
    let end = first.0.saturating_add(IDS_PER_STEP).min(state.meta.next.chat);
    while next.0 < end && chats.len() < CHATS_PER_STEP {
        chats.extend(Some(next).filter(|chat| state.has_chat(*chat)));
        next.0 += 1;
    }
    Some(BuildStep { id, chats, next })
}

/// Plans the change for one build step: adds its chats to the postings of their keys. Commands update the index during
/// the build, even for chats that are not indexed yet, so some members may already be there.
pub(crate) fn plan_build(input: PlanInput<'_>, step: &BuildStep) -> Result<Option<Change>, CodecError> {
    let state = input.state;
    let key = SettingKey::Index(step.id);
    let (Some(Setting::Index(record)), Some(index)) = (state.setting(key), state.live_index(step.id)) else {
        return Ok(None);
    };
    let mut members: BTreeMap<(IndexKey, Status), RoaringBitmap> = BTreeMap::new();
    for chat in &step.chats {
        let Some(record) = input.chat(*chat) else { continue };
        for key in keys_in(&record, &state.tags, index) {
            members.entry((key, record.status)).or_default().insert(chat.0);
        }
    }
    let mut builder = ChangeBuilder::new(input, state.meta.clock, None);
    members.into_iter().for_each(|((key, status), chats)| builder.move_members(key, status, true, chats));
    let complete = step.next.0 >= state.meta.next.chat;
    let index_state = if complete { IndexState::Readable } else { IndexState::Building { next: step.next } };
    builder.put_setting(key, Some(Setting::Index(IndexRecord { state: index_state, ..record.clone() })));
    builder.finish(Cause::Index)
}
