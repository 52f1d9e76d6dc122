//! The three machines of `docs/CLUSTER.md`, with TLS and accounts: its configuration for the servers and its commands for the
//! nodes are read from the document, and only addresses, paths and the hash of the password are those of this machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, thread};

use inboxdb_nats::{Authority, Documented};
use serde_json::{Value, json};

use super::client::Client;
use super::{SOON, ended, filling};
use crate::common::{Place, Ran, run};
use crate::serve::Serving;

const STORE: &str = "/var/lib/inboxdb";

/// The machines, with what a client of the nodes needs.
struct Machines {
    documented: Documented,
    place: Place,
    token: String,
    client: Client,
}

impl Machines {
    /// None if there is no NATS server to start, which is then said.
    fn start() -> Option<Self> {
        let documented = Documented::start()?;
        let place = Place::new();
        let block = documented.translated(0, &Documented::block("inboxdb join"));
        let (_, command) = block.split_once("INBOXDB_TOKEN=$(inboxdb ").unwrap();
        let made = place.run(command.split_once(')').unwrap().0.split_whitespace(), "");
        assert_eq!(made.code, 0, "{}", made.errors);
        let token = made.output.trim().to_owned();
        let client = Client::new(Some(&token));
        Some(Self { documented, place, token, client })
    }

    fn store(&self, machine: usize) -> String {
        self.documented.path(machine, STORE).display().to_string()
    }

    /// The options of the document for a node, but for where it listens.
    fn options(&self, machine: usize) -> Vec<String> {
        let block = Documented::block("--node-name a").replace("--node-name a", &format!("--node-name node-{machine}"));
        let words = self.words(machine, &block);
        assert_eq!(words[..5], ["inboxdb", "serve", &self.store(machine), "--listen", "0.0.0.0:7878"]);
        words[5..].to_vec()
    }

    /// Those of the options that are about the log.
    fn log_options(&self, machine: usize) -> Vec<String> {
        let options = self.options(machine);
        let begin = options.iter().position(|word| word == "--log").unwrap();
        options[begin..].to_vec()
    }

