use serde_json::{Value, json};
use serinus_adapters::{RangeQuery, Series};
use wiremock::Request;

use super::{assert_head, covered_ms, header, rows};
use crate::conformance::store::{
    Ending, Many, Missing, Nothing, Part, SECRET, Special, Spelled, Store, Together,
};
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
            assert_eq!(sent(request), body(from, to, &[&text]));
        },
        check: |request| {
            let sent = sent(request);
            let to = sent["data"]["attributes"]["to"].as_i64().unwrap();
            let now = jiff::Timestamp::now().as_millisecond();
            assert!((now - 60_000..=now).contains(&to));
            assert_eq!(sent, body(to - 60_000, to, &["avg:serinus.check{*}"]));
        },
        checked: || spell(&[], &crate::support::range("", 0, 0, 60)),
        many: Many::Any,
        special: Special::None,
        ending: Ending::InBody,
    }
}

fn body(from: i64, to: i64, texts: &[&str]) -> Value {
    let query = |(number, text): (usize, &&str)| json!({"data_source": "metrics", "name": format!("q{number}"), "query": text});
    let queries: Vec<_> = texts.iter().enumerate().map(query).collect();
    let formulas: Vec<_> = (0..texts.len())
        .map(|number| json!({"formula": format!("q{number}")}))
        .collect();
    json!({"data": {"type": "timeseries_request", "attributes": {
        "from": from, "to": to, "interval": 60_000, "queries": queries, "formulas": formulas,
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
    spell_together(&[(0, series.to_vec())], query)
}

pub(in super::super) fn together() -> Together {
    Together {
        texts: [
            "avg:cpu{app:a} by {pod}.rollup(avg, $interval)",
            "avg:cpu{app:b} by {pod}.rollup(avg, $interval)",
            "sum:hits{app:c} by {pod}.as_count()",
        ],
        spell: spell_together,
        request: |request, batch| {
            let (from, to) = covered_ms(&batch.queries().next().unwrap());
            let texts = batch.texts.iter();
            let texts: Vec<_> = texts.map(|text| text.replace("$interval", "60")).collect();
            let texts: Vec<_> = texts.iter().map(String::as_str).collect();
            assert_eq!(sent(request), body(from, to, &texts));
        },
        nothing: Nothing::NoData,
        missing: Missing::Nothing,
    }
}

fn spell_together(parts: &[Part], query: &RangeQuery) -> Spelled {
    let numbers = parts
        .iter()
        .flat_map(|(number, series)| series.iter().map(move |_| number));
    let series: Vec<_> = parts
        .iter()
        .flat_map(|(_, series)| series.clone())
        .collect();
    let rows = rows(&series);
    let step = query.step.as_millis();
    let times: Vec<_> = rows.keys().map(|end| end - step).collect();
    let values: Vec<Vec<_>> = (0..series.len())
        .map(|column| rows.values().map(|row| row[column].clone()).collect())
        .collect();
    let series: Vec<_> = numbers
        .zip(&series)
        .map(|(number, series)| {
            let pod = series.labels.get("pod").unwrap();
            json!({"group_tags": [format!("pod:{pod}")], "query_index": number, "unit": null})
        })
        .collect();
    let attributes = json!({"series": series, "times": times, "values": values});
    let data = json!({"id": "0", "type": "timeseries_response", "attributes": attributes});
    Spelled {
        media: "application/vnd.api+json",
        body: json!({"data": data}).to_string(),
    }
}
