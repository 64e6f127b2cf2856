//! Secrets reach the stores and nothing else: one scorecard from three stores, accounts that fail in every way, and a search
//! through all that the service says.

use std::{fmt::Write as _, fs, path::Path, process::Command};

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

use crate::support::{
    Prometheus, SERINUS, Service,
    influxdb::{InfluxDb, USER},
    stand_in,
};

/// What every planted secret holds.
const MARK: &str = "Pl4ntedQ7x";
/// Where the secrets of environment variables are.
const VARIABLES: [(&str, &str); 3] = [
    ("TEST_PROMETHEUS_TOKEN", "promPl4ntedQ7xToken"),
    ("TEST_DATADOG_KEY", "ddPl4ntedQ7xApiKey"),
    ("TEST_REFUSED_TOKEN", "refusedPl4ntedQ7xToken"),
];
const INFLUX_PASSWORD: &str = "influxPl4ntedQ7xPassword";
const APPLICATION_KEY: &str = "ddPl4ntedQ7xApplicationKey";
const GONE_PASSWORD: &str = "gonePl4ntedQ7xPassword";
const MOVED_KEY: &str = "movedPl4ntedQ7xKey";
const ACCESS_TOKEN: &str = "accessPl4ntedQ7xToken00";
/// One that nobody has.
const WRONG_TOKEN: &str = "wrongPl4ntedQ7xToken0000";
/// `canary:` and the two passwords, and `ci:` and the token in base64, as basic authentication sends them.
const ENCODED: [&str; 3] = [
    "Y2k6YWNjZXNzUGw0bnRlZFE3eFRva2VuMDA=",
    "Y2FuYXJ5OmluZmx1eFBsNG50ZWRRN3hQYXNzd29yZA==",
    "Y2FuYXJ5OmdvbmVQbDRudGVkUTd4UGFzc3dvcmQ=",
];

/// 2026-01-14T09:00:00Z, and the hour from there.
const START: i64 = 1_768_381_200;

/// Scattered around 1, differently for each side.
fn value(side: &str, minute: i64) -> f64 {
    let ratio = if side == "old" { 0.618_034 } else { 0.732_051 };
    1.0 + 0.1 * (minute as f64 * ratio).fract()
}

async fn prometheus() -> Prometheus {
    let mut text = "# TYPE latency gauge\n".to_owned();
    for side in ["old", "new"] {
        for minute in 0..=60 {
            let (value, at) = (value(side, minute), START + 60 * minute);
            writeln!(text, "latency{{job=\"{side}\"}} {value} {at}").unwrap();
        }
    }
    Prometheus::with_history(&(text + "# EOF\n")).await
}

/// Datadog as its documentation describes version 2, for exactly the request that fits, with both keys.
async fn datadog() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(|request: &Request| match datadog_sides(request) {
            Ok(sides) => {
                let minutes = 0..60;
                let times: Vec<_> = minutes
                    .clone()
                    .map(|minute| (START + 60 * minute) * 1000)
                    .collect();
                let values = |side: &&str| {
                    minutes
                        .clone()
                        .map(|minute| value(side, minute))
                        .collect::<Vec<_>>()
                };
                let values: Vec<_> = sides.iter().map(values).collect();
                let series = (0..sides.len())
                    .map(|index| json!({"group_tags": [], "query_index": index, "unit": null}));
                let attributes =
                    json!({"series": series.collect::<Vec<_>>(), "times": times, "values": values});
                let data =
                    json!({"id": "0", "type": "timeseries_response", "attributes": attributes});
                ResponseTemplate::new(200).set_body_json(json!({"data": data}))
            }
            Err(wrong) => ResponseTemplate::new(400).set_body_json(json!({"errors": [wrong]})),
        })
        .mount(&server)
        .await;
    server
}

