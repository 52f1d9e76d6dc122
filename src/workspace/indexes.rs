//! The custom indexes of a workspace: those in its records, and those registered by the host.

use std::sync::Arc;

use crate::index::{LiveIndex, Registration};
use crate::record::{IndexId, IndexRecord, IndexState, Setting, SettingKey};
use crate::workspace::State;

/// Stands for an index that an untouched workspace does not have yet. Ids are given from 1 on.
const NO_INDEX: IndexId = IndexId(0);

/// The indexes registered by the host, by name.
pub(crate) type Registry = Arc<[Registration]>;

impl State {
    /// The indexes of the workspace, by id, whether registered or not.
    pub(crate) fn indexes(&self) -> impl Iterator<Item = (IndexId, &IndexRecord)> {
        let first = SettingKey::Index(IndexId(0));
        self.settings.range(first..).filter_map(|(key, setting)| match (key, &**setting) {
            (SettingKey::Index(id), Setting::Index(record)) => Some((*id, record)),
            _ => None,
        })
    }

    /// The indexes registered by the host, by name and version.
    pub(crate) fn registrations(&self) -> impl Iterator<Item = (&str, u32)> {
        self.registry.iter().map(|registered| (registered.name.as_str(), registered.version))
    }

    fn registration(&self, record: &IndexRecord) -> Option<&Registration> {
        let found = self.registry.iter().find(|registered| registered.name == record.name);
        found.filter(|registered| registered.version == record.version)
    }

    /// Whether the host has registered this index and version.
    pub(crate) fn is_registered(&self, record: &IndexRecord) -> bool {
        self.registration(record).is_some()
    }

    /// The names and versions of registered indexes that the workspace does not have.
    pub(crate) fn unknown_registrations(&self) -> impl Iterator<Item = (&str, u32)> {
        let known = |registered: &&Registration| {
            self.indexes().any(|(_, record)| record.name == registered.name && record.version == registered.version)
        };
        let unknown = self.registry.iter().filter(move |registered| !known(registered));
        unknown.map(|registered| (registered.name.as_str(), registered.version))
    }

    /// The indexes that commands maintain.
    pub(crate) fn live_indexes(&self) -> &[LiveIndex] {
        &self.live_indexes
    }

    /// An index that commands maintain.
    pub(crate) fn live_index(&self, id: IndexId) -> Option<&LiveIndex> {
        self.live_indexes.iter().find(|live| live.id == id)
    }

    /// The registered index with a name, and its build state. An untouched workspace gets its indexes with its first
    /// change; until then they read as complete and empty.
    pub(crate) fn find_index(&self, name: &str) -> Option<(IndexId, IndexState)> {
        if self.is_untouched() {
            let is_registered = self.registry.iter().any(|registered| registered.name == name);
            return is_registered.then_some((NO_INDEX, IndexState::Readable));
        }
        let mut live = self.indexes().filter(|(id, _)| self.live_index(*id).is_some());
        live.find(|(_, record)| record.name == name).map(|(id, record)| (id, record.state))
    }

    /// Recomputes which indexes commands maintain.
    pub(crate) fn refresh_live_indexes(&mut self) {
        let live = |(id, record): (IndexId, &IndexRecord)| {
            self.registration(record).map(|registered| LiveIndex { id, index: Arc::clone(&registered.index) })
        };
        self.live_indexes = self.indexes().filter_map(live).collect();
    }

    /// Drops all postings of an index that the workspace no longer has, and marks their rows for deletion.
    pub(crate) fn drop_index(&mut self, id: IndexId) {
        self.postings.forget_on_demand(|key| key.custom_index() != Some(id));
        self.generation += 1;
        self.dirty.drop_index(id);
    }
}
