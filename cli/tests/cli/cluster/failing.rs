//! Nodes that differ, a log that is gone, and what does not belong together.

use std::io::Read;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Cluster, SOON, ended, filling};
use crate::serve::Serving;

/// Two nodes differ at one place, and there is no third to decide.
#[test]
#[ignore = "starts NATS servers"]
fn nodes_that_differ_take_no_commands_and_answer_reads() {
    let Some(cluster) = Cluster::start() else { return };
    let (a, b) = (cluster.node("a"), cluster.node("b"));
    assert_eq!(b.stop(), 0);
    let engine = inboxdb::Engine::open(cluster.place.path("b"), inboxdb::Config::default().timer(inboxdb::Timer::Off));
    let engine = engine.unwrap();
    let put = inboxdb::Command::put_customer(999, "Eve");
    let odd = inboxdb::Envelope::new(1, inboxdb::Timestamp::now(), inboxdb::Actor::System, put);
    engine.apply_entry(inboxdb::Place(1), &inboxdb::Entry::Command(odd)).unwrap();
    engine.close().unwrap();
    assert_eq!(
        cluster.client.command(&a, "put", &json!({"put_customer": {"customer": 998, "name": "Eve"}})).status,
        200
    );
    let b = cluster.node("b");
    // Digests are compared every 1,000 entries, and the first thousand began before this start of the node. From then on
    // commands are refused, so the last ones come one by one.
    let lines = cluster.client.lines(&a, "/v1/commands", &filling(660));
    assert!(lines.iter().all(|line| line["ok"].is_object()), "{:?}", lines.last());
    (0..).map(|number| cluster.client.newest(&a, &format!("tick {number}"))).find(|place| *place >= 2_000);
    for node in [&a, &b] {
        let health = cluster.client.health_when(node, |health| health.json["node"]["state"] == "read_only");
        let reason = health.json["node"]["reason"].as_str().unwrap().to_owned();
        assert!(health.status == 200 && reason.contains("no majority"), "{}", health.json);
        let refused = cluster.client.command(node, "start", &json!({"start_chat": {"customer": 1}}));
        assert_eq!((refused.status, &refused.json["error"]["code"]), (503, &json!("unavailable")), "{}", refused.json);
        assert!(refused.json["error"]["message"].as_str().unwrap().contains(&reason), "{}", refused.json);
        let line = cluster.client.lines(node, "/v1/commands", &filling(1)).swap_remove(0);
        assert_eq!((&line["line"], &line["error"]["code"]), (&json!(1), &json!("unavailable")), "{line}");
        let counted = cluster.client.ask(node, &json!({"count": {"workspace": 1, "view": "all"}}));
        assert_eq!((counted.status, counted.json), (200, json!({"count": 660})));
        assert_eq!(cluster.client.get(node, "/v1/workspaces/1/chats/7").status, 200);
        let metrics = cluster.client.get(node, "/metrics").json;
        assert!(metrics.as_str().unwrap().contains("inboxdb_node_state{state=\"read_only\"} 1"), "{metrics}");
    }
}

