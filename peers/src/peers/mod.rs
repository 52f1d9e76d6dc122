//! The peers: a store each, in a column of the table each.

mod inboxdb;
mod keys;
mod postgres;
mod redis;
mod sqlite;

use anyhow::Result;
use clap::ValueEnum;

use crate::peer::Peer;
use crate::sql::Numbers;

/// A store by its name on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Family {
    /// PostgreSQL, as a server.
    Postgres,
    /// SQLite, linked.
    Sqlite,
    /// Redis, as a server.
    Redis,
    /// sled, linked.
    Sled,
    /// redb, linked.
    Redb,
    /// inboxdb, linked.
    Inboxdb,
}

/// A column of the table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The heading.
    pub name: &'static str,
    /// The store.
    pub family: Family,
    numbers: Numbers,
}

/// All columns, inboxdb last.
pub const COLUMNS: [Column; 8] = [
    Column { name: "PostgreSQL, COUNT", family: Family::Postgres, numbers: Numbers::Counted },
    Column { name: "PostgreSQL, triggers", family: Family::Postgres, numbers: Numbers::Kept },
    Column { name: "SQLite, COUNT", family: Family::Sqlite, numbers: Numbers::Counted },
    Column { name: "SQLite, triggers", family: Family::Sqlite, numbers: Numbers::Kept },
    Column { name: "Redis sets", family: Family::Redis, numbers: Numbers::Kept },
    Column { name: "sled, naive", family: Family::Sled, numbers: Numbers::Counted },
    Column { name: "redb, naive", family: Family::Redb, numbers: Numbers::Counted },
    Column { name: "inboxdb", family: Family::Inboxdb, numbers: Numbers::Kept },
];

/// A peer that can be used, or why it cannot be.
#[derive(Debug)]
pub enum Started {
    /// It is empty.
    Ready(Box<dyn Peer>),
    /// It is not there, for this reason.
    Skipped(String),
}

impl Column {
    /// Starts the store, empty, in a temporary directory of its own.
    ///
    /// # Errors
    ///
    /// If it is there and does not start.
    pub fn start(&self) -> Result<Started> {
        let ready = |peer: Box<dyn Peer>| Ok(Started::Ready(peer));
        match self.family {
            Family::Postgres => match postgres::programs() {
                Ok(programs) => ready(Box::new(postgres::Postgres::start(self.numbers, &programs)?)),
                Err(reason) => Ok(Started::Skipped(reason)),
            },
            Family::Redis => match redis::program() {
                Ok(program) => ready(Box::new(redis::Redis::start(&program)?)),
                Err(reason) => Ok(Started::Skipped(reason)),
            },
            Family::Sqlite => ready(Box::new(sqlite::Sqlite::start(self.numbers)?)),
            Family::Sled => ready(Box::new(keys::Sled::start()?)),
            Family::Redb => ready(Box::new(keys::Redb::start()?)),
            Family::Inboxdb => ready(Box::new(inboxdb::Inboxdb::start()?)),
        }
    }
}
