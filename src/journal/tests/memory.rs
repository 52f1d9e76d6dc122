//! A disk in memory that can fail at a chosen operation, and forget what was not synced.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;

use super::super::files::{AppendFile, Files};

/// The files of one directory. Clones are the same disk.
#[derive(Clone, Default)]
pub(super) struct MemFiles(Arc<Mutex<Disk>>);

/// What becomes of bytes that were not synced when the machine stops.
pub(super) enum Fate<'a> {
    /// Only the process died: everything is there.
    Kept,
    /// All is gone that was not synced.
    Lost,
    /// The bytes of a file behind its synced part become what this makes of them.
    Changed(&'a mut dyn FnMut(&mut Vec<u8>)),
}

#[derive(Default)]
struct Disk {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    safe_names: BTreeMap<String, usize>,
    /// Everything that changed, or should have changed, the disk.
    log: Vec<String>,
    /// The number of operations that still succeed; then one fails.
    good: Option<usize>,
    /// The length of the log when the one had failed.
    failed_at: Option<usize>,
}

#[derive(Default, Clone)]
struct Inode {
    name: String,
    bytes: Vec<u8>,
    safe: Vec<u8>,
}

impl MemFiles {
    /// The disk as the next boot finds it.
    pub(super) fn after_crash(&self, mut fate: Fate<'_>) -> MemFiles {
        let disk = self.0.lock();
        let names = match fate {
            Fate::Kept => &disk.names,
            Fate::Lost | Fate::Changed(_) => &disk.safe_names,
        };
        let image = MemFiles::default();
        for (name, inode) in names {
            let inode = &disk.inodes[*inode];
            let bytes = match &mut fate {
                Fate::Kept => inode.bytes.clone(),
                Fate::Lost => inode.safe.clone(),
                Fate::Changed(change) => {
                    let mut tail = inode.bytes.get(inode.safe.len()..).unwrap_or(&[]).to_vec();
                    change(&mut tail);
                    [inode.safe.clone(), tail].concat()
                }
            };
            image.put(name, bytes);
        }
        image
    }

    /// Puts a file there, as if it had always been.
    pub(super) fn put(&self, name: &str, bytes: Vec<u8>) {
        let mut disk = self.0.lock();
        let inode = disk.inodes.len();
        disk.inodes.push(Inode { name: name.to_owned(), safe: bytes.clone(), bytes });
        disk.names.insert(name.to_owned(), inode);
        disk.safe_names.insert(name.to_owned(), inode);
    }

    /// The same files, with the content of one changed.
    pub(super) fn edited(&self, name: &str, edit: impl FnOnce(&mut Vec<u8>)) -> MemFiles {
        let image = self.after_crash(Fate::Kept);
        let mut bytes = image.read(name).unwrap();
        edit(&mut bytes);
        image.put(name, bytes);
        image
    }

    /// Lets one operation fail after `good` more.
    pub(super) fn fail_after(&self, good: usize) {
        self.0.lock().good = Some(good);
    }

    /// Whether the one has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.0.lock().failed_at.is_some()
    }

    /// What was done after the one had failed.
    pub(super) fn log_after_failure(&self) -> Vec<String> {
        let disk = self.0.lock();
        disk.log[disk.failed_at.unwrap_or(disk.log.len())..].to_vec()
    }

    /// What was done since the last call.
    pub(super) fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().log)
    }
}

impl Disk {
    /// Counts an operation, and says whether it may succeed.
    fn operate(&mut self, what: String) -> io::Result<()> {
        self.log.push(what);
        match &mut self.good {
            Some(0) => {
                self.good = None;
                self.failed_at = Some(self.log.len());
                Err(io::Error::from(io::ErrorKind::StorageFull))
            }
            Some(good) => {
                *good -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn inode(&self, name: &str) -> io::Result<usize> {
        let inode = self.names.get(name).copied();
        inode.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

impl Files for MemFiles {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.0.lock().names.keys().rev().cloned().collect())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let disk = self.0.lock();
        let inode = disk.inode(name)?;
        Ok(disk.inodes[inode].bytes.clone())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn AppendFile>> {
        let mut disk = self.0.lock();
        disk.operate(format!("create {name}"))?;
        if disk.names.contains_key(name) {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        let inode = disk.inodes.len();
        disk.inodes.push(Inode { name: name.to_owned(), ..Inode::default() });
        disk.names.insert(name.to_owned(), inode);
        Ok(Box::new(MemFile(self.clone(), inode)))
    }

    fn append(&self, name: &str, len: u64) -> io::Result<Box<dyn AppendFile>> {
        let mut disk = self.0.lock();
        disk.operate(format!("append {name} at {len}"))?;
        let inode = disk.inode(name)?;
        let bytes = &mut disk.inodes[inode].bytes;
        assert!(bytes.len() as u64 >= len);
        bytes.truncate(len as usize);
        Ok(Box::new(MemFile(self.clone(), inode)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut disk = self.0.lock();
        disk.operate(format!("rename {from} {to}"))?;
        let inode = disk.inode(from)?;
        disk.names.remove(from);
        assert!(disk.names.insert(to.to_owned(), inode).is_none(), "{to} is lost");
        disk.inodes[inode].name = to.to_owned();
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut disk = self.0.lock();
        disk.operate(format!("remove {name}"))?;
        disk.inode(name)?;
        disk.names.remove(name);
        Ok(())
    }

    fn sync_dir(&self) -> io::Result<()> {
        let mut disk = self.0.lock();
        disk.operate("sync dir".to_owned())?;
        disk.safe_names = disk.names.clone();
        Ok(())
    }
}

/// An open file.
struct MemFile(MemFiles, usize);

impl AppendFile for MemFile {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.0.0.lock();
        let what = format!("write {}", disk.inodes[self.1].name);
        let result = disk.operate(what);
        // A write that fails may have written a part.
        let written = if result.is_ok() { bytes.len() } else { bytes.len() / 2 };
        disk.inodes[self.1].bytes.extend(&bytes[..written]);
        result
    }

    fn sync_data(&mut self) -> io::Result<()> {
        let mut disk = self.0.0.lock();
        let what = format!("sync {}", disk.inodes[self.1].name);
        disk.operate(what)?;
        let inode = &mut disk.inodes[self.1];
        inode.safe = inode.bytes.clone();
        Ok(())
    }
}