/// Which sides a request asks for, in this order, or what is wrong with it.
fn datadog_sides(request: &Request) -> Result<Vec<&'static str>, String> {
    let head = format!("{} {}", request.method, request.url.path());
    if head != "POST /api/v2/query/timeseries" || request.url.query().is_some() {
        return Err(format!("{head} is not asked for"));
    }
    for (name, expected) in [
        ("dd-api-key", VARIABLES[1].1),
        ("dd-application-key", APPLICATION_KEY),
        ("content-type", "application/json"),
    ] {
        if request
            .headers
            .get(name)
            .is_none_or(|found| found != expected)
        {
            return Err(format!("the header {name} is not as it should be"));
        }
    }
    let body: Value = request.body_json().map_err(|error| error.to_string())?;
    let sides: [&[&str]; 4] = [&["old"], &["new"], &["old", "new"], &["new", "old"]];
    let asked = sides.into_iter().find(|sides| {
        let names = || (0..).map(|place| format!("q{place}"));
        let queries = sides.iter().zip(names()).map(|(side, name)| {
            let query = format!("avg:latency{{service:{side}}}.rollup(avg, 60)");
            json!({"data_source": "metrics", "name": name, "query": query})
        });
        let formulas = names()
            .take(sides.len())
            .map(|name| json!({"formula": name}));
        body == json!({"data": {"type": "timeseries_request", "attributes": {
            "from": START * 1000, "to": (START + 3600) * 1000, "interval": 60_000,
            "queries": queries.collect::<Vec<_>>(),
            "formulas": formulas.collect::<Vec<_>>(),
        }}})
    });
    asked
        .map(<[_]>::to_vec)
        .ok_or_else(|| format!("{body} is not asked for"))
}

/// Refuses everyone, and repeats the request's headers, as debugging proxies do.
async fn refusing() -> MockServer {
    let server = MockServer::start().await;
    let repeat = |request: &Request| {
        ResponseTemplate::new(401).set_body_string(format!("who is {:?}?", request.headers))
    };
    Mock::given(any()).respond_with(repeat).mount(&server).await;
    server
}

/// Sends everyone elsewhere, with the key they brought.
async fn moved(elsewhere: &MockServer) -> MockServer {
    let server = MockServer::start().await;
    let location = format!("{}/login?key={MOVED_KEY}", elsewhere.uri());
    let redirect = ResponseTemplate::new(302).insert_header("location", location.as_str());
    Mock::given(any())
        .respond_with(redirect)
        .mount(&server)
        .await;
    server
}

/// The stores that answer, and what is asked of them.
const ANSWERING: [(&str, &str); 3] = [
    ("prometheus", "latency{job=\"${scope}\"}"),
    (
        "influx",
        "SELECT mean(value) FROM latency WHERE $timeFilter AND app = '${scope}' GROUP BY time($interval)",
    ),
    (
        "datadog",
        "avg:latency{service:${scope}}.rollup(avg, $interval)",
    ),
];
/// The stores that do not, what is asked of them, how that fails, and a word of the reason: with those that answer, stores of every kind.
const FAILING: [(&str, &str, &str, &str); 13] = [
    (
        "refused",
        "latency{job=\"${scope}\"}",
        "unauthorized",
        "[redacted]",
    ),
    (
        "gone",
        "summarize(${scope}.latency, \"60s\", \"avg\", true)",
        "unavailable",
        "nothing-is-here.invalid",
    ),
    (
        "moved",
        "latency?app=${scope}&from=$startSeconds&to=$endSeconds&step=$stepSeconds",
        "malformed",
        "a redirect to 127.0.0.1",
    ),
    refusing_of(
        "influx2",
        "from(bucket: \"${scope}\") |> range(start: v.timeRangeStart, stop: v.timeRangeStop)",
    ),
    refusing_of(
        "influx3",
        "SELECT v FROM cpu WHERE $timeFilter AND app = '${scope}'",
    ),
    refusing_of(
        "signalfx",
        "data('latency', filter=filter('app', '${scope}')).publish()",
    ),
    refusing_of(
        "cloudwatch",
        "SEARCH('{Shop} MetricName=\"${scope}\"', 'Sum', $interval)",
    ),
    refusing_of(
        "newrelic",
        "SELECT count(*) FROM Transaction WHERE appName = '${scope}'",
    ),
    refusing_of(
        "dynatrace",
        "builtin:host.cpu.usage:filter(eq(\"app\",\"${scope}\")):avg",
    ),
    refusing_of("loki", "sum(rate({app=\"${scope}\"}[1m]))"),
    refusing_of(
        "elasticsearch",
        "{\"query\": {\"term\": {\"app\": \"${scope}\"}}}",
    ),
    refusing_of("atlas", "name,requests,:eq,app,${scope},:eq,:and,:sum"),
    refusing_of("wavefront", "ts(latency, app=\"${scope}\")"),
];

