//! `inboxdb` is an embedded storage engine for the inbox of a customer-chat product.
//!
//! An application links it. The engine keeps chats, messages, customers, managers and tags on disk, and keeps
//! every number and list that an inbox shows ready to read: how many chats are open, snoozed and closed for each
//! assignee, for nobody, for each tag with all below it; what is unread for each manager, favorites, followed
//! chats. A count is one read of memory, whatever the number of chats. Snoozed chats reopen by themselves. A
//! command that was acknowledged is never lost.
//!
//! ```
//! use inboxdb::{Actor, Command, CustomerId, Engine, Envelope, ManagerId, Reply, Role, View};
//!
//! let engine = Engine::temporary()?; // or Engine::open("inbox", Config::default())?
//! let run = |actor, command| engine.execute(Envelope::new(1, 1_582_652_374_000, actor, command));
//!
//! let (ada, grace) = (ManagerId(7), CustomerId(5));
//! run(Actor::System, Command::put_manager(ada, "Ada", Role::Owner))?;
//! run(Actor::System, Command::put_customer(grace, "Grace"))?;
//! let Reply::Chat { chat, .. } = run(grace.into(), Command::start_chat(grace))?.reply else {
//!     unreachable!("start_chat answers with a chat")
//! };
//! run(grace.into(), Command::send_message(chat, "Where is my parcel?"))?;
//! run(ada.into(), Command::assign(chat, ada))?;
//!
//! let inbox = engine.workspace(1.into())?;
//! assert_eq!(inbox.count(&View::assigned(ada).open().into())?, 1);
//! assert_eq!(inbox.list(&View::all().into(), None, 50)?.chats[0].id, chat);
//! engine.close()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to look
//!
//! * [`Engine`]: opening, doing commands, closing. [`Config`] says how.
//! * [`Command`] in an [`Envelope`]: every change that can be asked for, as data.
//! * [`Workspace`]: reading. A [`View`] names a set of chats, with a count and a list; a [`Filter`] joins views.
//! * [`Command::Bulk`]: one action on many chats, with progress by [`Engine::execute_watched`].
//! * [`Config::index`]: keys of your own, from an [`Index`] such as [`AttributeIndex`].
//! * [`Query`] and [`Answer`]: the same reads as data, for programs that pass questions on.
//! * [`Engine::export`] and [`Engine::import`]: taking data out, and in again.
//! * [`Engine::backup`], [`verify_backup`] and [`Restore`]: a copy of everything, and a store from it, as of any moment.
//! * [`Rebuild`]: a damaged state store made again.
//! * [`Engine::scrub`] and [`Engine::repair`]: is the index what the records say?
//! * [`Engine::compact`]: what was deleted leaves the files, too.
//! * [`Error`], [`Refusal`] and its [`Code`]; [`OpenError`].
//! * [`limits`]: every limit on what a caller can hand in.
//!
//! # What is promised on a crash
//!
//! With [`Durability::Sync`] (the default) a command that was answered is on disk. After a crash of the process or
//! a loss of power, the next opening gives the state after some prefix of the commands, with all that were
//! answered. A change that touches a thousand chats has happened whole or not at all.

mod backup;
mod command;
mod config;
mod directory;
mod engine;
mod error;
mod export;
mod files;
mod index;
mod journal;
mod kv;
mod loaded;
mod model;
mod query;
mod record;
mod recovery;
mod rules;
mod scrub;
mod select;
mod sets;
mod store;
#[cfg(any(test, feature = "fuzzing"))]
mod testing;
mod view;
mod wheel;
mod workspace;

#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub use testing::fuzzing;

pub use backup::{BackupError, BackupProgress, BackupReport, RebuildReport, RestoreReport, verify_backup};
pub use command::{
    Action, BulkReport, Command, CustomerUpdate, Envelope, NewEvent, NewMessage, Outcome, RefusedChat, Reply, Selection,
};
pub use config::{Config, Durability, Keep, Timer};
pub use directory::StoreBytes;
pub use engine::{CompactError, CompactProgress, CompactReport, Engine, Pipeline, Workspace};
pub use error::{Code, Error, OpenError, Refusal};
pub use export::{
    Contents, ExportError, ExportFormat, ExportProgress, ExportReport, ImportError, ImportProgress, ImportReport,
};
pub use index::{AttributeIndex, Index, IndexedChat, Keys};
pub use model::{
    Actor, Chat, ChatId, Customer, CustomerId, Event, File, FileOfMessage, LinkOfMessage, Manager, ManagerId, Message,
    MessageId, Notification, NotificationKind, ParseError, ProfileField, Reason, Recommendation, Role, Status,
    StatusCounts, Tag, Timestamp, Visibility, WorkspaceId, limits,
};
pub use query::{
    Answer, BulkProgress, BulkUnderWay, ChatPage, Cursor, CursorError, EventPage, FilePage, IndexStatus, LinkPage,
    MessagePage, NotificationPage, Query, Sidebar, SidebarManager, SidebarTag, UnreadCounts,
};
pub use recovery::{Rebuild, Restore, Until};
pub use scrub::{
    FamilyScrub, Fault, FaultKind, RecordTotal, RepairReport, ScrubProgress, ScrubReport, WorkspaceRepair,
    WorkspaceScrub,
};
pub use view::{Filter, IndexValue, View, ViewError, ViewKind};

/// The examples in the README and in `docs/` are compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../docs/INDEXES.md")]
struct CustomIndexes;
