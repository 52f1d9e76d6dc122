//! What collections of the standard library take on the heap, for estimates of memory.

use std::sync::Arc;

/// What an allocation takes beside the bytes that were asked for: the allocator's header, and rounding up.
pub(crate) const ALLOCATION_BYTES: usize = 16;

/// An allocation of so many bytes. None is made for nothing.
pub(crate) fn of_bytes(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { bytes + ALLOCATION_BYTES }
}

/// A vector with room for so many members.
pub(crate) fn of_vec<T>(capacity: usize) -> usize {
    of_bytes(capacity * size_of::<T>())
}

/// An `Arc` of a sized value.
pub(crate) fn of_arc<T>() -> usize {
    of_bytes(ARC_HEADER_BYTES + size_of::<T>())
}

/// The `Arc` of a value, without what the value has on the heap.
pub(crate) fn of_value_in_arc<T>(_: &Arc<T>) -> usize {
    of_arc::<T>()
}

/// An `Arc` of a slice or a text.
pub(crate) fn of_arc_slice<T>(len: usize) -> usize {
    of_bytes(ARC_HEADER_BYTES + len * size_of::<T>())
}

/// A B-tree map or set. Its nodes have room for 11 entries, and hold 6 to 11.
pub(crate) fn of_tree<K, V>(len: usize) -> usize {
    const NODE_ENTRIES: usize = 11;
    const NODE_ENTRIES_HELD: usize = 7;
    /// Where its parent is, how many entries it has, and its share of the nodes above.
    const NODE_BYTES: usize = 32;
    let node = of_bytes(NODE_ENTRIES * (size_of::<K>() + size_of::<V>()) + NODE_BYTES);
    len.div_ceil(NODE_ENTRIES_HELD) * node
}

/// A hash map or set with room for so many entries. It keeps an eighth of its places free, and a byte for each.
pub(crate) fn of_hash_table<K, V>(capacity: usize) -> usize {
    of_bytes((capacity * 8).div_ceil(7) * (size_of::<(K, V)>() + 1))
}

const ARC_HEADER_BYTES: usize = 16;

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use allocation_counter::measure;

    use super::*;

    /// What is freed with a value, with what the allocator takes beside it.
    fn freed<T>(value: T) -> f64 {
        let freed = measure(|| drop(value));
        -(freed.bytes_current + freed.count_current * ALLOCATION_BYTES as i64) as f64
    }

    #[track_caller]
    fn assert_near(estimate: usize, freed: f64) {
        let off = estimate as f64 / freed;
        assert!((0.8..1.2).contains(&off), "{estimate} estimated, {freed} freed");
    }

    #[test]
    fn heap_estimates_are_near_what_is_freed() {
        let list: Vec<u32> = (0..1_000).collect();
        assert_near(of_vec::<u32>(list.capacity()), freed(list));
        assert_eq!(of_vec::<u32>(0), 0);
        assert_near(of_arc::<[u64; 9]>(), freed(Arc::new([0_u64; 9])));
        assert_near(of_arc_slice::<u8>(5), freed(Arc::<str>::from("Grace")));
        let table: HashMap<u64, u64> = (0..10_000).map(|key| (key, key)).collect();
        assert_near(of_hash_table::<u64, u64>(table.capacity()), freed(table));
        let collected: BTreeMap<u64, u64> = (0..10_000).map(|key| (key, key)).collect();
        let mut random = BTreeMap::new();
        random.extend((0..10_000_u64).map(|key| (key.wrapping_mul(0x9E37_79B9_7F4A_7C15), key)));
        assert_near(of_tree::<u64, u64>(10_000), freed(random));
        assert!(of_tree::<u64, u64>(10_000) as f64 >= freed(collected));
    }
}
