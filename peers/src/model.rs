//! The right answers: rows in memory, and every number by looking at all of them.

use std::collections::HashMap;

use anyhow::{Result, ensure};

use crate::data::{Chat, Data, MANAGERS, OPERATORS, Status, TAGS, lineage};
use crate::peer::{Client, Counts, PAGE, Sidebar};

/// The inbox as plain rows.
#[derive(Debug)]
pub struct Model {
    /// A chat and its position.
    chats: Vec<(Chat, u64)>,
    unread: HashMap<(u32, u32), u64>,
    next: u64,
}

/// Every answer for which peers are compared.
#[derive(Debug, PartialEq, Eq)]
pub struct Answers {
    counts: Vec<Counts>,
    open: Vec<u64>,
    sidebars: Vec<Sidebar>,
    pages: Vec<Vec<u32>>,
}

impl Answers {
    /// Asks a store: every assignee's and tag's number, and some sidebars and pages.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub fn ask(client: &mut (dyn Client + '_)) -> Result<Self> {
        let managers = || (1..=MANAGERS).step_by(37).chain([2, MANAGERS]);
        let tags = || (0..TAGS).step_by(93).chain([5, 42, TAGS - 1]);
        let counts = managers().map(|manager| client.counts_of_assignee(manager)).collect::<Result<_>>()?;
        let open = tags().map(|tag| client.open_below_tag(tag)).collect::<Result<_>>()?;
        let sidebars = [1, 2, 300, 477].into_iter().map(|manager| client.sidebar(manager)).collect::<Result<_>>()?;
        let mut pages = managers().map(|manager| client.closed_of_assignee(manager)).collect::<Result<Vec<_>>>()?;
        for tag in tags() {
            pages.push(client.closed_below_tag(tag)?);
        }
        Ok(Self { counts, open, sidebars, pages })
    }

    /// Says where another store answered differently.
    ///
    /// # Errors
    ///
    /// If it did.
    pub fn compare(&self, other: &Self) -> Result<()> {
        ensure!(self.counts == other.counts, "counts of assignees: {:?}, not {:?}", other.counts, self.counts);
        ensure!(self.open == other.open, "open chats of tags: {:?}, not {:?}", other.open, self.open);
        for (right, found) in self.sidebars.iter().zip(&other.sidebars) {
            ensure!(right == found, "a sidebar: {found:?}, not {right:?}");
        }
        ensure!(self.pages == other.pages, "pages: {:?}, not {:?}", other.pages, self.pages);
        Ok(())
    }
}

impl Model {
    /// The data set as rows.
    #[must_use]
    pub fn new(data: Data) -> Self {
        let unread = data.iter().filter(|chat| chat.unread);
        Self {
            unread: unread.filter_map(|chat| Some(((chat.assignee?, chat.id), 1))).collect(),
            chats: data.iter().map(|chat| (chat, u64::from(chat.id))).collect(),
            next: u64::from(data.chats) + 1,
        }
    }

    /// Of each chat, by id less one, whether it is closed.
    #[must_use]
    pub fn closed_chats(&self) -> Vec<bool> {
        self.chats.iter().map(|(chat, _)| chat.status == Status::Closed).collect()
    }

    fn count(&self, status: Status, is_in: impl Fn(&Chat) -> bool) -> u64 {
        self.chats.iter().filter(|(chat, _)| chat.status == status && is_in(chat)).count() as u64
    }

    fn counts(&self, is_in: impl Fn(&Chat) -> bool) -> Counts {
        Status::ALL.map(|status| self.count(status, &is_in))
    }

    fn closed(&self, is_in: impl Fn(&Chat) -> bool) -> Vec<u32> {
        let mut found: Vec<_> =
            self.chats.iter().filter(|(chat, _)| chat.status == Status::Closed && is_in(chat)).collect();
        found.sort_by_key(|(_, position)| std::cmp::Reverse(*position));
        found.truncate(PAGE);
        found.into_iter().map(|(chat, _)| chat.id).collect()
    }

    fn row(&mut self, chat: u32) -> &mut (Chat, u64) {
        &mut self.chats[chat as usize - 1]
    }
}

impl Client for Model {
    fn counts_of_assignee(&mut self, manager: u32) -> Result<Counts> {
        Ok(self.counts(|chat| chat.assignee == Some(manager)))
    }

    fn open_below_tag(&mut self, tag: u32) -> Result<u64> {
        Ok(self.count(Status::Open, |chat| lineage(chat.tag).any(|above| above == tag)))
    }

    fn sidebar(&mut self, manager: u32) -> Result<Sidebar> {
        let mut sidebar = Sidebar::zero();
        sidebar.me = self.counts(|chat| chat.assignee == Some(manager));
        sidebar.all = self.counts(|_| true);
        sidebar.unassigned = self.counts(|chat| chat.assignee.is_none());
        let unread = self.unread.iter().filter(|((reader, _), _)| *reader == manager);
        sidebar.unread = unread.fold([0, 0], |[chats, messages], (_, more)| [chats + 1, messages + more]);
        for (chat, _) in self.chats.iter().filter(|(chat, _)| chat.status == Status::Open) {
            if let Some(assignee) = chat.assignee {
                sidebar.managers[assignee as usize - 1] += 1;
            }
            lineage(chat.tag).for_each(|tag| sidebar.tags[tag as usize] += 1);
        }
        Ok(sidebar)
    }

    fn closed_of_assignee(&mut self, manager: u32) -> Result<Vec<u32>> {
        Ok(self.closed(|chat| chat.assignee == Some(manager)))
    }

    fn closed_below_tag(&mut self, tag: u32) -> Result<Vec<u32>> {
        Ok(self.closed(|chat| lineage(chat.tag).any(|above| above == tag)))
    }

    fn send_message(&mut self, chat: u32) -> Result<()> {
        let position = self.next;
        self.next += 1;
        let (row, place) = self.row(chat);
        *place = position;
        row.status = Status::Open;
        let readers = row.assignee.map_or(1..=OPERATORS, |assignee| assignee..=assignee);
        readers.for_each(|reader| *self.unread.entry((reader, chat)).or_default() += 1);
        Ok(())
    }

    fn close(&mut self, chat: u32) -> Result<()> {
        self.row(chat).0.status = Status::Closed;
        Ok(())
    }

    fn open(&mut self, chat: u32) -> Result<()> {
        self.row(chat).0.status = Status::Open;
        Ok(())
    }
}
