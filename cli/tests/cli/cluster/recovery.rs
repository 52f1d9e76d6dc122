//! The cases of the section Recovery in `docs/CLUSTER.md`, rehearsed: stores that are deleted, a server that loses its disk, and
//! what the document says to do then.

use std::fs;

use inboxdb_cluster::Groups;
use serde_json::{Value, json};

use super::{Cluster, ended};
use crate::common::Ran;
use crate::serve::Serving;

/// The log that is begun when the first one is lost.
const NEW_LOG: &[&str] = &["--log-prefix", "inboxdb2"];
const SAME_LOG: &[&str] = &[];

/// Commands with ids, and how they were answered.
struct Acknowledged {
    lines: String,
    replies: Vec<Value>,
}

/// One workspace of each of the two groups.
fn workspaces() -> [u64; 2] {
    let groups = Groups::new(2);
    [0, 1].map(|group| (1..).find(|workspace| groups.of((*workspace).into()) == group).unwrap())
}

/// Chats of these numbers in both workspaces, with a message each. Any of them that was done twice would answer otherwise.
fn chats(numbers: std::ops::RangeInclusive<u64>) -> String {
    let mut lines = String::new();
    for workspace in workspaces() {
        for chat in numbers.clone() {
            for (what, command) in [
                ("put", json!({"put_customer": {"customer": chat, "name": "Grace"}})),
                ("start", json!({"start_chat": {"customer": chat}})),
                ("send", json!({"send_message": {"chat": chat, "visibility": "public", "text": "hello"}})),
            ] {
                let id = format!("{what} {chat}");
                let line = json!({"workspace": workspace, "actor": "system", "id": id, "do": command});
                lines += &format!("{line}\n");
            }
        }
    }
    lines
}

impl Cluster {
    /// Starts a node on the store of its own name, which makes its backups beside it.
    fn named(&self, name: &str, log: &[&str]) -> Serving {
        let options = self.options(log);
        let backups = format!("backups-{name}");
        let options = options.iter().map(String::as_str).chain(["--node-name", name, "--backups", &backups]);
        Serving::start_on(&self.place, name, &options.collect::<Vec<_>>())
    }

    fn options(&self, log: &[&str]) -> Vec<String> {
        self.log().into_iter().chain(log.iter().map(|word| (*word).to_owned())).collect()
    }

    /// Runs a subcommand that succeeds.
    #[track_caller]
    fn run(&self, words: &[&str]) -> Ran {
        let ran = self.place.run(words, "");
        assert_eq!(ran.code, 0, "{words:?}: {}", ran.errors);
        ran
    }

    /// A store cannot be served on a log, and it is said why.
    #[track_caller]
    fn assert_not_served(&self, store: &str, log: &[&str], because: &[&str]) {
        let options = self.options(log);
        let words = ["serve", store, "--listen", "127.0.0.1:0"].into_iter().chain(options.iter().map(String::as_str));
        ended(self.place.command(words)).assert_broken(because);
    }

    fn join(&self, name: &str, from: &Serving, log: &[&str]) {
        let (options, url) = (self.options(log), from.url());
        let words = ["join", name, "--from", &url].into_iter().chain(options.iter().map(String::as_str));
        self.run(&words.collect::<Vec<_>>());
    }

    /// Backs a node up into its own directory, and returns the file.
    fn back_up(&self, node: &Serving) -> String {
        let made = self.run(&["backup", &node.url(), "--json"]).json().swap_remove(0);
        made["file"].as_str().unwrap().to_owned()
    }

    /// A node is killed, and its store is gone.
    fn lose(&self, node: Serving, name: &str) {
        drop(node);
        fs::remove_dir_all(self.place.path(name)).unwrap();
    }

    /// The only server loses its disk and is started again empty.
    fn lose_log(&mut self) {
        self.nats.kill(0);
        self.nats.wipe(0);
        self.nats.restart(0);
    }

    /// Sends commands, all of which are done.
    fn send(&self, node: &Serving, lines: String) -> Acknowledged {
        let answers = self.client.lines(node, "/v1/commands", &lines);
        let replies: Vec<Value> = answers.iter().map(|answer| answer["ok"].clone()).collect();
        assert!(!replies.contains(&Value::Null), "{answers:?}");
        Acknowledged { lines, replies }
    }

