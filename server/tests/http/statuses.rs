//! The status and the body of every kind of answer.

use serde_json::json;

use crate::common::Running;

fn command(actor: &str, command: &str) -> String {
    format!(r#"{{"workspace":1,"actor":{actor},"do":{command}}}"#)
}

#[test]
fn single_commands_and_queries_are_answered() {
    let server = Running::open();
    let done = server.post("/v1/commands", &command(r#"{"manager":7}"#, r#"{"close":{"chat":1}}"#));
    assert_eq!((done.status, done.json()), (200, json!({"seq": 14, "ok": {}})));
    let started = server.post("/v1/commands", &command("\"system\"", r#"{"start_chat":{"customer":5}}"#));
    assert_eq!(started.json(), json!({"seq": 15, "ok": {"chat": 3}}));
    let count = server.post("/v1/queries", r#"{"count":{"workspace":1,"view":"assigned:7:closed"}}"#);
    assert_eq!((count.status, count.json()), (200, json!({"count": 1})));
    assert_eq!(count.header("cache-control"), Some("no-store"));
    assert_eq!(count.header("x-content-type-options"), Some("nosniff"));
}

#[test]
fn refusals_have_the_statuses_of_the_contract() {
    let server = Running::open();
    let system = |text: &str| command("\"system\"", text);
    for (body, status, code) in [
        ("nonsense".to_owned(), 400, "malformed"),
        (String::new(), 400, "malformed"),
        (r#"{"do":"tick"}"#.to_owned(), 400, "malformed"),
        (r#"{"workspace":1,"do":"tick"}"#.to_owned(), 400, "malformed"),
        (r#"{"workspace":9007199254740992,"actor":"system","do":"tick"}"#.to_owned(), 400, "malformed"),
        (command(r#"{"manager":9007199254740992}"#, r#"{"close":{"chat":1}}"#), 400, "malformed"),
        (r#"{"workspace":1,"at":9999999999999,"actor":"system","do":"tick"}"#.to_owned(), 400, "malformed"),
        (system(r#"{"snooze":{"chat":1,"until":5}}"#), 400, "invalid_snooze"),
        (system(r#"{"send_message":{"chat":1,"visibility":"public","text":""}}"#), 400, "empty_message"),
        (command(r#"{"customer":5}"#, r#"{"close":{"chat":1}}"#), 403, "forbidden"),
        (command(r#"{"manager":9}"#, r#"{"delete_chat":{"chat":1}}"#), 403, "forbidden"),
        (command(r#"{"manager":8}"#, r#"{"close":{"chat":1}}"#), 404, "unknown_manager"),
        (system(r#"{"close":{"chat":9}}"#), 404, "unknown_chat"),
        (system(r#"{"start_chat":{"customer":99}}"#), 404, "unknown_customer"),
        (system(r#"{"delete_tag":{"path":"nix"}}"#), 404, "unknown_tag"),
        (system(r#"{"redact_message":{"chat":1,"message":9}}"#), 404, "unknown_message"),
        (system(r#"{"move_tag":{"path":"billing/refund","to":"billing"}}"#), 409, "tag_exists"),
    ] {
        let answer = server.post("/v1/commands", &body);
        assert_eq!(answer.status, status, "{body}\n{}", answer.text());
        answer.assert_failed(status, code);
    }
    let failed = r#"{"workspace":1,"actor":"system","if":{"chat":1,"messages":9},"do":{"close":{"chat":1}}}"#;
    let failed = server.post("/v1/commands", failed);
    failed.assert_failed(409, "condition_failed");
    assert_eq!(failed.json()["error"]["actual"], json!({"messages": 2}));
    let all = system(r#"{"all":[{"open":{"chat":1}},{"close":{"chat":9}}]}"#);
    let all = server.post("/v1/commands", &all);
    all.assert_failed(404, "unknown_chat");
    assert_eq!(all.json()["error"]["at"], 1);
}

#[test]
fn queries_are_refused_in_the_same_form() {
    let server = Running::open();
    for (body, status, code) in [
        (r#"{"count":{"workspace":1,"view":"assigned:"}}"#, 400, "malformed"),
        (r#"{"count":{"workspace":1,"view":"assigned:9007199254740992"}}"#, 400, "malformed"),
        (r#"{"count":{"workspace":1,"view":"assigned:8"}}"#, 404, "unknown_manager"),
        (r#"{"count":{"workspace":1,"view":"custom:team=a"}}"#, 404, "unknown_index"),
        (r#"{"list":{"workspace":1,"view":"all","limit":0}}"#, 400, "malformed"),
        (r#"{"show":{"workspace":1,"chat":4294967296}}"#, 400, "malformed"),
        (r#"{"message":{"workspace":1,"chat":1,"message":9}}"#, 404, "unknown_message"),
    ] {
        server.post("/v1/queries", body).assert_failed(status, code);
    }
}

#[test]
fn paths_and_parameters_are_checked() {
    let server = Running::open();
    for (path, status, code) in [
        ("/v1/workspaces/1/chats/9", 404, "unknown_chat"),
        ("/v1/workspaces/1/chats/x", 400, "malformed"),
        ("/v1/workspaces/1/chats/4294967296", 400, "malformed"),
        ("/v1/workspaces/9007199254740992/chats", 400, "malformed"),
        ("/v1/workspaces/-1/chats", 400, "malformed"),
        ("/v1/workspaces/1/chats?view=nix", 400, "malformed"),
        ("/v1/workspaces/1/chats?limit=0", 400, "malformed"),
        ("/v1/workspaces/1/chats?limit=1001", 400, "malformed"),
        ("/v1/workspaces/1/chats?before=zz", 400, "malformed"),
        ("/v1/workspaces/1/chats?nix=1", 400, "malformed"),
        ("/v1/workspaces/1/chats?order=random", 400, "malformed"),
        ("/v1/workspaces/1/sidebar", 400, "malformed"),
        ("/v1/workspaces/1/sidebar?manager=8", 404, "unknown_manager"),
        ("/v1/workspaces/1/sidebar?manager=9007199254740992", 400, "malformed"),
        ("/v1/workspaces/1/customers/99", 404, "unknown_customer"),
        ("/v1/workspaces/1/export?filter=assigned:8", 404, "unknown_manager"),
        ("/v1/workspaces/1/export?manager=9", 403, "forbidden"),
        ("/v1/nix", 404, "not_found"),
        ("/index.html", 404, "not_found"),
        ("/v1/workspaces/1/chats/", 404, "not_found"),
    ] {
        let answer = server.get(path);
        assert_eq!(answer.status, status, "{path}\n{}", answer.text());
        answer.assert_failed(status, code);
    }
}

#[test]
fn reads_with_addresses_answer_as_queries_do() {
    let server = Running::open();
    for (path, query) in [
        ("/v1/workspaces/1/sidebar?manager=7", r#"{"sidebar":{"workspace":1,"manager":7}}"#),
        ("/v1/workspaces/1/count?view=assigned:7:open", r#"{"count":{"workspace":1,"view":"assigned:7:open"}}"#),
        ("/v1/workspaces/1/chats?view=all:open&limit=1", r#"{"list":{"workspace":1,"view":"all:open","limit":1}}"#),
        (
            "/v1/workspaces/1/chats?order=oldest&ids=true",
            r#"{"list":{"workspace":1,"view":"all","order":"oldest","ids":true}}"#,
        ),
        ("/v1/workspaces/1/chats/1", r#"{"show":{"workspace":1,"chat":1}}"#),
        ("/v1/workspaces/1/chats/1/messages", r#"{"messages":{"workspace":1,"chat":1}}"#),
        (
            "/v1/workspaces/1/chats/1/messages?visibility=public&limit=5",
            r#"{"messages":{"workspace":1,"chat":1,"visibility":"public","limit":5}}"#,
        ),
        ("/v1/workspaces/1/managers?removed=true", r#"{"managers":{"workspace":1,"removed":true}}"#),
        ("/v1/workspaces/1/tags", r#"{"tags":{"workspace":1}}"#),
        ("/v1/workspaces/1/customers/5", r#"{"customer":{"workspace":1,"customer":5}}"#),
        ("/v1/workspaces/77/chats", r#"{"list":{"workspace":77,"view":"all"}}"#),
    ] {
        let (read, asked) = (server.get(path), server.post("/v1/queries", query));
        assert_eq!((read.status, read.text()), (200, asked.text()), "{path}");
        assert!(read.header("inboxdb-seq").is_some());
    }
    let page = server.get("/v1/workspaces/1/chats?limit=1").json();
    let next = page["next"].as_str().unwrap();
    let rest = server.get(&format!("/v1/workspaces/1/chats?limit=5&before={next}")).json();
    assert_eq!((page["chats"][0]["id"].clone(), rest["chats"][0]["id"].clone()), (json!(2), json!(1)));
}

#[test]
fn other_methods_and_types_are_refused() {
    let server = Running::open();
    let answer = server.request("PUT", "/v1/commands", &[("content-type", "application/json")], "{}");
    answer.assert_failed(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("POST"));
    server.request("POST", "/healthz", &[], "").assert_failed(405, "method_not_allowed");
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
        for path in ["/v1/commands", "/v1/queries"] {
            let answer = server.request("POST", path, &[("content-type", content_type)], "{}");
            answer.assert_failed(415, "unsupported_media_type");
        }
    }
    server.request("POST", "/v1/commands", &[], "{}").assert_failed(415, "unsupported_media_type");
    let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
    server.request("POST", "/v1/commands", &headers, "{}").assert_failed(415, "unsupported_media_type");
}

#[test]
fn idempotency_keys_are_ids_of_commands() {
    let server = Running::open();
    let start = command("\"system\"", r#"{"start_chat":{"customer":5}}"#);
    let keyed = |key: &str, body: &str| {
        server.request("POST", "/v1/commands", &[("content-type", "application/json"), ("idempotency-key", key)], body)
    };
    let first = keyed("a", &start).json();
    assert_eq!(keyed("a", &start).json()["ok"], first["ok"]);
    assert_eq!(server.get("/v1/workspaces/1/count").json(), json!({"count": 3}));
    keyed("a", &command("\"system\"", r#"{"start_chat":{"customer":6}}"#)).assert_failed(409, "id_reused");
    let named = start.replace("\"actor\"", "\"id\":\"b\",\"actor\"");
    assert_eq!(keyed("b", &named).status, 200);
    keyed("c", &named).assert_failed(400, "malformed");
    keyed(&"k".repeat(65), &start).assert_failed(400, "malformed");
    keyed("", &start).assert_failed(400, "malformed");
    let headers = [("content-type", "application/x-ndjson"), ("idempotency-key", "d")];
    server.request("POST", "/v1/commands", &headers, &start).assert_failed(400, "malformed");
}

#[test]
fn health_and_metrics_tell_about_the_server() {
    let server = Running::open();
    assert_eq!(server.get("/healthz").json(), json!({"status": "ok", "seq": 13}));
    server.post("/v1/commands", &command("\"system\"", r#"{"close":{"chat":9}}"#));
    server.post("/v1/commands", &command("\"system\"", r#"{"close":{"chat":1}}"#));
    let metrics = server.get("/metrics");
    assert!(metrics.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    let text = metrics.text();
    for line in [
        "inboxdb_commands_total 1",
        "inboxdb_refusals_total{code=\"unknown_chat\"} 1",
        "inboxdb_http_requests_total{method=\"POST\",route=\"/v1/commands\",status=\"404\"} 1",
        "# EOF",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let document = server.get("/openapi.json").json();
    assert_eq!(document["openapi"], "3.1.0");
    server.engine.close().unwrap();
    server.get("/healthz").assert_failed(503, "unavailable");
    server.post("/v1/commands", &command("\"system\"", r#"{"close":{"chat":1}}"#)).assert_failed(503, "unavailable");
}
