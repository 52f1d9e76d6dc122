//! `examples/cluster/run`, run.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // As Ctrl-C does. It stops what it has started.
        let _gone = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status();
        let _gone = self.0.wait();
    }
}

/// The program that this build has made, if it has made one.
fn program() -> Option<PathBuf> {
    let named = std::env::var_os("INBOXDB").map(PathBuf::from);
    let beside = || Some(std::env::current_exe().ok()?.parent()?.parent()?.join("inboxdb"));
    named.or_else(beside).filter(|program| program.exists())
}

/// Whether the program can be a node.
fn is_node(program: &Path) -> bool {
    let help = Command::new(program).args(["serve", "--help"]).output().unwrap();
    String::from_utf8_lossy(&help.stdout).contains("--log-monitor")
}

fn post(url: &str, body: &Value) -> Value {
    let mut response = ureq::post(url).header("content-type", "application/json").send(body.to_string()).unwrap();
    serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap()
}

#[test]
fn the_example_starts_a_cluster_and_stops_it() {
    let (Some(server), Some(program)) = (inboxdb_nats::program(), program()) else {
        return eprintln!("skipped: build the program first, or name it in INBOXDB");
    };
    if !is_node(&program) {
        return eprintln!("skipped: {} cannot be a node", program.display());
    }
    let port = 20_000 + std::process::id() % 20_000;
    let home = tempfile::tempdir().unwrap();
    let mut script = Command::new(Path::new(REPOSITORY).join("examples/cluster/run"))
        .env("INBOXDB", program)
        .env("INBOXDB_NATS_SERVER", server)
        .env("CLUSTER_DIR", home.path())
        .env("CLUSTER_PORT", port.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(script.stdout.take().unwrap());
    let running = Running(script);
    let nodes: Vec<String> = said
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.contains("Ctrl-C"))
        .filter_map(|line| Some(line.split_once("node-")?.1.split_once(": ")?.1.to_owned()))
        .collect();
    assert_eq!(nodes.len(), 3, "{nodes:?}");
    let put = json!({"put_customer": {"customer": 5, "name": "Grace"}});
    let said =
        post(&format!("{}/v1/commands", nodes[0]), &json!({"workspace": 1, "actor": "system", "id": "a", "do": put}));
    let asked = json!({"customer": {"workspace": 1, "customer": 5, "at_least": said["place"]}});
    nodes
        .iter()
        .for_each(|node| assert!(post(&format!("{node}/v1/queries"), &asked).to_string().contains("Grace"), "{node}"));
    drop(running);
    let began = Instant::now();
    let is_up = || (0..12).any(|offset| std::net::TcpStream::connect(("127.0.0.1", (port + offset) as u16)).is_ok());
    while is_up() {
        assert!(began.elapsed() < Duration::from_secs(20), "something goes on");
        std::thread::sleep(Duration::from_millis(100));
    }
}
