//! Which tags were looked up before.

use std::hash::BuildHasher;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rustc_hash::FxBuildHasher;

use crate::heap;
use crate::model::TagId;

/// How many places a key may be in: half a cache line.
const GROUP: usize = 4;
/// The number of places for the first tags.
const PLACES_MIN: usize = 64;

/// Tags by the hash of their keys. Each is a guess, checked against the key that the tag has now, so that an edit of the
/// tree has nothing to do here.
#[derive(Debug, Default)]
pub(super) struct Hints {
    /// The upper half of a hash, and a tag. Made at the first lookup.
    places: OnceLock<Box<[AtomicU64]>>,
}

impl Hints {
    /// The tag of a key, if it is here. `has_key` tells whether a tag has it.
    #[inline]
    pub(super) fn find(&self, key: &str, has_key: impl Fn(TagId) -> bool) -> Option<TagId> {
        let hash = hash_of(key);
        let places = group(self.places.get()?, hash);
        let hints = places.iter().map(|place| place.load(Ordering::Relaxed));
        let of_hash = hints.filter(|hint| hint >> 32 == hash >> 32).map(|hint| TagId(hint as u32));
        of_hash.into_iter().find(|tag| has_key(*tag))
    }

    /// Keeps the tag of a key, in a tree of `tags` tags.
    pub(super) fn keep(&self, key: &str, tag: TagId, tags: usize) {
        let places = self.places.get_or_init(|| (0..places_for(tags)).map(|_| AtomicU64::new(0)).collect());
        let hash = hash_of(key);
        let places = group(places, hash);
        let free = places.iter().find(|place| place.load(Ordering::Relaxed) == 0);
        // Any other one may be of a tag that has moved or gone.
        if let Some(place) = free.or_else(|| places.get((hash >> 32) as usize % GROUP)) {
            place.store(hash >> 32 << 32 | u64::from(tag.0), Ordering::Relaxed);
        }
    }

    /// Begins anew if the places get scarce for so many tags.
    pub(super) fn fit(&mut self, tags: usize) {
        if self.places.get().is_some_and(|places| places.len() < 2 * tags) {
            self.places.take();
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.places.get().map_or(0, |places| heap::of_bytes(size_of_val(&**places)))
    }
}

impl Clone for Hints {
    /// A snapshot begins without any.
    fn clone(&self) -> Self {
        Self::default()
    }
}

fn places_for(tags: usize) -> usize {
    (4 * tags).next_power_of_two().max(PLACES_MIN)
}

#[inline]
fn hash_of(key: &str) -> u64 {
    FxBuildHasher.hash_one(key)
}

#[inline]
fn group(places: &[AtomicU64], hash: u64) -> &[AtomicU64] {
    let first = hash as usize & (places.len() - 1) & !(GROUP - 1);
    places.get(first..first + GROUP).unwrap_or_default()
}
