//! Links that show one run: they open its report and nothing else, until they expire or are revoked.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::support::{Service, simulated_request};

async fn share(service: &Service, id: &str, body: &Value) -> Value {
    let response = service
        .post(&format!("/api/v1/analyses/{id}/shares"), body)
        .await;
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(response.headers()["cache-control"], "no-store");
    response.json().await.unwrap()
}

async fn shares(service: &Service, id: &str) -> Vec<Value> {
    let path = format!("/api/v1/analyses/{id}/shares");
    let list: Value = service.get(&path).await.json().await.unwrap();
    list["shares"].as_array().unwrap().clone()
}

fn path_of<'a>(service: &Service, shared: &'a Value) -> &'a str {
    let url = shared["url"].as_str().unwrap();
    url.strip_prefix(&service.url).unwrap()
}

#[tokio::test]
async fn a_link_shows_the_report_and_leads_nowhere_else() {
    let service = Service::start(
        "{simulator: {enabled: true}, grafana: {url: 'https://grafana.example', \
          datasources: {simulator: {uid: s, type: prometheus}}, dashboard: {uid: d}}}",
    );
    let summary = service
        .analyse(&simulated_request("latency-regression"))
        .await;
    let id = summary["id"].as_str().unwrap();
    let shared = share(&service, id, &json!({})).await;
    assert_eq!(shared["expiresAt"], "");
    let path = path_of(&service, &shared);
    let token = path.strip_prefix("/share/").unwrap();
    assert_eq!(token.len(), 43, "256 bits: {token}");
    assert!(!shared["id"].as_str().unwrap().contains(token));

    let page = service.get(path).await;
    assert_eq!(page.status(), 200);
    for (header, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex, nofollow"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(page.headers()[header], value, "{header}");
    }
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    let html = page.text().await.unwrap();
    assert!(html.contains(&summary["reason"].as_str().unwrap().replace(" %", "\u{a0}%")));
    // Neither to the service, nor to the dashboards, nor the id that the API knows the run by.
    for way in [
        "/ui",
        "/api/",
        "grafana.example",
        &service.url,
        id,
        "http://",
        "https://",
    ] {
        let found = html
            .find(way)
            .map(|at| &html[at.saturating_sub(60)..at + 60]);
        let namespace = found.is_some_and(|found| found.contains("w3.org"));
        assert!(found.is_none() || namespace, "{way}: {found:?}");
    }
    let image = service
        .get(&format!("{path}/metrics/latency-p99.svg?theme=dark"))
        .await;
    assert_eq!(image.headers()["content-type"], "image/svg+xml");
    assert_eq!(image.headers()["referrer-policy"], "no-referrer");
    assert!(image.text().await.unwrap().starts_with("<svg"));
    assert_eq!(
        service
            .get(&format!("{path}/metrics/none.svg"))
            .await
            .status(),
        404
    );

    // For people it is a page, which leads nowhere either.
    let nothing = Client::new()
        .get(format!("{}/share/none", service.url))
        .header("accept", "text/html")
        .send()
        .await
        .unwrap();
    assert_eq!(nothing.status(), 404);
    assert_eq!(nothing.headers()["x-robots-tag"], "noindex, nofollow");
    let nothing = nothing.text().await.unwrap();
    assert!(
        nothing.contains("was revoked") && !nothing.contains("/ui"),
        "{nothing}"
    );

    // What is close to a token opens nothing, and neither does the link's id.
    let mut wrong = token.to_owned();
    let last = if wrong.ends_with('A') { "B" } else { "A" };
    wrong.replace_range(42.., last);
    let name = shared["id"].as_str().unwrap();
    for other in [
        wrong.as_str(),
        name,
        &token[..42],
        "",
        "%00",
        "..",
        &"x".repeat(5000),
    ] {
        let response = service.get(&format!("/share/{other}")).await;
        assert_eq!(response.status(), 404, "{other}");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
    }
}

#[tokio::test]
async fn links_are_listed_without_what_opens_them_and_end_when_told() {
    let service = Service::simulated();
    let one = service.analyse(&simulated_request("healthy")).await;
    let other = service.analyse(&simulated_request("healthy")).await;
    let (one, other) = (one["id"].as_str().unwrap(), other["id"].as_str().unwrap());
    let first = share(&service, one, &json!({"expiresIn": "168h"})).await;
    let second = share(&service, one, &json!({})).await;
    let foreign = share(&service, other, &json!({})).await;

    let listed = shares(&service, one).await;
    let ids: Vec<_> = listed.iter().map(|share| &share["id"]).collect();
    assert_eq!(ids, [&first["id"], &second["id"]]);
    assert!(!listed[0]["expiresAt"].as_str().unwrap().is_empty());
    let keys: Vec<_> = listed[0].as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 3, "{keys:?}");

    let client = Client::new();
    let revoke = async |run: &str, share: &Value| {
        let share = share["id"].as_str().unwrap();
        let path = format!("{}/api/v1/analyses/{run}/shares/{share}", service.url);
        client.delete(path).send().await.unwrap()
    };
    // Only as a link to its own run.
    assert_eq!(revoke(one, &foreign).await.status(), 404);
    let left: Value = revoke(one, &first).await.json().await.unwrap();
    assert_eq!(left["shares"].as_array().unwrap().len(), 1);
    assert_eq!(revoke(one, &first).await.status(), 404);
    assert_eq!(service.get(path_of(&service, &first)).await.status(), 404);
    for open in [&second, &foreign] {
        assert_eq!(service.get(path_of(&service, open)).await.status(), 200);
    }

    for (body, pointer) in [
        (json!({"expiresIn": "1s"}), "/expiresIn"),
        (json!({"expiresIn": "PT0S"}), "/expiresIn"),
        (json!({"expiresIn": -5}), "/expiresIn"),
        (json!({"until": "tomorrow"}), ""),
    ] {
        let path = format!("/api/v1/analyses/{one}/shares");
        let refused = service.post(&path, &body).await;
        assert_eq!(refused.status(), 422, "{body}");
        let problem: Value = refused.json().await.unwrap();
        let at = problem["errors"][0]["pointer"].as_str().unwrap();
        assert!(at.starts_with(pointer), "{problem:#}");
    }
    let nobody = format!(
        "/api/v1/analyses/{}/shares",
        "0199a2b4-0000-7000-8000-000000000000"
    );
    assert_eq!(service.post(&nobody, &json!({})).await.status(), 404);
}

