//! Configs that name a judge elsewhere: Serinus itself as that judge, and one that means harm.

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use reqwest::StatusCode;
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, Respond, ResponseTemplate,
    matchers::{header, method, path},
};

use crate::support::{
    Service, simulated_request,
    stand_in::{self, Recovering},
};

/// A service that knows the judge at this address as `house`.
fn asking(url: &str, more: &str) -> Service {
    Service::start(&format!(
        "simulator: {{enabled: true}}\nruns: {{attempts: 3}}\n\
         remoteJudges: {{house: {{url: \"{url}\", limits: {{timeout: 1s}}{more}}}}}"
    ))
}

/// The ready-made config as another judge can read it, for that judge at `house`.
async fn config(service: &Service, judge: &str) -> Value {
    let config = service.get("/api/v1/configs/simulated").await;
    let mut config: Value = config.json().await.unwrap();
    config["judge"] = json!({"remote": {"account": "house", "judge": judge}});
    config["defaults"]["minimumSamples"] = json!("none");
    config["compare"] = json!({});
    for metric in config["metrics"].as_array_mut().unwrap() {
        for key in [
            "test",
            "limits",
            "guardrails",
            "minimumSamples",
            "minimumWork",
        ] {
            metric.as_object_mut().unwrap().remove(key);
        }
        metric["compare"] = json!({});
        metric["effect"] = json!({"allowed": metric["effect"]["allowed"]});
    }
    config["defaults"]
        .as_object_mut()
        .unwrap()
        .remove("minimumWork");
    config
}

#[tokio::test]
async fn serinus_is_a_judge_elsewhere() {
    let elsewhere = Service::start("{}");
    let service = asking(&elsewhere.url, "");
    for scenario in ["healthy", "latency-regression"] {
        for judge in ["netflix-aca", "serinus"] {
            let mut config = config(&service, judge).await;
            let mut request = simulated_request(scenario);
            request["config"] = json!({"inline": config});
            let summary = service.analyse(&request).await;
            let remote = service.scorecard(&summary).await;
            assert_eq!(remote["judge"], "remote");
            // The same at home.
            config["judge"] = json!({"name": judge});
            if judge == "serinus" {
                config["defaults"]["minimumSamples"] = json!(10);
            }
            request["config"] = json!({"inline": config});
            let summary = service.analyse(&request).await;
            let local = service.scorecard(&summary).await;
            let labels = |scorecard: &Value| -> Vec<(String, Value)> {
                let metrics = scorecard["metrics"].as_array().unwrap().iter();
                let label =
                    |metric: &Value| (metric["name"].to_string(), metric["outcome"].clone());
                metrics.map(label).collect()
            };
            if judge == "netflix-aca" {
                assert_eq!(labels(&remote), labels(&local), "{scenario}");
                assert_eq!(remote["score"], local["score"], "{scenario}");
                assert_eq!(remote["verdict"], local["verdict"], "{scenario}");
                assert_eq!(remote["metrics"][1]["ratio"], local["metrics"][1]["ratio"]);
            }
            let expected = if scenario == "healthy" {
                "pass"
            } else {
                "fail"
            };
            assert_eq!(remote["verdict"], expected, "{judge}: {}", remote["reason"]);
        }
    }
}

/// The request of a run of one metric whose judge is elsewhere.
fn one_metric() -> Value {
    let mut request = stand_in::request("serinus");
    let config = &mut request["config"]["inline"];
    config["judge"] = json!({"remote": {"account": "house"}});
    config["metrics"][0]["direction"] = json!("increase");
    request
}

/// What a good judge answers about that metric.
fn answer() -> Value {
    json!({
        "judgeName": "house",
        "results": [{
            "name": "up", "id": "up", "tags": {}, "groups": ["g"], "classification": "Pass", "classificationReason": "",
            "experimentMetadata": {"stats": {"min": 1, "max": 2, "mean": 1.5, "std": 0.1, "count": 60}},
            "controlMetadata": {"stats": {"min": 1, "max": 2, "mean": 1.5, "std": 0.1, "count": 60}},
            "resultMetadata": {"ratio": 1.01}, "critical": false, "muted": false,
        }],
        "groupScores": [{"name": "g", "score": 100.0, "classification": "", "classificationReason": ""}],
        "score": {"score": 100.0, "classification": "Pass", "classificationReason": ""},
    })
}

