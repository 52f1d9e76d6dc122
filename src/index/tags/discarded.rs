//! What a tree no longer needs.

use std::sync::Arc;

use super::order::Listing;
use super::{Full, TagNode};

/// What an update has taken out of a tree. Dropping it may take as long as the update, and needs no lock.
#[derive(Debug, Default)]
pub(crate) struct Discarded {
    pub(super) listing: Option<Listing>,
    pub(super) paths: Vec<Full>,
    pub(super) nodes: Vec<Arc<TagNode>>,
}
