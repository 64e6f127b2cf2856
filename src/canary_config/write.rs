//! Writing a config the way people write it: without what goes without saying, in the order of the documentation.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use serinus_judge::netflix_aca;

use super::{CanaryConfig, Defaults, JudgeChoice};

/// The order of fields, wherever they stand. Others follow by name.
const ORDER: [&str; 27] = [
    "apiVersion",
    "name",
    "description",
    "judge",
    "defaults",
    "metrics",
    "groups",
    "thresholds",
    "direction",
    "critical",
    "required",
    "muted",
    "onNoData",
    "test",
    "effect",
    "limits",
    "guardrails",
    "scope",
    "account",
    "step",
    "minimumSamples",
    "minimumWork",
    "compare",
    "netflixAca",
    "query",
    "measure",
    "pass",
];

impl CanaryConfig {
    /// The config as YAML text that reads back to the same config.
    ///
    /// # Errors
    /// A number in it is not finite; a config that was read has none.
    pub fn to_yaml(&self) -> Result<String, WriteError> {
        serde_saphyr::to_string(&Ordered(&self.short()?))
            .map_err(|error| WriteError(error.to_string()))
    }

    /// The config as JSON text that reads back to the same config.
    ///
    /// # Errors
    /// As [`to_yaml`](Self::to_yaml).
    pub fn to_json(&self) -> Result<String, WriteError> {
        Ok(serde_json::to_string_pretty(&Ordered(&self.short()?))?)
    }

    /// The config's fields without those that have the value they have when they are left out.
    fn short(&self) -> Result<Value, WriteError> {
        let bare: Self = serde_json::from_value(json!({
            "apiVersion": "serinus/v1",
            "name": "none",
            "metrics": [{"name": "none", "query": "none"}],
            "groups": {},
            "thresholds": {"pass": 90, "marginal": 75},
        }))?;
        let bare_metric = serde_json::to_value(&bare.metrics[0])?;
        let mut config = serde_json::to_value(self)?;
        if let Some(judge) = self.judge.local() {
            let judge = JudgeChoice::named(judge.name());
            leave_out(config.get_mut("judge"), &judge, &["name"])?;
        }
        leave_out(config.get_mut("defaults"), &Defaults::default(), &[])?;
        let metrics = config.get_mut("metrics").and_then(Value::as_array_mut);
        for (metric, written) in self.metrics.iter().zip(metrics.into_iter().flatten()) {
            let options = netflix_aca::MetricOptions::default();
            leave_out(written.get_mut("netflixAca"), &options, &[])?;
            let effect = written.pointer_mut("/netflixAca/effectSize");
            let measure = metric
                .netflix_aca
                .map_or_else(Default::default, |own| own.effect_size.measure);
            leave_out(
                effect,
                &netflix_aca::EffectSize::neutral(measure),
                &["measure"],
            )?;
            leave_out(Some(written), &bare_metric, &["name", "query"])?;
        }
        let needed = ["apiVersion", "name", "metrics", "groups", "thresholds"];
        leave_out(Some(&mut config), &bare, &needed)?;
        Ok(config)
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

/// A value whose fields come in the order of the documentation.
struct Ordered<'a>(&'a Value);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Value::Array(items) = self.0 {
            return serializer.collect_seq(items.iter().map(Ordered));
        }
        let Value::Object(fields) = self.0 else {
            return self.0.serialize(serializer);
        };
        let place = |name: &str| ORDER.iter().position(|other| *other == name);
        // A null is no choice, just as an absent field.
        let chosen = fields.iter().filter(|(_, value)| !value.is_null());
        let mut fields: Vec<_> = chosen.collect();
        fields.sort_by_key(|(name, _)| (place(name).unwrap_or(ORDER.len()), *name));
        serializer.collect_map(
            fields
                .into_iter()
                .map(|(name, value)| (name, Ordered(value))),
        )
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
