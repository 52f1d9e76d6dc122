//! The deadline of every chat. The entries are also the nodes of the slots' linked lists.

use std::iter::successors;

use crate::heap;
use crate::model::ChatId;

/// The number of chats per page: one for each bit of a word.
const PAGE: usize = u64::BITS as usize;

/// The deadline of one chat, and its neighbours in the list of its slot.
///
/// The ends of a list point to themselves, so no id has to mean "none". The links are meaningless in an entry outside
/// any list. The alignment keeps an entry within one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(16))]
pub(super) struct Entry {
    pub(super) deadline: u64,
    /// The neighbour towards the head, or the chat itself at the head.
    pub(super) prev: ChatId,
    /// The neighbour towards the tail, or the chat itself at the tail.
    pub(super) next: ChatId,
}

impl Entry {
    /// The chat after this one in its list. `chat` is the chat of this entry.
    #[inline]
    pub(super) fn after(&self, chat: ChatId) -> Option<ChatId> {
        (self.next != chat).then_some(self.next)
    }
}

#[derive(Debug, Default, Clone)]
struct Page {
    /// Bit `i` is set if chat `i` of the page has a deadline.
    held: u64,
    /// The entries, allocated while any bit is set. An entry is meaningless if its bit is not set.
    entries: Option<Box<[Entry; PAGE]>>,
}

impl Page {
    /// Frees the entries.
    #[cold]
    fn clear(&mut self) {
        self.entries = None;
    }
}

/// The entries of all chats that have a deadline.
///
/// Chat ids are sequential, so an entry is found by its id alone: the page, then the index in it. The cost of an
/// operation is its cache misses, and this layout has the fewest: none to see that a chat has no deadline, one to
/// remove a deadline. A page without deadlines costs 16 bytes, up to the highest id that ever had one. Any other page
/// costs 1 KiB.
#[derive(Debug, Default, Clone)]
pub(super) struct Entries {
    /// The pages, by chat id divided by 64.
    pages: Vec<Page>,
    /// How many pages have entries.
    allocated: usize,
    len: usize,
}

impl Entries {
    /// The approximate memory in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        heap::of_vec::<Page>(self.pages.len()) + self.allocated * heap::of_bytes(size_of::<[Entry; PAGE]>())
    }

    /// The number of chats that have a deadline.
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

    /// Sets the deadline of `chat`, which must not be in a list, and puts it in front of `head` if given.
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
        self.allocated += usize::from(page.held == 0);
        page.held |= bit;
        page.entries.get_or_insert_with(empty)[place] = Entry { deadline, prev: chat, next: head.unwrap_or(chat) };
    }

    /// Removes `chat`, whose entry is given, from its list. The caller updates the head of the list.
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

    /// Removes the entry of `chat`, which must not be in a list.
    #[inline]
    pub(super) fn remove(&mut self, chat: ChatId) {
        let (page, place) = address(chat);
        let Some(page) = self.pages.get_mut(page) else {
            return;
        };
        let bit = 1 << place;
        self.len -= usize::from(page.held & bit != 0);
        self.allocated -= usize::from(page.held == bit);
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

    /// The entries of the list that starts at `head`.
    pub(super) fn list(&self, head: ChatId) -> impl Iterator<Item = (u64, ChatId)> {
        let node = |chat| Some((chat, self.get(chat)?));
        let nodes = successors(node(head), move |&(chat, entry)| node(entry.after(chat)?));
        nodes.map(|(chat, entry)| (entry.deadline, chat))
    }

    /// The number of pages with allocated entries.
    #[cfg(test)]
    pub(super) fn allocated_pages(&self) -> usize {
        let allocated = self.pages.iter().filter(|page| page.entries.is_some());
        allocated.count()
    }

    /// The entry of `chat`, which must have a deadline, to change its links.
    ///
    /// Does not read the entry, so a write to it need not wait for a cache miss.
    #[inline]
    fn neighbour(&mut self, chat: ChatId) -> Option<&mut Entry> {
        let (page, place) = address(chat);
        let entries = self.pages.get_mut(page)?.entries.as_deref_mut()?;
        Some(&mut entries[place])
    }
}

/// The page of `chat` and its index there.
#[inline]
fn address(chat: ChatId) -> (usize, usize) {
    (chat.0 as usize / PAGE, chat.0 as usize % PAGE)
}

/// The chat at an index of a page.
fn chat_at(page: usize, place: usize) -> ChatId {
    ChatId((page * PAGE + place) as u32)
}

#[cold]
fn empty() -> Box<[Entry; PAGE]> {
    let unused = Entry { deadline: 0, prev: ChatId(0), next: ChatId(0) };
    Box::new([unused; PAGE])
}
