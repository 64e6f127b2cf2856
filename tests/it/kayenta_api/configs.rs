//! Canary configs: stored, listed, changed, removed.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{config, get, request, send, service, started, stored};

#[tokio::test]
async fn a_config_is_kept_as_it_was_sent() {
    let (service, _store) = service().await;
    let mut sent = config("mine", &[(100.0, true)]);
    sent["unknown"] = json!({"kept": ["as", 1, null]});
    let id = stored(&service, &sent).await;
    let (status, read) = get(&service, &format!("/canaryConfig/{id}")).await;
    assert_eq!(status, StatusCode::OK);
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(&read[name], value, "{name}");
    }
    assert_eq!(read["id"], id.as_str());
    assert!(read["createdTimestamp"].is_i64() && read["updatedTimestamp"].is_i64());
    assert_eq!(read["createdTimestamp"], read["updatedTimestamp"]);
    let iso: jiff::Timestamp = read["createdTimestampIso"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(json!(iso.as_millisecond()), read["createdTimestamp"]);

    // Sent without its books, it keeps when it was created.
    sent["description"] = json!("changed");
    let (status, answer) = send(&service, Method::PUT, &format!("/canaryConfig/{id}"), &sent).await;
    assert_eq!(
        (status, answer),
        (StatusCode::OK, json!({"canaryConfigId": id}))
    );
    let (_, changed) = get(&service, &format!("/canaryConfig/{id}")).await;
    assert_eq!(
        (&changed["description"], &changed["createdTimestamp"]),
        (&json!("changed"), &read["createdTimestamp"])
    );
    assert!(changed["updatedTimestamp"].as_i64() >= read["updatedTimestamp"].as_i64());

    // It is one of the service's configs, with a history.
    let (_, history) = get(&service, "/api/v1/configs/mine/history").await;
    assert_eq!(
        history["versions"].as_array().unwrap().len(),
        2,
        "{history:#}"
    );

    let (status, body) = send(
        &service,
        Method::DELETE,
        &format!("/canaryConfig/{id}"),
        &json!({}),
    )
    .await;
    assert_eq!((status, body), (StatusCode::NO_CONTENT, Value::Null));
    let (status, problem) = get(&service, &format!("/canaryConfig/{id}")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(
        problem.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["message"]
    );
    let (status, _) = send(
        &service,
        Method::DELETE,
        &format!("/canaryConfig/{id}"),
        &json!({}),
    )
    .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn names_are_unique_where_applications_are_shared() {
    let (service, _store) = service().await;
    let of = |applications: Value| {
        let mut config = config("same", &[(100.0, true)]);
        config["applications"] = applications;
        config
    };
    let first = stored(&service, &of(json!(["a", "b"]))).await;
    let second = stored(&service, &of(json!(["c"]))).await;
    let (status, problem) = send(
        &service,
        Method::POST,
        "/canaryConfig",
        &of(json!(["b", "d"])),
    )
    .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        problem["message"],
        "Canary config with name 'same' already exists in the scope of applications [b, d]."
    );
    let (status, _) = send(
        &service,
        Method::PUT,
        &format!("/canaryConfig/{second}"),
        &of(json!(["a"])),
    )
    .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, _) = send(
        &service,
        Method::PUT,
        &format!("/canaryConfig/{first}"),
        &of(json!(["a"])),
    )
    .await;
    assert_eq!(status, StatusCode::OK);

    let ids = async |query: &str| {
        let (_, list) = get(&service, &format!("/canaryConfig{query}")).await;
        let mut ids: Vec<_> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["id"].as_str().unwrap().to_owned())
            .collect();
        ids.sort_unstable();
        ids
    };
    let mut both = vec![first.clone(), second.clone()];
    both.sort_unstable();
    assert_eq!(ids("").await, both);
    assert_eq!(ids("?application=").await, both);
    assert_eq!(
        ids("?application=a&configurationAccountName=nobody-knows").await,
        [first]
    );
    assert_eq!(ids("?application=x&application=c").await, [second]);
    assert!(ids("?application=b").await.is_empty());
    // By name alone it is not clear which is meant.
    let (status, problem) = get(&service, "/api/v1/configs/same").await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("name-taken"))
    );
}

