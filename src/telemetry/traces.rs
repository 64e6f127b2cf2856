//! Traces over OTLP/HTTP, set by OpenTelemetry's own environment variables.

use std::{
    env,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use opentelemetry::{Key, KeyValue, global, trace::TracerProvider as _};
use opentelemetry_otlp::{Protocol, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    propagation::TraceContextPropagator,
    trace::{BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter},
};
use tracing::{Level, Subscriber};
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};
use url::Url;

/// How long the end of the service waits for the last spans to be sent.
const LAST_SPANS: Duration = Duration::from_secs(3);

/// The variables that name the collector; the first one counts.
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];

const SERVICE_NAME: &str = "service.name";

/// The exporter of traces and what feeds it. Its end sends what is waiting.
#[derive(Debug)]
pub(super) struct Traces(SdkTracerProvider);

/// Why the environment's wish cannot be fulfilled.
#[derive(Debug, thiserror::Error)]
pub(super) enum TracesError {
    /// Another exporter or protocol than this one.
    #[error("{variable} is {value:?}; only {supported:?} is supported")]
    Unsupported {
        variable: &'static str,
        value: String,
        supported: &'static str,
    },
    /// The address would be written into logs.
    #[error("{0} holds credentials; they belong into OTEL_EXPORTER_OTLP_HEADERS")]
    Credentials(&'static str),
    /// Nothing can be sent there.
    #[error("{0} is no address that begins with http:// or https://")]
    NoAddress(&'static str),
    /// The exporter's other variables do not fit.
    #[error(transparent)]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
}

impl Traces {
    /// What the environment asks for: nothing, unless it names a collector.
    pub(super) fn from_environment() -> Result<Option<Self>, TracesError> {
        let is_disabled = variable("OTEL_SDK_DISABLED")
            .is_some_and(|disabled| disabled.eq_ignore_ascii_case("true"));
        let endpoint = ENDPOINTS
            .iter()
            .find_map(|name| Some((*name, variable(name)?)));
        let Some((name, endpoint)) = endpoint.filter(|_| !is_disabled) else {
            return Ok(None);
        };
        match variable("OTEL_TRACES_EXPORTER").as_deref() {
            None | Some("otlp") => {}
            Some("none") => return Ok(None),
            Some(other) => return Err(unsupported("OTEL_TRACES_EXPORTER", other, "otlp")),
        }
        for name in [
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
            "OTEL_EXPORTER_OTLP_PROTOCOL",
        ] {
            match variable(name).as_deref() {
                None => {}
                Some("http/protobuf") => break,
                Some(other) => return Err(unsupported(name, other, "http/protobuf")),
            }
        }
        // What is no address would quietly become the exporter's own default.
        let url = Url::parse(&endpoint).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = url.ok_or(TracesError::NoAddress(name))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TracesError::Credentials(name));
        }
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .build()?;
        let exporter = Telling {
            exporter,
            is_failing: AtomicBool::new(false),
        };
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(exporter).build())
            .with_resource(resource())
            .build();
        // Callers say in which trace they are.
        global::set_text_map_propagator(TraceContextPropagator::new());
        Ok(Some(Self(provider)))
    }

    /// What makes traces of the service's own spans, whatever is logged.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("serinus"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(|metadata| {
                let target = metadata.target();
                *metadata.level() <= Level::INFO
                    && (target.starts_with("serinus") || target.starts_with("tracing_actix_web"))
            }))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(LAST_SPANS) {
            tracing::warn!(error = %short(&error), "the last spans were not sent");
        }
    }
}

/// Who the spans are from: `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`, else `serinus`.
fn resource() -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    // What is given first gives way to the environment.
    let given = Resource::builder().build();
    let is_named = given
        .get(&Key::new(SERVICE_NAME))
        .is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    let named = if is_named {
        Resource::builder()
    } else {
        Resource::builder().with_service_name("serinus")
    };
    if given.get(&version.key).is_some() {
        named.build()
    } else {
        named.with_attribute(version).build()
    }
}

/// An exporter that logs when it begins to fail, and when it works again.
#[derive(Debug)]
struct Telling<E> {
    exporter: E,
    is_failing: AtomicBool,
}

impl<E: SpanExporter> SpanExporter for Telling<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let exported = self.exporter.export(batch).await;
        let was_failing = self.is_failing.swap(exported.is_err(), Ordering::Relaxed);
        match &exported {
            Err(error) if !was_failing => {
                tracing::warn!(error = %short(error), spans, "spans are lost: they cannot be exported");
            }
            Ok(()) if was_failing => tracing::info!("spans are exported again"),
            Ok(()) | Err(_) => {}
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// An error's text, not longer than a log line should be.
fn short(error: &OTelSdkError) -> String {
    error.to_string().chars().take(300).collect()
}

/// A variable of the environment; an empty one counts as none, as OpenTelemetry wants it.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn unsupported(variable: &'static str, value: &str, supported: &'static str) -> TracesError {
    TracesError::Unsupported {
        variable,
        value: value.to_owned(),
        supported,
    }
}
