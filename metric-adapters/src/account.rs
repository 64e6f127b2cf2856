//! The closed list of account types, and how one becomes a source.

use std::io;
use std::path::PathBuf;

use serde::Deserialize;
use thiserror::Error;
use url::Host;

use crate::secret::SecretError;
use crate::template::Escaping;
use crate::{
    Limits, MetricSource, atlas, cloudwatch, datadog, dynatrace, elasticsearch, file, graphite,
    influxdb, loki, newrelic, prometheus, signalfx, wavefront, web,
};

/// A named connection to a metric store, as it stands in the service's configuration.
///
/// It holds references to secrets, never secrets, so it can be logged.
///
/// ```
/// use serinus_adapters::AccountConfig;
/// let account: AccountConfig = serde_json::from_str(
///     r#"{"type": "prometheus", "url": "https://metrics.example/prometheus",
///         "auth": {"type": "bearer", "token": {"env": "PROMETHEUS_TOKEN"}},
///         "headers": {"X-Scope-OrgID": "shop"}, "limits": {"timeout": "10s"}}"#,
/// )?;
/// assert_eq!(account.kind(), "prometheus");
/// assert_eq!(account.limits().timeout.as_secs(), 10);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum AccountConfig {
    /// Prometheus, or a server with its HTTP API (Thanos, Mimir, `VictoriaMetrics`, ..).
    Prometheus(prometheus::Config),
    /// `InfluxDB` 1, 2 or 3.
    #[serde(rename = "influxdb")]
    InfluxDb(influxdb::Config),
    /// Datadog.
    Datadog(datadog::Config),
    /// Graphite.
    Graphite(graphite::Config),
    /// `SignalFx`, now Splunk Observability Cloud.
    #[serde(rename = "signalfx")]
    SignalFx(signalfx::Config),
    /// Amazon `CloudWatch`. Experimental.
    #[serde(rename = "cloudwatch")]
    CloudWatch(cloudwatch::Config),
    /// New Relic. Experimental.
    #[serde(rename = "newrelic")]
    NewRelic(newrelic::Config),
    /// Dynatrace. Experimental.
    #[serde(rename = "dynatrace")]
    Dynatrace(dynatrace::Config),
    /// Loki. Experimental.
    #[serde(rename = "loki")]
    Loki(loki::Config),
    /// Elasticsearch and `OpenSearch`. Experimental.
    #[serde(rename = "elasticsearch")]
    Elasticsearch(elasticsearch::Config),
    /// Netflix Atlas. Experimental.
    #[serde(rename = "atlas")]
    Atlas(atlas::Config),
    /// Wavefront, later `VMware` Aria Operations for Applications. Experimental.
    #[serde(rename = "wavefront")]
    Wavefront(wavefront::Config),
    /// Any server that answers with JSON.
    Web(web::Config),
    /// Tables in a folder.
    File(file::Config),
}

