//! Configs that callers store: versions, preconditions, history, and runs under them.

use reqwest::{Client, Method, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{Service, redis::Redis, simulated_request};

const SIMULATED: &str = include_str!("../../judge-configs/simulated.yaml");
const KAYENTA: &str = include_str!("kayenta/configs/prometheus-promql.json");

/// The ready-made config of the simulator under another name.
fn named(name: &str) -> String {
    let text = SIMULATED.replacen("name: simulated", &format!("name: {name}"), 1);
    assert_ne!(text, SIMULATED);
    text
}

async fn send(
    service: &Service,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<reqwest::Body>,
) -> Response {
    let url = format!("{}/api/v1/configs{path}", service.url);
    let mut request = Client::new().request(method, url).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

const YAML: (&str, &str) = ("content-type", "application/yaml");
const JSON: (&str, &str) = ("content-type", "application/json");

async fn put(service: &Service, name: &str, text: String) -> (StatusCode, Value) {
    let response = send(service, Method::PUT, &format!("/{name}"), &[YAML], text).await;
    (response.status(), response.json().await.unwrap())
}

fn etag(response: &Response) -> String {
    let tag = response.headers().get(header::ETAG);
    tag.unwrap().to_str().unwrap().to_owned()
}

async fn get(service: &Service, path: &str) -> (StatusCode, Value) {
    let response = service.get(&format!("/api/v1/configs{path}")).await;
    (response.status(), response.json().await.unwrap())
}

/// What holds in every store.
async fn versions_and_preconditions(service: &Service) {
    let first = named("checkout");
    let second = first.replacen("pass: 90", "pass: 95", 1);
    assert_ne!(first, second);
    let response = send(
        service,
        Method::PUT,
        "/checkout",
        &[YAML, ("if-match", "*")],
        first.clone(),
    )
    .await;
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);

    let only_new = [YAML, ("if-none-match", "*")];
    let response = send(service, Method::PUT, "/checkout", &only_new, first.clone()).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(response.headers()["location"], "/api/v1/configs/checkout");
    let one = etag(&response);
    let stored: Value = response.json().await.unwrap();
    assert_eq!(
        (&stored["origin"], &stored["language"]),
        (&json!("stored"), &json!("native"))
    );
    assert_eq!(one, format!("\"{}\"", stored["digest"].as_str().unwrap()));

    let response = send(service, Method::PUT, "/checkout", &only_new, first.clone()).await;
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["code"], "precondition-failed");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains(one.trim_matches('"'))
    );

    // Of two writers who read the same version, the second is refused.
    let from_one = [YAML, ("if-match", one.as_str())];
    let response = send(service, Method::PUT, "/checkout", &from_one, second.clone()).await;
    assert_eq!(
        response.status(),
        StatusCode::OK,
        "{}",
        response.text().await.unwrap()
    );
    let two = etag(&response);
    assert_ne!(one, two);
    let response = send(service, Method::PUT, "/checkout", &from_one, first.clone()).await;
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);
    // Weak tags never match.
    let weak = format!("W/{two}");
    let response = send(
        service,
        Method::DELETE,
        "/checkout",
        &[("if-match", &weak)],
        "",
    )
    .await;
    assert_eq!(response.status(), StatusCode::PRECONDITION_FAILED);

    // The same again is no version.
    let (status, again) = put(service, "checkout", second).await;
    assert_eq!(
        (status, format!("\"{}\"", again["digest"].as_str().unwrap())),
        (StatusCode::OK, two.clone())
    );
    let (status, history) = get(service, "/checkout/history").await;
    assert_eq!(status, StatusCode::OK);
    let digests: Vec<_> = history["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["digest"].clone())
        .collect();
    assert_eq!(
        digests,
        [json!(two.trim_matches('"')), json!(one.trim_matches('"'))]
    );

    // What was stored first comes back by being stored again.
    let (status, version) = get(
        service,
        &format!("/checkout/history/{}", one.trim_matches('"')),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    let response = send(
        service,
        Method::PUT,
        "/checkout",
        &[JSON],
        version["config"].to_string(),
    )
    .await;
    assert_eq!(
        (response.status(), etag(&response)),
        (StatusCode::OK, one.clone())
    );
    let (status, problem) = get(service, "/checkout/history/0000").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{problem:#}");

    let response = service.get("/api/v1/configs/checkout").await;
    assert_eq!(etag(&response), one);
}

#[tokio::test]
async fn in_memory_and_in_redis_alike() {
    versions_and_preconditions(&Service::simulated()).await;
    let redis = Redis::start();
    let settings = "simulator: {enabled: true}";
    let variables = [("SERINUS__STATE__REDIS__URL", redis.url())];
    let variables = variables
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let service = Service::start_with(settings, &variables);
    versions_and_preconditions(&service).await;
    // Another replica has them too.
    let other = Service::start_with(settings, &variables);
    let (status, _) = get(&other, "/checkout").await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_restart_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("state.redb");
    let at = [("SERINUS__STATE__EMBEDDED__PATH", file.to_str().unwrap())];
    let start = || Service::start_with("simulator: {enabled: true}", &at);
    let service = start();
    let (_, native) = put(&service, "checkout", named("checkout")).await;
    let response = send(
        &service,
        Method::PUT,
        "/kayentas",
        &[JSON],
        KAYENTA.replace("\"checkout\"", "\"kayentas\""),
    )
    .await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let kayenta: Value = response.json().await.unwrap();
    assert_eq!(kayenta["language"], "kayenta");
    assert!(!kayenta["warnings"].as_array().unwrap().is_empty());
    let before = get(&service, "").await;
    service.kill();
    let service = start();
    assert_eq!(get(&service, "").await, before);
    for stored in [native, kayenta] {
        let listed = before.1["configs"].as_array().unwrap().iter();
        let digest = |it: &&Value| it["key"] == stored["key"];
        assert_eq!(
            listed
                .filter(digest)
                .map(|it| &it["digest"])
                .collect::<Vec<_>>(),
            [&stored["digest"]]
        );
    }
    // What Kayenta's JSON said is still there, to the letter.
    let (_, history) = get(&service, "/kayentas/history").await;
    let digest = history["versions"][0]["digest"].as_str().unwrap();
    let (_, version) = get(&service, &format!("/kayentas/history/{digest}")).await;
    let mut sent: Value = serde_json::from_str(KAYENTA).unwrap();
    sent["name"] = json!("kayentas");
    assert_eq!(version["config"], sent);
}

#[tokio::test]
async fn runs_rollouts_and_judgements_name_them() {
    let service = Service::simulated();
    let mut request = simulated_request("latency-regression");
    request["config"] = json!({"name": "checkout"});
    let response = service.post("/api/v1/analyses", &request).await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);

    let (status, stored) = put(&service, "checkout", named("checkout")).await;
    assert_eq!(status, StatusCode::CREATED, "{stored:#}");
    let summary = service.analyse(&request).await;
    assert_eq!(
        (&summary["config"], &summary["verdict"]),
        (&json!("checkout"), &json!("fail"))
    );
    let scorecard = service.scorecard(&summary).await;
    assert_eq!(scorecard["config"]["digest"], stored["digest"]);

    let rollout = json!({
        "application": "shop", "config": {"name": "checkout"},
        "baseline": {"scope": "baseline", "params": {"scenario": "healthy"}},
        "canary": {"scope": "canary", "params": {"scenario": "healthy"}},
        "stages": [{"weight": 0.5, "duration": "20m"}],
    });
    let response = service.post("/api/v1/rollouts", &rollout).await;
    assert_eq!(
        response.status(),
        StatusCode::CREATED,
        "{}",
        response.text().await.unwrap()
    );

    let names: Vec<String> = stored["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap().to_owned())
        .collect();
    let side =
        json!({"values": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], "start": "2026-01-01T00:00:00Z"});
    let metrics: serde_json::Map<_, _> = names
        .into_iter()
        .map(|name| (name, json!({"baseline": side, "canary": side})))
        .collect();
    let judgement = json!({"config": {"name": "checkout"}, "metrics": metrics});
    let response = service.post("/api/v1/judgements", &judgement).await;
    assert_eq!(
        response.status(),
        StatusCode::OK,
        "{}",
        response.text().await.unwrap()
    );

    // The run keeps what it used.
    let response = send(&service, Method::DELETE, "/checkout", &[], "").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(service.scorecard(&summary).await, scorecard);
    let response = send(&service, Method::DELETE, "/checkout", &[], "").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let page = service.get("/ui/configs").await;
    assert_eq!(page.status(), StatusCode::OK);
}

#[tokio::test]
async fn nothing_that_is_a_file_is_shadowed() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("ours.yaml"), named("ours")).unwrap();
    let service = Service::start(&format!(
        "simulator: {{enabled: true}}\nconfigs: {{directory: {:?}}}",
        directory.path()
    ));
    for (name, text) in [("simulated", SIMULATED.to_owned()), ("ours", named("ours"))] {
        let (status, problem) = put(&service, name, text).await;
        assert_eq!(
            (status, &problem["code"]),
            (StatusCode::CONFLICT, &json!("name-taken")),
            "{problem:#}"
        );
        let response = send(&service, Method::DELETE, &format!("/{name}"), &[], "").await;
        assert_eq!(response.status(), StatusCode::CONFLICT);
        let (status, history) = get(&service, &format!("/{name}/history")).await;
        assert_eq!((status, &history["versions"]), (StatusCode::OK, &json!([])));
    }
}

