use std::fmt::Write as _;

use serde_json::{Value, json};
use serinus_adapters::{RangeQuery, Series};
use wiremock::Request;

use super::{assert_head, covered_ms, header};
use crate::conformance::store::{Ending, Many, Special, Spelled, Store};
use crate::support::labels;

pub(in super::super) fn store() -> Store {
    Store {
        account: |secret| {
            json!({
                "type": "influxdb", "version": 2, "organization": "shop & cart",
                "auth": {"type": "token", "token": secret},
            })
        },
        text: "import \"math\"\nfrom(bucket: \"b\") |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
            |> aggregateWindow(every: v.windowPeriod, offset: v.windowOffset, fn: mean)",
        labels: |pod| labels(&[("_field", "usage"), ("_measurement", "cpu"), ("pod", pod)]),
        spell,
        request: |request, query| {
            let body = sent(request);
            assert_eq!(body["query"], query.text);
            let (from, to) = covered_ms(query);
            let time = |ms: i64| jiff::Timestamp::from_millisecond(ms).unwrap().to_string();
            let property = |name: &str, value: Value| {
                json!({"type": "Property", "key": {"type": "Identifier", "name": name}, "value": value})
            };
            let moment = |ms| json!({"type": "DateTimeLiteral", "value": time(ms)});
            let span = |ms: i64| json!({"type": "DurationLiteral", "values": [{"magnitude": ms, "unit": "ms"}]});
            let properties = json!([
                property("timeRangeStart", moment(from)),
                property("timeRangeStop", moment(to)),
                property("windowPeriod", span(60_000)),
                property("windowOffset", span(from % 60_000)),
            ]);
            let file = &body["extern"];
            assert_eq!(file["type"], "File");
            assert_eq!(file["body"].as_array().unwrap().len(), 1);
            let option = &file["body"][0];
            assert_eq!(option["type"], "OptionStatement");
            assert_eq!(option["assignment"]["id"]["name"], "v");
            assert_eq!(option["assignment"]["init"]["properties"], properties);
        },
        check: |request| {
            let body = sent(request);
            assert_eq!(body["query"], "buckets() |> limit(n: 1)");
        },
        checked: || Spelled {
            media: "text/csv; charset=utf-8",
            body: "#datatype,string,long,string,string\r\n#group,false,false,false,false\r\n#default,_result,,,\r\n,result,table,name,id\r\n,,0,shop,05ef\r\n\r\n".to_owned(),
        },
        many: Many::Any,
        special: Special::All,
        ending: Ending::InTransport,
    }
}

/// What every request has, and its body.
fn sent(request: &Request) -> Value {
    let credentials = ("authorization", "Token SECRET");
    assert_head(request, "POST", "/api/v2/query", credentials);
    assert_eq!(header(request, "accept"), "application/csv");
    assert_eq!(header(request, "content-type"), "application/json");
    assert_eq!(request.url.query(), Some("org=shop+%26+cart"));
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["type"], "flux");
    let annotations = json!(["datatype", "group", "default"]);
    assert_eq!(body["dialect"]["annotations"], annotations);
    assert_eq!(body["dialect"]["header"], true);
    body
}

/// One table per series, as with `createEmpty`: a row without a value for each bucket another series has.
fn spell(series: &[Series], query: &RangeQuery) -> Spelled {
    let (from, to) = (query.window.start(), query.window.end());
    let every = super::rows(series);
    let mut body = String::new();
    for (table, series) in series.iter().enumerate() {
        body.push_str("#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string,string,string\r\n");
        body.push_str("#group,false,false,true,true,false,false,true,true,true\r\n");
        body.push_str("#default,_result,,,,,,,,\r\n");
        body.push_str(",result,table,_start,_stop,_time,_value,_field,_measurement,pod\r\n");
        let pod = series.labels.get("pod").unwrap();
        for end in every.keys() {
            let at = jiff::Timestamp::from_millisecond(*end).unwrap();
            let sample = series.samples.iter().find(|sample| sample.at == at);
            let value = sample.map(|sample| match sample.value {
                f64::INFINITY => "+Inf".to_owned(),
                f64::NEG_INFINITY => "-Inf".to_owned(),
                value => value.to_string(),
            });
            let value = value.unwrap_or_default();
            write!(
                body,
                ",,{table},{from},{to},{at},{value},usage,cpu,{pod}\r\n"
            )
            .unwrap();
        }
        body.push_str("\r\n");
    }
    if body.is_empty() {
        body.push_str("\r\n");
    }
    Spelled {
        media: "text/csv; charset=utf-8",
        body,
    }
}
