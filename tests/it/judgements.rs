//! Judging samples that come with the request.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::Service;

/// A config with one metric, and its samples on both sides.
fn request(baseline: Value, canary: Value) -> Value {
    json!({
        "application": "shop",
        "config": {"inline": {
            "apiVersion": "serinus/v1", "name": "one", "defaults": {"account": "none"},
            "metrics": [{"name": "latency", "groups": ["g"], "direction": "increase", "query": "unused"}],
            "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
        }},
        "metrics": {"latency": {"baseline": baseline, "canary": canary}},
    })
}

fn values(count: usize, scale: f64) -> Vec<f64> {
    // Some spread, without a generator: multiples of the golden ratio.
    (0..count)
        .map(|i| scale * (1.0 + 0.1 * (i as f64 * 0.618_033_988_75).fract()))
        .collect()
}

fn spaced(start: &str, values: &[f64]) -> Value {
    json!({"start": start, "step": "60s", "values": values})
}

const NINE: &str = "2026-01-14T09:00:00Z";

async fn judged(service: &Service, request: &Value) -> Value {
    let response = service.post("/api/v1/judgements", request).await;
    let status = response.status();
    let scorecard: Value = response.json().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{scorecard:#}");
    scorecard
}

#[tokio::test]
async fn samples_are_judged_at_once() {
    let service = Service::start("{}");
    let (same, more) = (values(30, 1.003), values(30, 1.5));
    let baseline = spaced(NINE, &values(30, 1.0));
    let scorecard = judged(&service, &request(baseline.clone(), spaced(NINE, &more))).await;
    assert_eq!(scorecard["verdict"], "fail");
    assert_eq!(scorecard["metrics"][0]["outcome"], "high");
    assert_eq!(scorecard["evidence"][0]["comparison"]["design"], "paired");

    let later = spaced("2026-01-14T10:00:00Z", &same);
    let scorecard = judged(&service, &request(baseline, later)).await;
    assert_eq!(scorecard["verdict"], "pass", "{scorecard:#}");
    assert_eq!(
        scorecard["evidence"][0]["comparison"]["design"],
        "independent"
    );
}

#[tokio::test]
async fn samples_with_times_are_lined_up_by_time_whatever_their_order() {
    let service = Service::start("{}");
    let at = |minute: usize| format!("2026-01-14T09:{minute:02}:00Z");
    let timed = |values: &[f64], skip: usize| {
        let mut samples: Vec<_> = values
            .iter()
            .enumerate()
            .skip(skip)
            .map(|(minute, value)| json!([at(minute), value]))
            .collect();
        samples.reverse();
        json!({"samples": samples})
    };
    let (baseline, canary) = (values(30, 1.0), values(30, 1.5));
    let scorecard = judged(&service, &request(timed(&baseline, 0), timed(&canary, 4))).await;
    let evidence = &scorecard["evidence"][0];
    assert_eq!(evidence["comparison"]["design"], "paired");
    assert_eq!(evidence["canary"]["start"], NINE);
    let shown = evidence["canary"]["values"].as_array().unwrap();
    assert_eq!(shown.len(), 30);
    assert!(shown[..4].iter().all(Value::is_null));
    assert_eq!(shown[4], json!(canary[4]));
    assert_eq!(evidence["baseline"]["values"][0], json!(baseline[0]));
}

#[tokio::test]
async fn what_is_missing_never_passes() {
    let service = Service::start("{}");
    let baseline = spaced(NINE, &values(30, 1.0));
    let table = [
        (spaced(NINE, &[]), "nodata"),
        (json!({"samples": []}), "nodata"),
        (
            json!({"start": NINE, "values": vec![Value::Null; 30]}),
            "nodata",
        ),
        (spaced(NINE, &values(4, 1.0)), "inconclusive"),
        (baseline.clone(), "inconclusive"),
        (spaced(NINE, &[1.05; 30]), "inconclusive"),
    ];
    for (canary, outcome) in table {
        let scorecard = judged(&service, &request(baseline.clone(), canary)).await;
        let metric = &scorecard["metrics"][0];
        assert_eq!(metric["outcome"], outcome, "{metric:#}");
        assert_eq!(scorecard["verdict"], "inconclusive", "{scorecard:#}");
        assert_eq!(scorecard["scored"], false);
    }
}

#[tokio::test]
async fn samples_closer_than_the_step_are_refused_rather_than_dropped() {
    let service = Service::start("{}");
    let dense: Vec<_> = (0..60)
        .map(|i| {
            json!([
                format!("2026-01-14T09:{:02}:{:02}Z", i / 4, 15 * (i % 4)),
                1.0 + f64::from(i % 7)
            ])
        })
        .collect();
    let side = json!({"samples": dense});
    let response = service
        .post("/api/v1/judgements", &request(side.clone(), side.clone()))
        .await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = response.json().await.unwrap();
    assert_eq!(
        problem["errors"][0]["pointer"],
        "/metrics/latency/baseline/samples"
    );
    let side = json!({"samples": dense, "step": "15s"});
    let scorecard = judged(&service, &request(side.clone(), side)).await;
    assert_eq!(scorecard["metrics"][0]["baseline"]["count"], 60);
}

#[tokio::test]
async fn times_may_jitter() {
    let service = Service::start("{}");
    let timed = |values: &[f64], late: usize| {
        let samples: Vec<_> = values
            .iter()
            .enumerate()
            .map(|(minute, value)| {
                json!([
                    format!("2026-01-14T09:{minute:02}:0{}.2Z", late * (minute % 3)),
                    value
                ])
            })
            .collect();
        json!({"samples": samples})
    };
    let scorecard = judged(
        &service,
        &request(timed(&values(30, 1.0), 0), timed(&values(30, 1.5), 1)),
    )
    .await;
    assert_eq!(scorecard["evidence"][0]["comparison"]["design"], "paired");
    for side in ["baseline", "canary"] {
        assert_eq!(scorecard["metrics"][0][side]["count"], 30, "{side}");
    }
}

#[tokio::test]
async fn a_pass_for_want_of_data_alone_passes_nothing() {
    let service = Service::start("{}");
    let mut request = request(spaced(NINE, &values(30, 1.0)), spaced(NINE, &[]));
    request["config"]["inline"]["metrics"][0]["onNoData"] = json!("pass");
    let scorecard = judged(&service, &request).await;
    assert_eq!(scorecard["metrics"][0]["counted"], "passed");
    assert_eq!(scorecard["verdict"], "inconclusive", "{scorecard:#}");
}

#[tokio::test]
async fn too_little_work_leaves_a_metric_undecided() {
    let service = Service::start("{}");
    let side = |work: f64, scale: f64| json!({"start": NINE, "step": "60s", "values": values(30, scale), "work": work});
    let mut request = request(side(500.0, 1.0), side(20.0, 1.5));
    request["config"]["inline"]["defaults"]["minimumWork"] =
        json!({"query": "unused", "atLeast": 200});
    let scorecard = judged(&service, &request).await;
    assert_eq!(scorecard["metrics"][0]["outcome"], "inconclusive");
    assert_eq!(
        scorecard["metrics"][0]["reason"],
        "the canary did too little work: 20 of 200 needed"
    );
    for side in ["baseline", "canary"] {
        let mut unknown = request.clone();
        for side in ["baseline", side] {
            unknown["metrics"]["latency"][side]
                .as_object_mut()
                .unwrap()
                .remove("work");
        }
        assert_eq!(
            judged(&service, &unknown).await["verdict"],
            "inconclusive",
            "{side}"
        );
    }
    request["metrics"]["latency"]["canary"]["work"] = json!(300);
    assert_eq!(judged(&service, &request).await["verdict"], "fail");

    // 300 of 800 is a share of 37.5 %.
    for (planned, verdict) in [
        ("50%", "fail"),
        ("30%", "fail"),
        ("10%", "inconclusive"),
        ("80%", "inconclusive"),
    ] {
        request["config"]["inline"]["defaults"]["minimumWork"]["canaryShare"] = json!(planned);
        let scorecard = judged(&service, &request).await;
        assert_eq!(
            scorecard["verdict"], verdict,
            "{planned} was planned: {scorecard:#}"
        );
    }
    assert_eq!(
        judged(&service, &request).await["metrics"][0]["reason"],
        "the canary did 37.5 % of the work where 80.0 % was planned"
    );
}

#[tokio::test]
async fn mistakes_are_pointed_at() {
    let service = Service::start("{}");
    let good = spaced(NINE, &values(30, 1.0));
    let table = [
        (
            request(good.clone(), json!({})),
            "/metrics/latency/canary",
            "either `samples`, or `values`",
        ),
        (
            request(good.clone(), json!({"values": [1.0]})),
            "/metrics/latency/canary/start",
            "start",
        ),
        (
            request(json!({"samples": [["then", 1.0]]}), good.clone()),
            "/metrics/latency/baseline/samples/0/0",
            "",
        ),
        (
            request(json!({"start": NINE, "values": ["x"]}), good.clone()),
            "/metrics/latency/baseline/values/0",
            "f64",
        ),
    ];
    for (request, pointer, detail) in table {
        let response = service.post("/api/v1/judgements", &request).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let problem: Value = response.json().await.unwrap();
        let error = &problem["errors"][0];
        assert_eq!(error["pointer"], pointer, "{problem:#}");
        assert!(
            error["detail"].as_str().unwrap().contains(detail),
            "{problem:#}"
        );
    }
    let mut both = request(good.clone(), good);
    both["metrics"]["latenzy"] = both["metrics"]["latency"].clone();
    both["metrics"].as_object_mut().unwrap().remove("latency");
    let problem: Value = service
        .post("/api/v1/judgements", &both)
        .await
        .json()
        .await
        .unwrap();
    let pointers: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["pointer"])
        .collect();
    assert_eq!(pointers, ["/metrics/latenzy", "/metrics/latency"]);
}

