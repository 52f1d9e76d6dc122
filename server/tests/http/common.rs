//! A server of its own for each test, and a client that sends exactly what it is told.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use inboxdb::{Actor, Config, CustomerId, Engine, Envelope, ManagerId, Timer};
use inboxdb_server::{Limits, NewToken, Secrets, Server};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// The secret of servers that have one.
pub const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// People and chats: owner 7, member 9; customer 5 has chat 1 (with an internal message), customer 6 has chat 2.
const FILLING: &[&str] = &[
    r#"{"put_manager":{"manager":7,"name":"Ada","role":"owner"}}"#,
    r#"{"put_manager":{"manager":9,"name":"Lin","role":"member"}}"#,
    r#"{"put_manager":{"manager":11,"name":"Gone","role":"member"}}"#,
    r#"{"remove_manager":{"manager":11}}"#,
    r#"{"put_customer":{"customer":5,"name":"Grace"}}"#,
    r#"{"put_customer":{"customer":6,"name":"Alan"}}"#,
    r#"{"create_tag":{"path":"billing/refund"}}"#,
    r#"{"start_chat":{"customer":5}}"#,
    r#"{"send_message":{"chat":1,"visibility":"public","text":"hello"}}"#,
    r#"{"send_message":{"chat":1,"visibility":"internal","text":"a secret"}}"#,
    r#"{"assign":{"chat":1,"manager":7}}"#,
    r#"{"start_chat":{"customer":6}}"#,
    r#"{"send_message":{"chat":2,"visibility":"public","text":"of another"}}"#,
];

/// A running server.
pub struct Running {
    pub engine: Arc<Engine>,
    pub address: SocketAddr,
    pub directory: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Without a secret.
    pub fn open() -> Self {
        Self::start(|server, _| server)
    }

    /// With a secret, and a file of revoked tokens.
    pub fn closed() -> Self {
        Self::start(with_secret)
    }

    pub fn with_limits(limits: Limits) -> Self {
        Self::start(|server, _| server.limits(limits))
    }

    pub fn start(configure: impl FnOnce(Server, &TempDir) -> Server) -> Self {
        let directory = TempDir::new().unwrap();
        let config = Config::default().timer(Timer::Wall);
        let engine = Arc::new(Engine::open(directory.path().join("store"), config).unwrap());
        for command in FILLING {
            let command = serde_json::from_str(command).unwrap();
            engine.execute(Envelope::new(1, 1_582_652_374_000, Actor::System, command)).unwrap();
        }
        let server = configure(Server::new(Arc::clone(&engine)), &directory);
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                server.serve(listener, async { drop(stopped.await) }).await.unwrap();
            });
            runtime.shutdown_background();
        });
        let address = told.recv().unwrap();
        Self { engine, address, directory, stop: Some(stop), thread: Some(thread) }
    }

    /// Tells the server to stop, and does not wait.
    pub fn tell_to_stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }

    /// Waits until the server has stopped.
    pub fn join(&mut self) {
        self.thread.take().unwrap().join().unwrap();
    }

    /// Makes a token.
    pub fn token(&self, actor: impl Into<Actor>) -> String {
        self.token_in(1, actor)
    }

    pub fn token_in(&self, workspace: u64, actor: impl Into<Actor>) -> String {
        NewToken::new(workspace, actor, Duration::from_secs(600)).sign(&self.secret()).unwrap()
    }

    pub fn secret(&self) -> PathBuf {
        self.directory.path().join("secret")
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Sends a request of these lines and a body, and reads the answer.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut stream = self.connect();
        let (mut writer, bytes) = (stream.try_clone().unwrap(), request(method, path, headers, body));
        // A long batch is answered while it is sent. What is refused early is not read to its end.
        thread::spawn(move || writer.write_all(&bytes));
        Answer::read(&mut stream)
    }

    /// Sends a request whose answer has no end, and reads the answer up to its first event, or whole if it is none.
    pub fn stream(&self, path: &str, headers: &[(&str, &str)]) -> Streamed {
        let mut stream = self.connect();
        stream.write_all(&request("GET", path, headers, "")).unwrap();
        Streamed { stream, bytes: Vec::new(), taken: 0 }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], "")
    }

    pub fn get_as(&self, token: &str, path: &str) -> Answer {
        self.request("GET", path, &[("authorization", &format!("Bearer {token}"))], "")
    }

    pub fn post(&self, path: &str, body: &str) -> Answer {
        self.request("POST", path, &[("content-type", "application/json")], body)
    }

    pub fn post_as(&self, token: &str, path: &str, body: &str) -> Answer {
        let token = format!("Bearer {token}");
        self.request("POST", path, &[("content-type", "application/json"), ("authorization", &token)], body)
    }

    pub fn post_lines(&self, path: &str, body: &str) -> Answer {
        self.request("POST", path, &[("content-type", "application/x-ndjson")], body)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && !thread::panicking()
        {
            thread.join().unwrap();
        }
        let closed = self.engine.close();
        if !thread::panicking() {
            closed.unwrap();
        }
    }
}

