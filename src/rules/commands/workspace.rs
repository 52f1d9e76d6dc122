//! The rules of a whole workspace: deleting it, setting its clock.

use super::Done;
use crate::record::{IndexRecord, IndexState, Setting, SettingKey};
use crate::rules::builder::ChangeBuilder;
use crate::rules::remember;

pub(super) fn delete(builder: &mut ChangeBuilder<'_>) -> Done {
    empty(builder);
    builder.set_clock(0);
    Ok(())
}

/// Sets the clock to any moment, also an earlier one.
pub(super) fn set_clock(builder: &mut ChangeBuilder<'_>, at: u64) -> Done {
    if at < builder.input().state.meta.clock {
        // With the earlier clock, their time would not be over yet.
        remember::forget_expired(builder);
    }
    builder.set_clock(at);
    Ok(())
}

/// Deletes everything. Custom indexes stay registered, but are empty.
pub(in crate::rules) fn empty(builder: &mut ChangeBuilder<'_>) {
    let state = builder.input().state;
    builder.wipe();
    for (key, setting) in &state.settings {
        if let (SettingKey::Index(_), Setting::Index(index)) = (key, &**setting) {
            let empty = IndexRecord { state: IndexState::Readable, ..index.clone() };
            builder.put_setting(*key, Some(Setting::Index(empty)));
        }
    }
}
