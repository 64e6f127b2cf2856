//! Rollouts when something goes wrong around them: lost answers, two at once, late words, forgotten runs, no room.

mod killed;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    access::{answer, request, settings},
    support::{Service, simulated_request},
};

const DEPLOYED: &str = "2026-01-14T09:00:00Z";

/// A plan of two stages of five minutes, the first approved by a person, for a release that was deployed then.
fn plan(scenario: &str, deployed: &str) -> Value {
    let config: Value =
        serde_saphyr::from_str(include_str!("../../../src/cli/demo/staged.yaml")).unwrap();
    let scope = |role: &str| json!({"scope": role, "params": {"scenario": scenario, "seed": "3", "deployed": deployed}});
    json!({
        "application": "shop",
        "config": {"inline": config},
        "baseline": scope("baseline"),
        "canary": scope("canary"),
        "stages": [
            {"weight": "25%", "duration": "15m", "approval": "manual"},
            {"weight": "50%", "duration": "15m"},
            {"weight": "75%", "duration": "15m"},
        ],
    })
}

/// A rollout of a service.
struct Rollout<'a> {
    service: &'a Service,
    path: String,
    id: String,
}

impl<'a> Rollout<'a> {
    async fn planned(service: &'a Service, plan: &Value) -> Self {
        let response = service.post("/api/v1/rollouts", plan).await;
        let status = response.status();
        let told: Value = response.json().await.unwrap();
        assert_eq!(status, StatusCode::CREATED, "{told:#}");
        let id = told["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/rollouts/{id}");
        Self { service, path, id }
    }

    async fn post(&self, what: &str, body: Value) -> (StatusCode, Value) {
        let response = self
            .service
            .post(&format!("{}/{what}", self.path), &body)
            .await;
        (response.status(), response.json().await.unwrap())
    }

    async fn live(&self, body: Value) -> Value {
        let (status, told) = self.post("live", body).await;
        assert_eq!(status, StatusCode::OK, "{told:#}");
        told
    }

    async fn decide(&self, action: &str, stage: Option<u32>, by: &str) -> (StatusCode, Value) {
        let decision = json!({"action": action, "stage": stage, "by": by, "reason": "because"});
        self.post("decisions", decision).await
    }

    /// Where it stands once the stage that is watched has been judged.
    async fn told(&self) -> Value {
        loop {
            let answer = self.service.get(&format!("{}?wait=30s", self.path)).await;
            let told: Value = answer.json().await.unwrap();
            if told["action"] != "wait" {
                return told;
            }
        }
    }
}

fn events(told: &Value) -> Vec<&str> {
    let record = told["record"].as_array().unwrap().iter();
    record
        .map(|entry| entry["event"].as_str().unwrap())
        .collect()
}

fn stands(told: &Value) -> (&str, u64) {
    (
        told["state"].as_str().unwrap(),
        told["stage"].as_u64().unwrap(),
    )
}

