//! Short forms for what most tests need.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use serinus_adapters::{
    AccountConfig, Labels, MetricSource, RangeQuery, Sample, Series, Step, Window,
};

/// 2024-03-01T00:00:00Z, where all test data begin.
pub(crate) const T0: i64 = 1_709_251_200;

pub(crate) fn at_ms(ms_after_t0: i64) -> Timestamp {
    Timestamp::from_millisecond(T0 * 1000 + ms_after_t0).unwrap()
}

pub(crate) fn at(seconds_after_t0: i64) -> Timestamp {
    at_ms(seconds_after_t0 * 1000)
}

pub(crate) fn step(seconds: i64) -> Step {
    Step::try_from(SignedDuration::from_secs(seconds)).unwrap()
}

/// A query from and to seconds after T0.
pub(crate) fn range(text: &str, from: i64, to: i64, step_seconds: i64) -> RangeQuery {
    RangeQuery {
        text: text.to_owned(),
        window: Window::new(at(from), at(to)).unwrap(),
        step: step(step_seconds),
    }
}

pub(crate) fn account(config: Value) -> AccountConfig {
    serde_json::from_value(config).unwrap()
}

pub(crate) fn connect(config: Value) -> Box<dyn MetricSource> {
    account(config).connect().unwrap()
}

pub(crate) fn prometheus(url: &str) -> Box<dyn MetricSource> {
    connect(json!({"type": "prometheus", "url": url}))
}

pub(crate) fn labels(pairs: &[(&str, &str)]) -> Labels {
    let owned = pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    Labels(owned.collect())
}

/// A series from seconds after T0 and values.
pub(crate) fn series(
    pairs: &[(&str, &str)],
    samples: impl IntoIterator<Item = (i64, f64)>,
) -> Series {
    let samples = samples.into_iter();
    Series {
        labels: labels(pairs),
        samples: samples
            .map(|(t, value)| Sample { at: at(t), value })
            .collect(),
    }
}
