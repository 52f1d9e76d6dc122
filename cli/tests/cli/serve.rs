//! `inboxdb serve`, `token`, and the command line against a server: the real binary over real sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::{Place, Ran, run};

const FILLING: &str = r#"{"workspace":1,"actor":"system","do":{"put_manager":{"manager":7,"name":"Ada","role":"owner"}}}
{"workspace":1,"actor":"system","do":{"put_customer":{"customer":5,"name":"Grace"}}}
{"workspace":1,"actor":"system","do":{"start_chat":{"customer":5}}}
{"workspace":1,"actor":"system","do":{"send_message":{"chat":1,"visibility":"public","text":"hello"}}}
"#;

/// A running `inboxdb serve`.
pub struct Serving {
    pub child: Child,
    /// Where it listens: `127.0.0.1:40123`.
    pub address: String,
    errors: Arc<Mutex<String>>,
}

impl Serving {
    /// Starts a server on the store of a place, on a free port.
    pub fn start(place: &Place, arguments: &[&str]) -> Self {
        Self::start_on(place, "store", arguments)
    }

    /// Starts a server on a store, on a free port.
    pub fn start_on(place: &Place, store: &str, arguments: &[&str]) -> Self {
        let all = ["serve", store, "--listen", "127.0.0.1:0"];
        let mut child = place.command(all.iter().chain(arguments)).stdout(Stdio::null()).spawn().unwrap();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        let address = loop {
            let begin = said.len();
            assert!(errors.read_line(&mut said).unwrap() > 0, "it does not serve: {said}");
            if let Some((_, address)) =
                said[begin..].split_once("inboxdb: serving").and_then(|(_, rest)| rest.split_once("http://"))
            {
                break address.trim().trim_end_matches('/').to_owned();
            }
        };
        let said = Arc::new(Mutex::new(said));
        let more = Arc::clone(&said);
        // What it says later must not fill the pipe.
        std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                *more.lock().unwrap() += &(line + "\n");
            }
        });
        Self { child, address, errors: said }
    }

    /// What it has written to standard error so far.
    pub fn errors(&self) -> String {
        self.errors.lock().unwrap().clone()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Runs a subcommand against the server.
    fn run(&self, place: &Place, arguments: &[&str], input: &str) -> Ran {
        self.run_with(place, None, arguments, input)
    }

    fn run_with(&self, place: &Place, token: Option<&str>, arguments: &[&str], input: &str) -> Ran {
        let url = self.url();
        let all = arguments.iter().map(|argument| if *argument == "URL" { url.as_str() } else { argument });
        let mut command = place.command(all);
        command.env_remove("INBOXDB_TOKEN");
        if let Some(token) = token {
            command.env("INBOXDB_TOKEN", token);
        }
        run(command, input.into())
    }

    /// Tells it to stop, and returns its exit code.
    pub fn stop(mut self) -> i32 {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code().unwrap()
    }
}

/// A server that a test did not stop, perhaps since it failed.
impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Sends one command with a key. `None` if no whole answer came: the outcome is unknown.
pub fn send_keyed(address: &str, key: &str, body: &str) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let request = format!(
        "POST /v1/commands HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
         idempotency-key: {key}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).ok()?))
}

#[test]
fn serve_answers_finishes_and_closes_the_store() {
    let place = Place::new();
    let server = Serving::start(&place, &[]);
    let applied = server.run(&place, &["apply", "URL"], FILLING);
    assert_eq!((applied.code, applied.json().len()), (0, 4), "{}", applied.errors);
    let second = place.run(["serve", "store", "--listen", "127.0.0.1:0"], "");
    second.assert_broken(&["in use", "process"]);
    assert_eq!(server.stop(), 0);
    assert_eq!(place.count("all:open"), 1);
}

#[test]
fn serve_refuses_what_is_not_safe() {
    let place = Place::new();
    place.run(["serve", "store", "--listen", "0.0.0.0:0"], "").assert_broken(&["without a secret", "--secret-file"]);
    std::fs::write(place.path("short"), "short").unwrap();
    place.run(["serve", "store", "--secret-file", "short"], "").assert_broken(&["at least 32"]);
    place.run(["serve", "store", "--listen", "nowhere"], "").assert_broken(&["no address to listen on"]);
    assert_eq!(place.run(["serve", "store", "--revoked", "x"], "").code, 2);
}

