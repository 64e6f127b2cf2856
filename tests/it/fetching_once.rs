//! What several metrics ask in the same words is asked once.

use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{method, path},
};

use crate::support::{
    Service,
    stand_in::{baseline, canary},
};

/// The work of an hour: one sample at its end.
fn work() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "status": "success",
        "data": {"resultType": "matrix", "result": [{"metric": {}, "values": [[1_768_384_800, "5000"]]}]},
    }))
}

fn text_of(request: &Request) -> String {
    let form = String::from_utf8_lossy(&request.body).into_owned();
    let url = url::Url::parse(&format!("http://form/?{form}")).unwrap();
    let (_, text) = url.query_pairs().find(|(key, _)| key == "query").unwrap();
    text.into_owned()
}

/// Three metrics, two of which ask the same; all want the same work.
fn request() -> Value {
    let metric = |name: &str, query: &str| json!({"name": name, "groups": ["g"], "query": query});
    json!({
        "application": "shop",
        "config": {"inline": {
            "apiVersion": "serinus/v1", "name": "shared",
            "defaults": {
                "account": "prometheus",
                "minimumWork": {"query": "requests{job=\"${scope}\"}", "atLeast": 100},
            },
            "metrics": [
                metric("one", "latency{job=\"${scope}\"}"),
                metric("two", "latency{job=\"${scope}\"}"),
                metric("three", "cpu{job=\"${scope}\"}"),
            ],
            "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
        }},
        "baseline": {"scope": "old"},
        "canary": {"scope": "new"},
        "window": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"},
    })
}

async fn store(canary_cpu: ResponseTemplate) -> MockServer {
    let store = MockServer::start().await;
    let answer = move |request: &Request| match text_of(request).as_str() {
        r#"requests{job="old"}"# | r#"requests{job="new"}"# => work(),
        r#"latency{job="old"}"# | r#"cpu{job="old"}"# => baseline(),
        r#"latency{job="new"}"# => canary(),
        r#"cpu{job="new"}"# => canary_cpu.clone(),
        other => ResponseTemplate::new(400).set_body_string(other),
    };
    let asked = Mock::given(method("POST")).and(path("/api/v1/query_range"));
    asked.respond_with(answer).mount(&store).await;
    store
}

fn service(store: &MockServer) -> Service {
    let url = store.uri();
    Service::start(&format!(
        "accounts: {{prometheus: {{type: prometheus, url: \"{url}\"}}}}\nruns: {{attempts: 1}}"
    ))
}

#[tokio::test]
async fn each_question_is_asked_once_and_serves_all_who_want_it() {
    let store = store(canary()).await;
    let service = service(&store);
    let summary = service.analyse(&request()).await;
    assert_eq!(summary["verdict"], "pass", "{summary:#}");

    let requests = store.received_requests().await.unwrap();
    let mut asked: Vec<_> = requests.iter().map(text_of).collect();
    asked.sort();
    let sides = |what: &str| {
        [
            format!("{what}{{job=\"new\"}}"),
            format!("{what}{{job=\"old\"}}"),
        ]
    };
    assert_eq!(
        asked,
        [sides("cpu"), sides("latency"), sides("requests")].concat()
    );

    let scorecard = service.scorecard(&summary).await;
    let evidence = scorecard["evidence"].as_array().unwrap();
    assert_eq!(evidence.len(), 3);
    for metric in evidence {
        assert_eq!(metric["canary"]["work"], 5000.0, "{metric:#}");
        assert_eq!(metric["canary"]["values"].as_array().unwrap().len(), 60);
    }
    assert_eq!(
        evidence[0]["canary"]["values"],
        evidence[1]["canary"]["values"]
    );

    let metrics = service.get("/metrics").await.text().await.unwrap();
    for line in [
        "serinus_queries_total{outcome=\"ok\"} 6",
        "serinus_query_duration_seconds_count{account=\"prometheus\",outcome=\"ok\"} 6",
    ] {
        assert!(metrics.contains(line), "{line} is not in {metrics}");
    }
}

#[tokio::test]
async fn progress_counts_the_queries_of_the_plan() {
    let store = store(canary().set_delay(std::time::Duration::from_secs(60))).await;
    let service = service(&store);
    let created = service.post("/api/v1/analyses", &request()).await;
    let created: Value = created.json().await.unwrap();
    let path = format!("/api/v1/analyses/{}", created["id"].as_str().unwrap());
    let mut reason = Value::Null;
    for _ in 0..200 {
        let running: Value = service.get(&path).await.json().await.unwrap();
        reason = running["reason"].clone();
        // Three metrics with two sides and their work: all but the one that keeps its answer back.
        if reason == "11 of 12 queries are answered" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{reason}");
}
