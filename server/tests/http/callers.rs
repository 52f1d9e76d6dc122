//! Every route of the document with every kind of caller. A new route is in the document, and so in this test.

use inboxdb::Actor;
use serde_json::{Value, json};

use crate::common::{Answer, Running, customer, manager};

/// The routes of the document that need no token.
const PUBLIC: [(&str, &str); 4] =
    [("get", "/healthz"), ("get", "/openapi.json"), ("delete", "/v1/session"), ("post", "/v1/session")];

/// A request to a route, as something that a caller with every right would get.
struct Asked {
    method: String,
    route: String,
    path: String,
    body: Option<&'static str>,
}

impl Asked {
    fn send(&self, server: &Running, token: Option<&str>) -> Answer {
        let token = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(token.as_deref().map(|token| ("authorization", token)));
        if self.route.ends_with("/events") {
            let mut stream = server.stream(&self.path, &headers);
            return match stream.next() {
                Some(event) => Answer { status: 200, headers: Vec::new(), body: event.data.to_string().into() },
                None => server.request("GET", &self.path, &headers, ""),
            };
        }
        server.request(&self.method.to_uppercase(), &self.path, &headers, self.body.unwrap_or_default())
    }

    fn is_public(&self) -> bool {
        PUBLIC.contains(&(self.method.as_str(), self.route.as_str()))
    }

    fn is(&self, method: &str, route: &str) -> bool {
        self.method == method && self.route == route
    }
}

