//! The log on real servers: what it refuses, and what it goes on through.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_nats::jetstream::Context;
use inboxdb::Place;
use inboxdb_cluster::{AppendError, CommandLog, JetStream, JetStreamOptions, OpenError, ReadError};
use inboxdb_nats::{Servers, Setup};
use tokio::time::{sleep, timeout};
use tokio_stream::StreamExt;

use crate::support::{SOON, append, error, id, open, options, places, take};

async fn client(servers: &Servers) -> Context {
    let urls: Vec<String> = servers.urls().split(',').map(str::to_owned).collect();
    async_nats::jetstream::new(async_nats::connect(urls).await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_keep_their_order_and_an_id_counts_once() {
    let Some(mut servers) = Servers::start(1) else { return };
    let opened = open(options(&servers, 2, 1)).await;
    let logs = opened.logs();
    let log = &logs.groups[0];
    assert_eq!(log.bounds().await.unwrap().last, Place(0));
    let mut reader = log.read(Place(0));
    for number in 1..=100 {
        assert_eq!(append(log, number).await.place, Place(number));
    }
    let again = log.append(id(7), "7".into()).await.unwrap();
    assert_eq!((again.place, again.duplicate), (Place(7), true));
    let entries = take(&mut reader, 100).await;
    assert!(
        entries
            .iter()
            .zip(1..)
            .all(|(entry, number)| entry.bytes == number.to_string() && entry.id == Some(id(number)))
    );
    assert_eq!(places(&take(&mut log.read(Place(90)), 10).await), (91..=100).collect::<Vec<u64>>());
    assert_eq!(logs.groups[1].bounds().await.unwrap().last, Place(0));

    // What was acknowledged is there after a kill, and the log is the same one; the reader goes on.
    let binding = logs.binding();
    servers.kill(0);
    assert!(matches!(
        timeout(SOON, unavailable(log)).await.unwrap(),
        AppendError::Unavailable(_) | AppendError::Unknown(_)
    ));
    servers.restart(0);
    append(log, 101).await;
    assert_eq!(places(&take(&mut reader, 1).await), [101]);
    assert_eq!(open(options(&servers, 2, 1).create(false)).await.logs().binding(), binding);
}

async fn unavailable(log: &Arc<dyn CommandLog>) -> AppendError {
    loop {
        if let Err(error) = log.append(id(101), "101".into()).await {
            return error;
        }
    }
}

async fn refused(options: JetStreamOptions) -> String {
    match JetStream::open(options).await {
        Err(error) => error.to_string(),
        Ok(_) => panic!("opened"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_do_not_sync_are_refused_and_found_out_later() {
    let Some(mut servers) = Servers::start_with(Setup { count: 1, sync_always: false }) else { return };
    let reason = refused(options(&servers, 1, 1)).await;
    assert!(reason.contains("sync_interval: always"), "{reason}");
    let unasked = JetStreamOptions::new(&servers.urls()).groups(1).replicas(1);
    assert!(matches!(JetStream::open(unasked).await, Err(OpenError::Unsafe(_))));
    let wrong = JetStreamOptions::new(&servers.urls()).monitors("http://127.0.0.1:1").groups(1).replicas(1);
    assert!(refused(wrong).await.contains("--log-monitor"));

    servers.kill(0);
    servers.restart_with_sync(0, true);
    let opened = open(options(&servers, 1, 1)).await;
    let mut alarm = opened.logs().alarm;
    assert_eq!(*alarm.borrow_and_update(), None);
    servers.kill(0);
    servers.restart_with_sync(0, false);
    timeout(SOON, alarm.changed()).await.unwrap().unwrap();
    assert!(alarm.borrow().as_ref().unwrap().contains("sync_interval: always"));
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_are_not_as_they_must_be_are_refused() {
    let Some(servers) = Servers::start(1) else { return };
    let _first = open(options(&servers, 2, 1)).await;
    let reason = refused(options(&servers, 3, 1)).await;
    assert!(reason.contains("number of groups is 2") && reason.contains("with 3"), "{reason}");
    let reason = refused(options(&servers, 2, 3)).await;
    assert!(reason.contains("number of replicas is 1"), "{reason}");
    let reason = refused(options(&servers, 2, 1).prefix("other").create(false)).await;
    assert!(reason.contains("does not exist"), "{reason}");

    let context = client(&servers).await;
    let mut config = context.get_stream("inboxdb-0").await.unwrap().cached_info().config.clone();
    config.max_age = Duration::from_secs(3_600);
    context.update_stream(&config).await.unwrap();
    let reason = refused(options(&servers, 2, 1)).await;
    assert!(reason.contains("greatest age"), "{reason}");

    let foreign = async_nats::jetstream::stream::Config { name: "foreign-0".to_owned(), ..Default::default() };
    context.create_stream(foreign).await.unwrap();
    let reason = refused(options(&servers, 2, 1).prefix("foreign")).await;
    assert!(reason.contains("not one of inboxdb"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_that_are_gone_are_not_skipped() {
    let Some(servers) = Servers::start(1) else { return };
    let opened = open(options(&servers, 1, 1)).await;
    let log = opened.logs().groups[0].clone();
    for number in 1..=20 {
        append(&log, number).await;
    }
    let stream = client(&servers).await.get_stream("inboxdb-0").await.unwrap();
    log.truncate(Place(11)).await.unwrap();
    assert_eq!(log.bounds().await.unwrap().first, Place(11));
    let truncated = |wanted| ReadError::Truncated { wanted: Place(wanted), first: Place(11) };
    assert_eq!(error(&mut log.read(Place(0))).await, truncated(1));
    assert_eq!(error(&mut log.read(Place(9))).await, truncated(10));
    assert_eq!(places(&take(&mut log.read(Place(10)), 10).await), (11..=20).collect::<Vec<u64>>());
    assert!(stream.delete_message(15).await.is_err(), "single entries cannot be deleted");
    let rewound = ReadError::Rewound { read: Place(30), last: Place(20) };
    assert_eq!(error(&mut log.read(Place(30))).await, rewound);
}

#[tokio::test(flavor = "multi_thread")]
async fn entry_deleted_in_between_is_a_gap() {
    let Some(servers) = Servers::start(1) else { return };
    let opened = open(options(&servers, 1, 1)).await;
    let log = opened.logs().groups[0].clone();
    for number in 1..=5 {
        append(&log, number).await;
    }
    // An operator who means it can allow it.
    let context = client(&servers).await;
    let name = "inboxdb-0";
    let replaced = context.get_stream(name).await.unwrap().cached_info().config.clone();
    context.delete_stream(name).await.unwrap();
    context.create_stream(async_nats::jetstream::stream::Config { deny_delete: false, ..replaced }).await.unwrap();
    for number in 1..=5 {
        append(&log, number).await;
    }
    context.get_stream(name).await.unwrap().delete_message(3).await.unwrap();
    assert_eq!(error(&mut log.read(Place(0))).await, ReadError::Gap { wanted: Place(3), found: Place(4) });
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_created_again_under_the_same_name_is_another_log() {
    let Some(servers) = Servers::start(1) else { return };
    let opened = open(options(&servers, 1, 1)).await;
    let log = opened.logs().groups[0].clone();
    let mut reader = log.read(Place(0));
    for number in 1..=5 {
        append(&log, number).await;
    }
    take(&mut reader, 5).await;
    let context = client(&servers).await;
    context.delete_stream("inboxdb-0").await.unwrap();
    let again = open(options(&servers, 1, 1)).await;
    assert_ne!(again.logs().binding(), opened.logs().binding());
    for number in 1..=9 {
        append(&again.logs().groups[0], number).await;
    }
    assert!(matches!(error(&mut reader).await, ReadError::Replaced(_)));
    assert!(log.bounds().await.is_err());
    context.delete_stream("inboxdb-0").await.unwrap();
    let mut reader = again.logs().groups[0].read(Place(0));
    assert!(matches!(error(&mut reader).await, ReadError::Replaced(_)));
}

/// A consumer can be lost or stall without a word.
#[tokio::test(flavor = "multi_thread")]
async fn reader_goes_on_when_its_consumer_is_gone() {
    let Some(servers) = Servers::start(1) else { return };
    let opened = open(options(&servers, 1, 1)).await;
    let log = opened.logs().groups[0].clone();
    let mut reader = log.read(Place(0));
    append(&log, 1).await;
    take(&mut reader, 1).await;
    let stream = client(&servers).await.get_stream("inboxdb-0").await.unwrap();
    for number in 2..5 {
        let mut consumers = stream.consumer_names();
        let mut deleted = 0;
        while let Some(consumer) = consumers.next().await {
            stream.delete_consumer(&consumer.unwrap()).await.unwrap();
            deleted += 1;
        }
        assert!(deleted > 0);
        append(&log, number).await;
        assert_eq!(places(&take(&mut reader, 1).await), [number]);
    }
}

async fn leader(context: &Context, servers: &Servers) -> usize {
    for _ in 0..80 {
        if let Ok(stream) = context.get_stream("inboxdb-0").await
            && let Some(leader) = stream.cached_info().cluster.as_ref().and_then(|cluster| cluster.leader.clone())
        {
            return servers.named(&leader).unwrap();
        }
        sleep(Duration::from_millis(250)).await;
    }
    panic!("no leader");
}

/// Appends from several tasks until told to stop, and returns each acknowledged entry with its place.
async fn load(log: Arc<dyn CommandLog>, next: Arc<AtomicU64>, until: Arc<AtomicU64>) -> BTreeMap<u64, u64> {
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (log, next, until) = (log.clone(), next.clone(), until.clone());
            tokio::spawn(async move {
                let mut done = Vec::new();
                while until.load(Ordering::SeqCst) == 0 {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    done.push((number, append(&log, number).await.place.0));
                }
                done
            })
        })
        .collect();
    let mut all = BTreeMap::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    all
}

/// Under load, the leader is killed, then another server hangs for a while. Nothing is lost, nothing is there twice, and a
/// reader that was there before and one that starts afterwards see the same.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_leaders_die_or_hang() {
    let Some(mut servers) = Servers::start(3) else { return };
    let opened = open(options(&servers, 1, 3)).await;
    let log = opened.logs().groups[0].clone();
    let context = client(&servers).await;
    let mut reader = log.read(Place(0));
    let (next, until) = (Arc::new(AtomicU64::new(1)), Arc::new(AtomicU64::new(0)));
    let load = tokio::spawn(load(log.clone(), next.clone(), until.clone()));
    sleep(Duration::from_secs(1)).await;
    let killed = leader(&context, &servers).await;
    servers.kill(killed);
    sleep(Duration::from_secs(6)).await;
    servers.restart(killed);
    sleep(Duration::from_secs(2)).await;
    let frozen = leader(&context, &servers).await;
    servers.freeze(frozen);
    sleep(Duration::from_secs(12)).await;
    servers.thaw(frozen);
    sleep(Duration::from_secs(3)).await;
    until.store(1, Ordering::SeqCst);
    let acknowledged = load.await.unwrap();

    let last = acknowledged.values().max().copied().unwrap();
    let entries = take(&mut reader, last as usize).await;
    assert_eq!(places(&entries), (1..=last).collect::<Vec<u64>>());
    let number = |bytes: &bytes::Bytes| std::str::from_utf8(bytes).unwrap().parse::<u64>().unwrap();
    let mut by_number = BTreeMap::new();
    for entry in &entries {
        assert_eq!(by_number.insert(number(&entry.bytes), entry.place.0), None, "{entry:?} is there twice");
    }
    for (number, place) in &acknowledged {
        assert_eq!(by_number.get(number), Some(place), "entry {number}");
    }
    assert_eq!(take(&mut log.read(Place(0)), last as usize).await, entries);
    println!("{} entries acknowledged", acknowledged.len());
}
