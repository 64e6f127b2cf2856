use std::fmt::Write as _;

use serde_json::{Value, json};
use serinus_adapters::{RangeQuery, Series};
use wiremock::Request;

use super::{assert_head, covered_ms, header, owned, pairs};
use crate::conformance::store::{Ending, Many, Special, Spelled, Store};
use crate::support::labels;

pub(in super::super) fn store() -> Store {
    Store {
        account: |secret| json!({"type": "signalfx", "accessToken": secret}),
        text: "data('latency', filter=filter('app', '\u{e9} & co')).mean(by=['pod']).publish()\n",
        labels: |pod| labels(&[("pod", pod), ("stream", "published")]),
        spell,
        request: |request, query| {
            let (start, stop) = covered_ms(query);
            assert_sent(request, &query.text, start, stop);
        },
        check: |request| {
            let stop = pairs(request.url.query().unwrap().as_bytes())[1].1.clone();
            let stop: i64 = stop.parse().unwrap();
            let now = jiff::Timestamp::now().as_millisecond();
            assert!((now - 60_000..=now).contains(&stop));
            assert_sent(request, "const(1).publish()", stop - 60_000, stop);
        },
        checked: || spell(&[], &crate::support::range("", 0, 0, 60)),
        many: Many::Any,
        special: Special::None,
        ending: Ending::InBody,
    }
}

fn assert_sent(request: &Request, program: &str, start: i64, stop: i64) {
    let token = ("x-sf-token", "SECRET");
    assert_head(request, "POST", "/v2/signalflow/execute", token);
    assert_eq!(header(request, "accept"), "text/event-stream");
    assert_eq!(header(request, "content-type"), "text/plain");
    assert_eq!(String::from_utf8_lossy(&request.body), program);
    let expected = [
        ("start", start.to_string()),
        ("stop", stop.to_string()),
        ("resolution", "60000".to_owned()),
        ("maxDelay", "0".to_owned()),
        ("immediate", "true".to_owned()),
    ];
    let expected = expected
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    assert_eq!(
        pairs(request.url.query().unwrap().as_bytes()),
        owned(expected)
    );
}

/// Every line of an event's JSON is a line of data, as the service writes it.
pub(crate) fn event(name: &str, data: &Value) -> String {
    let mut text = format!("event: {name}\n");
    for line in serde_json::to_string_pretty(data).unwrap().lines() {
        writeln!(text, "data: {line}").unwrap();
    }
    text.push('\n');
    text
}

fn spell(series: &[Series], query: &RangeQuery) -> Spelled {
    let control = |what: &str| event("control-message", &json!({"event": what, "timestampMs": 5}));
    let mut body = control("STREAM_START");
    body.push_str(&control("JOB_START"));
    let resolution = json!({"resolutionMs": query.step.as_millis()});
    let message = json!({"messageCode": "JOB_RUNNING_RESOLUTION", "contents": resolution});
    body.push_str(&event("message", &json!({"message": message})));
    for (index, series) in series.iter().enumerate() {
        let properties = json!({
            "pod": series.labels.get("pod"), "sf_streamLabel": series.labels.get("stream"),
            "sf_key": ["pod"], "sf_resolutionMs": 60_000, "sf_metric": "x", "computationId": "c",
        });
        let metadata = json!({"tsId": format!("ts{index}"), "properties": properties});
        body.push_str(&event("metadata", &metadata));
    }
    for (at, row) in super::rows(series) {
        let points: Vec<_> = row
            .into_iter()
            .enumerate()
            .filter(|(_, value)| !value.is_null())
            .map(|(index, value)| json!({"tsId": format!("ts{index}"), "value": value}))
            .collect();
        body.push_str(&event(
            "data",
            &json!({"data": points, "logicalTimestampMs": at}),
        ));
    }
    body.push_str(&control("END_OF_CHANNEL"));
    Spelled {
        media: "text/event-stream",
        body,
    }
}
