//! What makes every count and list ready: keys, postings, the tag tree, the timeline, what filters hold.
//!
//! A chat belongs to keys, by one pure function. For each key and status there is one set of chats. A count is
//! the length of such a set, and a list is its members in the order of the timeline, so that the two cannot
//! disagree.

mod algebra;
mod custom;
mod key;
mod page;
mod postings;
mod selection;
mod tags;
mod timeline;

pub(crate) use crate::record::{ChatSet, chunks};
pub use custom::AttributeIndex;
pub(crate) use custom::{LiveIndex, Registration, fault_of_name};
pub use key::{Index, IndexedChat, Keys};
pub(crate) use key::{Key, keys_in, keys_of};
pub(crate) use page::{page, page_of_selection};
pub(crate) use postings::{Posting, Postings};
pub(crate) use selection::{Selection, Term};
pub(crate) use tags::TagTree;
pub(crate) use timeline::Timeline;
