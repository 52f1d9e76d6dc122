//! The work in SQL: one prepared statement, and one answer, for each call.

use anyhow::Result;
use postgres::{Client as Connection, Row, Statement};

use crate::data::{Status, TEXT};
use crate::peer::{Client, Counts, PAGE, Sidebar};
use crate::sql::{Kind, Numbers};

/// A connection with its statements.
pub(super) struct Remote {
    connection: Connection,
    numbers: Numbers,
    counts_of_assignee: Statement,
    open_below_tag: Statement,
    sidebar: Statement,
    closed_of_assignee: Statement,
    closed_below_tag: Statement,
    send_message: Statement,
    set_status: Statement,
}

const CLOSED_OF_ASSIGNEE: &str =
    "SELECT id FROM chats WHERE assignee = $1 AND status = 2 ORDER BY position DESC LIMIT 50";

/// The index gives the order; of each chat, one look into the closure tells whether it belongs here.
const CLOSED_BELOW_TAG: &str = "SELECT id FROM chats
    WHERE status = 2 AND tag IN (SELECT tag FROM tag_closure WHERE above = $1) ORDER BY position DESC LIMIT 50";

/// In one statement, which is a transaction by itself and one way to the server and back.
const SEND_MESSAGE: &str = "WITH message AS (INSERT INTO messages (chat, text) VALUES ($1, $2) RETURNING id),
    top AS (
        UPDATE chats SET position = message.id, status = 0 FROM message WHERE chats.id = $1
        RETURNING chats.id AS chat, assignee
    )
    INSERT INTO unread (manager, chat, messages)
        SELECT assignee, chat, 1 FROM top WHERE assignee IS NOT NULL
        UNION ALL SELECT managers.id, chat, 1 FROM top, managers WHERE assignee IS NULL AND operator
    ON CONFLICT (manager, chat) DO UPDATE SET messages = unread.messages + 1";

/// Rows of a group, an id and three numbers; one statement sees one moment.
const COUNTED_SIDEBAR: &str = "WITH open AS MATERIALIZED (
        SELECT tag, assignee, count(*) AS open FROM chats WHERE status = 0 GROUP BY tag, assignee
    )
    SELECT 0, status::integer, count(*)::bigint, 0::bigint, 0::bigint FROM chats GROUP BY status
    UNION ALL SELECT 1, status, count(*), 0, 0 FROM chats WHERE assignee IS NULL GROUP BY status
    UNION ALL SELECT 2, assignee, sum(open)::bigint, 0, 0 FROM open WHERE assignee IS NOT NULL GROUP BY assignee
    UNION ALL SELECT 3, above, sum(open)::bigint, 0, 0
        FROM (SELECT tag, sum(open) AS open FROM open GROUP BY tag) AS open JOIN tag_closure USING (tag) GROUP BY above
    UNION ALL SELECT 4, status, count(*), 0, 0 FROM chats WHERE assignee = $1 GROUP BY status
    UNION ALL SELECT 5, 0, count(*), coalesce(sum(messages), 0), 0 FROM unread WHERE manager = $1";

const KEPT_SIDEBAR: &str = "SELECT kind::integer, id, open, snoozed, closed FROM counters
    UNION ALL SELECT 5, 0, chats, messages, 0 FROM unread_counters WHERE manager = $1";

impl Remote {
    /// Prepares every statement.
    pub(super) fn prepare(mut connection: Connection, numbers: Numbers) -> Result<Self> {
        let (counts, open, sidebar) = match numbers {
            Numbers::Counted => (
                "SELECT status, count(*) FROM chats WHERE assignee = $1 GROUP BY status",
                "SELECT count(*) FROM chats
                    WHERE status = 0 AND tag IN (SELECT tag FROM tag_closure WHERE above = $1)",
                COUNTED_SIDEBAR,
            ),
            Numbers::Kept => (
                "SELECT open, snoozed, closed FROM counters WHERE kind = 2 AND id = $1",
                "SELECT open FROM counters WHERE kind = 3 AND id = $1",
                KEPT_SIDEBAR,
            ),
        };
        let mut prepare = |sql| connection.prepare(sql);
        Ok(Self {
            counts_of_assignee: prepare(counts)?,
            open_below_tag: prepare(open)?,
            sidebar: prepare(sidebar)?,
            closed_of_assignee: prepare(CLOSED_OF_ASSIGNEE)?,
            closed_below_tag: prepare(CLOSED_BELOW_TAG)?,
            send_message: prepare(SEND_MESSAGE)?,
            set_status: prepare("UPDATE chats SET status = $2 WHERE id = $1 AND status <> $2")?,
            connection,
            numbers,
        })
    }

