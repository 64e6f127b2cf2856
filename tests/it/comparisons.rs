//! Every way to compare, from config to scorecard, on series in a real Prometheus.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::support::{Prometheus, Service, load, noise};

/// 2026-01-14T06:00:00Z; the windows below end at ten.
const START: i64 = 1_768_370_400;
const HOURS: i64 = 4;
const STEP: i64 = 30;

/// A family of gauges: label sets with their level at a time.
fn gauges(text: &mut String, family: &str, series: &[(&str, Level)]) {
    writeln!(text, "# TYPE {family} gauge").unwrap();
    for (labels, level) in series {
        for at in (START..=START + HOURS * 3600).step_by(usize::try_from(STEP).unwrap()) {
            if let Some(level) = level(at) {
                let value = level * (1.0 + 0.05 * noise(labels, at));
                writeln!(text, "{family}{{{labels}}} {value} {at}").unwrap();
            }
        }
    }
}

type Level = Box<dyn Fn(i64) -> Option<f64>>;

fn shared(factor: f64) -> Level {
    Box::new(move |at| Some(100.0 * factor * load(at)))
}

fn open_metrics() -> String {
    let mut text = String::new();
    let mut pods: Vec<(String, Level)> = Vec::new();
    for pod in 0..6_i32 {
        let lasting = 1.0 + 0.04 * f64::from(pod);
        for (job, factor) in [("old", 1.0), ("same", 1.01), ("slow", 1.6)] {
            let gone = move |at: i64| job == "same" && pod == 2 && at > START + 13_000;
            let level = move |at| (!gone(at)).then(|| 100.0 * factor * lasting * load(at));
            pods.push((
                format!("job=\"{job}\",pod=\"{job}-{pod}\""),
                Box::new(level),
            ));
        }
    }
    let pods: Vec<(&str, Level)> = pods
        .iter_mut()
        .map(|(labels, level)| {
            (
                labels.as_str(),
                std::mem::replace(level, Box::new(|_| None)),
            )
        })
        .collect();
    gauges(&mut text, "latency", &pods);

    let zone = |level: f64| -> Level { Box::new(move |at| Some(level * load(at))) };
    gauges(
        &mut text,
        "busy",
        &[
            ("job=\"old\",zone=\"a\"", zone(10.0)),
            ("job=\"old\",zone=\"b\"", zone(500.0)),
            ("job=\"old\",zone=\"c\"", zone(80.0)),
            ("job=\"same\",zone=\"a\"", zone(10.0)),
            ("job=\"same\",zone=\"b\"", zone(500.0)),
            ("job=\"same\",zone=\"d\"", zone(3.0)),
            ("job=\"slow\",zone=\"a\"", zone(10.0)),
            ("job=\"slow\",zone=\"b\"", zone(800.0)),
        ],
    );
    gauges(
        &mut text,
        "alone",
        &[
            ("job=\"steady\"", Box::new(|_| Some(70.0))),
            (
                "job=\"leak\"",
                Box::new(|at| Some(50.0 * ((at - START) as f64 / 6_000.0).exp())),
            ),
            (
                "job=\"deployed\"",
                Box::new(|at| Some(if at > START + 3 * 3600 { 180.0 } else { 100.0 })),
            ),
        ],
    );
    gauges(
        &mut text,
        "side",
        &[
            ("job=\"old\"", shared(1.0)),
            ("job=\"same\"", shared(1.0)),
            ("job=\"slow\"", shared(1.5)),
        ],
    );
    for (family, rate) in [("errors", 0.02), ("requests", 1.0)] {
        writeln!(text, "# TYPE {family} counter").unwrap();
        for (job, factor) in [("old", 1.0), ("same", 1.0), ("slow", 3.0), ("clean", 0.0)] {
            let factor = if family == "errors" { factor } else { 1.0 };
            // A counter that never counted does not exist.
            if factor <= 0.0 {
                continue;
            }
            let mut total = 0.0;
            for at in (START..=START + HOURS * 3600).step_by(usize::try_from(STEP).unwrap()) {
                total += (300.0 * rate * factor * load(at) * (1.0 + 0.3 * noise(job, at))).round();
                writeln!(text, "{family}_total{{job=\"{job}\"}} {total} {at}").unwrap();
            }
        }
    }
    text + "# EOF\n"
}

/// A run of one metric over the last half hour.
fn request(metric: &Value, canary: &str) -> Value {
    let mut metric = metric.clone();
    metric["name"] = json!("m");
    metric["groups"] = json!(["g"]);
    json!({
        "application": "shop",
        "config": {"inline": {
            "apiVersion": "serinus/v1", "name": "comparison", "defaults": {"account": "prometheus"},
            "metrics": [metric], "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
        }},
        "baseline": {"scope": "old"},
        "canary": {"scope": canary},
        "window": {"start": "2026-01-14T09:30:00Z", "end": "2026-01-14T10:00:00Z"},
    })
}

