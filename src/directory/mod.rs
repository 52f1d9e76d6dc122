//! The directory of a store: its layout and lock, and the small files beside the journal and the state store.

mod checkpoint;
mod disk;
mod keep;
mod last_backup;
mod layout;
mod swap;

pub(crate) use checkpoint::{read_checkpoint, write_checkpoint};
pub use disk::StoreBytes;
pub(crate) use disk::{Disk, state_store_error};
pub(crate) use keep::{keep_since_backup, keeps_since_backup};
pub(crate) use last_backup::{LastBackup, read_last_backup, write_last_backup};
pub(crate) use layout::{Directory, FORMAT as STORE_FORMAT};