    fn words(&self, machine: usize, command: &str) -> Vec<String> {
        let text = self.documented.translated(machine, &command.replace("\\\n", " "));
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn node(&self, machine: usize, more: &[&str]) -> Serving {
        let options = self.options(machine);
        let options: Vec<&str> = options.iter().map(String::as_str).chain(more.iter().copied()).collect();
        Serving::start_on(&self.place, &self.store(machine), &options)
    }

    /// Joins as the document says, with the options about the log changed like this.
    fn join(&self, machine: usize, from: &Serving, change: &[(&str, &Path)]) -> Ran {
        let block = Documented::block("inboxdb join");
        let line = block.lines().find(|line| line.contains("inboxdb join")).unwrap();
        let (command, _) = line.split_once("--log ").unwrap();
        let mut words = self.words(machine, &command.replace("http://a:7878", &from.url()));
        let begin = words.iter().position(|word| word == "inboxdb").unwrap();
        words.drain(..=begin);
        words.extend(changed(self.log_options(machine), change));
        self.run(&words)
    }

    /// Runs the binary with the token for everything.
    fn run(&self, words: &[String]) -> Ran {
        let mut command = self.place.command(words);
        command.env("INBOXDB_TOKEN", &self.token);
        run(command, Vec::new())
    }

    /// Waits until something is so at a node.
    fn eventually(&self, node: &Serving, query: &Value, is_so: impl Fn(&Value) -> bool) {
        let began = Instant::now();
        loop {
            let answer = self.client.ask(node, query).json;
            if is_so(&answer) {
                return;
            }
            assert!(began.elapsed() < SOON, "{answer}");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Replaces the values of options.
fn changed(mut options: Vec<String>, change: &[(&str, &Path)]) -> Vec<String> {
    for (option, value) in change {
        let at = options.iter().position(|word| word == option).unwrap();
        options[at + 1] = value.display().to_string();
    }
    options
}

/// Takes options and their values out.
fn without(mut options: Vec<String>, out: &[&str]) -> Vec<String> {
    for option in out {
        let at = options.iter().position(|word| word == option).unwrap();
        options.drain(at..at + 2);
    }
    options
}

/// What other users of the machine see of a process.
fn listed(node: &Serving) -> String {
    let ps = Command::new("ps").args(["-ww", "-o", "args=", "-p", &node.child.id().to_string()]).output().unwrap();
    assert!(ps.status.success());
    String::from_utf8(ps.stdout).unwrap()
}

#[test]
#[ignore = "starts NATS servers"]
fn documented_machines_do_all_that_nodes_do() {
    let Some(mut machines) = Machines::start() else { return };
    let client = Client::new(Some(&machines.token));
    let (a, b) = (machines.node(0, &[]), machines.node(1, &["-vv"]));

    // Beyond 1,000 entries nodes tell each other digests.
    let lines = client.lines(&a, "/v1/commands", &filling(340));
    assert!(lines.len() == 1_020 && lines.iter().all(|line| line["ok"].is_object()), "{:?}", lines.last());
    let place = client.command(&a, "close", &json!({"close": {"chat": 7}})).json["place"].as_u64().unwrap();
    let counted = client.ask(&b, &json!({"count": {"workspace": 1, "view": "all:closed", "at_least": place}}));
    assert_eq!((counted.json, counted.place), (json!({"count": 1}), Some(place)));
    let close = json!({"bulk": {"select": {"filter": "all:open"}, "do": {"close": {}}}});
    for node in [&b, &a] {
        let report = &client.command(node, "bulk", &close).json["ok"];
        assert_eq!(*report, json!({"changed": 339, "unchanged": 0, "refused": []}));
    }

    // A snooze ends by an entry that a node adds.
    let until = inboxdb::Timestamp::now().as_millis() + 1_500;
    client.command(&a, "open", &json!({"open": {"chat": 1}}));
    let snoozed = client.command(&a, "snooze", &json!({"snooze": {"chat": 1, "until": until}}));
    assert_eq!(snoozed.status, 200, "{}", snoozed.json);
    let query = json!({"count": {"workspace": 1, "view": "all:open", "at_least": snoozed.json["place"]}});
    assert_eq!(client.ask(&b, &query).json, json!({"count": 0}));
    machines.eventually(&b, &query, |answer| answer["count"] == 1);

    // The third joins; without the right password it does not, and leaves nothing behind.
    let wrong = machines.place.path("wrong");
    fs::write(&wrong, "guess").unwrap();
    let refused = machines.join(2, &a, &[("--log-password-file", &wrong)]);
    refused.assert_broken(&["do not know the user node", "--log-password-file"]);
    assert!(!Path::new(&machines.store(2)).exists());
    let joined = machines.join(2, &a, &[]);
    assert_eq!(joined.code, 0, "{}", joined.errors);
    let c = machines.node(2, &[]);
    let nodes = [a, b, c];
    let newest = client.newest(&nodes[2], "newest");
    let digests: Vec<Value> = nodes.iter().map(|node| client.digest(node, newest)).collect();
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");

    for node in &nodes {
        let health = client.get(node, "/healthz");
        assert_eq!((health.status, &health.json["node"]["state"]), (200, &json!("running")), "{}", health.json);
        let backup = machines.run(&["backup".to_owned(), node.url()]);
        assert_eq!(backup.code, 0, "{}", backup.errors);
        for shown in [listed(node), node.errors()] {
            assert!(!shown.is_empty() && !shown.contains(machines.documented.password()), "{shown}");
            assert!(!shown.contains("hopper"), "nor in another form: {shown}");
        }
    }
    await_truncation(&machines, newest);

    // A server that comes back is let in by the others, and nodes that were with it go on at another one.
    for server in 0..3 {
        machines.documented.servers.kill(server);
        machines.documented.servers.restart(server);
    }
    for (number, node) in nodes.iter().enumerate() {
        let began = Instant::now();
        let opened = loop {
            let opened = client.command(node, &format!("open {number}"), &json!({"open": {"chat": 2 + number}}));
            if opened.status == 200 {
                break opened.json["place"].as_u64().unwrap();
            }
            assert!(opened.status == 503 && began.elapsed() < SOON * 2, "{}", opened.json);
        };
        assert_eq!(client.digest(node, opened), client.digest(&nodes[0], opened));
    }
    for node in nodes {
        assert!(!node.errors().to_lowercase().contains("permissions violation"), "{}", node.errors());
        assert_eq!(node.stop(), 0);
    }
}

/// Waits until the servers have dropped what all backups have: some minutes, and so only where kills take that long too.
fn await_truncation(machines: &Machines, newest: u64) {
    if std::env::var_os("INBOXDB_KILLS").is_none() {
        return;
    }
    let began = Instant::now();
    let monitor = format!("{}/jsz?streams=true", machines.documented.servers.monitors().split(',').next().unwrap());
    loop {
        let state: Value =
            serde_json::from_str(&ureq::get(&monitor).call().unwrap().into_body().read_to_string().unwrap()).unwrap();
        let streams = state["account_details"][0]["stream_detail"].as_array().cloned().unwrap_or_default();
        let first = streams.iter().filter_map(|stream| stream["state"]["first_seq"].as_u64()).max();
        if first == Some(newest + 1) || first == Some(newest) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(300), "{state}");
        thread::sleep(Duration::from_secs(1));
    }
}

#[test]
#[ignore = "starts NATS servers"]
fn strangers_are_refused_with_the_reason() {
    let Some(machines) = Machines::start() else { return };
    let write = |name: &str, text: &str| -> PathBuf {
        let file = machines.place.path(name);
        fs::write(&file, text).unwrap();
        file
    };
    let serve = |options: Vec<String>| {
        let mut words = ["serve", "store", "--listen", "127.0.0.1:0"].map(str::to_owned).to_vec();
        words.extend(options);
        ended(machines.place.command(&words))
    };
    let other = Authority::new("other");
    let (unknown_ca, stranger) = (write("ca.pem", &other.certificate), other.certify_client("stranger"));
    let (certificate, key) = (write("stranger.pem", &stranger.certificate), write("stranger-key.pem", &stranger.key));
    let (wrong, missing) = (write("wrong", "guess\n"), machines.place.path("missing"));
    let own_key = machines.documented.path(0, "/etc/nats/node-key.pem");
    let options = || machines.options(0);

    // None of these waits, which would be a sentence more.
    for (options, words) in [
        (changed(options(), &[("--log-password-file", &wrong)]), &["do not know the user node with this password"][..]),
        (without(options(), &["--log-user", "--log-password-file"]), &["let in users only", "--log-user"]),
        (changed(options(), &[("--log-ca", &unknown_ca)]), &["not signed by one in", "ca.pem", "--log-ca"]),
        (without(options(), &["--log-ca"]), &["does not know who signed", "--log-ca"]),
        (changed(options(), &[("--log-password-file", &missing)]), &["cannot read", "missing"]),
        (changed(options(), &[("--log-ca", &missing)]), &["cannot read", "missing"]),
        (changed(options(), &[("--log-ca", &wrong)]), &["wrong has no certificate"]),
        (changed(options(), &[("--log-certificate", &certificate)]), &["cannot be used with the key"]),
        (changed(options(), &[("--log-certificate", &own_key)]), &["node-key.pem has no certificate"]),
    ] {
        let ran = serve(options);
        ran.assert_broken(words);
        assert!(!ran.errors.contains("guess"), "{}", ran.errors);
    }
    // With TLS 1.3 a server says so behind the handshake, and now and then only its hanging up arrives: then it is asked again.
    for (options, words) in [
        (without(options(), &["--log-certificate", "--log-key"]), "want a certificate of this node"),
        (
            changed(options(), &[("--log-certificate", &certificate), ("--log-key", &key)]),
            "do not accept the certificate",
        ),
    ] {
        let ran = serve(options);
        let last = ran.errors.lines().last().unwrap_or_default();
        assert!(ran.code == 2 && last.starts_with("inboxdb: ") && last.contains(words), "{}", ran.errors);
    }
    // A password in the address would be seen by all.
    let (at, mut seen) = (options().iter().position(|word| word == "--log").unwrap() + 1, options());
    seen[at] = seen[at].replace("tls://", "tls://node:guess@");
    let ran = serve(seen);
    ran.assert_broken(&["--log-password-file"]);
    assert!(!ran.errors.contains("guess"), "{}", ran.errors);
}

#[test]
#[ignore = "starts NATS servers"]
fn permissions_that_are_missing_are_told() {
    let Some(machines) = Machines::start() else { return };
    let node = machines.node(0, &["--log-prefix", "other"]);
    let began = Instant::now();
    while !node.errors().contains("do not let this node do what it must") {
        assert!(began.elapsed() < SOON, "{}", node.errors());
        thread::sleep(Duration::from_millis(50));
    }
    assert!(node.errors().contains("other.log."), "{}", node.errors());
}
