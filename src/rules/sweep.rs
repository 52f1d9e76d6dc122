//! Sweeping: removing the records and postings of tags that went with a tag above them.
//!
//! Deleting a tag with many below it takes only its own record out of the workspace. That puts the others out of the
//! tree, and they count as gone everywhere. What is left of them is removed afterwards in small changes, so that other
//! writers need not wait.

use super::builder::ChangeBuilder;
use super::input::PlanInput;
use crate::model::TagId;
use crate::record::codec::CodecError;
use crate::record::{Cause, Change, IndexKey, SettingKey};
use crate::workspace::State;

/// As many tags are swept in one change. With fewer, a command does without pieces.
pub(super) const TAGS_AT_ONCE: usize = 256;

/// Plans the next change that sweeps tags. Returns `None` if there is nothing to sweep.
pub(crate) fn plan_sweep(input: PlanInput<'_>) -> Result<Option<Change>, CodecError> {
    let state = input.state;
    let Some(deleted) = state.unswept_tags().next() else { return Ok(None) };
    let below = state.tags.unswept(deleted);
    let swept = &below[below.len() - count_of_next(state, below)..];
    let mut builder = ChangeBuilder::new(input, state.meta.clock, None);
    builder.sweep_tags(swept);
    if swept.len() == below.len() {
        builder.put_setting(SettingKey::MergedTag(deleted), None);
    }
    builder.finish(Cause::Index)
}

/// How many of the last tags are swept next. The last ones come first, so that those left are still below the deleted
/// tag.
fn count_of_next(state: &State, below: &[TagId]) -> usize {
    const CHATS_MAX: u64 = 65_536;
    let chats = |tag: &TagId| state.postings.counts(&IndexKey::Tag(*tag)).total();
    let mut left = CHATS_MAX;
    let fits = |tag: &&TagId| {
        let fits = left > 0;
        left = left.saturating_sub(chats(tag));
        fits
    };
    below.iter().rev().take(TAGS_AT_ONCE).take_while(fits).count()
}
