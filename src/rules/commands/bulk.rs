//! The rules of bulk actions: one action on many chats. Each chat succeeds or is refused on its own.
//!
//! A small bulk action is one change. A large one starts with a change that only stores its selection. It is then done
//! in pieces of up to 256 chats, each a change that also stores the progress. So it can continue after a crash, and
//! other commands can run in between.

use roaring::RoaringBitmap;
use rustc_hash::FxHashSet;

use super::{Done, carry_out, chats, find_tag, known_manager, messages};
use crate::command::{Action, BulkReport, Command, RefusedChat, Reply, Selection};
use crate::error::{Code, Refusal};
use crate::model::limits::{BULK_CHATS_PER_CHANGE, FIRED_PER_CHANGE_MAX};
use crate::model::{Actor, ChatId, CustomerId};
use crate::record::codec::CodecError;
use crate::record::{BulkId, BulkProgressRecord, BulkRecord, Cause, Change, RecordKey, Setting, SettingKey};
use crate::rules::builder::ChangeBuilder;
use crate::rules::remember::{digest_of, remember};
use crate::rules::{PlanInput, limit, permit};
use crate::select::resolve_filter;
use crate::sets::{ChatSet, chunks};
use crate::view::Filter;
use crate::workspace::State;

/// Returns all chats in a filter, of any status. Its on-demand postings and its customers must be preloaded.
fn select(input: PlanInput<'_>, filter: &Filter) -> Result<RoaringBitmap, Refusal> {
    let unknown_customers: Vec<CustomerId> =
        filter.customers().filter(|customer| input.record(RecordKey::Customer(*customer)).is_none()).collect();
    resolve_filter(input.state, filter, &unknown_customers).map(|selection| selection.to_bitmap())
}

/// Returns the chats of a bulk action, in processing order.
fn selected(input: PlanInput<'_>, selection: &Selection) -> Result<Vec<ChatId>, Refusal> {
    match selection {
        Selection::Filter(filter) => match input.chosen() {
            Some(chosen) => Ok(chosen.iter().map(ChatId).collect()),
            None => Ok(select(input, filter)?.iter().map(ChatId).collect()),
        },
        Selection::Chats(chats) => {
            let mut seen = FxHashSet::default();
            Ok(chats.iter().copied().filter(|chat| seen.insert(*chat)).collect())
        }
    }
}

/// Returns the chats whose records are read to start a bulk action: none if it is certain to be done in pieces. Snoozes
/// that end before the start can still add chats to the selection or remove some.
pub(in crate::rules) fn chats_to_start(input: PlanInput<'_>, selection: &Selection) -> Vec<ChatId> {
    let mut chats = selected(input, selection).unwrap_or_default();
    if chats.len() > BULK_CHATS_PER_CHANGE + FIRED_PER_CHANGE_MAX {
        chats.clear();
    }
    chats
}

/// Does a small bulk action as a whole, or starts a large one.
pub(super) fn start(
    builder: &mut ChangeBuilder<'_>,
    actor: Actor,
    id: Option<&str>,
    command: &Command,
    (selection, action): (&Selection, &Action),
) -> Result<BulkReport, Refusal> {
    let chats = selected(builder.input(), selection)?;
    check_action_names(builder, action)?;
    if let Selection::Chats(listed) = selection {
        limit::list("the list of chats", listed)?;
    }
    check_action(builder, action)?;
    if chats.len() <= BULK_CHATS_PER_CHANGE {
        return Ok(act_on_all(builder, actor, action, &chats));
    }
    let bulk =
        builder.take_bulk().ok_or_else(|| Refusal::new(Code::TooLarge, "the ids of bulk actions are exhausted"))?;
    let mut record = BulkRecord {
        actor,
        id: id.map(str::to_owned),
        action: action.clone(),
        listed: None,
        total: chats.len() as u32,
        done: 0,
    };
    match selection {
        Selection::Chats(_) => record.listed = Some(chats),
        Selection::Filter(_) => {
            let set: ChatSet = chats.into_iter().collect();
            for chunk in chunks(&set.to_bitmap()) {
                builder.put_setting(SettingKey::BulkPart(bulk, chunk), Some(Setting::BulkPart(set.chunk(chunk))));
            }
        }
    }
    builder.put_setting(SettingKey::Bulk(bulk), Some(Setting::Bulk(record)));
    if id.is_some() {
        let progress = BulkProgressRecord { digest: digest_of(actor, command), ..BulkProgressRecord::default() };
        builder.put_setting(SettingKey::BulkProgress(bulk), Some(Setting::BulkProgress(progress)));
    }
    builder.begin_bulk(bulk);
    Ok(BulkReport::default())
}

/// Returns the next chats of a bulk action in progress, in processing order.
pub(crate) fn next_piece(state: &State, id: BulkId) -> Vec<ChatId> {
    let Some(Setting::Bulk(record)) = state.setting(SettingKey::Bulk(id)) else { return Vec::new() };
    let (done, count) = (record.done as usize, BULK_CHATS_PER_CHANGE);
    if let Some(listed) = &record.listed {
        return listed.iter().skip(done).take(count).copied().collect();
    }
    let mut piece = Vec::with_capacity(count);
    let mut to_skip = done;
    for (_, part) in parts(state, id) {
        let len = part.len() as usize;
        if to_skip < len {
            piece.extend(part.iter_from(to_skip).take(count - piece.len()));
        }
        to_skip = to_skip.saturating_sub(len);
        if piece.len() == count {
            break;
        }
    }
    piece
}

