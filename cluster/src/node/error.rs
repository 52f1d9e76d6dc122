//! Why a node cannot start, or does not do a command.

use inboxdb::{Code, Place, Refusal};

/// Why a node cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The store belongs to other logs.
    #[error("the store cannot be used with this log: {0}")]
    Bound(String),
    /// The operating system does not let it.
    #[error("the node cannot start: {0}")]
    System(String),
}

/// Why a node does not do a command, or does not know whether it was done.
#[derive(Debug)]
#[non_exhaustive]
pub enum NodeError {
    /// It was judged and refused. It changes nothing.
    Refused {
        /// Why.
        refusal: Refusal,
        /// The place at which it was judged. None if this node did so before it was published.
        place: Option<Place>,
    },
    /// It was not published, and will not be done.
    Unavailable(String),
    /// It may have been published, and may be done or not. The same command with the same id settles that.
    Unknown(String),
}

impl NodeError {
    /// Returns why, without what it means for the command.
    pub fn reason(&self) -> String {
        match self {
            NodeError::Refused { refusal, .. } => refusal.to_string(),
            NodeError::Unavailable(reason) | NodeError::Unknown(reason) => reason.clone(),
        }
    }

    /// Returns the stable code of the error.
    pub fn code(&self) -> Code {
        match self {
            NodeError::Refused { refusal, .. } => refusal.code,
            NodeError::Unavailable(_) | NodeError::Unknown(_) => Code::Unavailable,
        }
    }
}

impl std::fmt::Display for NodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NodeError::Refused { refusal, .. } => refusal.fmt(f),
            NodeError::Unavailable(reason) => write!(f, "the command was not done: {reason}"),
            NodeError::Unknown(reason) => write!(
                f,
                "whether the command was done is not known: {reason}; send it again with the same id to find out"
            ),
        }
    }
}

impl std::error::Error for NodeError {}

impl From<inboxdb::Error> for NodeError {
    /// An error of the engine before anything is published.
    fn from(error: inboxdb::Error) -> Self {
        match error {
            inboxdb::Error::Refused(refusal) => NodeError::Refused { refusal, place: None },
            error => NodeError::Unavailable(error.to_string()),
        }
    }
}
