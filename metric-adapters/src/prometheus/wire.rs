//! The JSON of the Prometheus API.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{self, IgnoredAny, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::bounded::Bounded;
use crate::{Labels, Sample, Series, instant};

/// What surrounds every answer. `data` is left unread unless the status is a success.
#[derive(Deserialize)]
pub(crate) struct Envelope<'a> {
    pub(crate) status: Status,
    #[serde(borrow)]
    pub(crate) data: Option<&'a RawValue>,
    #[serde(default, rename = "errorType")]
    pub(crate) error_type: Option<String>,
    #[serde(default)]
    pub(crate) error: Option<String>,
    #[serde(default)]
    pub(crate) warnings: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) infos: Option<Vec<String>>,
    /// `VictoriaMetrics` clusters say so when some storage nodes did not answer.
    #[serde(default, rename = "isPartial")]
    pub(crate) is_partial: bool,
}

#[derive(Deserialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Success,
    Error,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(rename = "resultType")]
    kind: String,
    #[serde(borrow)]
    result: &'a RawValue,
}

#[derive(Deserialize)]
struct WireSeries {
    metric: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<(f64, Value)>,
    #[serde(default)]
    histograms: Vec<IgnoredAny>,
}

/// A number in a text, because JSON knows neither NaN nor infinities.
struct Value(f64);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number written as a text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
                let unexpected = de::Unexpected::Str(text);
                text.parse()
                    .map(Value)
                    .map_err(|_| E::invalid_value(unexpected, &self))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// Why the data of a successful answer cannot be used.
pub(crate) enum DataError {
    /// The query has a result that is not one number per instant.
    Histogram(Labels),
    /// The data is not of the API's form, or too long.
    Unreadable(serde_json::Error),
    /// The data breaks the API's promise.
    Malformed(String),
}

/// Reads the result of a range query.
pub(crate) fn matrix(data: &str) -> Result<Vec<Series>, DataError> {
    let data: Data<'_> = parse(data)?;
    if data.kind != "matrix" {
        return Err(malformed(format!(
            "a range query gives a `matrix`, not a `{}`",
            data.kind
        )));
    }
    let series = parse::<Bounded<WireSeries>>(data.result.get())?
        .0
        .into_iter()
        .map(series)
        .collect::<Result<Vec<_>, _>>()?;
    let mut seen = BTreeSet::new();
    if let Some(twice) = series.iter().find(|series| !seen.insert(&series.labels)) {
        return Err(malformed(format!("two series {}", twice.labels)));
    }
    Ok(series)
}

fn series(wire: WireSeries) -> Result<Series, DataError> {
    let labels = Labels(wire.metric);
    if !wire.histograms.is_empty() {
        return Err(DataError::Histogram(labels));
    }
    let samples = wire
        .values
        .into_iter()
        .map(|(seconds, Value(value))| {
            let at = instant::from_seconds(seconds)
                .ok_or_else(|| malformed(format!("{seconds:?} is no time, in {labels}")))?;
            Ok(Sample { at, value })
        })
        .collect::<Result<Vec<_>, _>>()?;
    if !samples.is_sorted_by(|a, b| a.at < b.at) {
        return Err(malformed(format!("times out of order in {labels}")));
    }
    Ok(Series { labels, samples })
}

fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, DataError> {
    serde_json::from_str(json).map_err(DataError::Unreadable)
}

fn malformed(problem: String) -> DataError {
    DataError::Malformed(problem)
}
