//! What one node has done is the same at every other one: answers, events, digests, and what is told of the log.

use std::io::{BufRead, BufReader};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Cluster, SOON, filling};
use crate::serve::Serving;

#[test]
#[ignore = "starts NATS servers"]
fn nodes_agree_whichever_of_them_is_asked_killed_or_new() {
    let Some(cluster) = Cluster::start() else { return };
    let nodes: Vec<Serving> = ["a", "b", "c"].map(|store| cluster.node(store)).into();

    // A batch is done in its order, though its lines are on their way together.
    let lines = cluster.client.lines(&nodes[0], "/v1/commands", &filling(300));
    assert_eq!(lines.len(), 900);
    for (number, line) in (1_u64..).zip(&lines) {
        assert_eq!((&line["line"], &line["place"]), (&json!(number), &json!(number)), "{line}");
        assert!(line["ok"].is_object(), "{line}");
    }

    // What one node has done is read at the others, by every way of asking.
    let done = cluster.client.command(&nodes[0], "close", &json!({"close": {"chat": 7}}));
    let place = done.json["place"].as_u64().unwrap();
    assert_eq!((done.status, place), (200, 901));
    for node in &nodes {
        let query = json!({"count": {"workspace": 1, "view": "all:closed", "at_least": place}});
        let counted = cluster.client.ask(node, &query);
        assert_eq!((counted.json, counted.place), (json!({"count": 1}), Some(place)));
        let batch = cluster.client.lines(
            node,
            "/v1/queries",
            &format!("{query}\n{{\"tags\":{{\"workspace\":1,\"at_least\":1}}}}"),
        );
        assert_eq!(batch[0], json!({"count": 1, "place": place}), "{batch:?}");
        assert_eq!((&batch[1]["tags"], &batch[1]["place"]), (&json!([]), &json!(place)), "{batch:?}");
        let shown = cluster.client.get(node, &format!("/v1/workspaces/1/chats/7?at_least={place}"));
        assert_eq!((&shown.json["status"], shown.place), (&json!("closed"), Some(place)));
        assert_eq!(cluster.client.get(node, &format!("/v1/workspaces/1/count?at_least={place}")).json["count"], 300);
    }

    // A retry at another node counts once, and a refusal is one everywhere.
    let send = json!({"send_message": {"chat": 1, "visibility": "public", "text": "once"}});
    let replies: Vec<Value> =
        nodes.iter().map(|node| cluster.client.command(node, "7f", &send).json["ok"].clone()).collect();
    assert_eq!(replies, vec![json!({"message": 2}); 3]);
    let refused = cluster.client.command(&nodes[1], "no", &json!({"start_chat": {"customer": 999}}));
    assert_eq!((refused.status, &refused.json["error"]["code"]), (404, &json!("unknown_customer")));

    // A bulk action of several pieces says how far it is, and has one report, also when it is asked for at another node.
    let close = json!({"bulk": {"select": {"filter": "all:open"}, "do": {"close": {}}}});
    let body = json!({"workspace": 1, "actor": "system", "id": "bulk", "do": close}).to_string();
    let report = json!({"changed": 299, "unchanged": 0, "refused": []});
    let request =
        cluster.client.agent.post(format!("{}/v1/commands", nodes[2].url())).header("content-type", "application/json");
    let mut response = request.header("accept", "application/x-ndjson").send(&body).unwrap();
    let told: Vec<Value> =
        response.body_mut().read_to_string().unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(told.contains(&json!({"progress": {"done": 256, "total": 299}})), "{told:?}");
    assert_eq!(told.last().unwrap()["ok"], report, "{told:?}");
    assert_eq!(cluster.client.command(&nodes[1], "bulk", &close).json["ok"], report);

    // One is killed, misses something, and comes back.
    let [a, b, c] = nodes.try_into().unwrap_or_else(|_| panic!("not three"));
    drop(c);
    let place =
        cluster.client.command(&a, "more", &json!({"start_chat": {"customer": 1}})).json["place"].as_u64().unwrap();
    let c = cluster.node("c");
    assert_eq!(cluster.client.digest(&c, place), cluster.client.digest(&a, place));

    // One joins, and takes commands.
    let mut join = vec!["join".to_owned(), "d".to_owned(), "--from".to_owned(), b.url()];
    join.extend(cluster.log());
    let joined = cluster.place.run(&join, "");
    assert_eq!(joined.code, 0, "{}", joined.errors);
    cluster.place.run(&join, "").assert_broken(&["d is not empty"]);
    assert_eq!(cluster.place.names(".").iter().filter(|name| name.contains("join")).count(), 0);
    let d = cluster.node("d");
    assert_eq!(cluster.client.command(&d, "of d", &json!({"start_chat": {"customer": 2}})).status, 200);
    let newest = cluster.client.newest(&d, "t");
    let digests = [&a, &b, &c, &d].map(|node| cluster.client.digest(node, newest));
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
    for node in [a, b, c, d] {
        assert_eq!(node.stop(), 0);
    }
}