#[test]
#[ignore = "starts NATS servers"]
fn log_that_is_gone_is_told_and_reads_go_on() {
    let Some(mut cluster) = Cluster::start() else { return };
    let node = cluster.node("a");
    let put = json!({"put_customer": {"customer": 5, "name": "Grace"}});
    assert_eq!(cluster.client.command(&node, "put", &put).status, 200);
    cluster.nats.kill(0);
    let start = json!({"start_chat": {"customer": 5}});
    let failed = thread::scope(|scope| {
        let failed = scope.spawn(|| cluster.client.command(&node, "start", &start));
        let asked = Instant::now();
        assert_eq!(cluster.client.get(&node, "/v1/workspaces/1/customers/5").json["name"], "Grace");
        assert!(asked.elapsed() < Duration::from_secs(10), "reads do not wait for the log");
        failed.join().unwrap()
    });
    let message = failed.json["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!((failed.status, &failed.json["error"]["code"]), (503, &json!("unavailable")), "{message}");
    assert!(message.contains("was not done") || message.contains("again with the same id"), "{message}");
    cluster.nats.restart(0);
    let began = Instant::now();
    let done = loop {
        let done = cluster.client.command(&node, "start", &start);
        if done.status == 200 {
            break done;
        }
        assert!(began.elapsed() < SOON, "{}", done.json);
    };
    assert_eq!(done.json["ok"], json!({"chat": 1}));
    let counted =
        cluster.client.ask(&node, &json!({"count": {"workspace": 1, "view": "all", "at_least": done.json["place"]}}));
    assert_eq!(counted.json, json!({"count": 1}));

    // A server that does not sync any more stops the node, and nothing but that is answered.
    cluster.nats.kill(0);
    cluster.nats.restart_with_sync(0, false);
    let health = cluster.client.health_when(&node, |health| health.status == 503).json;
    assert_eq!(health["node"]["state"], "stopped", "{health}");
    for said in [
        cluster.client.command(&node, "more", &start),
        cluster.client.ask(&node, &json!({"count": {"workspace": 1, "view": "all"}})),
        cluster.client.get(&node, "/v1/workspaces/1/events"),
    ] {
        assert_eq!((said.status, &said.json["error"]["code"]), (503, &json!("unavailable")), "{}", said.json);
        assert!(said.json["error"]["message"].as_str().unwrap().contains("sync_interval: always"), "{}", said.json);
    }
    assert!(
        cluster
            .client
            .get(&node, "/metrics")
            .json
            .as_str()
            .unwrap()
            .contains("inboxdb_node_state{state=\"stopped\"} 1")
    );
    assert_eq!(node.stop(), 0);
}

#[test]
#[ignore = "starts NATS servers"]
fn what_does_not_fit_together_is_refused() {
    let Some(cluster) = Cluster::start() else { return };
    let node = cluster.node("a");
    assert_eq!(
        cluster.client.command(&node, "put", &json!({"put_customer": {"customer": 5, "name": "Grace"}})).status,
        200
    );
    // A server without a log has no places, and is none to join.
    let alone = Serving::start(&cluster.place, &[]);
    assert_eq!(cluster.client.ask(&alone, &json!({"tags": {"workspace": 1, "at_least": 1}})).status, 400);
    assert_eq!(cluster.client.ask(&alone, &json!({"tags": {"workspace": 1}})).place, None);
    let put = cluster.client.command(&alone, "put", &json!({"put_customer": {"customer": 9, "name": "Alan"}}));
    assert_eq!((put.status, put.json.get("place")), (200, None));
    cluster.place.run(["join", "x", "--from", &alone.url()], "").assert_broken(&["no node of a cluster"]);
    assert_eq!(alone.stop(), 0);
    // Its data does not come from the log.
    let run = |store: &str, change: &[(&str, &str)]| {
        let mut words = vec!["serve".to_owned(), store.to_owned(), "--listen".to_owned(), "127.0.0.1:0".to_owned()];
        words.extend(cluster.log());
        for (option, value) in change {
            let at = words.iter().position(|word| word == option).unwrap();
            words[at + 1] = (*value).to_owned();
        }
        ended(cluster.place.command(words))
    };
    run("store", &[]).assert_broken(&["does not come from this log", "inboxdb join"]);
    run("new", &[("--groups", "3")]).assert_broken(&["groups"]);
    // A store of a node is nothing without its log.
    assert_eq!(node.stop(), 0);
    cluster.place.run(["serve", "a", "--listen", "127.0.0.1:0"], "").assert_broken(&["--log"]);
    assert_eq!(cluster.place.run(["serve", "a", "--groups", "2"], "").code, 2);
    let mut rest = String::new();
    let node = cluster.node("a");
    cluster
        .client
        .agent
        .get(node.url())
        .call()
        .unwrap()
        .into_parts()
        .1
        .into_reader()
        .read_to_string(&mut rest)
        .unwrap();
    assert!(rest.contains("<html"), "the page is on every node");
}
