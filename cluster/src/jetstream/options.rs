//! Where the servers are, and how the streams are kept.

use std::path::PathBuf;

use super::OpenError;
use crate::beginning::Beginning;
use crate::log::Groups;

/// How JetStream is reached, and how streams that are missing are created.
///
/// ```
/// use inboxdb_cluster::JetStreamOptions;
///
/// let options = JetStreamOptions::new("nats://10.0.0.1,nats://10.0.0.2,nats://10.0.0.3")
///     .groups(8)
///     .monitors("http://10.0.0.1:8222,http://10.0.0.2:8222,http://10.0.0.3:8222");
/// # let _ = options;
/// ```
#[derive(Debug, Clone)]
pub struct JetStreamOptions {
    pub(super) servers: Vec<String>,
    pub(super) monitors: Vec<String>,
    pub(super) login: Option<Login>,
    pub(super) root_certificates: Option<PathBuf>,
    pub(super) client_certificate: Option<(PathBuf, PathBuf)>,
    pub(super) prefix: String,
    pub(super) groups: u32,
    pub(super) replicas: usize,
    pub(super) create: bool,
    pub(super) beginning: Option<Beginning>,
    pub(super) trust_servers: bool,
}

/// How a node says who it is.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Login {
    /// A user of an account, with a password.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// A token.
    Token(String),
}

impl std::fmt::Debug for Login {
    /// Shows no secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Login::Password { user, .. } => f.debug_struct("Password").field("user", user).finish_non_exhaustive(),
            Login::Token(_) => f.write_str("Token(..)"),
        }
    }
}

impl JetStreamOptions {
    /// The servers, separated by commas, as `nats://host:port` or `tls://host:port`.
    pub fn new(servers: &str) -> Self {
        Self {
            servers: list(servers),
            monitors: Vec::new(),
            login: None,
            root_certificates: None,
            client_certificate: None,
            prefix: "inboxdb".to_owned(),
            groups: 8,
            replicas: 3,
            create: true,
            beginning: None,
            trust_servers: false,
        }
    }

    /// The addresses of the servers' monitoring, separated by commas, as `http://host:8222`. Each server that keeps a replica
    /// is asked whether it syncs before it acknowledges, because a client cannot see that otherwise.
    #[must_use]
    pub fn monitors(mut self, urls: &str) -> Self {
        self.monitors = list(urls);
        self
    }

    /// Goes without asking the servers whether they sync. For tests, and for servers that are known to.
    #[must_use]
    pub fn trust_servers(mut self) -> Self {
        self.trust_servers = true;
        self
    }

    /// How the node says who it is.
    #[must_use]
    pub fn login(mut self, login: Login) -> Self {
        self.login = Some(login);
        self
    }

    /// A PEM file with the certificates that servers must be signed by. Those of the system by default. With it, TLS is
    /// required.
    #[must_use]
    pub fn root_certificates(mut self, file: impl Into<PathBuf>) -> Self {
        self.root_certificates = Some(file.into());
        self
    }

    /// PEM files with the certificate and the key by which servers know this node.
    #[must_use]
    pub fn client_certificate(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.client_certificate = Some((certificate.into(), key.into()));
        self
    }

    /// What the names of streams and subjects begin with. `inboxdb` by default. Two clusters on the same servers need
    /// different ones.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// The number of groups, each with a stream of its own. 8 by default. It can never be changed.
    #[must_use]
    pub fn groups(mut self, groups: u32) -> Self {
        self.groups = groups;
        self
    }

    /// The number of servers that keep each entry. 3 by default. 1 loses everything with its server.
    #[must_use]
    pub fn replicas(mut self, replicas: usize) -> Self {
        self.replicas = replicas;
        self
    }

    /// Whether to create streams that are missing. On by default. A node that has a store already should not: a missing stream
    /// is then a mistake.
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// What the store of this node holds before the first entry, if it does not follow the log yet. Streams that are created keep
    /// it, and streams that began with something else are refused. Not checked by default.
    #[must_use]
    pub fn beginning(mut self, beginning: Beginning) -> Self {
        self.beginning = Some(beginning);
        self
    }

    pub(super) fn check(&self) -> Result<(), OpenError> {
        let wrong = |what: String| Err(OpenError::Options(what));
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
        if self.servers.is_empty() {
            return wrong("no servers are named; the log wants nats://host:port,…".to_owned());
        }
        if self.servers.iter().any(|server| server.contains('@')) {
            let advice = "an address of the log has a user or a password in it, which lists of processes and messages would show; \
                          give them with --log-user and --log-password-file";
            return wrong(advice.to_owned());
        }
        if self.prefix.is_empty() || self.prefix.len() > 64 || !self.prefix.chars().all(is_name) {
            return wrong(format!("the prefix {:?} must have 1 to 64 letters, digits, _ and -", self.prefix));
        }
        if self.groups == 0 || self.groups > Groups::MAX {
            return wrong(format!("{} groups; there must be 1 to {}", self.groups, Groups::MAX));
        }
        if ![1, 3, 5].contains(&self.replicas) {
            return wrong(format!("{} replicas; there must be 1, 3 or 5", self.replicas));
        }
        if let Some(monitor) = self.monitors.iter().find(|url| !url.starts_with("http://")) {
            return wrong(format!("the monitor {monitor} must be http://host:port"));
        }
        if self.monitors.is_empty() && !self.trust_servers {
            let advice = "name the monitoring address of each server (`http: 0.0.0.0:8222` in its configuration, --log-monitor \
                          http://host:8222 here), so that it can be asked whether it syncs before it acknowledges";
            return Err(OpenError::Unsafe(advice.to_owned()));
        }
        Ok(())
    }
}

fn list(text: &str) -> Vec<String> {
    let parts = text.split(',').map(|part| part.trim().trim_end_matches('/').to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_cannot_work_are_refused() {
        let good = || JetStreamOptions::new("nats://a, nats://b/").monitors("http://a:8222");
        assert!(good().check().is_ok());
        assert_eq!(good().servers, ["nats://a", "nats://b"]);
        let bad = [
            JetStreamOptions::new("").monitors("http://a:8222"),
            JetStreamOptions::new("nats://a"),
            good().monitors("a:8222"),
            JetStreamOptions::new("nats://grace:hopper@a").monitors("http://a:8222"),
            good().groups(0),
            good().groups(1_025),
            good().replicas(2),
            good().prefix("a.b"),
            good().prefix(""),
        ];
        bad.iter().for_each(|options| assert!(options.check().is_err(), "{options:?}"));
    }

    #[test]
    fn secrets_are_not_shown() {
        let login = Login::Password { user: "node".to_owned(), password: "secret".to_owned() };
        let options = JetStreamOptions::new("nats://a").login(login);
        assert!(!format!("{options:?}{:?}", Login::Token("secret".to_owned())).contains("secret"));
    }
}
