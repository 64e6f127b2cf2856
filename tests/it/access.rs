//! Who may call: tokens, their roles and limits, over every surface; and the record of what was changed.

use std::{fs, process::Command};

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{SERINUS, Service, simulated_request};

/// The token of a holder of this name.
pub(crate) fn token(name: &str) -> String {
    format!("{name}-0123456789abcdef0123456789abcdef")
}

fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Settings with a token for each of these, and the simulator.
pub(crate) fn settings(tokens: &[(&str, Value)]) -> String {
    let tokens = tokens.iter().map(|(name, more)| {
        let mut entry = json!({"name": name, "sha256": sha256(&token(name))});
        let more = more.as_object().unwrap().clone();
        entry.as_object_mut().unwrap().extend(more);
        entry
    });
    let tokens: Vec<_> = tokens.collect();
    json!({"simulator": {"enabled": true}, "access": {"tokens": tokens}}).to_string()
}

/// A service where each role is the name of somebody who has it.
fn with_roles() -> Service {
    let role = |name| (name, json!({"roles": [name]}));
    Service::start(&settings(
        &["read", "run", "inline", "decide", "configure", "admin"].map(role),
    ))
}

/// A request that this holder makes.
pub(crate) fn request(service: &Service, name: &str, method: Method, path: &str) -> RequestBuilder {
    let request = Client::new().request(method, format!("{}{path}", service.url));
    request.bearer_auth(token(name))
}

pub(crate) async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(json!(text)))
}

pub(crate) async fn get(service: &Service, name: &str, path: &str) -> (StatusCode, Value) {
    answer(request(service, name, Method::GET, path)).await
}

pub(crate) async fn post(
    service: &Service,
    name: &str,
    path: &str,
    body: &Value,
) -> (StatusCode, Value) {
    answer(request(service, name, Method::POST, path).json(body)).await
}

/// A request that brings its own config.
fn inline(account: &str) -> Value {
    let config: Value =
        serde_saphyr::from_str(include_str!("../../judge-configs/simulated.yaml")).unwrap();
    let mut request = simulated_request("healthy");
    request["config"] = json!({"inline": config});
    request["config"]["inline"]["defaults"]["account"] = json!(account);
    request
}

fn rollout(config: Value) -> Value {
    let side = |role: &str| json!({"scope": role, "params": {"scenario": "healthy", "deployed": "2026-01-14T09:00:00Z"}});
    json!({
        "application": "shop", "config": config, "baseline": side("baseline"), "canary": side("canary"),
        "stages": [{"weight": "25%", "duration": "30m"}, {"weight": "50%", "duration": "30m"}],
    })
}