/// Each route, with its path in a workspace.
fn routes(server: &Running, workspace: u64) -> Vec<Asked> {
    let document = server.get("/openapi.json").json();
    let mut asked = Vec::new();
    for (route, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let path =
                route.replace("{workspace}", &workspace.to_string()).replace("{chat}", "1").replace("{customer}", "5");
            let query = match route.rsplit('/').next().unwrap() {
                "sidebar" => "?manager=7",
                _ => "",
            };
            let body = match (method.as_str(), route.as_str(), workspace) {
                ("post", "/v1/commands", 1) => Some(r#"{"workspace":1,"do":"tick"}"#),
                ("post", "/v1/commands", _) => Some(r#"{"workspace":2,"do":"tick"}"#),
                ("post", "/v1/queries", 1) => Some(r#"{"tags":{"workspace":1}}"#),
                ("post", "/v1/queries", _) => Some(r#"{"tags":{"workspace":2}}"#),
                ("post", "/v1/session" | "/v1/backup", _) => Some(""),
                ("post", other, _) => panic!("this test does not know what to send to {other}"),
                _ => None,
            };
            asked.push(Asked { method: method.clone(), route: route.clone(), path: path + query, body });
        }
    }
    assert!(asked.len() >= 19, "{}", asked.len());
    asked
}

#[test]
fn every_route_wants_a_token_that_counts() {
    let server = Running::closed();
    let good = server.token(Actor::System);
    let (body, signature) = good.rsplit_once('.').unwrap();
    let (head, _) = body.split_once('.').unwrap();
    let wrong = format!("{body}.{}", signature.chars().rev().collect::<String>());
    let unsigned = format!("{}.{}.", base64(r#"{"alg":"none"}"#), body.split_once('.').unwrap().1);
    let foreign = Running::closed();
    std::fs::write(foreign.secret(), "another secret that is long enough").unwrap();
    let foreign = foreign.token(Actor::System);
    for asked in routes(&server, 1) {
        if asked.is_public() {
            continue;
        }
        let of = |token| asked.send(&server, token).status;
        for token in [None, Some(""), Some("x"), Some(&wrong), Some(&unsigned), Some(&foreign), Some(head)] {
            assert_eq!(of(token), 401, "{} {} with {token:?}", asked.method, asked.path);
        }
        let answer = asked.send(&server, None);
        answer.assert_failed(401, "unauthorized");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
}

fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: Vec<u8> = text.bytes().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let letter = |bits: &[u8]| {
        let value = (0..6).fold(0, |value, at| value << 1 | bits.get(at).copied().unwrap_or(0));
        LETTERS[usize::from(value)] as char
    };
    bits.chunks(6).map(letter).collect()
}

#[test]
fn no_route_crosses_workspaces() {
    let server = Running::closed();
    for actor in [Actor::System, manager(7), customer(5)] {
        let token = server.token_in(1, actor);
        for asked in routes(&server, 2) {
            if asked.is_public() || !asked.path.contains('2') && asked.body.is_none() {
                continue;
            }
            let answer = asked.send(&server, Some(&token));
            let allowed: &[u16] = if matches!(actor, Actor::Customer(_)) { &[403, 404] } else { &[403] };
            assert!(allowed.contains(&answer.status), "{actor} {} {}", asked.path, answer.status);
        }
    }
}

#[test]
fn customers_reach_what_is_listed_and_nothing_else() {
    let server = Running::closed();
    let token = server.token(customer(5));
    for asked in routes(&server, 1) {
        let answer = asked.send(&server, Some(&token));
        let listed = asked.is_public()
            || asked.is("get", "/v1/session")
            || asked.is("get", "/v1/workspaces/{workspace}/count")
            || asked.is("get", "/v1/workspaces/{workspace}/chats")
            || asked.is("get", "/v1/workspaces/{workspace}/chats/{chat}")
            || asked.is("get", "/v1/workspaces/{workspace}/chats/{chat}/messages")
            || asked.is("get", "/v1/workspaces/{workspace}/events");
        match (asked.method.as_str(), asked.route.as_str()) {
            // The commands of a customer have a list of their own, in the engine.
            ("post", "/v1/commands") => answer.assert_failed(403, "forbidden"),
            _ if listed => assert!(answer.status < 300, "{} {}", asked.path, answer.text()),
            _ => answer.assert_failed(404, "not_found"),
        }
        assert!(!answer.text().contains("secret") || asked.is_public(), "{}: {}", asked.path, answer.text());
    }
}

#[test]
fn managers_who_left_or_never_were_read_nothing() {
    let server = Running::closed();
    for actor in [manager(11), manager(99), customer(99)] {
        let token = server.token(actor);
        for asked in routes(&server, 1) {
            if asked.is_public() || asked.is("get", "/v1/session") {
                continue;
            }
            let status = asked.send(&server, Some(&token)).status;
            assert!([403, 404].contains(&status), "{actor} {} {status}", asked.path);
        }
        server.post_as(&token, "/v1/session", "").assert_failed(403, "forbidden");
    }
}

#[test]
fn what_concerns_all_workspaces_needs_a_token_for_them() {
    let server = Running::closed();
    let plain = server.token(Actor::System);
    let store = inboxdb_server::NewToken::new(1, Actor::System, std::time::Duration::from_secs(60)).store(true);
    let store = store.sign(&server.secret()).unwrap();
    for path in ["/v1/backup", "/metrics"] {
        for token in [&plain, &server.token(manager(7))] {
            server.get_as(token, path).assert_failed(403, "forbidden");
        }
        assert_eq!(server.get_as(&store, path).status, 200, "{path}");
    }
    for token in [&plain, &server.token(manager(7))] {
        server.post_as(token, "/v1/backup", "").assert_failed(403, "forbidden");
    }
    let answer = server.post_as(&store, "/v1/backup", "");
    answer.assert_failed(400, "malformed");
    assert!(answer.text().contains("--backups"), "{}", answer.text());
    server.engine.workspace(2).unwrap().as_system().put_customer(1, "Other").unwrap();
    let workspaces = |token| server.post_as(token, "/v1/queries", r#"{"workspaces":{}}"#).json();
    assert_eq!(workspaces(&plain), json!({"workspaces": [1]}));
    assert_eq!(workspaces(&store), json!({"workspaces": [1, 2]}));
    server.get_as(&server.token(manager(9)), "/v1/workspaces/1/export").assert_failed(403, "forbidden");
    assert_eq!(server.get_as(&server.token(manager(7)), "/v1/workspaces/1/export").status, 200);
    server.get_as(&server.token(manager(7)), "/v1/workspaces/1/export?manager=9").assert_failed(403, "forbidden");
}

#[test]
fn tokens_complete_envelopes_or_must_match_them() {
    let server = Running::closed();
    let (ada, system) = (server.token(manager(7)), server.token(Actor::System));
    let close = |token: &str, rest: &str| {
        server.post_as(token, "/v1/commands", &format!(r#"{{{rest}"do":{{"close":{{"chat":1}}}}}}"#))
    };
    assert_eq!(close(&ada, "").status, 200);
    assert_eq!(close(&ada, r#""workspace":1,"actor":{"manager":7},"#).status, 200);
    assert_eq!(close(&ada, r#""workspace":null,"actor":null,"at":null,"#).status, 200);
    close(&ada, r#""actor":"system","#).assert_failed(403, "forbidden");
    close(&ada, r#""actor":{"manager":9},"#).assert_failed(403, "forbidden");
    close(&ada, r#""workspace":2,"#).assert_failed(403, "forbidden");
    close(&system, r#""actor":{"manager":7},"#).assert_failed(403, "forbidden");
    let acting = r#"{"do":{"all":[{"as":{"manager":9},"do":{"close":{"chat":1}}}]}}"#;
    server.post_as(&ada, "/v1/commands", acting).assert_failed(403, "forbidden");
    assert_eq!(server.post_as(&system, "/v1/commands", acting).status, 200);
    let lines = format!("{{\"do\":{{\"open\":{{\"chat\":1}}}}}}\n{}", r#"{"workspace":2,"do":{"open":{"chat":1}}}"#);
    let token = format!("Bearer {ada}");
    let headers = [("content-type", "application/x-ndjson"), ("authorization", token.as_str())];
    let lines = server.request("POST", "/v1/commands", &headers, &lines).lines();
    assert_eq!((lines[0]["ok"].clone(), lines[1]["error"]["code"].clone()), (json!({}), json!("forbidden")));
}

fn fields(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn customers_see_their_own_chats_reduced() {
    let server = Running::closed();
    let token = server.token(customer(5));
    let get = |path: &str| server.get_as(&token, path);
    let chat = get("/v1/workspaces/1/chats/1").json();
    assert_eq!(fields(&chat), ["assignee", "created_at", "id", "last_activity_at", "status"]);
    assert_eq!(chat["assignee"], "Ada");
    let messages = get("/v1/workspaces/1/chats/1/messages").json();
    assert_eq!(messages["messages"].as_array().unwrap().len(), 1);
    assert_eq!(messages["messages"][0]["text"], "hello");
    let list = get("/v1/workspaces/1/chats").json();
    assert_eq!((&list["chats"][0], list["chats"].as_array().unwrap().len()), (&chat, 1));
    assert_eq!(get("/v1/workspaces/1/count?view=customer:5:open").json(), json!({"count": 1}));

    // A chat of another customer is as one that does not exist, but for its number.
    for rest in ["", "/messages"] {
        let (of_another, of_none) =
            (get(&format!("/v1/workspaces/1/chats/2{rest}")), get(&format!("/v1/workspaces/1/chats/3{rest}")));
        of_another.assert_failed(404, "unknown_chat");
        assert_eq!(of_another.text().replace('2', "3"), of_none.text());
    }
    for path in [
        "/v1/workspaces/1/chats?view=all",
        "/v1/workspaces/1/chats?view=customer:6",
        "/v1/workspaces/1/count?view=customer:5|all",
    ] {
        get(path).assert_failed(404, "not_found");
    }
    get("/v1/workspaces/1/chats/1/messages?visibility=internal").assert_failed(404, "not_found");
}

#[test]
fn customers_ask_the_listed_queries_only() {
    let server = Running::closed();
    let token = server.token(customer(5));
    let ask = |query: &str| server.post_as(&token, "/v1/queries", query);
    let chats = ask(r#"{"chats":{"workspace":1,"chats":[1,2,3]}}"#).json();
    assert_eq!(
        (&chats["chats"][0]["id"], &chats["chats"][1], &chats["chats"][2]),
        (&json!(1), &Value::Null, &Value::Null)
    );
    assert_eq!(ask(r#"{"message":{"workspace":1,"chat":1,"message":1}}"#).json()["text"], "hello");
    let (internal, missing) = (
        ask(r#"{"message":{"workspace":1,"chat":1,"message":2}}"#),
        ask(r#"{"message":{"workspace":1,"chat":1,"message":3}}"#),
    );
    internal.assert_failed(404, "unknown_message");
    assert_eq!(internal.text().replace('2', "3"), missing.text());
    for query in [
        r#"{"workspaces":{}}"#,
        r#"{"sidebar":{"workspace":1,"manager":7}}"#,
        r#"{"managers":{"workspace":1}}"#,
        r#"{"tags":{"workspace":1}}"#,
        r#"{"customer":{"workspace":1,"customer":5}}"#,
        r#"{"customers":{"workspace":1}}"#,
        r#"{"files":{"workspace":1,"chat":1}}"#,
        r#"{"recommend":{"workspace":1,"chat":1}}"#,
        r#"{"find":{"workspace":1,"customer":"x"}}"#,
        r#"{"digest":{"workspace":1}}"#,
        r#"{"count":{"workspace":1,"view":{"and":["customer:5","tag:billing"]}}}"#,
        r#"{"notifications":{"workspace":1,"manager":7}}"#,
    ] {
        ask(query).assert_failed(404, "not_found");
    }
}
