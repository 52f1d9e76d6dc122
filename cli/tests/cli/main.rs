//! All suites of the binary in one program, which is linked only once.
//!
//! `cargo test -p inboxdb-cli --test cli kills` runs one of them.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod apply;
mod asking;
mod backup;
mod bench;
mod bulk;
mod cluster;
mod cluster_kills;
mod common;
mod compact;
mod demo;
mod dialog;
mod disk;
mod environment;
mod export;
mod indexes;
mod info;
mod input;
mod kills;
mod names;
mod opening;
mod output;
mod people;
mod query;
mod resources;
mod salvage;
mod scrub;
mod serve;
mod terminal;
mod watch;
