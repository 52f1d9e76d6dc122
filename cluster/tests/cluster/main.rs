//! Logs and nodes, in memory and on real servers of NATS JetStream. What needs a server is skipped where there is none, and
//! says so.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod documented;
mod example;
mod force;
mod histories;
mod jetstream;
mod load;
mod nodes;
mod nodes_support;
mod support;
