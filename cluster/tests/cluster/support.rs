//! What the tests share.

use std::sync::Arc;
use std::time::Duration;

use inboxdb::Place;
use inboxdb_cluster::{AppendError, Appended, CommandLog, JetStream, JetStreamOptions, LogEntry, MessageId, Reader};
use inboxdb_nats::Servers;

/// Long enough for a fail-over on a busy machine.
pub const SOON: Duration = Duration::from_secs(40);

/// Options for servers that run here.
pub fn options(servers: &Servers, groups: u32, replicas: usize) -> JetStreamOptions {
    JetStreamOptions::new(&servers.urls()).monitors(&servers.monitors()).groups(groups).replicas(replicas)
}

/// Opens the logs. Streams of three replicas can be created only once the servers have found each other.
pub async fn open(options: JetStreamOptions) -> JetStream {
    let mut last = None;
    for _ in 0..60 {
        match JetStream::open(options.clone()).await {
            Ok(opened) => return opened,
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("{last:?}");
}

/// An id for the n-th entry of a test.
pub fn id(number: u64) -> MessageId {
    MessageId::of_bulk_piece(1.into(), 1, number)
}

/// Appends an entry until it is acknowledged.
pub async fn append(log: &Arc<dyn CommandLog>, number: u64) -> Appended {
    let began = std::time::Instant::now();
    loop {
        match log.append(id(number), number.to_string().into()).await {
            Ok(appended) => return appended,
            Err(AppendError::Rejected(reason)) => panic!("{reason}"),
            Err(error) => assert!(began.elapsed() < SOON * 2, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Takes this many entries from a reader.
pub async fn take(reader: &mut Reader, count: usize) -> Vec<LogEntry> {
    let mut entries = Vec::new();
    while entries.len() < count {
        let next = tokio::time::timeout(SOON, reader.next()).await;
        entries.push(next.unwrap_or_else(|_| panic!("{} of {count} entries", entries.len())).unwrap().unwrap());
    }
    entries
}

/// The places of entries.
pub fn places(entries: &[LogEntry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.place.0).collect()
}

/// Waits for the error that ends a reader.
pub async fn error(reader: &mut Reader) -> inboxdb_cluster::ReadError {
    loop {
        match tokio::time::timeout(SOON, reader.next()).await.unwrap().unwrap() {
            Ok(entry) => assert!(entry.place > Place(0)),
            Err(error) => return error,
        }
    }
}
