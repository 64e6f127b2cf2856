//! The guide's way from Kayenta, walked: its accounts imported, its config stored as it is, run and read by its clients. Several
//! metrics, several stores; Prometheus and `InfluxDB` are real.

use std::process::Command;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::path};

use super::{ended, get, send, started, stored};
use crate::support::{SERINUS, Service, backfilled, influxdb::InfluxDb};

/// 2026-01-14T08:45:00Z, and 80 minutes of it.
const START: i64 = 1_768_380_300;
const END: i64 = START + 80 * 60;

/// Stands in for Datadog's query API, version 1, which Kayenta asks.
#[derive(Debug)]
struct Datadog;

impl Respond for Datadog {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        for (name, secret) in [("dd-api-key", "k1"), ("dd-application-key", "k2")] {
            assert_eq!(request.headers[name], secret);
        }
        let parameter = |wanted: &str| {
            let mut all = request.url.query_pairs();
            let found = all.find(|(name, _)| name == wanted);
            found.unwrap_or_else(|| panic!("{wanted}")).1.into_owned()
        };
        let (from, to): (i64, i64) = (
            parameter("from").parse().unwrap(),
            parameter("to").parse().unwrap(),
        );
        let ratio = match parameter("query").as_str() {
            "avg:cpu{service:old}" => 0.732_051,
            "avg:cpu{service:new}" => 0.618_034,
            "avg:serinus.check{*}" => {
                return ResponseTemplate::new(200)
                    .set_body_json(json!({"status": "ok", "series": []}));
            }
            other => panic!("{other}"),
        };
        let points: Vec<_> = (from..to)
            .step_by(60)
            .enumerate()
            .map(|(number, at)| {
                let number = f64::from(u16::try_from(number).unwrap());
                json!([at * 1000, 40.0 + (number * ratio).fract()])
            })
            .collect();
        ResponseTemplate::new(200).set_body_json(json!({
            "status": "ok",
            "series": [{"tag_set": [], "query_index": 0, "interval": 60, "pointlist": points}],
        }))
    }
}

/// What lies in the Kayenta's `kayenta-local.yml`.
fn settings(prometheus: &str, influxdb: &str, datadog: &str) -> String {
    format!(
        "kayenta:\n\
         \x20 prometheus:\n\
         \x20   enabled: true\n\
         \x20   accounts: [{{name: my-prom, endpoint: {{baseUrl: \"{prometheus}\"}}, supportedTypes: [METRICS_STORE]}}]\n\
         \x20 influxdb:\n\
         \x20   enabled: true\n\
         \x20   accounts: [{{name: shop, endpoint: {{baseUrl: \"{influxdb}\"}}, supportedTypes: [METRICS_STORE]}}]\n\
         \x20 datadog:\n\
         \x20   enabled: true\n\
         \x20   accounts: [{{name: dd, endpoint: {{baseUrl: \"{datadog}\"}}, apiKey: k1, applicationKey: k2, supportedTypes: [METRICS_STORE]}}]\n\
         \x20 s3: {{enabled: true}}\n"
    )
}

fn config() -> Value {
    let metric = |name: &str, scope: &str, group: &str, query: Value| {
        json!({
            "name": name, "query": query, "groups": [group], "scopeName": scope,
            "analysisConfigurations": {"canary": {"direction": "increase", "mustHaveData": true}},
        })
    };
    json!({
        "name": "shop-release", "description": "", "configVersion": "1", "applications": ["shop"],
        "judge": {"name": "NetflixACAJudge-v1.0", "judgeConfigurations": {}},
        "metrics": [
            metric("latency p99", "default", "Latency", json!({
                "type": "prometheus", "serviceType": "prometheus", "customInlineTemplate":
                    "PromQL:histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{job=\"${scope}\"}[1m])))",
            })),
            metric("database latency", "database", "Latency", json!({
                "type": "influxdb", "serviceType": "influxdb", "metricName": "latency", "customInlineTemplate":
                    "SELECT mean(value) FROM latency WHERE ${timeFilter} AND ${scope} GROUP BY time(${step})",
            })),
            metric("cpu", "hosts", "Saturation", json!({
                "type": "datadog", "serviceType": "datadog", "metricName": "avg:cpu",
            })),
        ],
        "templates": {},
        "classifier": {"groupWeights": {"Latency": 50, "Saturation": 50}, "scoreThresholds": {"pass": 95, "marginal": 75}},
    })
}

