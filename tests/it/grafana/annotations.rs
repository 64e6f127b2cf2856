//! Regions over runs: one for each, made when it starts and changed at its end, whatever happens in between.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::stand_in::{Annotations, TOKEN, grafana};
use crate::support::{Service, simulated_request};

const HOSTILE: &str = "a<img src=x onerror=alert(1)>\"&'";

/// A service that annotates every run.
fn annotating(url: &str, token: &str) -> Service {
    Service::start_with(
        &format!(
            "simulator: {{enabled: true}}\n\
             callbacks:\n  timeout: 2s\n  retryAfter: 50ms\n  receivers:\n    \
               grafana: {{format: grafana-annotation, url: \"{url}/g/\", token: {{env: GRAFANA_TOKEN}}, tags: [deploy]}}\n  \
             everyRun: [{{receiver: grafana, events: [analysis.started, analysis.ended]}}]\n"
        ),
        &[("GRAFANA_TOKEN", token)],
    )
}

/// The messages about a run, once all have ended.
async fn settled(service: &Service, id: &str) -> Vec<Value> {
    let started = Instant::now();
    loop {
        let path = format!("/api/v1/analyses/{id}/deliveries");
        let answer: Value = service.get(&path).await.json().await.unwrap();
        let all = answer["deliveries"].as_array().unwrap().clone();
        if all.iter().all(|one| one["state"] != "due") {
            return all;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "{all:#?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn only(annotations: &Annotations) -> Value {
    let all = annotations.lock().unwrap();
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].clone()
}

fn states(deliveries: &[Value]) -> Vec<(&str, &str)> {
    let each = deliveries.iter();
    each.map(|one| {
        (
            one["event"].as_str().unwrap(),
            one["state"].as_str().unwrap(),
        )
    })
    .collect()
}

#[tokio::test]
async fn a_run_is_one_region_that_is_changed_at_its_end() {
    let (server, annotations) = grafana(0).await;
    let service = annotating(&server.uri(), TOKEN);
    let mut request = simulated_request("healthy");
    request["application"] = HOSTILE.into();
    let start = jiff::Timestamp::now();
    let end = start + jiff::SignedDuration::from_hours(1);
    request["window"] = json!({"start": start, "end": end});
    let started: Value = service
        .post("/api/v1/analyses", &request)
        .await
        .json()
        .await
        .unwrap();
    let id = started["id"].as_str().unwrap();
    let deliveries = settled(&service, id).await;
    assert_eq!(states(&deliveries), [("analysis.started", "delivered")]);
    assert_eq!(deliveries[0]["to"], "grafana");

    let going = only(&annotations);
    assert_eq!(going["time"], start.as_millisecond());
    assert_eq!(going["timeEnd"], end.as_millisecond(), "as planned");
    let tags = |verdict: &str| {
        json!([
            "serinus",
            format!("serinus-run:{id}"),
            format!("application:{HOSTILE}"),
            "config:simulated",
            format!("verdict:{verdict}"),
            "deploy"
        ])
    };
    assert_eq!(going["tags"], tags("pending"));

    service
        .post(&format!("/api/v1/analyses/{id}/cancel"), &json!({}))
        .await;
    let deliveries = settled(&service, id).await;
    assert_eq!(
        states(&deliveries),
        [
            ("analysis.started", "delivered"),
            ("analysis.ended", "delivered")
        ]
    );
    let ended = only(&annotations);
    assert_eq!(ended["time"], going["time"]);
    assert!(
        ended["timeEnd"].as_i64() < going["timeEnd"].as_i64(),
        "it ended early"
    );
    assert_eq!(ended["tags"], tags("error"));
    let text = ended["text"].as_str().unwrap();
    assert!(
        text.contains("a&lt;img src=x onerror=alert(1)&gt;"),
        "{text}"
    );
    assert!(!text.contains("<img"), "{text}");
    let link = format!("<a href=\"{}\">", started["reportUrl"].as_str().unwrap());
    assert!(text.contains(&link), "{text}");
}

#[tokio::test]
async fn runs_that_end_at_once_and_a_grafana_in_trouble_make_no_second_region() {
    let (server, annotations) = grafana(3).await;
    let service = annotating(&server.uri(), TOKEN);
    let summary = service
        .analyse(&simulated_request("latency-regression"))
        .await;
    let id = summary["id"].as_str().unwrap();
    let deliveries = settled(&service, id).await;
    assert_eq!(
        states(&deliveries),
        [
            ("analysis.started", "delivered"),
            ("analysis.ended", "delivered")
        ]
    );
    let annotation = only(&annotations);
    assert!(
        annotation["tags"]
            .as_array()
            .unwrap()
            .contains(&json!("verdict:fail"))
    );
    let text = annotation["text"].as_str().unwrap();
    let reason = summary["reason"].as_str().unwrap();
    assert!(text.contains(&reason.replace('"', "&quot;")), "{text}");
    // Over the window, whenever it was compared.
    assert_eq!(annotation["time"], 1_768_381_200_000_i64);
    assert_eq!(annotation["timeEnd"], 1_768_384_800_000_i64);

    // Many at once: one region each.
    for _ in 0..10 {
        service
            .post("/api/v1/analyses", &simulated_request("healthy"))
            .await;
    }
    let list: Value = service.get("/api/v1/analyses").await.json().await.unwrap();
    for run in list["analyses"].as_array().unwrap() {
        let id = run["id"].as_str().unwrap();
        let path = format!("/api/v1/analyses/{id}?wait=30s");
        service.get(&path).await;
        settled(&service, id).await;
    }
    let all = annotations.lock().unwrap();
    assert_eq!(all.len(), 11, "{all:#?}");
    assert!(
        !all.iter()
            .any(|one| one["tags"].to_string().contains("verdict:pending"))
    );
}

#[tokio::test]
async fn a_receiver_is_tried_without_a_trace_and_a_wrong_token_is_told() {
    let (server, annotations) = grafana(0).await;
    let service = annotating(&server.uri(), TOKEN);
    let tried = service
        .post("/api/v1/receivers/grafana/test", &json!({}))
        .await;
    let tried: Value = tried.json().await.unwrap();
    assert_eq!(
        (&tried["ok"], &tried["status"]),
        (&json!(true), &json!(200))
    );
    assert!(annotations.lock().unwrap().is_empty());
    let list: Value = service.get("/api/v1/receivers").await.json().await.unwrap();
    assert_eq!(
        list["receivers"],
        json!([{"name": "grafana", "format": "grafana-annotation"}])
    );

    let wrong = annotating(&server.uri(), "glsa_planted-and-wrong");
    let tried = wrong
        .post("/api/v1/receivers/grafana/test", &json!({}))
        .await;
    let tried: Value = tried.json().await.unwrap();
    assert_eq!(
        (&tried["ok"], &tried["status"]),
        (&json!(false), &json!(401))
    );
    let summary = wrong.analyse(&simulated_request("healthy")).await;
    assert_eq!(
        summary["verdict"], "pass",
        "nobody's annotation holds a run back"
    );
    let log = wrong.stop();
    assert!(!log.contains("planted"), "{log}");
}
