//! Scrubbing from the command line.

use serde_json::json;

use crate::common::{Place, line, setup};

const WHOLE: &str = "\
Workspace 1

  RECORDS         KEPT  FOUND  DIGEST
  managers           1      1  agrees
  tags               0      0  agrees
  customers          1      1  agrees
  events             0      0  agrees
  chats              3      3  agrees
  messages           1      1  agrees
  settings           0      0  agrees
  remembered ids     0      0  agrees
  external ids       0      0  agrees

3 chats: everything agrees
";

fn place() -> Place {
    let message = line(3_000, r#"{"send_message":{"chat":2,"visibility":"public","text":"hello"}}"#);
    Place::with(&(setup(3) + &message))
}

#[test]
fn intact_store_is_clean_and_not_repaired() {
    let place = place();
    for arguments in [vec!["scrub", "store"], vec!["scrub", "store", "-w", "1"], vec!["scrub", "store", "--repair"]] {
        let ran = place.run(arguments, "");
        assert_eq!((ran.code, ran.errors.as_str(), ran.output.as_str()), (0, "", WHOLE));
    }
    let none = place.run(["scrub", "store", "--workspace", "2"], "");
    assert_eq!((none.code, none.output.as_str()), (1, ""));
    none.assert_sentence(&["there is no workspace 2", "workspace 1"]);
}

#[test]
fn json_report() {
    let place = place();
    let ran = place.run(["scrub", "store", "--json"], "");
    let report = ran.json().swap_remove(0);
    assert_eq!((ran.code, &report["chats"], &report["faults"]), (0, &json!(3), &json!([])));
    let workspace = &report["workspaces"][0];
    assert_eq!((&workspace["workspace"], &workspace["missing"]), (&json!(1), &json!(0)));
    let chats = &workspace["families"][4];
    assert_eq!((&chats["family"], &chats["kept"]["count"]), (&json!("chats"), &json!(3)));
    assert_eq!(chats["kept"]["digest"].as_str().unwrap().len(), 16);
    assert_eq!(chats["kept"], chats["found"]);
    let repaired = place.run(["scrub", "store", "--json", "--repair"], "").json().swap_remove(0);
    assert_eq!(repaired, json!({"before": report, "changes": [], "after": report}));
}

#[test]
fn missing_store_cannot_be_scrubbed() {
    Place::new().run(["scrub", "nowhere"], "").assert_broken(&["nowhere"]);
}

/// Deletes rows of workspace 1 behind the engine's back: those in the table with this number.
fn lose_rows(place: &Place, table: u8) {
    let prefix = [[b'w', 0, 0, 0, 0, 0, 0, 0, 1].as_slice(), &[table]].concat();
    let rows = sled::Config::new().path(place.path("store/state")).segment_size(8 << 20).open().unwrap();
    let keys: Vec<sled::IVec> = rows.scan_prefix(prefix).keys().map(Result::unwrap).collect();
    assert!(!keys.is_empty());
    keys.iter().for_each(|key| drop(rows.remove(key).unwrap()));
    rows.flush().unwrap();
}

#[test]
fn lost_index_is_found_and_repaired() {
    const POSTINGS: u8 = 6;
    let place = place();
    lose_rows(&place, POSTINGS);
    let found = place.run(["scrub", "store"], "");
    assert_eq!(found.code, 1);
    assert!(found.output.contains("workspace 1: all, open: chat 1 is missing"), "{}", found.output);
    assert!(found.output.contains("--repair"), "{}", found.output);
    assert_eq!(place.run(["scrub", "store", "--repair"], "").code, 0);
    let after = place.run(["scrub", "store"], "");
    assert_eq!((after.code, after.output.as_str()), (0, WHOLE));
    let count = place.run(["query", "store"], r#"{"count":{"workspace":1,"view":"all:open"}}"#);
    assert_eq!(count.json(), [json!({"count": 3})]);
}

#[test]
fn lost_messages_are_found_and_not_invented() {
    const MESSAGES: u8 = 10;
    let place = place();
    lose_rows(&place, MESSAGES);
    for arguments in [vec!["scrub", "store"], vec!["scrub", "store", "--repair"]] {
        let ran = place.run(arguments, "");
        assert_eq!(ran.code, 1);
        assert!(ran.output.contains("messages: 1 kept, 0 found"), "{}", ran.output);
    }
}
