//! The limits of `inboxdb serve` as options.

use std::time::Duration;

use clap::Args;
use inboxdb_server::Limits;

/// The limits. What is left out has the server's default.
#[derive(Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct LimitOptions {
    /// Largest command or query, and longest line of a batch, in bytes; 4 MiB if omitted
    #[arg(long, value_name = "BYTES")]
    body_bytes_max: Option<u64>,
    /// Largest batch of lines, in bytes; 1 GiB if omitted
    #[arg(long, value_name = "BYTES")]
    batch_bytes_max: Option<u64>,
    /// Open connections; 16,384 if omitted
    #[arg(long, value_name = "N")]
    connections_max: Option<usize>,
    /// Requests under way at a time, without watchers; 1,024 if omitted
    #[arg(long, value_name = "N")]
    requests_max: Option<usize>,
    /// Requests a second with one token; 10,000 if omitted
    #[arg(long, value_name = "N")]
    requests_per_second_max: Option<u32>,
    /// Watchers; 4,096 if omitted
    #[arg(long, value_name = "N")]
    watchers_max: Option<usize>,
    /// Watchers with one token; 1,024 if omitted
    #[arg(long, value_name = "N")]
    watchers_per_token_max: Option<usize>,
    /// Seconds for the head of a request, and between two; 60 if omitted
    #[arg(long, value_name = "S")]
    head_timeout: Option<u64>,
    /// Seconds for a body, and for the next line of a batch; 30 if omitted
    #[arg(long, value_name = "S")]
    body_timeout: Option<u64>,
    /// Seconds that a client may take nothing of its answer; 30 if omitted
    #[arg(long, value_name = "S")]
    write_timeout: Option<u64>,
    /// Seconds to finish what was accepted when told to stop; 30 if omitted
    #[arg(long, value_name = "S")]
    shutdown_timeout: Option<u64>,
}

impl LimitOptions {
    /// The limits for the server.
    pub(super) fn limits(&self) -> Limits {
        fn set<T: Copy>(limit: &mut T, given: Option<T>) {
            *limit = given.unwrap_or(*limit);
        }
        fn time(limit: &mut Duration, seconds: Option<u64>) {
            *limit = seconds.map_or(*limit, Duration::from_secs);
        }
        let mut limits = Limits::default();
        set(&mut limits.body_bytes_max, self.body_bytes_max);
        set(&mut limits.batch_bytes_max, self.batch_bytes_max);
        set(&mut limits.connections_max, self.connections_max);
        set(&mut limits.requests_max, self.requests_max);
        set(&mut limits.requests_per_second_max, self.requests_per_second_max);
        set(&mut limits.watchers_max, self.watchers_max);
        set(&mut limits.watchers_per_token_max, self.watchers_per_token_max);
        time(&mut limits.head_timeout, self.head_timeout);
        time(&mut limits.body_timeout, self.body_timeout);
        time(&mut limits.write_timeout, self.write_timeout);
        time(&mut limits.shutdown_timeout, self.shutdown_timeout);
        limits
    }
}

/// Raises the limit of open files as far as the process may: each connection is one.
#[cfg(unix)]
pub(super) fn raise_handles() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

#[cfg(not(unix))]
pub(super) fn raise_handles() {}
