//! Compaction from the command line.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::common::{Place, line, setup};

/// Text that is in the deleted chat and nowhere else.
const SECRET: &str = "my card is 4111-1111";

/// Three chats. The second is long and deleted.
fn place() -> Place {
    fill(Place::new(), 300)
}

fn fill(place: Place, messages: u64) -> Place {
    let text = format!("{SECRET}, ").repeat(2_000);
    let say = |chat: u64, text: &str| {
        line(3_000, &json!({"send_message": {"chat": chat, "visibility": "public", "text": text}}).to_string())
    };
    let long: String = (0..messages).map(|_| say(2, &text)).collect();
    let delete = line(4_000, r#"{"delete_chat":{"chat":2}}"#);
    // Two runs, so that the text also reaches the state store.
    for lines in [setup(3) + &long, delete + &say(3, "good bye")] {
        let ran = place.run(["apply", "store"], lines);
        assert_eq!(ran.code, 0, "{}", ran.errors);
    }
    place
}

/// Returns the files below a directory that contain the secret.
fn files_with_the_secret(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with_the_secret(&path));
        } else if fs::read(&path).unwrap().windows(SECRET.len()).any(|bytes| bytes == SECRET.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    found
}

fn assert_whole(place: &Place) {
    assert_eq!(place.count("all"), 2);
    let messages = place.ask(r#"{"messages":{"workspace":1,"chat":3}}"#);
    assert_eq!(messages["messages"][0]["text"], "good bye");
    let scrubbed = place.run(["scrub", "store"], "");
    assert_eq!((scrubbed.code, scrubbed.errors.as_str()), (0, ""));
}

#[test]
fn deleted_data_is_in_no_file_afterwards() {
    let place = place();
    let holding = files_with_the_secret(&place.path("store")).join(" ");
    assert!(holding.contains("/state/") && holding.contains("/journal/"), "{holding}");
    let ran = place.run(["compact", "store", "--yes"], "");
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    assert_eq!(files_with_the_secret(&place.path("store")), [""; 0]);
    assert_whole(&place);

    let lines: Vec<&str> = ran.output.lines().collect();
    assert!(lines[0].contains("BEFORE") && lines[0].contains("NOW"), "{}", ran.output);
    assert!(lines[1].contains("state store") && lines[2].contains("journal"), "{}", ran.output);
    assert!(lines[2].ends_with("40 bytes"), "the head of an empty segment: {}", ran.output);
    assert!(lines[4].ends_with(" rows copied and compared, 1 segment of the journal dropped"), "{}", ran.output);
    assert_eq!(lines.len(), 5, "{}", ran.output);
}

#[test]
fn json_report_names_what_remains() {
    let place = place();
    fs::create_dir(place.path("store/quarantine-1")).unwrap();
    fs::write(place.path("store/quarantine-1/db"), SECRET).unwrap();
    let report = place.run(["compact", "store", "--json", "--yes"], "").json().swap_remove(0);
    assert_eq!(report["remaining"], json!(["store/quarantine-1"]));
    assert_eq!((&report["segments_dropped"], &report["after"]["journal"]), (&json!(1), &json!(40)));
    let [before, after] = ["before", "after"].map(|when| report[when]["state"].as_u64().unwrap());
    assert!(after < before, "{report}");
    assert_eq!(
        files_with_the_secret(&place.path("store")),
        ["quarantine-1/db"].map(|name| { place.path("store").join(name).display().to_string() })
    );
    let again = place.run(["compact", "store", "--yes"], "");
    assert!(again.output.contains("What was deleted may still be in:\n  store/quarantine-1\n"), "{}", again.output);
    assert!(again.output.contains(" 0 segments of the journal dropped"), "{}", again.output);
    assert_whole(&place);
}

/// A small file system in memory.
struct SmallDisk<'p>(&'p Path);

impl<'p> SmallDisk<'p> {
    /// Returns `None` if it cannot be mounted.
    fn mount(path: &'p Path) -> Option<Self> {
        succeeds(Command::new("mount").args(["-t", "tmpfs", "-o", "size=96m", "tmpfs"]).arg(path)).then_some(Self(path))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        assert!(succeeds(Command::new("umount").arg("-l").arg(self.0)) || std::thread::panicking());
    }
}

fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Needs root, and is skipped without it.
#[test]
fn full_disk_leaves_the_store_unchanged() {
    let directory = TempDir::new().unwrap();
    let Some(_disk) = SmallDisk::mount(directory.path()) else {
        eprintln!("skipped: cannot mount a file system here; needs root");
        return;
    };
    let place = fill(Place::at(directory.path()), 100);
    // Chats that stay, and need room in the new state store.
    let text = "x".repeat(60_000);
    let message = json!({"send_message": {"chat": 1, "visibility": "public", "text": text}}).to_string();
    let lines: String = (0..200).map(|at| line(5_000 + at, &message)).collect();
    assert_eq!(place.run(["apply", "store"], lines).code, 0);

    let filler = place.path("filler");
    fill_leaving(&filler, 6 << 20);
    let ran = place.run(["compact", "store", "--yes"], "");
    // Opening takes some room too: how much depends on what sled had to tidy up.
    let of_opening = ran.errors.contains("free some disk space");
    ran.assert_broken(if of_opening { &["No space left"] } else { &["nothing is lost", "run it again"] });
    assert!(!place.names("store").iter().any(|name| name.starts_with("state.")), "{:?}", place.names("store"));
    fs::remove_file(&filler).unwrap();
    assert_whole(&place);
    assert_eq!(place.run(["compact", "store", "--yes"], "").code, 0);
    assert_eq!(files_with_the_secret(&place.path("store")), [""; 0]);
    assert_whole(&place);
}

/// Fills the disk up to this many free bytes.
fn fill_leaving(filler: &Path, free: u64) {
    let output = Command::new("stat").args(["-f", "-c", "%a %S"]).arg(filler.parent().unwrap()).output().unwrap();
    let numbers = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<u64> = numbers.split_whitespace().map(|number| number.parse().unwrap()).collect();
    let bytes = numbers[0] * numbers[1] - free;
    std::io::copy(&mut std::io::Read::take(std::io::repeat(0), bytes), &mut File::create(filler).unwrap()).unwrap();
}
