use serde_json::{Value, json};
use serinus_adapters::{RangeQuery, Series};
use wiremock::Request;

use super::{assert_head, covered_ms, header, rows};
use crate::conformance::store::{Ending, Many, SECRET, Special, Spelled, Store};
use crate::support::labels;

pub(in super::super) fn store() -> Store {
    Store {
        account: |secret| json!({"type": "datadog", "apiKey": secret, "applicationKey": secret}),
        text: "avg:cpu{app:shop} by {pod}.rollup(avg, $interval)",
        labels: |pod| labels(&[("query", "0"), ("pod", pod)]),
        spell,
        request: |request, query| {
            let (from, to) = covered_ms(query);
            let text = query.text.replace("$interval", "60");
            assert_eq!(sent(request), body(from, to, &text));
        },
        check: |request| {
            let sent = sent(request);
            let to = sent["data"]["attributes"]["to"].as_i64().unwrap();
            let now = jiff::Timestamp::now().as_millisecond();
            assert!((now - 60_000..=now).contains(&to));
            assert_eq!(sent, body(to - 60_000, to, "avg:serinus.check{*}"));
        },
        checked: || spell(&[], &crate::support::range("", 0, 0, 60)),
        many: Many::Any,
        special: Special::None,
        ending: Ending::InBody,
    }
}

fn body(from: i64, to: i64, text: &str) -> Value {
    json!({"data": {"type": "timeseries_request", "attributes": {
        "from": from, "to": to, "interval": 60_000,
        "queries": [{"data_source": "metrics", "name": "a", "query": text}],
        "formulas": [{"formula": "a"}],
    }}})
}

fn sent(request: &Request) -> Value {
    let key = ("dd-api-key", "SECRET");
    assert_head(request, "POST", "/api/v2/query/timeseries", key);
    assert_eq!(header(request, "dd-application-key"), SECRET);
    assert_eq!(header(request, "content-type"), "application/json");
    serde_json::from_slice(&request.body).unwrap()
}

/// All series share one list of times; where another one has a sample, a series has null.
fn spell(series: &[Series], query: &RangeQuery) -> Spelled {
    let rows = rows(series);
    let step = query.step.as_millis();
    let times: Vec<_> = rows.keys().map(|end| end - step).collect();
    let values: Vec<Vec<_>> = (0..series.len())
        .map(|column| rows.values().map(|row| row[column].clone()).collect())
        .collect();
    let series: Vec<_> = series
        .iter()
        .map(|series| {
            let pod = series.labels.get("pod").unwrap();
            json!({"group_tags": [format!("pod:{pod}")], "query_index": 0, "unit": null})
        })
        .collect();
    let attributes = json!({"series": series, "times": times, "values": values});
    let data = json!({"id": "0", "type": "timeseries_response", "attributes": attributes});
    Spelled {
        media: "application/vnd.api+json",
        body: json!({"data": data}).to_string(),
    }
}
