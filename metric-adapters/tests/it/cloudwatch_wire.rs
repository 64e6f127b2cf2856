//! What `CloudWatch` says of an answer: pages, states and messages; and what a query may ask.

use serde_json::{Value, json};
use serinus_adapters::{Answer, Escaping, QueryError};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{T0, account, connect, range, series};

const PLAIN: &str = "SEARCH('{Shop,app} errors', 'Sum', $interval)";

fn config(url: &str) -> Value {
    let place = json!({"env": "PATH"});
    json!({"type": "cloudwatch", "region": "eu-west-1", "url": url, "accessKeyId": place, "secretAccessKey": place})
}

/// Asks over ten minutes of a server that answers with one page after the other.
async fn ask_pages(
    text: &str,
    step: i64,
    pages: Vec<(u16, Value)>,
) -> (Result<Answer, QueryError>, Vec<Value>) {
    let server = MockServer::start().await;
    for (status, page) in pages {
        let reply = ResponseTemplate::new(status).set_body_json(page);
        let mock = Mock::given(any()).respond_with(reply);
        mock.up_to_n_times(1).mount(&server).await;
    }
    let source = connect(config(&server.uri()));
    let answer = source.query(&range(text, 0, 600, step)).await;
    let requests = server.received_requests().await.unwrap();
    let sent = |request: &Request| serde_json::from_slice(&request.body).unwrap();
    (answer, requests.iter().map(sent).collect())
}

async fn ask(page: Value) -> Result<Answer, QueryError> {
    ask_pages(PLAIN, 60, vec![(200, page)]).await.0
}

fn result(label: &str, minutes: &[i64], status: &str) -> Value {
    let times: Vec<_> = minutes.iter().map(|minute| T0 + minute * 60).collect();
    json!({"Id": "q", "Label": label, "Timestamps": times, "Values": minutes, "StatusCode": status})
}

#[tokio::test]
async fn an_expression_is_one_query() {
    let page = json!({"MetricDataResults": []});
    let (answer, sent) = ask_pages(PLAIN, 300, vec![(200, page)]).await;
    assert_eq!(answer.unwrap().series, []);
    let expected = json!([{"Id": "q", "Expression": "SEARCH('{Shop,app} errors', 'Sum', 300)", "Period": 300}]);
    assert_eq!(sent[0]["MetricDataQueries"], expected);
}

/// A page that breaks off says so, and the next one goes on.
#[tokio::test]
async fn pages_are_one_answer() {
    let (answer, sent) = ask_pages(
        PLAIN,
        60,
        vec![
            (
                200,
                json!({"NextToken": "more", "MetricDataResults": [
                    result("a", &[0, 1], "Complete"), result("b", &[0], "PartialData")]}),
            ),
            (
                200,
                json!({"MetricDataResults": [result("b", &[1, 2], "Complete")]}),
            ),
        ],
    )
    .await;
    let of = |label, samples: &[(i64, f64)]| {
        series(&[("query", "q"), ("label", label)], samples.iter().copied())
    };
    let b = of("b", &[(60, 0.0), (120, 1.0), (180, 2.0)]);
    assert_eq!(
        answer.unwrap().series,
        [of("a", &[(60, 0.0), (120, 1.0)]), b]
    );
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].get("NextToken"), None);
    let mut again = sent[0].clone();
    again["NextToken"] = json!("more");
    assert_eq!(sent[1], again);
}

#[tokio::test]
async fn pages_without_end_are_too_much() {
    let server = MockServer::start().await;
    let page = json!({"NextToken": "more", "MetricDataResults": []});
    let reply = ResponseTemplate::new(200).set_body_json(page);
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let source = connect(config(&server.uri()));
    let error = source.query(&range(PLAIN, 0, 600, 60)).await.unwrap_err();
    assert_eq!(error.code(), "too-much-data", "{error}");
}

/// What did come may look better than what is.
#[tokio::test]
async fn incomplete_answers_are_errors() {
    let with = |part: &str, code: &str| {
        let mut page = json!({"MetricDataResults": [result("a", &[0], "Complete")]});
        let messages = json!([{"Code": code, "Value": "some words"}]);
        *page.pointer_mut(part).unwrap() = match part {
            "" => json!({"MetricDataResults": [], "Messages": messages}),
            _ => {
                json!({"Id": "q", "Timestamps": [], "Values": [], "StatusCode": "Complete", "Messages": messages})
            }
        };
        page
    };
    let status = |status: &str| json!({"MetricDataResults": [result("a", &[0], status)]});
    for (page, code) in [
        (status("PartialData"), "unavailable"),
        (status("InternalError"), "unavailable"),
        (status("Forbidden"), "unauthorized"),
        (status("Whatever"), "malformed"),
        (with("", "MaxMetricsExceeded"), "too-much-data"),
        (with("", "Odd"), "unavailable"),
        (
            with("/MetricDataResults/0", "MaxQueryResultsExceeded"),
            "too-much-data",
        ),
    ] {
        let error = ask(page.clone()).await.unwrap_err();
        assert_eq!(error.code(), code, "{page}: {error}");
    }
    let noted = with("/MetricDataResults/0", "ArithmeticError");
    let answer = ask(noted).await.unwrap();
    assert_eq!(answer.notes, ["ArithmeticError: some words"]);
}

