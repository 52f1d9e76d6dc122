//! The change feed: what watchers are told of each change, while it happens and afterwards.
//!
//! A writer makes an [`Entry`] of its change, under the lock of the workspace, if the workspace is watched at all. The
//! [`Hub`] of the workspace keeps the newest entries for all watchers; each takes from it what [`Interest`] it has. So
//! a slow watcher costs writers nothing: it finds that entries are gone, and reads the changes from the journal. An
//! entry is told once its change is durable; [`Feed`] then wakes those who wait.

mod account;
mod announce;
mod entry;
mod hub;
mod interest;
mod key_mask;
mod numbers;

pub(crate) use account::{account_of, touched_keys};
pub(crate) use announce::Feed;
pub(crate) use entry::Entry;
pub(crate) use hub::{Ahead, Hub, Waiting};
pub(crate) use interest::Interest;
pub(crate) use numbers::on_demand_keys;