pub fn with_secret(server: Server, directory: &TempDir) -> Server {
    let (secret, revoked) = (directory.path().join("secret"), directory.path().join("revoked"));
    std::fs::write(&secret, format!("{SECRET}\n")).unwrap();
    std::fs::write(&revoked, "").unwrap();
    server.secrets(Secrets::read(&[secret]).unwrap()).revoked(revoked).unwrap()
}

pub fn manager(id: u64) -> Actor {
    Actor::Manager(ManagerId(id))
}

pub fn customer(id: u64) -> Actor {
    Actor::Customer(CustomerId(id))
}

/// The bytes of a request, which asks to close the connection.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        text += "host: localhost\r\n";
    }
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    if method != "GET" && !headers.iter().any(|(name, _)| *name == "transfer-encoding") {
        text += &format!("content-length: {}\r\n", body.len());
    }
    (text + "\r\n" + body).into_bytes()
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads to the end of the connection.
    pub fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        // The server may reset the connection after an answer to a body that it did not read.
        let read = stream.read_to_end(&mut bytes);
        assert!(!bytes.is_empty(), "no answer: {read:?}");
        Self::parse(&bytes)
    }

    pub fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("the head is incomplete");
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        let body = &bytes[end + 4..];
        let body = if chunked { dechunk(body) } else { body.to_vec() };
        Self { status, headers, body }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.text()))
    }

    pub fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Asserts a failure in the form of all failures.
    #[track_caller]
    pub fn assert_failed(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/json"));
        let json = self.json();
        assert_eq!(json["error"]["code"], code, "{json}");
        assert!(json["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{json}");
        assert_eq!(json.as_object().unwrap().len(), 1);
        let retry = self.header("retry-after").is_some();
        assert_eq!(retry, matches!(status, 429 | 503), "Retry-After of {status}");
    }
}

/// The body without its chunks, as far as it came.
fn dechunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = bytes.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        bytes = &bytes[end + 2..];
        if size == 0 || bytes.len() < size {
            break;
        }
        body.extend_from_slice(&bytes[..size]);
        bytes = bytes.get(size + 2..).unwrap_or_default();
    }
    body
}

/// Server-Sent Events as they arrive.
pub struct Streamed {
    stream: TcpStream,
    bytes: Vec<u8>,
    /// Events taken so far.
    taken: usize,
}

/// An event with its id.
#[derive(Debug)]
pub struct Event {
    pub id: String,
    pub data: Value,
}

impl Streamed {
    /// The whole answer of a request that is refused.
    pub fn refused(mut self) -> Answer {
        Answer::read(&mut self.stream)
    }

    /// Waits for the next event. `None` at the end.
    pub fn next(&mut self) -> Option<Event> {
        let mut buffer = [0; 4_096];
        loop {
            if self.bytes.windows(4).any(|window| window == b"\r\n\r\n") {
                let text = String::from_utf8(Answer::parse(&self.bytes).body).unwrap();
                let whole = text.rfind("\n\n").map_or("", |end| &text[..end]);
                let mut events = whole.split("\n\n").filter(|event| event.starts_with("id: "));
                if let Some(event) = events.nth(self.taken) {
                    self.taken += 1;
                    let (id, data) = event.split_once('\n').unwrap();
                    let data = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
                    return Some(Event { id: id.strip_prefix("id: ").unwrap().to_owned(), data });
                }
            }
            match self.stream.read(&mut buffer).expect("no event came in time") {
                0 => return None,
                count => self.bytes.extend_from_slice(&buffer[..count]),
            }
        }
    }

    /// Waits for the next event, which there is.
    #[track_caller]
    pub fn event(&mut self) -> Event {
        self.next().expect("the stream has ended")
    }
}