/// The statuses alone would call most of these a wrong query.
#[tokio::test]
async fn errors_are_sorted_by_their_type() {
    for (kind, code) in [
        ("ThrottlingException", "rate-limited"),
        (
            "com.amazon.coral.availability#ThrottlingException",
            "rate-limited",
        ),
        (
            "com.amazon.coral.service#UnrecognizedClientException",
            "unauthorized",
        ),
        (
            "com.amazon.coral.service#ExpiredTokenException",
            "unauthorized",
        ),
        (
            "com.amazon.coral.service#AccessDeniedException",
            "unauthorized",
        ),
        ("InvalidSignatureException", "unauthorized"),
        ("InternalServiceFault", "unavailable"),
        ("com.amazonaws.cloudwatch#ValidationError", "invalid-query"),
    ] {
        let page = json!({"__type": kind, "Message": "some words"});
        let (answer, _) = ask_pages(PLAIN, 60, vec![(400, page)]).await;
        let error = answer.unwrap_err();
        assert_eq!(error.code(), code, "{kind}: {error}");
        assert!(error.to_string().contains("some words"), "{error}");
    }
}

#[tokio::test]
async fn a_query_that_cannot_mean_the_step_is_not_sent() {
    for (text, step) in [
        (PLAIN, 45),
        (PLAIN, 2),
        (PLAIN, 90),
        ("[1]", 60),
        ("[{]", 60),
        (r#"[{"Id": "a", "MetricStat": 5}]"#, 60),
        (r#"[{"Id": "a", "MetricStat": {"Period": 300}}]"#, 60),
        (r#"[{"Id": "a", "Expression": "b", "Period": 300}]"#, 60),
    ] {
        let (answer, sent) = ask_pages(text, step, Vec::new()).await;
        let error = answer.unwrap_err();
        assert_eq!(error.code(), "invalid-query", "{text}: {error}");
        assert_eq!(sent.len(), 0);
    }
}

/// The token of temporary credentials is sent, and does not show.
#[tokio::test]
async fn the_session_token_goes_along() {
    let server = MockServer::start().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "token-of-a-session").unwrap();
    let parrot = |request: &Request| {
        let token = request.headers["x-amz-security-token"].to_str().unwrap();
        assert_eq!(token, "token-of-a-session");
        let signed = request.headers["authorization"].to_str().unwrap();
        assert!(signed.contains(";x-amz-security-token;"), "{signed}");
        ResponseTemplate::new(403).set_body_string(format!("you sent {token}"))
    };
    Mock::given(any()).respond_with(parrot).mount(&server).await;
    let mut config = config(&server.uri());
    config["sessionToken"] = json!({"file": file.path()});
    let source = connect(config);
    let error = source.query(&range(PLAIN, 0, 600, 60)).await.unwrap_err();
    assert_eq!(error.code(), "unauthorized");
    let shown = format!("{error:?} {source:?}");
    assert!(shown.contains("you sent [redacted]"), "{shown}");
    assert!(!shown.contains("token-of-a-session"), "{shown}");
}

#[test]
fn a_region_decides_the_host() {
    let host = |region: &str| {
        let place = json!({"env": "PATH"});
        account(
            json!({"type": "cloudwatch", "region": region, "accessKeyId": place, "secretAccessKey": place}),
        )
    };
    for (region, expected) in [
        ("eu-west-1", "monitoring.eu-west-1.amazonaws.com"),
        ("cn-north-1", "monitoring.cn-north-1.amazonaws.com.cn"),
    ] {
        let account = host(region);
        assert_eq!(account.host().unwrap().to_string(), expected);
        assert_eq!(account.escaping(), Escaping::Unquoted);
        account.connect().unwrap();
    }
    for wrong in ["", "eu west", "evil.example/", "a#b", "EU"] {
        let account = host(wrong);
        assert_eq!(account.host(), None, "{wrong}");
        account.connect().unwrap_err();
    }
}
