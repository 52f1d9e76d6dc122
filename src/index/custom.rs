//! Custom indexes registered by the host.

use std::fmt;
use std::sync::Arc;

use crate::index::keys::{Index, IndexedChat, Keys};
use crate::record::IndexId;

/// An index over the values of one attribute of chats: `custom:team=payments` holds the chats whose attribute `team` is
/// `payments`.
///
/// ```
/// use inboxdb::{AttributeIndex, Config};
///
/// let config = Config::default().index("team", 1, AttributeIndex::new("team"));
/// # let _ = config;
/// ```
#[derive(Debug, Clone)]
pub struct AttributeIndex {
    attribute: String,
}

impl AttributeIndex {
    /// Creates an index over the attribute `attribute`.
    pub fn new(attribute: impl Into<String>) -> Self {
        Self { attribute: attribute.into() }
    }
}

impl Index for AttributeIndex {
    fn keys(&self, chat: &IndexedChat<'_>, out: &mut Keys) {
        if let Some(value) = chat.attribute(&self.attribute) {
            out.push(value);
        }
    }
}

impl<F: Fn(&IndexedChat<'_>, &mut Keys) + Send + Sync> Index for F {
    fn keys(&self, chat: &IndexedChat<'_>, out: &mut Keys) {
        self(chat, out);
    }
}

/// An index registered by the host.
#[derive(Clone)]
pub(crate) struct Registration {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) index: Arc<dyn Index>,
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// An index that commands keep up to date in one workspace.
#[derive(Clone)]
pub(crate) struct LiveIndex {
    pub(crate) id: IndexId,
    pub(crate) index: Arc<dyn Index>,
}
