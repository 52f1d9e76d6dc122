//! `inboxdb export` and `inboxdb import`: an export can be imported again, and no file is left half written.

use std::fs;
use std::io::Read;

use serde_json::json;

use crate::common::{Place, is_missing, line, setup};

fn place() -> Place {
    let lines = [
        line(2_000, r#"{"put_manager":{"manager":8,"name":"Ben","role":"member"}}"#),
        line(2_000, r#"{"create_tag":{"path":"Billing/Refund"}}"#),
        line(2_000, r#"{"tag":{"chat":1,"tags":["billing/refund"]}}"#),
        line(2_000, r#"{"send_message":{"chat":1,"visibility":"public","text":"=1+1"}}"#),
        line(2_000, r#"{"close":{"chat":2}}"#),
        line(2_000, r#"{"snooze":{"chat":3,"until":9000}}"#),
    ];
    Place::with(&(setup(3) + &lines.concat()))
}

#[test]
fn export_can_be_imported_again() {
    let place = place();
    let ran = place.run(["export", "store", "--manager", "7", "--output", "out.jsonl"], "");
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    assert!(
        ran.output.starts_with("3 chats with 1 message, ") && ran.output.ends_with(" in out.jsonl\n"),
        "{}",
        ran.output
    );
    assert_eq!(place.names("."), ["out.jsonl", "store"]);

    let ran = place.run(["import", "copy", "out.jsonl", "--workspace", "5"], "");
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    assert_eq!(ran.output, "3 chats with 1 message, 1 customer with 0 events, 2 managers and 2 tags imported\n");
    let again = place.run(["export", "copy", "--system", "-w", "5"], "");
    assert_eq!(again.code, 0, "{}", again.errors);
    let exported = fs::read_to_string(place.path("out.jsonl")).unwrap();
    assert_eq!(again.output.split_once('\n').unwrap().1, exported.split_once('\n').unwrap().1);
    let chat = |store: &str, workspace: u64| {
        let question = json!({"show":{"workspace":workspace,"chat":3}}).to_string();
        place.run(["query", store], question).json()
    };
    assert_eq!(chat("copy", 5), chat("store", 1));
}

#[test]
fn export_goes_through_a_pipe() {
    let place = place();
    let exported = place.run(["export", "store", "all", "--system", "--output", "-"], "").output;
    let ran = place.run(["import", "copy", "-"], exported);
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    let ran = place.run(["export", "copy", "all:closed", "--system", "--format", "jsonl"], "");
    let chats: Vec<_> = ran.json().iter().filter_map(|line| line["chat"]["id"].as_u64()).collect();
    assert_eq!(chats, [2]);
}

#[test]
fn csv_suits_spreadsheets() {
    let place = place();
    let ran = place.run(["export", "store", "tag:billing", "--system", "--format", "csv"], "");
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    let expected = "\
chat,status,customer,customer_name,assignee,assignee_name,followers,tags,description,attributes,created_at,\
last_activity_at,snoozed_until,message,sent_at,author,author_name,visibility,text,files
1,open,5,김민준,,,,Billing/Refund,,,1970-01-01T00:00:01.000Z,1970-01-01T00:00:02.000Z,,\
1,1970-01-01T00:00:02.000Z,system,,public,'=1+1,
";
    assert_eq!(ran.output, expected);
}

#[test]
fn excel_gets_a_mark_and_long_numbers_as_text() {
    let lines = [
        line(2_000, r#"{"put_customer":{"customer":18446744073709551615,"name":"01012345678"}}"#),
        line(2_000, r#"{"start_chat":{"customer":18446744073709551615}}"#),
        line(2_000, r#"{"set_description":{"chat":1,"text":"4111 1111 1111 1111"}}"#),
        line(2_000, r#"{"send_message":{"chat":1,"visibility":"public","text":"1234567890123456"}}"#),
        line(2_000, r#"{"send_message":{"chat":1,"visibility":"public","text":"=1+1"}}"#),
        line(2_000, r#"{"send_message":{"chat":1,"visibility":"public","text":"123456789012345"}}"#),
    ];
    let place = Place::with(&lines.concat());
    let ran = place.run(["export", "store", "--system", "--format", "csv", "--excel"], "");
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    assert!(ran.output.starts_with("\u{feff}chat,status,"), "{}", ran.output);
    let chat = r#"1,open,"=""18446744073709551615""","=""01012345678""",,,,,"=""4111 1111 1111 1111""","#;
    assert_eq!(ran.output.matches(chat).count(), 3, "{}", ran.output);
    for text in [r#"public,"=""1234567890123456""","#, "public,'=1+1,", "public,123456789012345,"] {
        assert!(ran.output.contains(text), "{text} is missing in {}", ran.output);
    }
    // Programs get the same as before.
    let plain = place.run(["export", "store", "--system", "--format", "csv"], "").output;
    assert!(plain.starts_with("chat,") && plain.contains("1,open,18446744073709551615,01012345678,"), "{plain}");
    place.run(["export", "store", "--system", "--excel"], "").assert_broken(&["--excel", "--format csv"]);
}

#[test]
fn file_is_whole_or_missing_and_not_overwritten() {
    let place = place();
    fs::write(place.path("kept"), "precious").unwrap();
    let to = |file: &str, more: &[&str]| place.run([&["export", "store", "--system", "-o", file], more].concat(), "");
    to("kept", &[]).assert_broken(&["kept is there already", "--force"]);
    assert_eq!(fs::read_to_string(place.path("kept")).unwrap(), "precious");
    to("store", &["--force"]).assert_broken(&["store is a directory"]);
    to("no/such", &[]).assert_broken(&["cannot write no/such", "check the path"]);
    let refused = place.run(["export", "store", "--manager", "8", "-o", "kept", "--force"], "");
    assert_eq!(refused.code, 1);
    refused.assert_sentence(&["manager 8 is not an owner"]);
    assert_eq!(fs::read_to_string(place.path("kept")).unwrap(), "precious");
    assert_eq!(to("kept", &["--force"]).code, 0);
    assert!(fs::read_to_string(place.path("kept")).unwrap().ends_with("}\n"));
    assert_eq!(place.names("."), ["kept", "store"]);
}

#[test]
fn refused_export_exits_with_1() {
    let place = place();
    for (arguments, words) in [
        (&["--manager", "8"] as &[&str], "not an owner"),
        (&["--manager", "9"], "no manager 9"),
        (&["tag:none", "--system"], "none"),
    ] {
        let ran = place.run([&["export", "store"], arguments].concat(), "");
        assert_eq!((ran.code, ran.output.as_str()), (1, ""), "{arguments:?}");
        ran.assert_sentence(&[words]);
    }
    for arguments in
        [&[] as &[&str], &["--system", "--manager", "7"], &["--system", "--format", "xml"], &["al", "--system"]]
    {
        assert_eq!(place.run([&["export", "store"], arguments].concat(), "").code, 2, "{arguments:?}");
    }
    place.run(["export", "missing", "--system"], "").assert_broken(&["missing"]);
    assert!(is_missing(&place.path("missing")));
}

#[test]
fn failed_import_says_why() {
    let place = place();
    let exported = place.run(["export", "store", "--system"], "").output;
    let ran = place.run(["import", "store"], exported.clone());
    assert_eq!(ran.code, 1);
    ran.assert_sentence(&["workspace 1 has managers"]);

    let cut: String = exported.split_inclusive('\n').take(6).collect();
    let ran = place.run(["import", "copy"], cut);
    assert_eq!((ran.code, ran.output.as_str()), (1, ""));
    ran.assert_sentence(&["line 7 of standard input", "cut off", "nothing is imported"]);
    let ran = place.run(["import", "copy"], exported.replace("\"chat\":1", "\"chat\":9"));
    assert_eq!(ran.code, 1);
    ran.assert_sentence(&["line ", "message 1 of chat 9"]);
    assert_eq!(place.run(["import", "copy"], "").code, 1);

    // Where there is something, each manager, customer and chat needs an external id.
    let named = r#"{"inboxdb_export":{"version":2}}
{"customer":{"external":"u_81f","name":"Grace","profile":{},"events":0}}
{"end":{"managers":0,"tags":0,"customers":1,"events":0,"chats":0,"messages":0}}"#;
    let ran = place.run(["import", "store"], named);
    let customer = "0 chats with 0 messages, 1 customer with 0 events, 0 managers and 0 tags imported\n";
    assert_eq!((ran.code, ran.output.as_str()), (0, customer));
    let ran = place.run(["import", "store"], named);
    assert!(
        ran.output.starts_with("0 chats") && ran.output.ends_with("imported; the rest was there\n"),
        "{}",
        ran.output
    );

    place.run(["import", "other", "missing"], "").assert_broken(&["cannot read missing"]);
    assert!(is_missing(&place.path("other")));
    assert_eq!(place.run(["import", "copy"], exported).code, 0, "the failed import left nothing");
}

#[test]
fn export_does_not_move_the_clock() {
    let place = place();
    let before = place.run(["export", "store", "--system"], "").output;
    assert!(
        before
            .starts_with(r#"{"inboxdb_export":{"version":2,"workspace":1,"clock":2000,"next_chat":4,"next_manager":"#),
        "{before}"
    );
    assert_eq!(place.run(["export", "store", "--system"], "").output, before);
}

#[test]
fn export_ends_quietly_when_its_reader_exits() {
    let place = Place::with(&setup(5_000));
    let mut child = place.command(["export", "store", "--system"]).spawn().unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    // The other end of the pipe is closed now.
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(141), b"".as_slice()));
}
