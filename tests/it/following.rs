//! Following a run as server-sent events.

use std::time::{Duration, Instant};

use futures_util::{Stream, StreamExt, stream};
use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{Service, simulated_request};

/// An event or a comment, as the standard has it.
#[derive(Debug, Default, PartialEq)]
struct Event {
    name: String,
    id: String,
    data: String,
    comment: String,
}

/// The events of a stream, read by the rules of the HTML standard.
fn events(response: Response) -> impl Stream<Item = Event> + Unpin {
    Box::pin(stream::unfold(
        (response, String::new()),
        |(mut response, mut text)| async move {
            loop {
                if let Some(end) = text.find("\n\n") {
                    let rest = text.split_off(end + 2);
                    let event = event(&text);
                    return Some((event, (response, rest)));
                }
                let chunk = response.chunk().await.unwrap()?;
                text += std::str::from_utf8(&chunk).unwrap();
            }
        },
    ))
}

fn event(text: &str) -> Event {
    let mut event = Event::default();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (field, value) = line.split_once(':').unwrap();
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        match field {
            "event" => event.name = value,
            "id" => event.id = value,
            "data" => event.data += &value,
            "" => event.comment = value,
            _ => panic!("{line}"),
        }
    }
    event
}

async fn started(service: &Service, request: &Value) -> Value {
    let response = service.post("/api/v1/analyses", request).await;
    assert_eq!(response.status(), 202);
    response.json().await.unwrap()
}

fn waiting() -> Value {
    let mut request = simulated_request("healthy");
    request["window"] = json!({"duration": "1h"});
    request
}

fn events_of(summary: &Value) -> String {
    format!(
        "/api/v1/analyses/{}/events",
        summary["id"].as_str().unwrap()
    )
}

#[tokio::test]
async fn a_follower_sees_every_change_until_the_end() {
    let service = Service::simulated();
    let run = started(&service, &waiting()).await;
    let response = service.get(&events_of(&run)).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let mut events = events(response);
    let first = events.next().await.unwrap();
    assert_eq!((first.name.as_str(), first.id.as_str()), ("summary", ""));
    let told: Value = serde_json::from_str(&first.data).unwrap();
    assert_eq!(
        (&told["id"], &told["state"]),
        (&run["id"], &json!("queued"))
    );

    let path = format!("/api/v1/analyses/{}/cancel", run["id"].as_str().unwrap());
    let cancelled: Value = service.post(&path, &json!({})).await.json().await.unwrap();
    let last = events.next().await.unwrap();
    assert_eq!((last.name.as_str(), last.id.as_str()), ("summary", "ended"));
    assert_eq!(
        serde_json::from_str::<Value>(&last.data).unwrap(),
        cancelled
    );
    assert_eq!(events.next().await, None, "the stream ends with the run");
}

#[tokio::test]
async fn an_ended_run_is_told_once() {
    let service = Service::simulated();
    let summary = service.analyse(&simulated_request("healthy")).await;
    let events: Vec<_> = events(service.get(&events_of(&summary)).await)
        .collect()
        .await;
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0].id, "ended");
    assert_eq!(
        serde_json::from_str::<Value>(&events[0].data).unwrap(),
        summary
    );
    // A browser asks again when a stream ends, and says what it saw last.
    let again = async |last: &str| {
        let request = reqwest::Client::new().get(format!("{}{}", service.url, events_of(&summary)));
        let response = request.header("last-event-id", last).send().await.unwrap();
        response.status().as_u16()
    };
    assert_eq!(again("ended").await, 204);
    assert_eq!(again("something else").await, 200);
    assert_eq!(again("").await, 200);
    let nobody = "/api/v1/analyses/0199a2aa-0000-7000-8000-000000000000/events";
    assert_eq!(service.get(nobody).await.status(), 404);
}

#[tokio::test]
async fn the_events_of_looks_arrive_while_the_run_goes_on() {
    let service = Service::simulated();
    let mut request = simulated_request("healthy");
    // The window ends ahead: the first look is judged at once, the run waits for the others.
    let now = jiff::Timestamp::now();
    let start = now - jiff::SignedDuration::from_mins(50);
    let end = now + jiff::SignedDuration::from_mins(50);
    request["window"] = json!({"start": start.to_string(), "end": end.to_string()});
    request["looks"] = json!({"every": "40m"});
    let run = started(&service, &request).await;
    let mut events = events(service.get(&events_of(&run)).await);
    let began = Instant::now();
    loop {
        let next = tokio::time::timeout(Duration::from_secs(30), events.next());
        let event = next.await.expect("a change is told").unwrap();
        let told: Value = serde_json::from_str(&event.data).unwrap();
        let reason = told["reason"].as_str().unwrap();
        if reason.contains("look 1 of 2: ") {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{told:#}");
    }
}

#[tokio::test]
async fn no_more_streams_than_allowed_are_open_at_once() {
    let service = Service::start("simulator: {enabled: true}\nhttp: {streams: 2}");
    let run = started(&service, &waiting()).await;
    let path = events_of(&run);
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut events = events(service.get(&path).await);
        events.next().await.unwrap();
        open.push(events);
    }
    let refused = service.get(&path).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "busy");
    // Streams that have ended make room.
    let cancel = format!("/api/v1/analyses/{}/cancel", run["id"].as_str().unwrap());
    service.post(&cancel, &json!({})).await;
    for events in &mut open {
        while events.next().await.is_some() {}
    }
    assert_eq!(service.get(&path).await.status(), 200);
}

#[tokio::test]
async fn streams_end_with_the_service() {
    let service = Service::simulated();
    let run = started(&service, &waiting()).await;
    let mut events = events(service.get(&events_of(&run)).await);
    events.next().await.unwrap();
    let began = Instant::now();
    let log = service.stop();
    assert!(log.contains("\"stopped\""), "{log}");
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
    let left: Vec<_> = events.collect().await;
    assert!(left.iter().all(|event| event.id.is_empty()), "{left:?}");
}
