//! `POST /judge`: Kayenta's remote judge, as a Kayenta asks it.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::Service;

const GOLDEN: &str = include_str!("../../../judge/tests/golden/netflix-aca-judge.jsonl");

/// A number, or what Kayenta writes for one that JSON does not know.
fn double(value: &Value) -> Value {
    match value {
        Value::Null => json!("NaN"),
        number => number.clone(),
    }
}

fn doubles(values: &Value) -> Vec<Value> {
    values.as_array().unwrap().iter().map(double).collect()
}

/// A pair over the same hour on both sides.
fn pair(name: &str, control: &[Value], experiment: &[Value]) -> Value {
    let scope = json!({"startTimeIso": "2026-01-14T09:00:00Z", "startTimeMillis": 1_768_381_200_000_i64, "stepMillis": 60_000});
    json!({
        "name": name, "id": format!("id of {name}"), "tags": {},
        "values": {"control": control, "experiment": experiment},
        "scopes": {"control": scope, "experiment": scope},
        "attributes": {"control": {"query": "q"}, "experiment": {"query": "q"}},
    })
}

/// What a Kayenta sends about metrics of one group.
fn request(judge: &str, metrics: &[(&str, Value)], pairs: &[Value]) -> Value {
    let metrics: Vec<_> = (metrics.iter())
        .map(|(name, canary)| {
            json!({
                "name": name, "groups": ["g"], "scopeName": "default",
                "query": {"type": "prometheus", "serviceType": "prometheus", "metricName": "m"},
                "analysisConfigurations": {"canary": canary},
            })
        })
        .collect();
    json!({
        "canaryConfig": {
            "name": "config", "configVersion": "1", "applications": ["app"],
            "createdTimestamp": 1_553_872_111_767_i64, "updatedTimestamp": 1_553_872_111_767_i64,
            "judge": {"name": judge, "judgeConfigurations": {}},
            "metrics": metrics, "templates": {},
            "classifier": {"groupWeights": {"g": 100}, "scoreThresholds": {"pass": 95, "marginal": 75}},
        },
        "scoreThresholds": {"pass": 95.0, "marginal": 75.0},
        "metricSetPairList": pairs,
    })
}

async fn judged(service: &Service, request: &Value) -> Value {
    let response = service.post("/judge", request).await;
    let status = response.status();
    let result: Value = response.json().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{result:#}");
    result
}

/// The options of a golden case, as Kayenta's configs write them.
fn options(case: &Value) -> Value {
    let mut canary = json!({
        "direction": case["direction"], "critical": case["critical"], "mustHaveData": case["mustHaveData"],
        "outliers": {"strategy": case["outliers"], "outlierFactor": case["outlierFactor"]},
        "effectSize": {
            "measure": case["measure"],
            "allowedIncrease": case["allowedIncrease"], "allowedDecrease": case["allowedDecrease"],
            "criticalIncrease": case["criticalIncrease"], "criticalDecrease": case["criticalDecrease"],
        },
    });
    if case["nanStrategy"] != "none" {
        canary["nanStrategy"] = case["nanStrategy"].clone();
    }
    canary
}

/// Equal to a relative 1e-9.
fn same(expected: &Value, found: &Value) -> bool {
    match (expected.as_f64(), found.as_f64()) {
        (Some(expected), Some(found)) => (expected - found).abs() <= 1e-9 * expected.abs(),
        _ => double(expected) == *found,
    }
}

#[tokio::test]
async fn every_golden_metric_comes_out_as_in_kayenta() {
    let service = Service::start("{}");
    let (mut read, mut numbers) = (0, 0);
    let mut differences = Vec::new();
    for line in GOLDEN.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let pair = pair(
            "m",
            &doubles(&case["control"]),
            &doubles(&case["experiment"]),
        );
        let asked = request("NetflixACAJudge-v1.0", &[("m", options(&case))], &[pair]);
        let result = judged(&service, &asked).await;
        assert_eq!(result["judgeName"], "NetflixACAJudge-v1.0");
        let (found, expected) = (&result["results"][0], &case["expected"]);
        let id = &case["id"];
        read += 1;
        let mut check = |what: &str, same: bool| {
            if !same {
                differences.push(format!("{id}: {what}: {found:#}"));
            }
        };
        check(
            "label",
            found["classification"] == expected["classification"],
        );
        check(
            "reason",
            found["classificationReason"] == expected["reason"],
        );
        check("critical", found["critical"] == expected["critical"]);
        check("groups", found["groups"] == json!(["g"]));
        if expected["gaussianNoiseUsed"] != true {
            numbers += 1;
            // Kayenta leaves the ratio out where it could not classify.
            let is_error = expected["classification"] == "Error";
            let ratio = found.pointer("/resultMetadata/ratio");
            let fits = match ratio {
                Some(ratio) => !is_error && same(&expected["ratio"], ratio),
                None => is_error,
            };
            check("ratio", fits);
        }
        for (side, stats) in [
            ("control", "controlStats"),
            ("experiment", "experimentStats"),
        ] {
            for key in ["min", "max", "mean", "std", "count"] {
                let found = &found[format!("{side}Metadata")]["stats"][key];
                check(&format!("{side} {key}"), same(&expected[stats][key], found));
            }
        }
    }
    println!("{read} golden metrics judged over HTTP, {numbers} of them with their ratio");
    assert_eq!(read, 600);
    assert!(numbers > 540, "{numbers}");
    let count = differences.len();
    assert!(
        differences.is_empty(),
        "{count} differences:\n{}",
        differences.join("\n")
    );
}

