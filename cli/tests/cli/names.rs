//! Managers named by name, and workspaces that must exist.

use crate::common::{Place, line, setup};

fn place() -> Place {
    let lines = [
        line(2_000, r#"{"put_manager":{"manager":8,"name":"김민준","role":"member"}}"#),
        line(2_000, r#"{"put_manager":{"manager":9,"name":"Bo Li","role":"member"}}"#),
        line(2_000, r#"{"put_manager":{"manager":10,"name":"bo li","role":"member"}}"#),
        line(2_000, r#"{"put_manager":{"manager":11,"name":"open","role":"member"}}"#),
        line(2_000, r#"{"assign":{"chat":1,"manager":8}}"#),
        line(2_000, r#"{"assign":{"chat":2,"manager":7}}"#),
    ];
    Place::with(&(setup(3) + &lines.concat()))
}

#[test]
fn name_stands_for_the_number_wherever_a_manager_is_named() {
    let place = place();
    let decomposed = "\u{1100}\u{1175}\u{11b7}\u{1106}\u{1175}\u{11ab}\u{110c}\u{116e}\u{11ab}";
    for (by_name, by_number) in [
        (&["sidebar", "store", "-m", "ada"] as &[&str], &["sidebar", "store", "-m", "7"] as &[&str]),
        (&["sidebar", "store", "--manager", decomposed], &["sidebar", "store", "-m", "8"]),
        (&["notifications", "store", "-m", "김민준"], &["notifications", "store", "-m", "8"]),
        (&["export", "store", "-m", "ADA"], &["export", "store", "-m", "7"]),
        (&["export", "store", "assigned:김민준", "--system"], &["export", "store", "assigned:8", "--system"]),
        (
            &["list", "store", "following:ada & !assigned:김민준:open"],
            &["list", "store", "following:7 & !assigned:8:open"],
        ),
        (&["count", "store", "assigned:\"open\":open"], &["count", "store", "assigned:11:open"]),
        (
            &["bulk", "store", "unread:ada", "close", "-m", "ada", "--dry-run"],
            &["bulk", "store", "unread:7", "close", "--dry-run"],
        ),
    ] {
        let (named, numbered) = (place.run(by_name, ""), place.run(by_number, ""));
        assert_eq!((named.code, named.errors.as_str()), (0, ""), "{by_name:?}");
        assert_eq!(named.output, numbered.output, "{by_name:?}");
    }
    for action in [&["assign", "ada"] as &[&str], &["follow", "ada", "김민준"], &["unfollow", "김민준"]] {
        let ran = place.run(["bulk", "store", "all", "--yes"].iter().chain(action), "");
        assert_eq!((ran.code, ran.errors.as_str()), (0, ""), "{action:?}");
    }
    assert_eq!((place.count("assigned:7"), place.count("following:8")), (3, 0));
}

#[test]
fn unknown_and_ambiguous_names_are_refused_with_those_who_could_be_meant() {
    let place = place();
    for (arguments, words) in [
        (
            &["sidebar", "store", "-m", "bo LI"] as &[&str],
            &["2 managers", "Bo Li (9)", "bo li (10)", "by number"] as &[&str],
        ),
        (&["list", "store", "assigned:\"bo li\""], &["2 managers", "Bo Li (9)"]),
        (&["sidebar", "store", "-m", "민준"], &["no manager called 민준", "김민준 (8)"]),
        (&["notifications", "store", "-m", "nope"], &["no manager called nope", "Ada (7)"]),
        (&["bulk", "store", "all", "assign", "ad", "--yes"], &["no manager called ad;", "Ada (7)"]),
        (&["bulk", "store", "all", "close", "-m", "ad", "--yes"], &["no manager called ad;", "Ada (7)"]),
        (&["count", "store", "unread:ad"], &["no manager called ad;", "Ada (7)"]),
        (&["export", "store", "-m", "ad"], &["no manager called ad;", "Ada (7)"]),
    ] {
        let ran = place.run(arguments, "");
        assert_eq!((ran.code, ran.output.as_str()), (1, ""), "{arguments:?}: {}", ran.errors);
        ran.assert_sentence(words);
    }
    assert_eq!(place.count("all:open"), 3);
}

#[test]
fn unknown_workspace_is_refused_and_those_that_exist_are_named() {
    let other = setup(1).replace(r#""workspace":1"#, r#""workspace":5"#);
    let place = Place::with(&(setup(1) + &other));
    for arguments in [
        &["list", "store", "all"] as &[&str],
        &["count", "store", "all"],
        &["sidebar", "store", "-m", "7"],
        &["show", "store", "1"],
        &["customer", "store", "5"],
        &["recommend", "store", "1"],
        &["notifications", "store", "-m", "7"],
        &["export", "store", "--system"],
        &["scrub", "store"],
        &["scrub", "store", "--repair"],
        &["bulk", "store", "all", "close", "--yes"],
        &["bulk", "store", "all", "close", "--dry-run"],
    ] {
        let ran = place.run(arguments.iter().chain(&["-w", "2"]), "");
        assert_eq!((ran.code, ran.output.as_str()), (1, ""), "{arguments:?}: {}", ran.errors);
        ran.assert_sentence(&["there is no workspace 2", "1, 5"]);
        let known = place.run(arguments.iter().chain(&["-w", "5"]), "");
        assert_eq!((known.code, known.errors.as_str()), (0, ""), "{arguments:?}");
    }
    // Programs get an empty workspace, as the contract has it, and asking makes none.
    assert_eq!(place.ask(r#"{"count":{"workspace":2,"view":"all"}}"#)["count"], 0);
    place.run(["list", "store", "all", "-w", "2"], "").assert_sentence(&["1, 5"]);
    let empty = Place::with("");
    empty.run(["list", "store", "all"], "").assert_sentence(&["there is no workspace 1", "none yet"]);
}
