//! What is made for people: aligned, plain where there is no terminal, and safe to look at.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Place, line, run, setup};
use serde_json::{Value, json};

fn place() -> Place {
    let lines = [
        line(2_000, r#"{"create_tag":{"path":"Billing/Refund"}}"#),
        line(2_000, r#"{"tag":{"chat":1,"tags":["billing/refund"]}}"#),
        line(2_000, r#"{"assign":{"chat":1,"manager":7}}"#),
        line(1_582_652_374_000, r#"{"send_message":{"chat":1,"visibility":"internal","text":"\u001b[2Jboo 👩‍💻"}}"#),
        line(1_582_652_374_000, r#"{"close":{"chat":2}}"#),
    ];
    Place::with(&(setup(3) + &lines.concat()))
}

#[test]
fn a_sidebar() {
    let place = place();
    let ran = place.run(["sidebar", "store", "-m", "7"], "");
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    let expected = "\
Ada  manager 7 of workspace 1, at 2020-02-25 17:39 UTC

               open  snoozed  closed
  Me              1        0       0
  Unassigned      1        0       1
  All             2        0       1
  My sessions     1        0       0

  Unread       1 message in 1 chat
  Favorites    0 chats

Others  open
  7  Ada  1

Tags  open, each chat once in a tag and in all above it
  Billing   1
    Refund  1
";
    assert_eq!(ran.output, expected);
    let json = place.run(["sidebar", "store", "-m", "7", "--json"], "").json().swap_remove(0);
    assert_eq!(json, place.ask(r#"{"sidebar":{"workspace":1,"manager":7}}"#));
}

#[test]
fn a_list_and_its_next_page() {
    let place = place();
    let ran = place.run(["list", "store", "all", "--limit", "2"], "");
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    assert!(ran.output.starts_with(
        "all  3 chats\n\n  CHAT  STATUS  CUSTOMER  ASSIGNEE  LAST ACTIVITY     UNREAD  TAGS\n     1  open    김민준    Ada       2020-02-25 17:39       1  Billing/Refund\n"
    ), "{}", ran.output);
    let next = ran.output.trim_end().rsplit(' ').next().unwrap();
    let rest = place.run(["list", "store", "all", "--before", next], "");
    assert_eq!(rest.output.lines().count(), 4, "{}", rest.output);
    assert!(rest.output.contains("  2  closed  ") && !rest.output.contains("the next"), "{}", rest.output);
    let json = place.run(["list", "store", "all:open", "--json", "-n", "20"], "").json().swap_remove(0);
    assert_eq!(json, place.ask(r#"{"list":{"workspace":1,"view":"all:open"}}"#));
    assert_eq!(place.run(["list", "store", "all", "-w", "2"], "").output, "all  0 chats\n");
}

#[test]
fn a_chat_cannot_reach_for_the_terminal() {
    let place = place();
    let ran = place.run(["show", "store", "1"], "");
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    assert!(ran.output.starts_with("Chat 1  open\n\n  customer       김민준 (5)\n"), "{}", ran.output);
    assert!(ran.output.ends_with("\n  2020-02-25 17:39  system  internal\n    ·[2Jboo 👩‍💻\n"), "{}", ran.output);
    assert!(!ran.output.contains('\x1b'));
    let none = place.run(["show", "store", "1", "--messages", "0"], "");
    assert!(none.output.ends_with("… 1 earlier message\n"), "{}", none.output);
    let json = place.run(["show", "store", "1", "--json"], "").json().swap_remove(0);
    assert_eq!(json["chat"], place.ask(r#"{"show":{"workspace":1,"chat":1}}"#));
    assert_eq!((&json["messages"][0]["message"], &json["next"]), (&json!(1), &Value::Null));
}

#[test]
fn color_is_for_terminals() {
    let place = place();
    let show = |variable: &str| {
        let mut command = place.command(["show", "store", "1"]);
        command.env(variable, "1");
        run(command, Vec::new()).output
    };
    assert!(show("CLICOLOR_FORCE").contains("\x1b[32mopen"));
    assert!(!show("NO_COLOR").contains('\x1b'));
}

#[test]
fn what_is_not_there_is_refused_with_its_reason() {
    let place = place();
    for (arguments, words) in [
        (&["sidebar", "store", "--manager", "8"] as &[&str], "manager 8"),
        (&["list", "store", "tag:nothing"], "nothing"),
        (&["list", "store", "assigned:8"], "manager 8"),
        (&["show", "store", "9"], "chat 9"),
        (&["show", "store", "1", "--workspace", "2"], "chat 1"),
    ] {
        let ran = place.run(arguments, "");
        assert_eq!((ran.code, ran.output.as_str()), (1, ""), "{}", ran.errors);
        ran.assert_sentence(&[words]);
    }
}

#[test]
fn bad_arguments_are_explained() {
    let place = place();
    for (arguments, words) in [
        (&["list", "store", "al"] as &[&str], "expected a view"),
        (&["list", "store", "all & tag:vip)"], "\n  all & tag:vip)\n               ^\n"),
        (&["list", "store", "all", "--limit", "1001"], "1001"),
        (&["list", "store", "all", "--before", "-"], "cursor"),
        (&["show", "store", "chat"], "chat"),
        (&["sidebar", "store"], "--manager"),
        (&["demo", "--chats", "0"], "--chats"),
        (&["fly"], "fly"),
        (&[], "Usage"),
    ] {
        let ran = place.run(arguments, "");
        assert_eq!((ran.code, ran.output.as_str()), (2, ""));
        assert!(ran.errors.contains(words), "{}", ran.errors);
    }
}

#[test]
fn every_help_has_an_example() {
    for subcommand in ["apply", "query", "sidebar", "list", "show", "demo"] {
        let ran = Place::new().run([subcommand, "--help"], "");
        assert!(ran.code == 0 && ran.output.contains("Example:\n"), "{}", ran.output);
    }
}
