use serde_json::json;
use serinus_adapters::{RangeQuery, Series};
use wiremock::Request;

use super::{assert_head, bucket_ms, covered_ms, header, number, owned, pairs};
use crate::conformance::store::{Ending, Many, Special, Spelled, Store};
use crate::support::labels;

pub(in super::super) fn store() -> Store {
    Store {
        account: |secret| json!({"type": "graphite", "headers": {"X-Key": secret}}),
        text: "aliasByNode(summarize(shop.{b+&c,\u{e9}}.*, \"60s\", \"avg\", true), 1)",
        labels: |pod| labels(&[("name", pod), ("target", &format!("shop.{pod}"))]),
        spell,
        request: |request, query| {
            let (from, to) = covered_ms(query);
            let (from, until) = (from / 1000 - 1, to / 1000 - 1);
            assert_sent(request, &query.text, &from.to_string(), &until.to_string());
        },
        check: |request| assert_sent(request, "constantLine(1)", "-1min", "now"),
        checked: || Spelled::json(&json!([{"target": "1", "datapoints": [[1, 5], [1, 65]]}])),
        many: Many::Any,
        special: Special::None,
        ending: Ending::InBody,
    }
}

fn assert_sent(request: &Request, target: &str, from: &str, until: &str) {
    assert_head(request, "POST", "/render", ("x-key", "SECRET"));
    assert_eq!(header(request, "accept"), "application/json");
    let form = [
        ("target", target),
        ("from", from),
        ("until", until),
        ("format", "json"),
    ];
    assert_eq!(pairs(&request.body), owned(form));
}

/// Every series has a point for each bucket of the answer, null where it has no value.
fn spell(series: &[Series], query: &RangeQuery) -> Spelled {
    let step = query.step.as_millis();
    let starts = series
        .iter()
        .flat_map(|series| &series.samples)
        .map(|sample| bucket_ms(sample, query));
    let (first, last) = (starts.clone().min(), starts.max());
    let answer: Vec<_> = series
        .iter()
        .map(|series| {
            let mut points = Vec::new();
            let mut at = first.unwrap();
            while at <= last.unwrap() {
                let mut samples = series.samples.iter();
                let sample = samples.find(|sample| bucket_ms(sample, query) == at);
                points.push(json!([sample.map(|sample| number(sample.value)), at / 1000]));
                at += step;
            }
            json!({"target": series.labels.get("target"), "tags": {"name": series.labels.get("name")}, "datapoints": points})
        })
        .collect();
    Spelled::json(&json!(answer))
}
