//! The deadlines by chat, which are also the nodes of the slots' lists.

use std::iter::successors;

use crate::model::ChatId;

/// How many chats share a page: one for each bit of a word.
const PAGE: usize = u64::BITS as usize;

/// The deadline of one chat, and its neighbours in the list of its slot.
///
/// The ends of a list point to themselves, so that no number has to stand for "nobody". The links of
/// an entry that is in no list mean nothing. Aligned, it never lies across two cache lines.
#[derive(Clone, Copy, Debug)]
#[repr(align(16))]
pub(super) struct Entry {
    /// When it is due.
    pub(super) deadline: u64,
    /// The neighbour towards the head; itself, if this is the head.
    pub(super) prev: ChatId,
    /// The neighbour away from the head; itself, if this is the last.
    pub(super) next: ChatId,
}

impl Entry {
    /// The chat after this, the entry of `chat`, in its list.
    #[inline]
    pub(super) fn after(&self, chat: ChatId) -> Option<ChatId> {
        (self.next != chat).then_some(self.next)
    }
}

/// 64 chats with consecutive ids.
#[derive(Debug, Default, Clone)]
struct Page {
    /// Bit `i` is set exactly if chat `i` of the page has a deadline.
    held: u64,
    /// The entries; meaningless where the bit is not set. There while a bit is.
    entries: Option<Box<[Entry; PAGE]>>,
}

impl Page {
    /// Gives the room of the entries back.
    #[cold]
    fn clear(&mut self) {
        self.entries = None;
    }
}

/// The entries of all chats that have a deadline.
///
/// Chat ids are given in sequence, so an entry is found by its id alone: the page, then the place in
/// it. What an operation costs is waiting for entries to come from memory, and this waits for the
/// fewest: none to learn that a chat has no deadline, one to remove a deadline. A page without
/// deadlines costs 16 bytes up to the highest id that ever had one, any other 1 KiB.
#[derive(Debug, Default, Clone)]
pub(super) struct Entries {
    /// The pages, by chat id divided by 64.
    pages: Vec<Page>,
    /// How many chats have a deadline.
    len: usize,
}

impl Entries {
    /// How many chats have a deadline.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The entry of `chat`, if it has a deadline.
    #[inline]
    pub(super) fn get(&self, chat: ChatId) -> Option<&Entry> {
        let (page, place) = address(chat);
        let page = self.pages.get(page)?;
        let entries = page.entries.as_deref()?;
        (page.held >> place & 1 == 1).then_some(&entries[place])
    }

    /// Gives `chat`, which must be in no list, a deadline in place of the one it may have, and puts
    /// it in front of `head`, the head of a list, if there is one.
    #[inline]
    pub(super) fn put(&mut self, chat: ChatId, deadline: u64, head: Option<ChatId>) {
        if let Some(after) = head.and_then(|head| self.neighbour(head)) {
            after.prev = chat;
        }
        let (page, place) = address(chat);
        if page >= self.pages.len() {
            self.pages.resize_with(page + 1, Page::default);
        }
        let page = &mut self.pages[page];
        let bit = 1 << place;
        self.len += usize::from(page.held & bit == 0);
        page.held |= bit;
        page.entries.get_or_insert_with(room)[place] = Entry { deadline, prev: chat, next: head.unwrap_or(chat) };
    }

    /// Takes `chat`, whose entry this is, out of its list. The head of the list is the caller's.
    #[inline]
    pub(super) fn unlink(&mut self, chat: ChatId, entry: Entry) {
        let Entry { prev, next, .. } = entry;
        let (is_head, is_tail) = (prev == chat, next == chat);
        if !is_tail && let Some(after) = self.neighbour(next) {
            after.prev = if is_head { next } else { prev };
        }
        if !is_head && let Some(before) = self.neighbour(prev) {
            before.next = if is_tail { prev } else { next };
        }
    }

    /// Drops the entry of `chat`, which must be in no list.
    #[inline]
    pub(super) fn remove(&mut self, chat: ChatId) {
        let (page, place) = address(chat);
        let Some(page) = self.pages.get_mut(page) else {
            return;
        };
        let bit = 1 << place;
        self.len -= usize::from(page.held & bit != 0);
        page.held &= !bit;
        if page.held == 0 {
            page.clear();
        }
    }

    /// All entries, by chat id.
    pub(super) fn iter(&self) -> impl Iterator<Item = (ChatId, u64)> {
        let pages = self.pages.iter().enumerate();
        pages.flat_map(|(at, page)| {
            let entries = page.entries.iter().flat_map(|entries| entries.iter());
            let held = entries.enumerate().filter(|(place, _)| page.held >> place & 1 == 1);
            held.map(move |(place, entry)| (chat_at(at, place), entry.deadline))
        })
    }

    /// The entries of the list that begins with `head`.
    pub(super) fn list(&self, head: ChatId) -> impl Iterator<Item = (u64, ChatId)> {
        let node = |chat| Some((chat, self.get(chat)?));
        let nodes = successors(node(head), move |&(chat, entry)| node(entry.after(chat)?));
        nodes.map(|(chat, entry)| (entry.deadline, chat))
    }

    /// How many pages have room for entries.
    #[cfg(test)]
    pub(super) fn pages_with_room(&self) -> usize {
        let rooms = self.pages.iter().filter(|page| page.entries.is_some());
        rooms.count()
    }

    /// The entry of `chat`, which must have a deadline, to change its links.
    ///
    /// It is not looked at: who only writes to it need not wait until it has come from memory.
    #[inline]
    fn neighbour(&mut self, chat: ChatId) -> Option<&mut Entry> {
        let (page, place) = address(chat);
        let entries = self.pages.get_mut(page)?.entries.as_deref_mut()?;
        Some(&mut entries[place])
    }
}

/// The page of `chat`, and its place there.
#[inline]
fn address(chat: ChatId) -> (usize, usize) {
    (chat.0 as usize / PAGE, chat.0 as usize % PAGE)
}

/// The chat at a place of a page.
fn chat_at(page: usize, place: usize) -> ChatId {
    ChatId((page * PAGE + place) as u32)
}

/// Room for the entries of a page.
#[cold]
fn room() -> Box<[Entry; PAGE]> {
    let nobody = Entry { deadline: 0, prev: ChatId(0), next: ChatId(0) };
    Box::new([nobody; PAGE])
}
