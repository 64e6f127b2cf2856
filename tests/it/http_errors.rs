//! Whatever callers send, the answer is a problem that says where the mistake is.

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{Service, simulated_request};

/// The problem in a response, after checking its form.
async fn problem(response: Response, status: StatusCode) -> Value {
    assert_eq!(response.status(), status);
    let content_type = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    let problem: Value = response.json().await.unwrap();
    assert_eq!(content_type, "application/problem+json", "{problem:#}");
    assert_eq!(problem["status"], status.as_u16());
    let code = problem["code"].as_str().unwrap();
    assert_eq!(problem["type"], format!("urn:serinus:problem:{code}"));
    assert!(!problem["detail"].as_str().unwrap().is_empty());
    assert!(problem["errors"].is_array());
    problem
}

/// Sends a request that cannot be carried out: the pointers and details of what is wrong with it.
async fn mistakes(service: &Service, request: &Value) -> Vec<(String, String)> {
    let response = service.post("/api/v1/analyses", request).await;
    let problem = problem(response, StatusCode::UNPROCESSABLE_ENTITY).await;
    let errors = problem["errors"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    errors
        .iter()
        .map(|error| (text(&error["pointer"]), text(&error["detail"])))
        .collect()
}

/// Changes a good request at a pointer.
fn with(pointer: &str, value: Value) -> Value {
    let mut request = simulated_request("healthy");
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    request.pointer_mut(parent).unwrap()[key] = value;
    request
}

#[tokio::test]
async fn what_cannot_be_carried_out_is_refused_before_anything_runs() {
    let service = Service::simulated();
    let inline = |metric: Value| {
        json!({"inline": {
            "apiVersion": "serinus/v1", "name": "inline", "defaults": {"account": "simulator"},
            "metrics": [metric], "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
        }})
    };
    let query = "cpu{scenario=\"${scenario}\",role=\"${scope}\"}";
    let mut same_work = with("/config", json!({"name": "simulated"}));
    let config: Value = service
        .get("/api/v1/configs/simulated")
        .await
        .json()
        .await
        .unwrap();
    same_work["config"] = json!({"inline": config});
    same_work["config"]["inline"]["defaults"]["minimumWork"]["query"] =
        json!("requests{scenario=\"healthy\",role=\"baseline\"}");
    let m = |more: Value| {
        let mut metric = json!({"name": "m", "groups": ["g"], "query": query});
        metric
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        with("/config", inline(metric))
    };
    let table = [
        (
            same_work,
            "/config/inline/metrics/0/minimumWork/query",
            "resolve to the same query",
        ),
        (
            m(json!({"effect": {"allowed": 5}, "direction": "increase"})),
            "/config/inline/metrics/0/effect/allowed",
            "write 5% or 500%",
        ),
        (
            m(json!({"effect": {"allowed": "100%"}, "direction": "decrease"})),
            "/config/inline/metrics/0/effect/allowed",
            "no decrease could ever be flagged",
        ),
        (
            m(json!({"effect": {"allowed": "5%"}, "netflixAca": {}})),
            "/config/inline/metrics/0/effect/allowed",
            "leave one of the two out",
        ),
        (
            m(json!({"minimumSamples": 0})),
            "/config/inline/metrics/0/minimumSamples",
            "1 or more",
        ),
        (
            m(json!({"minimumWork": {"query": "x${scope}", "atLeast": -1}})),
            "/config/inline/metrics/0/minimumWork/atLeast",
            "not negative",
        ),
        (
            with("/labels", json!({"a": "b".repeat(2000)})),
            "/labels",
            "at most",
        ),
        (
            with("/config", json!({"name": "nowhere"})),
            "/config/name",
            "no config is named",
        ),
        (with("/window", json!({})), "/window", "expected one of"),
        (
            with(
                "/window",
                json!({"lookback": "1h", "start": "2026-01-01T00:00:00Z"}),
            ),
            "/window",
            "expected one of",
        ),
        (
            with("/window", json!({"start": "2026-01-01T00:00:00Z"})),
            "/window",
            "expected one of",
        ),
        (
            with("/window", json!({"lookback": "0s"})),
            "/window/lookback",
            "longer than nothing",
        ),
        (
            with("/window", json!({"lookback": "-5m"})),
            "/window/lookback",
            "longer than nothing",
        ),
        (
            with("/window", json!({"lookback": "30s"})),
            "/window",
            "shorter than one step",
        ),
        (
            with("/window", json!({"lookback": "400000h"})),
            "/window",
            "at most 50000",
        ),
        (
            with(
                "/window",
                json!({"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}),
            ),
            "/window",
            "before or when it starts",
        ),
        (
            with(
                "/window",
                json!({"start": "2126-01-01T00:00:00Z", "end": "2126-01-01T01:00:00Z"}),
            ),
            "/window",
            "ahead",
        ),
        (
            with(
                "/window",
                json!({"start": "9999-12-30T00:00:00Z", "end": "9999-12-30T22:00:00Z"}),
            ),
            "/window",
            "between the years 1970 and 2200",
        ),
        (
            with(
                "/window",
                json!({"start": "-009999-01-02T02:00:00Z", "end": "-009999-01-02T03:00:00Z"}),
            ),
            "/window",
            "between the years 1970 and 2200",
        ),
        (
            with("/window", json!({"lookback": "100000000h"})),
            "/window",
            "between the years 1970 and 2200",
        ),
        (
            with("/window/start", json!("yesterday")),
            "/window/start",
            "",
        ),
        (
            with("/window", json!({"lookback": "half an hour"})),
            "/window/lookback",
            "",
        ),
        (
            with("/application", json!("")),
            "/application",
            "1 to 200 characters",
        ),
        (
            with("/application", json!("a\u{7}b")),
            "/application",
            "control characters",
        ),
        (with("/canary", Value::Null), "/canary", "missing"),
        (with("/canary/scope", json!(" ")), "/canary/scope", "empty"),
        (
            with("/canary/params", json!({})),
            "/config/name",
            "`${scenario}` is not defined",
        ),
        (
            with("/canary/params/step", json!("1s")),
            "/canary/params/step",
            "built in",
        ),
        (
            with("/canary/scop", json!("x")),
            "/canary/scop",
            "unknown field `scop`",
        ),
        (
            with("/thresholds", json!({"pass": 50, "marginal": 75})),
            "/thresholds",
            "marginal",
        ),
        (
            with("/thresholds", json!({"pass": "many", "marginal": 75})),
            "/thresholds/pass",
            "expected a number",
        ),
        (with("/step", json!("0s")), "/step", "a step is"),
        (
            with(
                "/config",
                inline(
                    json!({"name": "m", "groups": ["g"], "query": "cpu{scenario=\"healthy\",role=\"canary\"}"}),
                ),
            ),
            "/config/inline/metrics/0/query",
            "resolve to the same query",
        ),
        (
            with(
                "/config",
                inline(json!({"name": "m", "groups": ["g"], "query": query, "account": "other"})),
            ),
            "/config/inline/metrics/0/account",
            "no account is named \"other\"; known: simulator",
        ),
        (
            with(
                "/config",
                inline(json!({"name": "m", "groups": ["g"], "query": query, "scope": "pair"})),
            ),
            "/config/inline/metrics/0/scope",
            "no scope pair",
        ),
        (
            with(
                "/config",
                inline(json!({"name": "m", "groups": ["other"], "query": query})),
            ),
            "/config/inline/groups/g",
            "no metric is in this group",
        ),
        (
            with(
                "/config",
                inline(json!({"name": "m", "groups": ["g"], "query": "cpu{role=\"${scope\"}"})),
            ),
            "/config/inline/metrics/0/query",
            "",
        ),
        (
            with(
                "/config",
                inline(json!({"name": "m", "groups": ["g"], "query": query, "direction": "up"})),
            ),
            "/config/inline/metrics/0/direction",
            "unknown variant `up`",
        ),
        (
            with(
                "/config",
                inline(
                    json!({"name": "m", "groups": ["g"], "query": query, "effect": {"allowed": "-5%"}}),
                ),
            ),
            "/config/inline/metrics/0/effect/allowed",
            "not negative",
        ),
    ];
    for (request, pointer, detail) in table {
        let found = mistakes(&service, &request).await;
        assert!(
            found
                .iter()
                .any(|(at, what)| at == pointer && what.contains(detail)),
            "expected {pointer:?} {detail:?}, found {found:#?}"
        );
    }
    let runs: Value = service.get("/api/v1/analyses").await.json().await.unwrap();
    assert_eq!(runs["analyses"], json!([]), "nothing was started");
}

#[tokio::test]
async fn all_mistakes_are_told_at_once() {
    let service = Service::simulated();
    let mut request = with("/window", json!({}));
    request["canary"]["scope"] = json!("");
    request["thresholds"] = json!({"pass": 101, "marginal": 75});
    let pointers: Vec<_> = mistakes(&service, &request)
        .await
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect();
    for pointer in ["/window", "/canary/scope", "/thresholds"] {
        assert!(
            pointers.iter().any(|found| found == pointer),
            "{pointer} is not among {pointers:?}"
        );
    }
}

#[tokio::test]
async fn bodies_that_are_no_json_are_problems() {
    let service = Service::simulated();
    let path = "/api/v1/analyses";
    let json = "application/json";
    for body in ["", "{", "nonsense", "\u{0}"] {
        let response = service.post_text(path, json, body).await;
        let found = problem(response, StatusCode::BAD_REQUEST).await;
        assert_eq!(found["code"], "not-json", "{body:?}: {found:#}");
    }
    let invalid_utf8 = service
        .post_text(path, json, vec![b'"', 0xff, 0xfe, b'"'])
        .await;
    assert!(invalid_utf8.status().is_client_error());
    let good = simulated_request("healthy").to_string();
    problem(
        service
            .post_text(path, json, format!("{good} trailing"))
            .await,
        StatusCode::BAD_REQUEST,
    )
    .await;
    let deep = "[".repeat(100_000);
    problem(
        service.post_text(path, json, deep).await,
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await;
    let not_declared = service.post_text(path, "text/plain", "{}").await;
    problem(not_declared, StatusCode::UNSUPPORTED_MEDIA_TYPE).await;
    let huge = service
        .post_text(path, json, vec![b' '; 11 * 1024 * 1024])
        .await;
    problem(huge, StatusCode::PAYLOAD_TOO_LARGE).await;
}

#[tokio::test]
async fn unknown_things_and_wrong_methods_are_problems() {
    let service = Service::simulated();
    let unknown_id = "/api/v1/analyses/0199a2b0-0000-7000-8000-000000000000";
    for path in [
        "/",
        "/nowhere",
        "/api/v1/analyses/x",
        unknown_id,
        &format!("{unknown_id}/scorecard"),
        "/api/v1/configs/nowhere",
        "/ui/analyses/x",
    ] {
        let found = problem(service.get(path).await, StatusCode::NOT_FOUND).await;
        assert_eq!(found["code"], "not-found", "{path}");
    }
    problem(
        service
            .post("/api/v1/accounts/nowhere/check", &json!({}))
            .await,
        StatusCode::NOT_FOUND,
    )
    .await;
    problem(
        service
            .post(&format!("{unknown_id}/cancel"), &json!({}))
            .await,
        StatusCode::NOT_FOUND,
    )
    .await;
    let wrong_method = service.post("/livez", &json!({})).await;
    assert_eq!(wrong_method.headers()["allow"], "GET, HEAD");
    problem(wrong_method, StatusCode::METHOD_NOT_ALLOWED).await;
    problem(
        service.get("/api/v1/analyses?limt=3").await,
        StatusCode::BAD_REQUEST,
    )
    .await;
    problem(
        service.get("/api/v1/analyses?before=x").await,
        StatusCode::NOT_FOUND,
    )
    .await;
    problem(
        service.get(&format!("{unknown_id}?wait=soon")).await,
        StatusCode::BAD_REQUEST,
    )
    .await;
}

#[tokio::test]
async fn more_runs_than_allowed_are_refused_until_there_is_room() {
    let service = Service::start("{simulator: {enabled: true}, runs: {inFlight: 1}}");
    let now = jiff::Timestamp::now();
    let window = json!({"start": now, "end": now + jiff::SignedDuration::from_hours(1)});
    let waiting = with("/window", window);
    let first: Value = service
        .post("/api/v1/analyses", &waiting)
        .await
        .json()
        .await
        .unwrap();
    let refused = service.post("/api/v1/analyses", &waiting).await;
    assert_eq!(refused.headers()["retry-after"], "5");
    let found = problem(refused, StatusCode::TOO_MANY_REQUESTS).await;
    assert_eq!(found["code"], "busy");

    let cancel = format!("/api/v1/analyses/{}/cancel", first["id"].as_str().unwrap());
    service.post(&cancel, &json!({})).await;
    // The run's task notices in its own time.
    for _ in 0..100 {
        if service.post("/api/v1/analyses", &waiting).await.status() == StatusCode::ACCEPTED {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("there was no room after two seconds");
}
