//! `inboxdb backup`, `verify`, `restore` and `rebuild`.

use std::fs;

use serde_json::json;

use crate::common::{Dialog, Place, is_missing, line, setup};
use crate::serve::Serving;

/// Starts this many more chats, one per second from `at` on, in a separate run with an archive.
fn go_on(place: &Place, at: u64, chats: u64) {
    let lines: String = (0..chats).map(|chat| line(at + 1_000 * chat, r#"{"start_chat":{"customer":5}}"#)).collect();
    let ran = place.run(["apply", "store", "--archive", "kept"], lines);
    assert_eq!(ran.code, 0, "{}", ran.errors);
}

fn count(place: &Place, store: &str) -> u64 {
    let ran = place.run(["query", store], r#"{"count":{"workspace":1,"view":"all"}}"#);
    ran.json()[0]["count"].as_u64().unwrap()
}

#[test]
fn backup_of_a_running_server_is_kept_there() {
    let place = Place::with(&setup(20));
    let server = Serving::start(&place, &["--backups", "kept", "--backups-kept", "1"]);
    for _ in 0..2 {
        let made = place.run(["backup", &server.url(), "--json"], "");
        assert_eq!(made.code, 0, "{}", made.errors);
        assert_eq!(made.json()[0]["seq"], 22);
    }
    let [name] = &place.names("kept")[..] else { panic!("{:?}", place.names("kept")) };
    let made = place.run(["backup", &server.url()], "");
    assert!(made.code == 0 && made.output.contains("up to change 22"), "{}{}", made.output, made.errors);
    assert!(!place.names("kept").contains(name), "only the newest stays");
    place.run(["backup", &server.url(), "file"], "").assert_broken(&["leave FILE out", "serve --backups"]);
    assert_eq!(server.stop(), 0);
    place.run(["backup", "store"], "").assert_broken(&["FILE"]);
    let kept = format!("kept/{}", place.names("kept")[0]);
    assert_eq!(place.run(["restore", &kept, "restored"], "").code, 0);
    assert_eq!(count(&place, "restored"), 20);
    let info = place.run(["info", "store", "--json"], "").json().swap_remove(0);
    assert_eq!(info["backup"]["seq"], 22, "{info}");
    let server = Serving::start(&place, &[]);
    let refused = place.run(["backup", &server.url()], "");
    assert!(refused.code == 1 && refused.errors.contains("--backups"), "{}", refused.errors);
}

#[test]
fn backup_is_made_verified_and_restored() {
    let place = Place::with(&setup(20));
    let made = place.run(["backup", "store", "inbox.bak", "--json"], "");
    assert_eq!(made.code, 0, "{}", made.errors);
    let report = &made.json()[0];
    assert_eq!((&report["format"], &report["store_format"], &report["seq"]), (&json!(1), &json!(5), &json!(22)));
    assert_eq!(report["clock"], 1_019);
    let size = fs::metadata(place.path("inbox.bak")).unwrap().len();
    assert_eq!(report["bytes"], size);

    let verified = place.run(["verify", "inbox.bak", "--json"], "");
    assert_eq!((verified.code, &verified.json()), (0, &made.json()));
    let said = place.run(["verify", "inbox.bak"], "").output;
    assert!(said.contains("up to change 22 (1970-01-01 00:00)"), "{said}");

    let restored = place.run(["restore", "inbox.bak", "again", "--json"], "");
    assert_eq!(restored.code, 0, "{}", restored.errors);
    assert_eq!((&restored.json()[0]["seq"], &restored.json()[0]["replayed"]), (&json!(22), &json!(0)));
    assert_eq!(count(&place, "again"), 20);
    assert_eq!(place.run(["scrub", "again"], "").code, 0);
    assert_eq!(place.names("."), ["again", "inbox.bak", "store"], "nothing else is left");
}

#[test]
fn existing_file_is_replaced_only_with_force() {
    let place = Place::with(&setup(2));
    fs::write(place.path("inbox.bak"), "precious").unwrap();
    place.run(["backup", "store", "inbox.bak"], "").assert_broken(&["is there already", "--force"]);
    assert_eq!(fs::read(place.path("inbox.bak")).unwrap(), b"precious");
    place.run(["backup", "store", "."], "").assert_broken(&["is a directory"]);
    place.run(["backup", "store", "missing/inbox.bak"], "").assert_broken(&["missing", "check the path"]);
    assert_eq!(place.run(["backup", "store", "inbox.bak", "--force"], "").code, 0);
    assert_eq!(place.run(["verify", "inbox.bak"], "").code, 0);
}

#[test]
fn store_in_use_names_its_holder() {
    let place = Place::with(&setup(2));
    let dialog = Dialog::start(place.command(["apply", "store"]));
    // Windows cannot read the name of the holder in a locked file.
    let holder = if cfg!(windows) { "process".to_owned() } else { format!("process {}", dialog.child.id()) };
    // It holds the lock once it has answered.
    let mut dialog = dialog;
    dialog.say(line(2_000, r#""tick""#).trim_end());
    for arguments in [vec!["backup", "store", "inbox.bak"], vec!["rebuild", "store"]] {
        place.run(arguments, "").assert_broken(&["is in use by", &holder]);
    }
    assert!(is_missing(&place.path("inbox.bak")));
    assert_eq!(dialog.end(), 0);
}

#[test]
fn restore_reaches_any_change_and_time_after_a_backup() {
    let place = Place::with(&setup(5));
    assert_eq!(place.run(["backup", "store", "inbox.bak"], "").code, 0);
    go_on(&place, 1_000_000, 10);
    let restore = |name: &str, until: &str| {
        place.run(
            ["restore", "inbox.bak", name, "--archive", "kept", "--archive", "store/journal", "--until", until],
            "",
        )
    };
    assert_eq!(restore("three", "10").code, 0);
    assert_eq!(count(&place, "three"), 8);
    assert_eq!(restore("six", "1970-01-01T00:16:45.999Z").code, 0);
    assert_eq!(count(&place, "six"), 11);
    assert_eq!(restore("all", "2100-01-01T00:00:00Z").code, 0);
    assert_eq!(count(&place, "all"), 15);

    restore("no", "6").assert_broken(&["change 6 is before the end", "change 7", "take an older backup"]);
    restore("no", "18").assert_broken(&["change 18 is not there", "end with change 17", "--archive"]);
    let wrong = restore("no", "yesterday");
    assert_eq!(wrong.code, 2);
    assert!(wrong.errors.contains("2026-03-01T12:00:00Z"), "{}", wrong.errors);
    restore("three", "10").assert_broken(&["three is not empty"]);
    assert!(is_missing(&place.path("no")));
}

#[test]
fn damaged_backup_is_refused() {
    let place = Place::with(&setup(5));
    assert_eq!(place.run(["backup", "store", "inbox.bak"], "").code, 0);
    let whole = fs::read(place.path("inbox.bak")).unwrap();
    let mut bytes = whole.clone();
    bytes[whole.len() / 2] ^= 1;
    fs::write(place.path("inbox.bak"), bytes).unwrap();
    place.run(["verify", "inbox.bak"], "").assert_broken(&["inbox.bak is damaged at byte"]);
    place.run(["restore", "inbox.bak", "again"], "").assert_broken(&["take another backup"]);
    fs::write(place.path("inbox.bak"), &whole[..whole.len() - 1]).unwrap();
    place.run(["restore", "inbox.bak", "again"], "").assert_broken(&["it ends here"]);
    place.run(["verify", "store/FORMAT"], "").assert_broken(&["is not a backup"]);
    place.run(["verify", "nowhere"], "").assert_broken(&["cannot open nowhere"]);
    assert!(is_missing(&place.path("again")));
}

#[test]
fn damaged_store_is_rebuilt() {
    let place = Place::with(&setup(5));
    assert_eq!(place.run(["backup", "store", "inbox.bak"], "").code, 0);
    go_on(&place, 1_000_000, 3);
    let rebuilt = place.run(["rebuild", "store", "--json"], "");
    assert_eq!(rebuilt.code, 0, "{}", rebuilt.errors);
    assert_eq!((&rebuilt.json()[0]["seq"], &rebuilt.json()[0]["replayed"]), (&json!(10), &json!(3)));
    assert!(place.path("store/quarantine-1").is_dir());

    fs::write(place.path("store/state/db"), "rubbish").unwrap();
    let said = place.run(["rebuild", "store", "--backup", "inbox.bak"], "").output;
    assert!(said.contains("inbox.bak and 3 changes since") && said.contains("quarantine-2"), "{said}");
    assert_eq!(count(&place, "store"), 8);
    assert_eq!(place.run(["scrub", "store"], "").code, 0);

    fs::remove_file(place.path("store/journal/00000000000000000001.log")).unwrap();
    place.run(["rebuild", "store"], "").assert_broken(&[
        "the changes 8 to 10 are missing",
        "journal is empty",
        "--archive",
    ]);
    place.run(["rebuild", "nowhere"], "").assert_broken(&["nowhere"]);
}
