use serde_json::{Value, json};
use serinus_adapters::{RangeQuery, Series};
use wiremock::Request;

use super::{assert_head, bucket_ms, covered_ms, header, number, owned, pairs};
use crate::conformance::store::{
    Ending, Many, Missing, Nothing, Part, Special, Spelled, Store, Together,
};
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

pub(in super::super) fn together() -> Together {
    Together {
        texts: [
            "aliasByNode(summarize(shop.a.*, \"60s\", \"avg\", true), 1)",
            "shop.b.*|summarize(\"60s\")",
            "shop.\u{e9}.*",
        ],
        spell: spell_together,
        request: |request, batch| {
            let (from, to) = covered_ms(&batch.queries().next().unwrap());
            let (from, until) = (from / 1000 - 1, to / 1000 - 1);
            let targets = batch.texts.iter().enumerate();
            let targets: Vec<_> = targets
                .map(|(number, text)| format!("aliasSub({text},\"^\",\"{number}:\")"))
                .collect();
            let targets: Vec<_> = targets.iter().map(String::as_str).collect();
            assert_form(request, &targets, &from.to_string(), &until.to_string());
        },
        nothing: Nothing::Open,
        missing: Missing::Nothing,
    }
}

fn assert_sent(request: &Request, target: &str, from: &str, until: &str) {
    assert_form(request, &[target], from, until);
}

fn assert_form(request: &Request, targets: &[&str], from: &str, until: &str) {
    assert_head(request, "POST", "/render", ("x-key", "SECRET"));
    assert_eq!(header(request, "accept"), "application/json");
    let mut form: Vec<_> = targets
        .iter()
        .flat_map(|target| owned([("target", target)]))
        .collect();
    form.extend(owned([
        ("from", from),
        ("until", until),
        ("format", "json"),
    ]));
    assert_eq!(pairs(&request.body), form);
}

fn spell(series: &[Series], query: &RangeQuery) -> Spelled {
    Spelled::json(&json!(answer(series, query)))
}

/// The name of a series is preceded by the number of its target.
fn spell_together(parts: &[Part], query: &RangeQuery) -> Spelled {
    let all: Vec<_> = parts
        .iter()
        .flat_map(|(_, series)| series.clone())
        .collect();
    let numbers = parts
        .iter()
        .flat_map(|(number, series)| series.iter().map(move |_| number));
    let mut answer = answer(&all, query);
    for (series, number) in answer.iter_mut().zip(numbers) {
        let target = series["target"].as_str().unwrap();
        series["target"] = json!(format!("{number}:{target}"));
    }
    Spelled::json(&json!(answer))
}

/// Every series has a point for each bucket of the answer, null where it has no value.
fn answer(series: &[Series], query: &RangeQuery) -> Vec<Value> {
    let step = query.step.as_millis();
    let starts = series
        .iter()
        .flat_map(|series| &series.samples)
        .map(|sample| bucket_ms(sample, query));
    let (first, last) = (starts.clone().min(), starts.max());
    series
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
        .collect()
}
