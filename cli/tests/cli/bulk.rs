//! `inboxdb bulk`: every action, its output, and what it refuses.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::common::{Dialog, Place, Ran, line, setup};

/// Three chats, two managers, some tags. Chat 2 has as many tags as a chat can have.
fn place() -> Place {
    let names: Vec<String> = (1..=8).map(|number| format!("t{number}")).collect();
    let tags: String =
        names.iter().map(|name| line(2_000, &json!({"create_tag": {"path": name}}).to_string())).collect();
    let lines = [
        line(2_000, r#"{"put_manager":{"manager":8,"name":"Grace","role":"member"}}"#),
        line(2_000, r#"{"create_tag":{"path":"vip"}}"#),
        line(2_000, &json!({"tag": {"chat": 2, "tags": names}}).to_string()),
        line(2_000, r#"{"assign":{"chat":1,"manager":7}}"#),
    ];
    Place::with(&(setup(3) + &tags + &lines.concat()))
}

/// Runs an action on all chats without being asked.
fn bulk(place: &Place, arguments: &[&str]) -> Ran {
    place.run(["bulk", "store", "all", "--yes"].iter().chain(arguments), "")
}

#[track_caller]
fn assert_done(ran: &Ran, output: &str) {
    assert_eq!((ran.code, ran.output.as_str(), ran.errors.as_str()), (0, output, ""));
}

fn chat(place: &Place, chat: u32) -> Value {
    place.ask(&json!({"show": {"workspace": 1, "chat": chat}}).to_string())
}

#[test]
fn each_action_matches_the_command_of_its_name() {
    let place = place();
    for (arguments, changed, what, expected) in [
        (&["assign", "8"] as &[&str], 3, "assignee", json!(8)),
        (&["unfollow", "7"], 1, "followers", json!([8])),
        (&["follow", "7", "8"], 3, "followers", json!([7, 8])),
        (&["send", "all is well", "--manager", "8"], 3, "messages", json!(1)),
        (&["send", "a note", "--internal"], 3, "messages", json!(2)),
        (&["mark-read", "--manager", "7"], 3, "unread", json!({"8": 1})),
        (&["leave", "-m", "8"], 3, "assignee", Value::Null),
        (&["unassign"], 0, "assignee", Value::Null),
        (&["untag", "t1", "t2"], 1, "tags", json!([])),
        (&["tag", "vip", "T3", "--system"], 3, "tags", json!(["t3", "vip"])),
        (&["close"], 3, "status", json!("closed")),
        (&["open"], 3, "status", json!("open")),
    ] {
        let ran = bulk(&place, arguments);
        assert_done(&ran, &format!("{changed} changed, {} unchanged, 0 refused\n", 3 - changed));
        assert_eq!(chat(&place, 1)[what], expected, "{arguments:?}");
    }
    let messages = place.ask(r#"{"messages":{"workspace":1,"chat":1}}"#);
    let of = |number: usize| {
        let message = &messages["messages"][number];
        [&message["text"], &message["visibility"], &message["author"]].map(Value::clone)
    };
    assert_eq!(of(0), [json!("a note"), json!("internal"), json!("system")]);
    assert_eq!(of(1), [json!("all is well"), json!("public"), json!({"manager": 8})]);
}

#[test]
fn snooze_takes_a_time_or_a_duration() {
    let place = place();
    let at = ["--at", "2020-02-25T17:39:34Z"];
    for (rest, until) in [
        (["--until", "1582660000000"], 1_582_660_000_000_u64),
        (["--until", "2020-02-26T09:00:00+09:00"], 1_582_675_200_000),
        (["--for", "2h"], 1_582_652_374_000 + 2 * 3_600_000),
        (["--for", "1d 12h"], 1_582_652_374_000 + 36 * 3_600_000),
    ] {
        let arguments = [&["snooze"], &rest as &[&str], &at].concat();
        assert_done(&bulk(&place, &arguments), "3 changed, 0 unchanged, 0 refused\n");
        assert_eq!(chat(&place, 1)["snoozed_until"], until);
    }
    // If the workspace's clock is later, the duration counts from there.
    assert_done(&bulk(&place, &["snooze", "--for", "1h", "--at", "5"]), "3 changed, 0 unchanged, 0 refused\n");
    assert_eq!(chat(&place, 1)["snoozed_until"], 1_582_652_374_000_u64 + 3_600_000);

    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    assert_eq!(bulk(&place, &["snooze", "--for", "3d"]).code, 0);
    let until = chat(&place, 1)["snoozed_until"].as_u64().unwrap();
    assert!((before..before + 300_000).contains(&(until - 3 * 24 * 3_600_000)), "{until}");
}

#[test]
fn refused_chats_are_printed_with_reasons() {
    let place = place();
    let ran = place.run(["bulk", "store", "-y", "--chats", "3,9,2,3,1", "tag", "vip"], "");
    let expected = "\
2 changed, 0 unchanged, 2 refused

  CHAT  WHY
     9  there is no such chat
     2  it would have more than 8 tags
";
    assert_eq!((ran.code, ran.output.as_str(), ran.errors.as_str()), (1, expected, ""));
    let ran = bulk(&place, &["unfollow", "7"]);
    assert!(ran.code == 1 && ran.output.ends_with("     1  its assignee cannot stop following it\n"), "{}", ran.output);
    let ran = bulk(&place, &["leave", "--manager", "8"]);
    assert!(ran.output.starts_with("0 changed, 0 unchanged, 3 refused\n"), "{}", ran.output);
    assert!(ran.output.ends_with("     3  the manager does not follow it\n"), "{}", ran.output);

    let many = (100..112).map(|chat| chat.to_string()).collect::<Vec<_>>().join(",");
    let ran = place.run(["bulk", "store", "--chats", &many, "close", "-y"], "");
    assert!(
        ran.output.ends_with("   109  there is no such chat\n  … and 2 more; --json shows all\n"),
        "{}",
        ran.output
    );
}

#[test]
fn json_is_the_report_of_apply() {
    let ran = place().run(["bulk", "store", "-y", "--chats", "2,3,9", "--json", "tag", "vip"], "");
    let command = r#"{"bulk":{"select":{"chats":[2,3,9]},"do":{"tag":{"tags":["vip"]}}}}"#;
    let applied = place().run(["apply", "store"], line(3_000, command));
    assert_eq!((ran.code, applied.code), (1, 0));
    assert_eq!(ran.json()[0], applied.json()[0]["ok"]);
    let codes = r#"[{"chat":2,"code":"too_many_tags"},{"chat":9,"code":"unknown_chat"}]"#;
    assert_eq!(ran.output, format!("{{\"changed\":1,\"unchanged\":0,\"refused\":{codes}}}\n"));
}

#[test]
fn dry_run_counts_and_changes_nothing() {
    let place = place();
    let before = chat(&place, 1);
    assert_done(&bulk(&place, &["close", "--dry-run"]), "3 chats match\n");
    let ran = place.run(["bulk", "store", "assigned:7", "--dry-run", "close"], "");
    assert_done(&ran, "1 chat matches\n");
    let ran = place.run(["bulk", "store", "--chats", "1,2,2,9", "close", "--dry-run", "--json"], "");
    assert_done(&ran, "{\"count\":2}\n");
    assert_eq!(place.run(["bulk", "store", "assigned:9", "close", "--dry-run"], "").code, 1);
    assert_eq!((chat(&place, 1), place.count("all:open")), (before, 3));
}

#[test]
fn nothing_to_do_is_done() {
    let place = place();
    assert_done(
        &place.run(["bulk", "store", "all:snoozed", "close", "--yes"], ""),
        "0 changed, 0 unchanged, 0 refused\n",
    );
    assert_eq!(place.count("all:open"), 3);
}

#[test]
fn invalid_bulk_is_refused_and_changes_nothing() {
    let place = place();
    let before = chat(&place, 1);
    let too_many = (1..=1_025).map(|chat| chat.to_string()).collect::<Vec<_>>().join(",");
    for (arguments, words) in [
        (&["all", "tag", "nothing"] as &[&str], "there is no tag"),
        (&["tag:nothing", "close"], "nothing"),
        (&["custom:team=a", "close"], "team"),
        (&["all", "assign", "9"], "there is no manager 9"),
        (&["all", "close", "--manager", "9"], "manager 9"),
        (&["all", "snooze", "--until", "5"], "later than now"),
        (&["all", "send", ""], "neither a text nor a file"),
        (&["all", "mark-read"], "say who with --manager"),
        (&["all", "leave", "--system"], "say who with --manager"),
        (&["--chats", &too_many, "close"], "1025"),
    ] {
        let ran = place.run(["bulk", "store", "--yes"].iter().chain(arguments), "");
        assert_eq!((ran.code, ran.output.as_str()), (1, ""), "{arguments:?}: {}", ran.errors);
        ran.assert_sentence(&[words]);
    }
    assert_eq!(chat(&place, 1), before);
}

#[test]
fn bad_arguments_are_explained() {
    let place = place();
    for (arguments, words) in [
        (&["all:open & (tag:vip", "close"] as &[&str], "all:open & (tag:vip\n                     ^"),
        (&["al", "close"], "al\n  ^"),
        (&["close"], "--chats"),
        (&["all", "--chats", "1", "close"], "cannot be used with"),
        (&["--chats", "1,x", "close"], "invalid value 'x'"),
        (&["all"], "subcommand"),
        (&["all", "fly"], "fly"),
        (&["all", "assign"], "<M>"),
        (&["all", "snooze"], "--until"),
        (&["all", "snooze", "--until", "5", "--for", "2h"], "cannot be used with"),
        (&["all", "snooze", "--until", "tomorrow"], "such as 2026-05-01T09:00:00Z"),
        (&["all", "snooze", "--for", "2"], "such as 90m, 2h, 3d"),
        (&["all", "close", "--at", "now"], "such as 2026-05-01T09:00:00Z"),
        (&["all", "close", "--manager", "7", "--system"], "cannot be used with"),
        (&["--manager", "7", "all", "close", "--system"], "cannot be used with"),
    ] {
        let ran = place.run(["bulk", "store"].iter().chain(arguments), "");
        assert_eq!((ran.code, ran.output.as_str()), (2, ""), "{arguments:?}: {}", ran.errors);
        assert!(ran.errors.contains(words), "{arguments:?}: {}", ran.errors);
    }
    assert_eq!(place.count("all:open"), 3);
}

#[test]
fn missing_or_used_store_is_left_alone() {
    let empty = Place::new();
    empty.run(["bulk", "store", "all", "close"], "").assert_broken(&["there is no store"]);
    let place = place();
    let mut holder = Dialog::start(place.command(["apply", "store"]));
    holder.say(line(3_000, r#""tick""#).trim_end());
    bulk(&place, &["close"]).assert_broken(&["in use", "close it"]);
    assert_eq!(holder.end(), 0);
}
