//! How accounts are written, and what is refused before anything is sent.

use std::fs;

use serde_json::{Value, json};
use serinus_adapters::{AccountConfig, Escaping, Limits};

use crate::support::{account, connect};

fn parse_error(config: Value) -> String {
    serde_json::from_value::<AccountConfig>(config)
        .unwrap_err()
        .to_string()
}

fn connect_error(mut config: Value) -> String {
    config["type"] = json!("prometheus");
    let error = account(config).connect().unwrap_err();
    let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
    format!("{error}{}", source.unwrap_or_default())
}

#[test]
fn everything_but_the_address_has_a_default() {
    let prometheus = account(json!({"type": "prometheus", "url": "http://localhost:9090"}));
    assert_eq!(prometheus.kind(), "prometheus");
    assert_eq!(prometheus.escaping(), Escaping::PromqlString);
    let limits = prometheus.limits();
    assert_eq!(limits, &Limits::default());
    let numbers = (
        limits.concurrency.get(),
        limits.timeout.as_secs(),
        limits.max_response_bytes.get(),
        limits.settling_delay.as_secs(),
    );
    assert_eq!(numbers, (8, 30, 52_428_800, 30));

    let file = account(json!({"type": "file", "directory": "/tmp"}));
    assert_eq!((file.kind(), file.escaping()), ("file", Escaping::None));
}

#[test]
fn limits_are_read_in_both_spellings_of_a_duration() {
    let limits = json!({"concurrency": 2, "timeout": "PT1M30S", "maxResponseBytes": 1000, "settlingDelay": "0s"});
    let account = account(json!({"type": "file", "directory": "/tmp", "limits": limits}));
    let limits = account.limits();
    assert_eq!(limits.concurrency.get(), 2);
    assert_eq!(limits.timeout.as_secs(), 90);
    assert_eq!(limits.max_response_bytes.get(), 1000);
    assert!(limits.settling_delay.is_zero());
    for wrong in [
        json!({"concurrency": 0}),
        json!({"requestsPerSecond": 0}),
        json!({"timeout": "0s"}),
        json!({"timeout": "-1s"}),
        json!({"timeout": "fast"}),
        json!({"settlingDelay": "-1s"}),
        json!({"maxResponseBytes": 0}),
        json!({"max_response_bytes": 5}),
    ] {
        parse_error(json!({"type": "file", "directory": "/tmp", "limits": wrong}));
    }
}

#[test]
fn typing_errors_are_refused() {
    let url = "http://localhost:9090";
    for (config, part) in [
        (
            json!({"type": "promethius", "url": url}),
            "unknown variant `promethius`",
        ),
        (
            json!({"type": "prometheus", "url": url, "heders": {}}),
            "unknown field `heders`",
        ),
        (
            json!({"type": "prometheus", "url": url, "tls": {"cert": "x"}}),
            "unknown field `cert`",
        ),
        (
            json!({"type": "prometheus", "url": url, "auth": {"type": "bearer", "token": {"evn": "X"}}}),
            "the place of a secret",
        ),
        (
            json!({"type": "prometheus", "url": url, "auth": {"type": "bearer", "token": {"env": "X"}, "user": "x"}}),
            "unknown field `user`",
        ),
        (
            json!({"type": "prometheus", "url": url, "headers": {"a": 5}}),
            "{env: NAME}",
        ),
    ] {
        let error = parse_error(config);
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn addresses_hold_nothing_but_an_address() {
    for (url, part) in [
        ("metrics.example:9090", "must begin with http"),
        ("/prometheus", "not an absolute address"),
        ("ftp://metrics.example", "must begin with http"),
        ("http://ann@metrics.example", "in `auth`"),
        ("http://:pw@metrics.example", "in `auth`"),
        ("http://metrics.example/?token=1", "query string"),
        ("http://metrics.example/#x", "fragment"),
    ] {
        let error = parse_error(json!({"type": "prometheus", "url": url}));
        assert!(error.contains(part), "{url}: {error}");
    }
}

#[test]
fn settings_that_cannot_work_are_refused_on_connecting() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let no_pem = write("ca.pem", "no certificate");
    let empty = write("empty", " \n");
    let two_lines = write("two-lines", "a\nb");
    let http = "http://localhost:9090";
    let https = "https://localhost:9090";
    let bearer = |place: Value| json!({"url": http, "auth": {"type": "bearer", "token": place}});
    for (config, part) in [
        (
            bearer(json!({"env": "SERINUS_TEST_UNSET"})),
            "`SERINUS_TEST_UNSET`, which should hold a secret, is not set",
        ),
        (
            bearer(json!({"file": folder.path().join("none")})),
            "none: No such file",
        ),
        (bearer(json!({"file": empty})), "is empty"),
        (
            bearer(json!({"file": two_lines})),
            "`authorization` holds characters",
        ),
        (
            json!({"url": http, "auth": {"type": "basic", "username": "a:b", "password": {"env": "PATH"}}}),
            "colon",
        ),
        (
            json!({"url": http, "headers": {"a b": "c"}}),
            "`a b` cannot be a header's name",
        ),
        (
            json!({"url": http, "headers": {"a": "b\n"}}),
            "`a` holds characters",
        ),
        (
            json!({"url": http, "headers": {"Content-Type": "x"}}),
            "`Content-Type` cannot be set",
        ),
        (
            json!({"url": http, "headers": {"Authorization": "x"}}),
            "use `auth`",
        ),
        (
            json!({"url": http, "headers": {"Authorization": {"env": "PATH"}}, "auth": {"type": "bearer", "token": {"env": "PATH"}}}),
            "exclude each other",
        ),
        (
            json!({"url": http, "tls": {"ca": no_pem}}),
            "begins with http://",
        ),
        (
            json!({"url": https, "tls": {"ca": no_pem}}),
            "holds no usable certificate",
        ),
        (
            json!({"url": https, "tls": {"ca": folder.path().join("none")}}),
            "none: No such file",
        ),
        (
            json!({"url": https, "tls": {"certificate": no_pem}}),
            "need each other",
        ),
        (
            json!({"url": https, "tls": {"certificate": no_pem, "key": no_pem}}),
            "client certificate in PEM form",
        ),
    ] {
        let error = connect_error(config);
        assert!(error.contains(part), "{error}");
    }
}

/// The ways of identifying oneself that have no store of their own in the tests.
#[tokio::test]
async fn every_kind_of_auth_is_sent() {
    let place = json!({"env": "CARGO_PKG_NAME"});
    for (auth, expected) in [
        (
            json!({"type": "token", "token": place}),
            "Token serinus-adapters",
        ),
        (
            json!({"type": "api-key", "key": place}),
            "ApiKey serinus-adapters",
        ),
        (
            json!({"type": "api-token", "token": place}),
            "Api-Token serinus-adapters",
        ),
        (
            json!({"type": "sigv4", "region": "eu-west-1", "service": "aps", "accessKeyId": place, "secretAccessKey": place}),
            "AWS4-HMAC-SHA256 Credential=serinus-adapters/",
        ),
    ] {
        let server = wiremock::MockServer::start().await;
        let source = connect(json!({"type": "prometheus", "url": server.uri(), "auth": auth}));
        source.check().await.unwrap_err();
        let requests = server.received_requests().await.unwrap();
        let sent = requests[0].headers["authorization"].to_str().unwrap();
        assert!(sent.starts_with(expected), "{sent}");
    }
}
