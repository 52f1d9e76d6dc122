//! What the server counts, in the text form of Prometheus.

mod node;
mod store;

use std::time::Duration;

use inboxdb::Engine;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::executor::NodeStatus;

use node::Node;
use store::Store;

/// The content type of the text form.
pub(crate) const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A request, as far as it is counted apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Request {
    method: &'static str,
    route: String,
    status: u16,
}

impl EncodeLabelSet for Request {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), std::fmt::Error> {
        [("method", self.method), ("route", self.route.as_str())].encode(encoder)?;
        [("status", self.status)].encode(encoder)
    }
}

/// The route of a request.
type Route = Vec<(&'static str, String)>;

/// The code of a refusal.
type ByCode = Vec<(&'static str, String)>;

/// What the server counts.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    commands: Counter,
    unknown: Counter,
    refusals: Family<ByCode, Counter>,
    pub(crate) connections: Gauge,
    watchers: Gauge,
    lagged: Counter,
    store: Store,
    node: Node,
    pub(crate) under_way: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("inboxdb");
        let metrics = Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.000_25, 2.0, 18))),
            commands: Counter::default(),
            unknown: Counter::default(),
            refusals: Family::default(),
            connections: Gauge::default(),
            watchers: Gauge::default(),
            lagged: Counter::default(),
            store: Store::default(),
            node: Node::default(),
            under_way: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("http_requests", "Requests answered", metrics.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "From the head of a request to the head of its answer",
            Unit::Seconds,
            metrics.durations.clone(),
        );
        registry.register("http_connections", "Open connections", metrics.connections.clone());
        registry.register("watchers", "Watchers of the change feed", metrics.watchers.clone());
        let lagged = metrics.lagged.clone();
        registry.register("watchers_lagged", "Times that a watcher was too slow, and went on from the journal", lagged);
        metrics.store.register(&mut registry);
        metrics.node.register(&mut registry);
        registry.register("http_requests_under_way", "Requests not answered yet", metrics.under_way.clone());
        registry.register("commands", "Commands accepted", metrics.commands.clone());
        let about = "Commands whose outcome is unknown: they went to the log, and no answer came";
        registry.register("commands_unknown", about, metrics.unknown.clone());
        registry.register("refusals", "Commands, queries and requests refused, by code", metrics.refusals.clone());
        Self { registry, ..metrics }
    }

    /// Counts a command that was accepted.
    pub(crate) fn accepted(&self) {
        self.commands.inc();
    }

    /// Counts a command whose outcome is unknown.
    pub(crate) fn unknown(&self) {
        self.unknown.inc();
    }

    /// Counts a watcher that was too slow.
    pub(crate) fn lagged(&self) {
        self.lagged.inc();
    }

    /// Counts a refusal. Those that are the answer to a request are counted with the request.
    pub(crate) fn refused(&self, code: &str) {
        self.refusals.get_or_create(&vec![("code", code.to_owned())]).inc();
    }

    /// Counts a request that was answered. The route is the pattern of the path, so that there are few.
    pub(crate) fn request(&self, method: &http::Method, route: Option<&str>, status: u16, took: Duration) {
        let method = match method.as_str() {
            "GET" => "GET",
            "HEAD" => "HEAD",
            "POST" => "POST",
            "DELETE" => "DELETE",
            _ => "other",
        };
        let route = route.unwrap_or("none");
        self.requests.get_or_create(&Request { method, route: route.to_owned(), status }).inc();
        self.durations.get_or_create(&vec![("route", route.to_owned())]).observe(took.as_secs_f64());
    }

    /// The text form.
    pub(crate) fn text(
        &self,
        engine: &Engine,
        watchers: usize,
        node: Option<&NodeStatus>,
    ) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        self.watchers.set(i64::try_from(watchers).unwrap_or(i64::MAX));
        self.store.update(&engine.stats());
        if let Some(status) = node {
            self.node.update(status);
        }
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
