//! `inboxdb` is an embedded storage engine for the inbox of a customer-chat product.
//!
//! An application links the crate. The engine stores chats, messages, customers, managers and tags, and keeps every
//! count and list of an inbox ready: open, snoozed and closed chats per assignee, unassigned, and per tag subtree;
//! unread messages per manager; favorites; followed chats. A count is one memory read at any number of chats. Snoozed
//! chats reopen by themselves. An acknowledged command is never lost.
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
//! * [`Acting`] writes as a manager, a customer or the system: [`Workspace::as_manager`] and its siblings return one.
//! * [`Command`] in an [`Envelope`]: every change as data, with its actor and its time, for [`Engine::execute`] and
//!   [`Engine::pipeline`].
//! * [`Engine::submit`]: commands to await, for async services.
//! * [`Workspace::watch`]: the change feed, an iterator and a `Stream`.
//! * [`Command::Bulk`]: one action on many chats, with progress from [`Engine::execute_watched`].
//! * [`Query`] and [`Answer`]: reads as data, for programs that forward them.
//! * [`Config::index`]: your own keys, from an [`Index`] such as [`AttributeIndex`].
//! * [`Engine::export`] and [`Engine::import`]: data out of one store and into another.
//! * [`Engine::backup_to`], [`verify_backup`] and [`Restore`]: a copy of everything, and a new store from it as of any time.
//! * [`Engine::scrub`] compares the index with the records. [`Engine::repair`], [`Rebuild`] and [`Salvage`] fix damage.
//! * [`Engine::compact`] rewrites the files without deleted data.
//! * [`Engine::info`]: format, workspaces, sizes, checkpoint and newest backup of a store.
//! * [`Engine::stats`]: counters of an open engine, for metrics.
//! * [`Error`], [`Refusal`] and its [`Code`]; [`OpenError`].
//! * [`limits`]: every limit on input.
//!
//! # Crashes and durability
//!
//! With [`Durability::Sync`] (the default) a command is on disk before it is answered. After a process crash or a power
//! loss, the next opening restores the state after some prefix of the commands, and every answered command is in it. A
//! change that touches a thousand chats happens as a whole or not at all.
//!
//! With [`Durability::Interval`] commands are answered at once, and a crash may lose those of the last interval. Choose
//! it if a single thread must write faster than the disk syncs and the caller can send the lost commands again: for a
//! bulk load, or behind a log of your own. Concurrent writers share syncs, so `Sync` rarely limits their throughput.
//!
//! # In an async service
//!
//! One process opens the store, once. Keep the [`Engine`] in an `Arc`; its handles are cheap to make and to clone into
//! tasks. The engine needs no async runtime.
//!
//! * **Writes.** Call [`Engine::submit`] on a thread that may block, such as `tokio::task::spawn_blocking`, and await the
//!   [`Submission`]. No thread waits for the sync.
//! * **Reads.** Sidebars and most counts of a loaded workspace read memory only. Pages, chats, messages, and counts by customer,
//!   hashtag or custom index may read from disk. So does the first read of a workspace, which loads it. Make these calls on a
//!   blocking thread too.
//! * **Events.** A [`Watcher`] is a `Stream` that never blocks.
//! * **Shutdown.** Call [`Engine::close`] and look at its result. Dropping the engine closes it too, but hides errors.
//!
//! # Memory
//!
//! Expect the sum of two caches ([`Config::record_cache_bytes`] and [`Config::store_cache_bytes`], each a sixteenth of the
//! machine's memory by default, 64 MiB to 1 GiB; a full store cache takes about 1.6 times its size), the loaded workspaces
//! ([`Config::workspaces_bytes_max`], 1 GiB by default; about 100 to 300 bytes a chat) and the changes that wait for the
//! state store ([`Config::dirty_bytes_max`], 64 MiB). [`Engine::memory_use`] tells what each part takes.
//!
//! # Upgrades
//!
//! A new version opens the stores of all older ones and moves them to its own format, for good. Make a backup before. A
//! store of a newer version is refused with [`OpenError`].

mod backup;
mod command;
mod config;
mod directory;
mod engine;
mod error;
mod export;
mod feed;
mod files;
mod heap;
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
    Action, Applied, Batch, BatchChat, BatchCustomer, BulkLeft, BulkReport, ChosenChats, Command, CustomerUpdate,
    Entry, Envelope, NewEvent, NewMessage, Outcome, RefusedChat, Reply, Selection, Step,
};
pub use config::{Config, Durability, Keep, Timer};
pub use directory::StoreBytes;
pub use engine::{
    Acting, CompactError, CompactReport, Engine, EngineStats, LogInfo, NewestBackup, Pipeline, Staff, StoreInfo,
    Submission, System, Watcher, Workspace, WorkspacePlace,
};
pub use error::{Code, Error, Failure, OpenError, Refusal};
pub use export::{Contents, ExportError, ExportFormat, ExportReport, ImportError, ImportReport};
pub use index::{AttributeIndex, Index, IndexedChat, Keys};
pub use model::{
    Actor, Actual, Chat, ChatId, Condition, Customer, CustomerId, Event, File, FileOfMessage, LinkOfMessage, Manager,
    ManagerId, Message, MessageId, Notification, NotificationKind, ParseError, Place, ProfileField, Progress, Reason,
    Recommendation, Role, Status, StatusCounts, Tag, Timestamp, Visibility, What, WorkspaceId, limits,
};
pub use query::{
    Answer, BulkUnderWay, ChatPage, Cursor, CursorError, CustomerPage, EventPage, FilePage, Find, Found, IdPage,
    IndexStatus, LinkPage, ListOrder, MemoryUse, MessagePage, NotificationPage, Query, Sidebar, SidebarManager,
    SidebarManagers, SidebarTag, SidebarTags, UnreadCounts, Wanted, WorkspacesInMemory,
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
