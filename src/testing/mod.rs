//! For tests and fuzz targets only: a simulated disk, and entry points to what is private.

#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(any(test, feature = "fuzzing"))]
#[cfg_attr(not(test), allow(dead_code, unused_imports, reason = "the fuzz targets use a part of it"))]
pub(crate) mod simulation;
