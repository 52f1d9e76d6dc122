//! What a server can be told: who may ask, and the limits.

use std::time::Duration;

/// The limits of a server. Each has a default that suits a small machine.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// The largest body of a single command or query, and the longest line of a batch, in bytes. 4 MiB.
    pub body_bytes_max: u64,
    /// The largest batch of lines in one request, in bytes. 1 GiB; it is never held in memory.
    pub batch_bytes_max: u64,
    /// The largest head of a request, in bytes. 64 KiB.
    pub head_bytes_max: usize,
    /// Open connections. 16,384; more wait until one ends.
    pub connections_max: usize,
    /// Requests under way at the same time, without watchers. 1,024; more are answered with 503.
    pub requests_max: usize,
    /// Requests per second of one token, after a burst of twice as many. 10,000; more are answered with 429.
    pub requests_per_second_max: u32,
    /// Watchers of all tokens together. 4,096; more are answered with 429.
    pub watchers_max: usize,
    /// Watchers of one token. 1,024.
    pub watchers_per_token_max: usize,
    /// How long the head of a request may take, and how long a connection may be idle between two. 60 s.
    pub head_timeout: Duration,
    /// How long a body may take, and how long the next line of a batch may keep the server waiting. 30 s.
    pub body_timeout: Duration,
    /// How long a client may take nothing of what is sent to it. 30 s.
    pub write_timeout: Duration,
    /// How long requests under way may take after the server is told to stop. 30 s.
    pub shutdown_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 4 << 20,
            batch_bytes_max: 1 << 30,
            head_bytes_max: 64 << 10,
            connections_max: 16_384,
            requests_max: 1_024,
            requests_per_second_max: 10_000,
            watchers_max: 4_096,
            watchers_per_token_max: 1_024,
            head_timeout: Duration::from_secs(60),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            shutdown_timeout: Duration::from_secs(30),
        }
    }
}
