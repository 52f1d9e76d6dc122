//! What makes every count and list ready: keys, postings, the tag tree, the timeline, what filters hold.
//!
//! A chat belongs to keys, by one pure function. For each key and status there is one set of chats. A count is
//! the length of such a set, and a list is its members in the order of the timeline, so that the two cannot
//! disagree.

mod custom;
mod keys;
mod postings;
mod tags;
mod timeline;

pub use custom::AttributeIndex;
pub(crate) use custom::{LiveIndex, Registration};
pub use keys::{Index, IndexedChat, Keys};
pub(crate) use keys::{keys_in, keys_of};
pub(crate) use postings::{Posting, Postings};
pub(crate) use tags::TagTree;
pub(crate) use timeline::Timeline;
