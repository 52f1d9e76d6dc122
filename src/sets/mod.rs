//! Sets of ids: compact in memory, and with canonical bytes on disk.

mod chat_set;
mod id_set;

pub(crate) use chat_set::{ChatSet, chunks};
pub(crate) use id_set::IdSet;
