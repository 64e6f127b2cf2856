//! Writing a config the way people write it: without what goes without saying, in the order of the documentation.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value, json};
use serinus_judge::{netflix_aca, serinus};

use super::{CanaryConfig, Defaults, JudgeChoice};

/// The order of a config's fields.
const CONFIG: [&str; 9] = [
    "apiVersion",
    "name",
    "description",
    "judge",
    "defaults",
    "compare",
    "metrics",
    "groups",
    "thresholds",
];
/// The order of a metric's fields.
const METRIC: [&str; 18] = [
    "name",
    "groups",
    "direction",
    "critical",
    "required",
    "muted",
    "onNoData",
    "test",
    "effect",
    "limits",
    "scope",
    "account",
    "step",
    "minimumSamples",
    "minimumWork",
    "compare",
    "netflixAca",
    "query",
];

impl CanaryConfig {
    /// The config as YAML text that reads back to the same config.
    ///
    /// # Errors
    /// A number in it is not finite; a config that was read has none.
    pub fn to_yaml(&self) -> Result<String, WriteError> {
        let fields = self.short()?;
        serde_saphyr::to_string(&Written::config(&fields))
            .map_err(|error| WriteError(error.to_string()))
    }

    /// The config as JSON text that reads back to the same config.
    ///
    /// # Errors
    /// As [`to_yaml`](Self::to_yaml).
    pub fn to_json(&self) -> Result<String, WriteError> {
        let fields = self.short()?;
        Ok(serde_json::to_string_pretty(&Written::config(&fields))?)
    }

    /// The config's fields without those that have the value they have when they are left out.
    fn short(&self) -> Result<Map<String, Value>, WriteError> {
        let bare: Self = serde_json::from_value(json!({
            "apiVersion": "serinus/v1",
            "name": "none",
            "metrics": [{"name": "none", "query": "none"}],
            "groups": {},
            "thresholds": {"pass": 90, "marginal": 75},
        }))?;
        let judge = match self.judge {
            JudgeChoice::Serinus(_) => JudgeChoice::Serinus(serinus::Settings::default()),
            JudgeChoice::NetflixAca(_) => JudgeChoice::NetflixAca(netflix_aca::Settings::default()),
        };
        let bare_metric = serde_json::to_value(&bare.metrics[0])?;
        let mut config = serde_json::to_value(self)?;
        leave_out(config.get_mut("judge"), &judge, &["name"])?;
        leave_out(config.get_mut("defaults"), &Defaults::default(), &[])?;
        let metrics = config.get_mut("metrics").and_then(Value::as_array_mut);
        for metric in metrics.into_iter().flatten() {
            let options = netflix_aca::MetricOptions::default();
            leave_out(metric.get_mut("netflixAca"), &options, &[])?;
            leave_out(Some(metric), &bare_metric, &["name", "query"])?;
        }
        let needed = ["apiVersion", "name", "metrics", "groups", "thresholds"];
        leave_out(Some(&mut config), &bare, &needed)?;
        let Value::Object(fields) = config else {
            return Err(WriteError(format!("{config} is no object")));
        };
        Ok(fields)
    }
}

/// Takes out the fields that are as in `default`, except the needed ones.
fn leave_out(
    object: Option<&mut Value>,
    default: &impl Serialize,
    needed: &[&str],
) -> Result<(), WriteError> {
    let default = serde_json::to_value(default)?;
    if let Some(Value::Object(fields)) = object {
        fields.retain(|name, value| {
            needed.contains(&name.as_str()) || default.get(name) != Some(&*value)
        });
    }
    Ok(())
}

/// Fields in the order of the documentation; those it does not name come last.
struct Written<'a> {
    fields: &'a Map<String, Value>,
    order: &'static [&'static str],
}

impl<'a> Written<'a> {
    fn config(fields: &'a Map<String, Value>) -> Self {
        Self {
            fields,
            order: &CONFIG,
        }
    }

    fn metrics(metrics: &'a [Value]) -> Vec<Self> {
        let fields = metrics.iter().filter_map(Value::as_object);
        fields
            .map(|fields| Self {
                fields,
                order: &METRIC,
            })
            .collect()
    }
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = |name: &str| self.order.iter().position(|other| *other == name);
        let mut fields: Vec<_> = self.fields.iter().collect();
        fields.sort_by_key(|(name, _)| place(name).unwrap_or(self.order.len()));
        let mut map = serializer.serialize_map(Some(fields.len()))?;
        for (name, value) in fields {
            if let ("metrics", Value::Array(metrics)) = (name.as_str(), value) {
                map.serialize_entry(name, &Self::metrics(metrics))?;
            } else {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

/// A config that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the config cannot be written: {0}")]
pub struct WriteError(String);

impl From<serde_json::Error> for WriteError {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}
