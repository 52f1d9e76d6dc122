//! The work in SQL, with statements that stay prepared.

use std::sync::{Mutex, MutexGuard};

use anyhow::{Context, Result};
use rusqlite::{Connection, Params, Row, params};

use crate::data::{Status, TEXT};
use crate::peer::{Client, Counts, PAGE, Sidebar};
use crate::sql::{Kind, Numbers};

/// A connection for reads, and the one for writes.
pub(super) struct Linked<'p> {
    pub reader: Connection,
    pub writer: &'p Mutex<Connection>,
    pub numbers: Numbers,
}

impl Linked<'_> {
    fn each(
        &self,
        sql: &str,
        params: impl Params,
        mut row: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<()> {
        let mut statement = self.reader.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(found) = rows.next()? {
            row(found)?;
        }
        Ok(())
    }

    /// Rows of a status and a number.
    fn by_status(&self, sql: &str, params: impl Params) -> Result<Counts> {
        let mut counts = [0; 3];
        self.each(sql, params, |row| {
            if let Some(count) = counts.get_mut(row.get::<_, usize>(0)?) {
                *count = row.get(1)?;
            }
            Ok(())
        })?;
        Ok(counts)
    }

    fn kept(&self, kind: Kind, id: u32) -> Result<Counts> {
        let sql = "SELECT open, snoozed, closed FROM counters WHERE kind = ? AND id = ?";
        let mut counts = [0; 3];
        self.each(sql, params![kind as u8, id], |row| {
            counts = [row.get(0)?, row.get(1)?, row.get(2)?];
            Ok(())
        })?;
        Ok(counts)
    }

    /// Rows of an id and a number.
    fn place(&self, sql: &str, places: &mut [u64], first: usize) -> Result<()> {
        self.each(sql, [], |row| {
            if let Some(place) = places.get_mut(row.get::<_, usize>(0)? - first) {
                *place = row.get(1)?;
            }
            Ok(())
        })
    }

    fn unread(&self, sql: &str, manager: u32) -> Result<[u64; 2]> {
        let mut numbers = [0; 2];
        self.each(sql, [manager], |row| {
            numbers = [row.get(0)?, row.get(1)?];
            Ok(())
        })?;
        Ok(numbers)
    }

    fn counted_sidebar(&self, manager: u32, sidebar: &mut Sidebar) -> Result<()> {
        sidebar.me = self.by_status(COUNTS_OF_ASSIGNEE, [manager])?;
        sidebar.all = self.by_status("SELECT status, count(*) FROM chats GROUP BY status", [])?;
        let unassigned = "SELECT status, count(*) FROM chats WHERE assignee IS NULL GROUP BY status";
        sidebar.unassigned = self.by_status(unassigned, [])?;
        let unread = "SELECT count(*), coalesce(sum(messages), 0) FROM unread WHERE manager = ?";
        sidebar.unread = self.unread(unread, manager)?;
        let managers =
            "SELECT assignee, count(*) FROM chats WHERE status = 0 AND assignee IS NOT NULL GROUP BY assignee";
        self.place(managers, &mut sidebar.managers, 1)?;
        let tags = "SELECT above, sum(open) FROM tag_closure
            JOIN (SELECT tag, count(*) AS open FROM chats WHERE status = 0 GROUP BY tag) USING (tag) GROUP BY above";
        self.place(tags, &mut sidebar.tags, 0)
    }

    fn kept_sidebar(&self, manager: u32, sidebar: &mut Sidebar) -> Result<()> {
        sidebar.me = self.kept(Kind::Assignee, manager)?;
        sidebar.all = self.kept(Kind::All, 0)?;
        sidebar.unassigned = self.kept(Kind::Unassigned, 0)?;
        sidebar.unread = self.unread("SELECT chats, messages FROM unread_counters WHERE manager = ?", manager)?;
        self.place("SELECT id, open FROM counters WHERE kind = 2", &mut sidebar.managers, 1)?;
        self.place("SELECT id, open FROM counters WHERE kind = 3", &mut sidebar.tags, 0)
    }

    fn ids(&self, sql: &str, id: u32) -> Result<Vec<u32>> {
        let mut ids = Vec::with_capacity(PAGE);
        self.each(sql, params![id, PAGE as u32], |row| {
            ids.push(row.get(0)?);
            Ok(())
        })?;
        Ok(ids)
    }

    fn writer(&self) -> Result<MutexGuard<'_, Connection>> {
        self.writer.lock().ok().context("a writer panicked")
    }

    fn set_status(&self, chat: u32, status: Status) -> Result<()> {
        // One statement is a transaction by itself.
        let sql = "UPDATE chats SET status = ?2 WHERE id = ?1 AND status <> ?2";
        self.writer()?.prepare_cached(sql)?.execute(params![chat, status as u8])?;
        Ok(())
    }
}

