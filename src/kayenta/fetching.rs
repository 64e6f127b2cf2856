//! Kayenta's requests for one query by itself: a set of parameters for each store, made into a config of one metric and a request
//! under it, so that the query is built as those of runs are.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    KayentaConfig, StoreType,
    wire::{CanaryExecutionRequest, CanaryScope, CanaryScopePair, Double, ScoreThresholds},
};

/// How far back is asked where the request does not say.
const USUAL_WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// A request for one query.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchRequest {
    /// A config with the metric and nothing else.
    pub config: KayentaConfig,
    /// A request under it, of which the canary counts.
    pub request: CanaryExecutionRequest,
    /// What the answer is to be called.
    pub name: String,
}

/// What came with the request.
#[derive(Debug, Clone, Copy)]
pub struct FetchParameters<'a> {
    /// The query string's parameters, those that are empty left out.
    pub parameters: &'a [(String, String)],
    /// The body, if there was one.
    pub body: Option<&'a Value>,
}

impl FetchParameters<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let mut named = self.parameters.iter().filter(|(known, _)| known == name);
        named.next().map(|(_, value)| value.as_str())
    }

    /// All values of a parameter; several may stand in one, with commas.
    fn all(&self, name: &str) -> Vec<&str> {
        let named = self.parameters.iter().filter(|(known, _)| known == name);
        let parts = named.flat_map(|(_, value)| value.split(','));
        parts
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect()
    }

    fn needed(&self, name: &str) -> Result<&str, String> {
        self.get(name)
            .ok_or_else(|| format!("Required parameter '{name}' is not present."))
    }

    fn moment(&self, name: &str) -> Result<Option<Timestamp>, String> {
        let read = |text: &str| {
            let at = text.trim().parse();
            at.map_err(|error| format!("{name} is no time: {error}"))
        };
        self.get(name).map(read).transpose()
    }

    /// A member of the body.
    fn member(&self, name: &str) -> Option<&Value> {
        self.body?.get(name).filter(|value| !value.is_null())
    }
}

/// What a store's form of the request needs, besides what all have.
const fn needs(store: StoreType) -> &'static [&'static str] {
    match store {
        StoreType::Prometheus | StoreType::InfluxDb => &["metricSetName", "metricName", "step"],
        StoreType::Datadog => &["metricSetName", "metricName"],
        StoreType::Graphite => &["metricSetName", "metricName", "start", "end"],
        StoreType::NewRelic => &["start", "end", "step"],
        StoreType::Stackdriver => &["metricSetName", "metricType", "step"],
        StoreType::Wavefront => &["metricSetName", "metricName", "start", "end", "step"],
        StoreType::Atlas => &[
            "q",
            "metricSetName",
            "type",
            "scope",
            "location",
            "start",
            "end",
            "step",
        ],
        StoreType::SignalFx => &[],
    }
}

impl FetchRequest {
    /// Reads a request for a query of this store. Without times it is about the last hour.
    ///
    /// # Errors
    /// What it lacks, as a sentence in Kayenta's words.
    pub fn read(
        store: StoreType,
        given: FetchParameters<'_>,
        now: Timestamp,
    ) -> Result<Self, String> {
        for name in needs(store) {
            given.needed(name)?;
        }
        let metric = metric(store, given)?;
        let name = (given.get("metricSetName").map(str::to_owned))
            .or_else(|| Some(metric.get("name")?.as_str()?.to_owned()))
            .unwrap_or_else(|| store.as_str().to_owned());
        let templates = given
            .member("canaryConfig")
            .and_then(|config| config.get("templates"));
        let config = json!({
            "name": "fetch",
            "metrics": [{
                "name": &name,
                "query": metric.get("query"),
                "groups": [],
                "scopeName": "default",
            }],
            "templates": templates.unwrap_or(&json!({})),
        });
        let config = KayentaConfig::from_value(config).map_err(|mistake| mistake.to_string())?;
        let scope = scope(store, given, now)?;
        let pair = CanaryScopePair {
            control_scope: Some(scope.clone()),
            experiment_scope: Some(scope),
        };
        Ok(Self {
            config,
            request: CanaryExecutionRequest {
                scopes: Some(BTreeMap::from([("default".to_owned(), pair)])),
                // Nothing is judged.
                thresholds: Some(ScoreThresholds {
                    pass: Double(100.0),
                    marginal: Double(0.0),
                }),
                rest: Map::new(),
            },
            name,
        })
    }
}