/// A rising load with a little noise of its own.
fn loaded(factor: f64, noise: f64) -> Vec<Value> {
    (0..60_u32)
        .map(|minute| {
            let load = 100.0 + 3.0 * f64::from(minute);
            let noise = (f64::from(minute) * noise).fract();
            json!(load * factor + noise)
        })
        .collect()
}

#[tokio::test]
async fn the_judge_is_the_one_that_the_config_names() {
    let service = Service::start("{}");
    let up = json!({"direction": "increase"});
    let pairs = [pair("m", &loaded(1.0, 0.618_034), &loaded(1.12, 0.732_051))];
    for (judge, name, label) in [
        // Shared load hides it from a judge that takes no account of time, and not from one that does.
        ("NetflixACAJudge-v1.0", "NetflixACAJudge-v1.0", "Pass"),
        ("netflix-aca", "NetflixACAJudge-v1.0", "Pass"),
        ("serinus", "Serinus-v1.0", "High"),
        ("Serinus-v1.0", "Serinus-v1.0", "High"),
        ("RemoteJudge-v1.0", "Serinus-v1.0", "High"),
        ("", "NetflixACAJudge-v1.0", "Pass"),
    ] {
        let result = judged(&service, &request(judge, &[("m", up.clone())], &pairs)).await;
        assert_eq!(result["judgeName"], name, "{judge}");
        assert_eq!(
            result["results"][0]["classification"], label,
            "{judge}: {result:#}"
        );
    }
    let mut asked = request("RemoteJudge-v1.0", &[("m", up)], &pairs);
    asked["canaryConfig"]["judge"]["judgeConfigurations"] = json!({"judge": "netflix-aca"});
    assert_eq!(
        judged(&service, &asked).await["judgeName"],
        "NetflixACAJudge-v1.0"
    );
}

