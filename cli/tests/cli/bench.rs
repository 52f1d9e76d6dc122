//! `inboxdb bench`, with few chats and hardly any time. No figure decides here, only that there is one.

use std::fs;
#[cfg(unix)]
use std::path::Path;
#[cfg(unix)]
use std::process::{Command, Stdio};
#[cfg(unix)]
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{Place, Ran, is_missing, setup};

/// What is measured at each size, by kind.
const NAMES: [(&str, &[&str]); 4] = [
    (
        "read",
        &[
            "count",
            "sidebar",
            "page_unread",
            "ids_unread",
            "page_assignee",
            "ids_assignee",
            "page_tag",
            "ids_tag",
            "page_all",
            "ids_all",
            "filter_count",
            "filter_page",
            "sidebar_beside_writer",
        ],
    ),
    ("relaxed", &["message", "close", "mix"]),
    ("durable", &["durable_close_1", "durable_close_8", "durable_close_32", "durable_close_64"]),
    ("disk", &["fdatasync"]),
];

/// Hardly any time.
const SHORT: [&str; 2] = ["--seconds-per-measurement", "0.02"];

/// Runs a small benchmark in an own place for temporary directories.
fn bench(place: &Place, arguments: &[&str]) -> Ran {
    let temporary = place.path("temporary");
    fs::create_dir_all(&temporary).unwrap();
    let mut command = place.command(["bench"].iter().chain(arguments).chain(&SHORT));
    command.env("TMPDIR", temporary);
    let ran = crate::common::run(command, Vec::new());
    assert!(place.names("temporary").is_empty(), "something is left: {:?}", place.names("temporary"));
    ran
}

#[test]
fn tables_show_each_size_and_nothing_else_is_printed() {
    let place = Place::new();
    let ran = bench(&place, &["--from", "30", "--chats", "400"]);
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""), "{}", ran.output);
    for words in [
        "inboxdb 0.1.0\n",
        "600 managers, 1,000 tags, 400 customers; 0.02 s for each measurement",
        "means of 64 counts",
        "\n30 chats\n",
        "\n300 chats\n",
        "\n400 chats\n",
        "270 more chats",
        "A SECOND",
        "P99.9",
        "a sidebar of 1,615 numbers",
        "durable, 1 writer",
        "fdatasync",
        "By the number of chats",
        "The run took",
    ] {
        assert!(ran.output.contains(words), "{words:?} is missing in {}", ran.output);
    }
    assert_eq!(ran.output.matches("a mix of commands").count(), 3);
}

/// A measurement has calls, times in order, and a rate.
fn check(measurement: &Value) {
    let number = |value: &Value| value.as_f64().unwrap();
    let ns = &measurement["ns"];
    let times: Vec<f64> = ["p50", "p99", "p999", "max"].iter().map(|name| number(&ns[*name])).collect();
    assert!(times[0] > 0.0 && times.is_sorted() && number(&ns["mean"]) > 0.0, "{measurement}");
    for name in ["calls", "seconds", "per_second", "writers"] {
        assert!(number(&measurement[name]) > 0.0, "{measurement}");
    }
    if let Some(over_time) = measurement.get("over_time") {
        let [values, checkpoints] = ["per_second", "checkpoints"].map(|name| over_time[name].as_array().unwrap().len());
        assert_eq!(values, checkpoints);
    }
}

#[test]
fn json_has_every_figure_and_takes_the_place_of_the_tables() {
    let place = Place::new();
    let ran = bench(&place, &["--chats", "300", "--json", "-"]);
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    let results = ran.json().swap_remove(0);
    assert_eq!((&results["format"], &results["version"]), (&1.into(), &"0.1.0".into()));
    assert_eq!((&results["settings"]["chats"], &results["settings"]["managers"]), (&300.into(), &600.into()));
    for name in ["cores", "memory_bytes"] {
        assert!(results["machine"][name].as_u64().unwrap() > 0);
    }
    assert_eq!(results["sizes"].as_array().unwrap().len(), 1);
    let size = &results["sizes"][0];
    let found: Vec<(&str, &str)> = size["measurements"]
        .as_array()
        .unwrap()
        .iter()
        .inspect(|found| check(found))
        .map(|found| (found["kind"].as_str().unwrap(), found["name"].as_str().unwrap()))
        .collect();
    let expected: Vec<(&str, &str)> =
        NAMES.iter().flat_map(|(kind, names)| names.iter().map(|name| (*kind, *name))).collect();
    assert_eq!(found, expected);
    assert_eq!((&size["chats"], &size["filling"]["chats"]), (&300.into(), &300.into()));
    for (part, name) in [
        ("filling", "per_second"),
        ("opening", "seconds"),
        ("opening", "first_sidebar_seconds"),
        ("memory", "workspace"),
        ("memory", "workspace_per_chat"),
        ("disk", "state"),
        ("disk", "journal"),
        ("disk", "message_texts"),
    ] {
        assert!(size[part][name].as_f64().unwrap() > 0.0, "{part} {name}: {size}");
    }
}

