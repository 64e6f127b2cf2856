//! What goes wrong, and what must not.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::path};

use super::{Store, config, ended, get, request, send, service, settings, started, stored};
use crate::support::Service;

#[tokio::test]
async fn what_is_not_there_is_told_in_kayentas_words() {
    let (service, _store) = service().await;
    // A run that came through another API is none of Kayenta's.
    let native = json!({
        "application": "shop",
        "config": {"inline": {
            "apiVersion": "serinus/v1", "name": "one", "defaults": {"account": "my-prom"},
            "metrics": [{"name": "up", "groups": ["g"], "query": "up{job=\"${scope}\"}"}],
            "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75}}},
        "baseline": {"scope": "old"}, "canary": {"scope": "new"},
        "window": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"},
    });
    let summary = service.analyse(&native).await;
    let native = summary["id"].as_str().unwrap();
    let long = "x".repeat(5_000);
    for id in [
        "01DS50WVHAWSTAQACJKB1VKDQB",
        native,
        "..%2F..",
        &long,
        "%00",
        "a%22b",
    ] {
        for (method, path) in [
            (Method::GET, format!("/canary/{id}")),
            (Method::PUT, format!("/pipelines/{id}/cancel")),
        ] {
            let (status, problem) = send(&service, method, &path, &json!("")).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
            let fields = problem.as_object().unwrap();
            assert_eq!(
                fields.keys().collect::<Vec<_>>(),
                ["message"],
                "{problem:#}"
            );
            assert!(fields["message"].as_str().unwrap().len() < 500);
        }
        let (status, problem) =
            send(&service, Method::POST, &format!("/canary/{id}"), &request()).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{problem:#}");
    }
}

#[tokio::test]
async fn requests_that_cannot_be_carried_out() {
    let (service, _store) = service().await;
    let id = stored(&service, &config("a", &[(100.0, true)])).await;
    let with = |pointer: &str, value: Value| {
        let mut request = request();
        *request.pointer_mut(pointer).unwrap() = value;
        request
    };
    let pair = "/scopes/default";
    for (request, said) in [
        (
            with("/scopes", json!({})),
            "require scopes which are not provided",
        ),
        (
            with("/scopes", Value::Null),
            "require scopes which are not provided",
        ),
        (
            with(&format!("{pair}/controlScope"), Value::Null),
            "both a control scope",
        ),
        (
            with(&format!("{pair}/controlScope/start"), Value::Null),
            "start and an end",
        ),
        (
            with(&format!("{pair}/controlScope/start"), json!("yesterday")),
            "/scopes/default/controlScope",
        ),
        (with(&format!("{pair}/controlScope/step"), json!(0)), "step"),
        (
            with(&format!("{pair}/controlScope/step"), json!("x")),
            "step",
        ),
        (
            with(&format!("{pair}/controlScope/scope"), json!("")),
            "scope is empty",
        ),
        (with("/thresholds", Value::Null), "thresholds"),
        (with("/thresholds/pass", json!(101)), "between 0 and 100"),
        (with("/thresholds/pass", json!("NaN")), "between 0 and 100"),
        (
            with(
                &format!("{pair}/experimentScope/end"),
                json!("2019-03-29T01:08:34Z"),
            ),
            "window",
        ),
        (json!([]), "invalid type"),
    ] {
        let (status, problem) =
            send(&service, Method::POST, &format!("/canary/{id}"), &request).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{request:#} {problem:#}");
        let message = problem["message"].as_str().unwrap();
        assert!(message.contains(said), "{message}, not {said}");
    }
    // Numbers come as text too.
    let mut texts = request();
    texts["thresholds"] = json!({"pass": "90", "marginal": "75.0"});
    texts["scopes"]["default"]["controlScope"]["step"] = json!("60");
    let run = started(&service, &format!("/canary/{id}"), &texts).await;
    assert_eq!(ended(&service, &run).await["status"], "succeeded");
    // Without thresholds the config's count.
    let mut own = config("own", &[(80.0, true), (20.0, false)]);
    own["classifier"]["scoreThresholds"] = json!({"pass": 80, "marginal": 50});
    let id = stored(&service, &own).await;
    let mut without = request();
    without.as_object_mut().unwrap().remove("thresholds");
    let run = started(&service, &format!("/canary/{id}"), &without).await;
    let run = ended(&service, &run).await;
    assert_eq!(
        run["result"]["judgeResult"]["score"]["classification"], "Pass",
        "{run:#}"
    );
}

#[tokio::test]
async fn hostile_names_are_names() {
    let (service, _store) = service().await;
    let long = "ü".repeat(10_000);
    for name in [
        "quote\"s",
        "sl/ash",
        "<script>alert(1)</script>",
        "\u{202e}right to left",
        long.as_str(),
    ] {
        let mut hostile = config("hostile", &[(100.0, true)]);
        hostile["metrics"][0]["name"] = json!(name);
        hostile["metrics"][0]["groups"] = json!([name]);
        hostile["classifier"]["groupWeights"] = json!({name: 100});
        let body = json!({"canaryConfig": hostile, "executionRequest": request()});
        let id = started(&service, "/canary?application=%C3%A4%20%2F%22", &body).await;
        let run = ended(&service, &id).await;
        assert_eq!(
            (&run["status"], &run["application"]),
            (&json!("succeeded"), &json!("ä /\""))
        );
        assert_eq!(
            run["result"]["judgeResult"]["score"]["score"], 100.0,
            "{name}"
        );
        assert_eq!(run["config"]["metrics"][0]["name"], name);
        assert_eq!(run["result"]["judgeResult"]["results"][0]["name"], name);
        let page = service.get(&format!("/ui/analyses/{id}")).await;
        assert_eq!(page.status(), StatusCode::OK);
        assert!(!page.text().await.unwrap().contains("<script>alert"));
    }
    let (status, problem) = send(
        &service,
        Method::POST,
        &format!("/canary?application={}", "x".repeat(300)),
        &json!({"canaryConfig": config("a", &[(100.0, true)]), "executionRequest": request()}),
    )
    .await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem:#}");
}

#[tokio::test]
async fn a_repeated_request_is_another_run_unless_it_has_a_key() {
    let (service, _store) = service().await;
    let id = stored(&service, &config("a", &[(100.0, true)])).await;
    let path = format!("/canary/{id}?application=guestbook");
    let first = started(&service, &path, &request()).await;
    let second = started(&service, &path, &request()).await;
    assert_ne!(first, second);
    for run in [first, second] {
        assert_eq!(ended(&service, &run).await["status"], "succeeded");
    }
    let keyed = async |request: Value| {
        let url = format!("{}{path}", service.url);
        let response = Client::new()
            .post(url)
            .header("idempotency-key", "stage-1")
            .json(&request)
            .send()
            .await
            .unwrap();
        (response.status(), response.json::<Value>().await.unwrap())
    };
    let once = keyed(request()).await;
    assert_eq!(keyed(request()).await, once);
    let mut other = request();
    other["thresholds"]["pass"] = json!(80);
    let (status, problem) = keyed(other).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["message"].is_string());
}

#[tokio::test]
async fn a_run_is_readable_through_restarts() {
    let store = MockServer::start().await;
    Mock::given(path("/api/v1/query_range"))
        .respond_with(Store)
        .mount(&store)
        .await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("state.redb");
    let at = [("SERINUS__STATE__EMBEDDED__PATH", file.to_str().unwrap())];
    let start = || Service::start_with(&settings(&store.uri()), &at);
    let service = start();
    let id = stored(&service, &config("a", &[(100.0, true)])).await;
    let done = started(&service, &format!("/canary/{id}"), &request()).await;
    let before = ended(&service, &done).await;
    let mut ahead = request();
    let now = jiff::Timestamp::now();
    for side in ["controlScope", "experimentScope"] {
        let scope = &mut ahead["scopes"]["default"][side];
        scope["start"] = json!(now - jiff::SignedDuration::from_mins(30));
        scope["end"] = json!(now + jiff::SignedDuration::from_secs(3));
    }
    let waiting = started(&service, &format!("/canary/{id}"), &ahead).await;
    let (_, run) = get(&service, &format!("/canary/{waiting}")).await;
    assert_eq!(
        (&run["status"], &run["complete"]),
        (&json!("running"), &json!(false))
    );
    service.kill();
    let service = start();
    assert_eq!(get(&service, &format!("/canary/{done}")).await.1, before);
    let run = ended(&service, &waiting).await;
    assert_eq!(run["status"], "succeeded", "{run:#}");
    assert_eq!(run["canaryConfigId"], id.as_str());
}

/// Does not answer for a while.
#[derive(Debug)]
struct Outage {
    until: std::time::Instant,
}

impl Respond for Outage {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        if std::time::Instant::now() < self.until {
            ResponseTemplate::new(503)
        } else {
            Store.respond(request)
        }
    }
}

/// Argo gives up at the fifth error in a row, which is after 40 s at the earliest: a store that is away for a few seconds
/// is nothing a client hears of.
#[tokio::test]
async fn an_outage_of_a_store_is_not_the_clients() {
    let store = MockServer::start().await;
    let until = std::time::Instant::now() + std::time::Duration::from_secs(4);
    Mock::given(path("/api/v1/query_range"))
        .respond_with(Outage { until })
        .mount(&store)
        .await;
    let service = Service::start(&settings(&store.uri()));
    let id = stored(&service, &config("a", &[(100.0, true)])).await;
    let run = started(&service, &format!("/canary/{id}"), &request()).await;
    // Every poll is answered with 200 meanwhile: `ended` asks for that.
    let run = ended(&service, &run).await;
    assert_eq!(run["status"], "succeeded", "{run:#}");
}
