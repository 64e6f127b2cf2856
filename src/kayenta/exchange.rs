//! What Kayenta and a judge elsewhere say to each other: samples in pairs, and a word about each of them.
//!
//! As loosely read as Kayenta reads it: unknown fields are passed over, a null is as good as an absent field. Numbers that
//! JSON does not know are text: `"NaN"`, `"Infinity"`, `"-Infinity"`.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;
use utoipa::ToSchema;

/// A number, or what stands for one that JSON does not know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Double(pub f64);

/// The baseline's and the canary's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sides<T> {
    /// The baseline's.
    pub control: T,
    /// The canary's.
    pub experiment: T,
}

/// The samples of both sides for one metric, or for one of several series of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricSetPair {
    /// The metric's name, as in the config.
    pub name: String,
    /// Identifies the pair.
    #[serde(default, deserialize_with = "or_default")]
    pub id: String,
    /// The labels of the series.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: BTreeMap<String, String>,
    /// The samples.
    #[schema(value_type = Sides<Vec<f64>>)]
    pub values: Sides<Vec<Double>>,
    /// When they were taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Sides<PairScope>>,
    /// What else is known of them, such as the query.
    #[schema(value_type = Option<Sides<BTreeMap<String, String>>>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Sides<BTreeMap<String, Value>>>,
}

/// When the samples of a side were taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PairScope {
    /// The time of the first sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time_iso: Option<String>,
    /// The same, in milliseconds since 1970.
    #[serde(default, deserialize_with = "or_default")]
    pub start_time_millis: i64,
    /// Milliseconds between two samples.
    #[serde(default, deserialize_with = "or_default")]
    pub step_millis: i64,
}

/// What a judge elsewhere is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JudgeRequest {
    /// The canary config, in Kayenta's form.
    #[schema(value_type = Object)]
    pub canary_config: Value,
    /// From which scores on a canary passes or is marginal.
    pub score_thresholds: ScoreThresholds,
    /// The samples.
    pub metric_set_pair_list: Vec<MetricSetPair>,
}

/// From which scores on a canary passes or is marginal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScoreThresholds {
    /// From this score on it passes.
    #[schema(value_type = f64)]
    pub pass: Double,
    /// From this score on it is marginal.
    #[schema(value_type = f64)]
    pub marginal: Double,
}

/// What a judge answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JudgeResult {
    /// The judge.
    #[serde(default, deserialize_with = "or_default")]
    pub judge_name: String,
    /// One entry per pair.
    pub results: Vec<PairResult>,
    /// One entry per group.
    #[serde(default, deserialize_with = "or_default")]
    pub group_scores: Vec<ScoreResult>,
    /// The score of all.
    pub score: ScoreResult,
}

/// What a judge says of one pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PairResult {
    /// The metric's name.
    pub name: String,
    /// The labels of the series.
    #[serde(default, deserialize_with = "or_default")]
    pub tags: BTreeMap<String, String>,
    /// The pair's id.
    #[serde(default, deserialize_with = "or_default")]
    pub id: String,
    /// `Pass`, `High`, `Low`, `Nodata`, `NodataFailMetric` or `Error`.
    pub classification: String,
    /// Why, if there is more to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classification_reason: Option<String>,
    /// The groups the metric counts in.
    #[serde(default, deserialize_with = "or_default")]
    pub groups: Vec<String>,
    /// The canary's samples, summed up.
    #[serde(default, deserialize_with = "or_default")]
    pub experiment_metadata: SideMetadata,
    /// The baseline's samples, summed up.
    #[serde(default, deserialize_with = "or_default")]
    pub control_metadata: SideMetadata,
    /// What else came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_metadata: Option<ResultMetadata>,
    /// Whether it fails the canary by itself.
    #[serde(default, deserialize_with = "or_default")]
    pub critical: bool,
    /// Whether it is left out of the score.
    #[serde(default, deserialize_with = "or_default")]
    pub muted: bool,
}

/// One side's samples, summed up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SideMetadata {
    /// The summary.
    #[serde(default, deserialize_with = "or_default")]
    pub stats: Stats,
}

/// A summary of samples; zeros where there are none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Stats {
    /// The smallest.
    #[schema(value_type = f64)]
    #[serde(default, deserialize_with = "or_default")]
    pub min: Double,
    /// The largest.
    #[schema(value_type = f64)]
    #[serde(default, deserialize_with = "or_default")]
    pub max: Double,
    /// Their mean.
    #[schema(value_type = f64)]
    #[serde(default, deserialize_with = "or_default")]
    pub mean: Double,
    /// Their standard deviation.
    #[schema(value_type = f64)]
    #[serde(default, deserialize_with = "or_default")]
    pub std: Double,
    /// How many there are.
    #[serde(default, deserialize_with = "or_default")]
    pub count: u64,
}

/// What else came out for a pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ResultMetadata {
    /// Mean of the canary over mean of the baseline.
    #[schema(value_type = Option<f64>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Double>,
}

/// A score with what it stands for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScoreResult {
    /// The group, where it is one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// 0 to 100.
    #[schema(value_type = f64)]
    pub score: Double,
    /// `Pass`, `Marginal` or `Fail`; empty for a group.
    #[serde(default, deserialize_with = "or_default")]
    pub classification: String,
    /// Why, if there is more to say.
    #[serde(default, deserialize_with = "or_default")]
    pub classification_reason: String,
}

/// A null is as good as an absent field.
fn or_default<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Default for Double {
    fn default() -> Self {
        Self(0.0)
    }
}

impl Serialize for Double {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            nan if nan.is_nan() => serializer.serialize_str("NaN"),
            f64::INFINITY => serializer.serialize_str("Infinity"),
            f64::NEG_INFINITY => serializer.serialize_str("-Infinity"),
            number => serializer.serialize_f64(number),
        }
    }
}

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Double;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, \"NaN\", \"Infinity\" or \"-Infinity\"")
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Double, E> {
                Ok(Double(number))
            }

            #[expect(
                clippy::cast_precision_loss,
                reason = "as JSON numbers are read anyway"
            )]
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Double, E> {
                Ok(Double(number as f64))
            }

            #[expect(
                clippy::cast_precision_loss,
                reason = "as JSON numbers are read anyway"
            )]
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Double, E> {
                Ok(Double(number as f64))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Double, E> {
                match text {
                    "NaN" => Ok(Double(f64::NAN)),
                    "Infinity" => Ok(Double(f64::INFINITY)),
                    "-Infinity" => Ok(Double(f64::NEG_INFINITY)),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
