//! What was asked already is not asked again: by several metrics of one run, or of settled history by a later run.

use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{method, path},
};

use crate::support::{
    Service,
    stand_in::{self, Recovering, baseline, canary},
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
        "serinus_queries_total{account=\"prometheus\",outcome=\"ok\"} 6",
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

/// How often a store was asked, and how the service counts it, after running one analysis twice.
async fn twice(store: &MockServer, runs: &str) -> (usize, [Value; 2], String) {
    let url = store.uri();
    let service = Service::start(&format!(
        "accounts: {{prometheus: {{type: prometheus, url: \"{url}\"}}}}\nruns: {runs}"
    ));
    let request = stand_in::request("serinus");
    let first = service.analyse(&request).await;
    let second = service.analyse(&request).await;
    let scorecards = [
        service.scorecard(&first).await,
        service.scorecard(&second).await,
    ];
    let metrics = service.get("/metrics").await.text().await.unwrap();
    let asked = store.received_requests().await.unwrap().len();
    (asked, scorecards, metrics)
}

#[tokio::test]
async fn settled_history_is_kept_for_the_next_run() {
    let store = stand_in::store(canary()).await;
    let (asked, [first, second], metrics) = twice(&store, "{}").await;
    assert_eq!(asked, 2);
    assert_eq!(first["metrics"][0]["outcome"], "pass", "{first:#}");
    assert_eq!(first["metrics"], second["metrics"]);
    for side in ["baseline", "canary"] {
        let values = |scorecard: &Value| scorecard["evidence"][0][side]["values"].clone();
        assert_eq!(values(&first), values(&second));
    }
    for outcome in ["ok", "kept"] {
        let line =
            format!("serinus_queries_total{{account=\"prometheus\",outcome=\"{outcome}\"}} 2");
        assert!(metrics.contains(&line), "{line} is not in {metrics}");
    }
}

#[tokio::test]
async fn nothing_is_kept_where_the_setting_says_so() {
    let store = stand_in::store(canary()).await;
    let (asked, ..) = twice(&store, "{keptSamples: 0}").await;
    assert_eq!(asked, 4);
}

#[tokio::test]
async fn an_error_is_not_kept() {
    let store = stand_in::store(Recovering::after(1, ResponseTemplate::new(503))).await;
    let (asked, [first, second], _) = twice(&store, "{attempts: 1}").await;
    assert_eq!(first["metrics"][0]["outcome"], "error", "{first:#}");
    assert_eq!(second["metrics"][0]["outcome"], "pass", "{second:#}");
    // The baseline's answer was kept, the canary's error was not.
    assert_eq!(asked, 3);
}
