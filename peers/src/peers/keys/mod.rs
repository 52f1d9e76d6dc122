//! Key-value stores, as one would begin: one key for each entry of each index, and a count is a scan of a prefix.

mod redb;
mod sled;

use anyhow::{Context, Result};

use crate::data::{Chat, Data, MANAGERS, OPERATORS, Status, TAGS, TEXT, lineage};
use crate::peer::{Client, Counts, PAGE, Sidebar};

pub use self::redb::Redb;
pub use self::sled::Sled;

/// A key of the store.
pub type Key = Vec<u8>;

/// What a store can read. Prefixes end at a whole field, so that none is the beginning of another key's field.
pub trait Reads {
    /// Counts the keys with a prefix.
    ///
    /// # Errors
    ///
    /// As both: if the store fails.
    fn count(&self, prefix: &[u8]) -> Result<u64>;

    /// Shows the entries with a prefix to a function, from the last key to the first, while it returns true.
    fn scan_back(&self, prefix: &[u8], entry: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Result<()>;
}

/// What a transaction can do.
pub trait Writes {
    /// The value of a key.
    ///
    /// # Errors
    ///
    /// As all three: if the store fails.
    fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>>;

    /// Sets the value of a key.
    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()>;

    /// Removes a key.
    fn remove(&mut self, key: &[u8]) -> Result<()>;
}

/// A store with ordered keys.
pub trait Store {
    /// Reads one moment, where the store can.
    ///
    /// # Errors
    ///
    /// If the store or the function fails.
    fn read<T>(&self, work: &mut dyn FnMut(&dyn Reads) -> Result<T>) -> Result<T>;

    /// Changes several keys at once. The function may run more than once.
    ///
    /// # Errors
    ///
    /// If the store or the function fails.
    fn write(&self, work: &dyn Fn(&mut dyn Writes) -> Result<()>) -> Result<()>;
}

/// The first byte of each key.
mod family {
    pub const CHAT: u8 = b'c';
    pub const INDEX: u8 = b'i';
    pub const MESSAGE: u8 = b'm';
    pub const NEXT: u8 = b'n';
    pub const UNREAD: u8 = b'u';
}

/// What an index is over.
#[derive(Debug, Clone, Copy)]
enum Under {
    All,
    Unassigned,
    Assignee(u32),
    Tag(u32),
}

impl Under {
    fn prefix(self, status: Status) -> Key {
        let (kind, id) = match self {
            Under::All => (0, 0),
            Under::Unassigned => (1, 0),
            Under::Assignee(manager) => (2, manager),
            Under::Tag(tag) => (3, tag),
        };
        let mut key = vec![family::INDEX, kind];
        key.extend(id.to_be_bytes());
        key.push(status as u8);
        key
    }
}

/// The stored form of a chat: status, assignee (0 for none), tag, position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Record {
    status: Status,
    assignee: u32,
    tag: u32,
    position: u64,
}

impl Record {
    fn to_bytes(self) -> [u8; 17] {
        let mut bytes = [self.status as u8; 17];
        bytes[1..5].copy_from_slice(&self.assignee.to_be_bytes());
        bytes[5..9].copy_from_slice(&self.tag.to_be_bytes());
        bytes[9..].copy_from_slice(&self.position.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            status: *Status::ALL.get(usize::from(*bytes.first()?))?,
            assignee: u32::from_be_bytes(bytes.get(1..5)?.try_into().ok()?),
            tag: u32::from_be_bytes(bytes.get(5..9)?.try_into().ok()?),
            position: u64::from_be_bytes(bytes.get(9..)?.try_into().ok()?),
        })
    }

    /// The keys of its entries in the indexes.
    fn entries(self, chat: u32) -> impl Iterator<Item = Key> {
        let assignee = if self.assignee == 0 { Under::Unassigned } else { Under::Assignee(self.assignee) };
        [Under::All, assignee].into_iter().chain(lineage(self.tag).map(Under::Tag)).map(move |under| {
            let mut key = under.prefix(self.status);
            key.extend(self.position.to_be_bytes());
            key.extend(chat.to_be_bytes());
            key
        })
    }
}

fn key(family: u8, id: u32) -> Key {
    let mut key = vec![family];
    key.extend(id.to_be_bytes());
    key
}

fn message_key(chat: u32, position: u64) -> Key {
    let mut key = key(family::MESSAGE, chat);
    key.extend(position.to_be_bytes());
    key
}

fn unread_key(manager: u32, chat: u32) -> Key {
    let mut key = key(family::UNREAD, manager);
    key.extend(chat.to_be_bytes());
    key
}

fn number(bytes: Option<&[u8]>) -> u64 {
    bytes.and_then(|bytes| Some(u64::from_be_bytes(bytes.try_into().ok()?))).unwrap_or_default()
}

/// All entries of a chat of the data set.
fn entries_of(chat: &Chat) -> impl Iterator<Item = (Key, Vec<u8>)> + use<> {
    let Chat { id, status, tag, .. } = *chat;
    let record = Record { status, assignee: chat.assignee.unwrap_or(0), tag, position: id.into() };
    let unread = chat.assignee.filter(|_| chat.unread).map(|manager| unread_key(manager, id));
    [(key(family::CHAT, id), record.to_bytes().to_vec()), (message_key(id, id.into()), TEXT.into())]
        .into_iter()
        .chain(unread.map(|key| (key, 1_u64.to_be_bytes().to_vec())))
        .chain(record.entries(id).map(|key| (key, Vec::new())))
}

