//! Pages, parts that did not answer, and the numbers aggregations give.

use serde_json::{Value, json};
use serinus_adapters::{AccountConfig, Answer, QueryError};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{T0, connect, range, series};

async fn exchange(
    text: &str,
    replies: Vec<(u16, Value)>,
) -> (Result<Answer, QueryError>, Vec<Value>) {
    let server = MockServer::start().await;
    for (status, body) in replies {
        let reply = ResponseTemplate::new(status).set_body_json(body);
        let mock = Mock::given(any()).respond_with(reply);
        mock.up_to_n_times(1).mount(&server).await;
    }
    let config = json!({"type": "elasticsearch", "url": server.uri(), "index": "logs"});
    let answer = connect(config).query(&range(text, 0, 1_200_000, 60)).await;
    let requests = server.received_requests().await.unwrap();
    let sent = |request: &wiremock::Request| serde_json::from_slice(&request.body).unwrap();
    (answer, requests.iter().map(sent).collect())
}

async fn ask(text: &str, body: Value) -> Result<Answer, QueryError> {
    exchange(text, vec![(200, body)]).await.0
}

fn bucket(minute: i64, rest: &Value) -> Value {
    let mut bucket = json!({"key": {"=time": (T0 + minute * 60) * 1000}, "doc_count": 5});
    let rest = rest.as_object().unwrap().clone();
    bucket.as_object_mut().unwrap().extend(rest);
    bucket
}

fn answer(buckets: Vec<Value>) -> Value {
    let after = buckets.last().map(|last| last["key"].clone());
    let mut steps = json!({"buckets": buckets});
    if let Some(after) = after {
        steps["after_key"] = after;
    }
    json!({"timed_out": false, "_shards": {"failed": 0}, "aggregations": {"steps": steps}})
}

#[tokio::test]
async fn full_pages_have_a_next_one() {
    let page = |minutes: std::ops::Range<i64>| {
        let buckets = minutes.map(|minute| bucket(minute, &json!({})));
        (200, answer(buckets.collect()))
    };
    let (answer, sent) = exchange("{}", vec![page(0..10_000), page(10_000..10_002)]).await;
    let answer = answer.unwrap();
    assert_eq!(answer.series[0].samples.len(), 10_002);
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0]["aggs"]["steps"].get("aggs"), None);
    let mut again = sent[0].clone();
    let last = (T0 + 9_999 * 60) * 1000;
    again["aggs"]["steps"]["composite"]["after"] = json!({"=time": last});
    assert_eq!(sent[1], again);
    let (_, mut endless) = page(0..10_000);
    let steps = endless["aggregations"]["steps"].as_object_mut().unwrap();
    steps.remove("after_key");
    let error = ask("{}", endless).await.unwrap_err();
    assert_eq!(error.code(), "malformed");
}

#[tokio::test]
async fn every_kind_of_number_is_one() {
    let text = r#"{"value": {"max": {"field": "x"}}}"#;
    let of = |value: Value| json!({"value": value});
    let buckets = vec![
        bucket(0, &of(json!({"value": 1.5, "value_as_string": "1.5"}))),
        bucket(1, &of(json!({"value": null}))),
        bucket(2, &of(json!({"values": {"99.0": 2.5}}))),
        bucket(3, &of(json!({"values": {"99.0": null}}))),
        bucket(4, &of(json!({"doc_count": 0}))),
        bucket(5, &json!({})),
    ];
    let answer = ask(text, answer(buckets)).await.unwrap();
    let expected = [(60, 1.5), (180, 2.5), (300, 0.0), (360, 5.0)];
    assert_eq!(answer.series, [series(&[], expected)]);
}

#[tokio::test]
async fn several_percentiles_are_no_number() {
    for values in [json!({}), json!({"50.0": 1, "99.0": 2})] {
        let buckets = vec![bucket(0, &json!({"value": {"values": values}}))];
        let error = ask("{}", answer(buckets)).await.unwrap_err();
        assert_eq!(error.code(), "invalid-query", "{error}");
    }
}

#[tokio::test]
async fn an_aggregation_without_a_number_is_malformed() {
    for value in [json!({}), json!({"buckets": []}), json!({"value": "much"})] {
        let buckets = vec![bucket(0, &json!({"value": value}))];
        let error = ask("{}", answer(buckets)).await.unwrap_err();
        assert_eq!(error.code(), "malformed", "{error}");
    }
}

#[tokio::test]
async fn incomplete_answers_are_errors() {
    for (part, value) in [
        ("/timed_out", json!(true)),
        ("/_shards", json!({"failed": 1})),
        ("/_clusters", json!({"skipped": 1})),
        ("/_clusters", json!({"partial": 1})),
        ("/_clusters", json!({"failed": 1})),
    ] {
        let mut body = answer(vec![bucket(0, &json!({}))]);
        body["_clusters"] = json!({"total": 2, "successful": 2, "skipped": 0});
        *body.pointer_mut(part).unwrap() = value;
        let error = ask("{}", body.clone()).await.unwrap_err();
        assert_eq!(error.code(), "unavailable", "{body}: {error}");
    }
}

#[tokio::test]
async fn errors_tell_their_root() {
    let said = |kind: &str| {
        let root = json!([{"type": kind, "reason": "some words"}]);
        json!({"error": {"root_cause": root, "type": "search_phase_execution_exception", "reason": "all shards failed"}, "status": 400})
    };
    for (status, kind, code) in [
        (400, "parsing_exception", "invalid-query"),
        (400, "too_many_buckets_exception", "too-much-data"),
        (401, "security_exception", "unauthorized"),
        (404, "index_not_found_exception", "malformed"),
        (429, "es_rejected_execution_exception", "rate-limited"),
        (503, "too_many_buckets_exception", "too-much-data"),
        (503, "no_shard_available_action_exception", "unavailable"),
    ] {
        let (answer, _) = exchange("{}", vec![(status, said(kind))]).await;
        let error = answer.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(&format!("{kind}: some words")));
    }
}

#[tokio::test]
async fn a_text_of_another_form_is_not_sent() {
    for text in [
        "",
        "app:shop",
        "[]",
        r#"{"aggs": {}}"#,
        r#"{"by": "pod"}"#,
        r#"{"query": "x"}"#,
    ] {
        let (answer, sent) = exchange(text, Vec::new()).await;
        assert_eq!(answer.unwrap_err().code(), "invalid-query", "{text}");
        assert_eq!(sent.len(), 0);
    }
}

#[test]
fn an_index_is_no_path() {
    for wrong in [
        "",
        "_all",
        ".security",
        "a/../_cluster",
        "a b",
        "a?b",
        "<a>",
    ] {
        let config =
            json!({"type": "elasticsearch", "url": "http://localhost:9200", "index": wrong});
        let error = serde_json::from_value::<AccountConfig>(config).unwrap_err();
        assert!(error.to_string().contains("name of an index"), "{error}");
    }
}
