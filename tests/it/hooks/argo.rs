//! Argo Rollouts' `web` provider and the loop around it, with the templates that are shipped.

use std::{collections::BTreeMap, time::Duration};

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use super::{Pipeline, only, request};
use crate::support::Service;

/// How a measurement or an analysis ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Successful,
    Failed,
    Inconclusive,
    Error,
}

/// A metric of a template, its arguments filled in.
pub(super) struct Metric(pub(super) Value);

impl Metric {
    /// The only metric of a template that is shipped. Argo fills arguments into the JSON of the whole metric.
    pub(super) fn of(template: &str, args: &BTreeMap<&str, String>) -> Self {
        let template = only(&format!("argo/{template}.yaml"));
        assert_eq!(template["kind"], "AnalysisTemplate");
        for arg in template["spec"]["args"].as_array().unwrap() {
            let name = arg["name"].as_str().unwrap();
            assert!(args.contains_key(name), "{name} is declared");
        }
        let [metric] = template["spec"]["metrics"].as_array().unwrap().as_slice() else {
            panic!("one metric: {template:#}");
        };
        let mut text = metric.to_string();
        for (name, value) in args {
            let quoted = json!(value).to_string();
            text = text.replace(&format!("{{{{args.{name}}}}}"), quoted.trim_matches('"'));
        }
        assert!(
            !text.contains("{{"),
            "an argument that is not declared: {text}"
        );
        Self(serde_json::from_str(&text).unwrap())
    }

    fn limit(&self, name: &str, otherwise: u64) -> u64 {
        self.0
            .get(name)
            .map_or(otherwise, |limit| limit.as_u64().unwrap())
    }

    /// One request, as `webmetric.go` makes it.
    async fn sent(&self, service: &Service) -> Option<Response> {
        let web = &self.0["provider"]["web"];
        let url = web["url"].as_str().unwrap();
        let path = url.strip_prefix("http://serinus.serinus:8090").unwrap();
        let method = web["method"]
            .as_str()
            .unwrap_or("GET")
            .parse::<Method>()
            .unwrap();
        assert!(method != Method::GET || web.get("jsonBody").is_none());
        let timeout = Duration::from_secs(web["timeoutSeconds"].as_u64().unwrap_or(10));
        let request = Client::new()
            .request(method, format!("{}{path}", service.url))
            .timeout(timeout)
            .header("content-type", "application/json")
            .body(web["jsonBody"].to_string());
        request.send().await.ok()
    }

    pub(super) async fn measured(&self, service: &Service) -> Phase {
        let Some(response) = self.sent(service).await else {
            return Phase::Error;
        };
        let success = response.status().is_success();
        let text = response.text().await.unwrap();
        // A body that is no JSON would count as a success there, whatever the conditions.
        let body: Value =
            serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text:?}"));
        if !success {
            return Phase::Error;
        }
        assert_eq!(self.0["provider"]["web"]["jsonPath"], "{$}");
        let holds = |condition: &str| self.0[condition].as_str().map(|text| is_true(text, &body));
        match (holds("successCondition"), holds("failureCondition")) {
            (_, Some(true)) => Phase::Failed,
            (Some(true), _) | (None, Some(false)) => Phase::Successful,
            (Some(false), Some(false)) => Phase::Inconclusive,
            (Some(false), None) => Phase::Failed,
            (None, None) => panic!("without a condition everything is a success"),
        }
    }

    /// The whole analysis; a background one ends with the rollout, after so many measurements.
    pub(super) async fn analysed(&self, service: &Service, at_most: u64) -> Phase {
        let (mut errors, mut inconclusive) = (0, 0);
        for _ in 0..at_most {
            match self.measured(service).await {
                Phase::Error => {
                    errors += 1;
                    if errors > self.limit("consecutiveErrorLimit", 4) {
                        return Phase::Error;
                    }
                }
                Phase::Failed => return Phase::Failed,
                Phase::Inconclusive => {
                    errors = 0;
                    inconclusive += 1;
                    if inconclusive > self.limit("inconclusiveLimit", 0) {
                        return Phase::Inconclusive;
                    }
                }
                Phase::Successful => {
                    errors = 0;
                    let enough = self.0.get("consecutiveSuccessLimit").is_some();
                    if enough || self.0.get("interval").is_none() {
                        return Phase::Successful;
                    }
                }
            }
            // Ten seconds after an error, an `interval` otherwise.
            tokio::time::sleep(Duration::from_millis(1_500)).await;
        }
        assert!(self.0.get("interval").is_some(), "it never ended");
        Phase::Successful
    }
}

fn is_true(condition: &str, result: &Value) -> bool {
    let (path, word) = condition.split_once(" == ").unwrap();
    let key = path.strip_prefix("result.").unwrap();
    let value = result
        .get(key)
        .unwrap_or_else(|| panic!("{key} is absent, which is an error there"));
    assert!(!value.is_null());
    value == &serde_json::from_str::<Value>(word).unwrap()
}

