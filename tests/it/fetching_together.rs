//! Questions about one window go to a store together where its API allows it, and none of them spoils the others.

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::method};

use crate::support::Service;

/// The targets of a request, as Graphite takes them.
fn targets(request: &Request) -> Vec<String> {
    let form = url::form_urlencoded::parse(&request.body);
    form.filter(|(key, _)| key == "target")
        .map(|(_, value)| value.into_owned())
        .collect()
}

/// The number a target puts in front of the names of its series, and the target inside.
fn unwrapped(target: &str) -> (String, String) {
    let inside = target
        .strip_prefix("aliasSub(")
        .and_then(|rest| rest.strip_suffix(":\")"));
    match inside.and_then(|inside| inside.rsplit_once(",\"^\",\"")) {
        Some((inside, number)) => (format!("{number}:"), inside.to_owned()),
        None => (String::new(), target.to_owned()),
    }
}

/// A stand-in for Graphite: a series for each target it knows, nothing for others, an error for `bad`.
fn graphite(request: &Request) -> ResponseTemplate {
    let mut series = Vec::new();
    for target in targets(request) {
        let (mark, target) = unwrapped(&target);
        let (level, ratio) = match target.as_str() {
            "bad.old" | "bad.new" => return ResponseTemplate::new(400).set_body_string("no such"),
            "latency.old" => (1.0, 0.618_034),
            "latency.new" => (1.002, 0.732_051),
            "cpu.old" => (5.0, 0.618_034),
            "cpu.new" => (5.002, 0.732_051),
            _ => continue,
        };
        let points: Vec<_> = (0..60_u32)
            .map(|minute| {
                let value = level + 0.1 * (f64::from(minute) * ratio).fract();
                json!([value, 1_768_381_200 + i64::from(minute) * 60])
            })
            .collect();
        series.push(json!({"target": format!("{mark}{target}"), "tags": {}, "datapoints": points}));
    }
    // In another order than they were asked in.
    series.reverse();
    ResponseTemplate::new(200).set_body_json(series)
}

async fn store(answer: impl Respond + 'static) -> MockServer {
    let store = MockServer::start().await;
    let asked = Mock::given(method("POST"));
    asked.respond_with(answer).mount(&store).await;
    store
}

fn service(store: &MockServer, runs: &str) -> Service {
    let url = store.uri();
    Service::start(&format!(
        "accounts: {{graphite: {{type: graphite, url: \"{url}\"}}}}\nruns: {runs}"
    ))
}

fn request(names: &[&str]) -> Value {
    let metric =
        |name: &&str| json!({"name": name, "groups": ["g"], "query": format!("{name}.${{scope}}")});
    let metrics: Vec<_> = names.iter().map(metric).collect();
    json!({
        "application": "shop",
        "config": {"inline": {
            "apiVersion": "serinus/v1", "name": "together", "defaults": {"account": "graphite"},
            "metrics": metrics, "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
        }},
        "baseline": {"scope": "old"},
        "canary": {"scope": "new"},
        "window": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"},
    })
}

/// The targets of each request the store got, without marks.
async fn asked(store: &MockServer) -> Vec<Vec<String>> {
    let requests = store.received_requests().await.unwrap();
    let plain = |target: &String| unwrapped(target).1;
    requests
        .iter()
        .map(|request| targets(request).iter().map(plain).collect())
        .collect()
}

