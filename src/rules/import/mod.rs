//! The rules of imports. Each line is checked as if commands had made it. Lines are collected into pieces, and each
//! piece becomes a change.

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

/// About how many bytes of lines a piece has at most.
const PIECE_BYTES: usize = 1 << 20;
/// How many records of managers, customers and tags a piece has at most.
const PIECE_RECORDS_MAX: usize = 4_096;

/// What is wrong with a line.
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

/// Turns the lines of an export into records for an empty workspace.
pub(crate) struct Importer {
    sequence: Sequence,
    checks: Checks,
    piece: Piece,
    /// The bytes of all lines in the piece.
    piece_bytes: usize,
}

impl Importer {
    /// Creates an importer for an empty workspace. No time may be later than `latest_ms`, except the ends of snoozes.
    pub(crate) fn new(empty: &State, latest_ms: u64) -> Self {
        Self {
            sequence: Sequence::default(),
            checks: Checks::new(empty.meta.next.tag, latest_ms),
            piece: Piece::default(),
            piece_bytes: 0,
        }
    }

    /// Takes the next line. `bytes` is its length.
    pub(crate) fn take(&mut self, line: Line, bytes: usize) -> Result<(), Fault> {
        self.sequence.take(&line)?;
        self.piece_bytes += bytes;
        match line {
            Line::InboxdbExport(header) => self.checks.header(&header)?,
            Line::ProfileFields { fields } => self.piece.profile_fields = self.checks.profile_fields(fields)?,
            Line::Tag(line) => self.piece.tags.push(self.checks.tag(&line)?),
            Line::Manager(manager) => self.piece.managers.push(self.checks.manager(manager)?),
            Line::Customer(customer) => self.piece.add_customer(self.checks.customer(customer)?),
            Line::Event(event) => self.piece.add_event(self.checks.event(event)?),
            Line::Chat(chat) => self.piece.add_chat(self.checks.chat(*chat)?),
            Line::Message(message) => self.piece.add_message(self.checks.message(message)?),
            Line::End(_) => {}
        }
        Ok(())
    }

    /// Returns whether the piece is large enough for a change.
    pub(crate) fn is_full(&self) -> bool {
        self.piece_bytes >= PIECE_BYTES
            || self.piece.chats() >= IMPORTED_CHATS_PER_CHANGE
            || self.piece.people() >= PIECE_RECORDS_MAX
    }

    /// Returns the lines since the previous piece.
    pub(crate) fn take_piece(&mut self) -> Piece {
        self.piece_bytes = 0;
        let mut piece = std::mem::take(&mut self.piece);
        piece.next = self.checks.next_ids();
        piece
    }

    /// Continues after a finished piece. Its last chat or customer may have more lines.
    pub(crate) fn go_on(&mut self, done: Piece) {
        self.piece = done.remains(self.sequence.is_within());
    }

    /// Fails if the input ended early.
    pub(crate) fn end(&self) -> Result<(), Fault> {
        self.sequence.end()
    }

    /// Returns the counts of everything taken.
    pub(crate) fn contents(&self) -> Contents {
        self.sequence.contents()
    }

    /// Returns the latest time in all lines, in ms. The workspace's clock is set to it.
    pub(crate) fn clock(&self) -> u64 {
        self.checks.clock()
    }
}
