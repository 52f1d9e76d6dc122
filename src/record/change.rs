//! The effect of a command, as data.
//!
//! A change is absolute and complete. It holds the after-images of the records it touched, the members that each
//! posting gains and loses, and the new values of all counters. Applying it reads no old record, cannot fail, and is
//! idempotent: on top of a state that already holds part of it, it gives the same state.

use roaring::RoaringBitmap;

use super::codec::{CodecError, Versioned, decode_beginning, decode_body};
use super::meta::{NextV2, NextV3};
use super::stored::{DecodeError, Decoder, EncodeError, Encoder, Stored, stored_enum, stored_struct};
use super::{
    EntryPart, Family, IndexKey, Meta, NewUnreadSum, Next, Notice, Record, RecordKey, Total, Touched, UnreadSum,
};
use crate::model::{Actor, ChatId, ManagerId, Status, WorkspaceId};
use crate::sets::ChatSet;

/// A change of one workspace.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    pub(crate) workspace: WorkspaceId,
    pub(crate) cause: Cause,
    /// The clock of the workspace after the change, in ms.
    pub(crate) clock: u64,
    /// The next ids and numbers to assign. The notices of this change have the numbers just below `next.notice`.
    pub(crate) next: Next,
    /// Whether the change first deletes everything in the workspace. The rest of the change is then the whole content.
    pub(crate) wipes: bool,
    /// After-images; `None` is a deletion. A chat's after-image also sets its position and its deadline.
    pub(crate) records: Vec<(RecordKey, Option<Record>)>,
    pub(crate) postings: Vec<PostingDelta>,
    /// New per-manager sums of unread messages; zero removes the sum.
    pub(crate) unread_messages: Vec<NewUnreadSum>,
    /// New totals of the record families that changed.
    pub(crate) totals: Vec<(Family, Total)>,
    pub(crate) notices: Vec<Notice>,
    /// What happened to which chats, for watchers. `None` where it is not known: in imports, and in changes of versions
    /// before 4.
    pub(crate) touched: Option<Touched>,
    /// The log entry that made it, in a store that follows a replicated log. `None` in what the store does by itself.
    pub(crate) part: Option<EntryPart>,
}

stored_struct!(Change {
    workspace,
    cause,
    clock,
    next,
    wipes,
    records,
    postings,
    unread_messages,
    totals,
    notices,
    touched,
    part
});

impl Change {
    /// A change of nothing.
    pub(crate) fn of_nothing(workspace: WorkspaceId, cause: Cause, meta: &Meta) -> Self {
        Self {
            workspace,
            cause,
            clock: meta.clock,
            next: meta.next,
            wipes: false,
            records: Vec::new(),
            postings: Vec::new(),
            unread_messages: Vec::new(),
            totals: Vec::new(),
            notices: Vec::new(),
            touched: Some(Touched::default()),
            part: None,
        }
    }
}

/// Version 1: without settings, notices and the deletion of a workspace.
struct ChangeV1 {
    workspace: WorkspaceId,
    cause: Cause,
    clock: u64,
    next_chat: u32,
    next_position: u64,
    next_tag: u32,
    records: Vec<(RecordKey, Option<Record>)>,
    postings: Vec<PostingDelta>,
    unread_messages: Vec<(ManagerId, u64)>,
    totals: Vec<(Family, Total)>,
}

stored_struct!(ChangeV1 {
    workspace,
    cause,
    clock,
    next_chat,
    next_position,
    next_tag,
    records,
    postings,
    unread_messages,
    totals
});

/// Version 2: with the older numbers.
struct ChangeV2 {
    workspace: WorkspaceId,
    cause: Cause,
    clock: u64,
    next: NextV2,
    wipes: bool,
    records: Vec<(RecordKey, Option<Record>)>,
    postings: Vec<PostingDelta>,
    unread_messages: Vec<(ManagerId, u64)>,
    totals: Vec<(Family, Total)>,
    notices: Vec<Notice>,
}

stored_struct!(ChangeV2 { workspace, cause, clock, next, wipes, records, postings, unread_messages, totals, notices });

/// Version 3: without what happened to the chats.
struct ChangeV3 {
    workspace: WorkspaceId,
    cause: Cause,
    clock: u64,
    next: NextV3,
    wipes: bool,
    records: Vec<(RecordKey, Option<Record>)>,
    postings: Vec<PostingDelta>,
    unread_messages: Vec<NewUnreadSum>,
    totals: Vec<(Family, Total)>,
    notices: Vec<Notice>,
}

stored_struct!(ChangeV3 { workspace, cause, clock, next, wipes, records, postings, unread_messages, totals, notices });

/// Version 4: without a log entry.
struct ChangeV4 {
    workspace: WorkspaceId,
    cause: Cause,
    clock: u64,
    next: NextV3,
    wipes: bool,
    records: Vec<(RecordKey, Option<Record>)>,
    postings: Vec<PostingDelta>,
    unread_messages: Vec<NewUnreadSum>,
    totals: Vec<(Family, Total)>,
    notices: Vec<Notice>,
    touched: Option<Touched>,
}

stored_struct!(ChangeV4 {
    workspace,
    cause,
    clock,
    next,
    wipes,
    records,
    postings,
    unread_messages,
    totals,
    notices,
    touched
});

