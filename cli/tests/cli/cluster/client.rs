//! Asks nodes over HTTP.

use std::io::{BufRead, BufReader};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{HeaderValue, Request, Response};
use ureq::middleware::MiddlewareNext;
use ureq::{Body, SendBody};

use super::SOON;
use crate::serve::Serving;

/// What asks nodes.
pub struct Client {
    pub agent: Agent,
}

/// An answer: its status, its place, and its JSON.
pub struct Said {
    pub status: u16,
    pub place: Option<u64>,
    pub json: Value,
}

impl Client {
    /// With a token where nodes want one.
    pub fn new(token: Option<&str>) -> Self {
        let mut config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(SOON));
        if let Some(token) = token {
            let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
            config = config.middleware(move |mut request: Request<SendBody>, next: MiddlewareNext| {
                request.headers_mut().insert("authorization", value.clone());
                next.handle(request) as Result<Response<Body>, ureq::Error>
            });
        }
        Self { agent: config.build().into() }
    }

    pub fn post(&self, node: &Serving, path: &str, media_type: &str, body: &str) -> (u16, Option<u64>, String) {
        let request = self.agent.post(format!("{}{path}", node.url())).header("content-type", media_type);
        let mut response = request.header("accept", media_type).send(body).unwrap();
        let place = response.headers().get("inboxdb-place").map(|place| place.to_str().unwrap().parse().unwrap());
        let text = response.body_mut().with_config().limit(u64::MAX).read_to_string().unwrap();
        (response.status().as_u16(), place, text)
    }

    pub fn command(&self, node: &Serving, id: &str, command: &Value) -> Said {
        let body = json!({"workspace": 1, "actor": "system", "id": id, "do": command}).to_string();
        let (status, place, text) = self.post(node, "/v1/commands", "application/json", &body);
        Said { status, place, json: serde_json::from_str(&text).unwrap() }
    }

    pub fn lines(&self, node: &Serving, path: &str, lines: &str) -> Vec<Value> {
        let (status, _, text) = self.post(node, path, "application/x-ndjson", lines);
        assert_eq!(status, 200, "{text}");
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn ask(&self, node: &Serving, query: &Value) -> Said {
        let (status, place, text) = self.post(node, "/v1/queries", "application/json", &query.to_string());
        Said { status, place, json: serde_json::from_str(&text).unwrap() }
    }

    /// The events of workspace 1 behind one, each with its id, until one names this chat.
    pub fn events_until(&self, node: &Serving, after: Option<&str>, chat: u64) -> Vec<(String, Value)> {
        let request = self.agent.get(format!("{}/v1/workspaces/1/events", node.url()));
        let response = match after {
            Some(id) => request.header("last-event-id", id).call().unwrap(),
            None => request.call().unwrap(),
        };
        let (mut id, mut told) = (String::new(), Vec::new());
        for line in BufReader::new(response.into_parts().1.into_with_config().reader()).lines() {
            let line = line.unwrap();
            if let Some(own) = line.strip_prefix("id: ") {
                own.clone_into(&mut id);
            }
            let Some(json) = line.strip_prefix("data: ") else { continue };
            let event: Value = serde_json::from_str(json).unwrap();
            let is_last = event["chats"][0]["chat"] == chat;
            told.push((id.clone(), event));
            if is_last {
                return told;
            }
        }
        panic!("the stream ended: {told:?}")
    }

    pub fn get(&self, node: &Serving, path: &str) -> Said {
        let mut response = self.agent.get(format!("{}{path}", node.url())).call().unwrap();
        let place = response.headers().get("inboxdb-place").map(|place| place.to_str().unwrap().parse().unwrap());
        let text = response.body_mut().read_to_string().unwrap();
        Said { status: response.status().as_u16(), place, json: serde_json::from_str(&text).unwrap_or(json!(text)) }
    }

    /// Waits until `/healthz` of a node is as wanted.
    pub fn health_when(&self, node: &Serving, is_wanted: impl Fn(&Said) -> bool) -> Said {
        let began = Instant::now();
        loop {
            let health = self.get(node, "/healthz");
            if is_wanted(&health) {
                return health;
            }
            assert!(began.elapsed() < SOON, "{}", health.json);
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits until a node is as far as a place, and returns the digest of workspace 1 there.
    pub fn digest(&self, node: &Serving, place: u64) -> Value {
        self.digest_of(node, 1, place)
    }

    /// Like [`digest`](Self::digest), of any workspace.
    pub fn digest_of(&self, node: &Serving, workspace: u64, place: u64) -> Value {
        let said = self.ask(node, &json!({"digest": {"workspace": workspace, "at_least": place}}));
        assert_eq!((said.status, said.place), (200, Some(place)), "{}", said.json);
        said.json["digest"].clone()
    }

    /// The newest place of the workspace's log, told by a command that changes nothing but the log.
    pub fn newest(&self, node: &Serving, id: &str) -> u64 {
        self.command(node, id, &json!("tick")).json["place"].as_u64().unwrap()
    }
}
