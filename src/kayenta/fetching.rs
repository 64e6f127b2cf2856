//! Kayenta's requests for one query by itself: a set of parameters for each store, from which the query is built as those of a
//! config are.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    StoreType,
    queries::{Problem, Source},
    request::{native_scope, reads_scope_parts, texts},
    warnings::Warnings,
    wire::{CanaryScope, Double},
};
use crate::{
    analysis::{Scope, SingleQuery, WindowSpan},
    canary_config::{Name, QueryTemplate, from_json},
};

/// How far back is asked where the request does not say.
const USUAL_WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// How far apart samples are where the request does not say.
const USUAL_STEP: SignedDuration = SignedDuration::from_mins(1);

/// The stores that can be asked one query by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchStore {
    /// Prometheus.
    Prometheus,
    /// Datadog.
    Datadog,
    /// Graphite.
    Graphite,
    /// InfluxDB.
    InfluxDb,
    /// New Relic.
    NewRelic,
    /// Wavefront.
    Wavefront,
    /// Netflix Atlas.
    Atlas,
}

impl FetchStore {
    const ALL: [Self; 7] = [
        Self::Prometheus,
        Self::Datadog,
        Self::Graphite,
        Self::InfluxDb,
        Self::NewRelic,
        Self::Wavefront,
        Self::Atlas,
    ];

    /// The store of this type, in Kayenta's words.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|store| store.as_str() == name)
    }

    /// Its type in Kayenta's words.
    pub fn as_str(self) -> &'static str {
        self.store_type().as_str()
    }

    fn store_type(self) -> StoreType {
        match self {
            Self::Prometheus => StoreType::Prometheus,
            Self::Datadog => StoreType::Datadog,
            Self::Graphite => StoreType::Graphite,
            Self::InfluxDb => StoreType::InfluxDb,
            Self::NewRelic => StoreType::NewRelic,
            Self::Wavefront => StoreType::Wavefront,
            Self::Atlas => StoreType::Atlas,
        }
    }

    /// What its form of the request needs.
    const fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Prometheus | Self::InfluxDb => &["metricSetName", "metricName", "step"],
            Self::Datadog => &["metricSetName", "metricName"],
            Self::Graphite => &["metricSetName", "metricName", "start", "end"],
            Self::NewRelic => &["start", "end", "step"],
            Self::Wavefront => &["metricSetName", "metricName", "start", "end", "step"],
            Self::Atlas => &[
                "q",
                "metricSetName",
                "type",
                "scope",
                "location",
                "start",
                "end",
                "step",
            ],
        }
    }
}

/// A request for one query, whoever is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchRequest {
    /// What the answer is to be called.
    pub name: String,
    query: QueryTemplate,
    scope: Scope,
    window: WindowSpan,
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

impl FetchRequest {
    /// Reads a request for a query of this store. Without times it is about the last hour.
    ///
    /// # Errors
    /// What it lacks, as a sentence in Kayenta's words.
    pub fn read(
        store: FetchStore,
        given: FetchParameters<'_>,
        now: Timestamp,
    ) -> Result<Self, String> {
        for name in store.needs() {
            given.needed(name)?;
        }
        let Metric { name, query, at } = metric(store, given)?;
        let scope = scope(given)?;
        let templates = given
            .member("canaryConfig")
            .and_then(|config| config.get("templates").cloned())
            .unwrap_or_else(|| json!({}));
        let templates = from_json(templates)
            .map_err(|mistake| mistake.under("/canaryConfig/templates").to_string())?;
        let source = Source {
            query: &query,
            at,
            templates: &templates,
            params: &texts(&scope).collect::<Vec<_>>(),
        };
        // A form that is not known is an error here: a config would keep such a query as it is, but nobody can ask it.
        let text = match store.store_type().query(&source, &mut Warnings::default()) {
            Ok(text) => text,
            Err(Problem::Rejected(mistake)) => return Err(mistake.to_string()),
            Err(Problem::NotKnown(why)) => return Err(why),
        };
        let query = QueryTemplate::try_from(text)?;
        Ok(Self {
            name,
            scope: native_scope(&scope, "default", reads_scope_parts(&query))?,
            query,
            window: window(given, now)?,
        })
    }

    /// The query to this account.
    pub fn to(&self, account: Name) -> SingleQuery {
        SingleQuery {
            account,
            query: self.query.clone(),
            step: self.scope.step.unwrap_or(USUAL_STEP),
            scope: self.scope.clone(),
            window: self.window,
        }
    }
}

/// A metric as a config would have it.
struct Metric {
    name: String,
    query: Map<String, Value>,
    /// Where the query stands in the body.
    at: &'static str,
}

fn metric(store: FetchStore, given: FetchParameters<'_>) -> Result<Metric, String> {
    let name = given.get("metricName");
    let query = match store {
        FetchStore::NewRelic => return metric_of_body(store, given),
        FetchStore::Prometheus => {
            let filter = given.get("customFilter");
            if filter.is_none() {
                // Instances are found by it.
                given.needed("resourceType")?;
            }
            json!({
                "metricName": name, "resourceType": given.get("resourceType"), "customInlineTemplate": filter,
                "labelBindings": given.all("labelBindings"), "groupByFields": given.all("groupByFields"),
            })
        }
        FetchStore::InfluxDb => json!({"metricName": name, "fields": given.all("fields")}),
        FetchStore::Atlas => json!({"q": given.get("q")}),
        FetchStore::Wavefront => json!({
            "metricName": name, "aggregate": given.get("aggregate"),
            "summarization": given.get("summarization"),
        }),
        FetchStore::Datadog | FetchStore::Graphite => json!({"metricName": name}),
    };
    Ok(Metric {
        name: set_name(store, given, None),
        query: query.as_object().cloned().unwrap_or_default(),
        at: "",
    })
}

/// The metric that came along in the body.
fn metric_of_body(store: FetchStore, given: FetchParameters<'_>) -> Result<Metric, String> {
    let metric = given
        .member("canaryMetricConfig")
        .ok_or("The body must have a canaryMetricConfig.")?;
    let query = metric.get("query").and_then(Value::as_object);
    let is_stores = |query: &&Map<String, Value>| {
        let kind = query.get("type").and_then(Value::as_str);
        kind == Some(store.as_str())
    };
    let query = query.filter(is_stores).ok_or_else(|| {
        let kind = store.as_str();
        format!("The canaryMetricConfig must have a query of the type '{kind}'.")
    })?;
    Ok(Metric {
        name: set_name(store, given, metric.get("name").and_then(Value::as_str)),
        query: query.clone(),
        at: "/canaryMetricConfig/query",
    })
}

/// What the answer is to be called.
fn set_name(store: FetchStore, given: FetchParameters<'_>, metric: Option<&str>) -> String {
    let asked = given.get("metricSetName").or(metric);
    asked.unwrap_or(store.as_str()).to_owned()
}

/// Which time it is about.
fn window(given: FetchParameters<'_>, now: Timestamp) -> Result<WindowSpan, String> {
    let end = given.moment("end")?.unwrap_or(now);
    let usual = || end.checked_sub(USUAL_WINDOW).unwrap_or(end);
    let start = given.moment("start")?.unwrap_or_else(usual);
    Ok(WindowSpan { start, end })
}

/// Whom it is about.
fn scope(given: FetchParameters<'_>) -> Result<CanaryScope, String> {
    let params = given.member("extendedScopeParams");
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
        scope: given.get("scope").map(str::to_owned),
        location: given.get("location").map(str::to_owned),
        start: None,
        end: None,
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
