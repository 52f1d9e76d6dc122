//! `inboxdb apply`: one answer per line, whatever the line holds.

use serde_json::json;

use crate::common::{Place, is_missing, line, setup};

const START: &str = r#"{"start_chat":{"customer":5}}"#;

#[test]
fn accepted_lines_answer_with_seq_and_reply() {
    let place = Place::new();
    let message = r#"{"send_message":{"chat":1,"visibility":"public","text":"hello"}}"#;
    let ran = place.run(["apply", "store"], setup(1) + &line(2_000, message));
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    let lines = ran.output.lines().collect::<Vec<_>>();
    assert_eq!(lines[0], r#"{"line":1,"seq":1,"ok":{}}"#);
    assert_eq!(lines[2], r#"{"line":3,"seq":3,"ok":{"chat":1}}"#);
    assert_eq!(lines[3], r#"{"line":4,"seq":4,"ok":{"message":1}}"#);
    assert_eq!(lines.len(), 4);
}

#[test]
fn every_line_has_its_result_and_the_others_go_on() {
    let place = Place::new();
    let mut input = setup(0).into_bytes();
    input.extend(b"\n");
    input.extend(b" \t\n");
    input.extend(b"not json\n");
    input.extend(b"{\"workspace\":1,\"at\":2,\"actor\":\"system\",\"do\":{\"put_customer\":{\"customer\":6,\"name\":\"\xff\"}}}\n");
    input.extend(line(3, r#"{"close":{"chat":9}}"#).bytes());
    input.extend(line(3, r#"{"close":{"chat":"9"}}"#).bytes());
    input.extend(line(3, START).replace('\n', "\r\n").bytes());
    // The last line has no line feed.
    input.extend(line(4, START).trim_end().bytes());
    let ran = place.run(["apply", "store"], input);
    assert_eq!((ran.code, ran.errors.as_str()), (1, ""));
    let results = ran.json();
    let codes: Vec<&str> = results.iter().map(|result| result["error"]["code"].as_str().unwrap_or("ok")).collect();
    let malformed = "malformed";
    assert_eq!(codes, ["ok", "ok", malformed, malformed, malformed, malformed, "unknown_chat", malformed, "ok", "ok"]);
    for (result, number) in results.iter().zip(1..) {
        assert_eq!(result["line"], json!(number));
    }
    assert!(results[7]["error"]["message"].as_str().unwrap().contains("expected a number from 0 to 4294967295"));
    assert_eq!(place.count("all:open"), 2);
}

#[test]
fn exit_1_whether_lines_are_refused_or_malformed() {
    for input in ["x\n".to_owned(), line(1, r#"{"close":{"chat":9}}"#), "\n".to_owned()] {
        assert_eq!(Place::new().run(["apply", "store"], input).code, 1);
    }
}

#[test]
fn no_input_gives_no_output() {
    let place = Place::new();
    let ran = place.run(["apply", "store"], "");
    assert_eq!((ran.code, ran.output.as_str(), ran.errors.as_str()), (0, "", ""));
    assert_eq!(place.count("all"), 0);
}

#[test]
fn commands_come_from_a_file_or_from_standard_input() {
    let place = Place::new();
    std::fs::write(place.path("commands"), setup(2)).unwrap();
    assert_eq!(place.run(["apply", "store", "commands"], "").json().len(), 4);
    let ran = place.run(["apply", "store", "-"], line(5, START));
    assert_eq!(ran.json()[0], json!({"line": 1, "seq": 5, "ok": {"chat": 3}}));
}

#[test]
fn missing_file_changes_nothing_on_disk() {
    let place = Place::new();
    place.run(["apply", "store", "missing"], "").assert_broken(&["cannot read missing", "name a file"]);
    assert!(is_missing(&place.path("store")));
    place.run(["apply", "store", "."], "").assert_broken(&["cannot read .", "directory"]);
    assert!(is_missing(&place.path("store")));
}

#[test]
fn line_past_64_mib_is_malformed_and_the_next_is_not() {
    let place = Place::new();
    let mut input = setup(0).into_bytes();
    input.extend(vec![b'x'; (64 << 20) + 1]);
    input.push(b'\n');
    input.extend(line(3, START).bytes());
    let ran = place.run(["apply", "store"], input);
    let results = ran.json();
    assert_eq!(results[2]["error"]["message"], "the line is longer than 64 MiB");
    assert_eq!(results[3], json!({"line": 4, "seq": 3, "ok": {"chat": 1}}));
    assert_eq!((ran.code, results.len()), (1, 4));
}

#[test]
fn long_text_is_refused_with_a_short_message() {
    let place = Place::with(&setup(1));
    let text = "한".repeat(1 << 20);
    let message = format!(r#"{{"send_message":{{"chat":1,"visibility":"public","text":"{text}"}}}}"#);
    let number = format!(r#"{{"close":{{"chat":"{text}"}}}}"#);
    let ran = place.run(["apply", "store"], line(3, &message) + &line(3, &number));
    assert_eq!(ran.json()[0]["error"]["code"], "text_too_long");
    assert_eq!(ran.json()[1]["error"]["code"], "malformed");
    assert!(ran.output.len() < 2_000);
}

#[test]
fn thousands_of_lines_keep_their_order_in_two_workspaces() {
    let place = Place::new();
    let other = setup(1).replace(r#""workspace":1"#, r#""workspace":2"#);
    let ran = place.run(["apply", "store"], setup(20_000) + &other);
    assert_eq!(ran.code, 0);
    let results = ran.json();
    assert_eq!(results.len(), 20_005);
    assert!(results.iter().zip(1..).all(|(result, number)| result["line"] == json!(number)));
    assert_eq!(results[20_001]["ok"], json!({"chat": 20_000}));
    assert_eq!(results[20_004]["ok"], json!({"chat": 1}));
    assert_eq!(place.count("customer:5"), 20_000);
}
