//! Output files that a person names: devices are written to and never replaced, and nothing in a store is touched.
#![cfg(unix)]

use std::fs;
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::thread;

use crate::common::{Place, Ran, setup};

const FORCE: [&[&str]; 2] = [&[], &["--force"]];

fn export(place: &Place, to: &str, more: &[&str]) -> Ran {
    place.run([&["export", "store", "--system", "-o", to], more].concat(), "")
}

fn backup(place: &Place, to: &str, more: &[&str]) -> Ran {
    place.run([&["backup", "store", to], more].concat(), "")
}

/// A FIFO, made by the program of that name: a test may not call the system itself.
fn fifo(place: &Place) {
    assert!(Command::new("mkfifo").arg(place.path("fifo")).status().unwrap().success());
}

#[test]
fn export_writes_to_a_fifo_and_leaves_it() {
    let place = Place::with(&setup(2));
    let expected = place.run(["export", "store", "--system"], "").output;
    fifo(&place);
    symlink("fifo", place.path("link")).unwrap();
    for (name, more) in [("fifo", FORCE[0]), ("fifo", FORCE[1]), ("link", FORCE[0])] {
        let path = place.path("fifo");
        let reader = thread::spawn(move || fs::read_to_string(path).unwrap());
        let ran = export(&place, name, more);
        assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
        assert_eq!(reader.join().unwrap(), expected);
        assert!(fs::metadata(place.path("fifo")).unwrap().file_type().is_fifo());
    }
    assert!(fs::symlink_metadata(place.path("link")).unwrap().file_type().is_symlink());
}

#[test]
fn export_writes_to_a_device_through_a_link_and_to_standard_output_by_name() {
    let place = Place::with(&setup(2));
    symlink("/dev/null", place.path("link")).unwrap();
    for more in FORCE {
        let ran = export(&place, "link", more);
        assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
        assert!(ran.output.starts_with("2 chats with 0 messages, "), "{}", ran.output);
    }
    assert!(fs::symlink_metadata(place.path("link")).unwrap().file_type().is_symlink());
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    let ran = export(&place, "/dev/stdout", &["-q"]);
    assert_eq!((ran.code, ran.output), (0, place.run(["export", "store", "--system"], "").output));
    // A device that takes nothing is said, and is no success.
    export(&place, "/dev/full", &[]).assert_broken(&["cannot write /dev/full", "space"]);
}

#[test]
fn export_to_a_fifo_whose_reader_leaves_is_no_success() {
    let place = Place::with(&setup(20_000));
    fifo(&place);
    let path = place.path("fifo");
    let reader = thread::spawn(move || fs::File::open(path).unwrap().read_exact(&mut [0; 10]).unwrap());
    assert_eq!(export(&place, "fifo", &[]).code, 141);
    reader.join().unwrap();
}

