//! A Redis that is away for as long as it takes to start again is nothing that polling clients hear of.

use std::{cell::Cell, time::Duration};

use reqwest::StatusCode;
use wiremock::{Mock, MockServer, matchers::path};

use super::{Store, config, ended, get, request, settings, started, stored};
use crate::support::{Service, redis::Redis};

/// A service on a Redis, and the path of a run that has ended.
async fn with_a_run(redis: &Redis) -> (Service, String, MockServer) {
    let store = MockServer::start().await;
    Mock::given(path("/api/v1/query_range"))
        .respond_with(Store)
        .mount(&store)
        .await;
    let at = [("SERINUS__STATE__REDIS__URL", redis.url())];
    let at = at.each_ref().map(|(name, url)| (*name, url.as_str()));
    let service = Service::start_with(&settings(&store.uri()), &at);
    let id = stored(&service, &config("a", &[(100.0, true)])).await;
    (service, id, store)
}

/// Polls as often as clients do, until the store is there again. Every poll is answered.
async fn polled(service: &Service, run: &str, outage: impl Future<Output = ()>) {
    let path = format!("/canary/{run}");
    let is_over = Cell::new(false);
    let outage = async {
        outage.await;
        is_over.set(true);
    };
    let polls = async {
        while !is_over.get() {
            let (status, body) = get(service, &path).await;
            assert_eq!(status, StatusCode::OK, "{body:#}");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    tokio::join!(outage, polls);
    let run = ended(service, run).await;
    assert_eq!(run["status"], "succeeded", "{run:#}");
}

#[tokio::test]
async fn it_falls_silent() {
    let mut redis = Redis::start();
    let (service, config, _store) = with_a_run(&redis).await;
    let path = format!("/canary/{config}");
    let run = started(&service, &path, &request()).await;
    ended(&service, &run).await;
    redis.signal("-STOP");
    let outage = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        redis.signal("-CONT");
    };
    // Another run is asked for in the middle of it.
    let request = request();
    let (second, ()) = tokio::join!(
        started(&service, &path, &request),
        polled(&service, &run, outage)
    );
    assert_eq!(ended(&service, &second).await["status"], "succeeded");
}

#[tokio::test]
async fn it_is_killed_and_starts_again() {
    let mut redis = Redis::start();
    let (service, config, _store) = with_a_run(&redis).await;
    let run = started(&service, &format!("/canary/{config}"), &request()).await;
    ended(&service, &run).await;
    redis.kill();
    let outage = async {
        tokio::time::sleep(Duration::from_secs(4)).await;
        redis.start_again();
        // It may refuse for a moment while it reads what it has written.
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    polled(&service, &run, outage).await;
}

#[tokio::test]
async fn one_that_stays_away_is_told() {
    let mut redis = Redis::start();
    let (service, config, _store) = with_a_run(&redis).await;
    let run = started(&service, &format!("/canary/{config}"), &request()).await;
    ended(&service, &run).await;
    redis.kill();
    let response = service.get(&format!("/canary/{run}")).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key("retry-after"));
    let body: serde_json::Value = response.json().await.unwrap();
    assert!(body["message"].is_string(), "{body:#}");
}
