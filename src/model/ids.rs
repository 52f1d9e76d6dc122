//! Identifiers. Each is a newtype, so that a chat id is never taken for a manager's.

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

            /// Reads the number.
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
    /// One tenant: its managers, customers, tags and chats. Chosen by the caller.
    WorkspaceId(u64)
}
id! {
    /// A person who answers. Chosen by the caller, unique in its workspace.
    ManagerId(u64)
}
id! {
    /// A person who writes in. Chosen by the caller, unique in its workspace.
    CustomerId(u64)
}
id! {
    /// One conversation. Given by the engine: 1, 2, 3 … in each workspace, never reused.
    ChatId(u32)
}
id! {
    /// A message's number in its chat: 1, 2, 3 …
    MessageId(u32)
}
id! {
    /// The internal name of a tag: it stays when the tag is moved or renamed, and is never reused.
    TagId(u32)
}
