//! The ordered key-value store below everything else: a trait, its implementation on sled, and an in-memory reference.
//!
//! No module above this one knows sled. Another store needs an implementation of [`Backend`], and functions `open` and
//! `exists` to choose here in place of those of sled.

mod backend;
mod copied;
#[cfg(any(test, feature = "fuzzing"))]
#[cfg_attr(not(test), allow(dead_code, reason = "the fuzz targets only use part of it"))]
mod memory;
mod sled;

pub(crate) use self::sled::{exists as backend_exists, open as open_backend};
pub(crate) use backend::{BATCH_ROWS_MAX, Backend, BackendError, Batch, OpenBackendError, Row, Visit};
pub(crate) use copied::{Copied, Copying, Step};
#[cfg(test)]
pub(crate) use memory::MemoryBackend;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use memory::first_bytes;
