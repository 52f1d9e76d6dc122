//! Directories that cannot be opened as a store: one sentence, exit 2, nothing changed.

use std::fs;

use crate::common::{Dialog, Place, line, setup};

/// Every command that opens a store.
const WAYS: [&[&str]; 8] = [
    &["apply", "store"],
    &["query", "store"],
    &["sidebar", "store", "--manager", "7"],
    &["list", "store", "all"],
    &["show", "store", "1"],
    &["bulk", "store", "all", "close", "--yes"],
    &["compact", "store", "--yes"],
    &["detach", "store", "--yes"],
];

#[track_caller]
fn assert_all_broken(place: &Place, words: &[&str]) {
    for arguments in WAYS {
        place.run(arguments, "").assert_broken(words);
    }
}

#[test]
fn directory_with_other_files() {
    let place = Place::new();
    fs::create_dir(place.path("store")).unwrap();
    fs::write(place.path("store/photo.jpg"), "x").unwrap();
    assert_all_broken(&place, &["store is not an inboxdb store", "name"]);
    assert_eq!(place.names("store"), ["photo.jpg"]);
}

#[test]
fn file_in_place_of_a_store() {
    let place = Place::new();
    fs::write(place.path("store"), "x").unwrap();
    assert_all_broken(&place, &["store is not"]);
    assert_eq!(fs::read(place.path("store")).unwrap(), b"x");
}

#[test]
fn store_of_a_newer_format() {
    let place = Place::new();
    fs::create_dir(place.path("store")).unwrap();
    fs::write(place.path("store/FORMAT"), "inboxdb store, format 9\n").unwrap();
    assert_all_broken(&place, &["format 9", "newer inboxdb"]);
    assert_eq!(place.names("store"), ["FORMAT"]);
}

#[test]
fn store_held_by_another_process() {
    let place = Place::new();
    let mut holder = Dialog::start(place.command(["apply", "store"]));
    let answer = holder.say(line(1, r#"{"put_customer":{"customer":5}}"#).trim_end());
    assert_eq!(answer["seq"], 1);
    // Windows cannot read the name of the holder in a locked file.
    let process = if cfg!(windows) { "process".to_owned() } else { format!("process {}", holder.child.id()) };
    assert_all_broken(&place, &["in use", &process, "close it"]);
    assert_eq!(holder.end(), 0);
    assert_eq!(place.count("all"), 0);
}

#[test]
fn only_apply_creates_a_store() {
    let place = Place::new();
    for arguments in &WAYS[1..] {
        place.run(*arguments, "").assert_broken(&["there is no store"]);
    }
    fs::create_dir(place.path("store")).unwrap();
    for arguments in &WAYS[1..] {
        place.run(*arguments, "").assert_broken(&["store"]);
    }
    assert!(place.names("store").is_empty());
    assert_eq!(place.run(["apply", "store"], setup(1)).code, 0);
    assert_eq!(place.run(["apply", "new/store"], setup(1)).code, 0);
}

#[test]
fn rebuilt_state_store_is_reported() {
    let place = Place::with(&setup(3));
    std::fs::remove_dir_all(place.path("store/state")).unwrap();
    let ran = place.run(["query", "store"], r#"{"count":{"workspace":1,"view":"all"}}"#);
    assert_eq!((ran.code, ran.output.trim_end()), (0, r#"{"count":3}"#));
    assert!(ran.errors.contains("quarantine-1") && ran.errors.contains("made again"), "{}", ran.errors);
}
