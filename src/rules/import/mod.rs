//! The rules of imports. Each line is checked as if commands had made it. Lines are collected into pieces, and each
//! piece becomes a change.
//!
//! A line is looked at twice. When it is read, it is checked by itself and against the lines before it, and the managers
//! and tags that it names are looked up ([`check`], [`team`]). When its piece is planned, customers, chats and messages
//! with external ids are looked up: what exists stays as it is, and what is missing is created ([`place`]).

mod check;
mod done;
mod numbers;
mod piece;
mod place;
mod sequence;
mod team;

#[cfg(test)]
mod tests;

use crate::error::Refusal;
use crate::export::{Contents, Line};
use crate::model::limits::IMPORTED_CHATS_PER_CHANGE;
use crate::record::codec::CodecError;
use crate::record::{Cause, Change, Record, RecordKey};
use crate::rules::builder::ChangeBuilder;
use crate::rules::commands::workspace;
use crate::rules::{PlanInput, Preloaded};
use crate::workspace::State;

use check::Checks;
use place::{Known, Placed};
use sequence::Sequence;

pub(crate) use piece::NextNumbers;
use piece::Piece;

/// About how many bytes of lines a piece has at most.
const PIECE_BYTES: usize = 1 << 20;
/// How many records of managers, customers, tags and ids a piece has at most.
const PIECE_RECORDS_MAX: usize = 4_096;

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) String);

/// What is wrong with a line of a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LineFault {
    pub(crate) line: u64,
    pub(crate) fault: Fault,
}

type Checked<T> = Result<T, Fault>;

impl Fault {
    fn at(self, line: u64) -> LineFault {
        LineFault { line, fault: self }
    }
}

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

/// Turns the lines of a file into changes.
pub(crate) struct Importer {
    sequence: Sequence,
    checks: Checks,
    piece: Piece,
    /// The bytes of all lines in the piece.
    piece_bytes: usize,
    known: Known,
    /// Ids of commands that the workspace remembered before.
    remembered: u64,
    next_remembered: u64,
}

impl Importer {
    /// Creates an importer for a workspace. No time may be later than `latest_ms`, except the ends of snoozes.
    /// `into_empty` says that the workspace holds nothing that a file could name.
    pub(crate) fn new(state: &State, latest_ms: u64, into_empty: bool) -> Self {
        Self {
            sequence: Sequence::default(),
            checks: Checks::new(state, latest_ms, into_empty),
            piece: Piece::default(),
            piece_bytes: 0,
            known: Known::new(state, into_empty),
            remembered: state.remembered.callers(),
            next_remembered: state.meta.next.remembered,
        }
    }

    /// Takes the next line, with its number and length.
    pub(crate) fn take(&mut self, line: Line, number: u64, bytes: usize) -> Result<(), Fault> {
        self.sequence.take(&line)?;
        self.piece_bytes += bytes;
        let (checks, piece) = (&mut self.checks, &mut self.piece);
        match line {
            Line::InboxdbExport(header) => checks.header(&header)?,
            Line::ProfileFields { fields } => piece.profile_fields = checks.profile_fields(fields)?,
            Line::Tag(line) => piece.tags.extend(checks.tag(&line)?),
            Line::Manager(manager) => piece.managers.extend(checks.manager(manager)?),
            Line::Customer(customer) => piece.start_customer(number, checks.customer(customer)?),
            Line::Event(event) => piece.add_event(number, checks.event(event)?),
            Line::Chat(chat) => piece.start_chat(number, checks.chat(*chat)?),
            Line::Message(message) => piece.add_message(number, checks.message(message)?),
            Line::Done(done) => {
                let record = checks.done(done, self.remembered + self.sequence.contents().done)?;
                if checks.team.kept_numbers() {
                    piece.done.push(record);
                }
            }
            Line::End(_) => {}
        }
        Ok(())
    }

    /// Returns whether the piece is large enough for a change.
    pub(crate) fn is_full(&self) -> bool {
        if !self.known.into_empty && !self.sequence.is_past_tags() {
            // A file that is refused for its first manager, customer or chat has changed nothing.
            return false;
        }
        self.piece_bytes >= PIECE_BYTES
            || self.piece.chats.len() >= IMPORTED_CHATS_PER_CHANGE
            || self.piece.others() >= PIECE_RECORDS_MAX
    }

    /// Returns the lines since the previous piece. The last piece brings the clock up to date.
    pub(crate) fn take_piece(&mut self, is_last: bool) -> Piece {
        self.piece_bytes = 0;
        let mut piece = std::mem::take(&mut self.piece);
        piece.next = self.checks.next_numbers();
        piece.end = is_last.then(|| self.checks.end());
        piece
    }

    /// Returns the keys of records that the plan of a piece looks up. It may miss others.
    pub(crate) fn needs(&self, piece: &Piece) -> Vec<RecordKey> {
        piece.needs(!self.known.into_empty)
    }

    /// Plans the change for a piece.
    pub(crate) fn plan(
        &self,
        input: PlanInput<'_>,
        piece: &Piece,
    ) -> Result<(Option<Change>, Result<Placed, LineFault>), CodecError> {
        place::plan(input, piece, &self.known)
    }

    /// Continues after a piece was put. Its last chat or customer may have more lines.
    pub(crate) fn go_on(&mut self, placed: Placed) {
        if self.sequence.is_within() {
            self.piece.go_on(placed.customer, placed.chat, self.sequence.taken());
        }
        self.known.add(placed);
    }

    /// Fails if the input ended early.
    pub(crate) fn end(&self) -> Result<(), Fault> {
        self.sequence.end()
    }

    /// Returns the counts of everything taken.
    pub(crate) fn contents(&self) -> Contents {
        self.sequence.contents()
    }

    /// Returns the counts of what was missing and is created.
    pub(crate) fn created(&self) -> Contents {
        self.known.created
    }

    /// Plans the change that deletes everything that was put into an empty workspace.
    pub(crate) fn plan_undo(&self, state: &State) -> Result<Option<Change>, CodecError> {
        let preloaded = Preloaded::default();
        let mut builder = ChangeBuilder::new(PlanInput { state, preloaded: &preloaded }, state.meta.clock, None);
        workspace::empty(&mut builder);
        let remembered = state.remembered.of_callers().chain(state.remembered.of_nodes());
        for (number, record) in remembered.filter(|(number, _)| *number < self.next_remembered) {
            builder.put_record(RecordKey::Remembered(number), Some(Record::Remembered(record.clone())));
        }
        builder.finish(Cause::Import)
    }
}
