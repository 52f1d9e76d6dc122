//! The contents and formats of exports: JSON Lines, which can be imported again, and CSV for spreadsheets.
//!
//! A JSON Lines export has one JSON object per line, in this order. No line refers to a later one.
//!
//! | line | what |
//! |---|---|
//! | `inboxdb_export` | the version of the format (2), the workspace, its clock, its next numbers |
//! | `profile_fields` | the profile fields, if any |
//! | `tag` | one per tag, by its path as shown, parents first |
//! | `manager` | one per manager, with all stored fields, also those who left |
//! | `customer` | one per customer of the exported chats; every customer if all chats are exported |
//! | `event` | after its customer: one per event, in order |
//! | `chat` | one per chat, oldest activity first: the import order becomes the timeline |
//! | `message` | after its chat: one per message, in order |
//! | `done` | one per remembered id of a command, if all chats are exported |
//! | `end` | the number of each, so that a truncated export is noticed |
//!
//! Notifications and running bulk actions are not exported.

mod cell;
mod csv;
mod excel;
mod json_lines;
pub(crate) mod line;
mod lines;
mod reference;
mod sink;

use std::io;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Refusal};

pub(crate) use csv::Csv;
pub(crate) use json_lines::JsonLines;
pub(crate) use line::Line;
pub(crate) use lines::{Lines, parse_line};
pub(crate) use reference::{Author, Reference, UnreadCounts};
pub(crate) use sink::{Opening, Sink};

/// The format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExportFormat {
    /// For spreadsheets: a heading row, then one row per message, and one row per chat without messages.
    ///
    /// Times are RFC 3339 in UTC, and lists within a cell are separated by `; `. User text that a spreadsheet could
    /// take for a formula gets a leading `'`. These are cells whose first character after white space is one of `= + -
    /// @ ＝ ＋ － ＠`, and cells that begin with a tab or a carriage return.
    Csv,
    /// As [`Csv`](Self::Csv), for Excel: it begins with a byte order mark, and numbers that Excel would change, those with
    /// more than 15 digits or with zeros in front, are texts: `="18446744073709551615"`.
    ExcelCsv,
    /// One JSON object per line, with everything that [`Engine::import`](crate::Engine::import) needs to recreate the
    /// inbox.
    JsonLines,
}

/// The number of records in an export or import. A CSV export counts only chats and messages.
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
    /// Ids of commands that were done.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub done: u64,
}

impl Contents {
    /// Adds the counts of more.
    pub(crate) fn add(&mut self, more: &Self) {
        let Self { managers, tags, customers, events, chats, messages, done } = more;
        self.managers += managers;
        self.tags += tags;
        self.customers += customers;
        self.events += events;
        self.chats += chats;
        self.messages += messages;
        self.done += done;
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The result of an export.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExportReport {
    /// The number of records written.
    pub contents: Contents,
    /// Chats deleted after the export began, and left out.
    pub left_out: u64,
}

/// Why an export failed or was incomplete.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The actor may not export, or the actor or the filter names something unknown. Nothing was written.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store could not be read.
    #[error(transparent)]
    Store(Error),
    /// Something was deleted during the export, and was too large to be retained until it was written. Run the export
    /// again.
    #[error("{0} was deleted while it was being exported; export again")]
    Deleted(String),
    /// Writing to the output failed.
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

/// The result of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ImportReport {
    /// The number of records in the file.
    pub contents: Contents,
    /// How many of them were missing and were created. The rest existed, and stays as it was.
    #[serde(default)]
    pub created: Contents,
    /// The seq of the import's last change. The import is as durable as a command.
    pub seq: u64,
}

/// Why an import failed. An empty workspace stays empty, unless the variant says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The workspace is not empty and a line has no external id, or another import into the workspace is running.
    #[error("{0}")]
    NotEmpty(String),
    /// A line is not valid in an export, or breaks a rule of the inbox.
    #[error("line {line}: {reason}")]
    Line {
        /// The line number, from 1. One past the last line if the input ends too early.
        line: u64,
        /// The reason.
        reason: String,
    },
    /// The input could not be read.
    #[error("line {line} could not be read: {source}")]
    Read {
        /// The line number, from 1.
        line: u64,
        /// The cause.
        source: io::Error,
    },
    /// The store failed, or the disk is full.
    #[error(transparent)]
    Store(#[from] Error),
    /// The import failed within a file that names things by external id, in a workspace that was not empty. What came
    /// before the failure is imported. The file can be imported again, and continues there.
    #[error("{0}; what came before it is imported: put it right, and import the whole file again")]
    Partly(Box<ImportError>),
    /// The import failed, and what it had imported could not be deleted again. The workspace holds a part of it;
    /// `delete_workspace` clears it.
    #[error("{why}; what was imported before could not be deleted again ({undo}): delete the workspace")]
    Remains {
        /// The first failure.
        why: Box<ImportError>,
        /// Why the deletion failed.
        undo: Error,
    },
}

impl ImportError {
    /// The line number of the failure, if it was in a line.
    pub fn line(&self) -> Option<u64> {
        match self {
            ImportError::Line { line, .. } | ImportError::Read { line, .. } => Some(*line),
            ImportError::Remains { why, .. } | ImportError::Partly(why) => why.line(),
            ImportError::NotEmpty(_) | ImportError::Store(_) => None,
        }
    }
}