#[test]
fn backup_refuses_what_cannot_be_read_back() {
    let place = Place::with(&setup(2));
    fifo(&place);
    symlink("fifo", place.path("link")).unwrap();
    symlink("/dev/null", place.path("null")).unwrap();
    for name in ["fifo", "link", "null", "/dev/null", "/dev/full"] {
        for more in FORCE {
            backup(&place, name, more).assert_broken(&["is a device or a FIFO", "name a file"]);
        }
    }
    assert!(fs::metadata(place.path("fifo")).unwrap().file_type().is_fifo());
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

#[test]
fn directories_and_sockets_are_refused_also_through_links() {
    let place = Place::with(&setup(2));
    fs::create_dir(place.path("directory")).unwrap();
    symlink("directory", place.path("link")).unwrap();
    let _listener = UnixListener::bind(place.path("socket")).unwrap();
    for (name, words) in [("directory", "is a directory"), ("link", "is a directory"), ("socket", "is neither a file")]
    {
        for more in FORCE {
            export(&place, name, more).assert_broken(&[name, words]);
            backup(&place, name, more).assert_broken(&[name, words]);
        }
    }
    assert_eq!(place.names("."), ["directory", "link", "socket", "store"]);
    assert!(place.names("directory").is_empty());
}

#[test]
fn force_replaces_the_file_that_a_link_names() {
    let place = Place::with(&setup(2));
    fs::write(place.path("old"), "old").unwrap();
    symlink("old", place.path("link")).unwrap();
    symlink("new", place.path("dangling")).unwrap();
    for name in ["link", "dangling"] {
        export(&place, name, &[]).assert_broken(&["is there already", "--force"]);
        assert_eq!(export(&place, name, &["--force"]).code, 0);
        assert!(fs::symlink_metadata(place.path(name)).unwrap().file_type().is_symlink(), "the link stays");
    }
    assert!(fs::read_to_string(place.path("old")).unwrap().starts_with("{\"inboxdb_export\""));
    assert!(fs::metadata(place.path("new")).unwrap().is_file());
}

#[test]
fn nothing_inside_a_store_is_written_by_any_command() {
    let place = Place::with(&setup(2));
    assert_eq!(backup(&place, "a.bak", &[]).code, 0);
    let exported = place.run(["export", "store", "--system"], "").output;
    fs::write(place.path("in.jsonl"), exported).unwrap();
    symlink("store", place.path("link")).unwrap();
    symlink("store/CHECKPOINT", place.path("file")).unwrap();
    symlink("store/journal/new", place.path("dangling")).unwrap();
    let before = files(&place, "store");
    for path in ["store/FORMAT", "store/new", "store/journal/new", "link/new", "store/state/../new", "file", "dangling"]
    {
        for more in FORCE {
            for ran in [export(&place, path, more), backup(&place, path, more)] {
                assert!(ran.code == 2 && ran.output.is_empty(), "{path}: {}", ran.errors);
            }
        }
        export(&place, path, &["--force"]).assert_broken(&["is inside the store"]);
    }
    for target in ["store/new", "store/state/new", "link/new", "store/quarantine-1/a/b"] {
        for arguments in [
            &["restore", "a.bak", target] as &[&str],
            &["import", target, "in.jsonl"],
            &["apply", target],
            &["demo", "--chats", "1", "--dir", target],
            &["bench", "--chats", "1", "--dir", target],
            &["compact", target, "--yes"],
            &["detach", target, "--yes"],
        ] {
            place.run(arguments, "").assert_broken(&[target, "is inside the store"]);
        }
    }
    for archive in ["store", "store/journal", "link/kept"] {
        let ran = place.run(["apply", "store", "--archive", archive], "");
        ran.assert_broken(&["is inside the store"]);
    }
    assert_eq!(files(&place, "store"), before);
    assert_eq!(place.run(["scrub", "store"], "").code, 0);
}

#[test]
fn store_is_not_made_of_a_device_or_a_fifo() {
    let place = Place::with(&setup(2));
    assert_eq!(backup(&place, "a.bak", &[]).code, 0);
    let exported = place.run(["export", "store", "--system"], "").output;
    fifo(&place);
    for target in ["fifo", "/dev/null", "a.bak"] {
        for (arguments, input) in [
            (&["restore", "a.bak", target] as &[&str], ""),
            (&["import", target, "-"], exported.as_str()),
            (&["demo", "--chats", "1", "--dir", target], ""),
            (&["bench", "--chats", "1", "--dir", target], ""),
            (&["compact", target, "--yes"], ""),
        ] {
            let ran = place.run(arguments, input);
            assert!(ran.code == 2 && ran.output.is_empty(), "{arguments:?}: {} {}", ran.output, ran.errors);
        }
    }
    assert!(fs::metadata(place.path("fifo")).unwrap().file_type().is_fifo());
    assert_eq!(place.run(["verify", "a.bak"], "").code, 0);
}

/// All files below a directory, with their lengths.
fn files(place: &Place, name: &str) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(place.path(name)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{name}/{}", entry.file_name().to_string_lossy());
        match entry.metadata().unwrap().is_dir() {
            true => found.extend(files(place, &path)),
            false => found.push((path, entry.metadata().unwrap().len())),
        }
    }
    found.sort();
    found
}
