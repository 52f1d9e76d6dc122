//! A running server in place of a directory.

use std::io::{BufRead, BufReader, Read};
use std::time::Duration;

use inboxdb::{Actor, Answer, Envelope, Query, Refusal, WorkspaceId};
use serde::Deserialize;
use serde_json::Value;
use ureq::http::Response;
use ureq::{Agent, Body};

use crate::failure::Failure;

/// The variable with the token.
const TOKEN: &str = "INBOXDB_TOKEN";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// More of a refusal is not read.
const REFUSAL_BYTES_MAX: u64 = 1 << 20;

/// Whether a directory is the address of a server.
pub(crate) fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// A server.
pub(crate) struct Remote {
    agent: Agent,
    /// Without a slash at its end.
    url: String,
    token: Option<String>,
}

/// What a server says when it refuses.
#[derive(Deserialize)]
struct Refused {
    error: Said,
}

#[derive(Deserialize)]
struct Said {
    message: String,
}

/// Who the token is for.
#[derive(Deserialize)]
struct Session {
    actor: Option<Actor>,
}

impl Remote {
    /// A server by its address, with the token of the environment. Nothing is asked yet.
    pub(crate) fn new(url: &str) -> Result<Self, Failure> {
        if url.starts_with("https://") {
            let sentence =
                "this program speaks plain HTTP only; reach the server by a tunnel, such as `ssh -L`, and name its end";
            return Err(Failure::Broken(sentence.to_owned()));
        }
        let config = Agent::config_builder().http_status_as_error(false).timeout_connect(Some(CONNECT_TIMEOUT));
        let token = std::env::var(TOKEN).ok().filter(|token| !token.is_empty());
        Ok(Self { agent: config.build().into(), url: url.trim_end_matches('/').to_owned(), token })
    }

    /// Takes this token in place of that of the environment, if there is one.
    pub(crate) fn with_token(self, token: Option<String>) -> Self {
        Self { token: token.or(self.token), ..self }
    }

    /// Answers a query.
    pub(crate) fn ask(&self, query: &Query) -> Result<Answer, Failure> {
        let mut response = self.post("/v1/queries", "application/json", None, &serde_json::to_vec(query)?)?;
        let json = response.body_mut().with_config().limit(u64::MAX).read_to_string();
        let json = json.map_err(|error| self.broken(&error))?;
        Answer::from_json(query, &json)
            .map_err(|error| Failure::Broken(format!("{} answered in another form: {error}", self.url)))
    }

    /// The workspaces that the token may see. `None` if it may not even ask.
    pub(crate) fn workspaces(&self) -> Result<Option<Vec<WorkspaceId>>, Failure> {
        match self.ask(&Query::workspaces()) {
            Ok(Answer::Workspaces { workspaces, .. }) => Ok(Some(workspaces)),
            Ok(_) | Err(Failure::Refused(_)) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Who acts: the token's actor, or the system if the server wants no token.
    pub(crate) fn actor(&self) -> Result<Actor, Failure> {
        let mut response = self.get("/v1/session", &[])?;
        let json = response.body_mut().read_to_string().map_err(|error| self.broken(&error))?;
        let session: Session = serde_json::from_str(&json)?;
        Ok(session.actor.unwrap_or(Actor::System))
    }

    /// Sends lines, and returns the lines of the answer, one for each.
    pub(crate) fn lines(&self, path: &str, lines: &[u8]) -> Result<impl BufRead + use<>, Failure> {
        Ok(reader(self.post(path, "application/x-ndjson", None, lines)?))
    }

    /// Sends one command, and returns the lines of its progress. The last one is the result.
    pub(crate) fn watched(&self, envelope: &Envelope, dated: bool) -> Result<impl BufRead + use<>, Failure> {
        let mut json = serde_json::to_value(envelope)?;
        if let Some(fields) = json.as_object_mut().filter(|_| !dated) {
            // The server's clock counts.
            fields.remove("at");
        }
        let body = serde_json::to_vec(&json)?;
        Ok(reader(self.post("/v1/commands", "application/json", Some("application/x-ndjson"), &body)?))
    }

    /// Reads a long answer.
    pub(crate) fn stream(&self, path: &str, parameters: &[(&str, String)]) -> Result<impl BufRead + use<>, Failure> {
        Ok(reader(self.get(path, parameters)?))
    }

    /// Has the server make a backup in its own directory, and returns its report.
    pub(crate) fn back_up(&self) -> Result<Value, Failure> {
        let mut response = self.post("/v1/backup", "application/json", None, &[])?;
        let json = response.body_mut().read_to_string().map_err(|error| self.broken(&error))?;
        Ok(serde_json::from_str(&json)?)
    }

    fn get(&self, path: &str, parameters: &[(&str, String)]) -> Result<Response<Body>, Failure> {
        let request = self.agent.get(format!("{}{path}", self.url));
        let request = parameters.iter().fold(request, |request, (name, value)| request.query(*name, value));
        let request = match &self.token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        };
        self.accepted(request.call().map_err(|error| self.broken(&error))?)
    }

    fn post(&self, path: &str, media_type: &str, accept: Option<&str>, body: &[u8]) -> Result<Response<Body>, Failure> {
        let mut request = self.agent.post(format!("{}{path}", self.url)).header("content-type", media_type);
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.accepted(request.send(body).map_err(|error| self.broken(&error))?)
    }

    /// Turns an answer that is a refusal into a failure.
    fn accepted(&self, mut response: Response<Body>) -> Result<Response<Body>, Failure> {
        let status = response.status().as_u16();
        if status < 300 {
            return Ok(response);
        }
        let text = response.body_mut().with_config().limit(REFUSAL_BYTES_MAX).read_to_string().unwrap_or_default();
        let Ok(Refused { error: Said { message } }) = serde_json::from_str(&text) else {
            return Err(Failure::Broken(format!(
                "{} answered with status {status}; is it an inboxdb server?",
                self.url
            )));
        };
        Err(match status {
            401 if self.token.is_none() => {
                Failure::Refused(format!("{} wants a token; put one into {TOKEN}", self.url))
            }
            500.. => Failure::Broken(format!("{}: {message}", self.url)),
            _ => Failure::Refused(message),
        })
    }

    /// The failure of a connection.
    pub(crate) fn broken(&self, error: &dyn std::fmt::Display) -> Failure {
        Failure::Broken(format!("cannot reach {}: {error}; check the address, and that the server runs", self.url))
    }
}

fn reader(response: Response<Body>) -> impl BufRead + use<> {
    let (_, body) = response.into_parts();
    BufReader::new(unbounded(body))
}

fn unbounded(body: Body) -> impl Read + use<> {
    body.into_with_config().limit(u64::MAX).reader()
}

/// What a line of an answer refuses, if it does.
pub(crate) fn refusal_of(line: &Value) -> Option<Result<Refusal, String>> {
    let error = line.get("error")?;
    Some(serde_json::from_value(error.clone()).map_err(|_| {
        // A code of the server's own.
        error["message"].as_str().unwrap_or("the server refused it").to_owned()
    }))
}
