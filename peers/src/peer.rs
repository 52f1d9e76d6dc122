//! What every peer must be able to do.

use std::fmt;

use anyhow::Result;
use serde::Serialize;

use crate::data::Data;

/// The length of a page.
pub const PAGE: usize = 50;

/// When a command is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// Once a power loss could not undo it.
    Durable,
    /// At once. A power loss may undo what happened last.
    Relaxed,
}

/// Open, snoozed and closed chats.
pub type Counts = [u64; 3];

/// The numbers of a manager's inbox, of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sidebar {
    /// The chats assigned to the manager.
    pub me: Counts,
    /// All chats.
    pub all: Counts,
    /// Those without an assignee.
    pub unassigned: Counts,
    /// The manager's unread chats and messages.
    pub unread: [u64; 2],
    /// Open chats of each manager, by id.
    pub managers: Vec<u64>,
    /// Open chats of each tag and all tags below it, by number.
    pub tags: Vec<u64>,
}

impl Sidebar {
    /// One in which every number is zero.
    #[must_use]
    pub fn zero() -> Self {
        Self {
            managers: vec![0; crate::data::MANAGERS as usize],
            tags: vec![0; crate::data::TAGS as usize],
            ..Self::default()
        }
    }
}

/// A store that holds the data set.
pub trait Peer: Send + Sync + fmt::Debug {
    /// The version of the store, as it says itself.
    fn version(&self) -> String;

    /// How it is set up, in a few words.
    fn setup(&self) -> String;

    /// Fills an empty store with the data set, and does what its manual advises after a bulk load.
    ///
    /// # Errors
    ///
    /// If the store refuses.
    fn fill(&mut self, data: Data) -> Result<()>;

    /// Sets when later commands are answered. There are no clients at this time.
    ///
    /// # Errors
    ///
    /// If the store refuses.
    fn set_durability(&mut self, durability: Durability) -> Result<()>;

    /// A connection for one thread. What can be prepared is prepared.
    ///
    /// # Errors
    ///
    /// If the store refuses.
    fn client(&self) -> Result<Box<dyn Client + '_>>;
}

/// The work, as one thread asks for it.
pub trait Client: Send {
    /// Open, snoozed and closed chats of an assignee.
    ///
    /// # Errors
    ///
    /// As all of these: if the store fails.
    fn counts_of_assignee(&mut self, manager: u32) -> Result<Counts>;

    /// Open chats of a tag and all tags below it.
    fn open_below_tag(&mut self, tag: u32) -> Result<u64>;

    /// All numbers of a manager's inbox, of one moment.
    fn sidebar(&mut self, manager: u32) -> Result<Sidebar>;

    /// The ids of the closed chats of an assignee with the newest activity, [`PAGE`] at most, newest first.
    fn closed_of_assignee(&mut self, manager: u32) -> Result<Vec<u32>>;

    /// The same of a tag and all tags below it.
    fn closed_below_tag(&mut self, tag: u32) -> Result<Vec<u32>>;

    /// The chat's customer writes [`TEXT`](crate::data::TEXT). The chat moves to the top and is open. The assignee has
    /// one more message unread; without an assignee, each operator has.
    fn send_message(&mut self, chat: u32) -> Result<()>;

    /// Closes a chat. It keeps its place.
    fn close(&mut self, chat: u32) -> Result<()>;

    /// Opens a chat. It keeps its place.
    fn open(&mut self, chat: u32) -> Result<()>;
}
