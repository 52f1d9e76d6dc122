//! Every peer answers as plain rows do, on a small data set, and loses nothing under many clients.

use std::io::Write;
use std::time::Duration;

use anyhow::Result;
use inboxdb_peers::check::Expected;
use inboxdb_peers::data::Data;
use inboxdb_peers::measure::{Stopwatch, measure};
use inboxdb_peers::peers::{COLUMNS, Family, Started};

fn agrees(family: Family) -> Result<()> {
    let data = Data { chats: 3_000 };
    let expected = Expected::compute(data)?;
    for column in COLUMNS.iter().filter(|column| column.family == family) {
        let mut peer = match column.start()? {
            Started::Ready(peer) => peer,
            Started::Skipped(reason) => {
                // A passing test keeps what `eprintln!` says to itself.
                let mut stderr = std::io::stderr();
                writeln!(stderr, "skipped: {}: {reason}", column.name)?;
                continue;
            }
        };
        peer.fill(data)?;
        expected.check(&*peer)?;
        // The closed chats are counted after all clients are done.
        let stopwatch = Stopwatch::new(Duration::from_millis(20), expected.closed());
        let measured = measure(&mut *peer, &stopwatch, Duration::ZERO)?;
        assert_eq!((measured.reads.len(), measured.writes.len(), measured.closes.len()), (5, 4, 8));
    }
    Ok(())
}

#[test]
fn inboxdb() -> Result<()> {
    agrees(Family::Inboxdb)
}

#[test]
fn sqlite() -> Result<()> {
    agrees(Family::Sqlite)
}

#[test]
fn postgres() -> Result<()> {
    agrees(Family::Postgres)
}

#[test]
fn redis() -> Result<()> {
    agrees(Family::Redis)
}

#[test]
fn sled() -> Result<()> {
    agrees(Family::Sled)
}

#[test]
fn redb() -> Result<()> {
    agrees(Family::Redb)
}