const COUNTS_OF_ASSIGNEE: &str = "SELECT status, count(*) FROM chats WHERE assignee = ? GROUP BY status";

fn add_message(connection: &Connection, chat: u32) -> rusqlite::Result<()> {
    connection.prepare_cached("INSERT INTO messages (chat, text) VALUES (?, ?)")?.execute(params![chat, TEXT])?;
    let message = connection.last_insert_rowid();
    let top = "UPDATE chats SET position = ?2, status = 0 WHERE id = ?1 RETURNING assignee";
    let assignee: Option<u32> = connection.prepare_cached(top)?.query_row(params![chat, message], |row| row.get(0))?;
    let unread = match assignee {
        Some(_) => "INSERT INTO unread VALUES (?2, ?1, 1) ON CONFLICT DO UPDATE SET messages = messages + 1",
        None => {
            "INSERT INTO unread SELECT id, ?1, 1 FROM managers WHERE operator AND ?2 IS NULL
                ON CONFLICT DO UPDATE SET messages = messages + 1"
        }
    };
    connection.prepare_cached(unread)?.execute(params![chat, assignee]).map(drop)
}

impl Client for Linked<'_> {
    fn counts_of_assignee(&mut self, manager: u32) -> Result<Counts> {
        match self.numbers {
            Numbers::Counted => self.by_status(COUNTS_OF_ASSIGNEE, [manager]),
            Numbers::Kept => self.kept(Kind::Assignee, manager),
        }
    }

    fn open_below_tag(&mut self, tag: u32) -> Result<u64> {
        if self.numbers == Numbers::Kept {
            return Ok(self.kept(Kind::Tag, tag)?[Status::Open as usize]);
        }
        let sql = "SELECT count(*) FROM chats
            WHERE status = 0 AND tag IN (SELECT tag FROM tag_closure WHERE above = ?)";
        Ok(self.reader.prepare_cached(sql)?.query_row([tag], |row| row.get(0))?)
    }

    fn sidebar(&mut self, manager: u32) -> Result<Sidebar> {
        // Its statements read one moment.
        let transaction = self.reader.unchecked_transaction()?;
        let mut sidebar = Sidebar::zero();
        match self.numbers {
            Numbers::Counted => self.counted_sidebar(manager, &mut sidebar)?,
            Numbers::Kept => self.kept_sidebar(manager, &mut sidebar)?,
        }
        transaction.commit()?;
        Ok(sidebar)
    }

    fn closed_of_assignee(&mut self, manager: u32) -> Result<Vec<u32>> {
        let sql = "SELECT id FROM chats WHERE assignee = ? AND status = 2 ORDER BY position DESC LIMIT ?";
        self.ids(sql, manager)
    }

    fn closed_below_tag(&mut self, tag: u32) -> Result<Vec<u32>> {
        // The index gives the order; of each chat, one look into the closure tells whether it belongs here.
        let sql = "SELECT id FROM chats INDEXED BY chats_by_status
            WHERE status = 2 AND EXISTS (SELECT 1 FROM tag_closure WHERE above = ? AND tag_closure.tag = chats.tag)
            ORDER BY position DESC LIMIT ?";
        self.ids(sql, tag)
    }

    fn send_message(&mut self, chat: u32) -> Result<()> {
        let connection = self.writer()?;
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        match add_message(&connection, chat) {
            Ok(()) => connection.prepare_cached("COMMIT")?.execute([])?,
            Err(error) => {
                connection.execute_batch("ROLLBACK")?;
                return Err(error.into());
            }
        };
        Ok(())
    }

    fn close(&mut self, chat: u32) -> Result<()> {
        self.set_status(chat, Status::Closed)
    }

    fn open(&mut self, chat: u32) -> Result<()> {
        self.set_status(chat, Status::Open)
    }
}
