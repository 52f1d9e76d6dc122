//! Clients that send too much, too slowly, or only half.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use inboxdb_server::Limits;
use serde_json::json;

use crate::common::{Answer, Running, request};

/// Limits that a test can reach.
fn limits(set: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    set(&mut limits);
    limits
}

/// Waits until the other side closes, and returns what came.
fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _reset = stream.read_to_end(&mut bytes);
    bytes
}

#[test]
fn large_bodies_are_refused_before_they_are_read() {
    let server = Running::with_limits(limits(|limits| limits.body_bytes_max = 1_000));
    let large = format!(r#"{{"x":"{}"}}"#, "x".repeat(2_000));
    server.post("/v1/commands", &large).assert_failed(413, "too_large");
    server.post("/v1/queries", &large).assert_failed(413, "too_large");
    let mut stream = server.connect();
    let head = "POST /v1/commands HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                content-length: 1000000000000\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    Answer::read(&mut stream).assert_failed(413, "too_large");
    let chunked = format!("{:x}\r\n{large}\r\n0\r\n\r\n", large.len());
    let headers = [("content-type", "application/json"), ("transfer-encoding", "chunked")];
    server.request("POST", "/v1/commands", &headers, &chunked).assert_failed(413, "too_large");
    let query = r#"{"count":{"workspace":1,"view":"all"}}"#;
    let lines = server.post_lines("/v1/queries", &format!("{large}\n{query}\n{large}")).lines();
    assert_eq!((&lines[0]["error"]["code"], &lines[1], lines.len()), (&json!("malformed"), &json!({"count": 2}), 3));
}

/// A client that was still sending lost the answer.
#[test]
fn refusal_before_the_body_came_is_read_and_the_connection_goes_on() {
    let server = Running::open();
    let mut stream = server.connect();
    let body = r#"{"count":{"workspace":1,"view":"all"}}"#;
    let head = format!("POST /v1/queries HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n", body.len());
    stream.write_all(format!("{head}content-type: text/plain\r\n\r\n").as_bytes()).unwrap();
    let mut refusal = [0; 2_000];
    let bytes = stream.read(&mut refusal).unwrap();
    Answer::parse(&refusal[..bytes]).assert_failed(415, "unsupported_media_type");
    stream.write_all(body.as_bytes()).unwrap();
    let next = format!("{head}content-type: application/json\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(next.as_bytes()).unwrap();
    assert_eq!(Answer::read(&mut stream).status, 200);
}

#[test]
fn batches_have_a_limit_too() {
    let server = Running::with_limits(limits(|limits| limits.batch_bytes_max = 100_000));
    let query = r#"{"count":{"workspace":1,"view":"all"}}"#.to_owned() + "\n";
    let lines = server.post_lines("/v1/queries", &query.repeat(10_000)).lines();
    assert!(lines.len() < 3_000, "{}", lines.len());
    assert_eq!(lines.last().unwrap()["error"]["code"], "too_large");
}

#[test]
fn heads_are_bounded() {
    let server = Running::open();
    let long = "x".repeat(300_000);
    let answer = server.request("GET", "/healthz", &[("x", &long)], "");
    assert_eq!(answer.status, 431);
    let many: Vec<(String, String)> = (0..500).map(|number| (format!("x-{number}"), "x".to_owned())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(server.request("GET", "/healthz", &many, "").status, 431);
    assert_eq!(server.get(&format!("/{long}")).status, 431);
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn slow_and_silent_clients_are_dropped() {
    let server = Running::with_limits(limits(|limits| {
        limits.head_timeout = Duration::from_millis(300);
        limits.body_timeout = Duration::from_millis(300);
    }));
    let began = Instant::now();
    let mut silent = server.connect();
    let mut half_a_head = server.connect();
    half_a_head.write_all(b"POST /v1/commands HTTP/1.1\r\nhost: loc").unwrap();
    let mut half_a_body = server.connect();
    let whole = request("POST", "/v1/commands", &[("content-type", "application/json")], r#"{"workspace":1}"#);
    half_a_body.write_all(&whole[..whole.len() - 5]).unwrap();
    Answer::read(&mut half_a_body).assert_failed(408, "timeout");
    let mut half_a_batch = server.connect();
    let query = r#"{"count":{"workspace":1,"view":"all"}}"#.to_owned() + "\n{\"count\"";
    let headers = [("content-type", "application/x-ndjson"), ("transfer-encoding", "chunked")];
    let body = format!("{:x}\r\n{query}\r\n", query.len());
    half_a_batch.write_all(&request("POST", "/v1/queries", &headers, &body)).unwrap();
    let lines = Answer::read(&mut half_a_batch).lines();
    assert_eq!((&lines[0], &lines[1]["error"]["code"], lines.len()), (&json!({"count": 2}), &json!("timeout"), 2));
    assert!(rest(&mut silent).is_empty());
    rest(&mut half_a_head);
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn clients_that_read_nothing_are_dropped() {
    let server = Running::with_limits(limits(|limits| limits.write_timeout = Duration::from_millis(300)));
    for number in 0..3_000_u64 {
        let text = "x".repeat(10_000);
        let send = inboxdb::Command::send_message(1, text);
        let envelope = inboxdb::Envelope::new(1, 1_582_652_374_000 + number, inboxdb::Actor::System, send);
        let _durable_later = server.engine.submit(envelope).unwrap();
    }
    let stream = server.connect();
    (&stream).write_all(&request("GET", "/v1/workspaces/1/export", &[], "")).unwrap();
    let began = Instant::now();
    let connections = || {
        let text = server.get("/metrics").text().to_owned();
        let line = text.lines().find(|line| line.starts_with("inboxdb_http_connections ")).unwrap().to_owned();
        line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    while connections() > 1 {
        assert!(began.elapsed() < Duration::from_secs(20), "the client is still connected");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn requests_are_paced_for_each_token() {
    let server = Running::with_limits(limits(|limits| limits.requests_per_second_max = 5));
    let statuses: Vec<u16> = (0..40).map(|_| server.get("/v1/workspaces/1/count").status).collect();
    assert_eq!(statuses[..10], [200; 10]);
    assert!(statuses.contains(&429), "{statuses:?}");
    while server.get("/v1/workspaces/1/count").status != 429 {}
    server.get("/v1/workspaces/1/count").assert_failed(429, "too_many_requests");
    assert_eq!(server.get("/healthz").status, 200, "health is not counted");
}

#[test]
fn requests_under_way_are_bounded() {
    let server = Running::with_limits(limits(|limits| limits.requests_max = 2));
    let half = || {
        let mut stream = server.connect();
        let whole = request("POST", "/v1/commands", &[("content-type", "application/json")], r#"{"workspace":1}"#);
        stream.write_all(&whole[..whole.len() - 5]).unwrap();
        stream
    };
    let mut held = vec![half(), half()];
    let began = Instant::now();
    loop {
        let answer = server.get("/v1/workspaces/1/count");
        if answer.status == 503 {
            answer.assert_failed(503, "unavailable");
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(10));
        // One of them may have come while this request had its place, and was refused itself.
        held.push(half());
    }
}

#[test]
fn connections_are_kept_alive_and_may_be_pipelined() {
    let server = Running::open();
    let mut stream = server.connect();
    let once = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    stream.write_all(once.repeat(3).as_bytes()).unwrap();
    stream.write_all(&request("GET", "/healthz", &[], "")).unwrap();
    let text = String::from_utf8(rest(&mut stream)).unwrap();
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 4, "{text}");
}
