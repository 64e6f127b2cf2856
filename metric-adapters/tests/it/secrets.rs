//! A planted secret appears neither in what is printed nor in what fails, even when the server repeats it.

use std::fs;

use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{account, range};

const SECRET: &str = "hunter2-Pa55phrase";
/// `ann:hunter2-Pa55phrase` in base64, as it stands in a basic `Authorization` header.
const ENCODED: &str = "YW5uOmh1bnRlcjItUGE1NXBocmFzZQ==";

/// Repeats all headers of the request, like a proxy's debugging page, in a reply of the wanted kind.
fn parrot(status: u16, wrap: fn(String) -> String) -> impl Fn(&Request) -> ResponseTemplate {
    move |request| {
        let mut said = String::new();
        for (name, value) in &request.headers {
            said.push_str(&format!("{name}: {} ", value.to_str().unwrap()));
        }
        let reply =
            ResponseTemplate::new(status).insert_header("location", format!("/{SECRET}").as_str());
        reply.set_body_string(wrap(said))
    }
}

fn assert_clean(text: &str) {
    assert!(!text.contains("hunter2"), "{text}");
    assert!(!text.contains(&ENCODED[..12]), "{text}");
}

#[tokio::test]
async fn a_planted_secret_never_shows() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("secret");
    fs::write(&place, SECRET).unwrap();
    let server = MockServer::start().await;
    let plain: fn(String) -> String = |said| said;
    let api_error: fn(String) -> String =
        |said| json!({"status": "error", "errorType": said, "error": said}).to_string();
    let bad_value: fn(String) -> String = |said| {
        let series = json!([{"metric": {}, "values": [[1, said]]}]);
        json!({"status": "success", "data": {"resultType": "matrix", "result": series}}).to_string()
    };
    let bad_label: fn(String) -> String = |said| {
        let series = json!([{"metric": {"a": said}, "histograms": [1]}]);
        json!({"status": "success", "data": {"resultType": "matrix", "result": series}}).to_string()
    };
    let auths: [Value; 6] = [
        json!({"auth": {"type": "bearer", "token": {"file": place}}}),
        json!({"auth": {"type": "basic", "username": "ann", "password": {"file": place}}}),
        json!({"auth": {"type": "api-key", "key": {"file": place}}}),
        json!({"auth": {"type": "api-token", "token": {"file": place}}}),
        json!({"auth": {"type": "sigv4", "region": "eu-west-1", "service": "aps", "accessKeyId": {"file": place},
            "secretAccessKey": {"file": place}, "sessionToken": {"file": place}}, "headers": {"X-Tenant": "literal-value"}}),
        json!({"headers": {"X-Api-Key": {"file": place}, "X-Tenant": "literal-value"}}),
    ];
    for mut config in auths {
        config["type"] = json!("prometheus");
        config["url"] = json!(server.uri());
        config["partialResponses"] = json!("allow");
        let account = account(config);
        assert_clean(&format!("{account:?}"));
        assert!(!format!("{account:?}").contains("literal-value"));
        let source = account.connect().unwrap();
        assert_clean(&format!("{source:?}"));
        for (status, wrap) in [
            (401, plain),
            (500, plain),
            (302, plain),
            (429, plain),
            (200, plain),
            (400, api_error),
            (503, api_error),
            (200, api_error),
            (200, bad_value),
            (200, bad_label),
        ] {
            server.reset().await;
            Mock::given(any())
                .respond_with(parrot(status, wrap))
                .mount(&server)
                .await;
            let error = source.query(&range("up", 0, 60, 60)).await.unwrap_err();
            let texts = format!("{error} {error:?}");
            assert_clean(&texts);
            // The server's own words came along: the test would also be clean if nothing did.
            assert!(status == 302 || texts.contains("[redacted]"), "{texts}");
        }
        // Warnings are passed on, and repeated into scorecards.
        let noted: fn(String) -> String = |said| {
            let data = json!({"resultType": "matrix", "result": []});
            json!({"status": "success", "data": data, "warnings": [said]}).to_string()
        };
        server.reset().await;
        Mock::given(any())
            .respond_with(parrot(200, noted))
            .mount(&server)
            .await;
        let answer = source.query(&range("up", 0, 60, 60)).await.unwrap();
        assert_clean(&format!("{answer:?}"));
        assert!(answer.notes[0].contains("[redacted]"));
    }
}

/// An address with a password is refused without repeating it, and so is a secret where its place should stand.
#[test]
fn refused_settings_do_not_repeat_a_secret() {
    let url = "http://localhost:9090";
    for config in [
        json!({"type": "prometheus", "url": format!("http://ann:{SECRET}@localhost")}),
        json!({"type": "prometheus", "url": format!("http://localhost?token={SECRET}")}),
        json!({"type": "prometheus", "url": format!("{SECRET}@localhost")}),
        json!({"type": "prometheus", "url": url, "headers": {"authorization": SECRET}}),
        json!({"type": "prometheus", "url": url, "headers": {"x-key": format!("{SECRET}\n")}}),
    ] {
        let text = match serde_json::from_value::<serinus_adapters::AccountConfig>(config) {
            Ok(account) => account.connect().map(|_| ()).unwrap_err().to_string(),
            Err(error) => error.to_string(),
        };
        assert_clean(&text);
    }
}
