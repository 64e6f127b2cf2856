use serde_json::json;
use serinus_adapters::{RangeQuery, Series};

use super::{assert_head, bearer, header, owned, pairs};
use crate::conformance::store::{Ending, Many, Special, Spelled, Store};
use crate::support::labels;

const CREDENTIALS: (&str, &str) = ("authorization", "Bearer SECRET");

pub(in super::super) fn store() -> Store {
    Store {
        account: |secret| json!({"type": "prometheus", "auth": bearer(&secret)}),
        text: "sum by (pod) (rate(x{a=~\"b+&c=\u{e9}\"}[1m]))\n# 100 %",
        labels: |pod| labels(&[("pod", pod)]),
        spell,
        request: |request, query| {
            assert_head(request, "POST", "/api/v1/query_range", CREDENTIALS);
            let form = "application/x-www-form-urlencoded";
            assert_eq!(header(request, "content-type"), form);
            assert_eq!(request.url.query(), None);
            let seconds = |at: jiff::Timestamp| format!("{}.000", at.as_second());
            let expected = [
                ("query", query.text.as_str()),
                ("start", &seconds(query.window.start())),
                ("end", &seconds(query.window.end())),
                ("step", "60s"),
                ("timeout", "30000ms"),
            ];
            assert_eq!(pairs(&request.body), owned(expected));
        },
        check: |request| {
            assert_head(request, "POST", "/api/v1/query", CREDENTIALS);
            let expected = [("query", "vector(1)"), ("timeout", "30000ms")];
            assert_eq!(pairs(&request.body), owned(expected));
        },
        checked: || {
            let result = json!([{"metric": {}, "value": [1.5, "1"]}]);
            let data = json!({"resultType": "vector", "result": result});
            Spelled::json(&json!({"status": "success", "data": data}))
        },
        many: Many::Any,
        special: Special::All,
        ending: Ending::InBody,
    }
}

pub(super) fn spell(series: &[Series], _: &RangeQuery) -> Spelled {
    let result: Vec<_> = series
        .iter()
        .map(|series| {
            let values: Vec<_> = series
                .samples
                .iter()
                .map(|sample| {
                    let value = match sample.value {
                        f64::INFINITY => "+Inf".to_owned(),
                        f64::NEG_INFINITY => "-Inf".to_owned(),
                        value => value.to_string(),
                    };
                    json!([sample.at.as_second(), value])
                })
                .collect();
            json!({"metric": series.labels.0, "values": values})
        })
        .collect();
    let data = json!({"resultType": "matrix", "result": result});
    Spelled::json(&json!({"status": "success", "data": data}))
}
