//! The server over real sockets: every route, every status, every kind of caller, and clients that misbehave.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

mod batches;
mod callers;
mod common;
mod events;
mod limits;
mod long;
mod loopback;
mod page;
mod sessions;
mod statuses;
mod stopping;
mod tokens;
