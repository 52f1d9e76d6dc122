//! The default size of a cache, by the memory of the machine.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

const CACHE_BYTES_MIN: u64 = 64 << 20;
const CACHE_BYTES_MAX: u64 = 1 << 30;
/// A cache gets this share of the memory by default.
const SHARE: u64 = 16;

/// The default size of each cache in bytes; the least where the system does not say how much memory there is.
pub(super) fn cache_bytes() -> u64 {
    static BYTES: OnceLock<u64> = OnceLock::new();
    *BYTES.get_or_init(|| memory_bytes(Path::new("/")).map_or(CACHE_BYTES_MIN, share))
}

fn share(memory: u64) -> u64 {
    (memory / SHARE).clamp(CACHE_BYTES_MIN, CACHE_BYTES_MAX)
}

/// The memory of the machine or of its container, whichever is less. `None` where the system does not say.
fn memory_bytes(root: &Path) -> Option<u64> {
    let read = |path: &str| fs::read_to_string(root.join(path)).ok();
    let machine = read("proc/meminfo").and_then(|text| total_of(&text));
    // A container without a limit says "max", which is no number, or a number beyond all memory.
    let limits = ["sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let limit = limits.into_iter().filter_map(read).find_map(|text| text.trim().parse().ok());
    machine.into_iter().chain(limit).min()
}

fn total_of(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1 << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cache_size_follows_the_memory_within_its_bounds() {
        let (gib, mib) = (1 << 30, 1 << 20);
        assert_eq!([gib / 2, 2 * gib, 8 * gib, 64 * gib].map(share), [64 * mib, 128 * mib, 512 * mib, gib]);
    }

    #[test]
    fn cache_size_asks_the_machine_and_its_container() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        assert_eq!(memory_bytes(root.path()), None);
        write("proc/meminfo", "MemTotal:       16384000 kB\nMemFree:         1000 kB\n");
        assert_eq!(memory_bytes(root.path()), Some(16_384_000 << 10));
        write("sys/fs/cgroup/memory.max", "max\n");
        assert_eq!(memory_bytes(root.path()), Some(16_384_000 << 10));
        write("sys/fs/cgroup/memory.max", "2147483648\n");
        assert_eq!(memory_bytes(root.path()), Some(2 << 30));
        write("proc/meminfo", "MemTotal: many kB\n");
        assert_eq!(memory_bytes(root.path()), Some(2 << 30));
    }
}
