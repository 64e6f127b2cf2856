//! How far a caller's requests reach: names of the service, sizes, times, and what a limited token may not touch.

use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    access::{answer, get, post, request, settings, token},
    support::{Service, simulated_request, stand_in},
};

async fn asked_as(service: &Service, path: &str, headers: &[(&str, &str)]) -> (StatusCode, Value) {
    let mut request = Client::new().get(format!("{}{path}", service.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(request).await
}

#[tokio::test]
async fn without_tokens_only_names_of_this_machine_are_answered() {
    let service =
        Service::start("simulator: {enabled: true}\nhttp: {publicUrl: 'https://c.example/x'}");
    let port = service.url.rsplit(':').next().unwrap();
    for host in ["localhost", "127.0.0.1", "[::1]", "c.example"] {
        let host = format!("{host}:{port}");
        let (status, body) = asked_as(&service, "/api/v1/configs", &[("host", &host)]).await;
        assert_eq!(status, StatusCode::OK, "{host}: {body:#}");
    }
    for path in ["/api/v1/configs", "/livez", "/ui"] {
        let evil = ("host", "evil.example");
        let (status, body) = asked_as(&service, path, &[evil]).await;
        assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{path}");
        assert_eq!(body["code"], "misdirected", "{path}: {body:#}");
        // A page can choose these.
        for forwarded in [
            ("x-forwarded-host", "localhost"),
            ("forwarded", "host=localhost"),
        ] {
            let (status, _) = asked_as(&service, path, &[evil, forwarded]).await;
            assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{path}");
        }
    }
    // Where tokens tell who calls, and where that is meant, names play no part.
    let read = settings(&[("reader", json!({"roles": ["read"]}))]);
    for settings in [read.as_str(), "access: {openToAll: true}"] {
        let service = Service::start(settings);
        let (status, _) = asked_as(&service, "/livez", &[("host", "c.example")]).await;
        assert_eq!(status, StatusCode::OK, "{settings}");
    }
}

#[tokio::test]
async fn what_is_for_all_applications_is_not_for_a_limited_token() {
    let service = Service::start(&settings(&[
        ("all", json!({"roles": ["configure"]})),
        (
            "one",
            json!({"roles": ["configure"], "applications": ["shop"]}),
        ),
        (
            "account",
            json!({"roles": ["configure"], "accounts": ["simulator"]}),
        ),
    ]));
    let mut config: Value =
        serde_saphyr::from_str(include_str!("../../judge-configs/simulated.yaml")).unwrap();
    config["name"] = json!("own");
    let kayenta = json!({"name": "k", "applications": ["shop"]});
    let calls = [
        (Method::PUT, "/api/v1/configs/own", &config),
        (Method::DELETE, "/api/v1/configs/own", &json!({})),
        (Method::POST, "/canaryConfig", &kayenta),
        (Method::PUT, "/canaryConfig/x", &kayenta),
        (Method::DELETE, "/canaryConfig/x", &json!({})),
        (Method::POST, "/api/v1/receivers/bot/test", &json!({})),
    ];
    for (method, path, body) in &calls {
        for name in ["one", "account"] {
            let call = request(&service, name, method.clone(), path).json(body);
            let (status, denied) = answer(call).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{name} {path}: {denied:#}");
            // In the words of each surface's callers.
            let told = denied["detail"].as_str().or(denied["message"].as_str());
            assert!(
                told.unwrap().contains("for some applications"),
                "{denied:#}"
            );
        }
        let call = request(&service, "all", method.clone(), path).json(body);
        let (status, body) = answer(call).await;
        assert_ne!(status, StatusCode::FORBIDDEN, "{path}: {body:#}");
    }
    // What is about one account is for a token of that account.
    let check = "/api/v1/accounts/simulator/check";
    let (status, body) = post(&service, "account", check, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{body:#}");
}

#[tokio::test]
async fn what_is_kept_has_a_size() {
    let service = Service::simulated();
    let refused = async |path: &str, request: &Value, pointer: &str, word: &str| {
        let response = service.post(path, request).await;
        let status = response.status();
        let problem: Value = response.json().await.unwrap();
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem:#}");
        let errors = problem["errors"].as_array().unwrap();
        let found = errors.iter().any(|error| {
            error["pointer"] == pointer && error["detail"].as_str().unwrap().contains(word)
        });
        assert!(found, "{pointer}: {problem:#}");
    };
    let many: Value = (0..65).map(|at| (format!("p{at}"), json!("v"))).collect();
    let (long, longer) = ("x".repeat(1_001), "x".repeat(16_001));
    for (key, value, pointer) in [
        ("labels", many.clone(), "/labels"),
        ("labels", json!({"a": long}), "/labels"),
        (
            "baseline",
            json!({"scope": "b", "params": many}),
            "/baseline/params",
        ),
        (
            "canary",
            json!({"scope": "c", "params": {"a": long}}),
            "/canary/params",
        ),
        (
            "canary",
            json!({"scope": "c", "params": {&long: "a"}}),
            "/canary/params",
        ),
        ("canary", json!({"scope": longer}), "/canary"),
        (
            "canary",
            json!({"scope": "c", "location": longer}),
            "/canary",
        ),
        (
            "scopes",
            json!({"more": {"baseline": {"scope": "b"}, "canary": {"scope": "c", "params": many}}}),
            "/scopes/more/canary/params",
        ),
        (
            "scopes",
            json!({&long: {"baseline": {"scope": "b"}, "canary": {"scope": "c"}}}),
            "/scopes",
        ),
    ] {
        let mut request = simulated_request("healthy");
        request[key] = value;
        refused("/api/v1/analyses", &request, pointer, "at most").await;
    }
    // A config of many long queries, within every other limit.
    let mut request = simulated_request("healthy");
    let mut config: Value =
        serde_saphyr::from_str(include_str!("../../judge-configs/simulated.yaml")).unwrap();
    let metric = json!({"name": "m", "groups": ["latency"], "direction": "increase"});
    for at in 0..30 {
        let mut metric = metric.clone();
        metric["name"] = json!(format!("m{at}"));
        metric["query"] = json!(format!(
            "cpu{{role=\"${{scope}}\",x=\"{}\"}}",
            "y".repeat(60_000)
        ));
        config["metrics"].as_array_mut().unwrap().push(metric);
    }
    request["config"] = json!({"inline": config});
    refused("/api/v1/analyses", &request, "", "larger than").await;
    request["stages"] = json!([{"weight": "50%", "duration": "30m"}]);
    request.as_object_mut().unwrap().remove("window");
    refused("/api/v1/rollouts", &request, "", "larger than").await;
}

#[tokio::test]
async fn a_stage_is_not_live_before_it_was_planned() {
    let store = stand_in::store(stand_in::canary()).await;
    let service = Service::on_prometheus(&store.uri());
    let mut plan = stand_in::request("serinus");
    plan.as_object_mut().unwrap().remove("window");
    plan["stages"] = json!([
        {"weight": "25%", "duration": "30m"}, {"weight": "50%", "duration": "30m"},
    ]);
    let response = service.post("/api/v1/rollouts", &plan).await;
    let status = response.status();
    let rollout: Value = response.json().await.unwrap();
    assert_eq!(status, StatusCode::CREATED, "{rollout:#}");
    let path = format!("/api/v1/rollouts/{}/live", rollout["id"].as_str().unwrap());
    let live = async |ago: i64| {
        let at = Timestamp::now() - SignedDuration::from_mins(ago);
        let response = service.post(&path, &json!({"stage": 1, "at": at})).await;
        (response.status(), response.json::<Value>().await.unwrap())
    };
    for ago in [60, 7] {
        let (status, problem) = live(ago).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem:#}");
        assert_eq!(problem["errors"][0]["pointer"], "/at", "{problem:#}");
    }
    let (status, live) = live(1).await;
    assert_eq!(status, StatusCode::OK, "{live:#}");
}

/// A run that goes on for an hour.
async fn going_on(service: &Service, name: &str) -> String {
    let mut request = simulated_request("healthy");
    request["window"] = json!({"duration": "1h"});
    let (status, run) = post(service, name, "/api/v1/analyses", &request).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{run:#}");
    format!("/api/v1/analyses/{}/events", run["id"].as_str().unwrap())
}

#[tokio::test]
async fn one_token_does_not_hold_all_streams() {
    let run = || json!({"roles": ["run"]});
    let mut settings: Value =
        serde_json::from_str(&settings(&[("a", run()), ("b", run())])).unwrap();
    settings["http"] = json!({"streams": 4});
    let service = Service::start(&settings.to_string());
    let path = going_on(&service, "a").await;
    let open = async |name: &str| {
        let call = request(&service, name, Method::GET, &path);
        call.send().await.unwrap()
    };
    let first = open("a").await;
    assert_eq!(first.status(), StatusCode::OK);
    let more = open("a").await;
    assert_eq!(more.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(more.headers()["retry-after"], "5");
    let other = open("b").await;
    assert_eq!(other.status(), StatusCode::OK);
    // One that is closed makes room for the next.
    drop(first);
    let patience = std::time::Duration::from_secs(60);
    let again = async {
        while open("a").await.status() != StatusCode::OK {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    (tokio::time::timeout(patience, again).await).expect("no room was made");
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let expires = Timestamp::now() + SignedDuration::from_secs(20);
    let service = Service::start(&settings(&[
        ("long", json!({"roles": ["run"]})),
        ("short", json!({"roles": ["run"], "expires": expires})),
    ]));
    let path = going_on(&service, "long").await;
    let stream = request(&service, "short", Method::GET, &path);
    let stream = stream.send().await.unwrap();
    assert_eq!(stream.status(), StatusCode::OK);
    let told = tokio::time::timeout(std::time::Duration::from_secs(120), stream.text()).await;
    let told = told.expect("the stream goes on").unwrap();
    assert!(told.starts_with("event: summary\n"), "{told}");
    assert!(Timestamp::now() >= expires);
    let (status, _) = get(&service, "short", &path).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

/// Kayenta's config over the stores of one type, stored.
async fn stored(service: &Service, id: &str) {
    let config = json!({
        "id": id, "name": "same", "configVersion": "1", "applications": [id],
        "judge": {"name": "NetflixACAJudge-v1.0", "judgeConfigurations": {}},
        "metrics": [{
            "name": "up", "groups": ["g"], "scopeName": "default",
            "query": {"type": "prometheus", "serviceType": "prometheus", "metricName": "up",
                "customInlineTemplate": "PromQL:up{job=\"${scope}\"}"},
            "analysisConfigurations": {"canary": {"direction": "increase"}},
        }],
        "templates": {},
        "classifier": {"groupWeights": {"g": 100}},
    });
    let (status, stored) = post(service, "all", "/canaryConfig", &config).await;
    assert_eq!(status, StatusCode::OK, "{stored:#}");
}

/// Two accounts of one type, and a token for the second alone.
fn two_accounts() -> Service {
    let mut settings: Value = serde_json::from_str(&settings(&[
        ("all", json!({"roles": ["admin"]})),
        (
            "second",
            json!({"roles": ["run", "configure"], "accounts": ["prom-b"]}),
        ),
    ]))
    .unwrap();
    let nowhere = json!({"type": "prometheus", "url": "http://127.0.0.1:1"});
    settings["accounts"] = json!({"prom-a": nowhere, "prom-b": nowhere});
    Service::start(&settings.to_string())
}

fn execution() -> Value {
    let scope = |scope: &str| json!({"scope": scope, "location": "eu", "start": "2026-01-14T09:00:00Z", "end": "2026-01-14T09:30:00Z", "step": 60});
    json!({
        "scopes": {"default": {"controlScope": scope("old"), "experimentScope": scope("new")}},
        "thresholds": {"pass": "95", "marginal": "75"},
    })
}

#[tokio::test]
async fn the_default_account_is_one_of_the_callers() {
    let service = two_accounts();
    stored(&service, "shop").await;
    for (name, account) in [("all", "prom-a"), ("second", "prom-b")] {
        let (status, begun) = post(&service, name, "/canary/shop", &execution()).await;
        assert_eq!(status, StatusCode::OK, "{name}: {begun:#}");
        let path = format!("/canary/{}", begun["canaryExecutionId"].as_str().unwrap());
        let (_, run) = get(&service, name, &path).await;
        assert_eq!(run["metricsAccountName"], account, "{name}: {run:#}");
    }
    // Neither what is refused nor what is told names the other one.
    let path = "/canary/shop?metricsAccountName=nobody";
    let (status, refused) = post(&service, "second", path, &execution()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{refused:#}");
    assert!(!refused.to_string().contains("prom-a"), "{refused:#}");
    let (_, names) = get(&service, "second", "/metadata/metricsService").await;
    assert!(!names.to_string().contains("prom-a"), "{names:#}");
}

#[tokio::test]
async fn a_key_stands_for_one_config_and_one_account() {
    let service = two_accounts();
    for id in ["shop", "bank"] {
        stored(&service, id).await;
    }
    let start = async |path: &str| {
        let url = format!("{}{path}", service.url);
        let call = Client::new().post(url).bearer_auth(token("all"));
        answer(call.header("idempotency-key", "k").json(&execution())).await
    };
    let first = start("/canary/shop?metricsAccountName=prom-a").await;
    assert_eq!(first.0, StatusCode::OK, "{:#}", first.1);
    let again = start("/canary/shop?metricsAccountName=prom-a").await;
    assert_eq!(again, first);
    for other in [
        "/canary/bank?metricsAccountName=prom-a",
        "/canary/shop?metricsAccountName=prom-b",
        "/canary/shop?metricsAccountName=prom-a&storageAccountName=s",
        "/canary/shop?metricsAccountName=prom-a&configurationAccountName=c",
    ] {
        let (status, taken) = start(other).await;
        assert_eq!(status, StatusCode::CONFLICT, "{other}: {taken:#}");
    }
}