    fn set_status(&mut self, chat: u32, status: Status) -> Result<()> {
        self.connection.execute(&self.set_status, &[&(chat as i32), &(status as i16)])?;
        Ok(())
    }

    fn add(&self, manager: u32, sidebar: &mut Sidebar, row: &Row) -> Result<()> {
        let (kind, id, first): (i32, i32, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let id = id as usize;
        const ASSIGNEE: i32 = Kind::Assignee as i32;
        const TAG: i32 = Kind::Tag as i32;
        match (kind, self.numbers) {
            (5, _) => sidebar.unread = [first as u64, row.try_get::<_, i64>(3)? as u64],
            (TAG, _) => put(&mut sidebar.tags, id, first),
            (ASSIGNEE, numbers) => {
                put(&mut sidebar.managers, id - 1, first);
                if numbers == Numbers::Kept && id == manager as usize {
                    sidebar.me = three(row, 2)?;
                }
            }
            (0, Numbers::Kept) => sidebar.all = three(row, 2)?,
            (_, Numbers::Kept) => sidebar.unassigned = three(row, 2)?,
            (0, Numbers::Counted) => put(&mut sidebar.all, id, first),
            (1, Numbers::Counted) => put(&mut sidebar.unassigned, id, first),
            (_, Numbers::Counted) => put(&mut sidebar.me, id, first),
        }
        Ok(())
    }
}

fn put(places: &mut [u64], id: usize, number: i64) {
    if let Some(place) = places.get_mut(id) {
        *place = number as u64;
    }
}

fn three(row: &Row, first: usize) -> Result<Counts> {
    let number = |at: usize| row.try_get::<_, i64>(first + at).map(|number| number as u64);
    Ok([number(0)?, number(1)?, number(2)?])
}

fn ids(rows: &[Row]) -> Result<Vec<u32>> {
    debug_assert!(rows.len() <= PAGE);
    rows.iter().map(|row| Ok(row.try_get::<_, i32>(0)? as u32)).collect()
}

impl Client for Remote {
    fn counts_of_assignee(&mut self, manager: u32) -> Result<Counts> {
        let rows = self.connection.query(&self.counts_of_assignee, &[&(manager as i32)])?;
        if self.numbers == Numbers::Kept {
            return rows.first().map_or(Ok([0; 3]), |row| three(row, 0));
        }
        let mut counts = [0; 3];
        for row in rows {
            put(&mut counts, row.try_get::<_, i16>(0)? as usize, row.try_get(1)?);
        }
        Ok(counts)
    }

    fn open_below_tag(&mut self, tag: u32) -> Result<u64> {
        Ok(self.connection.query_one(&self.open_below_tag, &[&(tag as i32)])?.try_get::<_, i64>(0)? as u64)
    }

    fn sidebar(&mut self, manager: u32) -> Result<Sidebar> {
        let mut sidebar = Sidebar::zero();
        for row in self.connection.query(&self.sidebar, &[&(manager as i32)])? {
            self.add(manager, &mut sidebar, &row)?;
        }
        Ok(sidebar)
    }

    fn closed_of_assignee(&mut self, manager: u32) -> Result<Vec<u32>> {
        ids(&self.connection.query(&self.closed_of_assignee, &[&(manager as i32)])?)
    }

    fn closed_below_tag(&mut self, tag: u32) -> Result<Vec<u32>> {
        ids(&self.connection.query(&self.closed_below_tag, &[&(tag as i32)])?)
    }

    fn send_message(&mut self, chat: u32) -> Result<()> {
        self.connection.execute(&self.send_message, &[&(chat as i32), &TEXT])?;
        Ok(())
    }

    fn close(&mut self, chat: u32) -> Result<()> {
        self.set_status(chat, Status::Closed)
    }

    fn open(&mut self, chat: u32) -> Result<()> {
        self.set_status(chat, Status::Open)
    }
}
