//! Every peer answers as plain rows do, on a small data set, and loses nothing under many clients.

use std::io::Write;
use std::time::Duration;

use inboxdb_peers::check::Expected;
use inboxdb_peers::data::Data;
use inboxdb_peers::measure::{Stopwatch, measure};
use inboxdb_peers::peers::{COLUMNS, Family, Started};

fn agrees(family: Family) {
    let data = Data { chats: 3_000 };
    let expected = Expected::compute(data).unwrap();
    for column in COLUMNS.iter().filter(|column| column.family == family) {
        let mut peer = match column.start().unwrap() {
            Started::Ready(peer) => peer,
            Started::Skipped(reason) => {
                // Not by `eprintln!`, which a passing test keeps to itself.
                writeln!(std::io::stderr(), "skipped: {}: {reason}", column.name).unwrap();
                continue;
            }
        };
        peer.fill(data).unwrap();
        expected.check(&*peer).unwrap();
        // The closed chats are counted after all clients are done.
        let stopwatch = Stopwatch::new(Duration::from_millis(20), expected.closed());
        let measured = measure(&mut *peer, &stopwatch, Duration::ZERO).unwrap();
        assert!(measured.closes.iter().all(|(_, _, rate)| *rate > 0.0));
    }
}

#[test]
fn inboxdb() {
    agrees(Family::Inboxdb);
}

#[test]
fn sqlite() {
    agrees(Family::Sqlite);
}

#[test]
fn postgres() {
    agrees(Family::Postgres);
}

#[test]
fn redis() {
    agrees(Family::Redis);
}

#[test]
fn sled() {
    agrees(Family::Sled);
}

#[test]
fn redb() {
    agrees(Family::Redb);
}
