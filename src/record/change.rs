//! What a command did, as data.
//!
//! A change is absolute and complete: after-images of the records it touched, the members that each posting
//! gains and loses by name, and the new values of what is not a set. Applying it reads no old record, cannot
//! fail, and may be repeated: on top of a state that already holds part of it, it gives the same state.

use roaring::RoaringBitmap;

use super::codec::{CodecError, Versioned, decode_beginning, decode_body};
use super::stored::{DecodeError, Decoder, EncodeError, Encoder, Stored, stored_enum, stored_struct};
use super::{Family, IndexKey, Next, Notice, Record, RecordKey, Total};
use crate::model::{Actor, ChatId, ManagerId, Status, WorkspaceId};
use crate::sets::ChatSet;

/// One change of one workspace.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    pub(crate) workspace: WorkspaceId,
    /// What brought it about.
    pub(crate) cause: Cause,
    /// The moment that the workspace has reached, in ms.
    pub(crate) clock: u64,
    /// The numbers to be given next. The notices of this change are the last ones before its own.
    pub(crate) next: Next,
    /// Whether everything that the workspace held before is gone; what follows is all there is then.
    pub(crate) wipes: bool,
    /// After-images; none is a deletion. A chat's also sets its position and its deadline.
    pub(crate) records: Vec<(RecordKey, Option<Record>)>,
    pub(crate) postings: Vec<PostingDelta>,
    /// New sums of unread messages of managers; zero where nothing is unread.
    pub(crate) unread_messages: Vec<(ManagerId, u64)>,
    /// New counts and digests of the families that changed.
    pub(crate) totals: Vec<(Family, Total)>,
    /// What it says to managers.
    pub(crate) notices: Vec<Notice>,
}

stored_struct!(Change { workspace, cause, clock, next, wipes, records, postings, unread_messages, totals, notices });

/// The first version: without settings, notices and the deletion of a workspace.
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

impl Versioned for Change {
    const VERSION: u8 = 2;

    fn decode_older(version: u8, body: &[u8]) -> Result<Self, CodecError> {
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
            unread_messages: old.unread_messages,
            totals: old.totals,
            notices: Vec::new(),
        })
    }
}

/// How every version of a change begins.
struct Beginning {
    _workspace: WorkspaceId,
    _cause: Cause,
    clock: u64,
}

stored_struct!(Beginning { _workspace, _cause, clock });

/// The moment that its workspace has reached with a change, in ms, from the change's stored form.
pub(crate) fn clock_in_change(payload: &[u8]) -> Result<u64, CodecError> {
    match payload.split_first() {
        None => Err(CodecError::Empty),
        Some((1..=Change::VERSION, body)) => decode_beginning(body).map(|Beginning { clock, .. }| clock),
        Some((version, _)) => Err(CodecError::Version { found: *version, known: Change::VERSION }),
    }
}

/// What brought a change about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A command, of this actor, with the id that the caller gave it.
    Command { actor: Actor, id: Option<String> },
    /// Snoozes reached their deadlines.
    Deadline,
    /// A custom index was built, or removed, by one step.
    Index,
    /// Records came from an export.
    Import,
    /// The index was made to agree with the records: the records that it names are as they were, and their positions
    /// may be older than others.
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

/// Chats named one by one: mostly one, many for a wide command.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Members {
    One(ChatId),
    Many(RoaringBitmap),
}

/// Chats are numbered from 1, so that 0 is free to announce a set.
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
