//! An imported config and the same one written by hand, judged by one service over one real Prometheus.

use std::process::Command;

use serde_json::{Value, json};
use serinus::canary_config::CanaryConfig;

use crate::support::{SERINUS, Service, backfilled};

/// 2026-01-14T08:45:00Z, and 80 minutes of it.
const START: i64 = 1_768_380_300;
const END: i64 = START + 80 * 60;

fn kayenta() -> Value {
    let p99 = "PromQL:histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{job=\"${scope}\"}[${range:-1m}])))";
    json!({
        "name": "web service",
        "applications": ["shop"],
        "judge": {"name": "NetflixACAJudge-v1.0", "judgeConfigurations": {}},
        "metrics": [
            {
                "name": "errors",
                "query": {"type": "prometheus", "metricName": "ignored", "customInlineTemplate":
                    "PromQL:sum(rate(http_requests_total{job=\"$\\{scope}\",code=~\"5..\"}[1m]))"},
                "groups": ["errors"],
                "analysisConfigurations": {"canary": {
                    "direction": "increase", "nanStrategy": "replace", "critical": true,
                    "effectSize": {"allowedIncrease": 1.5, "criticalIncrease": 2.0}}},
                "scopeName": "default"
            },
            {
                "name": "latency",
                "query": {"type": "prometheus", "customInlineTemplate": p99},
                "groups": ["latency"],
                "analysisConfigurations": {"canary": {
                    "direction": "increase", "mustHaveData": true,
                    "effectSize": {"measure": "cles", "allowedIncrease": 0.7},
                    "outliers": {"strategy": "remove", "outlierFactor": 2}}},
                "scopeName": "default"
            },
            {
                "name": "memory",
                "query": {"type": "prometheus", "metricName": "process_resident_memory_bytes",
                    "customFilterTemplate": "job", "labelBindings": ["code=\"\""]},
                "groups": ["saturation"],
                "analysisConfigurations": {"canary": {"direction": "either"}},
                "scopeName": "default"
            }
        ],
        "templates": {"job": "job=\"${scope}\""},
        "classifier": {
            "groupWeights": {"errors": 50, "latency": 30},
            "scoreThresholds": {"pass": 95, "marginal": 75}
        }
    })
}

/// The same, by hand.
fn native() -> Value {
    json!({
        "apiVersion": "serinus/v1",
        "name": "web service",
        "judge": {"name": "netflix-aca"},
        "defaults": {"account": "prometheus", "minimumSamples": "none"},
        "metrics": [
            {
                "name": "errors", "groups": ["errors"], "direction": "increase", "critical": true,
                "netflixAca": {"nanStrategy": "replace",
                    "effectSize": {"allowedIncrease": 1.5, "criticalIncrease": 2}},
                "query": "sum(rate(http_requests_total{job=\"${scope}\",code=~\"5..\"}[1m]))"
            },
            {
                "name": "latency", "groups": ["latency"], "direction": "increase", "onNoData": "fail",
                "netflixAca": {"effectSize": {"measure": "cles", "allowedIncrease": 0.7},
                    "outliers": {"strategy": "remove", "factor": 2}},
                "query": "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{job=\"${scope}\"}[1m])))"
            },
            {
                "name": "memory", "groups": ["saturation"], "direction": "either", "netflixAca": {},
                "query": "avg(process_resident_memory_bytes{job=\"${scope}\",code=\"\"})"
            }
        ],
        "groups": {"errors": 50, "latency": 30},
        "thresholds": {"pass": 95, "marginal": 75}
    })
}

/// What `serinus config import` makes of a config, and what it tells.
fn imported(kayenta: &Value) -> (Value, String) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.json");
    std::fs::write(&file, kayenta.to_string()).unwrap();
    let output = Command::new(SERINUS)
        .args(["config", "import", "--account", "prometheus"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let config = CanaryConfig::parse(std::str::from_utf8(&output.stdout).unwrap()).unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    (serde_json::to_value(config).unwrap(), told)
}

fn request(config: &Value, scenario: &str) -> Value {
    json!({
        "application": "shop",
        "config": {"inline": config},
        "baseline": {"scope": "baseline"},
        "canary": {"scope": scenario},
        "window": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"},
    })
}

#[tokio::test]
async fn an_imported_config_is_judged_as_the_one_written_by_hand() {
    let prometheus = backfilled(START, END).await;
    let service = Service::on_prometheus(&prometheus.url);
    let (imported, told) = imported(&kayenta());
    assert_eq!(told, "", "everything has its counterpart");
    for (scenario, verdict, outcomes) in [
        ("healthy", "pass", ["pass", "pass", "pass"]),
        ("latency-regression", "fail", ["pass", "high", "pass"]),
        ("error-spike", "fail", ["high", "pass", "pass"]),
    ] {
        let mut scorecards = Vec::new();
        for config in [&imported, &native()] {
            let summary = service.analyse(&request(config, scenario)).await;
            assert_eq!(summary["verdict"], verdict, "{scenario}: {summary:#}");
            scorecards.push(service.scorecard(&summary).await);
        }
        let [of_imported, of_native] = &scorecards[..] else {
            panic!("two configs");
        };
        for (metric, outcome) in outcomes.iter().enumerate() {
            let found = &of_imported["metrics"][metric];
            assert_eq!(found["outcome"], *outcome, "{scenario}: {found:#}");
        }
        for part in [
            "verdict",
            "score",
            "reason",
            "groups",
            "metrics",
            "thresholds",
        ] {
            assert!(!of_native[part].is_null(), "{part}");
            assert_eq!(of_imported[part], of_native[part], "{scenario}");
        }
        let queries = |scorecard: &Value| {
            let evidence = scorecard["evidence"].as_array().unwrap();
            let of = |metric: &Value| {
                (
                    metric["canary"]["queries"].clone(),
                    metric["canary"]["values"].clone(),
                )
            };
            evidence.iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(queries(of_imported), queries(of_native), "{scenario}");
    }
}

/// A metric that cannot be asked for makes every run impossible; it is not as if it were not there.
#[tokio::test]
async fn no_run_passes_without_a_metric_that_could_not_be_carried_over() {
    let prometheus = backfilled(START, END).await;
    let service = Service::on_prometheus(&prometheus.url);
    for query in [
        json!({"type": "cloudwatch", "metricName": "CPUUtilization", "dimension": "${scope}"}),
        json!({"type": "prometheus", "metricName": "up", "labelBindings": ["job=\"baseline\""]}),
    ] {
        let mut config = kayenta();
        config["metrics"][2]["query"] = query;
        let (imported, told) = imported(&config);
        assert!(told.starts_with("warning: /metrics/2/query: "), "{told}");
        let mut request = request(&imported, "healthy");
        let refused = service.post("/api/v1/analyses", &request).await;
        assert_eq!(refused.status(), 422);
        let problem: Value = refused.json().await.unwrap();
        assert_eq!(
            problem["errors"][0]["pointer"], "/config/inline/metrics/2/query",
            "{problem:#}"
        );
        // With windows of their own the sides do not ask the same.
        request["window"] = json!({
            "baseline": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T09:30:00Z"},
            "canary": {"start": "2026-01-14T09:30:00Z", "end": "2026-01-14T10:00:00Z"},
        });
        let summary = service.analyse(&request).await;
        assert_eq!(summary["verdict"], "error", "{summary:#}");
    }
}
