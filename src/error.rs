//! Errors of opening a store ([`OpenError`]) and of using one ([`Error`]).

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::{fmt, io};

use serde::{Deserialize, Serialize};

use crate::model::{Actual, ChatId, CustomerId, ManagerId, MessageId, ParseError, words};

/// The stable name of a refusal, the same in Rust and JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Code {
    /// Not a valid command or query: wrong fields, numbers out of range, a time after the year 9999.
    Malformed,
    /// No such manager in the workspace.
    UnknownManager,
    /// No such customer in the workspace.
    UnknownCustomer,
    /// No such chat in the workspace.
    UnknownChat,
    /// No such tag in the workspace.
    UnknownTag,
    /// No custom index with that name is registered.
    UnknownIndex,
    /// The index is registered but still being built.
    IndexBuilding,
    /// The new path of a moved tag is taken.
    TagExists,
    /// Not a valid tag path.
    InvalidTag,
    /// The chat would have more than 8 tags.
    TooManyTags,
    /// A deadline that is not in the future.
    InvalidSnooze,
    /// The assignee of a chat cannot stop following it.
    AssigneeMustFollow,
    /// Only a follower of a chat can leave it.
    NotFollowing,
    /// No manager can take another chat.
    NobodyAvailable,
    /// A message needs a text or a file.
    EmptyMessage,
    /// A message text or description over its limit.
    TextTooLong,
    /// Anything else over its limit.
    TooLarge,
    /// No such message in the chat, or it is redacted.
    UnknownMessage,
    /// The external id belongs to something else.
    ExternalTaken,
    /// The id of the command belongs to another command.
    IdReused,
    /// The condition of the command does not hold.
    ConditionFailed,
    /// The actor may not do that.
    Forbidden,
    /// The store takes no writes, or cannot be read.
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
    UnknownMessage = "unknown_message",
    ExternalTaken = "external_taken",
    IdReused = "id_reused",
    ConditionFailed = "condition_failed",
    Forbidden = "forbidden",
    Unavailable = "unavailable",
});

/// Why a command or query was refused. The store is fine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct Refusal {
    /// The stable name.
    pub code: Code,
    /// What was wrong, the offending value, and the limit.
    pub message: String,
    /// Which command of a batch was refused, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<usize>,
    /// For [`Code::ConditionFailed`], what the chat is like: the fields that the condition asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<Actual>,
}

impl Refusal {
    /// Creates a refusal. A host can use it to refuse something itself in the same form.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), at: None, actual: None }
    }

    /// The same refusal, of a command in a batch.
    pub(crate) fn at(self, place: usize) -> Self {
        Self { at: Some(place), ..self }
    }

    pub(crate) fn unknown_message(chat: ChatId, message: MessageId) -> Self {
        Self::new(Code::UnknownMessage, format!("chat {chat} has no message {message}"))
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

/// The errors of an open engine.
///
/// A host can tell the cases apart: a refusal is the caller's mistake, [`Closed`](Self::Closed) means that the host
/// used a closed engine, and for [`Unavailable`](Self::Unavailable) [`Failure::kind`] shows whether the disk is full.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The command or query was judged and refused.
    Refused(Refusal),
    /// The engine is closed.
    Closed,
    /// The engine takes no writes until it is opened again, or the disk is out of room, or an import has exclusive use
    /// of the workspace. The outcome of commands in flight is unknown. What was acknowledged before is durable, and
    /// reads continue.
    Unavailable(Failure),
    /// A record could not be read back from the store.
    Unreadable(Failure),
}

/// Why the engine could not write or read.
#[derive(Debug, Clone)]
pub struct Failure {
    reason: String,
    source: Option<Arc<io::Error>>,
}

impl Failure {
    /// Creates a failure reported by the operating system.
    pub(crate) fn io(reason: impl Into<String>, kind: io::ErrorKind) -> Self {
        let reason = reason.into();
        let source = Some(Arc::new(io::Error::new(kind, reason.clone())));
        Self { reason, source }
    }

    /// Returns what went wrong and what helps.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns what the operating system reported, such as [`StorageFull`](io::ErrorKind::StorageFull), if anything.
    pub fn kind(&self) -> Option<io::ErrorKind> {
        self.source.as_ref().map(|source| source.kind())
    }
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self { reason, source: None }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Refused(refusal) => refusal.fmt(f),
            Error::Closed => f.write_str("the engine is closed; open the store again"),
            Error::Unavailable(failure) => write!(f, "the store takes no writes: {failure}"),
            Error::Unreadable(failure) => write!(f, "the store could not be read: {failure}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Refused(refusal) => Some(refusal),
            Error::Closed => None,
            Error::Unavailable(failure) | Error::Unreadable(failure) => {
                failure.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
            }
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Error::Refused(refusal)
    }
}

impl Error {
    pub(crate) fn unavailable(reason: impl Into<String>) -> Self {
        Error::Unavailable(Failure::from(reason.into()))
    }

    pub(crate) fn unreadable(reason: impl Into<String>) -> Self {
        Error::Unreadable(Failure::from(reason.into()))
    }

    /// Returns the stable code of the error.
    pub fn code(&self) -> Code {
        match self {
            Error::Refused(refusal) => refusal.code,
            Error::Closed | Error::Unavailable(_) | Error::Unreadable(_) => Code::Unavailable,
        }
    }

    /// Returns the underlying failure, with its reason changed by `reason`.
    pub(crate) fn into_failure(self, reason: impl FnOnce(&str) -> String) -> Failure {
        let failure = match self {
            Error::Unavailable(failure) | Error::Unreadable(failure) => failure,
            other => Failure::from(other.to_string()),
        };
        Failure { reason: reason(&failure.reason), source: failure.source }
    }
}

/// Why a store could not be opened. Nothing was changed on disk, unless a variant says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory does not exist, and the caller asked not to create it.
    #[error("there is no store at {}: the directory does not exist", .0.display())]
    Missing(PathBuf),
    /// The directory is empty, and the caller asked not to create a store.
    #[error("there is no store in {}: the directory is empty", .0.display())]
    Empty(PathBuf),
    /// The directory holds something else.
    #[error("{} is not an inboxdb store: it holds other files; name an empty or a new directory", .0.display())]
    NotAStore(PathBuf),
    /// The path is not a directory.
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
    /// The directory lies inside another store.
    #[error("{} is inside the store at {}; name a directory elsewhere", .path.display(), .store.display())]
    InsideStore {
        /// The directory.
        path: PathBuf,
        /// The store around it.
        store: PathBuf,
    },
    /// Another engine, in this process or another, has the store open.
    #[error("the store at {} is in use by {holder}; close it there first", .path.display())]
    Locked {
        /// The store's directory.
        path: PathBuf,
        /// Who holds it, if known: `process 123`.
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
    /// The operating system reported an error.
    #[error("cannot {doing} {}: {source}", .path.display())]
    Io {
        /// The attempted operation, such as `create`.
        doing: &'static str,
        /// The path it was tried on.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Durable data is damaged or missing.
    #[error("the store is damaged: {0}")]
    Damaged(String),
}

impl OpenError {
    /// Wraps an error of the operating system with the operation and the path.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }

    /// Damage that the state store may outlive.
    pub(crate) fn damaged(what: impl fmt::Display, store: &Path) -> Self {
        Self::Damaged(format!("{what}; {}", salvage_advice(store)))
    }
}

/// What helps against a damaged journal, checkpoint or format.
pub(crate) fn salvage_advice(store: &Path) -> String {
    format!("`inboxdb rebuild {} --salvage` keeps everything that the state store holds", store.display())
}
