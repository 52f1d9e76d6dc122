//! What cannot be undone asks first, with the number that will really change, and with a word on a wrong clock.

use serde_json::json;

use crate::common::{Place, line, setup};

/// Long ago for the wall clock, so that only the clock of the workspace matters.
const NOW: u64 = 1_582_652_374_000;
const HOUR: u64 = 3_600_000;

/// Ten chats: 1 is open, 2 to 5 wake after an hour, 6 wakes after a day, 7 to 9 are closed, 10 is unassigned and open.
fn place() -> Place {
    let mut lines = setup(10);
    for command in [
        json!({"put_manager": {"manager": 8, "name": "Grace", "role": "member"}}),
        json!({"create_tag": {"path": "VIP"}}),
        json!({"create_tag": {"path": "한글"}}),
        json!({"tag": {"chat": 1, "tags": ["vip"]}}),
        json!({"tag": {"chat": 2, "tags": ["vip", "한글"]}}),
    ] {
        lines += &line(NOW, &command.to_string());
    }
    for chat in 1..10 {
        lines +=
            &line(NOW, &json!({"assign": {"chat": chat, "manager": if chat % 2 == 0 { 8 } else { 7 }}}).to_string());
    }
    for chat in 2..=6 {
        let until = NOW + if chat == 6 { 24 * HOUR } else { HOUR };
        lines += &line(NOW, &json!({"snooze": {"chat": chat, "until": until}}).to_string());
    }
    for chat in 7..10 {
        lines += &line(NOW, &json!({"close": {"chat": chat}}).to_string());
    }
    Place::with(&lines)
}

const LATER: &str = "1582659574000";

#[test]
fn bulk_does_nothing_without_a_terminal_unless_told_to() {
    let place = place();
    for arguments in [&["all:open", "close"] as &[&str], &["--chats", "1", "assign", "8"], &["all", "send", "hello"]] {
        let ran = place.run(["bulk", "store"].iter().chain(arguments), "y\n");
        ran.assert_broken(&["no terminal", "--yes", "nothing was done"]);
    }
    assert_eq!((place.count("all:open"), place.count("assigned:8")), (2, 4));
    assert_eq!(place.run(["bulk", "store", "all:open", "close", "-y"], "").code, 0);
}

#[test]
fn compact_does_nothing_without_a_terminal_unless_told_to() {
    let place = place();
    let before = place.names("store/journal");
    place.run(["compact", "store"], "y\n").assert_broken(&["no terminal", "--yes", "gone for good"]);
    assert_eq!(place.names("store/journal"), before);
    assert_eq!(place.run(["compact", "store", "--yes"], "").code, 0);
}

#[test]
fn question_counts_the_snoozes_that_are_due() {
    let place = place();
    let ran = place.run(["bulk", "store", "all:open", "close", "--at", LATER], "");
    ran.assert_broken(&["\"6 chats will change. Close them?\""]);
    let ran = place.run(["bulk", "store", "all", "close", "--at", LATER], "");
    ran.assert_broken(&["\"7 chats of the 10 that match will change. Close them?\""]);
    let ran = place.run(["bulk", "store", "all:open", "close", "--at", LATER, "--dry-run"], "");
    assert_eq!(ran.output, "6 chats match\n");
    let ran = place.run(["bulk", "store", "all", "close", "--at", LATER, "--dry-run"], "");
    assert_eq!(ran.output, "10 chats match, 7 would change\n");
}

/// What a dry run says is what the same action then does, on a copy of the store each time.
#[test]
fn dry_run_agrees_with_the_action() {
    let place = place();
    assert_eq!(place.run(["backup", "store", "a.bak"], "").code, 0);
    let filters =
        ["all", "all:open", "all:snoozed", "all:closed", "!all:open & !assigned:7", "assigned:grace:open | tag:vip"];
    let actions: [&[&str]; 14] = [
        &["close"],
        &["open"],
        &["snooze", "--for", "1h"],
        &["snooze", "--until", "1582738774000"],
        &["assign", "8"],
        &["unassign"],
        &["follow", "7", "8"],
        &["unfollow", "7"],
        &["tag", "VIP", "vip", "한글"],
        &["untag", "Vip"],
        &["send", "hello"],
        &["mark-read", "-m", "7"],
        &["leave", "-m", "grace"],
        &["send", "--internal", "hello", "-m", "8"],
    ];
    for (filter, action) in filters.iter().flat_map(|filter| actions.iter().map(move |action| (filter, action))) {
        let run = |options: &[&str]| {
            let arguments = [&["bulk", "store", filter, "--at", LATER], options, action].concat();
            place.run(arguments, "")
        };
        let planned = run(&["--dry-run"]).output;
        let done = run(&["--yes", "--json"]).json().swap_remove(0);
        let refused = done["refused"].as_array().unwrap().len() as u64;
        let changed = done["changed"].as_u64().unwrap();
        let all = changed + done["unchanged"].as_u64().unwrap() + refused;
        let numbers: Vec<u64> = planned.split(' ').filter_map(|word| word.parse().ok()).collect();
        let expected = if all == changed { vec![all] } else { vec![all, changed] };
        assert_eq!(numbers, expected, "{filter} {action:?}: {planned}{done}");
        std::fs::remove_dir_all(place.path("store")).unwrap();
        assert_eq!(place.run(["restore", "a.bak", "store"], "").code, 0);
    }
}

#[test]
fn chats_that_are_named_are_counted_as_they_will_be() {
    let place = place();
    let ran = place.run(["bulk", "store", "--chats", "1,1,2,6,7,99", "open", "--at", LATER], "");
    ran.assert_broken(&["\"2 chats of the 4 that match will change. Open them?\""]);
}

#[test]
fn clock_ahead_is_said_before_a_command_is_dated_by_it() {
    let place = place();
    let ahead = ["--at", "2199-01-01T00:00:00Z"];
    let ran = place.run(["bulk", "store", "all", "open", "--yes"].iter().chain(&ahead), "");
    assert_eq!(ran.code, 0);
    ran.assert_sentence(&["--at is 2199-01-01 00:00 UTC", "years ahead of this computer"]);
    for (options, code) in [(&[] as &[&str], 2), (&["--dry-run"], 0), (&["--yes", "-q"], 0)] {
        let ran = place.run(["bulk", "store", "all", "snooze", "--for", "1h"].iter().chain(options), "");
        assert_eq!(ran.code, code);
        for words in ["the clock of workspace 1 is at 2199-01-01 00:00 UTC", "years ahead", "set_clock"] {
            assert!(ran.errors.contains(words), "{}", ran.errors);
        }
        // Only the last one did anything.
        assert_eq!(place.count("all:snoozed"), if code == 0 && options.len() == 2 { 10 } else { 0 });
    }
    let info = place.run(["info", "store"], "").output;
    assert!(info.contains("2199-01-01 00:00, ahead of this computer"), "{info}");
}
