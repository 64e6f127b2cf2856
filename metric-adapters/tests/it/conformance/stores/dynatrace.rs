use serde_json::json;
use serinus_adapters::{RangeQuery, Series};
use wiremock::Request;

use super::{assert_head, covered_ms, header, owned, pairs, rows};
use crate::conformance::store::{Ending, Many, Special, Spelled, Store};
use crate::support::labels;

const TEXT: &str =
    "builtin:service.response.time:filter(eq(\"app\",\"é & co\")):splitBy(\"pod\"):avg";

pub(in super::super) fn store() -> Store {
    Store {
        account: |secret| json!({"type": "dynatrace", "apiToken": secret}),
        text: TEXT,
        labels: |pod| labels(&[("pod", pod), ("metric", TEXT)]),
        spell,
        request: |request, query| {
            let (from, to) = covered_ms(query);
            let (from, to) = (from.to_string(), to.to_string());
            assert_sent(
                request,
                "/api/v2/metrics/query",
                &owned([
                    ("metricSelector", &query.text),
                    ("resolution", "1m"),
                    ("from", &from),
                    ("to", &to),
                ]),
            );
        },
        check: |request| assert_sent(request, "/api/v2/metrics", &owned([("pageSize", "1")])),
        checked: || {
            Spelled::json(
                &json!({"totalCount": 900, "nextPageKey": "more", "metrics": [{"metricId": "a"}]}),
            )
        },
        many: Many::Any,
        special: Special::None,
        ending: Ending::InBody,
    }
}

fn assert_sent(request: &Request, path: &str, query: &[(String, String)]) {
    let token = ("authorization", "Api-Token SECRET");
    assert_head(request, "GET", path, token);
    assert_eq!(header(request, "accept"), "application/json");
    assert_eq!(pairs(request.url.query().unwrap().as_bytes()), query);
}

/// Every series has a slot for each time of the answer, null where it has no value.
fn spell(series: &[Series], _: &RangeQuery) -> Spelled {
    let rows = rows(series);
    let times: Vec<_> = rows.keys().collect();
    let data: Vec<_> = series
        .iter()
        .enumerate()
        .map(|(column, series)| {
            let pod = series.labels.get("pod");
            let values: Vec<_> = rows.values().map(|row| row[column].clone()).collect();
            json!({"dimensions": [pod], "dimensionMap": {"pod": pod}, "timestamps": times, "values": values})
        })
        .collect();
    let metric = json!({"metricId": TEXT, "dataPointCountRatio": 0.01, "dimensionCountRatio": 0.1, "data": data});
    Spelled::json(
        &json!({"totalCount": 1, "nextPageKey": null, "resolution": "1m", "result": [metric]}),
    )
}
