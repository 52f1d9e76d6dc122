//! A second implementation of the inbox, for tests: written only from the design text and
//! kept as plain as possible. Vectors and ordered maps, every number counted by filtering,
//! tags held by their path. It shares no code and no design with the engine, so when the two
//! agree, both are likely right. It does not depend on the crate `inboxdb`: commands,
//! queries and answers are JSON.
//!
//! * [`Naive::apply`] takes a line of commands, [`Naive::query`] a line of queries.
//! * [`trace()`] makes a guided random list of command lines from a seed.
//! * [`retryable()`] makes one of accepted commands with ids, which may be sent again.
//! * [`limits()`] is one list of commands that reaches every limit and exceeds it.
//! * [`wide()`] is one list of commands that each touch very many chats.
//! * [`queries()`] makes the queries that compare two inboxes completely.
//! * [`checks::ALL`] are cases that check the model itself against the text.
//!
//! It has two custom indexes: `team`, with the value of the attribute of that name,
//! and `words`, with the words of the description.
//!
//! ```
//! use inboxdb_naive::Naive;
//!
//! let mut naive = Naive::new();
//! naive.apply(br#"{"workspace":1,"at":1,"actor":"system","do":{"put_customer":{"customer":5}}}"#);
//! naive.apply(br#"{"workspace":1,"at":2,"actor":"system","do":{"start_chat":{"customer":5}}}"#);
//! let answer = naive.query(r#"{"count":{"workspace":1,"view":"unassigned:open"}}"#);
//! assert_eq!(answer["count"], 1);
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "code of tests: a panic is how a test fails")]

pub mod checks;
mod model;
mod questions;
mod rng;
mod trace;

pub use model::Naive;
pub use model::bulk::ACTIONS;
pub use questions::queries;
pub use rng::Rng;
pub use trace::{limits, retryable, trace, wide};