    /// A node has what was acknowledged, and answers a retry as it was answered then.
    #[track_caller]
    fn assert_has(&self, node: &Serving, acknowledged: &[&Acknowledged]) {
        let mut chats = 0;
        for Acknowledged { lines, replies } in acknowledged {
            assert_eq!(self.send(node, lines.clone()).replies, *replies);
            chats += replies.len() / 3 / 2;
        }
        for workspace in workspaces() {
            let counted = self.client.ask(node, &json!({"count": {"workspace": workspace, "view": "all"}}));
            assert_eq!(counted.json, json!({"count": chats}));
        }
    }

    /// All nodes hold the same at the newest place of each group.
    #[track_caller]
    fn assert_agree(&self, nodes: &[&Serving]) {
        for workspace in workspaces() {
            let tick = json!({"workspace": workspace, "actor": "system", "do": "tick"});
            let place = &self.client.lines(nodes[0], "/v1/commands", &tick.to_string())[0]["place"];
            let place = place.as_u64().unwrap();
            let digests: Vec<Value> = nodes.iter().map(|node| self.client.digest_of(node, workspace, place)).collect();
            assert!(digests.iter().all(|digest| *digest == digests[0] && digest.is_string()), "{digests:?}");
        }
    }

    /// The place of each group, as a store that is closed says.
    fn places(&self, store: &str) -> Vec<u64> {
        let info = self.run(&["info", store, "--json"]).json().swap_remove(0);
        info["groups"].as_array().unwrap().iter().map(|group| group["place"].as_u64().unwrap()).collect()
    }

    /// Waits until a node has stopped by itself, and returns what its `/healthz` says.
    fn stopped(&self, node: &Serving) -> Value {
        let health = self.client.health_when(node, |health| health.json["node"]["state"] == "stopped");
        health.json["node"].clone()
    }
}

#[test]
#[ignore = "starts NATS servers"]
fn lost_node_joins_again_under_its_name() {
    let Some(cluster) = Cluster::start() else { return };
    let (a, b) = (cluster.named("a", SAME_LOG), cluster.named("b", SAME_LOG));
    let before = cluster.send(&b, chats(1..=20));
    cluster.lose(b, "b");
    let meanwhile = cluster.send(&a, chats(21..=30));
    cluster.join("b", &a, SAME_LOG);
    let behind = cluster.send(&a, chats(31..=40));
    let b = cluster.named("b", SAME_LOG);
    cluster.assert_agree(&[&a, &b]);
    cluster.assert_has(&b, &[&before, &meanwhile, &behind]);
    cluster.assert_agree(&[&b, &a]);
}

#[test]
#[ignore = "starts NATS servers"]
fn all_nodes_are_restored_from_their_backups_and_read_the_rest_from_the_log() {
    let Some(cluster) = Cluster::start() else { return };
    let (a, b) = (cluster.named("a", SAME_LOG), cluster.named("b", SAME_LOG));
    let before = cluster.send(&a, chats(1..=20));
    let of_a = cluster.back_up(&a);
    let between = cluster.send(&b, chats(21..=30));
    let of_b = cluster.back_up(&b);
    let behind = cluster.send(&a, chats(31..=40));
    cluster.lose(a, "a");
    cluster.lose(b, "b");
    cluster.run(&["restore", &of_a, "a"]);
    cluster.run(&["restore", &of_b, "b"]);
    assert!(cluster.places("a").iter().sum::<u64>() < cluster.places("b").iter().sum());
    // The third one has no backup, and the log is there from its beginning.
    let [a, b, c] = ["a", "b", "c"].map(|name| cluster.named(name, SAME_LOG));
    cluster.assert_agree(&[&a, &b, &c]);
    for node in [&a, &b, &c] {
        cluster.assert_has(node, &[&before, &between, &behind]);
    }
    cluster.assert_agree(&[&c, &b, &a]);
}

