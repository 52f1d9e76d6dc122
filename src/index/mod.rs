//! The secondary index: keys, postings, the tag tree and the timeline.
//!
//! A pure function derives the keys of a chat. Each key has one set of chats per status. A count is the length of such
//! a set. A list is its members in timeline order, so counts and lists always agree.

mod custom;
mod keys;
mod newest;
mod posting;
mod postings;
mod sieve;
mod tags;
mod timeline;

pub use custom::AttributeIndex;
pub(crate) use custom::{LiveIndex, Registration};
pub use keys::{Index, IndexedChat, Keys};
pub(crate) use keys::{KeyList, keys_in, keys_of};
pub(crate) use newest::Newest;
pub(crate) use posting::Posting;
pub(crate) use postings::Postings;
pub(crate) use tags::{Discarded, Lineage, Listing, TagParents, TagTree};
pub(crate) use timeline::Timeline;
