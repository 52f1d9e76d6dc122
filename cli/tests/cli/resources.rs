//! Too few threads, handles, memory or rights: said so, never taken for damage, and nothing is left behind.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::common::{Place, Ran, run, setup};
use crate::serve::Serving;

/// Runs the binary in a shell, after some words such as `ulimit -n 10`.
fn limited(place: &Place, words: &str, arguments: &[&str], input: &str) -> Ran {
    let program = place.command([""; 0]).get_program().to_owned();
    let mut shell = Command::new("sh");
    shell.current_dir(place.path("")).arg("-c").arg(format!("{words}; exec timeout 30 \"$0\" \"$@\"")).arg(program);
    shell.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    run(shell, input.into())
}

/// Limits under which nothing opens, and what the sentence says.
const LIMITS: [(&str, &str); 5] = [
    ("ulimit -n 8", "open files"),
    ("ulimit -n 12", "open files"),
    ("ulimit -n 15", "open files"),
    ("ulimit -v 90000", "not enough"),
    ("ulimit -v 60000", "not enough"),
];

#[test]
fn limits_are_named_and_nothing_is_left_behind() {
    let place = Place::with(&setup(3));
    let names = place.names("store");
    for (limit, said) in LIMITS {
        let ran = limited(&place, limit, &["list", "store", "all"], "");
        ran.assert_broken(&[said, "ulimit"]);
        assert!(!ran.errors.contains("damaged"), "{limit}: {}", ran.errors);
        let ran = limited(&place, limit, &["apply", "new/store"], &setup(1));
        ran.assert_broken(&[said, "ulimit"]);
        assert!(!place.path("new").exists(), "{limit}");
    }
    assert_eq!(place.names("store"), names);
    assert_eq!(place.count("all"), 3);
}

/// What the record cache of a server takes once all chats were looked at, in bytes.
fn record_cache_bytes(place: &Place, options: &[&str]) -> u64 {
    let server = Serving::start(place, options);
    // They are open.
    let ran = place.run(["bulk", &server.url(), "all", "open", "--yes"], "");
    assert_eq!(ran.code, 0, "{}", ran.errors);
    let metrics = ureq::get(format!("{}/metrics", server.url())).call().unwrap().body_mut().read_to_string().unwrap();
    let (_, told) = metrics.split_once("inboxdb_memory_bytes{structure=\"records\"} ").unwrap();
    told.lines().next().unwrap().parse().unwrap()
}

#[test]
fn caches_are_as_large_as_an_option_says() {
    let place = Place::with(&setup(5_000));
    let bytes = record_cache_bytes(&place, &["--cache", "1"]);
    assert!((100 << 10..800 << 10).contains(&bytes), "{bytes}");
    assert!(record_cache_bytes(&place, &[]) > 1 << 20);
    place.run(["count", "http://127.0.0.1:1", "all", "--cache", "64"], "").assert_broken(&["--cache", "inboxdb serve"]);
    for wrong in ["0", "1.5", "1073741825"] {
        let ran = place.run(["count", "store", "all", "--cache", wrong], "");
        assert_eq!((ran.code, ran.errors.contains("--cache")), (2, true), "{wrong}: {}", ran.errors);
    }
}

/// Limits of threads hold for other users than root only, and becoming one takes root.
#[test]
fn threads_are_named_and_nothing_hangs() {
    let able = Command::new("setpriv").args(["--reuid", "65534", "--clear-groups", "true"]).status();
    if !able.is_ok_and(|status| status.success()) {
        println!("skipped: needs root and setpriv");
        return;
    }
    let place = Place::with(&setup(3));
    fs::set_permissions(place.path(""), fs::Permissions::from_mode(0o777)).unwrap();
    Command::new("chmod").args(["-R", "a+rwX"]).arg(place.path("store")).status().unwrap();
    let program = place.command([""; 0]).get_program().to_owned();
    fs::copy(program, place.path("inboxdb")).unwrap();
    for count in [1, 2, 4, 7, 9] {
        for (arguments, input) in [(&["list", "store", "all"][..], String::new()), (&["apply", "new"], setup(1))] {
            let mut limited = Command::new("timeout");
            limited.arg("30").arg("prlimit").arg(format!("--nproc={count}"));
            limited.args(["setpriv", "--reuid", "65534", "--clear-groups", "./inboxdb"]).args(arguments);
            limited.current_dir(place.path(""));
            limited.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let ran = run(limited, input.into());
            ran.assert_broken(&["not enough threads", "ulimit -u"]);
            assert!(!place.path("new").exists(), "{count}");
        }
    }
    assert_eq!(place.count("all"), 3);
    assert!(!place.path("store/quarantine-1").exists());
}

/// A state store that may not be read is not a missing one.
#[test]
fn rights_are_named() {
    let place = Place::with(&setup(3));
    for name in ["store/state", "store/journal", "store/state/db", "store/LOCK"] {
        let path = place.path(name);
        let mode = fs::metadata(&path).unwrap().permissions();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        let is_root = fs::read_dir(&path).is_ok() || fs::read(&path).is_ok();
        let ran = place.run(["list", "store", "all"], "");
        fs::set_permissions(&path, mode).unwrap();
        if is_root {
            println!("skipped: root may read everything");
            return;
        }
        ran.assert_broken(&["ermission"]);
        assert!(!place.path("store/quarantine-1").exists(), "{name}");
    }
    assert_eq!(place.count("all"), 3);
}
