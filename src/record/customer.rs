//! The stored forms of customers and their events.

use std::collections::BTreeMap;

use super::stored::{flagged_record, stored_struct};

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
        properties_weight(&self.profile) + self.external.as_ref().map_or(0, String::len)
    }
}

impl EventRecord {
    /// The approximate heap size in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.name.len() + properties_weight(&self.properties)
    }
}

fn properties_weight(properties: &BTreeMap<String, String>) -> usize {
    properties.iter().map(|(key, value)| key.len() + value.len() + 60).sum()
}