#[tokio::test]
async fn a_promotion_whose_answer_was_lost_skips_no_stage() {
    let service = Service::simulated();
    let rollout = Rollout::planned(&service, &plan("healthy", DEPLOYED)).await;
    let (status, problem) = rollout.decide("promote", Some(1), "kim").await;
    assert_eq!(status, StatusCode::CONFLICT, "to stage 1 it goes anyway");
    assert_eq!(problem["code"], "out-of-turn");
    rollout.live(json!({"stage": 1, "at": DEPLOYED})).await;
    assert_eq!(stands(&rollout.told().await), ("held", 1));

    let (status, problem) = rollout.decide("promote", None, "kim").await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("/stage"))
    );
    let (status, _) = rollout.decide("promote", Some(2), "kim").await;
    assert_eq!(status, StatusCode::CONFLICT, "it stands at stage 1");
    let (_, promoted) = rollout.decide("promote", Some(1), "kim").await;
    assert_eq!(stands(&promoted), ("shifting", 2), "{promoted:#}");
    // Somebody stays; what is sent again from before that does not overrule it.
    rollout.decide("hold", None, "ann").await;
    let (status, late) = rollout.decide("promote", Some(1), "kim").await;
    assert_eq!(status, StatusCode::CONFLICT, "{late:#}");
    let (_, on) = rollout.decide("promote", Some(1), "ann").await;
    assert_eq!(stands(&on), ("shifting", 2), "{on:#}");
    // The second stage is watched for as long as this test runs.
    let watched = rollout.live(json!({"stage": 2})).await;
    assert_eq!(stands(&watched), ("watching", 2), "{watched:#}");

    let (status, again) = rollout.decide("promote", Some(1), "ann").await;
    assert_eq!((status, stands(&again)), (StatusCode::OK, ("watching", 2)));
    assert_eq!(again["record"], watched["record"], "it was one decision");
    let (status, late) = rollout.decide("promote", Some(1), "ben").await;
    assert_eq!(status, StatusCode::CONFLICT, "{late:#}");
    let run = watched["analysis"].as_str().unwrap();
    let run: Value = service
        .get(&format!("/api/v1/analyses/{run}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(run["verdict"], "pending", "stage 2 is still judged");
    // The first report of a stage that is passed comes once more: it changes nothing.
    let late = rollout.live(json!({"stage": 1})).await;
    assert_eq!(late["record"], watched["record"]);
}

#[tokio::test]
async fn a_stage_at_which_nothing_is_looked_at_does_not_go_on() {
    let service = Service::simulated();
    let mut plan = plan("healthy", DEPLOYED);
    for metric in plan["config"]["inline"]["metrics"].as_array_mut().unwrap() {
        metric["muted"] = json!(true);
    }
    plan["stages"][0]["approval"] = json!("automatic");
    plan["stages"][0]["undecided"] = json!("proceed");
    let rollout = Rollout::planned(&service, &plan).await;
    rollout.live(json!({"stage": 1, "at": DEPLOYED})).await;
    let told = rollout.told().await;
    assert_eq!(
        (&told["state"], &told["stage"], &told["action"]),
        (&json!("held"), &json!(1), &json!("hold")),
        "{told:#}"
    );
}

#[tokio::test]
async fn many_reports_at_once_are_one() {
    let service = Service::simulated();
    let rollout = Rollout::planned(&service, &plan("healthy", DEPLOYED)).await;
    // Each says another time: that at which it was sent.
    let reports = (0..12).map(|_| rollout.live(json!({"stage": 1})));
    let told = join_all(reports).await;
    for one in &told {
        assert_eq!(one["analysis"], told[0]["analysis"]);
    }
    assert_eq!(events(&told[0]), ["live"]);
    let runs: Value = service.get("/api/v1/analyses").await.json().await.unwrap();
    assert_eq!(runs["analyses"].as_array().unwrap().len(), 1, "{runs:#}");
}

#[tokio::test]
async fn a_rollout_held_before_its_first_stage_goes_on() {
    let service = Service::simulated();
    for promoted in [true, false] {
        let rollout = Rollout::planned(&service, &plan("healthy", DEPLOYED)).await;
        let (_, held) = rollout.decide("hold", None, "kim").await;
        assert_eq!(stands(&held), ("held", 0), "{held:#}");
        assert_eq!(held["weight"], 0.0, "no traffic was shifted yet");
        if promoted {
            let (status, on) = rollout.decide("promote", Some(0), "kim").await;
            assert_eq!(
                (status, stands(&on)),
                (StatusCode::OK, ("shifting", 1)),
                "{on:#}"
            );
        }
        let told = rollout.live(json!({"stage": 1, "at": DEPLOYED})).await;
        assert_eq!(stands(&told), ("watching", 1), "{told:#}");
    }
}

#[tokio::test]
async fn a_failure_after_a_hold_rolls_back() {
    let service = Service::simulated();
    // The stage's window ends in some seconds.
    let ends = Timestamp::now() + SignedDuration::from_secs(12);
    let deployed = (ends - SignedDuration::from_mins(15)).to_string();
    let rollout = Rollout::planned(&service, &plan("error-spike", &deployed)).await;
    let watched = rollout.live(json!({"stage": 1, "at": deployed})).await;
    let (_, held) = rollout.decide("hold", None, "kim").await;
    assert_eq!(stands(&held), ("held", 1), "{held:#}");
    let run = watched["analysis"].as_str().unwrap();
    let run = format!("/api/v1/analyses/{run}?wait=60s");
    let ended: Value = service.get(&run).await.json().await.unwrap();
    assert_eq!(ended["verdict"], "fail", "{ended:#}");
    let told = rollout.told().await;
    assert_eq!(
        (stands(&told), &told["action"]),
        (("failed", 1), &json!("rollback")),
        "{told:#}"
    );
    assert_eq!(events(&told), ["live", "decided", "judged"]);
    // A hold that comes once more is the one from before; another one is meant.
    let (_, again) = rollout.decide("hold", None, "kim").await;
    assert_eq!(stands(&again), ("failed", 1));
    let (_, meant) = rollout.decide("hold", None, "ann").await;
    assert_eq!(stands(&meant), ("held", 1), "{meant:#}");
}

#[tokio::test]
async fn what_a_stage_came_to_outlives_its_run() {
    let service = Service::start("{simulator: {enabled: true}, runs: {keep: 2}}");
    let rollout = Rollout::planned(&service, &plan("error-spike", DEPLOYED)).await;
    rollout.live(json!({"stage": 1, "at": DEPLOYED})).await;
    let failed = rollout.told().await;
    assert_eq!(stands(&failed), ("failed", 1), "{failed:#}");
    for _ in 0..4 {
        service.analyse(&simulated_request("healthy")).await;
    }
    let run = failed["analysis"].as_str().unwrap();
    let run = service.get(&format!("/api/v1/analyses/{run}")).await;
    assert_eq!(run.status(), StatusCode::NOT_FOUND, "it is forgotten");
    let told = rollout.told().await;
    assert_eq!(told, failed);
}

#[tokio::test]
async fn only_rollouts_that_are_over_make_room_with_their_keys() {
    let service = Service::start("{simulator: {enabled: true}, runs: {keep: 2}}");
    let keyed = async |key: &str, commit: &str| {
        let mut plan = plan("healthy", DEPLOYED);
        plan["labels"] = json!({"commit": commit});
        let request = Client::new().post(format!("{}/api/v1/rollouts", service.url));
        let answer = request.header("idempotency-key", key).json(&plan).send();
        let answer = answer.await.unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    let (_, first) = keyed("release 1", "a").await;
    let (_, second) = keyed("release 2", "a").await;
    let (status, full) = keyed("release 3", "a").await;
    assert_eq!(
        (status, &full["code"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("busy")),
        "{full:#}"
    );
    let path = |told: &Value| format!("/api/v1/rollouts/{}", told["id"].as_str().unwrap());
    let back = json!({"action": "rollback", "by": "kim", "reason": "it is old"});
    let decision = format!("{}/decisions", path(&second));
    let (status, taken) = keyed("release 2", "b").await;
    assert_eq!(
        (status, &taken["code"]),
        (StatusCode::CONFLICT, &json!("key-taken")),
        "{taken:#}"
    );
    assert_eq!(
        service.post(&decision, &back).await.status(),
        StatusCode::OK
    );
    // The younger one is over, and goes first.
    let (status, third) = keyed("release 3", "a").await;
    assert_eq!(status, StatusCode::CREATED, "{third:#}");
    for (told, status) in [(&first, 200), (&second, 404), (&third, 200)] {
        assert_eq!(service.get(&path(told)).await.status(), status, "{told:#}");
    }
    // Its key is free for something else.
    let decision = format!("{}/decisions", path(&third));
    assert_eq!(
        service.post(&decision, &back).await.status(),
        StatusCode::OK
    );
    let (status, fourth) = keyed("release 2", "b").await;
    assert_eq!(status, StatusCode::CREATED, "{fourth:#}");
    let (_, again) = keyed("release 2", "b").await;
    assert_eq!(again["id"], fourth["id"]);
}

#[tokio::test]
async fn rollouts_are_listed_page_by_page() {
    let service = Service::simulated();
    let mut ids = Vec::new();
    for _ in 0..5 {
        let rollout = Rollout::planned(&service, &plan("healthy", DEPLOYED)).await;
        ids.insert(0, rollout.id.clone());
    }
    let (mut seen, mut before) = (Vec::new(), String::new());
    for expected in [2, 2, 1] {
        let path = format!("/api/v1/rollouts?limit=2&before={before}");
        let page: Value = service.get(&path).await.json().await.unwrap();
        let rollouts = page["rollouts"].as_array().unwrap();
        assert_eq!(rollouts.len(), expected);
        let page_ids = rollouts.iter().map(|told| told["id"].as_str().unwrap());
        seen.extend(page_ids.map(str::to_owned));
        before = page["next"].as_str().unwrap().to_owned();
    }
    assert_eq!((seen, before.as_str()), (ids, ""));
    for (query, status) in [("limit=0", 400), ("limit=201", 400), ("before=x", 404)] {
        let path = format!("/api/v1/rollouts?{query}");
        assert_eq!(service.get(&path).await.status(), status, "{query}");
    }
}

#[tokio::test]
async fn a_record_does_not_grow_without_end() {
    let service = Service::simulated();
    let rollout = Rollout::planned(&service, &plan("healthy", DEPLOYED)).await;
    rollout.live(json!({"stage": 1})).await;
    for number in 1..500 {
        let (status, _) = rollout.decide("hold", None, &format!("kim {number}")).await;
        assert_eq!(status, StatusCode::OK, "{number}");
    }
    let (status, problem) = rollout.decide("hold", None, "ann").await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("out-of-turn")),
        "{problem:#}"
    );
    // What leads on, and what ends it, is still taken.
    let (_, on) = rollout.decide("promote", Some(1), "ann").await;
    assert_eq!(stands(&on), ("shifting", 2), "{}", on["reason"]);
    let (_, back) = rollout.decide("rollback", None, "ann").await;
    assert_eq!(back["state"], "rolled-back");
}

#[tokio::test]
async fn a_key_tells_strangers_nothing_of_its_rollout() {
    let holder = |name| (name, json!({"roles": ["inline"], "applications": [name]}));
    let service = Service::start(&settings(&["shop", "bank"].map(holder)));
    let keyed = async |name: &str| {
        let mut plan = plan("healthy", DEPLOYED);
        plan["application"] = json!(name);
        let request = request(&service, name, Method::POST, "/api/v1/rollouts");
        let request = request.header("idempotency-key", "release 7");
        answer(request.json(&plan)).await
    };
    let (status, mine) = keyed("shop").await;
    assert_eq!(status, StatusCode::CREATED, "{mine}");
    let (status, problem) = keyed("bank").await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    let problem = problem.to_string();
    assert!(problem.contains("a rollout of others"), "{problem}");
    assert!(!problem.contains(mine["id"].as_str().unwrap()), "{problem}");
}
