//! The cookie of the page, and what other sites cannot do with it.

use serde_json::json;

use crate::common::{Running, manager};

const CLOSE: &str = r#"{"do":{"close":{"chat":1}}}"#;
const JSON: (&str, &str) = ("content-type", "application/json");

/// Trades a token for the cookie, as a browser would keep it.
fn cookie(server: &Running) -> String {
    let traded = server.post("/v1/session", &json!({"token": server.token(manager(7))}).to_string());
    assert_eq!(traded.status, 200, "{}", traded.text());
    let set = traded.header("set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Secure"), "there is no TLS here: {set}");
    set.split(';').next().unwrap().to_owned()
}

#[test]
fn cookie_stands_for_the_token() {
    let server = Running::closed();
    let cookie = cookie(&server);
    let who = server.request("GET", "/v1/session", &[("cookie", &cookie)], "").json();
    assert_eq!((&who["open"], &who["workspace"], &who["actor"]), (&json!(false), &json!(1), &json!({"manager": 7})));
    assert_eq!(server.request("GET", "/v1/workspaces/1/chats/1", &[("cookie", &cookie)], "").status, 200);
    let headers = [JSON, ("cookie", cookie.as_str()), ("x-inboxdb", "1")];
    assert_eq!(server.request("POST", "/v1/commands", &headers, CLOSE).status, 200);
    let gone = server.request("DELETE", "/v1/session", &[("cookie", &cookie), ("x-inboxdb", "1")], "");
    assert_eq!(gone.status, 204);
    assert!(gone.header("set-cookie").unwrap().contains("Max-Age=0"));
    server.get("/v1/session").assert_failed(401, "unauthorized");
    server.request("GET", "/v1/session", &[("cookie", "inboxdb_session=x")], "").assert_failed(401, "unauthorized");
}

#[test]
fn writes_with_the_cookie_need_the_header() {
    let server = Running::closed();
    let cookie = cookie(&server);
    for path in ["/v1/commands", "/v1/queries"] {
        let headers = [JSON, ("cookie", cookie.as_str())];
        server.request("POST", path, &headers, CLOSE).assert_failed(403, "forbidden");
    }
    assert_eq!(server.engine.workspace(1).unwrap().chat(1).unwrap().status, inboxdb::Status::Open);
}

#[test]
fn pages_of_other_sites_cannot_use_the_cookie() {
    let server = Running::closed();
    let cookie = cookie(&server);
    for origin in ["https://evil.example", "null", "http://localhost.evil.example"] {
        let headers = [JSON, ("cookie", cookie.as_str()), ("x-inboxdb", "1"), ("origin", origin)];
        server.request("POST", "/v1/commands", &headers, CLOSE).assert_failed(403, "forbidden");
        let headers = [("cookie", cookie.as_str()), ("origin", origin)];
        server.request("GET", "/v1/workspaces/1/chats", &headers, "").assert_failed(403, "forbidden");
    }
    let headers = [JSON, ("cookie", cookie.as_str()), ("x-inboxdb", "1"), ("origin", "http://localhost")];
    assert_eq!(server.request("POST", "/v1/commands", &headers, CLOSE).status, 200);
    // No answer allows another site anything, also not the question before a request.
    let asked = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    let preflight = server.request("OPTIONS", "/v1/commands", &asked, "");
    assert_eq!(preflight.status, 405);
    assert!(!preflight.headers.iter().any(|(name, _)| name.starts_with("access-control-")));
}

#[test]
fn sessions_are_not_made_by_forms() {
    let server = Running::closed();
    let body = json!({"token": server.token(manager(7))}).to_string();
    for content_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let answer = server.request("POST", "/v1/session", &[("content-type", content_type)], &body);
        answer.assert_failed(415, "unsupported_media_type");
    }
    server.post("/v1/session", r#"{"token":"x"}"#).assert_failed(401, "unauthorized");
    let token = format!("Bearer {}", server.token(manager(7)));
    assert_eq!(server.request("POST", "/v1/session", &[("authorization", &token)], "").status, 200);
    let secure =
        server.request("POST", "/v1/session", &[("authorization", &token), ("x-forwarded-proto", "https")], "");
    assert!(secure.header("set-cookie").unwrap().ends_with("; Secure"));
}

#[test]
fn open_servers_say_so() {
    let server = Running::open();
    let who = server.get("/v1/session").json();
    assert_eq!(who, json!({"open": true, "workspace": null, "actor": null, "expires_at": null}));
    server.post("/v1/session", r#"{"token":"x"}"#).assert_failed(400, "malformed");
}
