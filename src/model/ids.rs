//! Identifiers. Each is a newtype, so a chat id cannot be mistaken for a manager id.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            /// Parses the number.
            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.parse().map(Self)
            }
        }

        impl From<$inner> for $name {
            fn from(id: $inner) -> Self {
                Self(id)
            }
        }

        impl From<$name> for $inner {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

id! {
    /// The id of a workspace: one tenant with its own managers, customers, tags and chats. Chosen by the caller.
    WorkspaceId(u64)
}
id! {
    /// The id of a manager: a person who answers chats. Chosen by the caller, unique in its workspace.
    ManagerId(u64)
}
id! {
    /// The id of a customer: a person who starts chats. Chosen by the caller, unique in its workspace.
    CustomerId(u64)
}
id! {
    /// The id of a chat. Assigned by the engine: 1, 2, 3 … in each workspace, never reused.
    ChatId(u32)
}
id! {
    /// The number of a message in its chat: 1, 2, 3 …
    MessageId(u32)
}
id! {
    /// The position of an entry in the replicated log of its group: 1, 2, 3 …
    ///
    /// A workspace belongs to one group, and so does its [`place`](crate::Workspace::place). Places of different groups
    /// cannot be compared.
    Place(u64)
}
id! {
    /// The internal id of a tag. It does not change when the tag is moved or renamed, and is never reused.
    TagId(u32)
}
