//! What the suites and the fuzz targets share: an engine that is driven by lines of JSON and compared with the naive
//! model.
//!
//! It depends on `inboxdb`, so the unit tests of that crate can use only what knows none of its types: to them, the
//! `inboxdb` behind this crate is another one.

#![allow(clippy::unwrap_used, reason = "code of tests: a panic is how a test fails")]

pub mod files;
mod subject;
pub mod targets;

pub use subject::{Subject, assert_clean, indexed, real_trace};