/// A watcher loses its node, and goes on at another one that has built an index besides, so that its seqs are others.
#[test]
#[ignore = "starts NATS servers"]
fn events_go_on_at_another_node() {
    let Some(cluster) = Cluster::start() else { return };
    let a = cluster.node("a");
    let log = cluster.log();
    let words: Vec<&str> = log.iter().map(String::as_str).chain(["--index", "team"]).collect();
    let b = Serving::start_on(&cluster.place, "b", &words);
    let put = json!({"put_customer": {"customer": 5, "name": "Grace"}});
    cluster.client.command(&a, "put", &put);
    let start = |node: &Serving, id: &str| {
        let started = cluster.client.command(node, id, &json!({"start_chat": {"customer": 5}}));
        started.json["place"].as_u64().unwrap_or_else(|| panic!("{}", started.json))
    };
    let told = thread::scope(|scope| {
        let told = scope.spawn(|| cluster.client.events_until(&a, None, 2));
        // Whatever the watcher has missed when it comes, a later chat is told.
        thread::sleep(Duration::from_secs(1));
        let places = [start(&a, "1"), start(&b, "2")];
        let told = told.join().unwrap();
        let ids: Vec<&str> = told.iter().map(|(id, _)| id.split_once('-').unwrap().1).collect();
        assert_eq!(ids[1..], places.map(|place| format!("{place}.0")), "{told:?}");
        told
    });
    let (first, last) = (&told[1].0, &told[2].0);
    drop(a);
    let places = [start(&b, "3"), start(&b, "4")];
    let rest = cluster.client.events_until(&b, Some(first), 4);
    let chats = |told: &[(String, Value)]| -> Vec<Value> {
        told.iter().map(|(_, event)| event["chats"][0]["chat"].clone()).filter(|chat| !chat.is_null()).collect()
    };
    assert_eq!(chats(&rest), [2, 3, 4].map(Value::from));
    assert_eq!(rest[0].0, *last, "the same change has the same id");
    let newest = format!("-{}.0", places[1]);
    assert!(rest.iter().any(|(id, _)| id.ends_with(&newest)), "{rest:?}");
    assert_ne!(rest[0].1["seq"], told[2].1["seq"], "the seqs differ");

    // The command line does the same.
    let words = ["watch", &b.url(), "--workspace", "1", "--after", first, "--ids", "--until-caught-up"];
    let ran = cluster.place.run(words, "");
    let lines = ran.json();
    assert_eq!((ran.code, lines.len()), (0, 4), "{}", ran.errors);
    assert_eq!((&lines[0]["event_id"], &lines[0]["chats"][0]["chat"]), (&json!(last), &json!(2)));
    assert!(lines[3]["event_id"].as_str().unwrap().ends_with(&newest), "{lines:?}");
    // One that is beyond the log is not there in time.
    let far = format!("{}-{}.0", last.split_once('-').unwrap().0, places[1] + 1);
    let said = cluster.client.get(&b, &format!("/v1/workspaces/1/events?after={far}"));
    assert_eq!((said.status, &said.json["error"]["code"]), (503, &json!("unavailable")), "{}", said.json);

    // The directory of a node says which log it follows.
    assert_eq!(b.stop(), 0);
    let shown = cluster.place.run(["info", "b", "--index", "team"], "").output;
    assert!(shown.contains("follows a log  as a node of a cluster, in 2 groups"), "{shown}");
    let info = cluster.place.run(["info", "b", "--json", "--index", "team"], "").json().swap_remove(0);
    let groups = info["groups"].as_array().unwrap();
    assert!(groups.len() == 2 && groups.iter().all(|group| group["log"].as_str().unwrap().len() == 32), "{info}");
    assert!(groups.iter().any(|group| group["place"] == places[1] && group["workspaces"] == 1), "{info}");
    assert_eq!(info["log"]["places"], json!([{"workspace": 1, "place": places[1]}]));
}

