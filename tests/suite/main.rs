//! The suites of the crate in one program: the naive model that most of them use is compiled once.
//!
//! `cargo test --test suite model::` runs one of them.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../support/copy.rs"]
mod copy;
#[path = "../support/exports.rs"]
mod exports;
#[path = "../naive/mod.rs"]
mod naive;
#[path = "../support/mod.rs"]
mod support;
#[path = "../../fuzz/src/targets/mod.rs"]
mod targets;

mod backup;
mod bulk;
mod bulky;
mod compact;
mod concurrency;
mod engine;
mod export;
mod filters;
mod formats;
mod full_disk;
mod fuzz_seeds;
mod import;
mod indexes;
mod model;
mod naive_alone;
mod reads;
mod rebuild;
mod typed;
