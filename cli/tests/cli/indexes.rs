//! Custom indexes over attributes, with `--index`.

use serde_json::json;

use crate::common::{Place, line, setup};

const COUNT: &str = r#"{"count":{"workspace":1,"view":"custom:team=payments"}}"#;
const STATUS: &str = r#"{"indexes":{"workspace":1}}"#;

/// Chats 1 and 2 have the team `payments`, chat 3 has none.
fn place() -> Place {
    let team =
        |chat| line(2_000, &json!({"set_attribute": {"chat": chat, "key": "team", "value": "payments"}}).to_string());
    Place::with(&(setup(3) + &team(1) + &team(2)))
}

#[test]
fn every_command_accepts_indexes() {
    let place = place();
    let with = |arguments: &[&str]| {
        let ran = place.run(arguments.iter().chain(&["--index", "team"]), COUNT);
        assert_eq!(ran.errors, "", "{arguments:?}");
        ran
    };
    assert_eq!(with(&["query", "store"]).output, "{\"count\":2}\n");
    assert!(with(&["list", "store", "custom:team=payments"]).output.starts_with("custom:team=payments  2 chats\n"));
    for arguments in [
        &["sidebar", "store", "-m", "7"] as &[&str],
        &["show", "store", "1"],
        &["customer", "store", "5"],
        &["recommend", "store", "1"],
        &["notifications", "store", "-m", "7"],
    ] {
        assert_eq!(with(arguments).code, 0, "{arguments:?}");
    }
    let closed = place.run(["bulk", "store", "custom:team=payments", "--index", "team", "close", "--yes"], "");
    assert_eq!(closed.output, "2 changed, 0 unchanged, 0 refused\n");
    let change = line(3_000, r#"{"set_attribute":{"chat":2,"key":"team","value":null}}"#);
    assert_eq!(place.run(["apply", "--index", "team", "store"], change).code, 0);
    assert_eq!(with(&["query", "store"]).output, "{\"count\":1}\n");
}

#[test]
fn next_page_command_repeats_the_indexes() {
    let place = place();
    let ran = place.run(["list", "store", "custom:squad=payments", "-n", "1", "--index", "squad=team"], "");
    let (_, next) = ran.output.trim_end().rsplit_once("the next: ").unwrap();
    let next: Vec<&str> = next.split_whitespace().skip(1).map(|word| word.trim_matches('\'')).collect();
    let rest = place.run(&next, "");
    assert!(rest.output.starts_with("custom:squad=payments  2 chats\n"), "{}{}", rest.output, rest.errors);
    assert_eq!(rest.output.lines().count(), 4, "{}", rest.output);
}

#[test]
fn index_name_may_differ_from_its_attribute() {
    let place = place();
    let questions = [STATUS, COUNT, r#"{"count":{"workspace":1,"view":"custom:squad=payments & !custom:team=x"}}"#];
    let ran = place.run(["query", "store", "--index", "team", "--index", "squad=team"], questions.join("\n"));
    let status = |name: &str| json!({"name": name, "version": 1, "readable": true, "done": 3, "total": 3});
    assert_eq!(ran.json()[0], json!({"indexes": [status("squad"), status("team")]}));
    assert_eq!(ran.json()[1..], [json!({"count": 2}), json!({"count": 2})]);
    let untouched = r#"{"indexes":{"workspace":9}}"#;
    let expected = r#"{"indexes":[{"name":"team","version":1,"readable":true,"done":0,"total":0}]}"#;
    assert_eq!(place.run(["query", "store", "--index", "team"], untouched).output.trim_end(), expected);
}

#[test]
fn change_without_the_flag_drops_an_index_but_reading_does_not() {
    let place = place();
    let seq = || place.run(["sidebar", "store", "-m", "7", "--json"], "").json()[0]["seq"].as_u64().unwrap();
    assert_eq!(place.run(["query", "store", "--index", "team"], COUNT).output, "{\"count\":2}\n");
    let built = seq();
    assert_eq!(place.ask(COUNT)["error"]["code"], "unknown_index");
    assert_eq!(place.ask(STATUS), json!({"indexes": []}));
    place.run(["query", "store", "--index", "team"], COUNT);
    assert_eq!(seq(), built, "it was still there");

    let change = line(3_000, r#"{"set_attribute":{"chat":3,"key":"team","value":"payments"}}"#);
    assert_eq!(place.run(["apply", "store"], change).code, 0);
    assert_eq!(place.run(["query", "store", "--index", "team"], COUNT).output, "{\"count\":3}\n");
}

#[test]
fn apply_creates_a_store_with_an_index() {
    let place = Place::new();
    let team = line(2_000, r#"{"set_attribute":{"chat":1,"key":"team","value":"payments"}}"#);
    assert_eq!(place.run(["apply", "store", "--index", "team"], setup(1) + &team).code, 0);
    assert_eq!(place.run(["query", "store", "--index", "team"], COUNT).output, "{\"count\":1}\n");
}

#[test]
fn invalid_names_are_explained() {
    let place = place();
    for (index, words) in [("Team", "cannot be registered"), ("a.b", "cannot be registered")] {
        place.run(["query", "store", "--index", index], COUNT).assert_broken(&[words, index]);
    }
    let twice = place.run(["query", "store", "--index", "team", "--index", "team=squad"], COUNT);
    twice.assert_broken(&["registered twice"]);
    for index in ["", "=", "team=", "=team"] {
        let ran = place.run(["query", "store", "--index", index], COUNT);
        assert_eq!((ran.code, ran.output.as_str()), (2, ""));
        assert!(ran.errors.contains("such as team"), "{}", ran.errors);
    }
}
