//! Nodes on logs in memory.

use std::time::Duration;

use inboxdb::{Action, Actor, Code, Command, Entry, Envelope, Place, Reply, Status, Timestamp, View};
use inboxdb_cluster::{CommandLog, MemoryFault, MemoryLog, Node, NodeConfig, NodeError, NodeState, StartError};

use crate::load::{Load, compare_with_model, fill};
use crate::nodes_support::{Cluster, command, config, done, eventually, open_engine};

const SECOND: Duration = Duration::from_secs(1);

/// Draws faults from a seed.
#[derive(Debug)]
struct Faults {
    rng: fastrand::Rng,
}

impl inboxdb_cluster::MemoryFaults for Faults {
    fn next(&mut self) -> Option<MemoryFault> {
        match self.rng.u8(..40) {
            0..2 => Some(MemoryFault::Unavailable),
            2..4 => Some(MemoryFault::Lost),
            4..6 => Some(MemoryFault::AcknowledgementLost),
            6..8 => Some(MemoryFault::Late(Duration::from_millis(self.rng.u64(..80)))),
            8..10 => Some(MemoryFault::Twice),
            _ => None,
        }
    }
}

/// Clients send to any node and repeat what was not answered; the logs fail in every way; nodes come and go.
#[tokio::test(flavor = "multi_thread")]
async fn commands_are_done_once_whatever_the_log_and_the_nodes_do() {
    for seed in 0..inboxdb_harness::seeds(2) {
        let (logs, memory) = MemoryLog::cluster(3);
        let cluster = Cluster::start(3, logs);
        fill(&cluster).await;
        for (log, number) in memory.iter().zip(0..) {
            log.set_faults(Faults { rng: fastrand::Rng::with_seed(seed * 10 + number) });
        }
        let load = Load::start(&cluster, 8, seed);
        for round in 0..12 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            if round % 2 == 0 {
                cluster.restart((round / 2) % 3).await;
            } else {
                memory.iter().for_each(MemoryLog::forget_ids);
            }
        }
        let acknowledged = load.stop().await;
        memory.iter().for_each(MemoryLog::clear_faults);
        cluster.assert_agreed(seed).await;
        acknowledged.assert_there_once(&cluster);
        let entries = memory.iter().map(MemoryLog::entries).collect();
        compare_with_model(cluster, entries, seed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn snoozes_end_by_entries_on_all_nodes() {
    let (logs, memory) = MemoryLog::cluster(2);
    let cluster = Cluster::start(3, logs);
    fill(&cluster).await;
    let until = Timestamp::now() + Duration::from_millis(700);
    cluster.node(0).submit(command(1, Command::snooze(1, until))).await.unwrap();
    assert_eq!(cluster.engine(0).workspace(1).unwrap().chat(1).unwrap().snoozed_until, Some(until));
    let is_open = |node| cluster.engine(node).workspace(1).unwrap().chat(1).unwrap().status == Status::Open;
    eventually(|| (0..3).all(is_open)).await;
    assert!(Timestamp::now() >= until);
    let group = cluster.spread.of(1.into()) as usize;
    let ticks = memory[group].entries().iter().filter(|entry| entry.bytes.starts_with(b"\x01{\"tick\"")).count();
    assert_eq!(ticks, 1, "all nodes publish the same tick");
    cluster.assert_agreed(0).await;
}

/// The node that took a bulk action dies after its first pieces.
#[tokio::test(flavor = "multi_thread")]
async fn bulk_action_of_a_dead_node_is_finished_by_another() {
    let (logs, _) = MemoryLog::cluster(1);
    let cluster = Cluster::start(2, logs);
    fill(&cluster).await;
    for number in 0..800 {
        done(&cluster, 0, command(2, Command::start_chat(5)).with_id(format!("chat {number}"))).await;
    }
    let all = Envelope::new(2, Timestamp::now(), Actor::System, Command::bulk(View::all(), Action::close()));
    // The log takes the command, and nothing more from this node: as if it had died then.
    let entry = cluster.engine(0).prepare_entry(all.clone().with_id("all"), Timestamp::now()).unwrap();
    cluster.append(&entry).await;
    let closed = |node| cluster.engine(node).workspace(2).unwrap().count(&View::all().closed().into()).unwrap();
    eventually(|| closed(0) == closed(1) && closed(0) > 800).await;
    let again = cluster.node(1).submit(all.clone().with_id("all")).await.unwrap();
    let Reply::Bulk(report) = again.outcome.reply else { panic!() };
    assert_eq!(report.changed, closed(0));
    // One that is driven by its own node answers with the whole report.
    let open = Envelope::new(2, Timestamp::now(), Actor::System, Command::bulk(View::all(), Action::open()));
    let opened = cluster.node(1).submit(open).await.unwrap();
    assert_eq!(opened.outcome.reply.bulk().map(|report| report.changed), Some(report.changed));
    cluster.assert_agreed(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn command_sent_to_another_node_is_the_same_and_a_refused_one_is_judged_anew() {
    let (logs, memory) = MemoryLog::cluster(1);
    let cluster = Cluster::start(2, logs);
    fill(&cluster).await;
    let start = || command(1, Command::start_chat(5)).with_id("start");
    let first = cluster.node(0).submit(start()).await.unwrap();
    let second = cluster.node(1).submit(start()).await.unwrap();
    assert_eq!(first.outcome.reply, second.outcome.reply);
    let tag = || command(1, Command::tag(1, ["new"])).with_id("tag");
    for node in [0, 1, 0] {
        let Err(NodeError::Refused { refusal, place }) = cluster.node(node).submit(tag()).await else { panic!() };
        assert_eq!((refusal.code, place.is_some()), (Code::UnknownTag, true));
    }
    cluster.node(0).submit(command(1, Command::create_tag("new"))).await.unwrap();
    let tagged = cluster.node(1).submit(tag()).await.unwrap();
    memory[0].forget_ids();
    let again = cluster.node(0).submit(tag()).await.unwrap();
    assert!(again.place > tagged.place);
    cluster.node(1).wait_for(1.into(), again.place, 5 * SECOND).await.unwrap();
    assert_eq!(cluster.engine(1).workspace(1).unwrap().chat(1).unwrap().tags.len(), 1);
    let late = cluster.node(1).wait_for(1.into(), Place(again.place.0 + 1), SECOND / 5).await;
    assert!(matches!(late, Err(NodeError::Unavailable(_))));
}

/// What is not published is said not to be, and what may have been is said to be unknown.
#[tokio::test(flavor = "multi_thread")]
async fn answers_say_what_is_known() {
    #[derive(Debug)]
    struct Always(MemoryFault);
    impl inboxdb_cluster::MemoryFaults for Always {
        fn next(&mut self) -> Option<MemoryFault> {
            Some(self.0)
        }
    }
    let (logs, memory) = MemoryLog::cluster(1);
    let cluster = Cluster::start_with(1, logs, |config| config.publish_max(SECOND / 2));
    fill(&cluster).await;
    let send = async |fault| {
        memory[0].set_faults(Always(fault));
        cluster.node(0).submit(command(1, Command::start_chat(5))).await
    };
    assert!(matches!(send(MemoryFault::Unavailable).await, Err(NodeError::Unavailable(_))));
    assert!(matches!(send(MemoryFault::Lost).await, Err(NodeError::Unknown(_))));
    // That this node reads it is the answer.
    assert!(send(MemoryFault::AcknowledgementLost).await.is_ok());
    assert!(send(MemoryFault::Late(SECOND / 10)).await.is_ok());
    assert!(send(MemoryFault::Twice).await.is_ok());
    assert!(matches!(send(MemoryFault::Late(SECOND)).await, Err(NodeError::Unknown(_))));
}

async fn stopped(cluster: &Cluster, node: usize) -> String {
    let mut state = cluster.node(node).watch_state();
    let waited = tokio::time::timeout(20 * SECOND, state.wait_for(|state| *state != NodeState::Running)).await;
    match &*waited.unwrap().unwrap() {
        NodeState::Stopped(reason) => reason.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn node_stops_at_an_entry_it_does_not_know_and_answers_reads() {
    let wrong: [(&[u8], &str); 3] = [(b"\x02{}", "version 2"), (b"\x01{\"fly\":{}}", "not an entry"), (b"", "empty")];
    for (bytes, reason) in wrong {
        let (logs, memory) = MemoryLog::cluster(1);
        let cluster = Cluster::start(1, logs);
        fill(&cluster).await;
        memory[0].append_raw(bytes.to_vec());
        let said = stopped(&cluster, 0).await;
        assert!(said.contains(reason), "{said}");
        let refused = cluster.node(0).submit(command(1, Command::start_chat(5))).await;
        assert!(matches!(refused, Err(NodeError::Unavailable(_))), "{refused:?}");
        assert!(cluster.engine(0).workspace(1).unwrap().chat(1).is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn node_stops_at_an_entry_of_another_group() {
    let (logs, memory) = MemoryLog::cluster(2);
    let cluster = Cluster::start(1, logs);
    fill(&cluster).await;
    let group = cluster.spread.of(1.into()) as usize;
    let entry = memory[group].entries()[0].bytes.clone();
    memory[1 - group].append_raw(entry);
    assert!(stopped(&cluster, 0).await.contains("belongs to group"));
}

type Damage = fn(&MemoryLog);

#[tokio::test(flavor = "multi_thread")]
async fn node_stops_when_entries_are_missing_or_the_log_is_another_one() {
    let damages: [(Damage, &str); 3] = [
        (|log| log.truncate(Place(log.entries().len() as u64)), "are gone"),
        (|log| log.delete(Place(log.entries().len() as u64 - 2)), "has no entry"),
        (MemoryLog::replace, "not the one that was opened"),
    ];
    for (damage, reason) in damages {
        let (logs, memory) = MemoryLog::cluster(1);
        let cluster = Cluster::start(1, logs);
        cluster.stop(0).await;
        for number in 0..10 {
            let entry = Entry::Command(command(1, Command::put_customer(number, "Grace")));
            cluster.append(&entry).await;
        }
        damage(&memory[0]);
        cluster.start_node(0);
        let said = stopped(&cluster, 0).await;
        assert!(said.contains(reason), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn store_is_bound_to_its_logs() {
    let (logs, _) = MemoryLog::cluster(2);
    let cluster = Cluster::start(1, logs.clone());
    fill(&cluster).await;
    cluster.stop(0).await;
    let (others, _) = MemoryLog::cluster(2);
    let engine = open_engine(cluster.directory(0));
    let refused = Node::start(engine.clone(), others, config(0));
    assert!(matches!(refused, Err(StartError::Bound(_))));
    Node::start(engine, logs, NodeConfig::new("a")).unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node_whose_digest_differs_from_most_stops_and_two_write_no_more() {
    for nodes in [3, 2] {
        let (logs, _) = MemoryLog::cluster(1);
        let cluster = Cluster::start_with(nodes, logs, |config| config.digest_every(20).digest_grace(SECOND));
        // What node 1 has applied at place 1 is not what the log has there.
        cluster.stop(1).await;
        let odd = Entry::Command(command(1, Command::put_customer(99, "Eve")));
        let engine = open_engine(cluster.directory(1));
        engine.apply_entry(Place(1), &odd).unwrap();
        engine.close().unwrap();
        cluster.append(&Entry::Command(command(1, Command::put_customer(98, "Eve")))).await;
        cluster.start_node(1);
        fill(&cluster).await;
        for number in 0..40 {
            let _may_be_stopped_by_now =
                cluster.node(0).submit(command(1, Command::put_customer(number, "Grace"))).await;
        }
        if nodes == 3 {
            let said = stopped(&cluster, 1).await;
            assert!(said.contains("the digest of workspace 1 on this node, node-1"), "{said}");
            tokio::time::sleep(2 * SECOND).await;
            assert_eq!(cluster.node(0).status().state, NodeState::Running);
            done(&cluster, 2, command(1, Command::start_chat(5))).await;
        } else {
            let is_read_only = |node| matches!(cluster.node(node).status().state, NodeState::ReadOnly(_));
            eventually(|| is_read_only(0) && is_read_only(1)).await;
            let refused = cluster.node(0).submit(command(1, Command::start_chat(5))).await;
            assert!(matches!(refused, Err(NodeError::Unavailable(reason)) if reason.contains("no majority")));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_that_all_nodes_have_in_a_backup_are_dropped_and_no_others() {
    let (logs, memory) = MemoryLog::cluster(1);
    let cluster = Cluster::start_with(3, logs.clone(), |config| config.truncate_interval(SECOND / 10));
    fill(&cluster).await;
    cluster.assert_agreed(1).await;
    let first = async || memory[0].bounds().await.unwrap().first;
    let home = tempfile::tempdir().unwrap();
    let back_up = |node: usize| cluster.engine(node).backup_to(home.path().join(node.to_string()), |_| {}).unwrap();
    back_up(0);
    back_up(1);
    tokio::time::sleep(SECOND).await;
    assert_eq!(first().await, Place(1), "node 2 has no backup");
    // A node that is away counts too, with what it said last.
    cluster.stop(1).await;
    let last = memory[0].bounds().await.unwrap().last;
    done(&cluster, 0, command(1, Command::start_chat(5))).await;
    back_up(2);
    back_up(0);
    eventually(|| memory[0].entries()[0].place > Place(1)).await;
    tokio::time::sleep(SECOND).await;
    assert_eq!(first().await, Place(last.0 + 1));

    cluster.start_node(1);
    cluster.assert_agreed(1).await;
    let late = open_engine(home.path().join("late"));
    let node = Node::start(late, logs, config(7)).unwrap();
    let mut state = node.watch_state();
    let stopped = state.wait_for(|state| matches!(state, NodeState::Stopped(reason) if reason.contains("join again")));
    tokio::time::timeout(20 * SECOND, stopped).await.unwrap().unwrap();
}
