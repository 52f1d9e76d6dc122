//! How much memory sled takes, as an estimate. sled itself does not say.
//!
//! sled has a cache of pages, which it bounds by their bytes in the log, each rounded up to a power of two. In memory a page
//! is larger: each key and each value is an allocation of its own or takes at least 32 bytes. Beside it there is a table of
//! all pages, cached or not, and buffers of a segment each. The factors are measured, with
//! `cargo run --release -p inboxdb-benches --example memory`; `docs/PERFORMANCE.md` has what came out.

use std::sync::atomic::{AtomicU64, Ordering};

/// The rows that share a page, about.
const ROWS_PER_PAGE: u64 = 16;
/// The segments that are being written, and what else is there from the beginning.
const BUFFERS_BYTES: u64 = 16 << 20;
/// The table of pages takes one byte for so many of the file.
const FILE_BYTES_PER_TABLE_BYTE: u64 = 8;
/// A page in the cache takes this many hundredths of its bytes in the log: 158 were allocated, and the allocator needs the rest.
const PAGE_PERCENT: u64 = 200;
/// The cache is full with this many hundredths of its capacity, since sizes are rounded up.
const FULL_PERCENT: u64 = 75;
/// Pages beyond that: sled sees what was read some thousand reads later.
const UNSEEN_BYTES: u64 = 20 << 20;

/// Follows which part of the file sled may have in its cache.
#[derive(Debug)]
pub(super) struct Footprint {
    cache_bytes: u64,
    /// The bytes of pages that were read or written since the store was opened, each page about once.
    touched: AtomicU64,
}

impl Footprint {
    pub(super) fn new(cache_bytes: u64) -> Self {
        Self { cache_bytes, touched: AtomicU64::new(0) }
    }

    /// Notes that a single row was read or written, in a file of so many bytes. Its page comes with it, unless it is there:
    /// the more of the file was touched, the likelier.
    pub(super) fn touch_row(&self, bytes: usize, file_bytes: u64) {
        self.touch(bytes as u64 * ROWS_PER_PAGE, file_bytes);
    }

    /// Notes that rows were read in their order.
    pub(super) fn touch_rows(&self, bytes: u64, file_bytes: u64) {
        self.touch(bytes, file_bytes);
    }

    fn touch(&self, bytes: u64, file_bytes: u64) {
        let touched = self.touched.load(Ordering::Relaxed);
        let untouched = u128::from(file_bytes.saturating_sub(touched));
        let new = u128::from(bytes) * untouched / u128::from(file_bytes.max(1));
        // Two at once may count a page twice or not at all.
        self.touched.store(touched.saturating_add(new as u64), Ordering::Relaxed);
    }

    /// The approximate memory in bytes, with a file of so many.
    pub(super) fn memory_bytes(&self, file_bytes: u64) -> u64 {
        let touched = self.touched.load(Ordering::Relaxed).min(file_bytes);
        let cached = touched.min((self.cache_bytes / 100 * FULL_PERCENT).saturating_add(UNSEEN_BYTES));
        BUFFERS_BYTES + file_bytes / FILE_BYTES_PER_TABLE_BYTE + cached * PAGE_PERCENT / 100
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn footprint_grows_with_what_is_touched_up_to_the_file_and_the_cache() {
        let file = 100 << 20;
        let footprint = Footprint::new(1 << 30);
        let empty = footprint.memory_bytes(file);
        assert!(empty >= BUFFERS_BYTES && empty < BUFFERS_BYTES + file / 5);
        footprint.touch_rows(10 << 20, file);
        let some = footprint.memory_bytes(file);
        assert!(some >= empty + (10 << 20), "from {empty} to {some}");
        for _ in 0..1_000_000 {
            footprint.touch_row(100, file);
        }
        let all = footprint.memory_bytes(file);
        assert!(all > some + (80 << 20) && all <= empty + file * PAGE_PERCENT / 100, "from {some} to {all}");
        let small = Footprint::new(20 << 20);
        small.touch_rows(file, file);
        assert!(small.memory_bytes(file) < all);
    }
}
