//! What an export holds and how it is written: JSON Lines, which can be imported again, and CSV for spreadsheets.
//!
//! An export as JSON Lines is one JSON object a line, in this order. Nothing is named before its line.
//!
//! | line | what |
//! |---|---|
//! | `inboxdb_export` | the version of the form (1), the workspace, its clock, the id that its next chat would get |
//! | `profile_fields` | the fields of profiles, where there are any |
//! | `tag` | one for each tag, by its path as shown, parents first |
//! | `manager` | one for each manager, with all that is stored of them |
//! | `customer` | one for each customer of the chats, or for each of the workspace where all its chats are exported |
//! | `event` | after its customer: one for each of their events, in order |
//! | `chat` | one for each chat, oldest activity first: the order in which they are imported is their timeline |
//! | `message` | after its chat: one for each of its messages, in order |
//! | `end` | how many of each there were, so that an export that was cut off is noticed |
//!
//! Notifications and bulk actions under way are no part of an export.

mod cell;
mod csv;
mod json_lines;
pub(crate) mod line;
mod lines;
mod sink;

use std::io;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Refusal};

pub(crate) use csv::Csv;
pub(crate) use json_lines::JsonLines;
pub(crate) use line::Line;
pub(crate) use lines::{Lines, parse_line};
pub(crate) use sink::{Opening, Sink};

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExportFormat {
    /// For spreadsheets: a row for each message, and one for each chat without messages, below a row of headings.
    ///
    /// Times are RFC 3339 in UTC, lists within a cell are split by `; `. What people wrote and a spreadsheet could
    /// take for a formula gets a leading `'`: cells whose first character, white space left out, is one of
    /// `= + - @ ＝ ＋ － ＠`, and cells that begin with a tab or a carriage return.
    Csv,
    /// One JSON object a line, with everything that [`Engine::import`](crate::Engine::import) needs to make the
    /// same inbox again.
    JsonLines,
}

/// How many of each an export or import held. Of an export as CSV only chats and messages are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Contents {
    /// Managers.
    pub managers: u64,
    /// Tags.
    pub tags: u64,
    /// Customers.
    pub customers: u64,
    /// Events of customers.
    pub events: u64,
    /// Chats.
    pub chats: u64,
    /// Messages of the chats.
    pub messages: u64,
}

/// What an export has written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExportReport {
    /// What it holds.
    pub contents: Contents,
    /// Chats that were deleted after it had begun, and are not in it.
    pub left_out: u64,
}

/// Why an export was not made, or not to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The actor may not export, or the actor or the filter names something unknown. Nothing was written.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store could not be read.
    #[error(transparent)]
    Store(Error),
    /// Something was deleted while it was being written, and was too large to be held back until it was read.
    /// The export is to be made again.
    #[error("{0} was deleted while it was being exported; export again")]
    Deleted(String),
    /// What the export goes to has failed.
    #[error("the export could not be written: {0}")]
    Write(#[from] io::Error),
}

impl From<Error> for ExportError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => ExportError::Refused(refusal),
            other => ExportError::Store(other),
        }
    }
}

/// What an import has brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ImportReport {
    /// What it held.
    pub contents: Contents,
    /// The newest change when it was done. It is durable as that of a command would be.
    pub seq: u64,
}

/// Why an import did not happen. The workspace holds nothing, as before, unless the variant says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The workspace holds something, or is being imported into already.
    #[error("{0}")]
    NotEmpty(String),
    /// A line is no line of an export, or says what the inbox does not allow.
    #[error("line {line}: {reason}")]
    Line {
        /// Which, from 1. One past the last where the input ends too early.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The input could not be read.
    #[error("line {line} could not be read: {source}")]
    Read {
        /// Which, from 1.
        line: u64,
        /// Why.
        source: io::Error,
    },
    /// The store has failed, or lacks room.
    #[error(transparent)]
    Store(#[from] Error),
    /// The import went wrong, and what it had brought could not be deleted again: the workspace holds a part of it.
    /// `delete_workspace` clears it.
    #[error("{why}; what was imported before could not be deleted again ({undo}): delete the workspace")]
    Remains {
        /// What went wrong first.
        why: Box<ImportError>,
        /// Why the deletion failed.
        undo: Error,
    },
}

impl ImportError {
    /// The line at which it went wrong, where it was one.
    pub fn line(&self) -> Option<u64> {
        match self {
            ImportError::Line { line, .. } | ImportError::Read { line, .. } => Some(*line),
            ImportError::Remains { why, .. } => why.line(),
            ImportError::NotEmpty(_) | ImportError::Store(_) => None,
        }
    }
}