#[tokio::test]
async fn what_kayenta_refuses_is_refused() {
    let (service, _store) = service().await;
    let with = |name: &str, value: Value| {
        let mut config = config("good", &[(50.0, true), (50.0, true)]);
        *config.pointer_mut(name).unwrap() = value;
        config
    };
    for (config, said) in [
        (with("/name", json!("")), "must specify a name"),
        (with("/name", json!(null)), "must specify a name"),
        (with("/name", json!("a b")), "cannot be named"),
        (with("/name", json!("<script>")), "cannot be named"),
        (with("/name", json!("x".repeat(10_000))), "cannot be named"),
        (with("/applications", json!([])), "application"),
        (with("/metrics/0/name", json!("")), "must have a name"),
        (with("/metrics/0/name", json!("metric 1")), "unique"),
        (with("/metrics/0/groups", json!("g")), "/metrics/0/groups"),
        (json!([]), ""),
        (json!("text"), ""),
    ] {
        let (status, problem) = send(&service, Method::POST, "/canaryConfig", &config).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem:#}");
        let message = problem["message"].as_str().unwrap();
        assert!(message.contains(said) && message.len() < 2_000, "{message}");
    }
    // An id that is given is kept, once.
    let mut own = config("own", &[(100.0, true)]);
    own["id"] = json!("ä/own \"id\"");
    assert_eq!(stored(&service, &own).await, "ä/own \"id\"");
    let (status, _) = get(&service, "/canaryConfig/%C3%A4%2Fown%20%22id%22").await;
    assert_eq!(status, StatusCode::OK);
    own["name"] = json!("another");
    let (status, problem) = send(&service, Method::POST, "/canaryConfig", &own).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        problem["message"]
            .as_str()
            .unwrap()
            .contains("already exists")
    );
    let (status, _) = send(&service, Method::PUT, "/canaryConfig/nowhere", &own).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);

    let response = service.post_text("/canaryConfig", "text/plain", "{}").await;
    assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let response = service
        .post_text("/canaryConfig", "application/json", "{")
        .await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let problem: Value = response.json().await.unwrap();
    assert!(problem["message"].is_string());
}

#[tokio::test]
async fn native_configs_are_listed_and_not_changed_here() {
    let (service, _store) = service().await;
    let native = json!({
        "apiVersion": "serinus/v1", "name": "ours", "defaults": {"account": "my-prom"},
        "metrics": [{"name": "up", "groups": ["g"], "query": "up{job=\"${scope}\"}"}],
        "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
    });
    let (status, _) = send(&service, Method::PUT, "/api/v1/configs/ours", &native).await;
    assert_eq!(status, StatusCode::CREATED);
    let (_, list) = get(&service, "/canaryConfig?application=whatever").await;
    assert_eq!(list.as_array().unwrap().len(), 1, "{list:#}");
    assert_eq!(
        (&list[0]["id"], &list[0]["applications"]),
        (&json!("ours"), &json!([]))
    );
    let (_, shown) = get(&service, "/canaryConfig/ours").await;
    assert_eq!(shown["metrics"][0]["name"], "up");
    let mut kayentas = config("ours", &[(100.0, true)]);
    let (status, _) = send(&service, Method::PUT, "/canaryConfig/ours", &kayentas).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, _) = send(&service, Method::DELETE, "/canaryConfig/ours", &json!({})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    // Ready-made ones can be run by their name, and are nobody's.
    kayentas["id"] = json!("web-service");
    let (status, _) = send(&service, Method::POST, "/canaryConfig", &kayentas).await;
    assert_eq!(status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn of_two_that_create_one_name_at_once_one_is_refused() {
    let (service, _store) = service().await;
    for round in 0..10 {
        let name = format!("race-{round}");
        let both = [0, 1, 2].map(|_| {
            let config = config(&name, &[(100.0, true)]);
            let service = &service;
            async move {
                let (status, answer) = send(service, Method::POST, "/canaryConfig", &config).await;
                if status != StatusCode::OK {
                    let message = answer["message"].as_str().unwrap();
                    assert!(message.contains("already exists in the scope"), "{message}");
                }
                status
            }
        });
        let mut statuses = futures_util::future::join_all(both).await;
        statuses.sort();
        let bad = StatusCode::BAD_REQUEST;
        assert_eq!(statuses, [StatusCode::OK, bad, bad], "{name}");
    }
    let (_, list) = get(&service, "/canaryConfig").await;
    assert_eq!(list.as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn runs_lead_to_the_config_they_were_under_and_to_no_other_of_its_name() {
    let (service, _store) = service().await;
    let first = stored(&service, &config("twin", &[(100.0, true)])).await;
    started(&service, &format!("/canary/{first}"), &request()).await;
    let leads_to = async |id: &str| {
        let page = service.get("/ui").await.text().await.unwrap();
        assert!(page.contains("<bdi>twin</bdi>"), "{page}");
        page.contains(&format!("href=\"/ui/configs/{id}\""))
    };
    assert!(leads_to(&first).await);
    // An id tells which of two was meant.
    let mut other = config("twin", &[(100.0, false)]);
    other["applications"] = json!(["elsewhere"]);
    let second = stored(&service, &other).await;
    assert!(leads_to(&first).await && !leads_to(&second).await);
    let path = format!("/canaryConfig/{first}");
    let changed = config("twin", &[(50.0, true), (50.0, true)]);
    let (status, _) = send(&service, Method::PUT, &path, &changed).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!leads_to(&first).await, "it has changed since");
    let (status, _) = send(&service, Method::DELETE, &path, &json!({})).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert!(!leads_to(&second).await, "another config of that name");
}
