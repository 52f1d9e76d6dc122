//! Options that name the replicated log of a cluster, and connecting to it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use inboxdb_cluster::{Beginning, Bounds, CommandLog, JetStream, JetStreamOptions, Login, OpenError};

use crate::failure::{Failure, say};
use crate::terminal::is_quiet;

/// How long servers that are starting too are waited for. Streams of three replicas need servers that have found each other.
const WAIT_MAX: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(500);

/// Where the log of a cluster is.
#[derive(Args)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct LogOptions {
    /// NATS servers with the log of the cluster, as nats://a,b,c or tls://a,b,c; this process is then a node of it
    #[arg(long, value_name = "URLS")]
    log: Option<String>,
    /// Groups of workspaces, each with a stream of its own; the same for all nodes, and never changed
    #[arg(long, value_name = "N", default_value_t = 8, requires = "log")]
    groups: u32,
    /// NATS servers that keep each entry: 1, 3 or 5
    #[arg(long, value_name = "N", default_value_t = 3, requires = "log")]
    replicas: usize,
    /// Monitoring address of a NATS server, such as http://a:8222, of each one; asked whether it syncs before it acknowledges
    #[arg(long = "log-monitor", value_name = "URL", requires = "log")]
    monitors: Vec<String>,
    /// Go without asking the servers whether they sync before they acknowledge, and lose what they do not
    #[arg(long, requires = "log", conflicts_with = "monitors")]
    log_unchecked: bool,
    /// What the names of streams begin with; two clusters on the same servers need different ones
    #[arg(long, value_name = "NAME", default_value = "inboxdb", requires = "log")]
    log_prefix: String,
    /// User by which the servers know this node
    #[arg(long, value_name = "U", requires_all = ["log", "log_password_file"])]
    log_user: Option<String>,
    /// File with the password of the user
    #[arg(long, value_name = "F", requires = "log_user")]
    log_password_file: Option<PathBuf>,
    /// File with a token by which the servers know this node
    #[arg(long, value_name = "F", requires = "log", conflicts_with = "log_user")]
    log_token_file: Option<PathBuf>,
    /// PEM file with the certificates that servers must be signed by; TLS is then required
    #[arg(long, value_name = "F", requires = "log")]
    log_ca: Option<PathBuf>,
    /// PEM file with the certificate by which the servers know this node
    #[arg(long, value_name = "F", requires_all = ["log", "log_key"])]
    log_certificate: Option<PathBuf>,
    /// PEM file with the key of that certificate
    #[arg(long, value_name = "F", requires = "log_certificate")]
    log_key: Option<PathBuf>,
}

impl LogOptions {
    /// Whether there is a log.
    pub(crate) fn is_given(&self) -> bool {
        self.log.is_some()
    }

    /// Connects to the log. For a store that follows none yet, which holds this, streams that are missing are created.
    pub(crate) async fn connect(&self, beginning: Option<Beginning>) -> Result<JetStream, Failure> {
        let options = self.options()?.create(beginning.is_some());
        let options = beginning.into_iter().fold(options, JetStreamOptions::beginning);
        let began = Instant::now();
        let mut is_said = is_quiet();
        loop {
            match JetStream::open(options.clone()).await {
                Ok(opened) => return Ok(opened),
                Err(error) if is_final(&error) || began.elapsed() > WAIT_MAX => {
                    return Err(Failure::Broken(error.to_string()));
                }
                Err(error) => {
                    if !std::mem::replace(&mut is_said, true) {
                        say(format_args!("waiting for the log: {error}"));
                    }
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn options(&self) -> Result<JetStreamOptions, Failure> {
        let mut options = JetStreamOptions::new(&servers(self.log.as_deref().unwrap_or_default()))
            .monitors(&self.monitors.join(","))
            .groups(self.groups)
            .replicas(self.replicas)
            .prefix(&self.log_prefix);
        if self.log_unchecked {
            options = options.trust_servers();
        }
        if let (Some(user), Some(file)) = (&self.log_user, &self.log_password_file) {
            options = options.login(Login::Password { user: user.clone(), password: secret(file)? });
        }
        if let Some(file) = &self.log_token_file {
            options = options.login(Login::Token(secret(file)?));
        }
        if let Some(file) = &self.log_ca {
            options = options.root_certificates(file);
        }
        if let (Some(certificate), Some(key)) = (&self.log_certificate, &self.log_key) {
            options = options.client_certificate(certificate, key);
        }
        Ok(options)
    }
}

/// The first and the last place of a group's log.
pub(crate) async fn bounds_of(log: &dyn CommandLog) -> Result<Bounds, Failure> {
    log.bounds().await.map_err(|error| Failure::Broken(format!("the log does not answer: {error}")))
}

/// Whether waiting does not help. Servers that cannot be asked yet, or have not found each other, may be starting.
fn is_final(error: &OpenError) -> bool {
    use OpenError::{Options, Refused, Stream, Unsafe};
    matches!(error, Options(_) | Refused { .. } | Stream { .. } | Unsafe(_))
}

/// Gives each server the scheme of the first one, so that `nats://a,b,c` names three.
fn servers(text: &str) -> String {
    let scheme = text.split_once("://").map_or("nats", |(scheme, _)| scheme.trim());
    let complete = |server: &str| match server {
        "" => String::new(),
        server if server.contains("://") => server.to_owned(),
        server => format!("{scheme}://{server}"),
    };
    text.split(',').map(|server| complete(server.trim())).collect::<Vec<_>>().join(",")
}

fn secret(file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Broken(format!("cannot read {}: {error}", file.display())))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    match secret.is_empty() {
        true => Err(Failure::Broken(format!("{} is empty", file.display()))),
        false => Ok(secret.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_scheme_is_enough_for_several_servers() {
        assert_eq!(servers("nats://a,b:4223, c"), "nats://a,nats://b:4223,nats://c");
        assert_eq!(servers("tls://a:1,nats://b"), "tls://a:1,nats://b");
        assert_eq!(servers("a"), "nats://a");
        assert_eq!(servers(""), "");
    }
}
