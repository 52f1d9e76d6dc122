//! Entry points of the fuzz targets in `fuzz/` to the private parts. Each function takes any bytes, acts on them, and
//! compares the outcome with something simple. A panic is a bug.
//!
//! Compiled only with the feature `fuzzing` and for the crate's own tests, which run the seeds of `fuzz/corpus/`. Not
//! part of the public API; it may change with any release.
#![allow(clippy::expect_used, reason = "a fuzz target reports a bug by panicking")]

mod codec;
mod damage;
mod memory_store;
mod open_damaged;
mod wheel;

use arbitrary::{Result, Unstructured};

pub use crate::journal::fuzzing::journal_frames;
pub use codec::codec;
pub(crate) use damage::damage as damage_bytes;
pub use memory_store::MemoryStore;
pub use open_damaged::open_damaged;
pub use wheel::wheel;

/// Draws true about once in `one_in` times.
pub(crate) fn chance(u: &mut Unstructured<'_>, one_in: u8) -> Result<bool> {
    u.ratio(1, one_in)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Runs a target with each of its seeds, whole and truncated.
    fn run_seeds(target: &str, run: fn(&[u8])) {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
        let mut seeds = 0;
        for entry in fs::read_dir(&corpus).unwrap() {
            let seed = fs::read(entry.unwrap().path()).unwrap();
            run(&seed);
            run(&seed[..seed.len() / 2]);
            seeds += 1;
        }
        assert!(seeds > 0, "{} holds no seed", corpus.display());
    }

    #[test]
    fn fuzz_seeds_of_codec() {
        run_seeds("codec", super::codec);
    }

    #[test]
    fn fuzz_seeds_of_journal_frames() {
        run_seeds("journal_frames", super::journal_frames);
    }

    #[test]
    fn fuzz_seeds_of_wheel() {
        run_seeds("wheel", super::wheel);
    }

    #[test]
    fn fuzz_seeds_of_open_damaged() {
        run_seeds("open_damaged", super::open_damaged);
    }
}
