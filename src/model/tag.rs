//! A tag, as readers see it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A tag of the workspace's tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tag {
    /// Its path, as it was created.
    pub path: Arc<str>,
}