/// An account cannot be used as it is configured. Every variant asks for a change of the configuration or of
/// what it refers to.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// A secret is not where the configuration says.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A file with certificates or a key cannot be read.
    #[error("cannot read the TLS file {}", path.display())]
    TlsFile {
        /// The file's path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file was read and does not hold what TLS needs.
    #[error("{} holds no usable {content}", path.display())]
    TlsContent {
        /// The file's path.
        path: PathBuf,
        /// What it should hold.
        content: &'static str,
    },
    /// Settings that contradict each other or the protocol.
    #[error("the account's settings do not fit: {0}")]
    Settings(String),
    /// The TLS system of this machine cannot be set up.
    #[error("cannot set up the HTTP client")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl AccountConfig {
    /// Builds the source. Nothing is sent yet: [`MetricSource::check`] does that.
    ///
    /// # Errors
    /// When a secret, a certificate or a header is missing or unusable.
    pub fn connect(&self) -> Result<Box<dyn MetricSource>, ConnectError> {
        Ok(match self {
            Self::Prometheus(config) => Box::new(prometheus::Prometheus::connect(config)?),
            Self::InfluxDb(config) => Box::new(influxdb::InfluxDb::connect(config)?),
            Self::Datadog(config) => Box::new(datadog::Datadog::connect(config)?),
            Self::Graphite(config) => Box::new(graphite::Graphite::connect(config)?),
            Self::SignalFx(config) => Box::new(signalfx::SignalFx::connect(config)?),
            Self::CloudWatch(config) => Box::new(cloudwatch::CloudWatch::connect(config)?),
            Self::NewRelic(config) => Box::new(newrelic::NewRelic::connect(config)?),
            Self::Dynatrace(config) => Box::new(dynatrace::Dynatrace::connect(config)?),
            Self::Loki(config) => Box::new(loki::Loki::connect(config)?),
            Self::Elasticsearch(config) => Box::new(elasticsearch::Elasticsearch::connect(config)?),
            Self::Atlas(config) => Box::new(atlas::Atlas::connect(config)?),
            Self::Wavefront(config) => Box::new(wavefront::Wavefront::connect(config)?),
            Self::Web(config) => Box::new(web::Web::connect(config)?),
            Self::File(config) => Box::new(file::Files::new(config)),
        })
    }

    /// The account's type as the configuration spells it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Prometheus(_) => "prometheus",
            Self::InfluxDb(_) => "influxdb",
            Self::Datadog(_) => "datadog",
            Self::Graphite(_) => "graphite",
            Self::SignalFx(_) => "signalfx",
            Self::CloudWatch(_) => "cloudwatch",
            Self::NewRelic(_) => "newrelic",
            Self::Dynatrace(_) => "dynatrace",
            Self::Loki(_) => "loki",
            Self::Elasticsearch(_) => "elasticsearch",
            Self::Atlas(_) => "atlas",
            Self::Wavefront(_) => "wavefront",
            Self::Web(_) => "web",
            Self::File(_) => "file",
        }
    }

    /// The host requests go to; `None` if there are no requests.
    #[must_use]
    pub fn host(&self) -> Option<Host> {
        match self {
            Self::Prometheus(config) => config.url.host(),
            Self::InfluxDb(config) => config.url.host(),
            // Without an address there is no request either: such an account cannot be connected.
            Self::Datadog(config) => config.address().ok()?.host(),
            Self::Graphite(config) => config.url.host(),
            Self::SignalFx(config) => config.url.host(),
            Self::CloudWatch(config) => config.address().ok()?.host(),
            Self::NewRelic(config) => config.address().ok()?.host(),
            Self::Dynatrace(config) => config.url.host(),
            Self::Loki(config) => config.url.host(),
            Self::Elasticsearch(config) => config.url.host(),
            Self::Atlas(config) => config.url.host(),
            Self::Wavefront(config) => config.url.host(),
            Self::Web(config) => config.url.host(),
            Self::File(_) => None,
        }
    }

    /// What the account may cost.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        match self {
            Self::Prometheus(config) => &config.limits,
            Self::InfluxDb(config) => &config.limits,
            Self::Datadog(config) => &config.limits,
            Self::Graphite(config) => &config.limits,
            Self::SignalFx(config) => &config.limits,
            Self::CloudWatch(config) => &config.limits,
            Self::NewRelic(config) => &config.limits,
            Self::Dynatrace(config) => &config.limits,
            Self::Loki(config) => &config.limits,
            Self::Elasticsearch(config) => &config.limits,
            Self::Atlas(config) => &config.limits,
            Self::Wavefront(config) => &config.limits,
            Self::Web(config) => &config.limits,
            Self::File(config) => &config.limits,
        }
    }

    /// How values are written into this store's query language.
    #[must_use]
    pub fn escaping(&self) -> Escaping {
        match self {
            Self::Prometheus(_) => Escaping::PromqlString,
            Self::InfluxDb(config) => config.escaping(),
            Self::Datadog(_) => Escaping::DatadogTag,
            Self::Graphite(_) => Escaping::GraphitePath,
            Self::SignalFx(_) => Escaping::SignalflowString,
            Self::CloudWatch(_) => Escaping::Unquoted,
            Self::NewRelic(_) => Escaping::NrqlString,
            Self::Dynatrace(_) => Escaping::DynatraceSelector,
            Self::Loki(_) => Escaping::PromqlString,
            Self::Elasticsearch(_) => Escaping::JsonString,
            Self::Atlas(_) => Escaping::AtlasTag,
            Self::Wavefront(_) => Escaping::WavefrontFilter,
            Self::Web(_) => Escaping::UrlPart,
            Self::File(_) => Escaping::None,
        }
    }
}
