//! Several `inboxdb serve --log` on real NATS servers: the real binary over real sockets.

mod agreeing;
mod client;
mod dashboard;
mod detaching;
mod failing;
mod recovery;
mod tls;

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use inboxdb_nats::Servers;
use serde_json::{Value, json};

use client::Client;

use crate::common::{Place, Ran};
use crate::serve::Serving;

/// Long enough for a busy machine.
const SOON: Duration = Duration::from_secs(40);

/// Nodes on stores of one place.
struct Cluster {
    place: Place,
    nats: Servers,
    client: Client,
}

impl Cluster {
    /// None if there is no NATS server to start, which is then said.
    fn start() -> Option<Self> {
        let nats = Servers::start(1)?;
        Some(Self { place: Place::new(), nats, client: Client::new(None) })
    }

    fn log(&self) -> Vec<String> {
        let words =
            ["--log", &self.nats.urls(), "--log-monitor", &self.nats.monitors(), "--replicas", "1", "--groups", "2"];
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn node(&self, store: &str) -> Serving {
        let log = self.log();
        Serving::start_on(&self.place, store, &log.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

/// Runs a command to its end, and does not wait for ever for one that should not go on.
fn ended(mut command: Command) -> Ran {
    let mut child = command.stdin(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > SOON {
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(20));
    }
    let said = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: said.status.code().unwrap_or(-1), output: text(said.stdout), errors: text(said.stderr) }
}

/// Customers with a chat each, every line needing the one before.
fn filling(customers: u64) -> String {
    let line = |command: Value| json!({"workspace": 1, "actor": "system", "do": command}).to_string() + "\n";
    let customer = |number: u64| {
        let put = line(json!({"put_customer": {"customer": number, "name": "Grace"}}));
        let start = line(json!({"start_chat": {"customer": number}}));
        let send = json!({"send_message": {"chat": number, "visibility": "public", "text": "hello"}});
        put + &start + &line(send)
    };
    (1..=customers).map(customer).collect()
}
