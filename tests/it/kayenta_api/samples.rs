//! Lists of samples: those that callers keep, those of runs, and judging them again.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{config, ended, get, request, send, service, started, stored};

fn pair(name: &str) -> Value {
    let scope = json!({"startTimeIso": "2026-01-14T09:00:00Z", "startTimeMillis": 1_768_381_200_000_i64, "stepMillis": 60_000});
    json!({
        "name": name, "id": format!("{name}-id"), "tags": {"pod": "a"},
        "values": {"control": [1.0, 2.5, "NaN"], "experiment": [1.5, "Infinity", 3.0]},
        "scopes": {"control": scope, "experiment": scope},
        "attributes": {"control": {"query": "q1"}, "experiment": {"query": "q2"}},
    })
}

#[tokio::test]
async fn lists_of_samples_are_kept_as_they_were_sent() {
    let (service, _store) = service().await;
    let set = json!({
        "name": "up", "tags": {"pod": "a"}, "startTimeMillis": 1_768_381_200_000_i64,
        "startTimeIso": "2026-01-14T09:00:00Z", "endTimeMillis": 1_768_381_380_000_i64,
        "endTimeIso": "2026-01-14T09:03:00Z", "stepMillis": 60_000,
        "values": [1.0, "NaN", 3.0], "attributes": {"query": "q"},
    });
    for (path, key, list) in [
        ("/metricSetList", "metricSetListId", json!([set])),
        (
            "/metricSetPairList",
            "metricSetPairListId",
            json!([pair("up"), pair("down")]),
        ),
    ] {
        let (status, answer) = send(&service, Method::POST, path, &list).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let id = answer[key].as_str().unwrap().to_owned();
        let (status, kept) = get(&service, &format!("{path}/{id}")).await;
        assert_eq!((status, &kept), (StatusCode::OK, &list));
        let (_, all) = get(&service, path).await;
        assert_eq!(all[0]["id"], id.as_str());
        assert!(all[0]["updatedTimestamp"].is_i64());
        assert!(all[0]["updatedTimestampIso"].is_string());
        let one = format!("{path}/{id}");
        let (status, body) = send(&service, Method::DELETE, &one, &Value::Null).await;
        assert_eq!((status, body), (StatusCode::NO_CONTENT, Value::Null));
        for method in [Method::GET, Method::DELETE] {
            let (status, body) = send(&service, method, &one, &Value::Null).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
            assert!(body["message"].as_str().unwrap().contains(&id), "{body}");
        }
        for (wrong, expected) in [
            (json!({}), "sequence"),
            (json!([{"tags": {}}]), "missing field `name`"),
            (json!(["up"]), "invalid type"),
        ] {
            let (status, body) = send(&service, Method::POST, path, &wrong).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
            let message = body["message"].as_str().unwrap();
            assert!(message.contains(expected), "{message}");
        }
    }
    let mut long = pair("up");
    long["values"]["control"] = json!(vec![1; 50_001]);
    let (status, body) = send(&service, Method::POST, "/metricSetPairList", &json!([long])).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
}

#[tokio::test]
async fn a_hundred_lists_are_kept_and_the_oldest_makes_room() {
    let (service, _store) = service().await;
    let mut ids = Vec::new();
    for _ in 0..102 {
        let (_, answer) = send(&service, Method::POST, "/metricSetPairList", &json!([])).await;
        ids.push(answer["metricSetPairListId"].as_str().unwrap().to_owned());
    }
    let (_, all) = get(&service, "/metricSetPairList").await;
    let kept: Vec<_> = (all.as_array().unwrap().iter())
        .map(|entry| entry["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kept.len(), 100);
    assert_eq!(kept, ids[2..]);
}

#[tokio::test]
async fn the_samples_of_a_run_are_its_list_and_can_be_judged_again() {
    let (service, _store) = service().await;
    let id = stored(
        &service,
        &config("guestbook", &[(60.0, true), (40.0, false)]),
    )
    .await;
    let run = started(&service, &format!("/canary/{id}"), &request()).await;
    let run = ended(&service, &run).await;
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let list = run["metricSetPairListId"].as_str().unwrap();
    let (status, pairs) = get(
        &service,
        &format!("/metricSetPairList/{list}?accountName=any"),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    let result = &run["result"]["judgeResult"];
    for (index, pair) in pairs.as_array().unwrap().iter().enumerate() {
        assert_eq!(pair["name"], format!("metric {index}"));
        assert_eq!(pair["id"], result["results"][index]["id"]);
        assert_eq!(pair["values"]["control"].as_array().unwrap().len(), 30);
        let path = format!("/metricSetPairList/{list}/{}", pair["id"].as_str().unwrap());
        assert_eq!(get(&service, &path).await, (StatusCode::OK, pair.clone()));
    }
    let path = format!("/metricSetPairList/{list}/nothing");
    assert_eq!(get(&service, &path).await.0, StatusCode::NOT_FOUND);
    let path = format!("/metricSetPairList/{list}");
    let (status, _) = send(&service, Method::DELETE, &path, &Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    let asked = format!(
        "canaryConfigId={id}&metricSetPairListId={list}&passThreshold=90&marginalThreshold=75"
    );
    let native =
        "canaryConfigId=web-service&metricSetPairListId=x&passThreshold=90&marginalThreshold=75";
    let path = format!("/judges/judge?{native}");
    let (status, refused) = send(&service, Method::POST, &path, &Value::Null).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{refused:#}");
    let judge = format!("/judges/judge?{asked}&configurationAccountName=");
    let (status, again) = send(&service, Method::POST, &judge, &Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{again:#}");
    assert_eq!(again["score"], result["score"]);
    for (again, before) in again["results"]
        .as_array()
        .unwrap()
        .iter()
        .zip(result["results"].as_array().unwrap())
    {
        for key in [
            "name",
            "id",
            "classification",
            "controlMetadata",
            "experimentMetadata",
        ] {
            assert_eq!(again[key], before[key], "{key}");
        }
    }
    let compare = format!("/judges/comparison?{asked}");
    let (status, started) = send(&service, Method::POST, &compare, &Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{started:#}");
    let comparison = started["canaryExecutionId"].as_str().unwrap();
    let (_, both) = get(&service, &format!("/judges/comparison/{comparison}")).await;
    let both = &both["comparisonResult"];
    assert_eq!(both["judge1Result"], again);
    assert_eq!(both["judge2Result"]["judgeName"], "Serinus-v1.0");
    let (status, _) = get(&service, "/judges/comparison/none").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    for (query, status) in [
        (asked.replace("passThreshold=90", "passThreshold=much"), 400),
        (asked.replace("passThreshold=90&", ""), 400),
        (asked.replace(list, "none"), 404),
        (asked.replace(&id, "none"), 404),
        (format!("{asked}&overrideCanaryJudge2=nobody"), 400),
    ] {
        let path = format!("/judges/comparison?{query}");
        let (found, body) = send(&service, Method::POST, &path, &Value::Null).await;
        assert_eq!(found.as_u16(), status, "{query}: {body}");
        assert!(body["message"].is_string());
    }
}
