//! The servers with the Prometheus API where they differ from Prometheus: what is asked, and incomplete answers.

use serde_json::{Value, json};
use serinus_adapters::{Answer, QueryError};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{T0, account, connect, range, series};

fn body() -> Value {
    let result = json!([{"metric": {}, "values": [[T0, "1"]]}]);
    json!({"status": "success", "data": {"resultType": "matrix", "result": result}})
}

/// What an account with further settings makes of a body, and the form it sent.
async fn ask(settings: Value, body: Value) -> (Result<Answer, QueryError>, wiremock::Request) {
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(200).set_body_json(body);
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let mut config = settings;
    config["type"] = json!("prometheus");
    config["url"] = json!(server.uri());
    let answer = connect(config).query(&range("up", 0, 60, 60)).await;
    let mut requests = server.received_requests().await.unwrap();
    (answer, requests.remove(0))
}

#[tokio::test]
async fn each_flavour_is_asked_in_its_own_way() {
    for (settings, further) in [
        (json!({}), ""),
        (json!({"flavour": "mimir"}), ""),
        (
            json!({"flavour": "thanos"}),
            "&dedup=true&partial_response=false",
        ),
        (
            json!({"flavour": "thanos", "partialResponses": "allow"}),
            "&dedup=true&partial_response=true",
        ),
        (
            json!({"flavour": "victoria-metrics"}),
            "&nocache=1&deny_partial_response=1",
        ),
        (
            json!({"flavour": "victoria-metrics", "partialResponses": "allow"}),
            "&nocache=1",
        ),
    ] {
        let (answer, request) = ask(settings.clone(), body()).await;
        assert_eq!(answer.unwrap().series, [series(&[], [(0, 1.0)])]);
        let form = String::from_utf8(request.body).unwrap();
        let (_, rest) = form.split_once("&timeout=30000ms").unwrap();
        assert_eq!(rest, further, "{settings}");
    }
}

#[tokio::test]
async fn tenants_go_into_the_header_of_the_flavour() {
    for (flavour, header) in [("mimir", "x-scope-orgid"), ("thanos", "thanos-tenant")] {
        let (answer, request) =
            ask(json!({"flavour": flavour, "tenant": "shop|cart"}), body()).await;
        answer.unwrap();
        assert_eq!(request.headers.get(header).unwrap(), "shop|cart");
    }
    let url = "http://localhost:9090";
    for (wrong, part) in [
        (json!({"tenant": "shop"}), "needs the flavour"),
        (
            json!({"tenant": "shop", "flavour": "victoria-metrics"}),
            "needs the flavour",
        ),
        (
            json!({"tenant": "shop", "flavour": "mimir", "headers": {"x-scope-orgid": "x"}}),
            "exclude each other",
        ),
    ] {
        let mut config = wrong;
        config["type"] = json!("prometheus");
        config["url"] = json!(url);
        let error = account(config).connect().unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

/// Some nodes did not answer: what came may look healthier than what is.
#[tokio::test]
async fn incomplete_answers_are_errors_unless_the_account_allows_them() {
    let mut marked = body();
    marked["isPartial"] = json!(true);
    let mut warned = body();
    warned["warnings"] = json!(["No StoreAPIs matched for this query: store eu\nis away"]);
    for (body, part) in [
        (marked, "nodes did not answer"),
        (warned, "store eu is away"),
    ] {
        for flavour in ["prometheus", "thanos", "mimir", "victoria-metrics"] {
            let (answer, _) = ask(json!({"flavour": flavour}), body.clone()).await;
            let error = answer.unwrap_err();
            assert_eq!(error.code(), "unavailable");
            assert!(error.to_string().contains(part), "{error}");

            let allowed = json!({"flavour": flavour, "partialResponses": "allow"});
            let answer = ask(allowed, body.clone()).await.0.unwrap();
            assert_eq!(answer.series.len(), 1);
            assert_eq!(answer.notes.len(), 1);
            assert!(answer.notes[0].contains(part), "{:?}", answer.notes);
        }
    }
}
