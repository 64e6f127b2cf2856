//! Verdicts as Prometheus answers, read as Flagger's provider reads them.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::{Pipeline, request};
use crate::support::Service;

/// What Flagger's Prometheus provider finds: one number, or nothing.
async fn found(service: &Service, query: &str) -> Option<f64> {
    let url = format!("{}/prometheus/api/v1/query", service.url);
    let response = Client::new()
        .get(&url)
        .query(&[("query", query)])
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{query}");
    let body: Value = response.json().await.unwrap();
    assert_eq!(
        (&body["status"], &body["data"]["resultType"]),
        (&json!("success"), &json!("vector"))
    );
    let result = body["data"]["result"].as_array().unwrap();
    assert!(
        result.len() <= 1,
        "the last of several would count: {body:#}"
    );
    let sample = result.first()?;
    assert!(sample.get("values").is_none());
    let value = sample["value"].as_array().unwrap();
    assert!(value[0].is_number() && value.len() == 2, "{body:#}");
    Some(value[1].as_str().unwrap().parse().unwrap())
}

async fn refused(service: &Service, query: &[(&str, &str)]) -> (StatusCode, Value) {
    let url = format!("{}/prometheus/api/v1/query", service.url);
    let response = Client::new().get(&url).query(query).send().await.unwrap();
    let status = response.status();
    assert_eq!(response.headers()["content-type"], "application/json");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["status"], "error", "{body:#}");
    (status, body)
}

#[tokio::test]
async fn numbers_that_no_range_takes_for_good_by_accident() {
    let pipeline = Pipeline::start();
    let service = &pipeline.service;
    assert_eq!(found(service, "vector(1)").await, Some(1.0));
    let of = |measure: &str| format!(r#"{measure}{{application="shop",config="checkout"}}"#);
    let all = async || {
        let mut numbers = Vec::new();
        for measure in ["serinus_score", "serinus_pass", "serinus_fail"] {
            numbers.push(found(service, &of(measure)).await);
        }
        numbers
    };
    assert_eq!(all().await, [None, None, None], "nothing is known");

    for (scenario, verdict, numbers) in [
        ("healthy", "pass", [Some(100.0), Some(1.0), Some(0.0)]),
        (
            "latency-regression",
            "fail",
            [Some(0.0), Some(0.0), Some(1.0)],
        ),
        ("no-data", "inconclusive", [None, None, None]),
    ] {
        let ended = service.analyse(&request(scenario)).await;
        assert_eq!(ended["verdict"], verdict, "{ended:#}");
        assert_eq!(all().await, numbers, "{scenario}");
    }

    // A newer run that goes on hides what was found before, except that it has not failed.
    let mut waiting = request("healthy");
    waiting["window"] = json!({"duration": "1h"});
    let url = format!("{}/api/v1/analyses/by-key/k%221", service.url);
    let created: Value = Client::new()
        .put(&url)
        .json(&waiting)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(created["verdict"], "pending");
    assert_eq!(all().await, [None, None, Some(0.0)]);
    assert_eq!(
        found(service, r#"serinus_fail{key="k\"1"}"#).await,
        Some(0.0)
    );
    assert_eq!(
        found(service, r#"serinus_fail{key="k\"1",application="other"}"#).await,
        None
    );
    assert_eq!(
        found(service, r#"serinus_fail{application="other"}"#).await,
        None
    );
    let id = created["id"].as_str().unwrap();
    service
        .post(&format!("/api/v1/analyses/{id}/cancel"), &json!({}))
        .await;
    assert_eq!(all().await, [None, None, None], "cancelled is not known");
}

#[tokio::test]
async fn an_old_verdict_says_nothing_about_now() {
    let pipeline = Pipeline::start();
    let service = &pipeline.service;
    service.analyse(&request("healthy")).await;
    assert_eq!(
        found(service, r#"serinus_pass{application="shop",within="1h"}"#).await,
        Some(1.0)
    );
    assert_eq!(
        found(service, r#"serinus_pass{application="shop",within="0s"}"#).await,
        None
    );
}

#[tokio::test]
async fn a_form_is_a_question_too() {
    let service = Service::simulated();
    let url = format!("{}/prometheus/api/v1/query", service.url);
    let now = jiff::Timestamp::now().as_second().to_string();
    let form = [
        ("query", "vector(1)"),
        ("time", now.as_str()),
        ("timeout", "5s"),
    ];
    let response = Client::new().post(&url).form(&form).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let body: Value = response.json().await.unwrap();
    let expected = json!([{"metric": {}, "value": [now.parse::<f64>().unwrap(), "1"]}]);
    assert_eq!(body["data"]["result"], expected);
    let response = Client::new()
        .post(&url)
        .form(&[("time", "1")])
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn all_else_is_refused_in_prometheus_own_form() {
    let service = Service::simulated();
    let long = format!("serinus_score{{application=\"{}\"}}", "x".repeat(20_000));
    for query in [
        &[("query", "up")][..],
        &[("query", "")],
        &[],
        &[("query", "serinus_score")],
        &[("query", "serinus_score{application=~\"a\"}")],
        &[("query", "vector(1)"), ("time", "1000")],
        &[("query", "vector(1)"), ("time", "now")],
        &[("query", "vector(1)"), ("query", "vector(2)")],
        &[("query", long.as_str())],
    ] {
        let (status, body) = refused(&service, query).await;
        assert_eq!(
            (status, &body["errorType"]),
            (StatusCode::BAD_REQUEST, &json!("bad_data")),
            "{body:#}"
        );
        assert!(!body["error"].as_str().unwrap().is_empty());
    }
    // Names of every kind.
    for name in ["a\\\"b", "a/b", "м и р", "\u{1f426}", &"n".repeat(5_000)] {
        let query = format!("serinus_pass{{application=\"{name}\"}}");
        assert_eq!(found(&service, &query).await, None, "{name}");
    }
}
