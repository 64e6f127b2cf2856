//! A place in a trace, to be carried to where the work is done.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use serde::{Deserialize, Serialize};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The header and its key in W3C Trace Context.
const KEY: &str = "traceparent";

/// The span in which work was asked for, in the form of W3C Trace Context, so that it can be stored with the work.
///
/// Spans of the log have their parents by themselves. This is for work that outlives the request for it: a parent in the log
/// would stay open until the work is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TraceParent(String);

impl TraceParent {
    /// The current span; `None` if there are no traces.
    pub fn current() -> Option<Self> {
        let mut carrier = HashMap::new();
        let propagator = TraceContextPropagator::new();
        propagator.inject_context(&Span::current().context(), &mut carrier);
        carrier.remove(KEY).map(Self)
    }

    /// Makes a span that has not been entered yet a child of this one. What is no place in a trace changes nothing.
    pub fn continue_in(&self, span: &Span) {
        let carrier = HashMap::from([(KEY.to_owned(), self.0.clone())]);
        let context = TraceContextPropagator::new().extract(&carrier);
        if let Err(error) = span.set_parent(context) {
            tracing::debug!(%error, "the span begins a trace of its own");
        }
    }
}