fn request(canary: &str) -> Value {
    let pair = |control: &str, experiment: &str| {
        let scope = |name: &str| {
            json!({"scope": name, "location": "eu", "start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z",
                "step": 60, "extendedScopeParams": {}})
        };
        json!({"controlScope": scope(control), "experimentScope": scope(experiment)})
    };
    json!({
        "scopes": {
            "default": pair("baseline", canary),
            "database": pair("app:old", "app:new"),
            "hosts": pair("service:old", "service:new"),
        },
        "thresholds": {"pass": 90, "marginal": 75},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_config_of_several_metrics_and_stores_moves() {
    let prometheus = backfilled(START, END).await;
    let influxdb = InfluxDb::start().await;
    let datadog = MockServer::start().await;
    Mock::given(path("/api/v1/query"))
        .respond_with(Datadog)
        .mount(&datadog)
        .await;

    // 1. Accounts: what is printed is a file of settings, the secrets named.
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("kayenta-local.yml");
    let theirs = settings(&prometheus.url, &influxdb.url, &datadog.uri());
    std::fs::write(&file, theirs).unwrap();
    let imported = Command::new(SERINUS)
        .args(["config", "import"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(imported.status.code(), Some(0), "{imported:?}");
    let told = String::from_utf8(imported.stderr).unwrap();
    for named in [
        "DD_API_KEY",
        "DD_APPLICATION_KEY",
        "`database`",
        "/kayenta/s3",
    ] {
        assert!(told.contains(named), "{named}: {told}");
    }
    let ours = String::from_utf8(imported.stdout).unwrap();
    assert!(
        !ours.contains("k1") && !told.contains("k1"),
        "{ours} {told}"
    );
    let secrets = [("DD_API_KEY", "k1"), ("DD_APPLICATION_KEY", "k2")];
    let service = Service::start_with(&ours, &secrets);
    for account in ["my-prom", "shop", "dd"] {
        let path = format!("/api/v1/accounts/{account}/check");
        let (status, answer) = send(&service, Method::POST, &path, &json!({})).await;
        assert_eq!(status, StatusCode::OK, "{account}: {answer:#}");
        assert_eq!(answer["ok"], true, "{account}: {answer:#}");
    }

    // 2. The config, as it is.
    let id = stored(&service, &config()).await;
    let (_, listed) = get(
        &service,
        "/canaryConfig?application=shop&configurationAccountName=s3",
    )
    .await;
    assert_eq!(listed[0]["id"], id.as_str());

    // 3. Runs, without a word about accounts, read as Argo and Orca read them.
    for (canary, score, labels) in [
        ("healthy", 100.0, ["Pass", "Pass", "Pass"]),
        ("latency-regression", 75.0, ["High", "Pass", "Pass"]),
    ] {
        let path = format!("/canary/{id}?application=shop&metricsAccountName=&storageAccountName=");
        let run = started(&service, &path, &request(canary)).await;
        let run = ended(&service, &run).await;
        // Argo: complete, and a score that is a number.
        assert_eq!(run["complete"], true);
        let judged = &run["result"]["judgeResult"];
        assert_eq!(judged["score"]["score"], score, "{run:#}");
        // Orca: a status, and how many samples each metric has of the baseline.
        assert_eq!(run["status"], "succeeded");
        let results = judged["results"].as_array().unwrap();
        for (metric, label) in results.iter().zip(labels) {
            assert_eq!(metric["classification"], label, "{canary}: {metric:#}");
            let count = metric["controlMetadata"]["stats"]["count"].as_u64();
            assert!(count.unwrap() >= 50, "{metric:#}");
        }
        // Deck: the samples of each.
        let list = run["metricSetPairListId"].as_str().unwrap();
        let (_, pairs) = get(&service, &format!("/metricSetPairList/{list}")).await;
        let queries: Vec<_> = (pairs.as_array().unwrap().iter())
            .map(|pair| pair["attributes"]["experiment"]["query"].as_str().unwrap())
            .collect();
        assert!(
            queries[0].contains(&format!("job=\"{canary}\"")),
            "{queries:?}"
        );
        assert!(queries[1].contains("app = 'new'"), "{queries:?}");
        assert_eq!(queries[2], "avg:cpu{service:new}");
    }
}
