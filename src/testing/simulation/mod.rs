//! A simulated disk for a whole engine. It fails on demand. After a crash it keeps all synced data and, depending on a
//! seed, any part of the rest.
//!
//! One [`Machine`] counts every operation of a disk, so that any of them can be made to fail. [`MemFiles`] are its
//! directories, and a [`SimulatedState`] replaces sled. A [`SimulatedDisk`] joins them for an engine to open.

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
