//! `inboxdb-server` puts an [`Engine`](inboxdb::Engine) behind HTTP: commands, queries, and the inbox in a browser.
//!
//! `docs/SERVER.md` describes the routes, the tokens and the limits; a running server describes itself at
//! `/openapi.json`. [`Server`] is all that a program needs; the binary `inboxdb serve` is one such program.

mod access;
mod app;
mod at_least;
mod backup;
mod body;
mod commands;
mod connection;
mod customer;
mod customer_events;
mod error;
mod events;
mod executor;
mod export;
mod health;
mod json;
mod layers;
mod leftover;
mod lines;
mod metrics;
mod openapi;
mod options;
mod origin;
mod page;
mod progress;
mod queries;
mod reads;
mod reply;
mod routes;
mod server;
mod sessions;
mod stream;
mod watchers;

pub use access::{MintError, NewToken, SecretError, Secrets};
pub use executor::{Done, ExecuteError, Executed, Executor, GroupStatus, NodeState, NodeStatus, Watch};
pub use options::Limits;
pub use server::{ServeError, Server};
