//! The change feed over HTTP.

use std::time::{Duration, Instant};

use inboxdb::{Actor, Command};
use inboxdb_server::{Limits, NewToken};
use serde_json::{Value, json};

use crate::common::{Running, customer, manager};

const SIDEBAR: &str = "/v1/workspaces/1/events?views=sidebar:7";

fn close(server: &Running, chat: u32) {
    server.engine.workspace(1).unwrap().as_system().execute(Command::close(chat)).unwrap();
}

fn numbers(data: &Value, view: &str) -> Value {
    let counts = data["counts"].as_array().unwrap();
    let of_view = counts.iter().find(|counts| counts["view"] == view);
    of_view.map_or(Value::Null, |counts| json!([counts["open"], counts["snoozed"], counts["closed"]]))
}

#[test]
fn numbers_move_as_commands_are_done() {
    let server = Running::open();
    let mut stream = server.stream(SIDEBAR, &[]);
    let first = stream.event();
    assert_eq!((first.data["caught_up"].clone(), numbers(&first.data, "assigned:7")), (json!(13), json!([1, 0, 0])));
    assert!(first.id.ends_with("-13"), "{}", first.id);
    let closed =
        server.post("/v1/commands", r#"{"workspace":1,"actor":{"manager":7},"do":{"close":{"chat":1}}}"#).json();
    let moved = stream.event();
    assert_eq!((&moved.data["seq"], &moved.data["by"]), (&closed["seq"], &json!({"manager": 7})));
    assert_eq!(numbers(&moved.data, "assigned:7"), json!([0, 0, 1]));
    assert_eq!(moved.data["chats"], json!([{"chat": 1, "what": ["status"]}]));
}

#[test]
fn streams_are_resumed_by_the_last_event() {
    let server = Running::open();
    let id = server.stream(SIDEBAR, &[]).event().id;
    close(&server, 1);
    close(&server, 2);
    let after = format!("{SIDEBAR}&after={id}");
    for (path, headers) in [
        (SIDEBAR, vec![("last-event-id", id.as_str())]),
        (after.as_str(), vec![]),
        ("/v1/workspaces/1/events?views=sidebar:7&from=13", vec![]),
        // The header tells of later events than the address that the page was opened with.
        ("/v1/workspaces/1/events?views=sidebar:7&from=1", vec![("last-event-id", id.as_str())]),
    ] {
        let mut stream = server.stream(path, &headers);
        let seqs = [stream.event(), stream.event()].map(|event| event.data["seq"].clone());
        assert_eq!(seqs, [json!(14), json!(15)], "{path}");
        assert_eq!(stream.event().data["caught_up"], 15);
    }
    let of_another_store = id.replace(&id[..4], if id.starts_with("0000") { "1111" } else { "0000" });
    let reset = server.stream(SIDEBAR, &[("last-event-id", &of_another_store)]).event();
    assert_eq!(reset.data["reset"], 15);
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let server = Running::open();
    for (query, status, code) in [
        ("views=all%20%26%20tag:billing", 400, "malformed"),
        ("views=nix", 400, "malformed"),
        ("views=sidebar:9007199254740992", 400, "malformed"),
        ("views=assigned:9007199254740992", 400, "malformed"),
        ("views=sidebar:8", 404, "unknown_manager"),
        ("views=tag:nix", 404, "unknown_tag"),
        ("from=x", 400, "malformed"),
        ("from=99", 400, "malformed"),
        ("after=x", 400, "malformed"),
        ("nix=1", 400, "malformed"),
    ] {
        server.stream(&format!("/v1/workspaces/1/events?{query}"), &[]).refused().assert_failed(status, code);
    }
    let answer = server.stream("/v1/workspaces/1/events", &[("last-event-id", "x")]).refused();
    answer.assert_failed(400, "malformed");
    let many: String = (0..1_025).map(|number| format!("views=hashtag:t{number}&")).collect();
    server.stream(&format!("/v1/workspaces/1/events?{many}"), &[]).refused().assert_failed(400, "malformed");
}

fn as_actor(server: &Running, actor: Actor) -> String {
    format!("Bearer {}", server.token(actor))
}

/// Waits for the end of a stream, past what is still told.
fn assert_ends(mut stream: crate::common::Streamed) {
    let began = Instant::now();
    while stream.next().is_some() {}
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn streams_end_with_what_they_rest_on() {
    let server = Running::closed();
    let open = |token: &str| {
        let mut stream = server.stream(SIDEBAR, &[("authorization", token)]);
        stream.event();
        stream
    };
    let expiring = NewToken::new(1, Actor::System, Duration::from_secs(2)).sign(&server.secret()).unwrap();
    let expired = open(&format!("Bearer {expiring}"));
    let removed = open(&as_actor(&server, manager(9)));
    let _stays = open(&as_actor(&server, manager(7)));
    server.engine.workspace(1).unwrap().as_system().execute(Command::remove_manager(9)).unwrap();
    assert_ends(removed);
    assert_ends(expired);
}

#[test]
fn streams_end_when_their_token_is_revoked_or_the_server_stops() {
    let mut server = Running::closed();
    let id = "to-be-revoked";
    let token = crate::tokens::signed_with_id(manager(7), id);
    let authorization = format!("Bearer {token}");
    let mut revoked = server.stream(SIDEBAR, &[("authorization", &authorization)]);
    revoked.event();
    let token = as_actor(&server, manager(9));
    let mut stays = server.stream("/v1/workspaces/1/events", &[("authorization", &token)]);
    stays.event();
    std::fs::write(server.directory.path().join("revoked"), id).unwrap();
    assert_ends(revoked);
    server.tell_to_stop();
    assert_ends(stays);
    server.join();
}

#[test]
fn customers_learn_of_their_own_chats_what_they_may_see() {
    let server = Running::closed();
    let token = as_actor(&server, customer(5));
    let headers = [("authorization", token.as_str())];
    let mut stream = server.stream("/v1/workspaces/1/events", &headers);
    let first = stream.event().data;
    assert_eq!((numbers(&first, "customer:5"), first["counts"].as_array().unwrap().len()), (json!([1, 0, 0]), 1));
    let inbox = server.engine.workspace(1).unwrap();
    let system = inbox.as_system();
    system.send_message(1, inboxdb::NewMessage::internal("a secret")).unwrap();
    system.execute(Command::tag(1, ["billing/refund"])).unwrap();
    system.send_message(2, "of another").unwrap();
    inbox.as_manager(7).send_message(1, "hello").unwrap();
    inbox.as_manager(7).execute(Command::close(1)).unwrap();
    let (said, closed) = (stream.event().data, stream.event().data);
    assert_eq!(said["chats"], json!([{"chat": 1, "what": ["message"], "message": 4}]));
    assert_eq!(closed["chats"], json!([{"chat": 1, "what": ["status"]}]));
    for event in [said, closed] {
        assert_eq!((&event["by"], &event["id"], &event["notices"]), (&Value::Null, &Value::Null, &json!([])));
    }
    for view in ["all", "sidebar:7", "customer:6", "assigned:7"] {
        let answer = server.stream(&format!("/v1/workspaces/1/events?views={view}"), &headers).refused();
        answer.assert_failed(404, "not_found");
    }
}

#[test]
fn watchers_are_bounded() {
    let mut limits = Limits::default();
    limits.watchers_max = 2;
    let server = Running::with_limits(limits);
    let mut open: Vec<_> = (0..2).map(|_| server.stream(SIDEBAR, &[])).collect();
    open.iter_mut().for_each(|stream| drop(stream.event()));
    server.stream(SIDEBAR, &[]).refused().assert_failed(429, "too_many_requests");
    open.pop();
    let began = Instant::now();
    while server.stream(SIDEBAR, &[]).next().is_none() {
        assert!(began.elapsed() < Duration::from_secs(10), "a place is free once its stream is gone");
        std::thread::sleep(Duration::from_millis(50));
    }
}