/// A store that refuses the credentials and repeats them.
const fn refusing_of(
    account: &'static str,
    query: &'static str,
) -> (&'static str, &'static str, &'static str, &'static str) {
    (account, query, "unauthorized", "[redacted]")
}

/// Accounts of the kinds that have no part of their own here, all at this address, each with secrets of its own.
fn refused_accounts(url: &str, secret: impl Fn(&str, &str) -> Value) -> Vec<(&'static str, Value)> {
    let planted = |name: &str| secret(name, &format!("{name}Pl4ntedQ7xSecret"));
    let auth = |kind: &str, field: &str, name: &str| json!({"type": kind, field: planted(name)});
    let accounts = [
        (
            "influx2",
            json!({"type": "influxdb", "version": 2, "organization": "shop", "auth": auth("token", "token", "influx2")}),
        ),
        (
            "influx3",
            json!({"type": "influxdb", "version": 3, "database": "shop", "auth": auth("bearer", "token", "influx3")}),
        ),
        (
            "signalfx",
            json!({"type": "signalfx", "accessToken": planted("signalfx")}),
        ),
        (
            "cloudwatch",
            json!({
                "type": "cloudwatch", "region": "eu-west-1", "accessKeyId": planted("cloudwatch-id"),
                "secretAccessKey": planted("cloudwatch-key"), "sessionToken": planted("cloudwatch-session"),
            }),
        ),
        (
            "newrelic",
            json!({"type": "newrelic", "accountId": 5, "apiKey": planted("newrelic")}),
        ),
        (
            "dynatrace",
            json!({"type": "dynatrace", "apiToken": planted("dynatrace")}),
        ),
        (
            "loki",
            json!({"type": "loki", "auth": auth("bearer", "token", "loki")}),
        ),
        (
            "elasticsearch",
            json!({"type": "elasticsearch", "index": "logs", "auth": auth("api-key", "key", "elasticsearch")}),
        ),
        (
            "atlas",
            json!({"type": "atlas", "headers": {"x-key": planted("atlas")}}),
        ),
        (
            "wavefront",
            json!({"type": "wavefront", "apiToken": planted("wavefront")}),
        ),
    ];
    accounts
        .map(|(name, mut account)| {
            account["url"] = json!(url);
            (name, account)
        })
        .into()
}

/// A config with a metric for each of these accounts.
fn config<'a>(judge: &str, asked: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let metrics: Vec<_> = asked
        .map(|(account, query)| {
            json!({"name": format!("{account}-latency"), "account": account, "groups": ["g"], "query": query})
        })
        .collect();
    json!({
        "apiVersion": "serinus/v1", "name": "stores", "judge": {"name": judge}, "defaults": {"step": "60s"},
        "metrics": metrics, "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
    })
}

fn everything(judge: &str) -> Value {
    let failing = FAILING
        .iter()
        .map(|(account, query, ..)| (*account, *query));
    config(judge, ANSWERING.into_iter().chain(failing))
}

fn request(config: &Value) -> Value {
    json!({
        "application": "shop", "config": {"inline": config},
        "baseline": {"scope": "old"}, "canary": {"scope": "new"},
        "window": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"},
    })
}

/// Secrets of files, and the settings that refer to all of them.
fn settings(directory: &Path, urls: [&str; 5]) -> Value {
    let secret = |name: &str, text: &str| {
        let path = directory.join(name);
        fs::write(&path, format!("{text}\n")).unwrap();
        json!({"file": path})
    };
    let basic = |password: Value| json!({"type": "basic", "username": USER, "password": password});
    let bearer = |name: &str| json!({"type": "bearer", "token": {"env": name}});
    let [prometheus, influx, datadog, refused, moved] = urls;
    let mut settings = json!({
        "runs": {"attempts": 1},
        "access": {"tokens": [
            {"name": "tests", "token": secret("access", ACCESS_TOKEN), "roles": ["admin"]},
        ]},
        "accounts": {
            "prometheus": {"type": "prometheus", "url": prometheus, "auth": bearer(VARIABLES[0].0)},
            "influx": {
                "type": "influxdb", "version": 1, "database": "shop", "url": influx,
                "auth": basic(secret("influx", INFLUX_PASSWORD)),
            },
            "datadog": {
                "type": "datadog", "url": datadog, "apiKey": {"env": VARIABLES[1].0},
                "applicationKey": secret("datadog", APPLICATION_KEY),
            },
            "refused": {"type": "prometheus", "url": refused, "auth": bearer(VARIABLES[2].0)},
            "gone": {
                "type": "graphite", "url": "http://nothing-is-here.invalid", "auth": basic(secret("gone", GONE_PASSWORD)),
            },
            "moved": {
                "type": "web", "url": moved, "times": "$.times[*]", "values": "$.values[*]",
                "headers": {"x-key": secret("moved", MOVED_KEY)},
            },
        },
    });
    for (name, account) in refused_accounts(refused, secret) {
        settings["accounts"][name] = account;
    }
    settings
}

