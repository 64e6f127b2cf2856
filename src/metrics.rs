//! The service's own metrics, in the OpenMetrics text format.

use std::time::Duration;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};

use crate::analysis::{Answered, RunState};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VerdictLabel {
    verdict: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

/// Accounts stand in the settings and outcomes in the code, so both are few.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QueryLabels {
    account: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

/// What the service counts about itself.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    analyses: Family<VerdictLabel, Counter>,
    duration: Histogram,
    open: Gauge,
    started: Counter,
    queries: Family<QueryLabels, Counter>,
    query_duration: Family<QueryLabels, Histogram, fn() -> Histogram>,
    deliveries: Family<OutcomeLabel, Counter>,
    requests: Family<RequestLabels, Counter>,
    request_duration: Histogram,
}

/// Durations from a quick answer to a long wait.
fn seconds() -> Histogram {
    Histogram::new([
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0,
    ])
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("serinus");
        let metrics = Self {
            analyses: Family::default(),
            duration: seconds(),
            open: Gauge::default(),
            started: Counter::default(),
            queries: Family::default(),
            query_duration: Family::new_with_constructor(seconds),
            deliveries: Family::default(),
            requests: Family::default(),
            request_duration: seconds(),
            registry: Registry::default(),
        };
        registry.register(
            "build",
            "The running version",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        registry.register(
            "analyses",
            "Analyses that ended, by verdict",
            metrics.analyses.clone(),
        );
        registry.register_with_unit(
            "analysis_duration",
            "From the request for an analysis to its end, waiting included",
            Unit::Seconds,
            metrics.duration.clone(),
        );
        registry.register(
            "analyses_open",
            "Analyses that have not ended, of all replicas on the same store",
            metrics.open.clone(),
        );
        registry.register(
            "analyses_started",
            "Analyses taken in",
            metrics.started.clone(),
        );
        registry.register(
            "queries",
            "Queries to metric stores, by account and outcome; `kept` are those an earlier answer served",
            metrics.queries.clone(),
        );
        registry.register_with_unit(
            "query_duration",
            "Time for a query to a metric store, waiting for the account's limits and repetitions included",
            Unit::Seconds,
            metrics.query_duration.clone(),
        );
        registry.register(
            "delivery_attempts",
            "Attempts to deliver callbacks, by what came of them",
            metrics.deliveries.clone(),
        );
        registry.register(
            "http_requests",
            "Requests served, by route",
            metrics.requests.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "Time to serve a request, long polls included",
            Unit::Seconds,
            metrics.request_duration.clone(),
        );
        Self {
            registry,
            ..metrics
        }
    }
}

impl Metrics {
    /// A run was taken in.
    pub fn run_started(&self) {
        self.started.inc();
    }

    /// A run ended.
    pub fn run_ended(&self, state: &RunState, elapsed: Duration) {
        let verdict = state.verdict();
        self.analyses.get_or_create(&VerdictLabel { verdict }).inc();
        self.duration.observe(elapsed.as_secs_f64());
    }

    /// A query to a metric store was answered, or will not be.
    pub fn queried(&self, answered: Answered<'_>) {
        let Answered {
            account,
            outcome,
            elapsed,
            done: _,
        } = answered;
        let labels = QueryLabels {
            account: account.to_owned(),
            outcome,
        };
        self.queries.get_or_create(&labels).inc();
        let duration = self.query_duration.get_or_create(&labels);
        duration.observe(elapsed.as_secs_f64());
    }

    /// A callback was attempted.
    pub fn delivery_attempted(&self, outcome: &'static str) {
        self.deliveries
            .get_or_create(&OutcomeLabel { outcome })
            .inc();
    }

    /// A request was served.
    pub fn request_served(&self, method: &str, route: &str, status: u16, elapsed: Duration) {
        let labels = RequestLabels {
            method: method.to_owned(),
            route: route.to_owned(),
            status,
        };
        self.requests.get_or_create(&labels).inc();
        self.request_duration.observe(elapsed.as_secs_f64());
    }

    /// All metrics as OpenMetrics text; `open` runs have not ended.
    pub fn render(&self, open: usize) -> String {
        self.open.set(i64::try_from(open).unwrap_or(i64::MAX));
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            // Writing to a string does not fail; an empty answer would be the honest one.
            Err(_) => String::new(),
        }
    }
}