fn outcomes(scorecard: &Value) -> Vec<(String, String)> {
    let metrics = scorecard["metrics"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    metrics
        .map(|metric| (text(&metric["name"]), text(&metric["outcome"])))
        .collect()
}

fn count(metrics: &str, outcome: &str) -> Option<u32> {
    let start = format!("serinus_queries_total{{account=\"graphite\",outcome=\"{outcome}\"}} ");
    let mut lines = metrics.lines();
    lines.find_map(|line| line.strip_prefix(&start)?.parse().ok())
}

#[tokio::test]
async fn both_sides_of_metrics_go_in_one_request() {
    let store = store(graphite).await;
    let service = service(&store, "{}");
    let summary = service.analyse(&request(&["latency", "cpu"])).await;
    assert_eq!(summary["verdict"], "pass", "{summary:#}");
    assert_eq!(
        asked(&store).await,
        [["latency.old", "latency.new", "cpu.old", "cpu.new"]]
    );
    let scorecard = service.scorecard(&summary).await;
    for (metric, level) in [(0, 1.0), (1, 5.0)] {
        for (side, more) in [("baseline", 0.0), ("canary", 0.002)] {
            let values = &scorecard["evidence"][metric][side]["values"];
            let first = values[0].as_f64().unwrap();
            assert!(
                (first - level - more).abs() < 1e-9,
                "{metric} {side}: {first}"
            );
            assert_eq!(values.as_array().unwrap().len(), 60);
        }
    }
    let metrics = service.get("/metrics").await.text().await.unwrap();
    assert_eq!(count(&metrics, "ok"), Some(4), "{metrics}");
}

#[tokio::test]
async fn more_questions_than_one_request_may_carry_go_in_several() {
    let store = store(graphite).await;
    let service = service(&store, "{}");
    let summary = service
        .analyse(&request(&["latency", "cpu", "other"]))
        .await;
    assert_eq!(summary["state"], "succeeded", "{summary:#}");
    let mut asked = asked(&store).await;
    asked.sort();
    // What has no data is asked again, as the reply does not tell that from a mistake.
    assert_eq!(
        asked,
        [
            vec!["latency.old", "latency.new", "cpu.old", "cpu.new"],
            vec!["other.new"],
            vec!["other.old"],
            vec!["other.old", "other.new"],
        ]
    );
}

#[tokio::test]
async fn a_bad_query_does_not_spoil_the_others() {
    let store = store(graphite).await;
    let service = service(&store, "{attempts: 3}");
    let summary = service.analyse(&request(&["latency", "bad"])).await;
    let scorecard = service.scorecard(&summary).await;
    let expected = [("latency", "pass"), ("bad", "error")];
    assert_eq!(
        outcomes(&scorecard),
        expected.map(|(name, outcome)| (name.to_owned(), outcome.to_owned()))
    );
    assert!(
        scorecard["metrics"][1]["reason"]
            .to_string()
            .contains("no such"),
        "{scorecard:#}"
    );
    let mut asked = asked(&store).await;
    assert_eq!(asked.remove(0).len(), 4);
    asked.sort();
    assert_eq!(
        asked,
        [["bad.new"], ["bad.old"], ["latency.new"], ["latency.old"]]
    );
    // Counted as they ended, each once.
    let metrics = service.get("/metrics").await.text().await.unwrap();
    assert_eq!(count(&metrics, "ok"), Some(2), "{metrics}");
    assert_eq!(count(&metrics, "invalid-query"), Some(2), "{metrics}");
    // A store that finds a query wrong has answered.
    let accounts: Value = service.get("/api/v1/accounts").await.json().await.unwrap();
    assert_eq!(accounts["accounts"][0]["consecutiveFailures"], 0);
}

/// How the store answers at first, and how often it is asked then.
async fn at_first(first: ResponseTemplate, runs: &str) -> (Value, Vec<usize>) {
    let store = MockServer::start().await;
    let once = Mock::given(method("POST")).respond_with(first);
    once.up_to_n_times(1).with_priority(1).mount(&store).await;
    Mock::given(method("POST"))
        .respond_with(graphite)
        .mount(&store)
        .await;
    let service = service(&store, runs);
    let summary = service.analyse(&request(&["latency", "cpu"])).await;
    let asked = asked(&store).await;
    (summary, asked.iter().map(Vec::len).collect())
}

#[tokio::test]
async fn what_holds_for_all_is_not_asked_one_by_one() {
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "0");
    let (summary, asked) = at_first(busy, "{attempts: 2}").await;
    assert_eq!((&summary["verdict"], asked), (&json!("pass"), vec![4, 4]));
    let (summary, asked) = at_first(ResponseTemplate::new(401), "{attempts: 2}").await;
    assert_eq!(summary["verdict"], "inconclusive", "{summary:#}");
    assert_eq!(asked, [4]);
}

#[tokio::test]
async fn what_one_question_may_be_the_reason_for_is_asked_one_by_one() {
    for first in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(504),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(200).set_body_json(json!([{"target": "9:x", "datapoints": []}])),
    ] {
        let (summary, asked) = at_first(first, "{attempts: 1}").await;
        assert_eq!(summary["verdict"], "pass", "{summary:#}");
        assert_eq!(asked, [4, 1, 1, 1, 1]);
    }
}

#[tokio::test]
async fn what_is_kept_is_not_asked_again_with_the_others() {
    let store = store(graphite).await;
    let service = service(&store, "{}");
    for names in [["latency"].as_slice(), &["latency", "cpu"]] {
        let summary = service.analyse(&request(names)).await;
        assert_eq!(summary["verdict"], "pass", "{summary:#}");
    }
    assert_eq!(
        asked(&store).await,
        [["latency.old", "latency.new"], ["cpu.old", "cpu.new"]]
    );
    let metrics = service.get("/metrics").await.text().await.unwrap();
    assert_eq!(count(&metrics, "kept"), Some(2), "{metrics}");
}
