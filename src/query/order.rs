//! The order of a list of chats.

use serde::{Deserialize, Serialize};

/// Which chats of a list come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ListOrder {
    /// Those with the newest activity.
    #[default]
    Newest,
    /// Those with the oldest activity.
    Oldest,
}
