//! Which numbers the customers and chats of a file get.

use roaring::{RoaringBitmap, RoaringTreemap};
use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_64;

use super::Checked;
use crate::command::check_external;

/// The numbers of the customers or the chats of a file.
#[derive(Default)]
pub(super) struct Numbers {
    /// The numbers that they have in the workspace.
    placed: RoaringTreemap,
    /// Numbers of the file whose owner has another one.
    moved: FxHashMap<u64, u64>,
}

impl Numbers {
    /// Adds one with the number that the file gives, if any, and the one that it has.
    pub(super) fn put(&mut self, given: Option<u64>, placed: u64) {
        self.placed.insert(placed);
        if let Some(given) = given.filter(|given| *given != placed) {
            self.moved.insert(given, placed);
        }
    }

    /// Whether one of the file has this number.
    pub(super) fn has(&self, placed: u64) -> bool {
        self.placed.contains(placed)
    }

    /// Returns the number of one for which the file gives another one.
    pub(super) fn moved(&self, given: u64) -> Option<u64> {
        self.moved.get(&given).copied()
    }

    /// Whether all have the numbers that the file gives.
    pub(super) fn are_kept(&self) -> bool {
        self.moved.is_empty()
    }

    pub(super) fn add(&mut self, more: Self) {
        self.placed |= more.placed;
        self.moved.extend(more.moved);
    }
}

/// An external id of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct External {
    pub(super) id: String,
    /// Whether it surely is the first of its kind in the file.
    pub(super) fresh: bool,
}

/// The external ids of a kind so far, as 32 bits of a hash each: 2 bytes where they are many.
#[derive(Default)]
pub(super) struct Seen(RoaringBitmap);

impl Seen {
    pub(super) fn take(&mut self, external: Option<String>) -> Checked<Option<External>> {
        let Some(id) = external else { return Ok(None) };
        check_external(&id)?;
        let fresh = self.0.insert(xxh3_64(id.as_bytes()) as u32);
        Ok(Some(External { id, fresh }))
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
