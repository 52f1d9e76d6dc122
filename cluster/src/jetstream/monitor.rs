//! Asking the servers whether they sync before they acknowledge. Only their monitoring says so.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::OpenError;

/// The servers are asked again after this long, and with each new connection.
const INTERVAL: Duration = Duration::from_secs(10);

const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Answers are a few kilobytes.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// The oldest version whose promises were put to the test.
const VERSION_MIN: [u32; 3] = [2, 15, 1];

/// What a server says of itself.
#[derive(Debug, Deserialize)]
struct Varz {
    server_name: String,
    version: String,
    #[serde(default)]
    jetstream: JetStreamVarz,
}

#[derive(Debug, Default, Deserialize)]
struct JetStreamVarz {
    config: Option<JetStreamConfig>,
}

#[derive(Debug, Deserialize)]
struct JetStreamConfig {
    #[serde(default)]
    sync_always: bool,
}

/// Why a server must not be used, or is not known to be good.
#[derive(Debug)]
enum Fault {
    /// It said so.
    Unsafe(String),
    /// It could not be asked.
    Silent(String),
}

/// Asks servers, at the beginning and ever after.
pub(super) struct Monitor {
    urls: Vec<String>,
    /// The servers that keep the streams, by name.
    servers: BTreeSet<String>,
}

impl Monitor {
    pub(super) fn new(urls: Vec<String>, servers: Vec<String>) -> Self {
        Self { urls, servers: servers.into_iter().collect() }
    }

    /// Asks all servers. Most of those that keep the streams must answer, and all that answer must be as they must be: one that
    /// is down now is asked again later.
    pub(super) async fn check_all(&self) -> Result<(), OpenError> {
        let (mut names, mut silent) = (BTreeSet::new(), Vec::new());
        for url in &self.urls {
            match ask(url).await {
                Ok(name) => drop(names.insert(name)),
                Err(Fault::Unsafe(reason)) => return Err(OpenError::Unsafe(reason)),
                Err(Fault::Silent(reason)) => silent.push(reason),
            }
        }
        let missing: Vec<&str> = self.servers.difference(&names).map(String::as_str).collect();
        let is_majority = missing.len() * 2 < self.servers.len() || self.servers.is_empty();
        if !is_majority || names.is_empty() {
            let missing = missing.join(", ");
            let reason = format!(
                "the servers {missing} keep the log, and were not asked whether they sync before they acknowledge; name the \
                 monitoring address of each with --log-monitor ({})",
                if silent.is_empty() { "all that were named have answered".to_owned() } else { silent.join("; ") }
            );
            return Err(OpenError::Unsafe(reason));
        }
        if !missing.is_empty() {
            tracing::warn!(?missing, ?silent, "not all servers of the log could be asked whether they sync");
        }
        Ok(())
    }

    /// Asks all servers from time to time, and with each new connection, until one is found to be unsafe.
    pub(super) async fn watch(self, mut connections: watch::Receiver<u64>, alarm: watch::Sender<Option<String>>) {
        loop {
            for url in &self.urls {
                match ask(url).await {
                    Ok(_) => {}
                    Err(Fault::Silent(reason)) => tracing::debug!(reason, "a server of the log could not be asked"),
                    Err(Fault::Unsafe(reason)) => {
                        tracing::error!(reason, "a server of the log is not safe to use");
                        alarm.send_replace(Some(reason));
                        return;
                    }
                }
            }
            tokio::select! {
                () = sleep(INTERVAL) => {}
                // Without a client there is nothing to watch, but the alarm may still be waited for.
                changed = connections.changed() => if changed.is_err() { sleep(INTERVAL).await },
            }
        }
    }
}

/// Asks a server, and returns its name if it is safe to use.
async fn ask(url: &str) -> Result<String, Fault> {
    let address = format!("{url}/varz");
    let asked = tokio::task::spawn_blocking(move || get(&address));
    let answered = timeout(ANSWER_MAX * 2, asked).await;
    let silent = |reason: String| Fault::Silent(format!("{url} does not answer: {reason}"));
    let text = match answered {
        Err(_) => return Err(silent("it takes too long".to_owned())),
        Ok(Err(error)) => return Err(silent(error.to_string())),
        Ok(Ok(Err(error))) => return Err(silent(error.to_string())),
        Ok(Ok(Ok(text))) => text,
    };
    let varz =
        serde_json::from_str(&text).map_err(|error| silent(format!("not the monitoring of a server: {error}")))?;
    judge(url, varz)
}

fn get(address: &str) -> Result<String, ureq::Error> {
    let mut response = ureq::get(address).config().timeout_global(Some(ANSWER_MAX)).build().call()?;
    response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string()
}

fn judge(url: &str, varz: Varz) -> Result<String, Fault> {
    let name = varz.server_name;
    let Some(config) = varz.jetstream.config else {
        return Err(Fault::Unsafe(format!(
            "the server {name} at {url} has no JetStream; add `jetstream {{}}` to its configuration"
        )));
    };
    if !config.sync_always {
        return Err(Fault::Unsafe(format!(
            "the server {name} at {url} acknowledges entries before they are on its disk, and loses them when the power fails; \
             set `jetstream {{ sync_interval: always }}` in its configuration and start it again"
        )));
    }
    if version(&varz.version).is_none_or(|version| version < VERSION_MIN) {
        let [major, minor, patch] = VERSION_MIN;
        let found = varz.version;
        return Err(Fault::Unsafe(format!(
            "the server {name} at {url} has version {found}; {major}.{minor}.{patch} or newer is needed"
        )));
    }
    Ok(name)
}

/// The numbers of a version such as `2.15.1-RC.2`.
fn version(text: &str) -> Option<[u32; 3]> {
    let numbers = text.split(['-', '+']).next()?.split('.').map(str::parse);
    let numbers: Vec<u32> = numbers.collect::<Result<_, _>>().ok()?;
    numbers.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(json: &str) -> Result<String, Fault> {
        judge("http://a:8222", serde_json::from_str(json).unwrap())
    }

    #[test]
    fn only_servers_that_always_sync_are_used() {
        let good = r#"{"server_name":"a","version":"2.15.1","jetstream":{"config":{"sync_interval":120000000000,"sync_always":true}}}"#;
        assert_eq!(judged(good).unwrap(), "a");
        assert!(judged(&good.replace("2.15.1", "3.0.0-RC.1")).is_ok());
        let bad = [
            (good.replace(r#","sync_always":true"#, ""), "sync_interval: always"),
            (good.replace("120000000000", "1").replace("true", "false"), "sync_interval: always"),
            (good.replace("2.15.1", "2.15.0"), "2.15.1 or newer"),
            (good.replace("2.15.1", "two"), "2.15.1 or newer"),
            (r#"{"server_name":"a","version":"2.15.1"}"#.to_owned(), "jetstream {}"),
        ];
        for (json, advice) in bad {
            assert!(matches!(judged(&json), Err(Fault::Unsafe(reason)) if reason.contains(advice)), "{json}");
        }
    }
}
