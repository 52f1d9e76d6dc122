//! Postings: for each index key, one set of chats per status.

use rustc_hash::FxHashMap;

use crate::heap;
use crate::index::Posting;
use crate::model::{Status, StatusCounts, TagId};
use crate::record::{IndexKey, PostingDelta};
use crate::sets::ChatSet;

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
    /// Whether the rows that are loaded may be of different moments.
    for_replay: bool,
}

impl Postings {
    /// Postings to be loaded from rows of different moments, which replay brings to one.
    pub(crate) fn for_replay() -> Self {
        Self { for_replay: true, ..Self::default() }
    }

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

    /// Those of the keys whose postings are loaded on demand and not in memory, each once.
    pub(crate) fn missing<'k>(&self, keys: impl Iterator<Item = &'k IndexKey>) -> Vec<IndexKey> {
        let mut missing: Vec<IndexKey> = keys.filter(|key| !self.is_loaded(key)).cloned().collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    pub(crate) fn counts(&self, key: &IndexKey) -> StatusCounts {
        self.get(key).map(Posting::counts).unwrap_or_default()
    }

    /// Updates the set of a key and status.
    pub(crate) fn update(&mut self, key: &IndexKey, status: Status, change: impl FnOnce(&mut ChatSet)) {
        self.update_posting(key, |posting| change(posting.set_mut(status)));
    }

    /// Adds or removes members of a key and status.
    pub(crate) fn apply(&mut self, delta: &PostingDelta) {
        self.update_posting(&delta.key, |posting| posting.apply(delta));
    }

    fn update_posting(&mut self, key: &IndexKey, change: impl FnOnce(&mut Posting)) {
        debug_assert!(self.is_loaded(key), "{key:?} is updated before it is loaded");
        if let IndexKey::Tag(tag) = key
            && tag.0 < DENSE_TAGS_MAX
        {
            let place = tag.0 as usize;
            if place >= self.tags.len() {
                self.tags.resize_with(place + 1, Posting::default);
            }
            return change(&mut self.tags[place]);
        }
        if let Some(posting) = self.on_demand.get_mut(key) {
            return change(posting);
        }
        let posting = self.resident.entry(key.clone()).or_default();
        change(posting);
        if posting.is_empty() {
            self.resident.remove(key);
        }
    }

    /// Splits chats by the statuses that they have among all chats. A chat that is not there is left out.
    pub(crate) fn by_status(&self, members: &ChatSet) -> Posting {
        match self.get(&IndexKey::All) {
            Some(all) => Posting::new(Status::ALL.map(|status| all.set(status).intersection(members))),
            None => Posting::default(),
        }
    }

    /// Splits the members of a key that are loaded. All chats must be loaded before.
    ///
    /// Rows of different moments may have a chat in a key and not among all chats: its status is in a change that replay
    /// applies later. Until then it counts as open. It must not be left out: replay may write the key's row before, and the
    /// change that sets the status does not write it again.
    fn split(&self, members: &ChatSet) -> Posting {
        let mut posting = self.by_status(members);
        if self.for_replay {
            let mut rest = members.clone();
            posting.sets(None).iter().for_each(|set| rest.remove_all(&set.to_bitmap()));
            posting.set_mut(Status::Open).absorb(rest);
        }
        posting
    }

    /// Adds chats to a posting that is loaded with the workspace. All chats must be loaded before.
    pub(crate) fn absorb(&mut self, key: &IndexKey, members: &ChatSet) {
        let sets = self.split(members).into_sets();
        for (status, set) in Status::ALL.into_iter().zip(sets) {
            if !set.is_empty() {
                self.update(key, status, |mine| mine.absorb(set));
            }
        }
    }

    /// Stores a posting that was loaded on demand.
    pub(crate) fn load(&mut self, key: IndexKey, members: &ChatSet) {
        debug_assert!(key.is_on_demand(), "{key:?} is loaded with the workspace");
        let posting = self.split(members);
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

    /// The approximate memory of the postings that are loaded with the workspace, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        let tags =
            self.tags.iter().map(Posting::heap_bytes).sum::<usize>() + heap::of_vec::<Posting>(self.tags.capacity());
        heap_bytes(&self.resident) + tags
    }

    /// The approximate memory of those that are loaded on demand, in bytes.
    pub(crate) fn heap_bytes_on_demand(&self) -> usize {
        /// The text of a hashtag or of a value in a custom index.
        const WORD_BYTES: usize = 16;
        let word = |key: &IndexKey| match key {
            IndexKey::Hashtag(_) | IndexKey::Custom(..) => heap::of_bytes(WORD_BYTES),
            _ => 0,
        };
        heap_bytes(&self.on_demand) + self.on_demand.keys().map(word).sum::<usize>()
    }

    /// Iterates over every posting in memory, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (IndexKey, &Posting)> {
        let tags = (0..).zip(&self.tags).map(|(tag, posting)| (IndexKey::Tag(TagId(tag)), posting));
        let others = self.resident.iter().chain(&self.on_demand);
        tags.chain(others.map(|(key, posting)| (key.clone(), posting)))
    }
}

fn heap_bytes(postings: &FxHashMap<IndexKey, Posting>) -> usize {
    let sets: usize = postings.values().map(Posting::heap_bytes).sum();
    heap::of_hash_table::<IndexKey, Posting>(postings.capacity()) + sets
}