struct Expected {
    design: &'static str,
    test: &'static str,
    outcome: &'static str,
    reason: &'static str,
}

const fn expected(
    design: &'static str,
    test: &'static str,
    outcome: &'static str,
    reason: &'static str,
) -> Expected {
    Expected {
        design,
        test,
        outcome,
        reason,
    }
}

#[tokio::test]
async fn every_comparison_reaches_the_scorecard() {
    let prometheus = Prometheus::with_history(&open_metrics()).await;
    let service = Service::on_prometheus(&prometheus.url);
    let side = json!({"query": "side{job=\"${scope}\"}"});
    let with = |change: Value| {
        let mut metric = side.clone();
        for (key, value) in change.as_object().unwrap() {
            metric[key] = value.clone();
        }
        metric
    };
    let pods =
        json!({"query": "latency{job=\"${scope}\"}", "compare": {"replicas": {"label": "pod"}}});
    let zones =
        json!({"query": "busy{job=\"${scope}\"}", "compare": {"strata": {"label": "zone"}}});
    let places = json!({
        "query": "busy{job=\"${scope}\",zone=\"${location}\"}",
        "compare": {"strata": {"locations": ["a", "b"]}},
    });
    let counts = json!({"query": {
        "errors": "sum(increase(errors_total{job=\"${scope}\"}[${step}]))",
        "of": "sum(increase(requests_total{job=\"${scope}\"}[${step}]))",
    }});
    let alone = json!({
        "query": "alone{job=\"${scope}\"}",
        "compare": {"design": "canary-only"},
        "limits": {"above": 80},
    });
    let trend = json!({"query": "alone{job=\"${scope}\"}", "compare": {"design": "canary-only"}});
    let history = json!({
        "query": "alone{job=\"${scope}\"}",
        "compare": {"design": "before-after", "history": {"windows": 5, "every": "30m"}},
    });
    for (metric, canary, expected) in [
        (
            side.clone(),
            "same",
            expected("paired", "auto", "pass", "no change"),
        ),
        (
            side.clone(),
            "slow",
            expected("paired", "auto", "high", "is up"),
        ),
        (
            with(json!({"test": "paired-rank"})),
            "slow",
            expected("paired", "paired-rank", "high", "is up"),
        ),
        (
            with(json!({"test": "mann-whitney"})),
            "slow",
            expected("paired", "mann-whitney", "inconclusive", "moves too slowly"),
        ),
        (
            with(json!({"compare": {"design": "concurrent"}})),
            "same",
            expected("paired", "auto", "pass", ""),
        ),
        (
            with(json!({"limits": {"above": 60}})),
            "same",
            expected("paired", "auto", "high", "above its limit 60"),
        ),
        (
            pods.clone(),
            "same",
            expected("replicas", "replicas", "pass", ""),
        ),
        (
            pods,
            "slow",
            expected("replicas", "replicas", "high", "is up"),
        ),
        (
            zones.clone(),
            "same",
            expected("strata", "auto", "inconclusive", "no samples in c, where"),
        ),
        (
            zones.clone(),
            "slow",
            expected("strata", "auto", "high", ""),
        ),
        (
            places.clone(),
            "same",
            expected("strata", "auto", "pass", ""),
        ),
        (places, "slow", expected("strata", "auto", "high", "")),
        (
            counts.clone(),
            "same",
            expected("counts", "proportion", "pass", ""),
        ),
        (
            counts.clone(),
            "slow",
            expected("counts", "proportion", "high", "is up"),
        ),
        (
            counts,
            "clean",
            expected("counts", "proportion", "pass", "only"),
        ),
        (
            alone.clone(),
            "steady",
            expected("canary-only", "limit", "pass", "keeps its limit 80"),
        ),
        (
            alone,
            "deployed",
            expected("canary-only", "limit", "high", "above its limit 80"),
        ),
        (
            trend.clone(),
            "steady",
            expected("canary-only", "trend", "pass", "no trend"),
        ),
        (
            trend,
            "leak",
            expected("canary-only", "trend", "high", "grows by"),
        ),
        (
            history.clone(),
            "steady",
            expected("before-after", "history", "pass", ""),
        ),
    ] {
        let mut request = request(&metric, canary);
        if canary == "clean" {
            request["config"]["inline"]["metrics"][0]["direction"] = json!("increase");
        }
        if metric["compare"]["design"] == "canary-only"
            || metric["compare"]["design"] == "before-after"
        {
            request.as_object_mut().unwrap().remove("baseline");
        }
        let scorecard = service.scorecard(&service.analyse(&request).await).await;
        let (result, evidence) = (&scorecard["metrics"][0], &scorecard["evidence"][0]);
        let found = [&result["design"], &result["test"], &result["outcome"]];
        let wanted = [expected.design, expected.test, expected.outcome];
        assert_eq!(found, wanted, "{metric} {canary}: {result:#}");
        let reason = result["reason"].as_str().unwrap();
        assert!(
            reason.contains(expected.reason) || expected.reason == "only",
            "{metric} {canary}: {reason}"
        );
        assert_eq!(evidence["comparison"]["design"], expected.design);
        assert!(!evidence["canary"]["queries"].as_array().unwrap().is_empty());
    }

    // A guardrail fails what the statistics pass: 110 is no change by half.
    let guarded = json!({
        "query": "side{job=\"${scope}\"}",
        "direction": "increase", "effect": {"allowed": "100%", "mustDetect": "200%"},
        "guardrails": [{"ratioAbove": 1.3, "for": "3m", "floor": 10}],
    });
    for (canary, verdict) in [("same", "pass"), ("slow", "fail")] {
        let summary = service.analyse(&request(&guarded, canary)).await;
        assert_eq!(summary["verdict"], verdict, "{summary:#}");
        let scorecard = service.scorecard(&summary).await;
        let guardrail = scorecard["metrics"][0]["guardrail"].as_str();
        assert_eq!(guardrail.is_some(), verdict == "fail", "{guardrail:?}");
    }

    // The other lines, each over a series that crosses it and one that does not.
    for (guardrail, canary, crossed) in [
        (json!({"levelAbove": 150, "for": "10m"}), "deployed", true),
        (json!({"levelAbove": 150, "for": "10m"}), "steady", false),
        (json!({"levelBelow": 90, "for": "10m"}), "steady", true),
        (json!({"levelBelow": 60, "for": "10m"}), "steady", false),
        (
            json!({"growthAbove": 2, "per": "1m", "for": "20m"}),
            "leak",
            true,
        ),
        (
            json!({"growthAbove": 2, "per": "1m", "for": "20m"}),
            "steady",
            false,
        ),
        (json!({"sumAbove": 300, "within": "3m"}), "deployed", true),
        (json!({"sumAbove": 300, "within": "3m"}), "steady", false),
    ] {
        let metric = json!({
            "query": "alone{job=\"${scope}\"}",
            "compare": {"design": "canary-only"},
            "limits": {"above": 1e6},
            "guardrails": [guardrail],
        });
        let summary = service.analyse(&request(&metric, canary)).await;
        let verdict = if crossed { "fail" } else { "pass" };
        assert_eq!(
            summary["verdict"], verdict,
            "{guardrail} {canary}: {summary:#}"
        );
    }

    // Sides with another step each, and of accounts of their own, meet on the coarser one.
    let mut request_of_two = request(&side, "slow");
    request_of_two["canary"]["step"] = json!("30s");
    request_of_two["canary"]["account"] = json!("prometheus");
    let scorecard = service
        .scorecard(&service.analyse(&request_of_two).await)
        .await;
    let (result, evidence) = (&scorecard["metrics"][0], &scorecard["evidence"][0]);
    assert_eq!([&result["design"], &result["outcome"]], ["paired", "high"]);
    assert_eq!(evidence["canary"]["stepMillis"], 60_000);
    let notes = evidence["canary"]["notes"].to_string();
    assert!(
        notes.contains("averaged to the other side's step"),
        "{notes}"
    );

    // What counts per step cannot meet there.
    let mut per_step = request_of_two.clone();
    per_step["config"]["inline"]["metrics"][0]["query"] =
        json!("sum(increase(requests_total{job=\"${scope}\"}[${step}]))");
    let refused = service.post("/api/v1/analyses", &per_step).await;
    assert_eq!(refused.status(), 422);
    let refused = refused.text().await.unwrap();
    assert!(refused.contains("give both the same"), "{refused}");

    // The canary has a zone that the baseline has not.
    let scorecard = service
        .scorecard(&service.analyse(&request(&zones, "same")).await)
        .await;
    let notes = scorecard["evidence"][0]["notes"].to_string();
    assert!(
        notes.contains("only the baseline has c") && notes.contains("only the canary has d"),
        "{notes}"
    );

    // Deployed at nine: half an hour later it is 80 % above all that was before.
    let mut request = request(&history, "deployed");
    request.as_object_mut().unwrap().remove("baseline");
    request["window"] = json!({"start": "2026-01-14T09:05:00Z", "end": "2026-01-14T09:30:00Z"});
    let scorecard = service.scorecard(&service.analyse(&request).await).await;
    let (result, evidence) = (&scorecard["metrics"][0], &scorecard["evidence"][0]);
    assert_eq!(result["outcome"], "high", "{result:#}");
    assert_eq!(evidence["history"].as_array().unwrap().len(), 5);
    assert_eq!(evidence["history"][4]["start"], "2026-01-14T08:06:00Z");
    assert_eq!(evidence["baseline"]["start"], "2026-01-14T08:36:00Z");
}
