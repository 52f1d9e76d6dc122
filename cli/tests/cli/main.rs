//! All suites of the binary in one program, which is linked only once.
//!
//! `cargo test -p inboxdb-cli --test cli kills` runs one of them.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod apply;
mod backup;
mod bulk;
mod common;
mod compact;
mod demo;
mod dialog;
mod export;
mod indexes;
mod kills;
mod opening;
mod people;
mod query;
mod resources;
mod salvage;
mod scrub;
