use serde_json::{Value, json};
use serinus_adapters::{RangeQuery, Series};
use wiremock::Request;

use super::{assert_head, bucket_ms, covered_ms, header, number, owned, pairs};
use crate::conformance::store::{Ending, Many, Special, Spelled, Store};
use crate::support::labels;

const TEXT: &str = r#"{"query": {"term": {"app": "é & co"}}, "by": ["pod"], "value": {"avg": {"field": "latency"}}}"#;

pub(in super::super) fn store() -> Store {
    Store {
        account: |secret| {
            json!({"type": "elasticsearch", "index": "logs-*,old", "timeField": "time",
                   "auth": {"type": "api-key", "key": secret}})
        },
        text: TEXT,
        labels: |pod| labels(&[("pod", pod)]),
        spell,
        request: |request, query| {
            let (from, to) = covered_ms(query);
            let range =
                json!({"range": {"time": {"gte": from, "lt": to, "format": "epoch_millis"}}});
            let offset = format!("{}ms", from.rem_euclid(60_000));
            let histogram = json!({"field": "time", "fixed_interval": "60000ms", "offset": offset});
            let sources = json!([{"pod": {"terms": {"field": "pod"}}}, {"=time": {"date_histogram": histogram}}]);
            let expected = json!({
                "size": 0,
                "track_total_hits": false,
                "query": {"bool": {"filter": [range, {"term": {"app": "\u{e9} & co"}}]}},
                "aggs": {"steps": {
                    "composite": {"size": 10_000, "sources": sources},
                    "aggs": {"value": {"avg": {"field": "latency"}}},
                }},
            });
            assert_eq!(sent(request), expected);
        },
        check: |request| {
            let nothing = json!({"size": 0, "query": {"match_none": {}}});
            assert_eq!(sent(request), nothing);
        },
        checked: || {
            let shards = json!({"total": 3, "successful": 3, "skipped": 0, "failed": 0});
            let hits = json!({"max_score": null, "hits": []});
            Spelled::json(&json!({"took": 1, "timed_out": false, "_shards": shards, "hits": hits}))
        },
        many: Many::Any,
        special: Special::None,
        ending: Ending::InBody,
    }
}

fn sent(request: &Request) -> Value {
    let key = ("authorization", "ApiKey SECRET");
    assert_head(request, "POST", "/logs-*,old/_search", key);
    assert_eq!(header(request, "content-type"), "application/json");
    let expected = owned([
        ("allow_partial_search_results", "false"),
        ("allow_no_indices", "false"),
    ]);
    assert_eq!(pairs(request.url.query().unwrap().as_bytes()), expected);
    serde_json::from_slice(&request.body).unwrap()
}

/// One bucket for each step in which a pod has documents.
fn spell(series: &[Series], query: &RangeQuery) -> Spelled {
    let buckets = series.iter().flat_map(|series| {
        let pod = series.labels.get("pod");
        series.samples.iter().map(move |sample| {
            let key = json!({"pod": pod, "=time": bucket_ms(sample, query)});
            json!({"key": key, "doc_count": 5, "value": {"value": number(sample.value)}})
        })
    });
    let buckets: Vec<_> = buckets.collect();
    let mut steps = json!({"buckets": buckets});
    if let Some(last) = buckets.last() {
        steps["after_key"] = last["key"].clone();
    }
    let shards = json!({"total": 3, "successful": 3, "skipped": 1, "failed": 0});
    let hits = json!({"max_score": null, "hits": []});
    Spelled::json(
        &json!({"took": 3, "timed_out": false, "_shards": shards, "hits": hits, "aggregations": {"steps": steps}}),
    )
}
