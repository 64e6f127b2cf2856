//! The query texts that Kayenta sends, as native templates: rendered with a side's scope they are the same.

mod atlas;
mod datadog;
mod graphite;
mod influxdb;
mod keys;
mod newrelic;
mod prometheus;
mod signalfx;
mod stackdriver;
mod template;
mod wavefront;

pub use template::param_name;

use std::collections::BTreeMap;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use serinus_adapters::template::MAX_TEMPLATE_BYTES;

use super::warnings::Warnings;
use crate::canary_config::{Mistake, escape_pointer, from_json};
use template::{Bound, Template, literal};

/// The metric stores that Kayenta can ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoreType {
    /// Prometheus.
    Prometheus,
    /// Datadog.
    Datadog,
    /// InfluxDB 1.
    InfluxDb,
    /// Graphite.
    Graphite,
    /// New Relic Insights.
    NewRelic,
    /// `SignalFx`.
    SignalFx,
    /// Google Cloud Monitoring.
    Stackdriver,
    /// Wavefront.
    Wavefront,
    /// Netflix Atlas.
    Atlas,
}

impl StoreType {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Prometheus,
        Self::Datadog,
        Self::InfluxDb,
        Self::Graphite,
        Self::NewRelic,
        Self::SignalFx,
        Self::Stackdriver,
        Self::Wavefront,
        Self::Atlas,
    ];

    /// The `type` of its queries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prometheus => "prometheus",
            Self::Datadog => "datadog",
            Self::InfluxDb => "influxdb",
            Self::Graphite => "graphite",
            Self::NewRelic => "newrelic",
            Self::SignalFx => "signalfx",
            Self::Stackdriver => "stackdriver",
            Self::Wavefront => "wavefront",
            Self::Atlas => "atlas",
        }
    }

    /// The store whose queries have this `type`.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|store| store.as_str() == name)
    }

    /// Whether there is an account type that can ask it.
    pub(super) fn can_be_asked(self) -> bool {
        match self {
            Self::Prometheus
            | Self::Datadog
            | Self::InfluxDb
            | Self::Graphite
            | Self::NewRelic
            | Self::SignalFx
            | Self::Wavefront
            | Self::Atlas => true,
            Self::Stackdriver => false,
        }
    }

    /// The query's text.
    pub(super) fn query(
        self,
        source: &Source<'_>,
        warnings: &mut Warnings,
    ) -> Result<String, Problem> {
        match self {
            Self::Prometheus => prometheus::build(source, warnings),
            Self::Datadog => datadog::build(source, warnings),
            Self::InfluxDb => influxdb::build(source, warnings),
            Self::Graphite => graphite::build(source, warnings),
            Self::NewRelic => newrelic::build(source, warnings),
            Self::SignalFx => signalfx::build(source, warnings),
            Self::Stackdriver => stackdriver::build(source, warnings),
            Self::Wavefront => wavefront::build(source, warnings),
            Self::Atlas => atlas::build(source, warnings),
        }
    }
}

/// Why a query has no text.
#[derive(Debug)]
pub(super) enum Problem {
    /// Kayenta would not run it either.
    Rejected(Mistake),
    /// Its form depends on what only the request says.
    NotKnown(String),
}

impl Problem {
    fn unknown_param(name: &str) -> Self {
        Self::NotKnown(format!(
            "the form of the query depends on the request's `{name}`; import with `--param {name}=..`"
        ))
    }
}

/// Variables of stores that know scopes alone.
const SCOPE: Bound = &[("scope", "scope"), ("location", "location")];
/// Variables of stores that know resources.
const RESOURCE: Bound = &[
    ("scope", "scope"),
    ("location", "location"),
    ("project", "project"),
    ("resourceType", "resourceType"),
];

/// The templates with which a query says more than its fields can.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Custom {
    custom_inline_template: Option<String>,
    custom_filter_template: Option<String>,
    custom_filter: Option<Value>,
}

/// What a query is made from.
pub(super) struct Source<'a> {
    /// The query as received.
    pub(super) query: &'a Map<String, Value>,
    /// Where it stands.
    pub(super) at: &'a str,
    /// The config's templates.
    pub(super) templates: &'a BTreeMap<String, Option<String>>,
    /// The request's parameters, as far as they are known.
    pub(super) params: &'a [(String, String)],
}

impl Source<'_> {
    fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        from_json(Value::Object(self.query.clone()))
            .map_err(|mistake| Problem::Rejected(mistake.under(self.at)))
    }

    fn rejected(&self, field: &str, detail: impl Into<String>) -> Problem {
        Problem::Rejected(Mistake::new(format!("{}{field}", self.at), detail))
    }

    fn required<'t>(&self, field: &'t Option<String>, name: &str) -> Result<&'t str, Problem> {
        text(field)
            .ok_or_else(|| self.rejected(&format!("/{name}"), "Kayenta needs this for the query"))
    }

    /// The value of a parameter; an empty one is none.
    fn param(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|(param, _)| param == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Warns of fields that are not `expected` for this store.
    fn unread(&self, rest: &Map<String, Value>, expected: &[&str], warnings: &mut Warnings) {
        let known = [&["type", "serviceType"], expected].concat();
        warnings.unread(self.at, rest, &known);
    }

    /// The query's template, if it has one, and where it stands.
    fn found<'t>(&'t self, custom: &'t Custom) -> Result<Option<(&'t str, String)>, Problem> {
        match self.chosen(custom)? {
            Some((text, at)) if text.len() > MAX_TEMPLATE_BYTES => {
                let detail = format!("a template has at most {MAX_TEMPLATE_BYTES} bytes");
                Err(Problem::Rejected(Mistake::new(at, detail)))
            }
            other => Ok(other),
        }
    }

    fn chosen<'t>(&'t self, custom: &'t Custom) -> Result<Option<(&'t str, String)>, Problem> {
        if custom
            .custom_filter
            .as_ref()
            .is_some_and(|filter| !filter.is_null())
        {
            let detail = "Kayenta takes no `customFilter` any more; use `customInlineTemplate`";
            return Err(self.rejected("/customFilter", detail));
        }
        if let Some(inline) = filled(&custom.custom_inline_template) {
            return Ok(Some((inline, format!("{}/customInlineTemplate", self.at))));
        }
        let Some(name) = filled(&custom.custom_filter_template) else {
            return Ok(None);
        };
        match self.templates.get(name) {
            Some(Some(template)) => Ok(Some((
                template,
                format!("/templates/{}", escape_pointer(name)),
            ))),
            Some(None) | None => {
                let detail = format!("no template is named {name:?}");
                Err(self.rejected("/customFilterTemplate", detail))
            }
        }
    }

    fn template<'t>(&'t self, custom: &'t Custom) -> Result<Option<&'t str>, Problem> {
        Ok(self.found(custom)?.map(|(template, _)| template))
    }

    /// The query's template in native form, if it has one.
    fn custom(
        &self,
        custom: &Custom,
        bound: Bound,
        own: &[(&'static str, &str)],
        warnings: &mut Warnings,
    ) -> Result<Option<String>, Problem> {
        let found = self.found(custom)?;
        Ok(found.map(|(text, at)| {
            Template {
                text,
                at: &at,
                bound,
                own,
            }
            .native(warnings)
        }))
    }
}

/// A field that is not empty.
fn filled(field: &Option<String>) -> Option<&str> {
    field.as_deref().filter(|text| !text.is_empty())
}

/// A field in which something is written.
fn text(field: &Option<String>) -> Option<&str> {
    field.as_deref().filter(|text| !text.trim().is_empty())
}
