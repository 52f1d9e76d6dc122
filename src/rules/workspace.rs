//! The end of a workspace.

use super::draft::Draft;
use crate::error::Refusal;
use crate::record::{IndexRecord, IndexState, Setting, SettingKey};

pub(super) fn delete(draft: &mut Draft<'_>) -> Result<(), Refusal> {
    empty(draft);
    Ok(())
}

/// Deletes everything. The custom indexes that are kept stay, with nothing in them.
pub(super) fn empty(draft: &mut Draft<'_>) {
    let state = draft.facts().state;
    draft.wipe();
    for (key, setting) in &state.settings {
        if let (SettingKey::Index(_), Setting::Index(index)) = (key, &**setting) {
            let empty = IndexRecord { state: IndexState::Readable, ..index.clone() };
            draft.put_setting(*key, Some(Setting::Index(empty)));
        }
    }
}
