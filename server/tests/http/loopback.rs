//! A server without a secret: for this machine, and for no web page but its own.

use std::sync::Arc;

use inboxdb::Engine;
use inboxdb_server::{ServeError, Server};
use tokio::net::TcpListener;

use crate::common::Running;

#[tokio::test]
async fn other_machines_need_a_secret() {
    let engine = Arc::new(Engine::temporary().unwrap());
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let served = Server::new(engine).serve(listener, std::future::pending()).await;
    let Err(error @ ServeError::NotLocal(_)) = served else { panic!("{served:?}") };
    assert!(error.to_string().contains("--secret-file"), "{error}");
}

#[test]
fn foreign_hosts_and_origins_are_refused_on_every_route() {
    let server = Running::open();
    let document = server.get("/openapi.json").json();
    let mut paths: Vec<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
    paths.extend(["/".to_owned(), "/nix".to_owned()]);
    for path in paths {
        let path = path.replace("{workspace}", "1").replace("{chat}", "1").replace("{customer}", "5");
        for headers in [
            [("host", "evil.example"), ("x", "")],
            [("host", "127.0.0.1.evil.example:7878"), ("x", "")],
            [("host", ""), ("x", "")],
            [("host", "localhost"), ("origin", "https://evil.example")],
            [("host", "localhost"), ("origin", "null")],
            [("host", "localhost"), ("origin", "http://localhost:3000")],
        ] {
            for method in ["GET", "POST", "DELETE"] {
                let answer = server.request(method, &path, &headers, "");
                assert_eq!(answer.status, 403, "{method} {path} {headers:?}: {}", answer.text());
            }
        }
    }
    assert_eq!(server.request("GET", "/healthz", &[("host", "127.0.0.1:7878")], "").status, 200);
    assert_eq!(server.request("GET", "/healthz", &[("host", "[::1]:7878")], "").status, 200);
    let own = [("host", "localhost:1"), ("origin", "http://localhost:1")];
    assert_eq!(server.request("GET", "/healthz", &own, "").status, 200);
}

#[test]
fn bodies_that_a_foreign_page_may_send_write_nothing() {
    let server = Running::open();
    let close = r#"{"workspace":1,"actor":"system","do":{"close":{"chat":1}}}"#;
    for content_type in
        ["text/plain", "text/plain; charset=utf-8", "application/x-www-form-urlencoded", "multipart/form-data"]
    {
        let answer = server.request("POST", "/v1/commands", &[("content-type", content_type)], close);
        answer.assert_failed(415, "unsupported_media_type");
    }
    assert_eq!(server.engine.workspace(1).unwrap().chat(1).unwrap().status, inboxdb::Status::Open);
}
