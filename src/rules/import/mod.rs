//! The rules of an import: line by line everything is checked as if it had been asked for by commands, and gathered
//! into pieces, each of which becomes a change.

mod check;
mod piece;
mod sequence;

use crate::error::Refusal;
use crate::export::{Contents, Line};
use crate::model::limits::IMPORTED_CHATS_PER_CHANGE;
use crate::workspace::State;

use check::Checks;
pub(crate) use piece::{Piece, plan_import, plan_undo};
use sequence::Sequence;

/// A piece has about so many bytes of lines at the most.
const PIECE_BYTES: usize = 1 << 20;
/// And so many records of people and tags.
const PIECE_RECORDS_MAX: usize = 4_096;

/// What is wrong with a line, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) String);

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Fault(refusal.message)
    }
}

impl From<String> for Fault {
    fn from(reason: String) -> Self {
        Fault(reason)
    }
}

impl From<&str> for Fault {
    fn from(reason: &str) -> Self {
        Fault(reason.to_owned())
    }
}

/// Takes the lines of an export and makes of them what is to be put into an empty workspace.
pub(crate) struct Importer {
    sequence: Sequence,
    checks: Checks,
    piece: Piece,
    /// The bytes of the lines in the piece.
    piece_bytes: usize,
}

impl Importer {
    /// Into a workspace that holds nothing. No moment, but for the ends of snoozes, may be later than `latest_ms`.
    pub(crate) fn new(empty: &State, latest_ms: u64) -> Self {
        Self {
            sequence: Sequence::default(),
            checks: Checks::new(empty.meta.next.tag, latest_ms),
            piece: Piece::default(),
            piece_bytes: 0,
        }
    }

    /// Takes the next line, of so many bytes.
    pub(crate) fn take(&mut self, line: Line, bytes: usize) -> Result<(), Fault> {
        self.sequence.take(&line)?;
        self.piece_bytes += bytes;
        match line {
            Line::InboxdbExport(header) => self.checks.header(&header)?,
            Line::ProfileFields { fields } => self.piece.profile_fields = self.checks.profile_fields(fields)?,
            Line::Tag { path } => self.piece.tags.push(self.checks.tag(&path)?),
            Line::Manager(manager) => self.piece.managers.push(self.checks.manager(manager)?),
            Line::Customer(customer) => self.piece.add_customer(self.checks.customer(customer)?),
            Line::Event(event) => self.piece.add_event(self.checks.event(event)?),
            Line::Chat(chat) => self.piece.add_chat(self.checks.chat(*chat)?),
            Line::Message(message) => self.piece.add_message(self.checks.message(message)?),
            Line::End(_) => {}
        }
        Ok(())
    }

    /// Whether what was taken is enough for a change.
    pub(crate) fn is_full(&self) -> bool {
        self.piece_bytes >= PIECE_BYTES
            || self.piece.chats() >= IMPORTED_CHATS_PER_CHANGE
            || self.piece.people() >= PIECE_RECORDS_MAX
    }

    /// What was taken since the piece before.
    pub(crate) fn take_piece(&mut self) -> Piece {
        self.piece_bytes = 0;
        let mut piece = std::mem::take(&mut self.piece);
        piece.next = self.checks.next_ids();
        piece
    }

    /// Goes on after a piece that is done: more lines may come of its last chat or customer.
    pub(crate) fn go_on(&mut self, done: Piece) {
        self.piece = done.remains(self.sequence.is_within());
    }

    /// The end of the input: it must not come early.
    pub(crate) fn end(&self) -> Result<(), Fault> {
        self.sequence.end()
    }

    /// How many of each were taken.
    pub(crate) fn contents(&self) -> Contents {
        self.sequence.contents()
    }

    /// The latest moment of all that was taken: where the clock goes.
    pub(crate) fn clock(&self) -> u64 {
        self.checks.clock()
    }
}
