//! Shared by the suites and the fuzz targets: an engine driven by lines of JSON and compared with the naive model.
//!
//! This crate depends on `inboxdb`, so the unit tests of `inboxdb` can use only the parts without its types: to them,
//! the `inboxdb` behind this crate is a different crate.

#![allow(clippy::unwrap_used, reason = "code of tests: a panic is how a test fails")]

pub mod files;
mod subject;
pub mod targets;

pub use subject::{Subject, assert_clean, indexed, real_trace, refusal};

/// How many random inputs a test takes: `INBOXDB_SEEDS`, or else a few.
pub fn seeds(default: u64) -> u64 {
    std::env::var("INBOXDB_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(default)
}
