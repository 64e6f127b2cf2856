//! Samples.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Double;

/// The same of both sides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sides<T> {
    /// The baseline's.
    pub control: T,
    /// The canary's.
    pub experiment: T,
}

/// The samples of one series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricSet {
    /// The metric.
    pub name: String,
    /// The series' labels.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The time of the first sample, in milliseconds since 1970.
    #[serde(default)]
    pub start_time_millis: i64,
    /// The time of the first sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub start_time_iso: Option<Timestamp>,
    /// The end, in milliseconds since 1970.
    #[serde(default)]
    pub end_time_millis: i64,
    /// The end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub end_time_iso: Option<Timestamp>,
    /// Milliseconds between two samples.
    #[serde(default)]
    pub step_millis: i64,
    /// The samples; `"NaN"` where there is none.
    #[serde(default)]
    pub values: Vec<Double>,
    /// What else is known, such as the `query`.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

/// The samples of both sides of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetricSetPair {
    /// The metric.
    pub name: String,
    /// Identifies the pair; the metric's judgement has the same.
    pub id: String,
    /// The labels that both series have.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The samples; `"NaN"` where there is none.
    #[schema(value_type = Object)]
    pub values: Sides<Vec<Double>>,
    /// The times of the samples; some Kayentas leave them out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub scopes: Option<Sides<PairScope>>,
    /// What else is known, such as the `query`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub attributes: Sides<BTreeMap<String, String>>,
}

/// The times of one side's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PairScope {
    /// The time of the first, in milliseconds since 1970.
    pub start_time_millis: i64,
    /// The time of the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub start_time_iso: Option<Timestamp>,
    /// Milliseconds between two.
    pub step_millis: i64,
}