#[tokio::test]
async fn what_is_no_config_is_not_stored() {
    let service = Service::simulated();
    let long = format!("description: {}", "x".repeat(1_100_000));
    let large = named("a").replacen("description: ", &long, 1);
    let misspelt = named("a").replacen("metrics:", "metrik: 1\nmetrics:", 1);
    for (text, status, code) in [
        (
            named("b"),
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-request",
        ),
        (
            misspelt,
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-request",
        ),
        ("{".to_owned(), StatusCode::BAD_REQUEST, "bad-request"),
        (
            String::new(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-request",
        ),
        (large, StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
    ] {
        let start: String = text.chars().take(40).collect();
        let (found, problem) = put(&service, "a", text).await;
        assert_eq!(
            (found, &problem["code"]),
            (status, &json!(code)),
            "{start}: {problem:#}"
        );
    }
    let response = send(
        &service,
        Method::PUT,
        "/a",
        &[("content-type", "text/plain")],
        named("a"),
    )
    .await;
    assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    for (name, value) in [
        ("if-match", "abc"),
        ("if-none-match", "\"abc\""),
        ("if-match", ""),
    ] {
        let response = send(
            &service,
            Method::PUT,
            "/a",
            &[YAML, (name, value)],
            named("a"),
        )
        .await;
        assert_eq!(
            response.status(),
            StatusCode::BAD_REQUEST,
            "{name}: {value}"
        );
    }
    assert_eq!(get(&service, "/a").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn names_are_what_callers_make_of_them() {
    let service = Service::simulated();
    for name in [
        "a b",
        "ä/ö",
        "<script>",
        "quote\\\"d",
        "..",
        &"x".repeat(200),
    ] {
        let quoted = format!("\"{name}\"");
        let bare = name.replace("\\\"", "\"");
        let path: String = url::form_urlencoded::byte_serialize(bare.as_bytes()).collect();
        let path = path.replace('+', "%20").replace('.', "%2E");
        let (status, stored) = put(&service, &path, named(&quoted)).await;
        if bare == ".." {
            // Clients take this for a step along the path, however it is written.
            continue;
        }
        assert_eq!(
            (status, &stored["key"]),
            (StatusCode::CREATED, &json!(bare)),
            "{stored:#}"
        );
        assert_eq!(get(&service, &format!("/{path}")).await.0, StatusCode::OK);
        let mut request = simulated_request("healthy");
        request["config"] = json!({"name": bare});
        assert_eq!(service.analyse(&request).await["config"], json!(bare));
    }
    let (status, _) = put(&service, &"y".repeat(10_000), named("y")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}
