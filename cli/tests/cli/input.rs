//! Input as other programs leave it: a byte order mark at its beginning, half a character at the end of a text.

use serde_json::json;

use crate::common::{Dialog, Place, line, setup};

const MARK: &str = "\u{feff}";

#[test]
fn byte_order_mark_is_skipped_in_apply_query_and_import() {
    let place = Place::new();
    let ran = place.run(["apply", "store"], MARK.to_owned() + &setup(2).replace('\n', "\r\n"));
    assert_eq!((ran.code, ran.errors.as_str(), ran.json().len()), (0, "", 4), "{}", ran.output);
    let question = r#"{"count":{"workspace":1,"view":"all"}}"#;
    let ran = place.run(["query", "store"], format!("{MARK}{question}\n{question}"));
    assert_eq!((ran.code, ran.output.as_str()), (0, "{\"count\":2}\n{\"count\":2}\n"));
    let exported = place.run(["export", "store", "--system"], "").output;
    std::fs::write(place.path("inbox.jsonl"), MARK.to_owned() + &exported).unwrap();
    assert_eq!(place.run(["import", "copy", "inbox.jsonl"], "").code, 0);
    assert_eq!(place.run(["import", "other"], MARK.to_owned() + &exported).code, 0);
}

#[test]
fn byte_order_mark_alone_is_no_line() {
    let ran = Place::new().run(["apply", "store"], MARK);
    assert_eq!((ran.code, ran.output.as_str()), (0, ""));
    // Elsewhere it is part of a line, which is no JSON then.
    let ran = Place::new().run(["apply", "store"], setup(0) + MARK + &setup(0));
    assert_eq!((ran.code, &ran.json()[2]["error"]["code"]), (1, &json!("malformed")));
    assert_eq!(ran.json()[3]["ok"], json!({}));
}

#[test]
fn lone_surrogate_becomes_u_fffd_and_is_said() {
    let place = Place::with(&setup(1));
    let message =
        |text: &str| line(9_000, &format!(r#"{{"send_message":{{"chat":1,"visibility":"public","text":"{text}"}}}}"#));
    let texts = [r"thank you \ud83d", r"\uDC4D!", r"fine \ud83d\udc4d", r"\\ud83d", r"\ud83d\ud83d\ude00\u0041"];
    let ran = place.run(["apply", "store"], texts.map(message).concat());
    assert_eq!((ran.code, ran.json().len()), (0, 5), "{}", ran.output);
    let said: Vec<&str> = ran.errors.lines().collect();
    assert_eq!(said.len(), 3, "{}", ran.errors);
    for (said, start) in said.iter().zip(["line 1 of standard input", "line 2 of", "line 5 of"]) {
        assert!(said.contains(start) && said.contains("U+FFFD"), "{said}");
    }
    let stored = place.ask(r#"{"messages":{"workspace":1,"chat":1}}"#);
    let stored: Vec<&str> =
        stored["messages"].as_array().unwrap().iter().rev().map(|message| message["text"].as_str().unwrap()).collect();
    assert_eq!(stored, ["thank you \u{fffd}", "\u{fffd}!", "fine 👍", "\\ud83d", "\u{fffd}😀A"]);
}

#[test]
fn lone_surrogate_is_mended_in_query_and_import_too() {
    let place = Place::with(&(setup(1) + &line(9_000, r#"{"set_description":{"chat":1,"text":"half \ud83d"}}"#)));
    std::fs::write(place.path("questions"), "\n{\"count\":{\"workspace\":1,\"view\":\"hashtag:x\\udc00\"}}").unwrap();
    let ran = place.run(["query", "store", "questions"], "");
    assert!(ran.json()[1]["error"]["code"] != "malformed" || ran.output.contains('\u{fffd}'), "{}", ran.output);
    ran.assert_sentence(&["line 2 of questions"]);
    let exported = place.run(["export", "store", "--system"], "").output;
    let cut = exported.replace("half \u{fffd}", r"cut \ud83d");
    assert_ne!(cut, exported);
    let ran = place.run(["import", "copy"], cut);
    assert_eq!(ran.code, 0, "{}", ran.errors);
    ran.assert_sentence(&["of standard input", "U+FFFD"]);
    let shown = place.run(["show", "copy", "1", "--json"], "").json().swap_remove(0);
    assert_eq!(shown["chat"]["description"], "cut \u{fffd}");
}

#[test]
fn mended_line_is_answered_before_the_next_is_sent() {
    let place = Place::with(&setup(1));
    let mut apply = Dialog::start(place.command(["apply", "store"]));
    for text in [r"one \ud83d", r"two \ud83d\u", r"\u12"] {
        let answer =
            apply.say(line(9_000, &format!(r#"{{"set_description":{{"chat":1,"text":"{text}"}}}}"#)).trim_end());
        assert!(answer["line"].is_number());
    }
    assert_eq!(apply.end(), 1);
}
