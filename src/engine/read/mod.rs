//! Reading: handles for workspaces, queries as data, exports.

pub(super) mod answer;
mod attachments;
mod chats;
mod conversation;
mod customers;
pub(super) mod export;
mod find;
mod listing;
mod notifications;
mod overdue;
mod paging;
mod place;
mod recommend;
mod sidebar;
pub(super) mod watch;
mod workspace;

pub use workspace::Workspace;
