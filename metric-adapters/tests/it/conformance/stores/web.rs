use serde_json::json;
use serinus_adapters::{Labels, RangeQuery, Series};
use wiremock::Request;

use super::{assert_head, bearer, bucket_ms, covered_ms, header, number, owned, pairs};
use crate::conformance::store::{Ending, Many, Special, Spelled, Store};

pub(in super::super) fn store() -> Store {
    Store {
        account: |secret| {
            json!({
                "type": "web", "times": "$.data.points[*].time", "values": "$.data.points[*].value",
                "stamp": "start", "checkPath": "health?deep=1", "auth": bearer(&secret),
            })
        },
        text: "series/b%2F..%3Fc?from=$startSeconds&to=$endMillis&at=$endTime&step=$stepSeconds&app=%C3%A9%26",
        labels: |_| Labels::default(),
        spell,
        request: |request, query| {
            let (from, to) = covered_ms(query);
            assert_path(request, "/series/b%2F..%3Fc");
            let expected = [
                ("from", (from / 1000).to_string()),
                ("to", to.to_string()),
                ("at", query.window.end().to_string()),
                ("step", "60".to_owned()),
                ("app", "\u{e9}&".to_owned()),
            ];
            let expected = expected
                .each_ref()
                .map(|(name, value)| (*name, value.as_str()));
            assert_eq!(
                pairs(request.url.query().unwrap().as_bytes()),
                owned(expected)
            );
        },
        check: |request| {
            assert_path(request, "/health");
            assert_eq!(request.url.query(), Some("deep=1"));
        },
        checked: || Spelled::json(&json!({"healthy": true})),
        many: Many::One,
        special: Special::None,
        ending: Ending::InBody,
    }
}

fn assert_path(request: &Request, path: &str) {
    let credentials = ("authorization", "Bearer SECRET");
    assert_head(request, "GET", path, credentials);
    assert_eq!(header(request, "accept"), "application/json");
}

fn spell(series: &[Series], query: &RangeQuery) -> Spelled {
    let samples = series.iter().flat_map(|series| &series.samples);
    let points: Vec<_> = samples
        .map(|sample| json!({"time": bucket_ms(sample, query), "value": number(sample.value)}))
        .collect();
    Spelled::json(&json!({"data": {"points": points}}))
}
