//! `inboxdb demo`, with few chats.

use std::fs;

use crate::common::{Place, is_missing};

#[test]
fn demo_shows_its_content_and_the_next_commands() {
    let place = Place::new();
    let ran = place.run(["demo", "--chats", "300"], "");
    assert_eq!(ran.code, 0, "{}", ran.errors);
    for words in [
        "A support team's inbox of 300 chats, in inboxdb-demo\n",
        "Mina Park  operator 3 of workspace 1, at 2025-06-30 15:00 UTC",
        "  My sessions",
        "… and 6 more",
        "a count ",
        "opening ",
        "the first sidebar ",
        "is back, ",
        "Try next",
    ] {
        assert!(ran.output.contains(words), "{words:?} is missing in {}", ran.output);
    }
    assert!(ran.errors.ends_with("inboxdb: 300 of 300 chats\n"), "{}", ran.errors);
    assert_eq!(ran.output.matches("is back").count(), 3);

    let (_, next) = ran.output.split_once("Try next\n").unwrap();
    let commands: Vec<Vec<&str>> = next.lines().map(|line| line.split_whitespace().skip(1).collect()).collect();
    assert_eq!(commands.len(), 3);
    for arguments in commands {
        let ran = place.run(arguments, "");
        assert_eq!(ran.code, 0, "{}", ran.errors);
    }
}

#[test]
fn demo_is_reproducible_and_takes_the_next_free_name() {
    let place = Place::new();
    for _ in 0..2 {
        assert_eq!(place.run(["demo", "--chats", "120"], "").code, 0);
    }
    let inbox = |name: &str| {
        // The three snoozed chats of the demo depend on the time of day: the clock decides how many ticks end their
        // snoozes, and so it decides the seq.
        let mut sidebar = place.run(["sidebar", name, "-m", "3", "--json"], "").json().swap_remove(0);
        sidebar.as_object_mut().unwrap().remove("seq");
        let list = place.run(["list", name, "all:closed", "--json", "-n", "1000"], "").output;
        let parked = place.run(["list", name, "all:snoozed", "--json", "-n", "1000"], "").output;
        sidebar.to_string() + &list + &parked
    };
    assert!(inbox("inboxdb-demo") == inbox("inboxdb-demo-2"));
}

#[test]
fn demo_of_one_chat_works() {
    let place = Place::new();
    let ran = place.run(["demo", "--chats", "1", "--dir", "one/two"], "");
    assert_eq!(ran.code, 0, "{}{}", ran.output, ran.errors);
    assert!(ran.output.contains("in one/two\n"));
    assert!(is_missing(&place.path("inboxdb-demo")));
}

#[test]
fn demo_never_touches_existing_files() {
    let place = Place::new();
    fs::create_dir(place.path("full")).unwrap();
    fs::write(place.path("full/file"), "x").unwrap();
    place.run(["demo", "--dir", "full"], "").assert_broken(&["full holds something already", "--dir"]);
    place.run(["demo", "--dir", "full/file"], "").assert_broken(&["is not a directory"]);
    assert_eq!(place.names("full"), ["file"]);
}
