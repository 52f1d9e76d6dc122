//! The stored forms of customers and their events.

use std::collections::BTreeMap;

use super::stored::{flagged_record, stored_struct};
use crate::heap;

/// The stored form of a customer. Events are numbered 1, 2, 3 … per customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CustomerRecord {
    pub(crate) name: Option<String>,
    pub(crate) profile: BTreeMap<String, String>,
    pub(crate) events: u32,
    /// The sum of the digests of its events. With it, events are deleted without reading them.
    pub(crate) events_digest: u64,
    /// The id in the caller's own system.
    pub(crate) external: Option<String>,
}

/// The stored form of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventRecord {
    pub(crate) at: u64,
    pub(crate) name: String,
    pub(crate) page: Option<String>,
    pub(crate) properties: BTreeMap<String, String>,
}

flagged_record!(CustomerRecord {
    ;
    name;
    profile, events, events_digest;
    external
});
stored_struct!(EventRecord { at, name, page, properties });

impl CustomerRecord {
    /// The approximate heap size in bytes.
    pub(crate) fn weight(&self) -> usize {
        let texts = [&self.name, &self.external].into_iter().flatten();
        heap_bytes_of_texts(&self.profile) + texts.map(|text| heap::of_bytes(text.len())).sum::<usize>()
    }
}

impl EventRecord {
    /// The approximate heap size in bytes.
    pub(crate) fn weight(&self) -> usize {
        let texts = [Some(&self.name), self.page.as_ref()].into_iter().flatten();
        heap_bytes_of_texts(&self.properties) + texts.map(|text| heap::of_bytes(text.len())).sum::<usize>()
    }
}

/// The approximate heap size of a map of texts in bytes.
pub(super) fn heap_bytes_of_texts(texts: &BTreeMap<String, String>) -> usize {
    let entries = texts.iter().map(|(key, value)| heap::of_bytes(key.len()) + heap::of_bytes(value.len()));
    heap::of_tree::<String, String>(texts.len()) + entries.sum::<usize>()
}
