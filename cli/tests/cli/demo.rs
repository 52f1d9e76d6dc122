//! `inboxdb demo` and `inboxdb serve --demo`, with few chats.

use std::fs;
#[cfg(unix)]
use std::io::{BufRead, BufReader, Read, Write};
#[cfg(unix)]
use std::net::TcpStream;
#[cfg(unix)]
use std::process::{Command, Stdio};
#[cfg(unix)]
use std::time::{Duration, Instant};

#[cfg(unix)]
use serde_json::Value;

use crate::common::{Place, is_missing, setup};

#[test]
fn demo_shows_its_content_and_the_next_commands() {
    let place = Place::new();
    let ran = place.run(["demo", "--chats", "300"], "");
    assert_eq!(ran.code, 0, "{}", ran.errors);
    for words in [
        "A support team's inbox of 300 chats, in inboxdb-demo\n",
        "Mina Park  operator 3 of workspace 1, at 2025-06-30 15:00 UTC",
        "  My sessions",
        "… and 6 more",
        "a count ",
        "opening ",
        "the first sidebar ",
        "is back, ",
        "Try next",
    ] {
        assert!(ran.output.contains(words), "{words:?} is missing in {}", ran.output);
    }
    assert!(ran.errors.ends_with("inboxdb: 300 of 300 chats\n"), "{}", ran.errors);
    assert_eq!(ran.output.matches("is back").count(), 3);

    let (_, next) = ran.output.split_once("Try next\n").unwrap();
    let commands: Vec<Vec<&str>> = next.lines().map(|line| line.split_whitespace().skip(1).collect()).collect();
    assert_eq!(commands.len(), 3);
    for arguments in commands {
        let ran = place.run(arguments, "");
        assert_eq!(ran.code, 0, "{}", ran.errors);
    }
}

#[test]
fn demo_is_reproducible_and_takes_the_next_free_name() {
    let place = Place::new();
    for _ in 0..2 {
        assert_eq!(place.run(["demo", "--chats", "120"], "").code, 0);
    }
    let inbox = |name: &str| {
        // The three snoozed chats of the demo depend on the time of day: the clock decides how many ticks end their
        // snoozes, and so it decides the seq.
        let mut sidebar = place.run(["sidebar", name, "-m", "3", "--json"], "").json().swap_remove(0);
        sidebar.as_object_mut().unwrap().remove("seq");
        let list = place.run(["list", name, "all:closed", "--json", "-n", "1000"], "").output;
        let parked = place.run(["list", name, "all:snoozed", "--json", "-n", "1000"], "").output;
        sidebar.to_string() + &list + &parked
    };
    assert!(inbox("inboxdb-demo") == inbox("inboxdb-demo-2"));
}

#[test]
fn demo_of_one_chat_works() {
    let place = Place::new();
    let ran = place.run(["demo", "--chats", "1", "--dir", "one/two"], "");
    assert_eq!(ran.code, 0, "{}{}", ran.output, ran.errors);
    assert!(ran.output.contains("in one/two\n"));
    assert!(is_missing(&place.path("inboxdb-demo")));
}

#[test]
fn demo_never_touches_existing_files() {
    let place = Place::new();
    fs::create_dir(place.path("full")).unwrap();
    fs::write(place.path("full/file"), "x").unwrap();
    place.run(["demo", "--dir", "full"], "").assert_broken(&["full holds something already", "--dir"]);
    place.run(["demo", "--dir", "full/file"], "").assert_broken(&["is not a directory"]);
    assert_eq!(place.names("full"), ["file"]);
}

#[test]
fn served_demo_is_never_put_into_another_inbox() {
    let place = Place::with(&setup(2));
    let ran = place.run(["serve", "store", "--demo", "--listen", "127.0.0.1:0"], "");
    ran.assert_broken(&["the inbox in store is not the demo's", "new or empty"]);
    assert_eq!(place.count("all"), 2);
}

/// What the server answers to a GET, without its head.
#[cfg(unix)]
fn get(address: &str, path: &str) -> Value {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[cfg(unix)]
#[test]
fn served_demo_moves_by_itself_and_goes_on_where_it_was() {
    let place = Place::new();
    for round in 0..2 {
        let mut command = place.command(["serve", "--demo", "--chats", "100", "--listen", "127.0.0.1:0"]);
        let mut server = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
        let serving = lines.by_ref().map(Result::unwrap).find(|line| line.contains("serving inboxdb-demo at")).unwrap();
        let address = serving.split("http://").nth(1).unwrap().trim_end_matches('/').to_owned();
        let chats = || {
            let all = &get(&address, "/v1/workspaces/1/sidebar?manager=3")["all"];
            ["open", "snoozed", "closed"].iter().map(|status| all[*status].as_u64().unwrap()).sum::<u64>()
        };
        let before = chats();
        assert!(before >= 100 + round, "{before}");
        let began = Instant::now();
        while chats() == before {
            assert!(began.elapsed() < Duration::from_secs(60), "nothing moves");
            std::thread::sleep(Duration::from_millis(50));
        }
        let stopped = Command::new("kill").arg(server.id().to_string()).status().unwrap();
        assert!(stopped.success() && server.wait().unwrap().success());
    }
}
