use serde_json::json;
use serinus_adapters::{RangeQuery, Series};
use wiremock::Request;

use super::{assert_head, bucket_ms, covered_ms, header, number, owned, pairs};
use crate::conformance::store::{Ending, Many, Special, Spelled, Store};
use crate::support::labels;

pub(in super::super) fn store() -> Store {
    Store {
        account: |secret| json!({"type": "wavefront", "apiToken": secret}),
        text: "ts(\"latency\", app=\"a+b & \u{e9}\")",
        labels: |pod| labels(&[("pod", pod), ("label", "latency"), ("host", "h")]),
        spell,
        request: |request, query| {
            let (from, to) = covered_ms(query);
            assert_sent(request, &query.text, from, to);
        },
        check: |request| {
            let end = pairs(request.url.query().unwrap().as_bytes())[2].1.clone();
            let end: i64 = end.parse().unwrap();
            let now = jiff::Timestamp::now().as_millisecond();
            assert!((now - 60_000..=now).contains(&end));
            assert_sent(request, "ts(\"serinus.check\")", end - 60_000, end);
        },
        checked: || {
            let warnings = "No metrics matching - [serinus.check]";
            Spelled::json(
                &json!({"query": "ts(\"serinus.check\")", "name": "q", "warnings": warnings, "granularity": 60}),
            )
        },
        many: Many::Any,
        special: Special::None,
        ending: Ending::InBody,
    }
}

fn assert_sent(request: &Request, expression: &str, start: i64, end: i64) {
    let token = ("authorization", "Bearer SECRET");
    assert_head(request, "GET", "/api/v2/chart/api", token);
    assert_eq!(header(request, "accept"), "application/json");
    let expected = [
        ("q", expression),
        ("s", &start.to_string()),
        ("e", &end.to_string()),
        ("g", "m"),
        ("summarization", "MEAN"),
        ("strict", "true"),
        ("i", "false"),
        ("includeObsoleteMetrics", "true"),
    ];
    assert_eq!(
        pairs(request.url.query().unwrap().as_bytes()),
        owned(expected)
    );
}

/// A point without a value is left out.
fn spell(series: &[Series], query: &RangeQuery) -> Spelled {
    let timeseries: Vec<_> = series
        .iter()
        .map(|series| {
            let samples = series.samples.iter().filter(|sample| sample.value.is_finite());
            let data: Vec<_> = samples
                .map(|sample| json!([bucket_ms(sample, query) / 1000, number(sample.value)]))
                .collect();
            json!({"label": "latency", "host": "h", "tags": {"pod": series.labels.get("pod")}, "data": data})
        })
        .collect();
    Spelled::json(
        &json!({"query": query.text, "name": "q", "timeseries": timeseries, "granularity": 60, "stats": {}}),
    )
}
