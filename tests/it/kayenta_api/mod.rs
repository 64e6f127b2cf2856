//! Kayenta's API, by the conversations that its clients have with it. What they send and read is written down here from their
//! side, not from ours.

mod archive;
mod argo;
mod configs;
mod deck;
mod fetch;
mod guide;
mod migration;
mod orca;
mod outage;
mod remote;
mod samples;
mod standalone;
mod trouble;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Map, Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::path};

use crate::support::Service;

/// Stands in for a Prometheus: answers range queries over any window, and checks that they are what a config of [`config`]
/// means. The metric `up` is as good on both sides; `down` is twice as much on the canary.
#[derive(Debug)]
struct Store;

impl Respond for Store {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let form: Map<String, Value> = url::form_urlencoded::parse(&request.body)
            .map(|(name, value)| (name.into_owned(), json!(value)))
            .collect();
        let text = |name: &str| form[name].as_str().unwrap().to_owned();
        let query = text("query");
        let (metric, rest) = query.split_once("{job=\"").unwrap();
        let scope = rest.strip_suffix("\"}").unwrap();
        let canary = scope.contains("yyyy") || scope.contains("new");
        assert!(
            canary || scope.contains("xxxx") || scope.contains("old"),
            "{query}"
        );
        let level = match (metric, canary) {
            ("up", _) | ("down", false) => 1.0,
            ("down", true) => 2.0,
            other => panic!("{other:?}"),
        };
        let ratio = if canary { 0.732_051 } else { 0.618_034 };
        assert_eq!(text("step"), "60s");
        let (start, end): (f64, f64) =
            (text("start").parse().unwrap(), text("end").parse().unwrap());
        let values: Vec<_> = (0..)
            .map(|step| (step, start + f64::from(step) * 60.0))
            .take_while(|(_, at)| *at <= end)
            .map(|(step, at)| {
                json!([
                    at,
                    (level + 0.1 * (f64::from(step) * ratio).fract()).to_string()
                ])
            })
            .collect();
        ResponseTemplate::new(200).set_body_json(json!({
            "status": "success",
            "data": {"resultType": "matrix", "result": [{"metric": {}, "values": values}]},
        }))
    }
}

/// A service over the stand-in, with state that is kept there if a place is given.
async fn service() -> (Service, MockServer) {
    let store = MockServer::start().await;
    Mock::given(path("/api/v1/query_range"))
        .respond_with(Store)
        .mount(&store)
        .await;
    let names = json!({"status": "success", "data": ["up", "down", "http_requests_total"]});
    Mock::given(path("/api/v1/label/__name__/values"))
        .respond_with(ResponseTemplate::new(200).set_body_json(names))
        .mount(&store)
        .await;
    (Service::start(&settings(&store.uri())), store)
}

fn settings(store: &str) -> String {
    format!(
        "accounts: {{my-prom: {{type: prometheus, url: \"{store}\", limits: {{settlingDelay: 1s, timeout: 5s}}}}}}"
    )
}

/// A config of Kayenta's with a metric and a group for each weight; the metric is good or bad.
fn config(name: &str, parts: &[(f64, bool)]) -> Value {
    let metrics: Vec<_> = (parts.iter().enumerate())
        .map(|(index, (_, good))| {
            let metric = if *good { "up" } else { "down" };
            json!({
                "name": format!("metric {index}"),
                "query": {"type": "prometheus", "serviceType": "prometheus", "metricName": metric,
                    "customInlineTemplate": format!("PromQL:{metric}{{job=\"${{scope}}\"}}")},
                "groups": [format!("g{index}")],
                "analysisConfigurations": {"canary": {"direction": "increase"}},
                "scopeName": "default",
            })
        })
        .collect();
    let weights: Map<String, Value> = (parts.iter().enumerate())
        .map(|(index, (weight, _))| (format!("g{index}"), json!(weight)))
        .collect();
    json!({
        "name": name, "description": "", "configVersion": "1", "applications": ["guestbook"],
        "judge": {"name": "NetflixACAJudge-v1.0", "judgeConfigurations": {}},
        "metrics": metrics, "templates": {},
        "classifier": {"groupWeights": weights},
    })
}

/// A request as Orca writes it, over a fixed half hour.
fn request() -> Value {
    let scope = |name: &str| {
        json!({"scope": name, "location": "us-west-2", "step": 60, "start": "2019-03-29T01:08:34Z",
            "end": "2019-03-29T01:38:34Z", "extendedScopeParams": {"environment": "prod"}})
    };
    json!({
        "scopes": {"default": {"controlScope": scope("old"), "experimentScope": scope("new")}},
        "thresholds": {"pass": 90, "marginal": 75},
        "siteLocal": {},
    })
}

async fn send(service: &Service, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
    let url = format!("{}{path}", service.url);
    let response = Client::new()
        .request(method, url)
        .json(body)
        .send()
        .await
        .unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    let body = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}"))
    };
    (status, body)
}

async fn get(service: &Service, path: &str) -> (StatusCode, Value) {
    let response = service.get(path).await;
    (response.status(), response.json().await.unwrap())
}

/// Stores a config: its id.
async fn stored(service: &Service, config: &Value) -> String {
    let (status, answer) = send(service, Method::POST, "/canaryConfig", config).await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    answer["canaryConfigId"].as_str().unwrap().to_owned()
}

/// Starts a run: its id.
async fn started(service: &Service, path: &str, request: &Value) -> String {
    let (status, answer) = send(service, Method::POST, path, request).await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    answer["canaryExecutionId"].as_str().unwrap().to_owned()
}

/// Asks until the run has ended.
async fn ended(service: &Service, id: &str) -> Value {
    loop {
        let (status, run) = get(service, &format!("/canary/{id}")).await;
        assert_eq!(status, StatusCode::OK, "{run:#}");
        if run["complete"] == true {
            return run;
        }
        assert_eq!(run["status"], "running", "{run:#}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
