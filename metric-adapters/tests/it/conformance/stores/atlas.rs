use serde_json::json;
use serinus_adapters::{RangeQuery, Series};
use wiremock::Request;

use super::{assert_head, bearer, covered_ms, header, owned, pairs, texted};
use crate::conformance::store::{Ending, Many, Special, Spelled, Store};
use crate::support::labels;

pub(in super::super) fn store() -> Store {
    Store {
        account: |secret| json!({"type": "atlas", "auth": bearer(&secret)}),
        text: "name,requests,:eq,app,a+b&\u{e9},:eq,:and,:sum,(,pod,),:by",
        labels: |pod| {
            labels(&[
                ("pod", pod),
                ("name", "requests"),
                ("legend", &format!("pod={pod}")),
            ])
        },
        spell,
        request: |request, query| {
            let (from, to) = covered_ms(query);
            assert_sent(request, &query.text, &from.to_string(), &to.to_string());
        },
        check: |request| assert_sent(request, "42", "e-3m", "now"),
        checked: || {
            let metrics = json!([{"name": "42", "atlas.offset": "0w"}]);
            Spelled::json(
                &json!({"start": 60_000, "step": 60_000, "legend": ["42"], "metrics": metrics,
                                  "values": [[42.0]], "notices": []}),
            )
        },
        many: Many::Any,
        special: Special::Infinities,
        ending: Ending::InBody,
    }
}

fn assert_sent(request: &Request, expression: &str, start: &str, end: &str) {
    let credentials = ("authorization", "Bearer SECRET");
    assert_head(request, "GET", "/api/v1/graph", credentials);
    assert_eq!(header(request, "accept"), "application/json");
    let expected = [
        ("q", expression),
        ("s", start),
        ("e", end),
        ("step", "60s"),
        ("format", "std.json"),
    ];
    assert_eq!(
        pairs(request.url.query().unwrap().as_bytes()),
        owned(expected)
    );
}

/// One row for each time, in which a series has NaN where it has no value.
fn spell(series: &[Series], query: &RangeQuery) -> Spelled {
    let times = series.iter().flat_map(|series| &series.samples);
    let times = times.map(|sample| sample.at.as_millisecond());
    let first = times.clone().min();
    let start = first.unwrap_or(query.window.start().as_millisecond());
    let mut values = Vec::new();
    let mut at = start;
    while times.clone().max().is_some_and(|last| at <= last) {
        let value = |series: &Series| {
            let mut samples = series.samples.iter();
            let found = samples.find(|sample| sample.at.as_millisecond() == at);
            texted(found.map_or(f64::NAN, |sample| sample.value))
        };
        values.push(series.iter().map(value).collect::<Vec<_>>());
        at += query.step.as_millis();
    }
    let legend: Vec<_> = series.iter().map(|it| it.labels.get("legend")).collect();
    let metrics: Vec<_> = series
        .iter()
        .map(|it| json!({"atlas.offset": "0w", "name": "requests", "pod": it.labels.get("pod")}))
        .collect();
    Spelled::json(
        &json!({"start": start, "step": query.step.as_millis(), "legend": legend, "metrics": metrics,
                          "values": values, "notices": [], "explain": {"dataFetchTime": 5}}),
    )
}
