//! Options of all subcommands, and text that a terminal could not take.

use std::time::{Duration, Instant};

use crate::common::{Place, line, run, setup};

fn message(text: &str) -> String {
    let text = serde_json::to_string(text).unwrap();
    line(2_000, &format!(r#"{{"send_message":{{"chat":1,"visibility":"public","text":{text}}}}}"#))
}

#[test]
fn marks_that_pile_up_are_cut_and_take_no_time() {
    let marks = |count: usize| "\u{301}".repeat(count);
    let name = line(2_000, &format!(r#"{{"put_customer":{{"customer":5,"name":"a{}"}}}}"#, marks(200)));
    let description = line(2_000, &format!(r#"{{"set_description":{{"chat":1,"text":"b{}"}}}}"#, marks(4_000)));
    let texts = [marks(32_000), format!("e{}", marks(32_000)), "\u{1161}".repeat(20_000), "\u{200d}".repeat(20_000)];
    let messages: String = texts.iter().map(|text| message(text)).collect();
    let place = Place::with(&(setup(1) + &name + &description + &messages));
    for arguments in [&["show", "store", "1"] as &[&str], &["list", "store", "all"], &["customer", "store", "5"]] {
        let began = Instant::now();
        let ran = place.run(arguments, "");
        assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
        assert!(began.elapsed() < Duration::from_secs(15), "{arguments:?} took {:?}", began.elapsed());
        assert!(ran.output.len() < 2_000 && ran.output.contains('…'), "{arguments:?}: {} bytes", ran.output.len());
    }
    // Nothing is lost: JSON has it all.
    let json = place.run(["show", "store", "1", "--json"], "").json().swap_remove(0);
    assert_eq!(json["messages"][3]["text"].as_str().unwrap().chars().count(), 32_000);
}

#[test]
fn long_words_are_wrapped_in_no_time() {
    let place = Place::with(&(setup(1) + &message(&"a".repeat(65_000)) + &message(&"환".repeat(21_000))));
    let began = Instant::now();
    let ran = place.run(["show", "store", "1"], "");
    assert!(ran.code == 0 && began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    assert!(ran.output.lines().all(|line| line.chars().count() < 80));
}

#[test]
fn color_follows_the_option_before_the_environment() {
    let place = Place::with(&setup(1));
    for (option, variable, is_colored) in [
        ("auto", None, false),
        ("always", None, true),
        ("always", Some("NO_COLOR"), true),
        ("never", Some("CLICOLOR_FORCE"), false),
        ("auto", Some("CLICOLOR_FORCE"), true),
        ("auto", Some("NO_COLOR"), false),
    ] {
        for arguments in [&["list", "store", "all"] as &[&str], &["list", "--help"]] {
            let mut command = place.command(arguments.iter().chain(&["--color", option]));
            variable.map(|variable| command.env(variable, "1"));
            let ran = run(command, Vec::new());
            assert_eq!((ran.code, ran.output.contains('\x1b')), (0, is_colored), "{arguments:?} {option} {variable:?}");
        }
    }
    assert_eq!(place.run(["list", "store", "all", "--color", "sometimes"], "").code, 2);
}

#[test]
fn quiet_leaves_out_reports_of_success() {
    let place = Place::with(&setup(2));
    for arguments in [
        &["export", "store", "--system", "-o", "out.jsonl", "-q"] as &[&str],
        &["import", "copy", "out.jsonl", "--quiet"],
        &["-q", "bulk", "store", "all", "close", "--yes"],
        &["compact", "store", "-q", "-y"],
        &["backup", "store", "a.bak", "-q"],
        &["restore", "a.bak", "restored", "-q"],
    ] {
        let ran = place.run(arguments, "");
        assert_eq!((ran.code, ran.output.as_str(), ran.errors.as_str()), (0, "", ""), "{arguments:?}");
    }
    // Results and refusals are not left out.
    assert_eq!(place.run(["count", "store", "all:closed", "-q"], "").output, "2\n");
    let ran = place.run(["bulk", "store", "--chats", "1,9", "open", "-q", "-y"], "");
    assert!(ran.code == 1 && ran.output.contains("there is no such chat"), "{}", ran.output);
    assert_eq!(place.run(["count", "store", "all", "-q", "-v"], "").code, 2);
}

#[test]
fn verbose_says_what_the_store_does() {
    let place = Place::with(&setup(2));
    let ran = place.run(["count", "store", "all", "-v"], "");
    assert_eq!((ran.code, ran.output.as_str()), (0, "2\n"));
    assert!(ran.errors.contains("opened the store") && ran.errors.contains("closed the store"), "{}", ran.errors);
}

#[test]
fn times_are_shown_and_read_in_a_zone() {
    let place = Place::with(&(setup(1) + &line(1_582_652_374_000, r#"{"close":{"chat":1}}"#)));
    for (zone, clock) in [
        ("Asia/Seoul", "at 2020-02-26 02:39 KST"),
        ("America/New_York", "at 2020-02-25 12:39 EST"),
        ("UTC", "at 2020-02-25 17:39 UTC"),
    ] {
        let ran = place.run(["sidebar", "store", "-m", "7", "--tz", zone], "");
        assert!(ran.output.contains(clock), "{}", ran.output);
    }
    let snooze = ["bulk", "store", "all", "-y", "--at", "1582652374000", "snooze", "--until", "2020-02-26 09:00"];
    place.run(snooze, "").assert_broken(&["is not a moment", "--tz"]);
    assert_eq!(place.run(snooze.iter().chain(&["--tz", "Asia/Seoul"]), "").code, 0);
    let chat = place.ask(r#"{"show":{"workspace":1,"chat":1}}"#);
    assert_eq!(chat["snoozed_until"], 1_582_675_200_000_u64);
    assert_eq!(place.run(["list", "store", "all", "--tz", "Asia/Nowhere"], "").code, 2);
}

#[test]
fn overdue_snoozes_are_marked_in_list_and_sidebar() {
    // In the years 2020 and 9000: one snooze has ended by any wall clock, the other has not.
    let lines = [
        line(2_000, r#"{"assign":{"chat":1,"manager":7}}"#),
        line(2_000, r#"{"snooze":{"chat":1,"until":1582652374000}}"#),
        line(2_000, r#"{"snooze":{"chat":2,"until":221845392000000}}"#),
    ];
    let place = Place::with(&(setup(3) + &lines.concat()));
    let list = place.run(["list", "store", "all"], "").output;
    let row = |chat: &str| list.lines().find(|line| line.trim_start().starts_with(chat)).unwrap();
    assert!(row("1 ").contains("overdue") && row("2 ").contains("snoozed") && row("3 ").contains("open"), "{list}");
    let sidebar = place.run(["sidebar", "store", "-m", "7"], "").output;
    let expected = "
               open  snoozed  overdue  closed
  Me              0        1        1       0
  Unassigned      1        1        0       0
  All             1        2        1       0
  My sessions     0        1        1       0
";
    assert!(sidebar.contains(expected), "{sidebar}");
}
