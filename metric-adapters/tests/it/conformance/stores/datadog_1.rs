use serde_json::json;
use serinus_adapters::{RangeQuery, Series};
use wiremock::Request;

use super::{assert_head, bucket_ms, covered_ms, header, number, owned, pairs};
use crate::conformance::store::{Ending, Many, SECRET, Special, Spelled, Store};
use crate::support::labels;

pub(in super::super) fn store() -> Store {
    Store {
        account: |secret| json!({"type": "datadog", "api": "v1", "apiKey": secret, "applicationKey": secret}),
        text: "avg:cpu{app:b+&c=\u{e9}} by {pod}.rollup(avg, $interval) / 100",
        labels: |pod| labels(&[("query", "0"), ("pod", pod)]),
        spell,
        request: |request, query| {
            let (from, to) = covered_ms(query);
            let text = query.text.replace("$interval", "60");
            let (from, to) = ((from / 1000).to_string(), (to / 1000).to_string());
            let expected = [("from", from.as_str()), ("to", &to), ("query", &text)];
            assert_eq!(sent(request), owned(expected));
        },
        check: |request| {
            let sent = sent(request);
            let second = |index: usize| sent[index].1.parse::<i64>().unwrap();
            assert_eq!(second(1) - second(0), 60);
            let now = jiff::Timestamp::now().as_second();
            assert!((now - 60..=now).contains(&second(1)));
            let text = ("query".to_owned(), "avg:serinus.check{*}".to_owned());
            assert_eq!(sent[2], text);
        },
        checked: || spell(&[], &crate::support::range("", 0, 0, 60)),
        many: Many::Any,
        special: Special::None,
        ending: Ending::InBody,
    }
}

fn sent(request: &Request) -> Vec<(String, String)> {
    assert_head(request, "GET", "/api/v1/query", ("dd-api-key", "SECRET"));
    assert_eq!(header(request, "dd-application-key"), SECRET);
    pairs(request.url.query().unwrap().as_bytes())
}

fn spell(series: &[Series], query: &RangeQuery) -> Spelled {
    let series: Vec<_> = series
        .iter()
        .map(|series| {
            let samples = series.samples.iter();
            let points: Vec<_> = samples
                .map(|sample| json!([bucket_ms(sample, query), number(sample.value)]))
                .collect();
            let pod = series.labels.get("pod").unwrap();
            json!({
                "metric": "cpu", "display_name": "cpu", "expression": "avg:cpu{*}", "attributes": {},
                "aggr": null, "unit": [{"family": "percentage"}, null], "query_index": 0,
                "scope": format!("pod:{pod}"), "tag_set": [format!("pod:{pod}")],
                "interval": query.step.as_millis() / 1000, "length": points.len(), "pointlist": points,
            })
        })
        .collect();
    Spelled::json(&json!({
        "status": "ok", "res_type": "time_series", "resp_version": 1, "query": query.text,
        "message": "", "group_by": [], "times": [], "values": [], "series": series,
    }))
}
