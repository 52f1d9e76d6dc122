//! `inboxdb count`, `info`, `completions` and `man`.

use crate::common::{Place, line, setup};

#[test]
fn count_prints_the_number() {
    let place = Place::with(&setup(1_500));
    let ran = place.run(["count", "store", "all:open & customer:5"], "");
    assert_eq!((ran.code, ran.output.as_str(), ran.errors.as_str()), (0, "1500\n", ""));
    assert_eq!(place.run(["count", "store", "all", "--json"], "").output, "{\"count\":1500}\n");
    assert_eq!(place.run(["count", "store", "tag:none"], "").code, 1);
    let ran = place.run(["count", "store", "al"], "");
    assert!(ran.code == 2 && ran.errors.contains("  al\n  ^"), "{}", ran.errors);
}

#[test]
fn info_shows_what_a_store_is_made_of() {
    let other = line(5, r#"{"put_customer":{"customer":5}}"#).replace(r#""workspace":1"#, r#""workspace":12"#);
    let place = Place::with(&(setup(3) + &other));
    let ran = place.run(["info", "store"], "");
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    assert!(ran.output.contains("\n  newest change  6\n  checkpoint     6\n"), "{}", ran.output);
    assert!(ran.output.contains("\n  newest backup  none\n  workspaces     2\n"), "{}", ran.output);
    let table = "\
  WORKSPACE  CHATS  MANAGERS  TAGS  CLOCK
          1      3         1     0  1970-01-01 00:00
         12      0         0     0  1970-01-01 00:00
";
    assert!(ran.output.ends_with(table), "{}", ran.output);
    assert_eq!(place.run(["backup", "store", "a.bak"], "").code, 0);
    assert_eq!(place.run(["apply", "store"], line(6, r#"{"close":{"chat":1}}"#)).code, 0);
    let ran = place.run(["info", "store"], "");
    assert!(ran.output.contains("a.bak, up to change 6, 1 since\n"), "{}", ran.output);
    let info = place.run(["info", "store", "--json"], "").json().swap_remove(0);
    assert_eq!((&info["seq"], &info["backup"]["seq"]), (&7.into(), &6.into()));
    assert_eq!(info["workspaces"], serde_json::json!([1, 12]));
    assert!(info["format"].as_u64() >= Some(2) && info["bytes"]["state"].as_u64() > Some(0), "{info}");
}

#[test]
fn completions_know_the_subcommands_and_their_options() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = place.run(["completions", shell], "");
        assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
        for word in ["notifications", "dry-run", "excel", "color"] {
            assert!(ran.output.contains(word), "{word} is missing for {shell}");
        }
    }
    assert_eq!(place.run(["completions", "csh"], "").code, 2);
}

#[test]
fn man_has_a_page_for_each_subcommand() {
    let place = Place::new();
    for (arguments, words) in [
        (&["man"] as &[&str], "inboxdb\\-notifications(1)"),
        (&["man", "export"], "\\-\\-excel"),
        (&["man", "bulk", "snooze"], "\\-\\-until"),
    ] {
        let ran = place.run(arguments, "");
        assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
        assert!(ran.output.contains(".TH inboxdb") && ran.output.contains(words), "{}", ran.output);
    }
    let ran = place.run(["man", "fly"], "");
    assert_eq!(ran.code, 1);
    ran.assert_sentence(&["no subcommand fly", "notifications"]);
}
