//! Plain data: ids, chats, people, messages. Imports no other module and does no I/O.

mod actor;
mod chat;
mod condition;
mod hashtag;
mod ids;
mod index_name;
pub mod limits;
mod message;
mod normal_form;
mod notification;
mod people;
mod progress;
mod recommendation;
mod status_counts;
mod tag;
mod tag_path;
mod timestamp;
mod what;
mod words;

pub use actor::Actor;
pub use chat::{Chat, Status};
pub use condition::{Actual, Condition};
pub use ids::{ChatId, CustomerId, ManagerId, MessageId, Place, TagId, WorkspaceId};
pub use message::{File, FileOfMessage, LinkOfMessage, Message, Visibility};
pub use notification::{Notification, NotificationKind};
pub use people::{Customer, Event, Manager, ProfileField, Role};
pub use progress::Progress;
pub use recommendation::{Reason, Recommendation};
pub use status_counts::StatusCounts;
pub use tag::Tag;
pub use timestamp::Timestamp;
pub use what::What;
pub use words::ParseError;

pub(crate) use hashtag::{hashtags, wrong_in_hashtag};
pub(crate) use index_name::{fault_of_index_name, is_index_name_char};
pub(crate) use message::is_false;
pub use normal_form::normal_form;
pub(crate) use normal_form::{continues_word, is_cjk, nfc};
pub(crate) use tag_path::{TagPath, is_overlong_name};
pub(crate) use words::words;