/// The metric as a config would have it.
fn metric(store: StoreType, given: FetchParameters<'_>) -> Result<Value, String> {
    let kind = store.as_str();
    let name = given.get("metricName");
    let query = match store {
        StoreType::NewRelic => {
            let metric = given.member("canaryMetricConfig");
            return metric
                .cloned()
                .ok_or_else(|| "The body must have a canaryMetricConfig.".to_owned());
        }
        StoreType::Prometheus => json!({
            "type": kind, "metricName": name, "resourceType": given.get("resourceType"),
            "labelBindings": given.all("labelBindings"), "groupByFields": given.all("groupByFields"),
            "customInlineTemplate": given.get("customFilter"),
        }),
        StoreType::Stackdriver => json!({
            "type": kind, "metricType": given.get("metricType"), "resourceType": given.get("resourceType"),
            "groupByFields": given.all("groupByFields"), "customInlineTemplate": given.get("customFilter"),
        }),
        StoreType::InfluxDb => {
            json!({"type": kind, "metricName": name, "fields": given.all("fields")})
        }
        StoreType::Atlas => json!({"type": kind, "q": given.get("q")}),
        StoreType::Wavefront => json!({
            "type": kind, "metricName": name, "aggregate": given.get("aggregate"),
            "summarization": given.get("summarization"),
        }),
        StoreType::Datadog | StoreType::Graphite | StoreType::SignalFx => {
            json!({"type": kind, "metricName": name})
        }
    };
    Ok(json!({"query": query}))
}

/// Whom and which time it is about.
fn scope(
    store: StoreType,
    given: FetchParameters<'_>,
    now: Timestamp,
) -> Result<CanaryScope, String> {
    let end = match given.moment("end")? {
        Some(end) => end,
        None => given.moment("endTimeIso")?.unwrap_or(now),
    };
    let start = match given.moment("start")? {
        Some(start) => Some(start),
        None => given.moment("startTimeIso")?,
    };
    let params = match store {
        StoreType::Stackdriver => given.body,
        StoreType::Prometheus
        | StoreType::Datadog
        | StoreType::InfluxDb
        | StoreType::Graphite
        | StoreType::NewRelic
        | StoreType::SignalFx
        | StoreType::Wavefront
        | StoreType::Atlas => given.member("extendedScopeParams"),
    };
    let mut params = params
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    for name in ["project", "resourceType", "type"] {
        if let Some(value) = given.get(name) {
            params.insert(name.to_owned(), json!(value));
        }
    }
    Ok(CanaryScope {
        scope: Some(given.get("scope").unwrap_or_default().to_owned()),
        location: given.get("location").map(str::to_owned),
        start: Some(start.unwrap_or_else(|| end.checked_sub(USUAL_WINDOW).unwrap_or(end))),
        end: Some(end),
        step: given.get("step").map(seconds).transpose()?.map(Double),
        extended_scope_params: Some(params),
    })
}

/// A step in seconds; Wavefront's has a letter.
fn seconds(text: &str) -> Result<f64, String> {
    let seconds = match text.trim() {
        "s" => Some(1.0),
        "m" => Some(60.0),
        "h" => Some(3_600.0),
        "d" => Some(86_400.0),
        number => number.parse().ok(),
    };
    seconds.ok_or_else(|| "step must be a number of seconds, or one of s, m, h and d.".to_owned())
}
