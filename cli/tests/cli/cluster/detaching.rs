//! `inboxdb detach` on stores that follow a log, or none.

use inboxdb::{Actor, Command, Config, Engine, Entry, Envelope, Place as LogPlace, Timer, Timestamp};
use serde_json::json;

use crate::common::{Place, line, setup};

const BINDING: &str = "groups=2;hash=xxh3-64;logs=5eed,f00d";

/// A store with one customer, at place 7 of the log of its group.
fn place(binding: Option<&str>) -> Place {
    let place = Place::new();
    let engine = Engine::open(place.path("store"), Config::default().timer(Timer::Off)).unwrap();
    binding.into_iter().for_each(|binding| engine.bind_log(binding).unwrap());
    let put = Envelope::new(1, Timestamp::now(), Actor::System, Command::put_customer(5, "Grace"));
    engine.apply_entry(LogPlace(7), &Entry::Command(put)).unwrap();
    engine.close().unwrap();
    place
}

#[test]
#[ignore = "starts NATS servers"]
fn detached_store_says_what_it_followed_and_takes_commands_of_its_own() {
    let place = place(Some(BINDING));
    let start = line(1, r#"{"start_chat":{"customer":5}}"#);
    assert_eq!(place.run(["apply", "store"], start.as_str()).code, 2);
    let question = &["no terminal", "--yes", "as a node of a cluster, in 2 groups", "never go back"];
    place.run(["detach", "store"], "y\n").assert_broken(question);
    let ran = place.run(["detach", "store", "--yes"], "");
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    let rows: Vec<Vec<&str>> = ran.output.lines().map(|row| row.split_whitespace().collect()).collect();
    let group = inboxdb_cluster::Groups::new(2).of(1.into()) as usize;
    let logs = ["5eed", "f00d"];
    for (number, log) in logs.iter().enumerate() {
        let [place, workspaces] = if number == group { ["7", "1"] } else { ["0", "0"] };
        assert!(rows.contains(&vec![&number.to_string(), place, workspaces, log]), "{}", ran.output);
    }
    assert!(ran.output.contains("inboxdb serve store --log … --log-prefix NEW"), "{}", ran.output);
    let applied = place.run(["apply", "store"], start);
    assert_eq!(applied.code, 0, "{}{}", applied.output, applied.errors);
    assert_eq!(place.count("all"), 1);
    place.run(["detach", "store", "--yes"], "").assert_broken(&["store follows no log", "nothing to detach"]);
}

#[test]
#[ignore = "starts NATS servers"]
fn detach_prints_json_or_nothing() {
    let followed = place(Some(BINDING));
    let info = followed.run(["info", "store", "--json"], "").json().swap_remove(0);
    let said = followed.run(["detach", "store", "-y", "--json"], "").json().swap_remove(0);
    assert_eq!(said, json!({"log": info["log"], "groups": info["groups"]}));
    assert_eq!((&said["log"]["binding"], &said["log"]["places"][0]["place"]), (&json!(BINDING), &json!(7)));
    // A log that was not described, by a program of one's own.
    let other = place(None);
    let ran = other.run(["detach", "store", "-y"], "");
    assert!(ran.code == 0 && ran.output.contains("1 workspace, up to place 7"), "{}", ran.output);
    let ran = place(None).run(["detach", "store", "-y", "-q"], "");
    assert_eq!((ran.code, ran.output.as_str(), ran.errors.as_str()), (0, "", ""));
}

#[test]
#[ignore = "starts NATS servers"]
fn store_without_a_log_is_not_detached() {
    let place = Place::with(&setup(2));
    place.run(["detach", "store", "--yes"], "").assert_broken(&["store follows no log", "nothing to detach"]);
    place.run(["detach", "nowhere", "--yes"], "").assert_broken(&["no store at nowhere"]);
    place.run(["detach", "http://127.0.0.1:1", "--yes"], "").assert_broken(&["is a server"]);
    assert_eq!(place.count("all"), 2);
}
