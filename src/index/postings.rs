//! Postings: for each index key, one set of chats per status.

use rustc_hash::FxHashMap;

use crate::model::{Status, StatusCounts, TagId};
use crate::record::IndexKey;
use crate::sets::ChatSet;

/// The chats of one key, by status.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Posting {
    sets: [ChatSet; 3],
}

impl Posting {
    #[inline]
    pub(crate) fn set(&self, status: Status) -> &ChatSet {
        &self.sets[status as usize]
    }

    pub(crate) fn set_mut(&mut self, status: Status) -> &mut ChatSet {
        &mut self.sets[status as usize]
    }

    #[inline]
    pub(crate) fn counts(&self) -> StatusCounts {
        let [open, snoozed, closed] = [0, 1, 2].map(|status| self.sets[status].len());
        StatusCounts { open, snoozed, closed }
    }

    /// The sets in the order of the statuses, for rows that hold all of them.
    pub(crate) fn to_sets(&self) -> Vec<ChatSet> {
        self.sets.to_vec()
    }

    /// The posting of such a row. `None` if it is not one.
    pub(crate) fn from_sets(sets: Vec<ChatSet>) -> Option<Self> {
        Some(Self { sets: sets.try_into().ok()? })
    }

    fn heap_bytes(&self) -> usize {
        self.sets.iter().map(ChatSet::heap_bytes).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sets.iter().all(ChatSet::is_empty)
    }
}

/// Tags with ids from here on are kept with the other keys. Tag ids are sequential, so only a damaged row can hold such
/// an id.
const DENSE_TAGS_MAX: u32 = 1 << 20;

/// All postings of a workspace that are in memory. An empty posting is removed, unless it was loaded on demand: its
/// presence then records that it is loaded.
#[derive(Debug, Default, Clone)]
pub(crate) struct Postings {
    resident: FxHashMap<IndexKey, Posting>,
    /// The postings of `IndexKey::Tag` by tag id. A vector, because a sidebar reads all of them at once.
    tags: Vec<Posting>,
    on_demand: FxHashMap<IndexKey, Posting>,
}

impl Postings {
    /// Returns the posting of a key, or `None` if it is empty or not loaded.
    pub(crate) fn get(&self, key: &IndexKey) -> Option<&Posting> {
        match key {
            IndexKey::Tag(tag) if tag.0 < DENSE_TAGS_MAX => self.tags.get(tag.0 as usize),
            key if key.is_on_demand() => self.on_demand.get(key),
            key => self.resident.get(key),
        }
    }

    /// Whether the posting of a key is in memory, so that [`get`](Self::get) is complete.
    pub(crate) fn is_loaded(&self, key: &IndexKey) -> bool {
        !key.is_on_demand() || self.on_demand.contains_key(key)
    }

    pub(crate) fn counts(&self, key: &IndexKey) -> StatusCounts {
        self.get(key).map(Posting::counts).unwrap_or_default()
    }

    /// Updates the set of a key and status.
    pub(crate) fn update(&mut self, key: &IndexKey, status: Status, change: impl FnOnce(&mut ChatSet)) {
        debug_assert!(self.is_loaded(key), "{key:?} is updated before it is loaded");
        if let IndexKey::Tag(tag) = key
            && tag.0 < DENSE_TAGS_MAX
        {
            let place = tag.0 as usize;
            if place >= self.tags.len() {
                self.tags.resize_with(place + 1, Posting::default);
            }
            return change(self.tags[place].set_mut(status));
        }
        if let Some(posting) = self.on_demand.get_mut(key) {
            return change(posting.set_mut(status));
        }
        let posting = self.resident.entry(key.clone()).or_default();
        change(posting.set_mut(status));
        if posting.is_empty() {
            self.resident.remove(key);
        }
    }

    /// Stores a posting that was loaded on demand.
    pub(crate) fn load(&mut self, key: IndexKey, posting: Posting) {
        debug_assert!(key.is_on_demand(), "{key:?} is loaded with the workspace");
        self.on_demand.insert(key, posting);
    }

    /// The number of postings loaded on demand.
    pub(crate) fn on_demand_len(&self) -> usize {
        self.on_demand.len()
    }

    /// Evicts the postings loaded on demand, except those that `keep` selects.
    pub(crate) fn forget_on_demand(&mut self, mut keep: impl FnMut(&IndexKey) -> bool) {
        self.on_demand.retain(|key, _| keep(key));
        self.on_demand.shrink_to_fit();
    }

    /// The approximate memory in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        let maps = [&self.resident, &self.on_demand];
        /// The text of a hashtag or of a value in a custom index.
        const WORD_BYTES: usize = 32;
        // A hash map keeps an eighth of its places free, and a byte for each.
        let entry_bytes = (size_of::<(IndexKey, Posting)>() + 1) * 8 / 7;
        let tables: usize = maps.iter().map(|map| map.capacity() * entry_bytes).sum();
        let sets: usize = maps.iter().flat_map(|map| map.values()).chain(&self.tags).map(Posting::heap_bytes).sum();
        tables + sets + self.on_demand.len() * WORD_BYTES + self.tags.capacity() * size_of::<Posting>()
    }

    /// Iterates over every posting in memory, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (IndexKey, &Posting)> {
        let tags = (0..).zip(&self.tags).map(|(tag, posting)| (IndexKey::Tag(TagId(tag)), posting));
        let others = self.resident.iter().chain(&self.on_demand);
        tags.chain(others.map(|(key, posting)| (key.clone(), posting)))
    }
}
