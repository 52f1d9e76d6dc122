//! The directory of a store: its layout and lock, and the small files beside the journal and the state store.

mod checkpoint;
mod disk;
mod epoch;
mod followed_log;
mod format;
mod keep;
mod last_backup;
mod layout;
mod lock;
mod occupied;
mod place;
mod size;
mod swap;

pub(crate) use checkpoint::{Checkpoint, damaged_checkpoints, read_checkpoint, write_checkpoint};
pub use disk::StoreBytes;
pub(crate) use disk::{Disk, checkpoint_error, state_store_error};
pub(crate) use epoch::{begin_epoch, end_epoch, read_or_begin_epoch};
pub(crate) use followed_log::{FollowedLog, read_followed_log, write_followed_log};
pub(crate) use format::{FORMAT as STORE_FORMAT, FORMAT_NAME};
pub(crate) use keep::{keep_since_backup, keeps_since_backup};
pub(crate) use last_backup::{LastBackup, read_last_backup, write_last_backup};
pub(crate) use layout::{Directory, JOURNAL as JOURNAL_NAME};
pub(crate) use occupied::{refuse_inside_store, store_around};
