//! What the fuzz targets in `fuzz/` call to reach the private parts: each function takes any bytes, does with them
//! what it can, and holds the outcome against something simple. A panic is a bug.
//!
//! Only with the feature `fuzzing`, and in the crate's own tests, which drive the seeds of `fuzz/corpus/`. It is not
//! part of the public API, and may change with any release.
#![allow(clippy::expect_used, reason = "a panic is how a target says that it has found something")]

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

/// Whether the next bytes say yes, about once in `one_in` times.
pub(crate) fn chance(u: &mut Unstructured<'_>, one_in: u8) -> Result<bool> {
    u.ratio(1, one_in)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Runs a target with each of its seeds, and with what is left of them when they are cut.
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
    fn the_seeds_of_codec() {
        run_seeds("codec", super::codec);
    }

    #[test]
    fn the_seeds_of_journal_frames() {
        run_seeds("journal_frames", super::journal_frames);
    }

    #[test]
    fn the_seeds_of_wheel() {
        run_seeds("wheel", super::wheel);
    }

    #[test]
    fn the_seeds_of_open_damaged() {
        run_seeds("open_damaged", super::open_damaged);
    }
}
