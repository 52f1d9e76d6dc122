//! Customers and their events, as stored.

use std::collections::BTreeMap;

use super::stored::stored_struct;

/// A customer, as stored. Events are numbered 1, 2, 3 … in each customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CustomerRecord {
    pub(crate) name: Option<String>,
    pub(crate) profile: BTreeMap<String, String>,
    pub(crate) events: u32,
    /// The sum of the digests of the events, so that they can be deleted without being read.
    pub(crate) events_digest: u64,
}

/// What a customer did on the site, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventRecord {
    pub(crate) at: u64,
    pub(crate) name: String,
    pub(crate) page: Option<String>,
    pub(crate) properties: BTreeMap<String, String>,
}

stored_struct!(CustomerRecord { name, profile, events, events_digest });
stored_struct!(EventRecord { at, name, page, properties });

impl CustomerRecord {
    /// About how many bytes it takes beyond its own size.
    pub(crate) fn weight(&self) -> usize {
        properties_weight(&self.profile)
    }
}

impl EventRecord {
    /// About how many bytes it takes beyond its own size.
    pub(crate) fn weight(&self) -> usize {
        self.name.len() + properties_weight(&self.properties)
    }
}

fn properties_weight(properties: &BTreeMap<String, String>) -> usize {
    properties.iter().map(|(key, value)| key.len() + value.len() + 60).sum()
}