/// A judge that answers so, and a service that asks it about a store whose answers are good.
async fn with_judge(judge: impl Respond + 'static) -> (MockServer, MockServer, Service) {
    let store = stand_in::store(stand_in::canary()).await;
    let house = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/base/judge"))
        .and(header("content-type", "application/json"))
        .and(header("authorization", "Bearer planted-token"))
        .respond_with(judge)
        .mount(&house)
        .await;
    let service = Service::start_with(
        &format!(
            "accounts: {{prometheus: {{type: prometheus, url: \"{}\", limits: {{settlingDelay: 1s}}}}}}\n\
             runs: {{attempts: 2}}\n\
             remoteJudges: {{house: {{url: \"{}/base\", auth: {{type: bearer, token: {{env: HOUSE}}}}, limits: {{timeout: 500ms, maxResponseBytes: 20000}}}}}}",
            store.uri(),
            house.uri()
        ),
        &[("HOUSE", "planted-token")],
    );
    (store, house, service)
}

#[tokio::test]
async fn a_judge_elsewhere_is_asked_as_kayenta_asks() {
    let strict = |request: &Request| {
        let asked: Value = request.body_json().unwrap();
        let config = &asked["canaryConfig"];
        assert_eq!(
            config["judge"],
            json!({"name": "RemoteJudge-v1.0", "judgeConfigurations": {}})
        );
        assert_eq!(config["applications"], json!(["shop"]));
        assert_eq!(
            config["classifier"],
            json!({"groupWeights": {"g": 100.0}, "scoreThresholds": {"pass": 90.0, "marginal": 75.0}})
        );
        let metric = &config["metrics"][0];
        assert_eq!(metric["name"], "up");
        assert_eq!(metric["groups"], json!(["g"]));
        assert_eq!(metric["scopeName"], "default");
        assert_eq!(metric["query"]["type"], "prometheus");
        let canary = &metric["analysisConfigurations"]["canary"];
        assert_eq!(canary["direction"], "increase");
        assert_eq!(canary["outliers"], json!({"strategy": "keep"}));
        assert_eq!(
            canary["effectSize"],
            json!({"measure": "meanRatio", "allowedIncrease": 1.0, "allowedDecrease": 1.0,
                   "criticalIncrease": 1.0, "criticalDecrease": 1.0})
        );
        assert_eq!(
            asked["scoreThresholds"],
            json!({"pass": 90.0, "marginal": 75.0})
        );
        let pair = &asked["metricSetPairList"][0];
        assert_eq!(pair["name"], "up");
        assert_eq!(pair["values"]["control"].as_array().unwrap().len(), 60);
        assert_eq!(pair["values"]["experiment"].as_array().unwrap().len(), 60);
        assert_eq!(pair["scopes"]["control"], pair["scopes"]["experiment"]);
        assert_eq!(
            pair["scopes"]["control"]["startTimeIso"],
            "2026-01-14T09:01:00Z"
        );
        assert_eq!(pair["scopes"]["control"]["stepMillis"], 60_000);
        assert_eq!(pair["attributes"]["experiment"]["query"], "up{job=\"new\"}");
        ResponseTemplate::new(200).set_body_json(answer())
    };
    let (_store, house, service) = with_judge(strict).await;
    let summary = service.analyse(&one_metric()).await;
    assert_eq!(summary["verdict"], "pass", "{summary:#}");
    let scorecard = service.scorecard(&summary).await;
    assert_eq!(scorecard["metrics"][0]["ratio"], 1.01);
    assert_eq!(
        scorecard["metrics"][0]["netflixAca"]["classification"],
        "Pass"
    );
    // Once for the run, once for judging it again.
    assert_eq!(house.received_requests().await.unwrap().len(), 2);
    assert!(!service.stop().contains("planted-token"));
}

#[tokio::test]
async fn a_judge_that_is_away_for_a_moment_is_asked_again() {
    let away = Recovering::after(1, ResponseTemplate::new(503));
    let (_store, _house, service) = with_judge(move |request: &Request| {
        let answered = away.respond(request);
        match away.is_well() {
            true => ResponseTemplate::new(200).set_body_json(answer()),
            false => answered,
        }
    })
    .await;
    assert_eq!(service.analyse(&one_metric()).await["verdict"], "pass");
}

/// An answer with something changed in it.
fn changed(pointer: &str, value: Value) -> ResponseTemplate {
    let mut answer = answer();
    *answer.pointer_mut(pointer).unwrap() = value;
    ResponseTemplate::new(200).set_body_json(answer)
}

