//! The stores, one file each.

pub(super) mod atlas;
pub(super) mod cloudwatch;
pub(super) mod datadog_1;
pub(super) mod datadog_2;
pub(super) mod dynatrace;
pub(super) mod elasticsearch;
pub(super) mod graphite;
pub(super) mod influxdb_1;
pub(super) mod influxdb_2;
pub(super) mod influxdb_3_influxql;
pub(super) mod influxdb_3_sql;
pub(super) mod loki;
pub(super) mod newrelic;
pub(super) mod prometheus;
pub(crate) mod signalfx;
pub(super) mod wavefront;
pub(super) mod web;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use serinus_adapters::{RangeQuery, Sample, Series};
use wiremock::Request;

use super::store::SECRET;

/// A header's text, or nothing.
fn header<'r>(request: &'r Request, name: &str) -> &'r str {
    let value = request.headers.get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

/// Fails unless method, path and credentials are these.
fn assert_head(request: &Request, method: &str, path: &str, (name, value): (&str, &str)) {
    assert_eq!(
        (request.method.as_str(), request.url.path()),
        (method, path)
    );
    assert_eq!(header(request, name), value.replace("SECRET", SECRET));
}

/// The pairs of a form or of a query string.
fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

fn owned<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

/// A number where JSON has one, else null.
fn number(value: f64) -> Value {
    serde_json::Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// A number, or a text for what JSON has no number for.
fn texted(value: f64) -> Value {
    let text = if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    };
    serde_json::Number::from_f64(value).map_or(json!(text), Value::Number)
}

/// The beginning of the bucket a sample stands for, in milliseconds since 1970.
fn bucket_ms(sample: &Sample, query: &RangeQuery) -> i64 {
    sample.at.as_millisecond() - query.step.as_millis()
}

/// The time a query's buckets cover, in milliseconds since 1970: from a step before its start to its end.
fn covered_ms(query: &RangeQuery) -> (i64, i64) {
    let start = query.window.start().as_millisecond() - query.step.as_millis();
    (start, query.window.end().as_millisecond())
}

/// The cells of a table by time: every instant any series has, and each series' value there or null.
fn rows(series: &[Series]) -> BTreeMap<i64, Vec<Value>> {
    let mut rows = BTreeMap::new();
    for (column, series) in series.iter().enumerate() {
        for sample in &series.samples {
            let row = rows.entry(sample.at.as_millisecond());
            let row = row.or_insert_with(|| vec![Value::Null; column]);
            row.resize(column, Value::Null);
            row.push(number(sample.value));
        }
    }
    for row in rows.values_mut() {
        row.resize(series.len(), Value::Null);
    }
    rows
}

/// An account's secret as a bearer token.
fn bearer(secret: &Value) -> Value {
    json!({"type": "bearer", "token": secret})
}