fn args() -> BTreeMap<&'static str, String> {
    [
        ("application", "shop"),
        ("stable-hash", "5b8c"),
        ("canary-hash", "7f9d"),
        ("revision", "12"),
        ("attempt", "1"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

/// The template's metric with the body of a request that a test can wait for.
pub(super) fn about(template: &str, scenario: &str, window: Value) -> Metric {
    let mut metric = Metric::of(template, &args());
    let body = &mut metric.0["provider"]["web"]["jsonBody"];
    let short = request(scenario);
    for key in ["config", "baseline", "canary"] {
        body[key] = short[key].clone();
    }
    body["window"] = window;
    if body.get("looks").is_some() {
        body["looks"] = json!({"every": "5m"});
    }
    metric
}

const ENDS: [(&str, Phase); 3] = [
    ("healthy", Phase::Successful),
    ("latency-regression", Phase::Failed),
    ("no-data", Phase::Inconclusive),
];

/// Ten minutes that end just now, so that the run waits for its data to settle.
fn ending() -> Value {
    let now = jiff::Timestamp::now();
    json!({"start": now - jiff::SignedDuration::from_mins(10), "end": now})
}

/// Does the same about all releases at once, as each takes its time.
async fn about_each(ends: [(&'static str, Phase); 3], check: impl AsyncFn(&'static str, Phase)) {
    futures_util::future::join_all(ends.map(|(scenario, phase)| check(scenario, phase))).await;
}

#[tokio::test]
async fn one_request_that_waits() {
    let pipeline = Pipeline::start();
    for (scenario, phase) in ENDS {
        let metric = about("synchronous", scenario, request(scenario)["window"].clone());
        assert_eq!(
            metric.analysed(&pipeline.service, 9).await,
            phase,
            "{scenario}"
        );
    }
}

#[tokio::test]
async fn errors_while_it_is_pending() {
    about_each(ENDS, async |scenario, phase| {
        let pipeline = Pipeline::start();
        let metric = about("error-as-pending", scenario, ending());
        let first = metric.sent(&pipeline.service).await.unwrap();
        assert_eq!(first.status().as_u16(), 425);
        assert!(first.headers().contains_key("retry-after"));
        assert_eq!(first.headers()["content-type"], "application/problem+json");
        let problem: Value = first.json().await.unwrap();
        assert_eq!(
            (&problem["code"], &problem["status"]),
            (&json!("pending"), &json!(425))
        );
        assert_eq!(
            metric.analysed(&pipeline.service, 90).await,
            phase,
            "{scenario}"
        );
        // All those requests were one run.
        let all: Value = pipeline
            .service
            .get("/api/v1/analyses")
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(all["analyses"].as_array().unwrap().len(), 1, "{all:#}");
    })
    .await;
}

#[tokio::test]
async fn inconclusive_while_it_is_pending() {
    about_each(ENDS, async |scenario, phase| {
        let pipeline = Pipeline::start();
        let metric = about("inconclusive-as-pending", scenario, ending());
        assert_eq!(
            metric.measured(&pipeline.service).await,
            Phase::Inconclusive,
            "pending"
        );
        assert_eq!(
            metric.analysed(&pipeline.service, 90).await,
            phase,
            "{scenario}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_guard_in_the_background() {
    let ends = [
        ("healthy", Phase::Successful),
        ("latency-regression", Phase::Failed),
        ("no-data", Phase::Successful),
    ];
    about_each(ends, async |scenario, phase| {
        let pipeline = Pipeline::start();
        let metric = about("background", scenario, ending());
        assert_eq!(
            metric.measured(&pipeline.service).await,
            Phase::Successful,
            "pending"
        );
        assert_eq!(
            metric.analysed(&pipeline.service, 40).await,
            phase,
            "{scenario}"
        );
    })
    .await;
}

#[tokio::test]
async fn without_a_service_it_ends_in_an_error() {
    let pipeline = Pipeline::start();
    let metric = about(
        "synchronous",
        "healthy",
        request("healthy")["window"].clone(),
    );
    let mut gone = Pipeline::start();
    gone.service.process.kill();
    assert_eq!(metric.analysed(&gone.service, 9).await, Phase::Error);
    // What cannot be carried out is an error, too, and never a verdict.
    let mut wrong = about("synchronous", "healthy", json!({"lookback": "0s"}));
    assert_eq!(wrong.measured(&pipeline.service).await, Phase::Error);
    wrong.0["provider"]["web"]["jsonBody"] = json!("text");
    assert_eq!(wrong.measured(&pipeline.service).await, Phase::Error);
}

#[tokio::test]
async fn arguments_are_text_also_where_numbers_are_meant() {
    let pipeline = Pipeline::start();
    let mut metric = about(
        "synchronous",
        "healthy",
        request("healthy")["window"].clone(),
    );
    metric.0["provider"]["web"]["jsonBody"]["thresholds"] =
        json!({"pass": "90", "marginal": "75.5"});
    assert_eq!(metric.measured(&pipeline.service).await, Phase::Successful);
}