#[tokio::test]
async fn a_link_to_a_run_that_goes_on_says_where_it_stands_and_outlives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let settings = format!(
        "simulator: {{enabled: true}}\nstate: {{embedded: {{path: \"{}\"}}}}",
        directory.path().join("runs.redb").display()
    );
    let service = Service::start(&settings);
    let mut request = simulated_request("healthy");
    request["window"] = json!({"duration": "1h"});
    let started: Value = service
        .post("/api/v1/analyses", &request)
        .await
        .json()
        .await
        .unwrap();
    let shared = share(&service, started["id"].as_str().unwrap(), &json!({})).await;
    let path = path_of(&service, &shared).to_owned();
    let page = service.get(&path).await.text().await.unwrap();
    assert!(page.contains("pending") && !page.contains("/ui"), "{page}");
    let image = service.get(&format!("{path}/metrics/cpu.svg")).await;
    assert_eq!(image.status(), 404);
    service.stop();

    let kept = std::fs::read(directory.path().join("runs.redb")).unwrap();
    let token = path.strip_prefix("/share/").unwrap().as_bytes();
    assert!(
        !kept.windows(token.len()).any(|part| part == token),
        "the token is kept"
    );
    let service = Service::start(&settings);
    assert_eq!(service.get(&path).await.status(), 200);
}

#[tokio::test]
async fn what_a_look_found_is_told_by_no_image_of_a_run_without_a_verdict() {
    let service = Service::simulated();
    let now = jiff::Timestamp::now();
    let minutes = jiff::SignedDuration::from_mins;
    let mut request = simulated_request("latency-regression");
    request["window"] = json!({"start": now - minutes(40), "end": now + minutes(60)});
    request["looks"] = json!({"every": "30m"});
    // The one is worse and counts for nothing, the other is never decided: the run goes on after its first look.
    let query = "latency_p99{scenario=\"latency-regression\",role=\"${scope}\"}";
    request["config"] = json!({"inline": {
        "apiVersion": "serinus/v1", "name": "inline", "defaults": {"account": "simulator"},
        "metrics": [
            {"name": "slow", "groups": ["all"], "muted": true, "query": query},
            {"name": "open", "groups": ["all"], "query": query, "minimumWork": {"query": query, "atLeast": 1000000}},
        ],
        "groups": {"all": 100}, "thresholds": {"pass": 90, "marginal": 75},
    }});
    let started: Value = service
        .post("/api/v1/analyses", &request)
        .await
        .json()
        .await
        .unwrap();
    let id = started["id"].as_str().unwrap();
    let shared = share(&service, id, &json!({})).await;
    let looked = async {
        loop {
            let path = format!("/api/v1/analyses/{id}/looks");
            let seen: Value = service.get(&path).await.json().await.unwrap();
            if !seen["looks"].as_array().unwrap().is_empty() {
                return seen["looks"][0].clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let patience = std::time::Duration::from_secs(60);
    let look = (tokio::time::timeout(patience, looked).await).expect("no look");
    assert_eq!(look["decision"], "continue", "{look:#}");
    let cancelled = service
        .post(&format!("/api/v1/analyses/{id}/cancel"), &json!({}))
        .await;
    assert!(cancelled.status().is_success());

    let path = path_of(&service, &shared);
    let page = service.get(path).await.text().await.unwrap();
    assert!(page.contains("cancelled"), "{page}");
    let scorecard = format!("/api/v1/analyses/{id}/looks/1/scorecard");
    let scorecard: Value = service.get(&scorecard).await.json().await.unwrap();
    let metric = &scorecard["metrics"][0];
    assert_eq!(metric["outcome"], "high", "{metric:#}");
    let reason = metric["reason"].as_str().unwrap();
    for (plot, status) in [("time", 200), ("distribution", 200), ("change", 404)] {
        let image = format!("metrics/slow.svg?plot={plot}");
        let shown = service.get(&format!("{path}/{image}")).await;
        assert_eq!(shown.status(), 404, "{plot}");
        let own = service.get(&format!("/api/v1/analyses/{id}/{image}")).await;
        assert_eq!(own.status(), status, "{plot}");
        let own = own.text().await.unwrap();
        assert!(
            own.contains("the run has not ended with a verdict")
                && !own.contains(reason)
                && !own.contains("<g class=\"fail\">"),
            "{own}"
        );
    }
}
