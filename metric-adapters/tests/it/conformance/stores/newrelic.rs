use serde_json::{Value, json};
use serinus_adapters::{RangeQuery, Series};
use wiremock::Request;

use super::{assert_head, bucket_ms, covered_ms, number};
use crate::conformance::store::{Ending, Many, Special, Spelled, Store};
use crate::support::labels;

pub(in super::super) fn store() -> Store {
    Store {
        account: |secret| json!({"type": "newrelic", "accountId": 1_234_567, "apiKey": secret}),
        text: "SELECT average(duration) FROM Transaction WHERE app = 'é \"&' FACET pod LIMIT 100",
        labels: |pod| labels(&[("pod", pod), ("value", "average.duration")]),
        spell,
        request: |request, query| {
            let (from, to) = covered_ms(query);
            let (from, to) = (from / 1000, to / 1000);
            let time = format!(" TIMESERIES 60 seconds SINCE {from} UNTIL {to}");
            assert_sent(request, &format!("{}{time}", query.text));
        },
        check: |request| {
            assert_sent(
                request,
                "SELECT count(*) FROM Transaction SINCE 1 minute ago",
            );
        },
        checked: || answer(json!([{"count": 0}])),
        many: Many::Any,
        special: Special::None,
        ending: Ending::InBody,
    }
}

fn assert_sent(request: &Request, nrql: &str) {
    assert_head(request, "POST", "/graphql", ("api-key", "SECRET"));
    let sent: Value = serde_json::from_slice(&request.body).unwrap();
    let question = "query($account: Int!, $nrql: Nrql!, $timeout: Seconds) { actor { account(id: $account) \
        { nrql(query: $nrql, timeout: $timeout) { results metadata { facets } } } } }";
    let variables = json!({"account": 1_234_567, "nrql": nrql, "timeout": 30});
    assert_eq!(sent, json!({"query": question, "variables": variables}));
}

fn answer(results: Value) -> Spelled {
    let nrql = json!({"results": results, "metadata": {"facets": ["pod"]}});
    Spelled::json(&json!({"data": {"actor": {"account": {"nrql": nrql}}}}))
}

/// One row for each bucket and facet.
fn spell(series: &[Series], query: &RangeQuery) -> Spelled {
    let rows = series.iter().flat_map(|series| {
        let pod = series.labels.get("pod");
        series.samples.iter().map(move |sample| {
            let begin = bucket_ms(sample, query) / 1000;
            let end = sample.at.as_second();
            json!({"facet": pod, "pod": pod, "beginTimeSeconds": begin, "endTimeSeconds": end,
                   "average.duration": number(sample.value)})
        })
    });
    answer(rows.collect())
}
