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

/// Asks a New Relic for the query of a body.
async fn fetch_newrelic(
    service: &Service,
    parameters: &[(&str, &str)],
    body: &Value,
) -> (StatusCode, Value) {
    let query = Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    let path = format!("/fetch/newrelic/query?{query}");
    send(service, Method::POST, &path, body).await
}

/// A service with an account of each store that can be asked one query. None of them is there.
fn with_all_stores() -> Service {
    let gone = "url: 'http://127.0.0.1:9'";
    let key = "{env: STORE_KEY}";
    let accounts = [
        format!("prom: {{type: prometheus, {gone}}}"),
        format!("dog: {{type: datadog, {gone}, apiKey: {key}, applicationKey: {key}}}"),
        format!("graph: {{type: graphite, {gone}}}"),
        format!("influx: {{type: influxdb, version: 1, database: shop, {gone}}}"),
        format!("relic: {{type: newrelic, accountId: 1, {gone}, apiKey: {key}}}"),
        format!("wave: {{type: wavefront, {gone}, apiToken: {key}}}"),
        format!("netflix: {{type: atlas, {gone}}}"),
    ];
    let settings = format!("accounts: {{{}}}", accounts.join(", "));
    Service::start_with(&settings, &[("STORE_KEY", "0123456789abcdef")])
}

const TIMES: [(&str, &str); 2] = [
    ("start", "2019-03-29T01:08:34Z"),
    ("end", "2019-03-29T01:38:34Z"),
];

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
async fn every_stores_form_becomes_its_query() {
    let service = with_all_stores();
    for (store, own, expected) in [
        (
            "prometheus",
            vec![
                ("metricName", "up"),
                ("customFilter", "job=\"${scope}\""),
                ("labelBindings", "a=\"b\""),
                ("groupByFields", "zone"),
                ("step", "60"),
                ("scope", "new"),
            ],
            r#"avg(up{job="new",a="b"}) by (zone)"#,
        ),
        (
            "datadog",
            vec![("metricName", "avg:system.cpu.user"), ("scope", "role:new")],
            "avg:system.cpu.user{role:new}",
        ),
        (
            "graphite",
            vec![
                ("metricName", "stats.$location.$scope.errors"),
                ("scope", "new"),
                ("location", "eu"),
            ],
            "stats.eu.new.errors",
        ),
        (
            "influxdb",
            vec![
                ("metricName", "cpu"),
                ("fields", "usage_user"),
                ("step", "60"),
                ("scope", "host:new"),
            ],
            "SELECT usage_user FROM cpu WHERE $timeFilter AND host = 'new'",
        ),
        (
            "wavefront",
            vec![
                ("metricName", "shop.errors"),
                ("aggregate", "avg"),
                ("summarization", "MEAN"),
                ("step", "m"),
                ("scope", "source=new"),
            ],
            "avg(ts(shop.errors, source=new))",
        ),
        (
            "atlas",
            vec![
                ("q", "name,errors,:eq,:sum"),
                ("type", "cluster"),
                ("step", "60"),
                ("scope", "shop-new"),
                ("location", "eu"),
            ],
            "name,errors,:eq,:sum,:list,(,nf.cluster,shop-new,:eq,:cq,),:each",
        ),
    ] {
        let common = [("metricSetName", "m"), ("dryRun", "true")];
        let parameters = [own.as_slice(), &common, &TIMES].concat();
        let (status, answer) = fetch(&service, store, &parameters).await;
        assert_eq!(
            (status, answer),
            (StatusCode::OK, json!({ "query": expected })),
            "{store}"
        );
        // The account of another store does not take it for its own language.
        let other = if store == "graphite" {
            "netflix"
        } else {
            "graph"
        };
        let elsewhere = [parameters.as_slice(), &[("metricsAccountName", other)]].concat();
        let (status, answer) = fetch(&service, store, &elsewhere).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{store}: {answer}");
        let message = answer["message"].as_str().unwrap();
        assert!(
            message.contains(other) && message.contains(store),
            "{message}"
        );
    }
}

#[tokio::test]
async fn new_relics_metric_comes_in_the_body() {
    let service = with_all_stores();
    let common = [("step", "60"), ("scope", "new"), ("dryRun", "true")];
    let parameters = [common.as_slice(), &TIMES].concat();
    let body = json!({
        "canaryMetricConfig": {"name": "m", "query": {"type": "newrelic", "select": "average(duration) FROM Transaction"}},
        "extendedScopeParams": {"_scope_key": "appName", "env": "prod"},
    });
    let (status, answer) = fetch_newrelic(&service, &parameters, &body).await;
    let expected = "SELECT average(duration) FROM Transaction TIMESERIES $stepSeconds seconds \
                    SINCE $startSeconds UNTIL $endSeconds WHERE env LIKE 'prod' AND appName LIKE 'new'";
    assert_eq!(
        (status, answer),
        (StatusCode::OK, json!({ "query": expected }))
    );
    // A query that names a template of the config next to it.
    let mut named = body.clone();
    named["canaryMetricConfig"]["query"] =
        json!({"type": "newrelic", "customFilterTemplate": "mine"});
    named["canaryConfig"] = json!({"templates": {"mine": "SELECT 1 FROM T WHERE a = '${scope}'"}});
    let (status, answer) = fetch_newrelic(&service, &parameters, &named).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["query"], "SELECT 1 FROM T WHERE a = 'new'");
    // Whatever is no query of New Relic's is never a text to ask.
    for (at, wrong, said) in [
        (
            "/canaryMetricConfig/query/type",
            json!("datadog"),
            "newrelic",
        ),
        (
            "/canaryMetricConfig/query/type",
            json!("prometheus"),
            "newrelic",
        ),
        (
            "/canaryMetricConfig/query/type",
            json!("nothing"),
            "newrelic",
        ),
        ("/canaryMetricConfig/query/type", Value::Null, "newrelic"),
        ("/canaryMetricConfig/query", json!("SELECT"), "newrelic"),
        (
            "/canaryMetricConfig/query",
            json!({"type": "newrelic"}),
            "select",
        ),
        ("/canaryMetricConfig", Value::Null, "canaryMetricConfig"),
        (
            "/canaryMetricConfig/query/customFilterTemplate",
            json!("not"),
            "not",
        ),
        ("/canaryConfig/templates", json!([]), "templates"),
        ("/extendedScopeParams", json!({"a b": "c"}), "a b"),
    ] {
        let mut body = named.clone();
        *body.pointer_mut(at).unwrap() = wrong.clone();
        if at == "/extendedScopeParams" {
            body["canaryMetricConfig"]["query"] = json!({"type": "newrelic", "select": "1"});
        }
        let (status, answer) = fetch_newrelic(&service, &parameters, &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{at} {wrong}: {answer}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(said), "{message}, not {said}");
    }
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
        ("prometheus", without("customFilter"), 400, "'resourceType'"),
        (
            "prometheus",
            [without("customFilter").as_slice(), &[("dryRun", "true")]].concat(),
            400,
            "'resourceType'",
        ),
        (
            "prometheus",
            [
                without("customFilter").as_slice(),
                &[("resourceType", "k8s"), ("dryRun", "true")],
            ]
            .concat(),
            400,
            "k8s",
        ),
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
        ("stackdriver", UP.to_vec(), 404, "stackdriver"),
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