#[test]
#[ignore = "starts NATS servers"]
fn lost_log_is_replaced_by_a_new_one_that_begins_with_the_node_that_is_furthest() {
    let Some(mut cluster) = Cluster::start() else { return };
    let (a, b) = (cluster.named("a", SAME_LOG), cluster.named("b", SAME_LOG));
    let before = cluster.send(&a, chats(1..=20));
    cluster.assert_agree(&[&a, &b]);
    assert_eq!(b.stop(), 0);
    let behind = cluster.send(&a, chats(21..=30));
    cluster.lose_log();

    // Each node says what is missing, whether it runs or is started.
    let health = cluster.stopped(&a);
    assert!(health["reason"].as_str().unwrap().contains("the stream inboxdb-"), "{health}");
    let of_health: Vec<Value> =
        health["groups"].as_array().unwrap().iter().map(|group| group["place"].clone()).collect();
    cluster.place.run(["detach", "a", "--yes"], "").assert_broken(&["in use"]);
    assert_eq!(a.stop(), 0);
    for store in ["a", "b"] {
        cluster.assert_not_served(store, SAME_LOG, &["inboxdb-0", "does not exist", "inboxdb detach"]);
        cluster.assert_not_served(store, NEW_LOG, &["inboxdb2-0", "does not exist", "inboxdb detach"]);
    }

    // The store that is furthest begins another log.
    let (places, of_b) = (cluster.places("a"), cluster.places("b"));
    assert_eq!(json!(places), json!(of_health));
    assert!(places.iter().zip(&of_b).all(|(a, b)| a > b), "{places:?} {of_b:?}");
    let detached = cluster.run(&["detach", "a", "--yes", "--json"]).json().swap_remove(0);
    assert_eq!([0, 1].map(|group| detached["groups"][group]["place"].as_u64().unwrap()).to_vec(), places);
    let a = cluster.named("a", NEW_LOG);
    // The other one cannot follow it as it is, nor detached, nor empty: it would never agree.
    cluster.assert_not_served("b", NEW_LOG, &["another log", "inboxdb join"]);
    fs::rename(cluster.place.path("b"), cluster.place.path("b.old")).unwrap();
    cluster.run(&["detach", "b.old", "--yes"]);
    cluster.assert_not_served("b.old", NEW_LOG, &["does not come from this log", "inboxdb join"]);
    cluster.assert_not_served("empty", NEW_LOG, &["does not begin with an empty inbox", "inboxdb join"]);
    cluster.join("b", &a, NEW_LOG);
    let b = cluster.named("b", NEW_LOG);
    let since = cluster.send(&b, chats(31..=40));
    for node in [&a, &b] {
        cluster.assert_has(node, &[&before, &behind, &since]);
    }
    cluster.assert_agree(&[&a, &b]);
    assert_eq!((a.stop(), b.stop()), (0, 0));
    // Both find the log again.
    let (a, b) = (cluster.named("a", NEW_LOG), cluster.named("b", NEW_LOG));
    cluster.assert_agree(&[&b, &a]);
}

#[test]
#[ignore = "starts NATS servers"]
fn everything_is_lost_but_a_backup() {
    let Some(mut cluster) = Cluster::start() else { return };
    let (a, b) = (cluster.named("a", SAME_LOG), cluster.named("b", SAME_LOG));
    let before = cluster.send(&a, chats(1..=20));
    cluster.assert_agree(&[&a, &b]);
    let backup = cluster.back_up(&b);
    let behind = cluster.send(&a, chats(21..=30));
    cluster.lose(a, "a");
    cluster.lose(b, "b");
    cluster.lose_log();
    cluster.run(&["restore", &backup, "a"]);
    for log in [SAME_LOG, NEW_LOG] {
        cluster.assert_not_served("a", log, &["does not exist", "inboxdb detach"]);
    }
    cluster.run(&["detach", "a", "--yes"]);
    let a = cluster.named("a", NEW_LOG);
    cluster.join("b", &a, NEW_LOG);
    let b = cluster.named("b", NEW_LOG);
    cluster.assert_has(&b, &[&before]);
    // What came behind the backup is lost, so its commands are done when clients send them again.
    let again = cluster.send(&b, behind.lines);
    assert_eq!(again.replies, behind.replies);
    cluster.assert_has(&a, &[&before, &again]);
    cluster.assert_agree(&[&a, &b]);
}
