use serde_json::{Value, json};
use serinus_adapters::{RangeQuery, Series};
use wiremock::Request;

use super::{assert_head, bucket_ms, covered_ms, header, texted};
use crate::conformance::store::{Ending, Many, SECRET, Special, Spelled, Store};
use crate::support::labels;

const TEXT: &str = r#"[{"Id": "m", "ReturnData": false, "MetricStat": {"Metric": {"Namespace": "Shop",
    "MetricName": "errors", "Dimensions": [{"Name": "app", "Value": "é & co"}]}, "Stat": "Sum", "Period": $interval}},
    {"Id": "e", "Expression": "m / $interval"}]"#;

pub(in super::super) fn store() -> Store {
    Store {
        account: |secret| json!({"type": "cloudwatch", "region": "eu-west-1", "accessKeyId": secret, "secretAccessKey": secret}),
        text: TEXT,
        labels: |pod| labels(&[("query", "e"), ("label", pod)]),
        spell,
        request: |request, query| {
            let (from, to) = covered_ms(query);
            let stat = json!({"Namespace": "Shop", "MetricName": "errors", "Dimensions": [{"Name": "app", "Value": "\u{e9} & co"}]});
            let queries = json!([
                {"Id": "m", "ReturnData": false, "MetricStat": {"Metric": stat, "Stat": "Sum", "Period": 60}},
                {"Id": "e", "Expression": "m / 60", "Period": 60},
            ]);
            assert_eq!(sent(request), body(from / 1000, to / 1000, &queries));
        },
        check: |request| {
            let sent = sent(request);
            let (from, to) = (&sent["StartTime"], &sent["EndTime"]);
            let (from, to) = (from.as_f64().unwrap(), to.as_f64().unwrap());
            let now = jiff::Timestamp::now().as_second() as f64;
            assert!((now - 60.0..=now + 1.0).contains(&to));
            assert!((to - from - 60.0).abs() < 0.001);
            let metric = json!({"Namespace": "Serinus", "MetricName": "check"});
            assert_eq!(
                sent["MetricDataQueries"],
                json!([{"Id": "check", "MetricStat": {"Metric": metric, "Stat": "Average", "Period": 60}}])
            );
        },
        checked: || spell(&[], &crate::support::range("", 0, 0, 60)),
        many: Many::Any,
        special: Special::All,
        ending: Ending::InBody,
    }
}

fn body(from: i64, to: i64, queries: &Value) -> Value {
    json!({"MetricDataQueries": queries, "StartTime": from, "EndTime": to, "ScanBy": "TimestampAscending"})
}

fn sent(request: &Request) -> Value {
    let target = "GraniteServiceVersion20100801.GetMetricData";
    assert_head(request, "POST", "/", ("x-amz-target", target));
    let media = "application/x-amz-json-1.0";
    assert_eq!(header(request, "content-type"), media);
    let date = header(request, "x-amz-date");
    let day = &date[..8];
    let authorization = header(request, "authorization");
    let (signed, signature) = authorization.split_once(", Signature=").unwrap();
    assert_eq!(
        signed,
        format!(
            "AWS4-HMAC-SHA256 Credential={SECRET}/{day}/eu-west-1/monitoring/aws4_request, \
             SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target"
        )
    );
    assert_eq!(signature.len(), 64);
    serde_json::from_slice(&request.body).unwrap()
}

fn spell(series: &[Series], query: &RangeQuery) -> Spelled {
    let results: Vec<_> = series
        .iter()
        .map(|series| {
            let samples = series.samples.iter();
            let times: Vec<_> = (samples.clone())
                .map(|sample| bucket_ms(sample, query) / 1000)
                .collect();
            let values: Vec<_> = samples.map(|sample| texted(sample.value)).collect();
            json!({"Id": "e", "Label": series.labels.get("label"), "Timestamps": times, "Values": values,
                   "StatusCode": "Complete"})
        })
        .collect();
    Spelled {
        media: "application/x-amz-json-1.0",
        body: json!({"MetricDataResults": results, "Messages": []}).to_string(),
    }
}
