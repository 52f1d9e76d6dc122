//! All suites of the crate in one program, which is linked only once.
//!
//! `cargo test --test suite model::` runs one of them.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod allocations;
mod backup;
mod bulk;
mod compact;
mod concurrency;
mod digest;
mod engine;
mod export;
mod export_new;
mod exports;
mod filters;
mod format_2_words;
mod formats;
#[cfg(target_os = "linux")]
mod full_disk;
mod fuzz_seeds;
mod import;
mod import_again;
mod indexes;
mod large_rows;
mod large_tags;
mod listing;
mod live_compact;
mod memory;
mod model;
mod older_stores;
mod place;
mod reads;
mod rebuild;
mod replicated;
mod retries;
mod salvage;
mod submit;
mod temporary;
mod typed;
mod watch;
mod words;