#[test]
fn data_are_the_same_in_every_run() {
    let place = Place::new();
    let facts = || {
        let size = bench(&place, &["--chats", "200", "--json", "-"]).json().swap_remove(0)["sizes"][0].take();
        (size["filling"]["commands"].clone(), size["disk"]["messages"].clone(), size["disk"]["message_texts"].clone())
    };
    let first = facts();
    assert!(first.0.as_u64().unwrap() > 1_200);
    assert_eq!(facts(), first);
}

#[test]
fn plots_and_json_are_written_and_replaced_only_on_request() {
    let place = Place::new();
    let arguments = ["--chats", "50", "--json", "bench.json", "--plots", "new/plots"];
    let ran = bench(&place, &arguments);
    assert_eq!((ran.code, ran.errors.as_str()), (0, ""));
    let names = ["commands.svg", "counts.svg", "durable.svg", "filling.svg", "over-time.svg"];
    assert_eq!(place.names("new/plots"), names);
    for name in names {
        let text = fs::read_to_string(place.path("new/plots").join(name)).unwrap();
        assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"), "{name}");
    }
    let counts = fs::read_to_string(place.path("new/plots/counts.svg")).unwrap();
    assert!(counts.contains("How long a count takes") && counts.contains("p99.9"));
    let results: Value = serde_json::from_slice(&fs::read(place.path("bench.json")).unwrap()).unwrap();
    assert_eq!(results["settings"]["chats"], 50);

    bench(&place, &["--chats", "50", "--json", "bench.json"]).assert_broken(&["bench.json", "--force"]);
    bench(&place, &["--chats", "50", "--plots", "new/plots"]).assert_broken(&["counts.svg", "--force"]);
    fs::write(place.path("bench.json"), "old").unwrap();
    assert_eq!(bench(&place, &[&arguments as &[&str], &["--force"]].concat()).code, 0);
    assert!(fs::read_to_string(place.path("bench.json")).unwrap().starts_with('{'));
}

#[test]
fn store_is_kept_only_on_request() {
    let place = Place::new();
    assert_eq!(bench(&place, &["--chats", "40", "--dir", "gone"]).code, 0);
    assert!(is_missing(&place.path("gone")));
    let ran = bench(&place, &["--chats", "40", "--dir", "kept", "--keep"]);
    assert!(ran.code == 0 && ran.output.contains("The store is kept: kept/store\n"), "{}", ran.output);
    assert_eq!(place.names("kept"), ["store"]);
    assert_eq!(place.run(["count", "kept/store", "all"], "").output.trim(), "40");
    assert_eq!(place.run(["scrub", "kept/store"], "").code, 0);
}

#[test]
fn bad_arguments_are_refused_before_anything_is_written() {
    let place = Place::with(&setup(1));
    fs::create_dir(place.path("full")).unwrap();
    fs::write(place.path("full/file"), "x").unwrap();
    for (arguments, words) in [
        (&["--chats", "0"] as &[&str], "0 is not in 1..=4000000000"),
        (&["--chats", "4000000001"], "4000000001 is not in 1..=4000000000"),
        (&["--chats", "many"], "invalid digit"),
        (&["--from", "0"], "0 is not in 1..=4000000000"),
        (&["--seconds-per-measurement", "0"], "0 is not in"),
        (&["--seconds-per-measurement", "soon"], "expected a number of seconds"),
        (&["--dir", "full"], "full holds something already"),
        (&["--dir", "full/file"], "is not a directory"),
        (&["--dir", "store/new"], "is inside the store"),
        (&["--json", "full"], "is a directory"),
        (&["--json", "store/new"], "is inside the store"),
        (&["--plots", "full/file"], "full/file"),
        (&["--plots", "store/new"], "is inside the store"),
        (&["--chats", "4000000000"], "are free in"),
    ] {
        let ran = place.run(["bench"].iter().chain(arguments), "");
        assert_eq!((ran.code, ran.output.as_str()), (2, ""), "{arguments:?}: {}", ran.errors);
        assert!(ran.errors.contains(words), "{arguments:?}: {}", ran.errors);
    }
    assert_eq!(place.names("full"), ["file"]);
    assert_eq!(place.count("all"), 1);
}

/// Waits until something is true.
#[cfg(unix)]
fn wait_until(what: &str, is_true: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_true() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(unix)]
#[test]
fn interrupted_run_leaves_nothing_behind() {
    let place = Place::new();
    for signal in ["-INT", "-TERM"] {
        let temporary = place.path("temporary");
        fs::create_dir_all(&temporary).unwrap();
        let mut command = place.command(["bench", "--chats", "200000"]);
        let child = command.env("TMPDIR", &temporary).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let has_store = |directory: &Path| {
            let mut entries = fs::read_dir(directory).unwrap();
            entries.any(|entry| entry.unwrap().path().join("store/journal").exists())
        };
        wait_until("there is no store", || has_store(&temporary));
        Command::new("kill").arg(signal).arg(child.id().to_string()).status().unwrap();
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(130), "{}", String::from_utf8_lossy(&ended.stderr));
        assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
        assert!(place.names("temporary").is_empty());
    }
}
