//! The JSON of requests and answers, described.
//!
//! The crate `inboxdb` knows nothing of OpenAPI, so its types have twins here. Tests compare them: the names of every
//! command, query, field and code, and the answers of a real store against the twins.

pub(super) mod answers;
pub(super) mod commands;
pub(super) mod envelope;
pub(super) mod events;
pub(super) mod queries;
pub(super) mod records;
pub(super) mod recursive;
pub(super) mod shared;