fn parts(state: &State, id: BulkId) -> impl Iterator<Item = (SettingKey, &ChatSet)> {
    let keys = SettingKey::BulkPart(id, 0)..=SettingKey::BulkPart(id, u16::MAX);
    state.settings.range(keys).filter_map(|(key, setting)| match &**setting {
        Setting::BulkPart(part) => Some((*key, part)),
        _ => None,
    })
}

/// One piece of a bulk action.
#[derive(Default)]
pub(crate) struct Piece {
    /// What happened to its chats.
    pub(crate) report: BulkReport,
    /// The change, or `None` if the bulk action was deleted with its workspace.
    pub(crate) change: Option<Change>,
    /// Whether there are more pieces.
    pub(crate) goes_on: bool,
}

/// Plans the next chats of a bulk action in progress. They must be preloaded.
pub(crate) fn plan_piece(input: PlanInput<'_>, id: BulkId, chats: &[ChatId]) -> Result<Piece, CodecError> {
    let Some(Setting::Bulk(record)) = input.state.setting(SettingKey::Bulk(id)) else {
        return Ok(Piece::default());
    };
    if next_piece(input.state, id) != chats {
        // Another thread has done this piece meanwhile: a retry of the command drives the same bulk action.
        return Ok(Piece { goes_on: true, ..Piece::default() });
    }
    let mut builder = ChangeBuilder::new(input, input.state.meta.clock, Some(record.actor));
    let report = act_on_all(&mut builder, record.actor, &record.action, chats);
    let done = record.done + chats.len() as u32;
    let goes_on = !chats.is_empty() && done < record.total;
    if goes_on {
        builder.put_setting(SettingKey::Bulk(id), Some(Setting::Bulk(BulkRecord { done, ..record.clone() })));
        note_progress(&mut builder, id, record.done, &report);
    } else {
        remember_report(&mut builder, id, record, &report);
        builder.put_setting(SettingKey::Bulk(id), None);
        parts(input.state, id).for_each(|(key, _)| builder.put_setting(key, None));
    }
    let cause = Cause::Command { actor: record.actor, id: record.id.clone() };
    Ok(Piece { report, change: builder.finish(cause)?, goes_on })
}

/// Keeps what a piece has done, if the report is wanted again.
fn note_progress(builder: &mut ChangeBuilder<'_>, id: BulkId, piece: u32, report: &BulkReport) {
    let Some(mut progress) = progress_of(builder, id) else { return };
    progress.changed += report.changed;
    progress.unchanged += report.unchanged;
    builder.put_setting(SettingKey::BulkProgress(id), Some(Setting::BulkProgress(progress)));
    if !report.refused.is_empty() {
        let refused = Setting::BulkRefused(report.refused.clone());
        builder.put_setting(SettingKey::BulkRefused(id, piece), Some(refused));
    }
}

/// Remembers the id of a finished bulk action, with the report on all its pieces.
fn remember_report(builder: &mut ChangeBuilder<'_>, id: BulkId, record: &BulkRecord, last: &BulkReport) {
    let Some(progress) = progress_of(builder, id) else { return };
    let mut whole = BulkReport { changed: progress.changed, unchanged: progress.unchanged, ..BulkReport::default() };
    let pieces = SettingKey::BulkRefused(id, 0)..=SettingKey::BulkRefused(id, u32::MAX);
    let refused: Vec<_> =
        builder.input().state.settings.range(pieces).map(|(key, piece)| (*key, piece.clone())).collect();
    for (key, piece) in refused {
        if let Setting::BulkRefused(chats) = &*piece {
            whole.refused.extend(chats.iter().copied());
        }
        builder.put_setting(key, None);
    }
    whole.add(last.clone());
    builder.put_setting(SettingKey::BulkProgress(id), None);
    if let Some(command_id) = &record.id {
        remember(builder, record.actor, command_id, progress.digest, Reply::Bulk(whole));
    }
}

fn progress_of(builder: &ChangeBuilder<'_>, id: BulkId) -> Option<BulkProgressRecord> {
    match builder.setting(SettingKey::BulkProgress(id)).as_deref() {
        Some(Setting::BulkProgress(progress)) => Some(*progress),
        _ => None,
    }
}

fn act_on_all(builder: &mut ChangeBuilder<'_>, actor: Actor, action: &Action, chats: &[ChatId]) -> BulkReport {
    let mut report = BulkReport::default();
    if let Err(refusal) = permit::check_known(builder, actor) {
        // They left while the action was under way.
        report.refused.extend(chats.iter().map(|chat| RefusedChat { chat: *chat, code: refusal.code }));
        return report;
    }
    for chat in chats {
        let command = action.on(*chat);
        match builder.attempt(*chat, |builder| carry_out(builder, actor, None, &command).map(drop)) {
            Ok(true) => report.changed += 1,
            Ok(false) => report.unchanged += 1,
            Err(refusal) => report.refused.push(RefusedChat { chat: *chat, code: refusal.code }),
        }
    }
    report
}

/// Refuses unknown managers and tags.
fn check_action_names(builder: &ChangeBuilder<'_>, action: &Action) -> Done {
    action.managers().iter().try_for_each(|manager| known_manager(builder, *manager))?;
    action.tags().iter().try_for_each(|tag| find_tag(builder, tag).map(drop))
}

/// Refuses what is wrong with the action for every chat.
fn check_action(builder: &ChangeBuilder<'_>, action: &Action) -> Done {
    limit::list("the list of managers", action.managers())?;
    limit::list("the list of tags", action.tags())?;
    match action {
        Action::Snooze { until } => chats::check_deadline(builder.now(), until.as_millis()),
        Action::SendMessage { text, files, .. } => messages::check_content(text, files.as_deref().unwrap_or_default()),
        _ => Ok(()),
    }
}