#[tokio::test]
async fn nothing_passes_by_what_a_judge_elsewhere_garbles() {
    let result = answer()["results"][0].clone();
    let other = {
        let mut other = result.clone();
        other["name"] = json!("down");
        other
    };
    for (response, expected) in [
        (
            changed("/results", json!([])),
            "says nothing of the metric \"up\"",
        ),
        (
            changed("/results/0/name", json!("Up")),
            "says nothing of the metric \"up\"",
        ),
        (
            changed("/results", json!([result, other])),
            "\"down\", which was not asked about",
        ),
        (changed("/results", json!([result, result])), "or twice"),
        (
            changed("/results/0/classification", json!("Fine")),
            "unknown variant `Fine`",
        ),
        (
            changed("/results/0/classification", Value::Null),
            "its answer is none",
        ),
        (changed("/score/score", json!("NaN")), "its score is NaN"),
        (
            changed("/score/score", json!("Infinity")),
            "its score is inf",
        ),
        (
            changed("/score/score", json!(100.01)),
            "not between 0 and 100",
        ),
        (changed("/score/score", json!(-1)), "not between 0 and 100"),
        (changed("/score/score", json!("much")), "its answer is none"),
        (changed("/score/score", Value::Null), "its score is NaN"),
        (
            changed("/score/score", json!(50)),
            "calls a score of 50 Pass",
        ),
        (
            changed("/score/classification", json!("Fail")),
            "calls a score of 100 Fail",
        ),
        (
            changed("/score/classification", json!("Nodata")),
            "calls a score of 100 Nodata",
        ),
        (
            changed("/score/classification", json!("")),
            "unknown variant ``",
        ),
        (changed("/score", Value::Null), "its answer is none"),
        (
            changed("/results/0/classificationReason", json!("x".repeat(30_000))),
            "more bytes",
        ),
        (
            ResponseTemplate::new(200).set_body_string("Pass"),
            "its answer is none",
        ),
        (ResponseTemplate::new(204), "its answer is none"),
        (
            ResponseTemplate::new(302).insert_header("location", "http://elsewhere.example/"),
            "redirect",
        ),
        (ResponseTemplate::new(401).set_body_string("who?"), "401"),
        (
            ResponseTemplate::new(500).set_body_string("the token planted-token is bad"),
            "500",
        ),
        (
            ResponseTemplate::new(200)
                .set_body_json(answer())
                .set_delay(std::time::Duration::from_secs(2)),
            "failed",
        ),
    ] {
        let (_store, _house, service) = with_judge(response).await;
        let summary = service.analyse(&one_metric()).await;
        assert_eq!(summary["state"], "failed", "{expected}: {summary:#}");
        assert_eq!(summary["verdict"], "error", "{expected}");
        let reason = summary["reason"].as_str().unwrap();
        assert!(reason.contains(expected), "{expected}: {reason}");
        assert!(reason.contains("remote judge \"house\""), "{reason}");
        assert!(!reason.contains("planted-token"), "{reason}");
    }
}

#[tokio::test]
async fn what_a_judge_elsewhere_lets_pass_meets_the_rules_here() {
    // A guardrail fails the run whatever was said, and too few samples do not pass.
    for (key, value, verdict, outcome) in [
        (
            "guardrails",
            json!([{"levelAbove": 0.5, "for": "1m"}]),
            "fail",
            "high",
        ),
        ("minimumSamples", json!(61), "inconclusive", "inconclusive"),
    ] {
        let good = ResponseTemplate::new(200).set_body_json(answer());
        let (_store, _house, service) = with_judge(good).await;
        let mut request = one_metric();
        request["config"]["inline"]["metrics"][0][key] = value;
        let summary = service.analyse(&request).await;
        assert_eq!(summary["verdict"], verdict, "{key}: {summary:#}");
        let scorecard = service.scorecard(&summary).await;
        assert_eq!(scorecard["metrics"][0]["outcome"], outcome, "{key}");
    }
    // A critical metric that it fails fails the run; one that it does not decide keeps it from passing.
    for (label, critical, verdict) in [("High", true, "fail"), ("Error", false, "inconclusive")] {
        let mut answer = answer();
        answer["results"][0]["classification"] = json!(label);
        answer["results"][0]["critical"] = json!(critical);
        let (_store, _house, service) =
            with_judge(ResponseTemplate::new(200).set_body_json(answer)).await;
        let mut request = one_metric();
        request["config"]["inline"]["metrics"][0]["critical"] = json!(true);
        let summary = service.analyse(&request).await;
        assert_eq!(summary["verdict"], verdict, "{label}: {summary:#}");
    }
}

