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

/// What `serinus config import` makes of it.
fn imported() -> Value {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.json");
    std::fs::write(&file, kayenta().to_string()).unwrap();
    let output = Command::new(SERINUS)
        .args(["config", "import", "--account", "prometheus"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stderr, b"", "everything has its counterpart");
    let config = CanaryConfig::parse(std::str::from_utf8(&output.stdout).unwrap()).unwrap();
    serde_json::to_value(config).unwrap()
}

#[tokio::test]
async fn an_imported_config_is_judged_as_the_one_written_by_hand() {
    let prometheus = backfilled(START, END).await;
    let service = Service::on_prometheus(&prometheus.url);
    let imported = imported();
    for (scenario, verdict, outcomes) in [
        ("healthy", "pass", ["pass", "pass", "pass"]),
        ("latency-regression", "fail", ["pass", "high", "pass"]),
        ("error-spike", "fail", ["high", "pass", "pass"]),
    ] {
        let mut scorecards = Vec::new();
        for config in [&imported, &native()] {
            let summary = service
                .analyse(&json!({
                    "application": "shop",
                    "config": {"inline": config},
                    "baseline": {"scope": format!("{scenario}-baseline")},
                    "canary": {"scope": format!("{scenario}-canary")},
                    "window": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"},
                }))
                .await;
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