#[tokio::test]
async fn sides_are_paired_only_where_start_step_and_length_are_the_same() {
    let service = Service::start("{}");
    let asked = |change: &dyn Fn(&mut Value)| {
        let mut pair = pair("m", &loaded(1.0, 0.618_034), &loaded(1.12, 0.732_051));
        change(&mut pair);
        request(
            "serinus",
            &[("m", json!({"direction": "increase"}))],
            &[pair],
        )
    };
    let label = async |change: &dyn Fn(&mut Value)| {
        judged(&service, &asked(change)).await["results"][0]["classification"].clone()
    };
    assert_eq!(label(&|_| {}).await, "High");
    let starts = |pair: &mut Value| {
        pair["scopes"]["control"]["startTimeIso"] = json!("2026-01-14T08:00:00Z");
    };
    let steps = |pair: &mut Value| pair["scopes"]["control"]["stepMillis"] = json!(30_000);
    let lengths = |pair: &mut Value| {
        pair["values"]["control"]
            .as_array_mut()
            .unwrap()
            .truncate(59);
    };
    let unknown = |pair: &mut Value| pair["scopes"] = Value::Null;
    for (what, change) in [
        ("start", &starts as &dyn Fn(&mut Value)),
        ("step", &steps),
        ("length", &lengths),
        ("nothing known", &unknown),
    ] {
        assert_ne!(label(change).await, "High", "{what}");
    }
}

#[tokio::test]
async fn a_list_of_metrics_gets_its_score() {
    let service = Service::start("{}");
    let flat = loaded(1.0, 0.618_034);
    let metrics = [
        ("errors", json!({"direction": "increase", "critical": true})),
        ("latency \"p99\" / \u{e4}", json!({"direction": "increase"})),
        ("gone", json!({})),
        ("muted", json!({"direction": "increase", "muted": true})),
    ];
    let pairs = [
        pair("errors", &flat, &flat),
        pair("latency \"p99\" / \u{e4}", &flat, &loaded(2.0, 0.7)),
        pair("gone", &flat, &[json!("NaN"), json!("NaN")]),
        pair("muted", &flat, &loaded(9.0, 0.7)),
    ];
    let result = judged(&service, &request("NetflixACAJudge-v1.0", &metrics, &pairs)).await;
    let labels: Vec<_> = (result["results"].as_array().unwrap().iter())
        .map(|result| result["classification"].as_str().unwrap())
        .collect();
    assert_eq!(labels, ["Pass", "High", "Nodata", "High"]);
    assert_eq!(
        result["results"][1]["classificationReason"],
        "latency \"p99\" / \u{e4} was classified as High"
    );
    assert_eq!(result["results"][1]["id"], "id of latency \"p99\" / \u{e4}");
    assert_eq!(
        result["score"],
        json!({"score": 50.0, "classification": "Fail", "classificationReason": ""})
    );
    assert_eq!(
        result["groupScores"],
        json!([{"name": "g", "score": 50.0, "classification": "", "classificationReason": ""}])
    );

    // Several series of a metric are judged one by one, as in Kayenta.
    let mut pods: Vec<_> = (0..3).map(|_| pair("errors", &flat, &flat)).collect();
    pods[2] = pair("errors", &flat, &loaded(2.0, 0.7));
    for (pod, pair) in pods.iter_mut().enumerate() {
        pair["tags"] = json!({"pod": format!("pod-{pod}")});
    }
    let result = judged(
        &service,
        &request("NetflixACAJudge-v1.0", &metrics[..1], &pods),
    )
    .await;
    assert_eq!(result["results"][2]["tags"], json!({"pod": "pod-2"}));
    assert_eq!(
        result["results"][2]["classificationReason"],
        "The metric errors was classified as High (Critical)"
    );
    assert_eq!(
        result["score"],
        json!({
            "score": 0.0, "classification": "Fail",
            "classificationReason": "Canary Failed: The metric errors was classified as High (Critical)",
        })
    );
}

