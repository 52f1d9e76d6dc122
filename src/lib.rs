//! `inboxdb` is an embedded storage engine for the inbox of a customer-chat product.
//!
//! An application links the crate. The engine stores chats, messages, customers, managers and tags, and keeps every
//! count and list of an inbox ready: open, snoozed and closed chats by assignee, unassigned, and by tag with all its
//! descendants; unread messages per manager; favorites; followed chats. A count is one memory read, whatever the number
//! of chats. Snoozed chats reopen by themselves. An acknowledged command is never lost.
//!
//! ```
//! use inboxdb::{Engine, Role, View};
//!
//! let engine = Engine::temporary()?; // or Engine::open("inbox", Config::default())?
//! let inbox = engine.workspace(1)?;
//! inbox.as_system().put_manager(7, "Ada", Role::Owner)?;
//! inbox.as_system().put_customer(5, "Grace")?;
//!
//! let chat = inbox.as_customer(5).start_chat()?;
//! inbox.as_customer(5).send_message(chat, "Where is my parcel?")?;
//! inbox.as_manager(7).assign(chat)?;
//!
//! assert_eq!(inbox.count(&View::assigned(7).open().into())?, 1);
//! assert_eq!(inbox.list(&View::all().into(), None, 50)?.chats[0].id, chat);
//! engine.close()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to look
//!
//! * [`Engine`] opens a store, executes commands and closes. [`Config`] has the options.
//! * [`Workspace`] reads. A [`View`] names a set of chats, with a count and a list; a [`Filter`] combines views.
//! * [`Acting`] writes: a workspace with the actor of its commands, from [`Workspace::as_manager`] and its siblings.
//! * [`Command`] in an [`Envelope`]: every change as data, with its actor and its time, for [`Engine::execute`] and
//!   [`Engine::pipeline`].
//! * [`Engine::submit`]: commands to await, without a thread for each, in any async runtime or none.
//! * [`Command::Bulk`]: one action on many chats, with progress from [`Engine::execute_watched`].
//! * [`Query`] and [`Answer`]: the reads as data, for programs that pass them on.
//! * [`Config::index`]: keys of your own, from an [`Index`] such as [`AttributeIndex`].
//! * [`Engine::export`] and [`Engine::import`]: data out of one store and into another.
//! * [`Engine::backup`], [`verify_backup`] and [`Restore`]: a copy of everything, and a store from it as of any time.
//! * [`Engine::scrub`] compares the index with the records, [`Engine::repair`], [`Rebuild`] and [`Salvage`] mend
//!   what is damaged.
//! * [`Engine::compact`] rewrites the files without deleted data.
//! * [`Engine::info`]: format, workspaces, sizes, checkpoint and newest backup of a store.
//! * [`Engine::stats`]: what an open engine counts, for metrics.
//! * [`Error`], [`Refusal`] and its [`Code`]; [`OpenError`].
//! * [`limits`]: every limit on input.
//!
//! # What is promised on a crash
//!
//! With [`Durability::Sync`] (the default) a command that was answered is on disk. After a process crash or a power
//! loss, the next opening restores the state after some prefix of the commands, which includes every answered one. A
//! change that touches a thousand chats happens whole or not at all.

mod backup;
mod command;
mod config;
mod directory;
mod engine;
mod error;
mod export;
mod feed;
mod files;
mod index;
mod journal;
mod kv;
mod loaded;
mod malformed;
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
mod waker;
mod watch;
mod wheel;
mod workspace;

#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub use testing::fuzzing;

pub use backup::{BackupError, BackupFileError, BackupReport, verify_backup};
pub use command::{
    Action, Batch, BatchChat, BatchCustomer, BulkReport, Command, CustomerUpdate, Envelope, NewEvent, NewMessage,
    Outcome, RefusedChat, Reply, Selection, Step,
};
pub use config::{Config, Durability, Keep, Timer};
pub use directory::StoreBytes;
pub use engine::{
    Acting, CompactError, CompactReport, Engine, EngineStats, NewestBackup, Pipeline, Staff, StoreInfo, Submission,
    System, Watcher, Workspace,
};
pub use error::{Code, Error, Failure, OpenError, Refusal};
pub use export::{Contents, ExportError, ExportFormat, ExportReport, ImportError, ImportReport};
pub use index::{AttributeIndex, Index, IndexedChat, Keys};
pub use model::{
    Actor, Actual, Chat, ChatId, Condition, Customer, CustomerId, Event, File, FileOfMessage, LinkOfMessage, Manager,
    ManagerId, Message, MessageId, Notification, NotificationKind, ParseError, ProfileField, Progress, Reason,
    Recommendation, Role, Status, StatusCounts, Tag, Timestamp, Visibility, What, WorkspaceId, limits,
};
pub use query::{
    Answer, BulkUnderWay, ChatPage, Cursor, CursorError, CustomerPage, EventPage, FilePage, Find, Found, IdPage,
    IndexStatus, LinkPage, ListOrder, MessagePage, NotificationPage, Query, Sidebar, SidebarManager, SidebarTag,
    UnreadCounts, Wanted, WorkspacesInMemory,
};
pub use recovery::{
    ChangeRange, Rebuild, RebuildError, RebuildReport, RecoveryError, Restore, RestoreError, RestoreReport, Salvage,
    SalvageError, SalvageReport, Until,
};
pub use scrub::{
    FamilyScrub, Fault, FaultKind, RecordTotal, RepairReport, ScrubReport, WorkspaceRepair, WorkspaceScrub,
};
pub use view::{Filter, IndexValue, View, ViewError, ViewKind};
pub use watch::{
    ChangeEvent, ChatChange, EventId, EventIdError, FeedEvent, NoticeEvent, ViewCounts, Watch, Watched, WatchedError,
};

/// What the command line of this repository shares with the engine. Not part of the public API: it may change with any
/// release.
#[doc(hidden)]
pub mod internal {
    pub use crate::files::WholeFile;
    pub use crate::malformed::json_message;
    pub use crate::model::normal_form;
}

/// The examples in the README and in `docs/` are compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../docs/INDEXES.md")]
struct CustomIndexes;

#[cfg(doctest)]
#[doc = include_str!("../docs/FEED.md")]
struct ChangeFeed;