#[tokio::test]
async fn without_a_token_only_what_is_the_same_for_all_is_open() {
    let service = with_roles();
    for path in ["/livez", "/readyz", "/docs/", "/openapi.json"] {
        let status = service.get(path).await.status();
        assert_eq!(status, StatusCode::OK, "{path}");
        // A probe with an old token is still a probe.
        let old = Client::new().get(format!("{}{path}", service.url));
        let status = old.bearer_auth("old").send().await.unwrap().status();
        assert_eq!(status, StatusCode::OK, "{path}");
    }
    for path in [
        "/metrics",
        "/ui",
        "/ui/nothing",
        "/api/v1/analyses",
        "/api/v1/%61nalyses",
        "/%61pi/v1/analyses",
        "/api/v1/configs/web-service",
        "/api/v1/nothing",
        "/nothing",
    ] {
        let response = service.get(path).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
        let schemes = response.headers().get_all("www-authenticate").iter();
        let schemes: Vec<_> = schemes
            .map(|scheme| scheme.to_str().unwrap().to_owned())
            .collect();
        assert!(schemes[0].starts_with("Bearer "), "{schemes:?}");
        assert!(schemes[1].starts_with("Basic "), "{schemes:?}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["code"], "unauthenticated", "{path}");
    }
    // A browser is asked on the pages, too.
    let page = Client::new().get(format!("{}/ui", service.url));
    let page = page.header("accept", "text/html").send().await.unwrap();
    assert_eq!(page.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(page.headers().get_all("www-authenticate").iter().count(), 2);
    assert!(page.text().await.unwrap().contains("<html"));
}

#[tokio::test]
async fn a_role_opens_what_it_is_for_and_nothing_else() {
    let service = with_roles();
    let all = ["read", "run", "inline", "decide", "configure", "admin"];
    let simulated = simulated_request("healthy");
    let named = json!({"name": "simulated"});
    let cases: [(Method, &str, Value, &[&str]); 12] = [
        (Method::GET, "/metrics", json!(null), &all),
        (Method::GET, "/api/v1/analyses", json!(null), &all),
        (Method::GET, "/ui/configs", json!(null), &all),
        (Method::GET, "/api/v1/nothing", json!(null), &all),
        (
            Method::POST,
            "/api/v1/analyses",
            simulated.clone(),
            &["run", "inline", "admin"],
        ),
        (
            Method::PUT,
            "/api/v1/analyses/by-key/k",
            simulated,
            &["run", "inline", "admin"],
        ),
        (
            Method::POST,
            "/api/v1/analyses",
            inline("simulator"),
            &["inline", "admin"],
        ),
        (
            Method::POST,
            "/api/v1/rollouts",
            rollout(named),
            &["run", "inline", "admin"],
        ),
        (
            Method::POST,
            "/api/v1/rollouts",
            rollout(inline("simulator")["config"].clone()),
            &["inline", "admin"],
        ),
        (
            Method::POST,
            "/api/v1/accounts/simulator/check",
            json!(null),
            &["configure", "admin"],
        ),
        (Method::GET, "/api/v1/audit", json!(null), &["admin"]),
        // No such route: as good as one that is missing in the table.
        (Method::DELETE, "/api/v1/analyses", json!(null), &["admin"]),
    ];
    for (method, path, body, may) in cases {
        for name in all {
            let request = request(&service, name, method.clone(), path);
            let request = if body.is_null() {
                request
            } else {
                request.json(&body)
            };
            let (status, text) = answer(request).await;
            let refused = status == StatusCode::FORBIDDEN;
            assert_eq!(
                !refused,
                may.contains(&name),
                "{name}: {method} {path}: {status} {text}"
            );
            assert_ne!(status, StatusCode::UNAUTHORIZED, "{name}: {method} {path}");
            if refused {
                assert_eq!(text["code"], "forbidden");
                assert!(
                    text["detail"].as_str().unwrap().contains("role `"),
                    "{text:#}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_rollout_is_run_by_one_and_decided_by_another() {
    let service = with_roles();
    let planned = rollout(inline("simulator")["config"].clone());
    let (status, rollout) = post(&service, "inline", "/api/v1/rollouts", &planned).await;
    assert_eq!(status, StatusCode::CREATED, "{rollout:#}");
    let path = format!("/api/v1/rollouts/{}", rollout["id"].as_str().unwrap());
    let live = json!({"stage": 1, "at": "2026-01-14T09:10:00Z"});
    let decision = json!({"action": "rollback", "by": "Kim", "reason": "the shop is closed"});

    let (status, _) = post(&service, "decide", &format!("{path}/live"), &live).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    // The config came with the rollout and was allowed then; reporting a stage live needs no such right.
    let (status, told) = post(&service, "run", &format!("{path}/live"), &live).await;
    assert_eq!(status, StatusCode::OK, "{told:#}");
    let (status, _) = post(&service, "run", &format!("{path}/decisions"), &decision).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, told) = post(&service, "decide", &format!("{path}/decisions"), &decision).await;
    assert_eq!(
        (status, &told["state"]),
        (StatusCode::OK, &json!("rolled-back")),
        "{told:#}"
    );

    let (_, record) = get(&service, "admin", "/api/v1/audit").await;
    let [entry] = record["entries"].as_array().unwrap().as_slice() else {
        panic!("{record:#}");
    };
    let expected = json!({
        "number": 0, "at": entry["at"], "who": "decide", "from": "127.0.0.1", "act": "rollout-decided",
        "rollout": rollout["id"], "application": "shop", "action": "rollback", "by": "Kim",
        "reason": "the shop is closed",
    });
    assert_eq!(*entry, expected);
}

#[tokio::test]
async fn what_belongs_to_another_application_is_not_there() {
    let service = Service::start(&settings(&[
        (
            "shop",
            json!({"roles": ["admin"], "applications": ["shop", "shop-*"]}),
        ),
        (
            "bank",
            json!({"roles": ["admin"], "applications": ["bank"]}),
        ),
        ("metrics", json!({"roles": ["read"], "applications": []})),
    ]));
    let simulated = simulated_request("healthy");
    let path = "/api/v1/analyses/by-key/deploy?wait=60s";
    let (status, run) = answer(request(&service, "shop", Method::PUT, path).json(&simulated)).await;
    assert_eq!(
        (status, &run["verdict"]),
        (StatusCode::OK, &json!("pass")),
        "{run:#}"
    );
    let id = run["id"].as_str().unwrap();
    let (status, mine) = post(
        &service,
        "shop",
        "/api/v1/rollouts",
        &rollout(json!({"name": "simulated"})),
    )
    .await;
    assert_eq!(status, StatusCode::CREATED, "{mine:#}");
    let rollout_id = mine["id"].as_str().unwrap();
    let scorecard = service_scorecard(&service, id).await;
    let metric = scorecard["metrics"][0]["name"].as_str().unwrap();

    let gets = [
        format!("/api/v1/analyses/{id}"),
        "/api/v1/analyses/by-key/deploy".to_owned(),
        format!("/api/v1/analyses/{id}/scorecard"),
        format!("/api/v1/analyses/{id}/looks"),
        format!("/api/v1/analyses/{id}/looks/1/scorecard"),
        format!("/api/v1/analyses/{id}/events"),
        format!("/api/v1/analyses/{id}/deliveries"),
        format!("/api/v1/analyses/{id}/report.html"),
        format!("/api/v1/analyses/{id}/metrics/{metric}.svg"),
        format!("/ui/analyses/{id}"),
        format!("/ui/analyses/{id}/metrics/{metric}"),
        format!("/ui/compare?a={id}"),
        format!("/api/v1/rollouts/{rollout_id}"),
    ];
    for path in &gets {
        assert_eq!(
            get(&service, "shop", path).await.0,
            StatusCode::OK,
            "{path}"
        );
        for other in ["bank", "metrics"] {
            let (status, text) = get(&service, other, path).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{other} {path}");
            assert!(!text.to_string().contains("shop"), "{other} {path}: {text}");
        }
    }
    let posts = [
        (format!("/api/v1/analyses/{id}/cancel"), json!({})),
        (
            "/api/v1/analyses/by-key/deploy/cancel".to_owned(),
            json!({}),
        ),
        (
            format!("/api/v1/rollouts/{rollout_id}/live"),
            json!({"stage": 1}),
        ),
        (
            format!("/api/v1/rollouts/{rollout_id}/decisions"),
            json!({"action": "rollback", "by": "M", "reason": "r"}),
        ),
    ];
    for (path, body) in posts {
        let (status, text) = post(&service, "bank", &path, &body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {text}");
    }
    // What is not there cannot be started either, and another's key is taken without more being said of it.
    let (status, denied) = post(&service, "bank", "/api/v1/analyses", &simulated).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{denied}");
    assert!(
        denied["detail"].as_str().unwrap().contains("\"shop\""),
        "{denied}"
    );
    let mut own = simulated.clone();
    own["application"] = json!("bank");
    let (status, taken) = answer(request(&service, "bank", Method::PUT, path).json(&own)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{taken}");
    assert!(!taken.to_string().contains(id), "{taken}");

    let (status, banks) = post(&service, "bank", "/api/v1/analyses?wait=60s", &own).await;
    assert_eq!(status, StatusCode::OK, "{banks}");
    for (name, application) in [("shop", "shop"), ("bank", "bank")] {
        let (_, list) = get(&service, name, "/api/v1/analyses").await;
        let listed = list["analyses"].as_array().unwrap();
        assert_eq!(listed.len(), 1, "{list:#}");
        assert_eq!(listed[0]["application"], application);
        let (_, page) = get(&service, name, "/ui").await;
        let mentions = |of: &Value| page.to_string().contains(of["id"].as_str().unwrap());
        assert_eq!(
            (mentions(&run), mentions(&banks)),
            (name == "shop", name == "bank")
        );
        let (_, page) = get(&service, name, "/ui/configs/simulated").await;
        let mentions = |of: &Value| page.to_string().contains(of["id"].as_str().unwrap());
        assert_eq!(
            (mentions(&run), mentions(&banks)),
            (name == "shop", name == "bank")
        );
    }
    let (_, list) = get(&service, "bank", "/api/v1/rollouts").await;
    assert_eq!(list, json!({"rollouts": []}));
    let (_, list) = get(&service, "bank", "/api/v1/analyses?application=shop").await;
    assert_eq!(list["analyses"], json!([]));
    let (_, list) = get(&service, "metrics", "/api/v1/analyses").await;
    assert_eq!(list["analyses"], json!([]));
    assert_eq!(get(&service, "metrics", "/metrics").await.0, StatusCode::OK);
}

async fn service_scorecard(service: &Service, id: &str) -> Value {
    let (status, scorecard) =
        get(service, "shop", &format!("/api/v1/analyses/{id}/scorecard")).await;
    assert_eq!(status, StatusCode::OK);
    scorecard
}

#[tokio::test]
async fn no_other_surface_goes_around_it() {
    let service = Service::start(&settings(&[
        (
            "shop",
            json!({"roles": ["inline"], "applications": ["shop"]}),
        ),
        ("run", json!({"roles": ["run"]})),
        (
            "bank",
            json!({"roles": ["inline"], "applications": ["bank"]}),
        ),
    ]));
    let run = simulated_request("healthy");
    let (_, run) = post(&service, "shop", "/api/v1/analyses?wait=60s", &run).await;
    let id = run["id"].as_str().unwrap();
    // Kayenta's words: samples of a run, and a config that comes along.
    let pairs = format!("/metricSetPairList/{id}");
    assert_eq!(get(&service, "shop", &pairs).await.0, StatusCode::OK);
    assert_eq!(get(&service, "bank", &pairs).await.0, StatusCode::NOT_FOUND);
    assert_eq!(
        get(&service, "bank", "/metricSetPairList").await.0,
        StatusCode::FORBIDDEN
    );
    let side = |scope: &str| json!({"scope": scope, "location": "eu", "start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z", "step": 60, "extendedScopeParams": {}});
    let ad_hoc = json!({
        "canaryConfig": {
            "name": "mine", "description": "", "configVersion": "1", "applications": ["shop"],
            "judge": {"name": "NetflixACAJudge-v1.0", "judgeConfigurations": {}},
            "metrics": [{
                "name": "m", "groups": ["g"], "scopeName": "default", "analysisConfigurations": {},
                "query": {"type": "prometheus", "serviceType": "prometheus", "customInlineTemplate": "PromQL:up{app=\"${scope}\"}"},
            }],
            "classifier": {"groupWeights": {"g": 100}}, "templates": {},
        },
        "executionRequest": {
            "scopes": {"default": {"controlScope": side("a"), "experimentScope": side("b")}},
            "thresholds": {"pass": 95, "marginal": 75},
        },
    });
    let account = "metricsAccountName=simulator";
    for (name, application, wanted) in [
        ("run", "shop", "role `inline`"),
        ("shop", "bank", "application \"bank\""),
    ] {
        let path = format!("/canary?application={application}&{account}");
        let (status, denied) = post(&service, name, &path, &ad_hoc).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{denied}");
        assert!(
            denied["message"].as_str().unwrap().contains(wanted),
            "{denied}"
        );
    }
    // Prometheus' and Grafana's.
    let query = "/prometheus/api/v1/query?query=serinus_score%7Bapplication%3D%22shop%22%7D";
    let found = async |name: &str| {
        get(&service, name, query).await.1["data"]["result"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((found("shop").await, found("bank").await), (1, 0));
    let rows = async |name: &str| {
        get(&service, name, "/api/v1/grafana/runs")
            .await
            .1
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((rows("shop").await, rows("bank").await), (1, 0));
    // Flagger's: a run of others is none, and nothing begins for them.
    let hook = json!({
        "name": "shop", "namespace": "prod", "phase": "Progressing", "checksum": "7f6d",
        "metadata": {"config": "simulated", "application": "shop", "duration": "1h"},
    });
    let (status, said) = post(&service, "bank", "/hooks/flagger/pre-rollout", &hook).await;
    assert!(status.is_client_error(), "{status} {said}");
    // A link to share: made by who may, seen by whoever has it.
    let shares = format!("/api/v1/analyses/{id}/shares");
    assert_eq!(
        post(&service, "bank", &shares, &json!({})).await.0,
        StatusCode::NOT_FOUND
    );
    let (_, shared) = post(&service, "shop", &shares, &json!({})).await;
    let page = reqwest::get(shared["url"].as_str().unwrap()).await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_token_for_some_accounts_reads_no_other() {
    let mut settings: Value = serde_json::from_str(&settings(&[
        ("sim", json!({"roles": ["inline"], "accounts": ["sim*"]})),
        (
            "other",
            json!({"roles": ["inline", "configure"], "accounts": ["other"]}),
        ),
    ]))
    .unwrap();
    settings["accounts"] = json!({"other": {"type": "prometheus", "url": "http://127.0.0.1:1"}});
    let service = Service::start(&settings.to_string());
    let (status, run) = post(
        &service,
        "sim",
        "/api/v1/analyses?wait=60s",
        &inline("simulator"),
    )
    .await;
    assert_eq!(
        (status, &run["verdict"]),
        (StatusCode::OK, &json!("pass")),
        "{run:#}"
    );
    // Whether the config says so, one of its metrics, or a side of the request.
    let mut metric = inline("simulator");
    metric["config"]["inline"]["metrics"][0]["account"] = json!("other");
    metric["config"]["inline"]["metrics"][0]["query"] = json!("x{app=\"${scope}\"}");
    let mut side = inline("simulator");
    side["canary"]["account"] = json!("other");
    for request in [inline("other"), metric, side] {
        let (status, denied) = post(&service, "sim", "/api/v1/analyses", &request).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{denied:#}");
        assert!(
            denied["detail"]
                .as_str()
                .unwrap()
                .contains("account \"other\""),
            "{denied:#}"
        );
    }
    let (status, denied) = post(
        &service,
        "other",
        "/api/v1/rollouts",
        &rollout(json!({"name": "simulated"})),
    )
    .await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{denied:#}");
    let (_, accounts) = get(&service, "sim", "/api/v1/accounts").await;
    assert!(accounts.to_string().contains("simulator") && !accounts.to_string().contains("other"));
    let (status, _) = post(
        &service,
        "other",
        "/api/v1/accounts/simulator/check",
        &json!({}),
    )
    .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_token_is_shown_in_the_ways_clients_know() {
    let service = with_roles();
    let url = format!("{}/api/v1/analyses", service.url);
    let with = async |value: &str| {
        let request = Client::new().get(&url).header("authorization", value);
        request.send().await.unwrap().status()
    };
    let read = token("read");
    let basic = |pair: &str| {
        use base64::Engine as _;
        format!(
            "Basic {}",
            base64::engine::general_purpose::STANDARD.encode(pair)
        )
    };
    for good in [
        format!("bearer {read}"),
        basic(&format!("argo:{read}")),
        basic(&format!(":{read}")),
    ] {
        assert_eq!(with(&good).await, StatusCode::OK, "{good}");
    }
    let long = "x".repeat(30_000);
    for bad in [
        "",
        "Bearer",
        "Bearer ",
        &read,
        &format!("Token {read}"),
        &format!("Bearer {}", &read[1..]),
        &format!("Bearer {read}x"),
        &format!("Bearer {}", sha256(&read)),
        &basic(&read),
        &basic(&format!("{read}:x")),
        "Basic ###",
        "Negotiate YII=",
        &format!("Bearer {long}"),
        &basic(&format!("u:{long}")),
    ] {
        let shown: String = bad.chars().take(60).collect();
        assert_eq!(with(bad).await, StatusCode::UNAUTHORIZED, "{shown}");
    }
    let two = Client::new()
        .get(&url)
        .header("authorization", format!("Bearer {read}"));
    let two = two.header("authorization", format!("Bearer {read}"));
    assert_eq!(two.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    // As Argo's provider and people write it: `http://user:password@host/`.
    let host = service.url.strip_prefix("http://").unwrap();
    let address = format!("http://argo:{read}@{host}/api/v1/analyses");
    assert_eq!(
        reqwest::get(address).await.unwrap().status(),
        StatusCode::OK
    );
    let log = service.stop();
    assert!(
        !log.contains("0123456789abcdef"),
        "a token shows in the log"
    );
}

#[tokio::test]
async fn tokens_change_while_the_service_runs() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    fs::write(&file, token("first")).unwrap();
    let service = Service::start(
        &json!({"access": {"tokens": [
            {"name": "kept", "token": {"file": file}, "roles": ["read"]},
            {"name": "next", "sha256": sha256(&token("next")), "roles": ["read"]},
            {"name": "old", "sha256": sha256(&token("old")), "roles": ["read"], "expires": "2026-01-01T00:00:00Z"},
        ]}})
        .to_string(),
    );
    let status = async |name: &str| get(&service, name, "/api/v1/analyses").await.0;
    let until = async |name: &str, wanted: StatusCode| {
        for _ in 0..200 {
            if status(name).await == wanted {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{name} never gets {wanted}");
    };
    assert_eq!(status("first").await, StatusCode::OK);
    assert_eq!(status("next").await, StatusCode::OK);
    assert_eq!(status("old").await, StatusCode::UNAUTHORIZED);
    fs::write(&file, token("second")).unwrap();
    until("second", StatusCode::OK).await;
    assert_eq!(status("first").await, StatusCode::UNAUTHORIZED);
    // Gone, or too short to be one: nobody is let in by it, least of all who shows nothing.
    for broken in [None, Some(""), Some("short")] {
        match broken {
            Some(text) => fs::write(&file, text).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        until("second", StatusCode::UNAUTHORIZED).await;
        let shown = Client::new().get(format!("{}/api/v1/analyses", service.url));
        let shown = shown
            .bearer_auth(broken.unwrap_or_default())
            .send()
            .await
            .unwrap();
        assert_eq!(shown.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(status("next").await, StatusCode::OK);
        fs::write(&file, token("second")).unwrap();
        until("second", StatusCode::OK).await;
    }
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let service = Service::simulated();
    let mut ahead = simulated_request("healthy");
    ahead["window"] = json!({"duration": "1h"});
    let run = service.post("/api/v1/analyses", &ahead).await;
    let run: Value = run.json().await.unwrap();
    let cancel = format!(
        "{}/api/v1/analyses/{}/cancel",
        service.url,
        run["id"].as_str().unwrap()
    );
    let with = async |name: &str, value: &str| {
        let request = Client::new().post(&cancel).header(name, value);
        request.send().await.unwrap().status()
    };
    assert_eq!(
        with("sec-fetch-site", "cross-site").await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        with("sec-fetch-site", "same-site").await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        with("origin", "https://evil.example").await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(with("origin", "null").await, StatusCode::FORBIDDEN);
    let path = format!("/api/v1/analyses/{}", run["id"].as_str().unwrap());
    let still: Value = service.get(&path).await.json().await.unwrap();
    assert_eq!(still["verdict"], "pending");
    assert_eq!(with("origin", &service.url.clone()).await, StatusCode::OK);
}

/// A service with these settings that should not start: its exit code and what it says.
fn refused(arguments: &[&str], settings: &Value) -> (Option<i32>, String) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("serinus.yaml");
    fs::write(&file, settings.to_string()).unwrap();
    let output = Command::new(SERINUS)
        .args(["serve", "--config"])
        .arg(&file)
        .args(arguments)
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn listening_beyond_this_machine_needs_tokens_or_a_word() {
    // An address that no machine has: nothing ever listens, but only the last step fails.
    let there = ["--listen", "192.0.2.1:1"];
    let with = |access: Value| refused(&there, &json!({"state": "memory", "access": access}));
    let (code, said) = with(json!({}));
    assert_eq!(code, Some(2), "{said}");
    for word in ["access.tokens", "127.0.0.1", "access.openToAll"] {
        assert!(said.contains(word), "{said}");
    }
    let tokens = json!([{"name": "a", "roles": ["read"], "sha256": sha256("x")}]);
    let (code, said) = with(json!({"tokens": tokens}));
    assert_eq!(code, Some(5), "{said}");
    assert!(!said.contains("without tokens"), "{said}");
    let (code, said) = with(json!({"openToAll": true}));
    assert_eq!(code, Some(5), "{said}");
    assert!(said.contains("without tokens"), "{said}");
    for address in ["0.0.0.0:0", "[::]:0"] {
        let (code, said) = refused(&["--listen", address], &json!({"state": "memory"}));
        assert_eq!(code, Some(2), "{said}");
    }
    // This machine by another name; the port is taken, so that this one ends, too.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let local = format!("[::ffff:127.0.0.1]:{port}");
    let (code, said) = refused(&["--listen", &local], &json!({"state": "memory"}));
    assert_eq!(code, Some(5), "{said}");
}

#[test]
fn settings_that_would_let_in_nobody_or_anybody_are_refused() {
    let digest = sha256("x");
    let tokens = |tokens: Value| json!({"state": "memory", "access": {"tokens": tokens}});
    for (settings, word) in [
        (
            tokens(json!([{"name": "a", "roles": ["read"]}])),
            "either `sha256` or `token`",
        ),
        (
            tokens(
                json!([{"name": "a", "roles": ["read"], "sha256": digest, "token": {"env": "PATH"}}]),
            ),
            "either `sha256` or `token`",
        ),
        (
            tokens(json!([{"name": "a", "roles": [], "sha256": digest}])),
            "at least one role",
        ),
        (
            tokens(json!([{"name": "a", "roles": ["root"], "sha256": digest}])),
            "root",
        ),
        (
            tokens(json!([{"name": "a", "roles": ["read"], "sha256": "abc"}])),
            "SHA-256",
        ),
        (
            tokens(json!([{"name": "a", "roles": ["read"], "token": "hunter2"}])),
            "the place of a secret",
        ),
        (
            tokens(
                json!([{"name": "a", "roles": ["read"], "sha256": digest, "applications": ["*"]}]),
            ),
            "expected a name",
        ),
        (
            tokens(json!([
                {"name": "a", "roles": ["read"], "sha256": digest},
                {"name": "a", "roles": ["run"], "sha256": digest},
            ])),
            "different names",
        ),
        (
            tokens(
                json!([{"name": "a", "roles": ["read"], "token": {"env": "SERINUS_TEST_NO_SUCH"}}]),
            ),
            "SERINUS_TEST_NO_SUCH",
        ),
        (
            json!({"state": "memory", "access": {"openToAll": true, "tokens": [
                {"name": "a", "roles": ["read"], "sha256": digest},
            ]}}),
            "access.openToAll",
        ),
    ] {
        let (code, said) = refused(&["--listen", "127.0.0.1:0"], &settings);
        assert_eq!(code, Some(2), "{settings}: {said}");
        assert!(said.contains(word), "{settings}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[tokio::test]
async fn changes_are_recorded_and_stay() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("serinus.redb");
    let settings: Value = serde_json::from_str(&settings(&[
        ("ci", json!({"roles": ["run"]})),
        ("admin", json!({"roles": ["admin"]})),
        (
            "shop-admin",
            json!({"roles": ["admin"], "applications": ["shop"]}),
        ),
        (
            "bank-admin",
            json!({"roles": ["admin"], "applications": ["bank"]}),
        ),
    ]))
    .unwrap();
    let settings = format!(
        "state: {{embedded: {{path: '{}'}}}}\nsimulator: {{enabled: true}}\naccess: {}",
        path.display(),
        settings["access"]
    );
    let service = Service::start(&settings);
    let mut ahead = simulated_request("healthy");
    ahead["window"] = json!({"duration": "1h"});
    let put = async |query: &str| {
        let path = format!("/api/v1/analyses/by-key/k{query}");
        let (status, run) = answer(request(&service, "ci", Method::PUT, &path).json(&ahead)).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{run:#}");
        run["id"].clone()
    };
    let first = put("").await;
    let second = put("?attempt=2").await;
    // Neither asking again nor cancelling again changes anything.
    assert_eq!(put("?attempt=2").await, second);
    for id in [&first, &second, &second] {
        let path = format!("/api/v1/analyses/{}/cancel", id.as_str().unwrap());
        assert_eq!(
            post(&service, "ci", &path, &json!({})).await.0,
            StatusCode::OK
        );
    }
    let log = service.stop();
    assert_eq!(log.matches("serinus::audit").count(), 3, "{log}");
    assert!(
        log.contains("analysis-repeated") && log.contains("\"who\":\"ci\""),
        "{log}"
    );

    let service = Service::start(&settings);
    let (_, record) = get(&service, "admin", "/api/v1/audit").await;
    let told: Vec<_> = record["entries"].as_array().unwrap().iter().collect();
    let acts: Vec<_> = told
        .iter()
        .map(|entry| (&entry["act"], &entry["analysis"], &entry["who"]))
        .collect();
    let (cancelled, repeated, ci) = (
        json!("analysis-cancelled"),
        json!("analysis-repeated"),
        json!("ci"),
    );
    assert_eq!(
        acts,
        [
            (&cancelled, &second, &ci),
            (&cancelled, &first, &ci),
            (&repeated, &second, &ci)
        ]
    );
    assert_eq!(told[2]["attempt"], 2);
    // A page at a time, and nobody reads what is not theirs.
    let (_, page) = get(&service, "shop-admin", "/api/v1/audit?limit=2").await;
    assert_eq!(page["entries"], json!([told[0], told[1]]));
    let next = page["next"].as_str().unwrap();
    let (_, page) = get(
        &service,
        "shop-admin",
        &format!("/api/v1/audit?limit=2&before={next}"),
    )
    .await;
    assert_eq!(page, json!({"entries": [told[2]], "next": ""}));
    let (_, page) = get(&service, "bank-admin", "/api/v1/audit").await;
    assert_eq!(page, json!({"entries": [], "next": ""}));
    for bad in ["limit=0", "limit=201", "before=x", "nonsense=1"] {
        let (status, _) = get(&service, "admin", &format!("/api/v1/audit?{bad}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn the_command_line_shows_a_token() {
    let service = with_roles();
    let analyze = |token: Option<String>| {
        let mut command = Command::new(SERINUS);
        command.env_remove("SERINUS_TOKEN");
        if let Some(token) = token {
            command.env("SERINUS_TOKEN", token);
        }
        let arguments = [
            "--application",
            "shop",
            "--config",
            "simulated",
            "--baseline",
            "baseline",
            "--canary",
            "canary",
        ];
        let window = [
            "--start",
            "2026-01-14T09:00:00Z",
            "--end",
            "2026-01-14T10:00:00Z",
        ];
        let scenario = ["--param", "scenario=healthy", "--server", &service.url];
        let command = command
            .arg("analyze")
            .args(arguments)
            .args(window)
            .args(scenario);
        let output = command.output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (code, said) = analyze(Some(token("run")));
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = analyze(None);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("needs a token"), "{said}");
    let (code, said) = analyze(Some(token("read")));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("role `run`"), "{said}");
    let (code, said) = analyze(Some("line\nbreak".to_owned()));
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("the token has") && !said.contains("break"),
        "{said}"
    );
}

#[tokio::test]
async fn whoever_is_refused_hears_so_in_words_that_it_reads() {
    let service = with_roles();
    let (get, post, put) = (Method::GET, Method::POST, Method::PUT);
    for (method, path) in [
        (get.clone(), "/canaryConfig?application=a"),
        (post.clone(), "/canary/x"),
        (get.clone(), "/canary/x"),
        (put, "/pipelines/x/cancel"),
        (get.clone(), "/credentials"),
        (post.clone(), "/judge"),
        (post.clone(), "/standalone_canary_analysis"),
        (post.clone(), "/fetch/prometheus/query"),
        (get.clone(), "/prometheus/api/v1/query?query=vector(1)"),
        (post.clone(), "/hooks/flagger/rollout"),
        (post.clone(), "/hooks/flagger/rollback"),
    ] {
        let url = format!("{}{path}", service.url);
        let known = token("read");
        for (shown, expected) in [
            (None, StatusCode::UNAUTHORIZED),
            (Some("nobody's"), StatusCode::UNAUTHORIZED),
            (Some(known.as_str()), StatusCode::FORBIDDEN),
        ] {
            if expected == StatusCode::FORBIDDEN && method == get {
                continue;
            }
            let mut request = Client::new().request(method.clone(), &url).json(&json!({}));
            if let Some(shown) = shown {
                request = request.bearer_auth(shown);
            }
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), expected, "{method} {path}");
            let asked = response.headers().contains_key("www-authenticate");
            assert_eq!(asked, expected == StatusCode::UNAUTHORIZED, "{path}");
            in_its_words(path, response).await;
        }
    }
    // So does who asks for what is not there, or in a wrong way.
    for (method, path, expected) in [
        (get.clone(), "/canary/x/y/z", StatusCode::NOT_FOUND),
        (post.clone(), "/credentials", StatusCode::METHOD_NOT_ALLOWED),
        (
            get.clone(),
            "/prometheus/api/v1/nothing",
            StatusCode::NOT_FOUND,
        ),
        (
            get,
            "/hooks/flagger/rollout",
            StatusCode::METHOD_NOT_ALLOWED,
        ),
        (post, "/hooks/flagger/no/such/hook", StatusCode::NOT_FOUND),
    ] {
        let response = request(&service, "admin", method, path)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), expected, "{path}");
        let allows = response.headers().contains_key("allow");
        assert_eq!(allows, expected == StatusCode::METHOD_NOT_ALLOWED, "{path}");
        in_its_words(path, response).await;
    }
}

/// Asserts that an error is one that the tool reads that the path is for.
async fn in_its_words(path: &str, response: reqwest::Response) {
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    let text = response.text().await.unwrap();
    assert!(!text.is_empty(), "{path}");
    if path.starts_with("/hooks/flagger/") {
        assert_eq!(kind, "text/plain; charset=utf-8", "{path}: {text}");
        assert!(!text.starts_with('{'), "{path}: {text}");
        return;
    }
    assert_eq!(kind, "application/json", "{path}: {text}");
    let body: Value = serde_json::from_str(&text).unwrap();
    let keys: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
    if path.starts_with("/prometheus/") {
        assert_eq!(keys, ["error", "errorType", "status"], "{path}: {text}");
        assert_eq!(body["status"], "error");
    } else {
        assert_eq!(keys, ["message"], "{path}: {text}");
    }
}

/// Flagger's webhooks have no headers: Go's client shows what stands before the `@` of the address.
#[tokio::test]
async fn flagger_shows_a_token_in_the_address_of_its_hook() {
    let service = with_roles();
    let hook = json!({
        "name": "shop", "namespace": "prod", "phase": "Progressing", "checksum": "7f6d",
        "metadata": {"config": "simulated", "application": "shop", "duration": "1h",
            "baseline": "baseline", "canary": "canary", "param.scenario": "healthy"},
    });
    let (_, host) = service.url.split_once("://").unwrap();
    let call = async |user: &str, path: &str| {
        let url = format!("http://{user}@{host}{path}");
        let response = Client::new().post(url).json(&hook).send().await.unwrap();
        let status = response.status();
        (status, response.text().await.unwrap())
    };
    let flagger = format!("flagger:{}", token("run"));
    let (status, said) = call(&flagger, "/hooks/flagger/pre-rollout").await;
    assert_eq!(status, StatusCode::OK, "{said}");
    let begun: Value = serde_json::from_str(&said).unwrap();
    assert_ne!(begun["analysis"], "");
    // A rollback that nobody may ask for rolls nothing back.
    for user in ["flagger:wrong", "flagger"] {
        for hook in ["rollback", "rollout", "confirm-promotion"] {
            let (status, said) = call(user, &format!("/hooks/flagger/{hook}")).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{hook}: {said}");
            assert!(said.contains("token") && !said.contains("wrong"), "{said}");
        }
    }
}