impl From<ChangeV4> for Change {
    fn from(old: ChangeV4) -> Self {
        let ChangeV4 { workspace, cause, clock, next, wipes, records, postings, .. } = old;
        let ChangeV4 { unread_messages, totals, notices, touched, .. } = old;
        let (next, part) = (next.into(), None);
        Self {
            workspace,
            cause,
            clock,
            next,
            wipes,
            records,
            postings,
            unread_messages,
            totals,
            notices,
            touched,
            part,
        }
    }
}

impl From<ChangeV3> for ChangeV4 {
    fn from(old: ChangeV3) -> Self {
        let ChangeV3 { workspace, cause, clock, next, wipes, records, postings, unread_messages, totals, notices } =
            old;
        let touched = None;
        Self { workspace, cause, clock, next, wipes, records, postings, unread_messages, totals, notices, touched }
    }
}

impl From<ChangeV2> for ChangeV3 {
    fn from(old: ChangeV2) -> Self {
        let ChangeV2 { workspace, cause, clock, next, wipes, records, postings, unread_messages, totals, notices } =
            old;
        let (next, unread_messages) = (next.into(), older_sums(unread_messages));
        Self { workspace, cause, clock, next, wipes, records, postings, unread_messages, totals, notices }
    }
}

fn older_sums(sums: Vec<(ManagerId, u64)>) -> Vec<NewUnreadSum> {
    sums.into_iter().map(|(manager, all)| NewUnreadSum(manager, UnreadSum::of_older(all))).collect()
}

impl Versioned for Change {
    const VERSION: u8 = 5;

    fn decode_older(version: u8, body: &[u8]) -> Result<Self, CodecError> {
        if version == 4 {
            return decode_body(body).map(ChangeV4::into);
        }
        if version == 3 {
            return decode_body(body).map(ChangeV3::into).map(ChangeV4::into);
        }
        if version == 2 {
            return decode_body(body).map(ChangeV2::into).map(ChangeV3::into).map(ChangeV4::into);
        }
        if version != 1 {
            return Err(CodecError::Version { found: version, known: Self::VERSION });
        }
        let old: ChangeV1 = decode_body(body)?;
        Ok(Self {
            workspace: old.workspace,
            cause: old.cause,
            clock: old.clock,
            next: Next { chat: old.next_chat, position: old.next_position, tag: old.next_tag, ..Next::default() },
            wipes: false,
            records: old.records,
            postings: old.postings,
            unread_messages: older_sums(old.unread_messages),
            totals: old.totals,
            notices: Vec::new(),
            touched: None,
            part: None,
        })
    }
}

/// The fields that every version of a change begins with.
struct Beginning {
    workspace: WorkspaceId,
    _cause: Cause,
    clock: u64,
}

stored_struct!(Beginning { workspace, _cause, clock });

/// Reads the clock of the workspace, in ms, from an encoded change.
pub(crate) fn clock_in_change(payload: &[u8]) -> Result<u64, CodecError> {
    beginning_of_change(payload).map(|beginning| beginning.clock)
}

/// Reads from an encoded change which workspace it is of.
pub(crate) fn workspace_in_change(payload: &[u8]) -> Result<WorkspaceId, CodecError> {
    beginning_of_change(payload).map(|beginning| beginning.workspace)
}

fn beginning_of_change(payload: &[u8]) -> Result<Beginning, CodecError> {
    match payload.split_first() {
        None => Err(CodecError::Empty),
        Some((1..=Change::VERSION, body)) => decode_beginning(body),
        Some((version, _)) => Err(CodecError::Version { found: *version, known: Change::VERSION }),
    }
}

/// The cause of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A command of this actor. `id` is the idempotency id given by the caller.
    Command { actor: Actor, id: Option<String> },
    /// Snoozes that reached their deadlines.
    Deadline,
    /// A build step of a custom index, or its removal.
    Index,
    /// Records imported from an export.
    Import,
    /// A repair of the index. The records in it are unchanged, and their positions may be older than existing ones.
    Repair,
}

stored_enum!(Cause { 0 => Command { actor, id }, 1 => Deadline, 2 => Index, 3 => Import, 4 => Repair });

/// The members that one posting gains or loses.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PostingDelta {
    pub(crate) key: IndexKey,
    pub(crate) status: Status,
    pub(crate) gains: bool,
    pub(crate) chats: Members,
}

stored_struct!(PostingDelta { key, status, gains, chats });

/// The chats of a delta: mostly one, many for a wide command.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Members {
    One(ChatId),
    Many(RoaringBitmap),
}

/// Marks that a set follows. Chat ids start at 1, so 0 is free.
const SET_FOLLOWS: ChatId = ChatId(0);

impl Stored for Members {
    fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        match self {
            Members::One(chat) => chat.put(encoder),
            Members::Many(chats) => {
                SET_FOLLOWS.put(encoder)?;
                ChatSet::from_bitmap(chats.clone()).put(encoder)
            }
        }
    }

    fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        match ChatId::take(decoder)? {
            SET_FOLLOWS => Ok(Members::Many(ChatSet::take(decoder)?.to_bitmap())),
            chat => Ok(Members::One(chat)),
        }
    }
}
