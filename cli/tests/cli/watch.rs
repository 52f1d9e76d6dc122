//! `inboxdb watch`: events as lines, and how it ends.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::common::{Place, line, setup};

#[test]
fn watch_prints_what_happened_since() {
    let place = Place::with(&setup(2));
    let ran = place.run(["watch", "store", "--from", "0", "--until-caught-up"], "");
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    let events = ran.json();
    let seqs: Vec<u64> = events.iter().filter_map(|event| event["seq"].as_u64()).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<u64>>());
    let (last, newest) = (events.last().unwrap(), seqs.len());
    assert_eq!(*last, json!({"caught_up":newest,"counts":[]}));

    let ran = place.run(["watch", "store", "--view", "all", "--until-caught-up"], "");
    let counts = json!([{"view":"all","open":2,"snoozed":0,"closed":0}]);
    assert_eq!(ran.json(), [json!({"caught_up":newest,"counts":counts})]);
}

#[test]
fn watch_refuses_what_cannot_be_watched() {
    let place = Place::with(&setup(1));
    let ran = place.run(["watch", "store", "--view", "all & tag:a"], "");
    assert!(ran.code == 2 && ran.errors.contains("not a filter"), "{}", ran.errors);
    for (arguments, reason) in [
        (["--view", "sidebar:99"], "no manager 99"),
        (["--from", "99"], "there is no change 99 yet"),
        (["--workspace", "3"], "no workspace 3"),
    ] {
        let ran = place.run(["watch", "store"].iter().chain(&arguments), "");
        assert!(ran.code == 1 && ran.errors.contains(reason), "{}: {}", ran.code, ran.errors);
    }
}

/// The snooze ends while the store is open, before the watch begins or after: it is told either way.
#[test]
fn watch_tells_that_a_snooze_ends() {
    let snooze = line(1_000, r#"{"snooze":{"chat":1,"until":2000}}"#);
    let place = Place::with(&(setup(1) + &snooze));
    let newest = place.run(["info", "store", "--json"], "").json()[0]["seq"].to_string();
    let arguments = ["watch", "store", "--view", "all", "--from", &newest];
    let mut child = place.command(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    let ended = std::iter::from_fn(|| Some(next())).find(|event| event.get("chats").is_some()).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((&ended["by"], &ended["chats"][0]["what"]), (&Value::Null, &json!(["status"])), "{ended}");
}