#[tokio::test]
async fn a_canary_that_stops_is_noticed_and_what_plays_no_part_is_said() {
    let service = Service::start("{}");
    let side =
        |count, scale: f64| json!({"start": NINE, "step": "60s", "values": values(count, scale)});
    let mut request = request(side(60, 1.0), side(25, 1.001));
    request["config"]["inline"]["metrics"][0]["compare"] = json!({"replicas": {"label": "pod"}});
    let scorecard = judged(&service, &request).await;
    let reason = scorecard["metrics"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("end before the last half"), "{reason}");
    assert_eq!(scorecard["verdict"], "inconclusive");
    let notes = scorecard["evidence"][0]["notes"].to_string();
    assert!(notes.contains("`replicas` played no part"), "{notes}");
}

#[tokio::test]
async fn few_samples_far_apart_do_not_fill_the_memory() {
    let service = Service::start("{}");
    // Two samples a side, 49,999 steps apart: small in the request, large once laid out.
    let side = json!({"samples": [["2026-01-01T00:00:00Z", 1.0], ["2026-02-04T17:19:00Z", 2.0]]});
    let mut request = request(side.clone(), side.clone());
    let metric = request["config"]["inline"]["metrics"][0].clone();
    let names: Vec<_> = (0..30).map(|index| format!("m{index}")).collect();
    let metrics = names.iter().map(|name| {
        let mut metric = metric.clone();
        metric["name"] = json!(name);
        metric
    });
    request["config"]["inline"]["metrics"] = metrics.collect();
    let pair = json!({"baseline": side, "canary": side});
    request["metrics"] = names
        .iter()
        .map(|name| (name.clone(), pair.clone()))
        .collect();
    let response = service.post("/api/v1/judgements", &request).await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["errors"][0]["pointer"], "/metrics", "{problem:#}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("3000000 samples"), "{detail}");
}
