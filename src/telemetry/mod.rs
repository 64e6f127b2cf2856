//! What the service tells of itself besides its metrics: logs on standard error, and traces to a collector if the environment
//! names one.

mod request_span;
mod trace_parent;
mod traces;

use std::io::{IsTerminal, stderr};

use serde::{Deserialize, Serialize};
use tracing_subscriber::{
    EnvFilter, Layer, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

pub use request_span::RouteSpan;
pub use trace_parent::TraceParent;

use self::traces::Traces;

/// The form of log lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// Lines for people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Logs and traces, for as long as it lives. Its end sends the spans that are still waiting.
#[derive(Debug)]
#[must_use = "traces end with it"]
pub struct Telemetry {
    _traces: Option<Traces>,
}

/// Starts logging, and traces if `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` is set. `RUST_LOG`
/// overrides the default level of logs; traces have every span. A second call changes nothing.
///
/// Not to be called on an asynchronous runtime: the exporter has threads of its own.
pub fn start(format: LogFormat, default_level: &str) -> Telemetry {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default_level));
    // Traces of signing show who signs, and headers with tokens.
    let filter = match "aws_sigv4=off".parse() {
        Ok(silent) => filter.add_directive(silent),
        Err(_) => filter,
    };
    let json = match format {
        LogFormat::Auto => !stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let lines = fmt::layer().with_writer(stderr);
    let lines = if json {
        lines.json().flatten_event(true).boxed()
    } else {
        lines.with_target(false).boxed()
    };
    let (traces, trouble) = match Traces::from_environment() {
        Ok(traces) => (traces, None),
        Err(trouble) => (None, Some(trouble)),
    };
    let started = tracing_subscriber::registry()
        .with(traces.as_ref().map(Traces::layer))
        .with(lines.with_filter(filter))
        .try_init();
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
    // A service without traces is better than none.
    if let Some(trouble) = trouble {
        tracing::warn!(%trouble, "no traces are exported");
    }
    Telemetry { _traces: traces }
}
