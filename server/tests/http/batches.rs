//! Lines in, lines out.

use std::io::{BufRead, BufReader, Write};

use serde_json::{Value, json};

use crate::common::Running;

const CLOSE: &str = r#"{"workspace":1,"actor":{"manager":7},"do":{"close":{"chat":1}}}"#;

#[test]
fn every_line_answers_for_itself() {
    let server = Running::open();
    let unknown = CLOSE.replace("\"chat\":1", "\"chat\":9");
    let answer = server.post_lines("/v1/commands", &format!("{CLOSE}\n\n{unknown}\nnonsense\n{CLOSE}"));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let lines = answer.lines();
    assert_eq!(lines[0], json!({"line": 1, "seq": 14, "ok": {}}));
    assert_eq!((&lines[1]["line"], &lines[1]["error"]["code"]), (&json!(2), &json!("malformed")));
    assert_eq!(lines[2], json!({"line": 3, "error": {"code": "unknown_chat", "message": "there is no chat 9"}}));
    assert_eq!((&lines[3]["line"], &lines[3]["error"]["code"]), (&json!(4), &json!("malformed")));
    assert_eq!((lines[4]["line"].clone(), lines.len()), (json!(5), 5));
    assert_eq!(server.post_lines("/v1/commands", "").text(), "");
}

#[test]
fn queries_are_answered_line_by_line() {
    let server = Running::open();
    let query = r#"{"count":{"workspace":1,"view":"all"}}"#;
    let lines = server.post_lines("/v1/queries", &format!("{query}\n\n{query}\n")).lines();
    assert_eq!((&lines[0], &lines[2], lines.len()), (&json!({"count": 2}), &json!({"count": 2}), 3));
    assert_eq!(lines[1]["error"]["code"], "malformed");
}

#[test]
fn answers_come_while_the_request_is_still_being_sent() {
    let server = Running::open();
    let mut stream = server.connect();
    let head = "POST /v1/commands HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\n\
                transfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    for line in 1..=5 {
        let text = format!("{CLOSE}\n");
        stream.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes()).unwrap();
        let answer = next_json(&mut reader);
        assert_eq!((answer["line"].clone(), answer["ok"].clone()), (json!(line), json!({})));
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    let mut rest = String::new();
    while reader.read_line(&mut rest).unwrap() > 0 && !rest.ends_with("0\r\n") {}
    assert!(!rest.contains("line"), "{rest}");
}

/// The next line that is JSON: the head and the sizes of chunks are not.
fn next_json(reader: &mut impl BufRead) -> Value {
    loop {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).unwrap() > 0, "the answer ended");
        if line.starts_with('{') {
            return serde_json::from_str(&line).unwrap();
        }
    }
}

#[test]
fn many_lines_are_answered_in_order() {
    let server = Running::open();
    let line = |number: u64| {
        format!(r#"{{"workspace":1,"actor":"system","do":{{"put_customer":{{"customer":{}}}}}}}"#, 1_000 + number)
            + "\n"
    };
    let body: String = (0..20_000).map(line).collect();
    let lines = server.post_lines("/v1/commands", &body).lines();
    assert_eq!(lines.len(), 20_000);
    for (number, line) in (1_u64..).zip(&lines) {
        assert_eq!((line["line"].as_u64(), line["seq"].as_u64()), (Some(number), Some(13 + number)));
    }
}

#[test]
fn half_a_line_at_a_broken_connection_is_not_done() {
    let server = Running::open();
    let mut stream = server.connect();
    let head = "POST /v1/commands HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\n\
                content-length: 1000\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    // Without its line feed this could be the beginning of a longer line, such as a number with one more digit.
    stream.write_all(format!("{CLOSE}\n{}", CLOSE.replace("close", "open")).as_bytes()).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    assert_eq!(next_json(&mut reader)["line"], 1);
    drop((stream, reader));
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(server.get("/v1/workspaces/1/chats/1").json()["status"], "closed");
}
