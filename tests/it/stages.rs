//! Rollouts in stages, from the plan to the last one's verdict, in simulated time.

use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::Service;

const DEPLOYED: &str = "2026-01-14T09:00:00Z";

fn plan(scenario: &str) -> Value {
    let config: Value =
        serde_saphyr::from_str(include_str!("../../src/cli/demo/staged.yaml")).unwrap();
    let scope = |role: &str| json!({"scope": role, "params": {"scenario": scenario, "seed": "3", "deployed": DEPLOYED}});
    json!({
        "application": "shop",
        "config": {"inline": config},
        "baseline": scope("baseline"),
        "canary": scope("canary"),
        "stages": [
            {"weight": "1%", "duration": "5m", "within": 2, "undecided": "proceed"},
            {"weight": "5%", "duration": "10m", "within": 1.5, "undecided": "proceed"},
            {"weight": "25%", "duration": "15m", "within": 1.2, "undecided": "proceed"},
            {"weight": "50%", "duration": "15m", "undecided": "proceed"},
            {"weight": "100%", "duration": "30m"},
        ],
        "looks": {"every": "150s"},
    })
}

async fn post(service: &Service, path: &str, body: Value) -> (StatusCode, Value) {
    let response = service
        .post(&format!("/api/v1/rollouts{path}"), &body)
        .await;
    (response.status(), response.json().await.unwrap())
}

/// Does what the service recommends until it recommends nothing more: the rollout then, and the simulated time it took.
async fn followed(service: &Service, scenario: &str) -> (Value, SignedDuration) {
    let (status, mut rollout) = post(service, "", plan(scenario)).await;
    assert_eq!(status, StatusCode::CREATED, "{rollout:#}");
    let start: Timestamp = DEPLOYED.parse().unwrap();
    let mut now = start;
    let id = rollout["id"].as_str().unwrap().to_owned();
    while rollout["state"] == "shifting" {
        let stage = rollout["stage"].clone();
        let (status, live) = post(
            service,
            &format!("/{id}/live"),
            json!({"stage": stage, "at": now}),
        )
        .await;
        assert_eq!(status, StatusCode::OK, "{live:#}");
        assert_eq!(live["state"], "watching", "{live:#}");
        loop {
            let response = service
                .get(&format!("/api/v1/rollouts/{id}?wait=30s"))
                .await;
            rollout = response.json().await.unwrap();
            if rollout["action"] != "wait" {
                break;
            }
        }
        let run = rollout["record"].as_array().unwrap().last().unwrap()["run"]
            .as_str()
            .unwrap();
        let looks: Value = service
            .get(&format!("/api/v1/analyses/{run}/looks"))
            .await
            .json()
            .await
            .unwrap();
        let looks = looks["looks"].as_array().unwrap().len();
        now += SignedDuration::from_secs(150) * i32::try_from(looks).unwrap();
    }
    (rollout, now.duration_since(start))
}

#[tokio::test]
async fn a_healthy_release_gets_all_traffic_and_a_worse_one_is_rolled_back() {
    let service = Service::simulated();
    // Where the canary is beyond what its stage allows, it is called off within two looks, five minutes: errors and crashes by a
    // guardrail, 1.6 times the CPU time as soon as 1.5 times is the limit, 1.45 times the latency as soon as 1.2 times is. A leak is
    // there once it is beyond the 25 % that its metric is allowed, 11 minutes after it began; five minutes of growth there is a guardrail.
    for (scenario, state, stage, minutes) in [
        ("healthy", "completed", 5, 75..=75),
        ("error-spike", "failed", 1, 2..=5),
        ("crash-loop", "failed", 1, 2..=5),
        ("cpu-burn", "failed", 2, 7..=10),
        ("latency-regression", "failed", 3, 17..=20),
        ("slow-leak", "failed", 2, 12..=15),
    ] {
        let (rollout, took) = followed(&service, scenario).await;
        let told = (
            rollout["state"].as_str().unwrap(),
            rollout["stage"].as_u64().unwrap(),
        );
        assert_eq!(told, (state, stage), "{scenario}: {rollout:#}");
        assert!(minutes.contains(&took.as_mins()), "{scenario}: {took:#}");
        let (action, weight) = match state {
            "completed" => ("promote", 1.0),
            _ => ("rollback", 0.0),
        };
        assert_eq!(
            (&rollout["action"], &rollout["weight"]),
            (&json!(action), &json!(weight)),
            "{rollout:#}"
        );
        if scenario == "healthy" {
            let scorecard = format!(
                "/api/v1/analyses/{}/scorecard",
                rollout["analysis"].as_str().unwrap()
            );
            let scorecard: Value = service.get(&scorecard).await.json().await.unwrap();
            let design = &scorecard["evidence"][1]["comparison"]["design"];
            assert_eq!(
                design, "before-after",
                "no baseline is left beside all traffic"
            );
        }
    }
}