/// The report of `serinus analyze` over everything, in this form.
fn report(service: &Service, config: &Path, format: &str) -> String {
    let output = Command::new(SERINUS)
        .args([
            "analyze",
            "--application",
            "shop",
            "--baseline",
            "old",
            "--canary",
            "new",
        ])
        .args([
            "--start",
            "2026-01-14T09:00:00Z",
            "--end",
            "2026-01-14T10:00:00Z",
        ])
        .args(["--server", &service.url, "--format", format, "--config"])
        .arg(config)
        .env("SERINUS_TOKEN", ACCESS_TOKEN)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("refused-latency"), "{said}");
    said
}

/// The answers to tokens of both kinds, shown in every way.
async fn shown_tokens(url: &str) -> Vec<String> {
    let client = reqwest::Client::new();
    let mut said = Vec::new();
    for path in ["/api/v1/audit", "/ui", "/api/v1/nothing"] {
        let request = || {
            client
                .get(format!("{url}{path}"))
                .header("accept", "text/html")
        };
        for (request, refused) in [
            (request().basic_auth("ci", Some(ACCESS_TOKEN)), false),
            (request().bearer_auth(WRONG_TOKEN), true),
            (request().basic_auth("ci", Some(WRONG_TOKEN)), true),
            (request().header("authorization", ACCESS_TOKEN), true),
        ] {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status() == 401, refused, "{path}");
            said.push(format!("{:?}", answer.headers()));
            said.push(answer.text().await.unwrap());
        }
    }
    said
}

