//! One query by itself, as Gate and people who write configs ask for it.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use super::{get, send, service, settings};
use crate::support::Service;

async fn fetch(service: &Service, store: &str, parameters: &[(&str, &str)]) -> (StatusCode, Value) {
    let query = Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    let path = format!("/fetch/{store}/query?{query}");
    send(service, Method::POST, &path, &Value::Null).await
}

const UP: [(&str, &str); 7] = [
    ("metricSetName", "ups"),
    ("metricName", "up"),
    ("customFilter", "PromQL:up{job=\"${scope}\"}"),
    ("scope", "old"),
    ("step", "60"),
    ("start", "2019-03-29T01:08:34Z"),
    ("end", "2019-03-29T01:38:34Z"),
];

#[tokio::test]
async fn a_dry_run_tells_the_query_and_asks_nothing() {
    let (service, store) = service().await;
    let dry = [UP.as_slice(), &[("dryRun", "true")]].concat();
    let (status, answer) = fetch(&service, "prometheus", &dry).await;
    assert_eq!(
        (status, answer),
        (StatusCode::OK, json!({"query": "up{job=\"old\"}"}))
    );
    // Kayenta's own example of instances that are found by their names.
    let by_resource = [
        ("metricSetName", "m"),
        ("metricName", "some-metric-name"),
        ("labelBindings", "a=b"),
        ("resourceType", "gce_instance"),
        ("scope", "some-server-group"),
        ("location", "us-central1"),
        ("step", "60"),
        ("dryRun", "true"),
        ("metricsAccountName", ""),
    ];
    let (status, answer) = fetch(&service, "prometheus", &by_resource).await;
    let expected = r#"avg(some-metric-name{a=b,instance=~"some-server-group-.{4}",zone=~".+/zones/us-central1-.{1}"})"#;
    assert_eq!(
        (status, &answer["query"]),
        (StatusCode::OK, &json!(expected))
    );
    assert_eq!(store.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn an_answer_is_kept_as_a_list_of_series() {
    let (service, _store) = service().await;
    let (status, answer) = fetch(&service, "prometheus", &UP).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let id = answer["metricSetListId"].as_str().unwrap();
    let (status, sets) = get(&service, &format!("/metricSetList/{id}")).await;
    assert_eq!(status, StatusCode::OK);
    let [set] = sets.as_array().unwrap().as_slice() else {
        panic!("{sets:#}")
    };
    assert_eq!((&set["name"], &set["tags"]), (&json!("ups"), &json!({})));
    assert_eq!(set["attributes"]["query"], "up{job=\"old\"}");
    let millis = |name: &str| set[name].as_i64().unwrap();
    let expected = (millis("endTimeMillis") - millis("startTimeMillis")) / millis("stepMillis");
    let values = set["values"].as_array().unwrap();
    assert_eq!((values.len(), expected), (30, 30));
    let level = |value: &Value| (1.0..1.2).contains(&value.as_f64().unwrap());
    assert!(values.iter().all(level), "{set:#}");
}

#[tokio::test]
async fn what_cannot_be_fetched_is_told_in_kayentas_words() {
    let (service, _store) = service().await;
    let without = |name: &str| -> Vec<_> {
        (UP.into_iter())
            .filter(|(known, _)| *known != name)
            .collect()
    };
    let with = |name: &'static str, value: &'static str| {
        let mut parameters = without(name);
        parameters.push((name, value));
        parameters
    };
    for (store, parameters, expected, said) in [
        ("prometheus", without("metricName"), 400, "metricName"),
        ("prometheus", without("step"), 400, "step"),
        ("prometheus", without("scope"), 400, "`${scope}`"),
        ("prometheus", with("step", "often"), 400, "step"),
        ("prometheus", with("step", "-60"), 400, "step"),
        ("prometheus", with("start", "yesterday"), 400, "start"),
        (
            "prometheus",
            with("end", "2019-03-29T01:08:34Z"),
            400,
            "window",
        ),
        (
            "prometheus",
            with("metricsAccountName", "nowhere"),
            400,
            "nowhere",
        ),
        ("graphite", UP.to_vec(), 400, "graphite"),
        ("newrelic", UP.to_vec(), 400, "canaryMetricConfig"),
        ("atlas", UP.to_vec(), 400, "'q'"),
        ("signalfx", UP.to_vec(), 404, "signalfx"),
        ("nothing", UP.to_vec(), 404, "nothing"),
    ] {
        let (status, answer) = fetch(&service, store, &parameters).await;
        assert_eq!(
            status.as_u16(),
            expected,
            "{store} {parameters:?}: {answer}"
        );
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(said), "{message}, not {said}");
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_no_empty_answer() {
    let service = Service::start(
        "accounts: {gone: {type: prometheus, url: \"http://127.0.0.1:9\", limits: {timeout: 1s}}}\nruns: {attempts: 1}",
    );
    let (status, answer) = fetch(&service, "prometheus", &UP).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{answer}");
    assert!(answer["message"].is_string());
    let (_, lists) = get(&service, "/metricSetList").await;
    assert_eq!(lists, json!([]));
}

#[tokio::test]
async fn only_what_may_pass_is_worth_another_try() {
    let store = MockServer::start().await;
    let service = Service::start(&format!(
        "{}\nruns: {{attempts: 1}}",
        settings(&store.uri())
    ));
    let refuses = json!({"status": "error", "errorType": "bad_data", "error": "no such function"});
    for (answer, expected, retry_after) in [
        (ResponseTemplate::new(401), 400, None),
        (ResponseTemplate::new(403), 400, None),
        (ResponseTemplate::new(400).set_body_json(refuses), 400, None),
        (
            ResponseTemplate::new(200).set_body_string("<html>"),
            400,
            None,
        ),
        (ResponseTemplate::new(429), 503, Some("5")),
        (ResponseTemplate::new(502), 503, Some("5")),
    ] {
        store.reset().await;
        Mock::given(any()).respond_with(answer).mount(&store).await;
        let query = Serializer::new(String::new()).extend_pairs(UP).finish();
        let metrics = "metadata/metricsService".to_owned();
        for (method, path) in [
            (Method::POST, format!("fetch/prometheus/query?{query}")),
            (Method::GET, metrics),
        ] {
            let url = format!("{}/{path}", service.url);
            let response = Client::new().request(method, url).send().await.unwrap();
            let told = response.headers().get("retry-after").cloned();
            let told = told.as_ref().map(|seconds| seconds.to_str().unwrap());
            assert_eq!((response.status().as_u16(), told), (expected, retry_after));
            let answer: Value = response.json().await.unwrap();
            let message = answer["message"].as_str().unwrap();
            assert!(message.contains("metric store"), "{message}");
        }
    }
}