/// Every entry of the data set, in the order of the keys, which is the quickest to fill in.
fn sorted_entries(data: Data) -> Vec<(Key, Vec<u8>)> {
    let next = (vec![family::NEXT], u64::from(data.chats).to_be_bytes().to_vec());
    let mut entries: Vec<_> = data.iter().flat_map(|chat| entries_of(&chat)).chain([next]).collect();
    entries.sort_unstable();
    entries
}

/// A thread's access to a store in this process.
pub struct Linked<'s, S>(pub &'s S);

fn counts(reads: &dyn Reads, under: Under) -> Result<Counts> {
    let mut counts = [0; 3];
    for status in Status::ALL {
        counts[status as usize] = reads.count(&under.prefix(status))?;
    }
    Ok(counts)
}

fn sidebar(reads: &dyn Reads, manager: u32) -> Result<Sidebar> {
    let mut sidebar = Sidebar::zero();
    sidebar.me = counts(reads, Under::Assignee(manager))?;
    sidebar.all = counts(reads, Under::All)?;
    sidebar.unassigned = counts(reads, Under::Unassigned)?;
    reads.scan_back(&key(family::UNREAD, manager), &mut |_, value| {
        sidebar.unread[0] += 1;
        sidebar.unread[1] += number(Some(value));
        true
    })?;
    for (place, manager) in sidebar.managers.iter_mut().zip(1..=MANAGERS) {
        *place = reads.count(&Under::Assignee(manager).prefix(Status::Open))?;
    }
    for (place, tag) in sidebar.tags.iter_mut().zip(0..TAGS) {
        *place = reads.count(&Under::Tag(tag).prefix(Status::Open))?;
    }
    Ok(sidebar)
}

fn page(reads: &dyn Reads, under: Under) -> Result<Vec<u32>> {
    let mut ids = Vec::with_capacity(PAGE);
    reads.scan_back(&under.prefix(Status::Closed), &mut |key, _| {
        ids.extend(key.last_chunk().map(|id| u32::from_be_bytes(*id)));
        ids.len() < PAGE
    })?;
    Ok(ids)
}

/// Puts a chat elsewhere in the indexes.
fn move_chat(writes: &mut dyn Writes, chat: u32, change: impl Fn(&mut Record)) -> Result<Record> {
    let place = key(family::CHAT, chat);
    let before = writes.get(&place)?.as_deref().and_then(Record::from_bytes).context("there is no such chat")?;
    let mut after = before;
    change(&mut after);
    if after != before {
        before.entries(chat).try_for_each(|entry| writes.remove(&entry))?;
        after.entries(chat).try_for_each(|entry| writes.put(&entry, &[]))?;
        writes.put(&place, &after.to_bytes())?;
    }
    Ok(after)
}

fn add_message(writes: &mut dyn Writes, chat: u32) -> Result<()> {
    let position = number(writes.get(&[family::NEXT])?.as_deref()) + 1;
    writes.put(&[family::NEXT], &position.to_be_bytes())?;
    writes.put(&message_key(chat, position), TEXT.as_bytes())?;
    let moved = move_chat(writes, chat, |record| {
        record.position = position;
        record.status = Status::Open;
    })?;
    let readers = if moved.assignee == 0 { 1..=OPERATORS } else { moved.assignee..=moved.assignee };
    for reader in readers {
        let key = unread_key(reader, chat);
        let unread = number(writes.get(&key)?.as_deref()) + 1;
        writes.put(&key, &unread.to_be_bytes())?;
    }
    Ok(())
}

impl<S: Store + Sync> Client for Linked<'_, S> {
    fn counts_of_assignee(&mut self, manager: u32) -> Result<Counts> {
        self.0.read(&mut |reads| counts(reads, Under::Assignee(manager)))
    }

    fn open_below_tag(&mut self, tag: u32) -> Result<u64> {
        self.0.read(&mut |reads| reads.count(&Under::Tag(tag).prefix(Status::Open)))
    }

    fn sidebar(&mut self, manager: u32) -> Result<Sidebar> {
        self.0.read(&mut |reads| sidebar(reads, manager))
    }

    fn closed_of_assignee(&mut self, manager: u32) -> Result<Vec<u32>> {
        self.0.read(&mut |reads| page(reads, Under::Assignee(manager)))
    }

    fn closed_below_tag(&mut self, tag: u32) -> Result<Vec<u32>> {
        self.0.read(&mut |reads| page(reads, Under::Tag(tag)))
    }

    fn send_message(&mut self, chat: u32) -> Result<()> {
        self.0.write(&|writes| add_message(writes, chat))
    }

    fn close(&mut self, chat: u32) -> Result<()> {
        self.0.write(&|writes| move_chat(writes, chat, |record| record.status = Status::Closed).map(drop))
    }

    fn open(&mut self, chat: u32) -> Result<()> {
        self.0.write(&|writes| move_chat(writes, chat, |record| record.status = Status::Open).map(drop))
    }
}
