//! SQLite, linked, with a write-ahead log.

mod client;

use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::{Context, Result};
use rusqlite::{Connection, params};
use tempfile::TempDir;

use crate::data::{self, CUSTOMERS, Data, TAGS, TEXT};
use crate::peer::{Client, Durability, Peer};
use crate::server;
use crate::sql::{Numbers, closure, managers};

/// A database in a temporary directory.
#[derive(Debug)]
pub struct Sqlite {
    directory: TempDir,
    numbers: Numbers,
    /// SQLite has one writer at a time. Threads wait for it here, which is quicker than its own waiting by sleeping.
    writer: Mutex<Connection>,
}

impl Sqlite {
    /// Creates an empty database.
    ///
    /// # Errors
    ///
    /// If it cannot.
    pub fn start(numbers: Numbers) -> Result<Self> {
        let directory = server::directory()?;
        let writer = Mutex::new(connect(directory.path().join("inbox.db"))?);
        Ok(Self { directory, numbers, writer })
    }
}

fn fill_tables(transaction: &Connection, data: Data) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare("INSERT INTO managers VALUES (?, ?)")?;
    managers().try_for_each(|(id, operator)| insert.execute(params![id, operator]).map(drop))?;
    let mut insert = transaction.prepare("INSERT INTO customers VALUES (?)")?;
    (1..=CUSTOMERS).try_for_each(|id| insert.execute(params![id]).map(drop))?;
    let mut insert = transaction.prepare("INSERT INTO tags VALUES (?, ?)")?;
    (0..TAGS).try_for_each(|tag| insert.execute(params![tag, data::path(tag)]).map(drop))?;
    let mut insert = transaction.prepare("INSERT INTO tag_closure VALUES (?, ?)")?;
    closure().try_for_each(|(above, tag)| insert.execute(params![above, tag]).map(drop))?;
    let mut chats = transaction.prepare("INSERT INTO chats VALUES (?, ?, ?, ?, ?, ?)")?;
    let mut messages = transaction.prepare("INSERT INTO messages VALUES (?, ?, ?)")?;
    for chat in data.iter() {
        chats.execute(params![chat.id, chat.customer, chat.assignee, chat.tag, chat.status as u8, chat.id])?;
        messages.execute(params![chat.id, chat.id, TEXT])?;
    }
    // In the order of the key, as is quickest.
    let mut unread: Vec<_> = data.iter().filter(|chat| chat.unread).map(|chat| (chat.assignee, chat.id)).collect();
    unread.sort_unstable();
    let mut insert = transaction.prepare("INSERT INTO unread VALUES (?, ?, 1)")?;
    unread.iter().try_for_each(|(manager, chat)| insert.execute(params![manager, chat]).map(drop))
}

/// <https://sqlite.org/pragma.html>, <https://sqlite.org/wal.html>.
fn connect(path: PathBuf) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    // In KiB where it is negative.
    connection.pragma_update(None, "cache_size", -256 * 1_024)?;
    connection.pragma_update(None, "mmap_size", 4_i64 << 30)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

impl Peer for Sqlite {
    fn version(&self) -> String {
        format!("SQLite {}", rusqlite::version())
    }

    fn setup(&self) -> String {
        "linked; WAL, cache 256 MiB, mmap 4 GiB, one writer behind a mutex; synchronous FULL or NORMAL".to_owned()
    }

    fn fill(&mut self, data: Data) -> Result<()> {
        let connection = self.writer.lock().ok().context("a writer panicked")?;
        connection.execute_batch(include_str!("schema.sql"))?;
        let transaction = connection.unchecked_transaction()?;
        fill_tables(&transaction, data)?;
        transaction.commit()?;
        connection.execute_batch(include_str!("indexes.sql"))?;
        connection.execute_batch(match self.numbers {
            Numbers::Counted => include_str!("counted.sql"),
            Numbers::Kept => include_str!("kept.sql"),
        })?;
        connection.execute_batch("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")?;
        Ok(())
    }

    fn set_durability(&mut self, durability: Durability) -> Result<()> {
        let level = match durability {
            Durability::Durable => "full",
            Durability::Relaxed => "normal",
        };
        let connection = self.writer.lock().ok().context("a writer panicked")?;
        Ok(connection.pragma_update(None, "synchronous", level)?)
    }

    fn client(&self) -> Result<Box<dyn Client + '_>> {
        let reader = connect(self.directory.path().join("inbox.db"))?;
        Ok(Box::new(client::Linked { reader, writer: &self.writer, numbers: self.numbers }))
    }
}
