//! What a change says of itself: the event without counts. It follows from the change alone, so that it is the same
//! when it is read from the journal.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::index::keys_of;
use crate::model::Status;
use crate::record::{Cause, Change, IndexKey, Record, RecordKey, Touched};
use crate::watch::{ChangeEvent, ChatChange, NoticeEvent};
use crate::workspace::State;

/// Returns the event of a change, without counts. `None` if the change cannot be told: it is part of an import, or of
/// an older version.
pub(crate) fn account_of(seq: u64, change: &Change) -> Option<ChangeEvent> {
    let touched = change.touched.as_ref()?;
    let mut event = ChangeEvent::new(seq, change.workspace, change.clock);
    if let Cause::Command { actor, id } = &change.cause {
        event.by = Some(*actor);
        event.id = id.as_deref().map(Arc::from);
    }
    event.chats = chats_of(touched);
    event.more = touched.more;
    // An index build changes no sidebar, nor does the sweeping of tags that are gone already.
    let may_show = change.cause != Cause::Index;
    event.sidebar = change.wipes || may_show && change.records.iter().any(|(key, _)| shows_in_sidebar(*key));
    event.notices = change.notices.iter().map(notice_of).collect();
    Some(event)
}

fn chats_of(touched: &Touched) -> Arc<[ChatChange]> {
    let chats = touched.chats.iter();
    chats.map(|chat| ChatChange { chat: chat.chat, what: chat.what.iter().collect(), message: chat.message }).collect()
}

fn notice_of(notice: &crate::record::Notice) -> NoticeEvent {
    let (kind, chat, message) = (notice.kind, notice.chat, notice.message);
    NoticeEvent { kind, chat, message, managers: notice.managers.to_vec() }
}

/// Whether a record has a name or an order in sidebars.
fn shows_in_sidebar(key: RecordKey) -> bool {
    matches!(key, RecordKey::Manager(_) | RecordKey::Tag(_))
}

/// The keys and statuses that the chats of a change had before or have afterwards, sorted. `state` gives the tags above
/// others; from a later state than that of the change they may differ.
pub(crate) fn touched_keys(state: &State, change: &Change) -> Vec<(IndexKey, Status)> {
    let moved = change.postings.iter().map(|delta| (delta.key.clone(), delta.status));
    let mut keys: BTreeSet<(IndexKey, Status)> = moved.collect();
    for (_, record) in &change.records {
        if let Some(Record::Chat(chat)) = record {
            let of_chat = keys_of(chat, &state.tags, state.live_indexes());
            keys.extend(of_chat.into_iter().map(|key| (key, chat.status)));
        }
    }
    keys.into_iter().collect()
}