#[tokio::test]
async fn a_store_that_fails_fails_the_run_before_a_judge_elsewhere_is_asked() {
    let store = stand_in::store(ResponseTemplate::new(400)).await;
    let house = MockServer::start().await;
    let service = Service::start(&format!(
        "accounts: {{prometheus: {{type: prometheus, url: \"{}\"}}}}\nremoteJudges: {{house: {{url: \"{}\"}}}}",
        store.uri(),
        house.uri()
    ));
    assert_eq!(service.analyse(&one_metric()).await["state"], "failed");
    assert!(house.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_does_not_go_with_a_judge_elsewhere_is_told_before_anything_runs() {
    let service = Service::simulated();
    let mistake = async |change: &dyn Fn(&mut Value)| {
        let mut request = one_metric();
        change(&mut request);
        let response = service.post("/api/v1/analyses", &request).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let problem: Value = response.json().await.unwrap();
        problem["errors"].as_array().unwrap().clone()
    };
    let inline = |key: &'static str, value: Value| {
        move |request: &mut Value| request["config"]["inline"]["metrics"][0][key] = value.clone()
    };
    for (change, pointer) in [
        (
            inline("test", json!("mann-whitney")),
            "/config/inline/metrics/0/test",
        ),
        (
            inline("limits", json!({"above": 1})),
            "/config/inline/metrics/0/limits",
        ),
        (
            inline("compare", json!({"design": "canary-only"})),
            "/config/inline/metrics/0/compare/design",
        ),
        (
            inline("compare", json!({"replicas": {"label": "pod"}})),
            "/config/inline/metrics/0/compare/replicas",
        ),
    ] {
        let mistakes = mistake(&change).await;
        assert_eq!(mistakes[0]["pointer"], pointer, "{mistakes:?}");
    }
    let judge = |value: Value| {
        move |request: &mut Value| request["config"]["inline"]["judge"] = value.clone()
    };
    for (value, expected) in [
        (json!({"remote": {}}), "missing field `account`"),
        (
            json!({"remote": {"account": "house", "url": "http://x"}}),
            "unknown field `url`",
        ),
        (
            json!({"remote": {"account": "house"}, "name": "serinus"}),
            "unknown field `name`",
        ),
        (json!({"name": "remote"}), "unknown variant `remote`"),
        (json!([]), "invalid type"),
    ] {
        let mistakes = mistake(&judge(value)).await;
        let detail = mistakes[0]["detail"].as_str().unwrap();
        assert!(detail.contains(expected), "{detail}");
        assert_eq!(mistakes[0]["pointer"], "/config/inline/judge");
    }
    // Known accounts, an unknown judge.
    let mut request = simulated_request("healthy");
    let mut config = config(&service, "serinus").await;
    request["config"] = json!({"inline": config});
    let response = service.post("/api/v1/analyses", &request).await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = response.json().await.unwrap();
    assert_eq!(
        problem["errors"][0]["pointer"],
        "/config/inline/judge/remote/account"
    );
    let service = asking("http://127.0.0.1:1", "");
    config["name"] = json!("elsewhere");
    request["looks"] = json!({"every": "20m", "rule": "planned"});
    let response = service.post("/api/v1/analyses", &request).await;
    let problem: Value = response.json().await.unwrap();
    assert_eq!(
        problem["errors"][0]["pointer"], "/looks/rule",
        "{problem:#}"
    );
}

#[tokio::test]
async fn only_so_many_judgements_wait() {
    let silent = MockServer::start().await;
    let never = ResponseTemplate::new(200).set_delay(std::time::Duration::from_secs(300));
    let any = Mock::given(wiremock::matchers::any()).respond_with(never);
    any.mount(&silent).await;
    let service = Service::start(&format!(
        "simulator: {{enabled: true}}\n\
         remoteJudges: {{house: {{url: \"{}\", limits: {{timeout: 120s}}}}}}",
        silent.uri()
    ));
    let summary = service.analyse(&simulated_request("healthy")).await;
    let side = json!({"start": "2026-01-14T09:00:00Z", "step": "60s", "values": vec![1.0; 30]});
    let config = &one_metric()["config"];
    let request = json!({
        "config": config,
        "metrics": {"up": {"baseline": side, "canary": side}},
    });
    let ask = || service.post("/api/v1/judgements", &request);
    let mut asked: FuturesUnordered<_> = (0..17).map(|_| ask()).collect();
    // Sixteen wait for the silent judge, so this is the seventeenth.
    let refused = asked.next().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "5");
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "busy", "{problem:#}");

    let id = summary["id"].as_str().unwrap();
    let path = format!("/api/v1/analyses/{id}/rejudge");
    let refused = service.post(&path, &json!({})).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "5");

    let kayenta = json!({
        "canaryConfig": {
            "name": "c", "configVersion": "1", "applications": ["app"],
            "judge": {"name": "NetflixACAJudge-v1.0", "judgeConfigurations": {}},
            "metrics": [{
                "name": "up", "groups": ["g"], "scopeName": "default",
                "query": {"type": "prometheus", "serviceType": "prometheus", "metricName": "m"},
                "analysisConfigurations": {"canary": {"direction": "increase"}},
            }],
            "templates": {},
            "classifier": {"groupWeights": {"g": 100}},
        },
        "scoreThresholds": {"pass": 95.0, "marginal": 75.0},
        "metricSetPairList": [{
            "name": "up", "id": "up", "tags": {},
            "values": {"control": vec![1.0; 30], "experiment": vec![1.0; 30]},
        }],
    });
    let refused = service.post("/judge", &kayenta).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let message: Value = refused.json().await.unwrap();
    let message = message["message"].as_str().unwrap();
    assert!(message.contains("16 judgements"), "{message}");
}
