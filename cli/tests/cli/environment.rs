//! `INBOXDB_DIR` in place of DIR.

use crate::common::{Place, Ran, run, setup};

fn with_variable(place: &Place, directory: &str, arguments: &[&str], input: &str) -> Ran {
    let mut command = place.command(arguments);
    command.env("INBOXDB_DIR", directory);
    run(command, input.as_bytes().to_vec())
}

#[test]
fn variable_stands_in_for_the_directory() {
    let place = Place::new();
    let ran = with_variable(&place, "store", &["apply"], &setup(2));
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    std::fs::write(place.path("questions"), r#"{"count":{"workspace":1,"view":"all"}}"#).unwrap();
    for (arguments, output) in [
        (&["count", "all"] as &[&str], "2\n"),
        (&["query", "questions"], "{\"count\":2}\n"),
        (&["bulk", "all:open", "close", "--yes"], "2 changed, 0 unchanged, 0 refused\n"),
        (&["bulk", "--chats", "1", "open", "-y"], "1 changed, 0 unchanged, 0 refused\n"),
        (&["-q", "list", "all:snoozed", "-w", "1"], "all:snoozed  0 chats\n"),
    ] {
        let ran = with_variable(&place, "store", arguments, "");
        assert_eq!((ran.code, ran.output.as_str()), (0, output), "{arguments:?}: {}", ran.errors);
    }
    for arguments in [
        &["sidebar", "-m", "7"] as &[&str],
        &["show", "1"],
        &["info"],
        &["scrub"],
        &["export", "--system", "-o", "out.jsonl"],
        &["backup", "a.bak"],
        &["compact", "-y"],
    ] {
        let ran = with_variable(&place, "store", arguments, "");
        assert_eq!((ran.code, ran.errors.as_str()), (0, ""), "{arguments:?}");
    }
    assert_eq!(with_variable(&place, "copy", &["import", "out.jsonl"], "").code, 0);
    assert_eq!(with_variable(&place, "restored", &["restore", "a.bak"], "").code, 0);
    assert_eq!(with_variable(&place, "restored", &["count", "all"], "").output, "2\n");
}

#[test]
fn argument_wins_over_the_variable() {
    let place = Place::with(&setup(2));
    assert_eq!(with_variable(&place, "nowhere", &["count", "store", "all"], "").output, "2\n");
    assert_eq!(with_variable(&place, "nowhere", &["apply", "store"], "").code, 0);
    with_variable(&place, "nowhere", &["count", "all"], "").assert_broken(&["no store at nowhere"]);
    let ran = with_variable(&place, "", &["count", "all"], "");
    assert!(ran.code == 2 && ran.errors.contains("<VIEW>"), "an empty variable is none: {}", ran.errors);
}
