//! Tests and fuzz targets only: a simulated disk, and entry points to private parts.

#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(any(test, feature = "fuzzing"))]
#[cfg_attr(not(test), allow(dead_code, unused_imports, reason = "the fuzz targets use only a part of it"))]
pub(crate) mod simulation;