#[test]
#[ignore = "starts NATS servers"]
fn health_metrics_and_events_tell_of_the_log() {
    let Some(cluster) = Cluster::start() else { return };
    let (a, b) = (cluster.node("a"), cluster.node("b"));
    let mut events = BufReader::new({
        let response = cluster.client.agent.get(format!("{}/v1/workspaces/1/events", b.url())).call().unwrap();
        response.into_parts().1.into_with_config().reader()
    });
    let mut heard = move |word: &str| {
        let began = Instant::now();
        loop {
            let mut line = String::new();
            events.read_line(&mut line).unwrap();
            if line.contains(word) {
                return line;
            }
            assert!(began.elapsed() < SOON);
        }
    };
    heard("caught_up");
    let put = json!({"put_customer": {"customer": 5, "name": "Grace"}});
    assert_eq!(cluster.client.command(&a, "put", &put).status, 200);
    let started = cluster.client.command(&a, "start", &json!({"start_chat": {"customer": 5}}));
    heard(r#""chats":[{"chat":1"#);
    let place = started.json["place"].as_u64().unwrap();
    cluster.client.digest(&b, place);

    let health = cluster.client.get(&b, "/healthz");
    assert_eq!(
        (health.status, &health.json["status"], &health.json["node"]["state"]),
        (200, &json!("ok"), &json!("running"))
    );
    let groups = health.json["node"]["groups"].as_array().unwrap().clone();
    let of_place = groups.iter().filter(|group| group["place"] == place && group["lag"] == 0).count();
    assert_eq!((groups.len(), of_place), (2, 1), "{groups:?}");
    let metrics = cluster.client.get(&b, "/metrics").json.as_str().unwrap().to_owned();
    for line in [
        "inboxdb_node_state{state=\"running\"} 1",
        "inboxdb_node_state{state=\"stopped\"} 0",
        "inboxdb_log_lag{group=\"0\"} 0",
        "inboxdb_log_lag{group=\"1\"} 0",
        &format!("\"}} {place}\n"),
        "inboxdb_commands_unknown_total 0",
        "inboxdb_log_silence_seconds{group=\"0\"}",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }

    // A place that is not there yet is waited for, and then not answered.
    let far = cluster.client.get(&a, &format!("/v1/workspaces/1/tags?at_least={}", place + 1));
    assert_eq!((far.status, &far.json["error"]["code"]), (503, &json!("unavailable")), "{}", far.json);
    assert!(far.json["error"]["message"].as_str().unwrap().contains("10 s"), "{}", far.json);
    let whose = cluster.client.ask(&a, &json!({"workspaces": {"at_least": 1}}));
    assert_eq!((whose.status, &whose.json["error"]["code"]), (400, &json!("malformed")));
}
