use serde_json::{Value, json};
use serinus_adapters::{RangeQuery, Series};
use wiremock::Request;

use super::{assert_head, bearer, bucket_ms, covered_ms, number};
use crate::conformance::store::{Ending, Many, Special, Spelled, Store};
use crate::support::labels;

pub(in super::super) fn store() -> Store {
    Store {
        account: |secret| json!({"type": "influxdb", "version": 3, "database": "shop", "auth": bearer(&secret)}),
        text: "SELECT date_bin($interval, time, $start) AS time, pod, avg(usage) AS usage FROM cpu WHERE $timeFilter GROUP BY 1, pod",
        labels: |pod| labels(&[("field", "usage"), ("pod", pod)]),
        spell: |series, query| spell(series, query, &json!({})),
        request: |request, query| {
            let (from, to) = covered_ms(query);
            let start = format!("to_timestamp_nanos({from}000000)");
            let filter = format!("time >= {start} AND time < to_timestamp_nanos({to}000000)");
            let text = query
                .text
                .replace("$interval", "INTERVAL '60000 milliseconds'");
            let text = text
                .replace("$start", &start)
                .replace("$timeFilter", &filter);
            assert_sent(request, "/api/v3/query_sql", &text);
        },
        check: |request| assert_sent(request, "/api/v3/query_sql", "SELECT 1 AS one"),
        checked: || Spelled::json(&json!([{"one": 1}])),
        many: Many::Any,
        special: Special::None,
        ending: Ending::InBody,
    }
}

pub(super) fn assert_sent(request: &Request, path: &str, text: &str) {
    let credentials = ("authorization", "Bearer SECRET");
    assert_head(request, "POST", path, credentials);
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body, json!({"db": "shop", "q": text, "format": "json"}));
}

/// One object per row; times have no zone, and what is null is left out.
pub(super) fn spell(series: &[Series], query: &RangeQuery, further: &Value) -> Spelled {
    let mut rows = Vec::new();
    for series in series {
        for sample in &series.samples {
            let at = jiff::Timestamp::from_millisecond(bucket_ms(sample, query)).unwrap();
            let mut row = further.clone();
            row["time"] = json!(at.to_string().trim_end_matches('Z'));
            row["pod"] = json!(series.labels.get("pod"));
            let field = series.labels.get("field").unwrap();
            let value = number(sample.value);
            if !value.is_null() {
                row[field] = value;
            }
            rows.push(row);
        }
    }
    Spelled::json(&json!(rows))
}