#[test]
fn reads_of_the_command_line_are_the_same_against_a_server() {
    let place = Place::with(&FILLING.replace("\"actor\"", "\"at\":1582652374000,\"actor\""));
    let commands: [&[&str]; 9] = [
        &["list", "URL", "all:open"],
        &["list", "URL", "all", "--json"],
        &["show", "URL", "1"],
        &["customer", "URL", "5", "--json"],
        &["recommend", "URL", "1"],
        &["notifications", "URL", "-m", "ada"],
        &["count", "URL", "customer:5 & !assigned:ada"],
        &["sidebar", "URL", "-m", "ada", "--json"],
        &["export", "URL", "--system"],
    ];
    let here: Vec<Ran> = commands
        .iter()
        .map(|command| place.run(command.iter().map(|word| if *word == "URL" { "store" } else { word }), ""))
        .collect();
    let server = Serving::start(&place, &[]);
    for (command, here) in commands.iter().zip(here) {
        let there = server.run(&place, command, "");
        assert_eq!((there.code, &there.output), (here.code, &here.output), "{command:?} {}", there.errors);
    }
    let unknown = server.run(&place, &["count", "URL", "all", "-w", "9"], "");
    assert_eq!(unknown.code, 1);
    unknown.assert_sentence(&["no workspace 9", "workspace 1"]);
    server.run(&place, &["info", "URL"], "").assert_broken(&["is a server"]);
}

#[test]
fn lines_are_relayed_with_their_numbers_and_exit_codes() {
    let place = Place::new();
    let server = Serving::start(&place, &[]);
    let many: String = (0..1_000)
        .map(|customer| {
            format!(
                "{{\"workspace\":1,\"actor\":\"system\",\"do\":{{\"put_customer\":{{\"customer\":{customer}}}}}}}\n"
            )
        })
        .collect();
    let applied = server.run(&place, &["apply", "URL"], &(many + "\nnonsense"));
    let lines = applied.json();
    assert_eq!((applied.code, lines.len()), (1, 1_002));
    assert!((1_u64..).zip(&lines).all(|(number, line)| line["line"] == number), "{lines:?}");
    assert_eq!(lines[1_000]["error"]["code"], "malformed");
    let asked = server.run(&place, &["query", "URL"], "{\"customers\":{\"workspace\":1,\"limit\":1}}\n{\"x\":1}\n");
    assert_eq!((asked.code, asked.json()[0]["customers"][0]["customer"].clone()), (1, json!(0)));
}

#[test]
fn bulk_and_watch_go_through_a_server() {
    let place = Place::with(&FILLING.replace("\"actor\"", "\"at\":1582652374000,\"actor\""));
    let server = Serving::start(&place, &[]);
    let dry = server.run(&place, &["bulk", "URL", "all:open", "--dry-run", "close"], "");
    assert_eq!(dry.output, "1 chat matches\n");
    let done = server.run(&place, &["bulk", "URL", "all:open", "close", "--yes", "--json"], "");
    assert_eq!(
        (done.code, done.json()),
        (0, vec![json!({"changed": 1, "unchanged": 0, "refused": []})]),
        "{}",
        done.errors
    );
    let watched = server.run(&place, &["watch", "URL", "--view", "all", "--from", "4", "--until-caught-up"], "");
    let events = watched.json();
    assert_eq!(events[0]["chats"], json!([{"chat": 1, "what": ["status"]}]), "{}", watched.errors);
    assert_eq!(events[1]["counts"], json!([{"view": "all", "open": 0, "snoozed": 0, "closed": 1}]));
}

#[test]
fn tokens_are_made_and_wanted() {
    let place = Place::with(&FILLING.replace("\"actor\"", "\"at\":1582652374000,\"actor\""));
    std::fs::write(place.path("secret"), "0123456789abcdef0123456789abcdef\n").unwrap();
    let server = Serving::start(&place, &["--secret-file", "secret"]);
    let token = |actor: &[&str]| {
        let options = ["token", "--secret-file", "secret", "-w", "1", "--expires", "1h"];
        let made = place.run(options.iter().chain(actor), "");
        assert_eq!(made.code, 0, "{}", made.errors);
        made.output.trim().to_owned()
    };
    let count = |token: Option<&str>| server.run_with(&place, token, &["count", "URL", "all"], "");
    count(None).assert_sentence(&["wants a token", "INBOXDB_TOKEN"]);
    count(Some("x")).assert_sentence(&["not one of this server's"]);
    assert_eq!(count(Some(&token(&["--manager", "7"]))).output, "1\n");
    let ada = token(&["-m", "7"]);
    let read = server.run_with(&place, Some(&ada), &["bulk", "URL", "all", "mark-read", "--yes"], "");
    assert_eq!(read.code, 0, "the token says who reads: {}", read.errors);
    let exported = server.run_with(&place, Some(&token(&["--customer", "5"])), &["export", "URL"], "");
    assert_eq!(exported.code, 1, "{}", exported.errors);
    let member = server.run_with(&place, Some(&ada), &["export", "URL"], "");
    assert_eq!(member.code, 0, "{}", member.errors);
    assert_eq!(
        place.run(["token", "--secret-file", "secret", "-w", "1", "-m", "7", "--store", "--expires", "1h"], "").code,
        2
    );
}
