use serde_json::json;
use wiremock::Request;

use super::{assert_head, bearer, header, owned, pairs, prometheus};
use crate::conformance::store::{Ending, Many, Special, Spelled, Store};
use crate::support::labels;

pub(in super::super) fn store() -> Store {
    Store {
        account: |secret| json!({"type": "loki", "tenant": "shop", "auth": bearer(&secret)}),
        text: "sum by (pod) (count_over_time({app=\"\u{e9} & co\"} |= `x+y` [60s]))",
        labels: |pod| labels(&[("pod", pod)]),
        spell: prometheus::spell,
        request: |request, query| {
            let nanoseconds = |at: jiff::Timestamp| format!("{}000000000", at.as_second());
            let (start, end) = (query.window.start(), query.window.end());
            let expected = [
                ("query", query.text.as_str()),
                ("start", &nanoseconds(start)),
                ("end", &nanoseconds(end)),
                ("step", "60s"),
            ];
            assert_sent(request, "/loki/api/v1/query_range", &owned(expected));
        },
        check: |request| {
            let expected = owned([("query", "vector(1)")]);
            assert_sent(request, "/loki/api/v1/query", &expected);
        },
        checked: || {
            let result = json!([{"metric": {}, "value": [1.5, "1"]}]);
            let data = json!({"resultType": "vector", "result": result, "stats": {}});
            Spelled::json(&json!({"status": "success", "data": data}))
        },
        many: Many::Any,
        special: Special::All,
        ending: Ending::InBody,
    }
}

fn assert_sent(request: &Request, path: &str, query: &[(String, String)]) {
    let credentials = ("authorization", "Bearer SECRET");
    assert_head(request, "GET", path, credentials);
    assert_eq!(header(request, "x-scope-orgid"), "shop");
    assert_eq!(pairs(request.url.query().unwrap().as_bytes()), query);
}