#[tokio::test]
async fn what_nobody_can_decide_is_above_marginal_and_below_pass() {
    let service = Service::start("{}");
    let few = [json!(1.0), json!(2.0), json!(1.5)];
    let metrics = [("m", json!({"direction": "increase"}))];
    for (pass, marginal, score, word) in [
        (95.0, 75.0, 76.0, "Marginal"),
        (95.0, 75.5, 76.0, "Marginal"),
        (76.0, 75.0, 75.0, "Marginal"),
        (75.5, 75.0, 75.0, "Marginal"),
        (75.0, 75.0, 74.0, "Fail"),
        (75.5, 75.5, 75.0, "Fail"),
    ] {
        let mut asked = request("serinus", &metrics, &[pair("m", &few, &few)]);
        asked["scoreThresholds"] = json!({"pass": pass, "marginal": marginal});
        let result = judged(&service, &asked).await;
        assert_eq!(result["score"]["score"], score, "{pass} {marginal}");
        assert_eq!(result["score"]["classification"], word, "{pass} {marginal}");
        assert!(
            result["score"]["classificationReason"]
                .as_str()
                .unwrap()
                .contains("samples needed")
        );
    }
    // Kayenta puts zeros in place of what it did not see, and lets a canary pass of which nothing was seen at all.
    let replaced = [(
        "m",
        json!({"canary": {"nanStrategy": "replace", "direction": "increase"}}),
    )];
    let none = vec![json!("NaN"); 10];
    let ones = vec![json!(1.0); 10];
    for (baseline, canary) in [(&none, &none), (&ones, &none)] {
        let asked = request(
            "NetflixACAJudge-v1.0",
            &replaced,
            &[pair("m", baseline, canary)],
        );
        let result = judged(&service, &asked).await;
        assert_eq!(result["results"][0]["classification"], "Pass", "{result:#}");
        assert_ne!(result["score"]["classification"], "Pass", "{result:#}");
    }
    // Kayenta lets a canary pass of which nothing could be compared.
    let one = [json!(1.0)];
    let asked = request(
        "NetflixACAJudge-v1.0",
        &metrics,
        &[pair("m", &one, &one[..0])],
    );
    let result = judged(&service, &asked).await;
    assert_ne!(result["score"]["classification"], "Pass", "{result:#}");
}

#[tokio::test]
async fn what_cannot_be_judged_is_told_in_kayentas_form() {
    let service = Service::start("{}");
    let flat = loaded(1.0, 0.618_034);
    let good = request(
        "NetflixACAJudge-v1.0",
        &[("m", json!({}))],
        &[pair("m", &flat, &flat)],
    );
    let long = vec![json!(1); 50_001];
    for (pointer, value, expected) in [
        (
            "/metricSetPairList",
            json!([]),
            "no pair for the metric \"m\"",
        ),
        (
            "/metricSetPairList",
            json!([pair("other", &flat, &flat)]),
            "no metric \"other\"",
        ),
        (
            "/metricSetPairList",
            json!([pair("m", &flat, &long)]),
            "50000 samples a side",
        ),
        (
            "/metricSetPairList/0/values/control",
            json!(["much"]),
            "NaN",
        ),
        (
            "/metricSetPairList/0/values",
            json!({"control": []}),
            "experiment",
        ),
        (
            "/metricSetPairList/0/scopes/control/startTimeIso",
            json!("soon"),
            "startTimeIso",
        ),
        ("/scoreThresholds/pass", json!("NaN"), "NaN"),
        ("/scoreThresholds", Value::Null, "scoreThresholds"),
        ("/canaryConfig/judge/name", json!("nobody"), "nobody"),
        ("/canaryConfig/metrics", json!([]), "1 to 2000 metrics"),
        ("/canaryConfig/metrics", json!("all"), "canaryConfig"),
        ("/canaryConfig", json!([]), "canaryConfig"),
        (
            "/canaryConfig/metrics/0/analysisConfigurations/canary",
            json!({"outliers": 1}),
            "outliers",
        ),
    ] {
        let mut asked = good.clone();
        *asked.pointer_mut(pointer).unwrap() = value;
        let response = service.post("/judge", &asked).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{pointer}");
        let kind = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(kind.starts_with("application/json"), "{kind}");
        let body: Value = response.json().await.unwrap();
        let message = body["message"].as_str().unwrap();
        assert!(message.contains(expected), "{pointer}: {message}");
        assert_eq!(body.as_object().unwrap().len(), 1);
    }
    let response = service
        .post_text("/judge", "application/json", "{\"canary")
        .await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let body: Value = response.json().await.unwrap();
    assert!(
        body["message"].as_str().unwrap().contains("not JSON"),
        "{body}"
    );
}
