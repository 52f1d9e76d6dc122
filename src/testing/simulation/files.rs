//! A directory of files in memory that loses unsynced data in a crash.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::files::{AppendFile, Files, Slots};
use crate::testing::simulation::machine::{Kind, Machine};
use crate::testing::simulation::random::{Luck, Random};

/// A disk writes sectors of this size atomically.
const SECTOR_BYTES: usize = 512;

/// The files of one directory. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct MemFiles {
    directory: Arc<Mutex<SimulatedDirectory>>,
    machine: Machine,
}

/// What happens to unsynced data in a crash.
pub(crate) enum Fate<'a> {
    /// It is all kept.
    Kept,
    /// It is all lost.
    Lost,
    /// The bytes of a file from the first one that is not synced are changed by this function.
    Changed(&'a mut dyn FnMut(&mut Vec<u8>)),
    /// Any sectors and any renamings have reached the disk. Garbage may follow the synced part of a file.
    Torn(&'a mut Random),
}

#[derive(Default, Clone)]
struct SimulatedDirectory {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    safe_names: BTreeMap<String, usize>,
    /// The renamings since the last directory sync.
    renamings: Vec<Renaming>,
}

#[derive(Default, Clone)]
struct Inode {
    name: String,
    bytes: Vec<u8>,
    safe: Vec<u8>,
}

/// A change of names: the file loses one, gains one, or both at once.
#[derive(Clone)]
struct Renaming {
    from: Option<String>,
    to: Option<(String, usize)>,
}

impl MemFiles {
    pub(crate) fn on(machine: &Machine) -> Self {
        Self { directory: Arc::default(), machine: machine.clone() }
    }

    /// The machine of the directory.
    pub(crate) fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The files found by the next boot, on another machine.
    pub(crate) fn after_crash(&self, fate: Fate<'_>) -> MemFiles {
        self.crash_onto(&Machine::default(), fate)
    }

    /// The files found by the next boot.
    pub(crate) fn crash_onto(&self, machine: &Machine, mut fate: Fate<'_>) -> MemFiles {
        let directory = self.directory.lock();
        let names = match &mut fate {
            Fate::Kept => directory.names.clone(),
            Fate::Lost | Fate::Changed(_) => directory.safe_names.clone(),
            Fate::Torn(random) => directory.torn_names(random),
        };
        let image = MemFiles::on(machine);
        for (name, inode) in names {
            image.put(&name, directory.inodes[inode].after_crash(&mut fate));
        }
        image
    }

    /// A copy on another machine. Unsynced data stays unsynced.
    pub(crate) fn copy_onto(&self, machine: &Machine) -> MemFiles {
        let directory = Arc::new(Mutex::new(self.directory.lock().clone()));
        MemFiles { directory, machine: machine.clone() }
    }

    /// Adds a file as if it had always been there.
    pub(crate) fn put(&self, name: &str, bytes: Vec<u8>) {
        let mut directory = self.directory.lock();
        let inode = directory.inodes.len();
        directory.inodes.push(Inode { name: name.to_owned(), safe: bytes.clone(), bytes });
        directory.names.insert(name.to_owned(), inode);
        directory.safe_names.insert(name.to_owned(), inode);
    }

    /// A copy with the content of one file changed.
    pub(crate) fn edited(&self, name: &str, edit: impl FnOnce(&mut Vec<u8>)) -> MemFiles {
        let image = self.after_crash(Fate::Kept);
        let bytes = image.directory.lock().bytes(name).cloned();
        let mut bytes = bytes.unwrap_or_default();
        edit(&mut bytes);
        image.put(name, bytes);
        image
    }
}

impl SimulatedDirectory {
    fn inode(&self, name: &str) -> io::Result<usize> {
        let inode = self.names.get(name).copied();
        inode.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn bytes(&self, name: &str) -> io::Result<&Vec<u8>> {
        Ok(&self.inodes[self.inode(name)?].bytes)
    }

    fn rename(&mut self, renaming: Renaming) {
        renaming.apply(&mut self.names);
        self.renamings.push(renaming);
    }

    fn torn_names(&self, random: &mut Random) -> BTreeMap<String, usize> {
        let mut names = self.safe_names.clone();
        let mut luck = Luck::new(random, self.renamings.len());
        self.renamings.iter().filter(|_| luck.keeps()).for_each(|renaming| renaming.apply(&mut names));
        names
    }
}

impl Renaming {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        if let Some(from) = &self.from {
            names.remove(from);
        }
        if let Some((to, inode)) = &self.to {
            names.insert(to.clone(), *inode);
        }
    }
}

impl Inode {
    fn after_crash(&self, fate: &mut Fate<'_>) -> Vec<u8> {
        match fate {
            Fate::Kept => self.bytes.clone(),
            Fate::Lost => self.safe.clone(),
            Fate::Changed(change) => {
                let pairs = self.safe.iter().zip(&self.bytes);
                let safe = pairs.take_while(|(safe, found)| safe == found).count();
                let mut tail = self.bytes[safe..].to_vec();
                change(&mut tail);
                [&self.bytes[..safe], &tail].concat()
            }
            Fate::Torn(random) => self.torn(random),
        }
    }

    /// The synced bytes with any sectors of the newer ones, at some length between the two.
    fn torn(&self, random: &mut Random) -> Vec<u8> {
        if self.bytes == self.safe {
            return self.safe.clone();
        }
        let (shorter, longer) = (self.bytes.len().min(self.safe.len()), self.bytes.len().max(self.safe.len()));
        let len = match random.below(3) {
            0 => self.safe.len(),
            1 => self.bytes.len(),
            _ => shorter + random.below(longer - shorter + 1),
        };
        let mut torn = self.safe.clone();
        torn.resize(len, if random.one_in(2) { 0 } else { random.next() as u8 });
        let mut luck = Luck::new(random, len / SECTOR_BYTES + 1);
        for (place, sector) in torn.chunks_mut(SECTOR_BYTES).enumerate() {
            let newer = self.bytes.get(place * SECTOR_BYTES..).unwrap_or_default();
            if luck.keeps() {
                sector.iter_mut().zip(newer).for_each(|(byte, newer)| *byte = *newer);
            }
        }
        torn
    }
}

impl Files for MemFiles {
    fn list(&self) -> io::Result<Vec<String>> {
        self.machine.operate(Kind::Read, || "list".to_owned())?;
        Ok(self.directory.lock().names.keys().rev().cloned().collect())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.machine.operate(Kind::Read, || format!("read {name}"))?;
        self.directory.lock().bytes(name).cloned()
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn AppendFile>> {
        self.machine.operate(Kind::Write, || format!("create {name}"))?;
        let mut directory = self.directory.lock();
        if directory.names.contains_key(name) {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        let inode = directory.inodes.len();
        directory.inodes.push(Inode { name: name.to_owned(), ..Inode::default() });
        directory.rename(Renaming { from: None, to: Some((name.to_owned(), inode)) });
        Ok(Box::new(MemFile { files: self.clone(), inode, at: 0 }))
    }

    fn append(&self, name: &str, len: u64) -> io::Result<Box<dyn AppendFile>> {
        self.machine.operate(Kind::Sync, || format!("append {name} at {len}"))?;
        let mut directory = self.directory.lock();
        let inode = directory.inode(name)?;
        let bytes = &mut directory.inodes[inode].bytes;
        assert!(bytes.len() as u64 >= len);
        bytes.truncate(len as usize);
        Ok(Box::new(MemFile { files: self.clone(), inode, at: len as usize }))
    }

    fn slots(&self, name: &str) -> io::Result<Box<dyn Slots>> {
        self.machine.operate(Kind::Write, || format!("open {name}"))?;
        let mut directory = self.directory.lock();
        let inode = match directory.names.get(name) {
            Some(inode) => *inode,
            None => {
                let inode = directory.inodes.len();
                directory.inodes.push(Inode { name: name.to_owned(), ..Inode::default() });
                directory.rename(Renaming { from: None, to: Some((name.to_owned(), inode)) });
                inode
            }
        };
        Ok(Box::new(MemFile { files: self.clone(), inode, at: 0 }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.machine.operate(Kind::Write, || format!("rename {from} {to}"))?;
        let mut directory = self.directory.lock();
        let inode = directory.inode(from)?;
        directory.rename(Renaming { from: Some(from.to_owned()), to: Some((to.to_owned(), inode)) });
        directory.inodes[inode].name = to.to_owned();
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.directory.lock().inode(name)?;
        self.machine.operate(Kind::Remove, || format!("remove {name}"))?;
        self.directory.lock().rename(Renaming { from: Some(name.to_owned()), to: None });
        Ok(())
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.machine.operate(Kind::Sync, || "sync dir".to_owned())?;
        if self.machine.lies() {
            return Ok(());
        }
        let mut directory = self.directory.lock();
        directory.safe_names = directory.names.clone();
        directory.renamings.clear();
        Ok(())
    }
}

/// An open file.
struct MemFile {
    files: MemFiles,
    inode: usize,
    /// Where the next byte is appended.
    at: usize,
}

impl MemFile {
    fn operate(&self, kind: Kind, doing: &str) -> io::Result<()> {
        let name = || self.files.directory.lock().inodes[self.inode].name.clone();
        self.files.machine.operate(kind, || format!("{doing} {}", name()))
    }

    /// Changes the bytes that the file shows.
    fn change<T>(&self, change: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        change(&mut self.files.directory.lock().inodes[self.inode].bytes)
    }

    /// Writes all bytes, or a part of them if that fails.
    fn write(&self, doing: &str, offset: usize, bytes: &[u8]) -> io::Result<()> {
        let result = self.operate(Kind::Write, doing);
        let written = if result.is_ok() { bytes.len() } else { bytes.len() / 2 };
        self.change(|file| {
            file.resize(file.len().max(offset + written), 0);
            file[offset..offset + written].copy_from_slice(&bytes[..written]);
        });
        result
    }

    fn make_safe(&self) {
        if !self.files.machine.lies() {
            let inode = &mut self.files.directory.lock().inodes[self.inode];
            inode.safe = inode.bytes.clone();
        }
    }
}

impl AppendFile for MemFile {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write("write", self.at, bytes)?;
        self.at += bytes.len();
        Ok(())
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.operate(Kind::Sync, "sync")?;
        self.make_safe();
        Ok(())
    }

    fn room(&self) -> u64 {
        self.change(|file| file.len() - self.at) as u64
    }

    /// It is no operation of its own that can fail, because a failure changes nothing.
    fn make_room(&mut self, bytes: u64) -> io::Result<()> {
        self.change(|file| file.resize(file.len().max(self.at + bytes as usize), 0));
        Ok(())
    }

    fn give_up_room(&mut self) -> io::Result<()> {
        if self.room() > 0 {
            self.operate(Kind::Sync, "cut")?;
            self.change(|file| file.truncate(self.at));
            self.make_safe();
        }
        Ok(())
    }
}

impl Slots for MemFile {
    fn put(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write("overwrite", offset as usize, bytes)
    }
}