#[tokio::test]
async fn a_person_approves_holds_goes_on_and_goes_back() {
    let service = Service::simulated();
    let mut plan = plan("healthy");
    plan["stages"] = json!([
        {"weight": "25%", "duration": "15m", "approval": "manual"},
        {"weight": "50%", "duration": "15m"},
    ]);
    let (_, rollout) = post(&service, "", plan).await;
    let id = rollout["id"].as_str().unwrap().to_owned();
    assert_eq!(
        rollout["reason"],
        "the rollout begins; give the canary 25 % of the traffic and report stage 1 live"
    );
    let live = async |stage: u32| {
        post(
            &service,
            &format!("/{id}/live"),
            json!({"stage": stage, "at": DEPLOYED}),
        )
        .await
    };
    let decide = async |action: &str| {
        let decision = json!({"action": action, "by": "kim", "reason": "because"});
        post(&service, &format!("/{id}/decisions"), decision).await
    };
    let (status, problem) = live(2).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("out-of-turn"))
    );
    assert_eq!(
        decide("promote").await.0,
        StatusCode::CONFLICT,
        "nothing is live"
    );
    let (_, first) = live(1).await;
    let (_, again) = live(1).await;
    assert_eq!(
        first["analysis"], again["analysis"],
        "a report that is repeated starts nothing"
    );
    let path = format!("/api/v1/rollouts/{id}?wait=30s");
    let passed: Value = service.get(&path).await.json().await.unwrap();
    assert_eq!(
        (&passed["state"], &passed["action"]),
        (&json!("held"), &json!("hold")),
        "{passed:#}"
    );
    assert_eq!(
        passed["reason"],
        "stage 1 of 2: it passed, and a person has to approve"
    );

    let (_, held) = decide("hold").await;
    assert_eq!(held["reason"], "kim decided to stay: because");
    let (_, on) = decide("promote").await;
    assert_eq!(
        (&on["state"], &on["stage"], &on["weight"]),
        (&json!("shifting"), &json!(2), &json!(0.5)),
        "{on:#}"
    );
    let (status, _) = live(2).await;
    assert_eq!(status, StatusCode::OK);
    let (_, back) = decide("rollback").await;
    assert_eq!(
        (&back["state"], &back["weight"]),
        (&json!("rolled-back"), &json!(0.0)),
        "{back:#}"
    );
    assert_eq!(back["record"].as_array().unwrap().len(), 5, "{back:#}");
    assert_eq!(
        decide("promote").await.0,
        StatusCode::CONFLICT,
        "it has ended"
    );
    let all: Value = service
        .get("/api/v1/rollouts?application=shop")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(all["rollouts"], json!([back]));
    let none: Value = service
        .get("/api/v1/rollouts?application=other")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(none["rollouts"], json!([]));
}

#[tokio::test]
async fn plans_that_cannot_be_are_refused_whole() {
    let service = Service::simulated();
    let refused = async |stages: Value| {
        let mut plan = plan("healthy");
        plan["stages"] = stages;
        let (status, problem) = post(&service, "", plan).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem:#}");
        let pointers = problem["errors"].as_array().unwrap().iter();
        pointers
            .map(|error| error["pointer"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(refused(json!([])).await, ["/stages"]);
    let stages = json!([{"weight": "5%", "duration": "5m"}, {"weight": "5%", "duration": "5m", "within": 0.5}]);
    assert_eq!(
        refused(stages).await,
        ["/stages/1/weight", "/stages/1/within"]
    );
    assert_eq!(
        refused(json!([{"weight": "0%", "duration": "0s"}])).await,
        ["/stages/0/weight", "/stages/0/duration"]
    );
    // Too short for its looks, found before anything is live.
    assert_eq!(
        refused(json!([{"weight": "5%", "duration": "5m"}, {"weight": "9%", "duration": "1m"}]))
            .await,
        ["/looks/every"]
    );
}

#[tokio::test]
async fn a_rollout_has_a_key() {
    let service = Service::simulated();
    let url = format!("{}/api/v1/rollouts", service.url);
    let post = async |body: &Value| {
        let request = reqwest::Client::new()
            .post(&url)
            .header("idempotency-key", "release 7");
        let response = request.json(body).send().await.unwrap();
        (response.status(), response.json::<Value>().await.unwrap())
    };
    let plan = plan("healthy");
    let (_, first) = post(&plan).await;
    let (_, again) = post(&plan).await;
    assert_eq!(first["id"], again["id"]);
    let mut other = plan.clone();
    other["labels"] = json!({"commit": "1"});
    assert_eq!(post(&other).await.0, StatusCode::CONFLICT);
}
