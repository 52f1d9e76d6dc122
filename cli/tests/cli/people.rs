//! Output for people: aligned, plain without a terminal, and safe to print.

use serde_json::{Value, json};

use crate::common::{Place, line, run, setup};

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
fn sidebar_shows_counts() {
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
fn list_shows_a_page_and_the_next_command() {
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
    assert_eq!(place.run(["list", "store", "all:snoozed"], "").output, "all:snoozed  0 chats\n");
}

#[test]
fn chat_text_cannot_control_the_terminal() {
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
fn show_prints_attributes_and_only_public_messages_on_request() {
    let lines = [
        line(2_000, r#"{"set_attribute":{"chat":1,"key":"region","value":"eu\nwest"}}"#),
        line(2_000, r#"{"set_attribute":{"chat":1,"key":"plan","value":"gold"}}"#),
        line(3_000, r#"{"send_message":{"chat":1,"visibility":"public","text":"one"}}"#),
        line(4_000, r#"{"send_message":{"chat":1,"visibility":"public","text":"two"}}"#),
        line(5_000, r#"{"send_message":{"chat":1,"visibility":"internal","text":"three"}}"#),
    ];
    let place = Place::with(&(setup(1) + &lines.concat()));
    let ran = place.run(["show", "store", "1", "--public"], "");
    let attributes = "\n  attributes     plan: gold\n                 region: eu·west\n";
    assert!(ran.output.contains(attributes), "{}", ran.output);
    assert!(ran.output.contains("one") && ran.output.contains("two") && !ran.output.contains("three"));
    let one = place.run(["show", "store", "1", "--public", "--messages", "1"], "");
    assert!(one.output.contains("… earlier public messages\n") && !one.output.contains("one"), "{}", one.output);
    let json = place.run(["show", "store", "1", "--public", "--json"], "").json().swap_remove(0);
    let asked = place.ask(r#"{"messages":{"workspace":1,"chat":1,"visibility":"public"}}"#);
    assert_eq!((&json["messages"], &json["next"]), (&asked["messages"], &asked["next"]));
}

/// A customer with a profile, events and chats; managers with points and notifications.
fn busy() -> Place {
    let lines = [
        line(
            2_000,
            r#"{"put_customer":{"customer":5,"profile":{"plan":"gold","city":"Seoul","secret":"x","zip":"1"}}}"#,
        ),
        line(
            2_000,
            r#"{"set_profile_fields":{"fields":[{"key":"plan","label":"Plan","shown":true},{"key":"age","label":"Age","shown":true},{"key":"secret","label":"Secret","shown":false}]}}"#,
        ),
        line(2_000, r#"{"track_event":{"customer":5,"name":"signed up","page":"/join","properties":{"from":"ad"}}}"#),
        line(60_000, r#"{"track_event":{"customer":5,"name":"paid"}}"#),
        line(60_000, r#"{"put_manager":{"manager":8,"name":"Grace","role":"member"}}"#),
        line(60_000, r#"{"set_online":{"manager":8,"on":true}}"#),
        line(60_000, r#"{"set_capacity":{"manager":7,"capacity":1}}"#),
        line(60_000, r#"{"assign":{"chat":1,"manager":7}}"#),
        line(120_000, r#"{"send_message":{"chat":1,"visibility":"internal","text":"@Ada look"}}"#),
    ];
    Place::with(&(setup(2) + &lines.concat()))
}

#[test]
fn customer_shows_profile_events_and_chats() {
    let place = busy();
    let ran = place.run(["customer", "store", "5"], "");
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    let expected = "\
김민준  customer 5

  Plan  gold
  Age   -
  city  Seoul
  zip   1

  EVENT  WHEN              WHAT       PAGE   DETAILS
      2  1970-01-01 00:01  paid
      1  1970-01-01 00:00  signed up  /join  from: ad

  CHAT  STATUS  CUSTOMER  ASSIGNEE  LAST ACTIVITY     UNREAD  TAGS
     1  open    김민준    Ada       1970-01-01 00:02       1
     2  open    김민준    -         1970-01-01 00:00
";
    assert_eq!(ran.output, expected);
    let first = place.run(["customer", "store", "5", "--limit", "1"], "");
    let next = first.output.lines().find(|line| line.contains("customer store 5 --limit 1 --before")).unwrap();
    let next = next.rsplit(' ').next().unwrap();
    let second = place.run(["customer", "store", "5", "--limit", "1", "--before", next], "");
    assert!(second.output.contains("signed up") && !second.output.contains("paid"), "{}", second.output);
    assert!(second.output.contains("list store customer:5 --limit 1 --before"), "{}", second.output);
    let json = place.run(["customer", "store", "5", "--json"], "").json().swap_remove(0);
    assert_eq!(json["customer"], place.ask(r#"{"customer":{"workspace":1,"customer":5}}"#));
    assert_eq!(json["fields"], place.ask(r#"{"profile_fields":{"workspace":1}}"#)["fields"]);
    assert_eq!(json["events"], place.ask(r#"{"events":{"workspace":1,"customer":5}}"#));
    assert_eq!(json["chats"], place.ask(r#"{"list":{"workspace":1,"view":"customer:5"}}"#));
}

#[test]
fn recommend_ranks_managers() {
    let place = busy();
    let ran = place.run(["recommend", "store", "2"], "");
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    let expected = "\
Who should have chat 2

  MANAGER  NAME   POINTS          OPEN  LAST ASSIGNED     WHY
        8  Grace      24             0  never              16  is online
                                                            8  has 0 open chats and no capacity set, reckoned with 20
        7  Ada         0  1 of 1, full  1970-01-01 00:01    0  has 1 of 1 open chats
";
    assert_eq!(ran.output, expected);
    let json = place.run(["recommend", "store", "2", "--json", "-n", "1"], "").json().swap_remove(0);
    assert_eq!(json, place.ask(r#"{"recommend":{"workspace":1,"chat":2,"limit":1}}"#));
}

#[test]
fn notifications_of_a_manager() {
    let place = busy();
    let ran = place.run(["notifications", "store", "-m", "7"], "");
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    let told = place.ask(r#"{"notifications":{"workspace":1,"manager":7}}"#);
    let (first, second) = (&told["notifications"][0]["seq"], &told["notifications"][1]["seq"]);
    let expected = format!(
        "\
Ada  manager 7

  SEQ  WHEN              WHAT       CHAT  MESSAGE  BY
  {first:>3}  1970-01-01 00:01  assigned      1           system
  {second:>3}  1970-01-01 00:02  mentioned     1        1  system
",
        first = first.as_u64().unwrap(),
        second = second.as_u64().unwrap()
    );
    assert_eq!(ran.output, expected);
    let page = place.run(["notifications", "store", "-m", "7", "-n", "1"], "");
    let next = page.output.trim_end().rsplit(' ').next().unwrap();
    assert!(page.output.contains("1 shown; the next: ") && !page.output.contains("mentioned"), "{}", page.output);
    for rest in [["--after", next], ["--since", &first.to_string()]] {
        let ran = place.run(["notifications", "store", "-m", "7"].into_iter().chain(rest), "");
        assert!(ran.output.contains("mentioned") && !ran.output.contains("assigned"), "{}", ran.output);
    }
    let json = place.run(["notifications", "store", "-m", "7", "--json"], "").json().swap_remove(0);
    assert_eq!(json, told);
    let nothing = place.run(["notifications", "store", "-m", "8"], "");
    assert_eq!(nothing.output, "Grace  manager 8\n\n  nothing\n");
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
fn unknown_names_are_refused_with_a_reason() {
    let place = place();
    for (arguments, words) in [
        (&["sidebar", "store", "--manager", "8"] as &[&str], "manager 8"),
        (&["list", "store", "tag:nothing"], "nothing"),
        (&["list", "store", "assigned:8"], "manager 8"),
        (&["show", "store", "9"], "chat 9"),
        (&["customer", "store", "6"], "customer 6"),
        (&["recommend", "store", "9"], "chat 9"),
        (&["notifications", "store", "--manager", "8"], "manager 8"),
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
        (&["list", "store", "al"] as &[&str], "found \"al\", expected a view"),
        (&["list", "store", "all & tag:vip)"], "\n  all & tag:vip)\n               ^\n"),
        (&["list", "store", "all", "--limit", "1001"], "1001"),
        (&["list", "store", "all", "--before", "-"], "cursor"),
        (&["show", "store", "chat"], "chat"),
        (&["sidebar", "store"], "--manager"),
        (&["customer", "store", "5", "--limit", "0"], "--limit"),
        (&["customer", "store", "5", "--before", "-"], "cursor"),
        (&["recommend", "store", "1", "--limit", "1001"], "1001"),
        (&["notifications", "store"], "--manager"),
        (&["notifications", "store", "-m", "7", "--since", "x"], "--since"),
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
    let place = Place::new();
    let subcommands = [
        "apply",
        "query",
        "sidebar",
        "list",
        "show",
        "customer",
        "recommend",
        "notifications",
        "bulk",
        "export",
        "import",
        "demo",
        "bench",
        "count",
        "info",
        "compact",
        "detach",
        "scrub",
        "backup",
        "verify",
        "restore",
        "rebuild",
        "completions",
        "man",
    ];
    let actions = [
        "assign",
        "unassign",
        "follow",
        "unfollow",
        "tag",
        "untag",
        "send",
        "open",
        "snooze",
        "close",
        "mark-read",
        "leave",
    ];
    let all = subcommands.iter().map(|subcommand| vec![*subcommand]);
    for arguments in all.chain(actions.iter().map(|action| vec!["bulk", *action])) {
        let ran = place.run(arguments.iter().chain(&["--help"]), "");
        let has_example = ran.output.contains("Example:\n  ") || ran.output.contains("Examples:\n  ");
        assert!(ran.code == 0 && has_example, "{arguments:?}: {}", ran.output);
    }
}
