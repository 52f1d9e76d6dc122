//! The ordered key-value store below everything else: a trait, sled behind it, and a reference in memory.
//!
//! Nothing above this module knows sled. Another store is one more implementation of [`Backend`] and of what
//! [`directory`](crate::directory) opens.

mod backend;
#[cfg(any(test, feature = "fuzzing"))]
#[cfg_attr(not(test), allow(dead_code, reason = "the fuzz targets use a part of it"))]
mod memory;
mod sled;

pub(crate) use self::sled::open as open_backend;
pub(crate) use backend::{Backend, BackendError, Batch, OpenBackendError, Row, Visit};
#[cfg(test)]
pub(crate) use memory::MemoryBackend;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use memory::first_bytes;
