//! What makes every count and list ready: keys, postings, the tag tree, the timeline, views, filters.
//!
//! A chat belongs to keys, by one pure function. For each key and status there is one set of chats. A count is
//! the length of such a set, and a list is its members in the order of the timeline, so that the two cannot
//! disagree.

mod custom;
mod filter;
mod key;
mod page;
mod postings;
mod tags;
mod timeline;
mod view;

pub(crate) use crate::record::{ChatSet, chunks};
pub use custom::AttributeIndex;
pub(crate) use custom::{LiveIndex, Registration, fault_of_name};
pub use filter::{Filter, ViewError};
pub(crate) use filter::{Selection, Term};
pub use key::{Index, IndexedChat, Keys};
pub(crate) use key::{Key, keys_in, keys_of};
pub(crate) use page::{page, page_of_selection};
pub(crate) use postings::{Posting, Postings};
pub(crate) use tags::TagTree;
pub(crate) use timeline::Timeline;
pub use view::{View, ViewKind};
