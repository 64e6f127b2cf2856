//! What Atlas says beside the values.

use serde_json::{Value, json};
use serinus_adapters::{Answer, QueryError};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{T0, connect, range, series, step};

async fn ask_every(step: i64, status: u16, body: Value) -> Result<Answer, QueryError> {
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(status).set_body_json(body);
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let source = connect(json!({"type": "atlas", "url": server.uri()}));
    source.query(&range("name,x,:eq", 0, 1200, step)).await
}

fn graph(start: i64, step: i64, values: Value) -> Value {
    json!({"start": (T0 + start) * 1000, "step": step * 1000, "legend": ["x"], "metrics": [{"atlas.offset": "0w"}],
           "values": values, "notices": ["some words"]})
}

/// The store has steps of its own; the first one here began before the window.
#[tokio::test]
async fn the_step_is_told() {
    let body = graph(0, 300, json!([[1], [2.5], ["NaN"], ["Infinity"]]));
    let answer = ask_every(60, 200, body).await.unwrap();
    let expected = [(300, 2.5), (900, f64::INFINITY)];
    assert_eq!(answer.series, [series(&[("legend", "x")], expected)]);
    assert_eq!(answer.step, step(300));
    assert_eq!(answer.notes[0], "some words");
    assert!(answer.notes[1].starts_with("1 samples outside"));
}

#[tokio::test]
async fn what_does_not_belong_together_is_malformed() {
    for body in [
        graph(0, 60, json!([[1, 2]])),
        graph(0, 60, json!([[]])),
        graph(0, 60, json!([["much"]])),
        graph(0, 60, json!([[null]])),
        graph(0, 0, json!([[1]])),
        graph(1 << 50, 60, json!([[1]])),
    ] {
        let error = ask_every(60, 200, body.clone()).await.unwrap_err();
        assert_eq!(error.code(), "malformed", "{body}: {error}");
    }
}

#[tokio::test]
async fn errors_are_told_in_words() {
    let body = json!({"type": "error", "message": "IllegalStateException: unknown word ':a'"});
    let error = ask_every(60, 400, body).await.unwrap_err();
    assert_eq!(error.code(), "invalid-query");
    assert!(error.to_string().ends_with("unknown word ':a'"), "{error}");
}
