//! Tags, as queries return them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A tag in the tag tree of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tag {
    /// The path, spelled as it was created.
    pub path: Arc<str>,
}