#[tokio::test]
async fn three_stores_make_one_scorecard_and_no_secret_shows_anywhere() {
    let (prometheus, influx) = tokio::join!(prometheus(), InfluxDb::secured(INFLUX_PASSWORD));
    let (datadog, refused, elsewhere) = tokio::join!(datadog(), refusing(), MockServer::start());
    let moved = moved(&elsewhere).await;
    let directory = tempfile::tempdir().unwrap();
    let urls = [
        &prometheus.url,
        &influx.url,
        &datadog.uri(),
        &refused.uri(),
        &moved.uri(),
    ];
    let settings = settings(directory.path(), urls.map(String::as_str));
    let variables = [&VARIABLES[..], &[("RUST_LOG", "trace")]].concat();
    let service = Service::start_with(&settings.to_string(), &variables).showing(ACCESS_TOKEN);

    let good = config("serinus", ANSWERING.into_iter());
    let summary = service.analyse(&request(&good)).await;
    assert_eq!(summary["verdict"], "pass", "{summary:#}");
    let scorecard = service.scorecard(&summary).await;
    for (index, (account, _)) in ANSWERING.iter().enumerate() {
        let metric = &scorecard["metrics"][index];
        assert_eq!(metric["outcome"], "pass", "{metric:#}");
        let canary = &scorecard["evidence"][index]["canary"];
        assert_eq!(canary["account"], *account);
        let known = canary["values"].as_array().unwrap();
        assert_eq!(known.iter().filter(|value| value.is_f64()).count(), 60);
    }
    let mut said = vec![summary.to_string(), scorecard.to_string()];

    // Failing accounts are errors of their metrics, each with its reason.
    let summary = service.analyse(&request(&everything("serinus"))).await;
    let scorecard = service.scorecard(&summary).await;
    let metrics = scorecard["metrics"].as_array().unwrap();
    for (metric, (account, _, code, word)) in metrics[ANSWERING.len()..].iter().zip(FAILING) {
        assert_eq!(metric["outcome"], "error", "{metric:#}");
        assert!(metric.to_string().contains(word), "{metric:#}");
        let check = format!("/api/v1/accounts/{account}/check");
        let checked: Value = service.post(&check, &json!({})).await.json().await.unwrap();
        assert_eq!(checked["code"], code, "{checked:#}");
        said.push(checked.to_string());
    }
    said.extend([summary.to_string(), scorecard.to_string()]);
    // Under the judge of Kayenta they fail the run.
    let summary = service.analyse(&request(&everything("netflix-aca"))).await;
    assert_eq!(summary["state"], "failed", "{summary:#}");
    said.push(summary.to_string());

    let unknown = config("serinus", [("nobody", "x${scope}")].into_iter());
    for (path, body, status) in [
        ("/api/v1/analyses", request(&unknown), 422),
        ("/api/v1/analyses", json!({"accounts": 1}), 422),
        ("/api/v1/accounts/nobody/check", json!({}), 404),
    ] {
        let problem = service.post(path, &body).await;
        let found = problem.status();
        let text = problem.text().await.unwrap();
        assert_eq!(found, status, "{text}");
        said.push(text);
    }
    for path in [
        "/api/v1/accounts",
        "/api/v1/analyses",
        "/livez",
        "/readyz",
        "/metrics",
        "/openapi.json",
    ] {
        let answer = service.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        said.push(answer.text().await.unwrap());
    }
    said.extend(shown_tokens(&service.url).await);
    let file = directory.path().join("config.json");
    fs::write(&file, everything("serinus").to_string()).unwrap();
    for format in ["text", "json", "markdown", "junit"] {
        said.push(report(&service, &file, format));
    }
    said.push(service.stop());

    // The search would be worth nothing if the secrets had not been sent, and repeated by who got them.
    let sent = |requests: Option<Vec<Request>>| format!("{:?}", requests.unwrap());
    let refused = sent(refused.received_requests().await);
    assert!(refused.contains(VARIABLES[2].1));
    for (account, ..) in &FAILING[3..] {
        // The key that CloudWatch's requests are signed with is never sent; what says whose it is stands in a header.
        let own = [format!("{account}{MARK}"), format!("{account}-id{MARK}")];
        assert!(
            own.iter().any(|secret| refused.contains(secret)),
            "{account}"
        );
    }
    assert!(sent(moved.received_requests().await).contains(MOVED_KEY));
    assert_eq!(elsewhere.received_requests().await.unwrap().len(), 0);
    let all = said.join("\n");
    for word in FAILING.map(|(.., word)| word) {
        assert!(all.contains(word), "{word}");
    }
    for secret in [&[MARK][..], &ENCODED].concat() {
        let found = said.iter().find(|text| text.contains(secret));
        let line = found.and_then(|text| text.lines().find(|line| line.contains(secret)));
        assert_eq!(line, None, "{secret} shows");
    }
}

#[tokio::test]
async fn a_rotated_secret_is_noticed_by_a_running_service() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    fs::write(&file, "first").unwrap();
    let store = MockServer::start().await;
    let service = Service::start(
        &json!({"runs": {"keptSamples": 0}, "accounts": {"prometheus": {
            "type": "prometheus", "url": store.uri(), "auth": {"type": "bearer", "token": {"file": file}},
        }}})
        .to_string(),
    );
    let only = async |token: &str| {
        store.reset().await;
        let expected = format!("Bearer {token}");
        let other = move |request: &Request| request.headers["authorization"] != expected;
        let refusal = Mock::given(other).respond_with(ResponseTemplate::new(401));
        refusal.with_priority(1).mount(&store).await;
        stand_in::mount(&store, stand_in::canary()).await;
    };
    let verdict = async || {
        let request = stand_in::request("netflix-aca");
        service.analyse(&request).await["verdict"].clone()
    };
    only("first").await;
    assert_eq!(verdict().await, "pass");
    only("second").await;
    assert_eq!(verdict().await, "error");
    fs::write(&file, "second\n").unwrap();
    assert_eq!(verdict().await, "pass");
    fs::remove_file(&file).unwrap();
    assert_eq!(verdict().await, "error");
}
