//! What can go wrong: opening a store ([`OpenError`]), and using one ([`Error`]).

use std::path::PathBuf;
use std::str::FromStr;
use std::{fmt, io};

use serde::{Deserialize, Serialize};

use crate::model::{ChatId, CustomerId, ManagerId, ParseError, words};

/// The stable name of a refusal, the same in Rust and JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Code {
    /// Not a command or query at all: wrong fields, numbers out of range, a moment after the year 9999.
    Malformed,
    /// No such manager in the workspace.
    UnknownManager,
    /// No such customer in the workspace.
    UnknownCustomer,
    /// No such chat in the workspace.
    UnknownChat,
    /// No such tag in the workspace.
    UnknownTag,
    /// The host has registered no index of that name.
    UnknownIndex,
    /// The index is registered, and its chats are still being gathered.
    IndexBuilding,
    /// The path to move a tag to is taken.
    TagExists,
    /// A path that no tag can have.
    InvalidTag,
    /// The chat would bear more than 8 tags.
    TooManyTags,
    /// A deadline that is not later than now.
    InvalidSnooze,
    /// The assignee of a chat cannot stop following it.
    AssigneeMustFollow,
    /// Only who follows a chat can leave it.
    NotFollowing,
    /// There is no manager who could take one more chat.
    NobodyAvailable,
    /// A message needs a text or a file.
    EmptyMessage,
    /// A message's text or a description past its limit.
    TextTooLong,
    /// Anything else past its limit.
    TooLarge,
    /// The actor may not do that.
    Forbidden,
    /// The store takes no writes, or cannot read.
    Unavailable,
}

words!(Code is "the code of a refusal, such as too_many_tags" {
    Malformed = "malformed",
    UnknownManager = "unknown_manager",
    UnknownCustomer = "unknown_customer",
    UnknownChat = "unknown_chat",
    UnknownTag = "unknown_tag",
    UnknownIndex = "unknown_index",
    IndexBuilding = "index_building",
    TagExists = "tag_exists",
    InvalidTag = "invalid_tag",
    TooManyTags = "too_many_tags",
    InvalidSnooze = "invalid_snooze",
    AssigneeMustFollow = "assignee_must_follow",
    NotFollowing = "not_following",
    NobodyAvailable = "nobody_available",
    EmptyMessage = "empty_message",
    TextTooLong = "text_too_long",
    TooLarge = "too_large",
    Forbidden = "forbidden",
    Unavailable = "unavailable",
});

/// Why a command or query was refused: nothing is wrong with the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct Refusal {
    /// The stable name.
    pub code: Code,
    /// What was wrong, with which value, and what the limit is.
    pub message: String,
}

impl Refusal {
    /// A refusal with its code and its message, for a host that refuses something itself in the same form.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(crate) fn unknown_chat(chat: ChatId) -> Self {
        Self::new(Code::UnknownChat, format!("there is no chat {chat}"))
    }

    pub(crate) fn unknown_manager(manager: ManagerId) -> Self {
        Self::new(Code::UnknownManager, format!("there is no manager {manager}"))
    }

    pub(crate) fn unknown_customer(customer: CustomerId) -> Self {
        Self::new(Code::UnknownCustomer, format!("there is no customer {customer}"))
    }
}

/// What using an open engine can answer instead of a result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The command or query was judged and refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The engine takes no more writes until it is opened again, or lacks room on the disk, or an import has the
    /// workspace for itself. Of commands in flight the outcome is unknown; what was acknowledged before is safe, and
    /// reads go on.
    #[error("the store takes no writes: {0}")]
    Unavailable(String),
    /// A record could not be read back from the store.
    #[error("the store could not be read: {0}")]
    Unreadable(String),
}

impl Error {
    /// The code of the contract for it.
    pub fn code(&self) -> Code {
        match self {
            Error::Refused(refusal) => refusal.code,
            Error::Unavailable(_) | Error::Unreadable(_) => Code::Unavailable,
        }
    }

    /// What is behind it, without the words of the variant.
    pub(crate) fn reason(&self) -> String {
        match self {
            Error::Refused(refusal) => refusal.message.clone(),
            Error::Unavailable(reason) | Error::Unreadable(reason) => reason.clone(),
        }
    }
}

/// Why a store could not be opened. Nothing was changed on disk, except where a variant says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory does not exist, and the caller asked not to create one.
    #[error("there is no store at {}: the directory does not exist", .0.display())]
    Missing(PathBuf),
    /// The directory is empty, and the caller asked not to create a store.
    #[error("there is no store in {}: the directory is empty", .0.display())]
    Empty(PathBuf),
    /// The directory holds something else.
    #[error("{} is not an inboxdb store: it holds other files; name an empty or a new directory", .0.display())]
    NotAStore(PathBuf),
    /// The path is that of something else.
    #[error("{} is not a directory; a store is one", .0.display())]
    NotADirectory(PathBuf),
    /// The store was written by a later version.
    #[error("the store at {} has format {found}, and this version reads up to {known}; use a newer inboxdb", .path.display())]
    NewerFormat {
        /// The store's directory.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that this version reads.
        known: u32,
    },
    /// Another engine, of this or another process, has it open.
    #[error("the store at {} is in use by {holder}; close it there first", .path.display())]
    Locked {
        /// The store's directory.
        path: PathBuf,
        /// Who holds it, as far as it is known: `process 123`.
        holder: String,
    },
    /// A custom index cannot be registered.
    #[error("the custom index {name:?} cannot be registered: {reason}")]
    InvalidIndex {
        /// Its name.
        name: String,
        /// Why not.
        reason: String,
    },
    /// The operating system refused.
    #[error("cannot {doing} {}: {source}", .path.display())]
    Io {
        /// What was tried, such as `create`.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Something that was safe on disk is damaged or missing.
    #[error("the store is damaged: {0}")]
    Damaged(String),
}
