//! Which group a workspace is in.

use inboxdb::WorkspaceId;
use xxhash_rust::xxh3::xxh3_64;

/// How workspaces are spread over groups, each with a log of its own.
///
/// The group of a workspace is the 64-bit XXH3 hash, without a seed, of its id as eight little-endian bytes, modulo the number
/// of groups. This never changes: every node and every store depends on it.
///
/// ```
/// use inboxdb_cluster::Groups;
///
/// let groups = Groups::new(8);
/// assert!(groups.of(1.into()) < 8);
/// assert_eq!(groups.of(1.into()), Groups::new(8).of(1.into()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Groups {
    count: u32,
}

impl Groups {
    /// The name of the hash, which logs and stores keep.
    pub const HASH: &'static str = "xxh3-64";

    /// The most groups there can be.
    pub const MAX: u32 = 1_024;

    /// Spreads workspaces over this many groups, at least one and at most [`MAX`](Self::MAX).
    pub fn new(count: u32) -> Self {
        Self { count: count.clamp(1, Self::MAX) }
    }

    /// Returns the number of groups.
    pub fn count(self) -> u32 {
        self.count
    }

    /// Returns the group of a workspace, counted from 0.
    pub fn of(self, workspace: WorkspaceId) -> u32 {
        let hash = xxh3_64(&workspace.0.to_le_bytes());
        u32::try_from(hash % u64::from(self.count)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// These groups are stored in streams. They must never change. The numbers come from the reference implementation.
    #[test]
    fn the_groups_of_workspaces_never_change() {
        let of = |workspaces: [u64; 8]| workspaces.map(|workspace| Groups::new(8).of(WorkspaceId(workspace)));
        assert_eq!(xxh3_64(&1_u64.to_le_bytes()), GOLDEN_HASH_OF_1);
        assert_eq!(of([0, 1, 2, 3, 4, 5, 6, 7]), GOLDEN);
        assert_eq!(of([8, 1_000, u64::MAX, 1 << 53, 42, 77, 99, 12_345]), GOLDEN_MORE);
    }

    const GOLDEN_HASH_OF_1: u64 = 3_439_722_301_264_460_078;
    const GOLDEN: [u32; 8] = [1, 6, 3, 5, 0, 4, 3, 7];
    const GOLDEN_MORE: [u32; 8] = [6, 5, 3, 4, 0, 4, 3, 1];

    #[test]
    fn workspaces_are_spread_evenly() {
        let mut sizes = [0_u32; 8];
        (0..80_000).for_each(|workspace| sizes[Groups::new(8).of(WorkspaceId(workspace)) as usize] += 1);
        assert!(sizes.iter().all(|size| (9_500..10_500).contains(size)), "{sizes:?}");
        assert_eq!((Groups::new(1).of(WorkspaceId(77)), Groups::new(0).count()), (0, 1));
    }
}
