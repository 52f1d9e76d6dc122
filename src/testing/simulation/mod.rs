//! A simulated disk, on which a whole engine runs: it fails when it is told to, and after a crash it has kept what was
//! synced and, as a seed says, any part of the rest.
//!
//! One [`Machine`] counts every operation of a disk, so that any of them can be the one that fails. On it stand
//! directories of [`MemFiles`] and, in place of sled, a [`SimulatedState`]; a [`SimulatedDisk`] joins them to what an
//! engine opens.

mod disk;
mod files;
mod machine;
mod random;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use disk::SimulatedDisk;
pub(crate) use files::{Fate, MemFiles};
pub(crate) use machine::Outage;
pub(crate) use random::Random;
