//! What decides a metric, or keeps it from passing, whatever the statistics could say.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::{Prometheus, Service, load, noise};

/// 2026-01-14T06:00:00Z; the windows below end at ten.
const START: i64 = 1_768_370_400;
const END: i64 = START + 4 * 3600;
const STEP: i64 = 30;

/// Gauges by job, and by job and zone; `gappy` has no samples before nine except for the last minutes of each hour.
fn open_metrics() -> String {
    let mut text = "# TYPE side gauge\n".to_owned();
    let mut line = |labels: &str, level: f64, there: &dyn Fn(i64) -> bool| {
        for at in (START..=END).step_by(usize::try_from(STEP).unwrap()) {
            if there(at) {
                let value = level * load(at) * (1.0 + 0.05 * noise(labels, at));
                writeln!(text, "side{{{labels}}} {value} {at}").unwrap();
            }
        }
    };
    let always = |_: i64| true;
    for (job, level) in [("old", 100.0), ("same", 101.0), ("slow", 180.0)] {
        line(&format!("job=\"{job}\""), level, &always);
        // `c` is lost to the canaries; of `d`, the baseline has samples for the first minutes only.
        for zone in ["a", "b"] {
            line(
                &format!("job=\"{job}-zones\",zone=\"{zone}\""),
                level,
                &always,
            );
        }
    }
    line("job=\"old-zones\",zone=\"c\"", 90.0, &always);
    line("job=\"old-zones\",zone=\"d\"", 90.0, &|at| {
        at < END - 1800 + 300
    });
    for pod in 1..=6 {
        line(
            &format!("job=\"pods\",pod=\"p{pod}\""),
            100.0 + f64::from(pod),
            &always,
        );
    }
    line("job=\"gappy\"", 100.0, &|at| at > START + 9_000);
    text += "# TYPE many gauge\n";
    for (job, n) in (0..75).flat_map(|n| [("old", n), ("same", n)]) {
        writeln!(text, "many{{job=\"{job}\",n=\"{n}\"}} 1 {END}").unwrap();
    }
    text + "# EOF\n"
}

async fn service() -> (Service, Prometheus) {
    let prometheus = Prometheus::with_history(&open_metrics()).await;
    let service = Service::on_prometheus(&prometheus.url);
    (service, prometheus)
}

/// A run of one metric with these fields over the last half hour.
fn request(fields: Value, canary: &str) -> Value {
    let mut metric = json!({"name": "m", "groups": ["g"], "query": "side{job=\"${scope}\"}"});
    for (key, value) in fields.as_object().unwrap() {
        metric[key] = value.clone();
    }
    json!({
        "application": "shop",
        "config": {"inline": {
            "apiVersion": "serinus/v1", "name": "guarded", "defaults": {"account": "prometheus"},
            "metrics": [metric], "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
        }},
        "baseline": {"scope": "old"},
        "canary": {"scope": canary},
        "window": {"start": "2026-01-14T09:30:00Z", "end": "2026-01-14T10:00:00Z"},
    })
}

/// Its metric, verdict and evidence.
async fn judged(service: &Service, request: &Value) -> (Value, Value, Value) {
    let summary = service.analyse(request).await;
    let scorecard = service.scorecard(&summary).await;
    let verdict = summary["verdict"].clone();
    (
        scorecard["metrics"][0].clone(),
        verdict,
        scorecard["evidence"][0].clone(),
    )
}

async fn refused(service: &Service, request: &Value) -> Vec<(String, String)> {
    let response = service.post("/api/v1/analyses", request).await;
    assert_eq!(response.status(), 422);
    let problem: Value = response.json().await.unwrap();
    let errors = problem["errors"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (errors.iter())
        .map(|error| (text(&error["pointer"]), text(&error["detail"])))
        .collect()
}

#[tokio::test]
async fn limits_and_guardrails_hold_without_the_work_and_without_the_baseline() {
    let (service, _prometheus) = service().await;
    let guardrail = json!([{"levelAbove": 130, "for": "5m"}]);
    let work =
        json!({"query": "sum(count_over_time(side{job=\"${scope}\"}[${window}]))", "atLeast": 1e9});
    // The baseline's query is one that no store understands.
    let lost = "side{job=\"${scope}\"${broken:-}}";
    for (amiss, undecided, why) in [
        (
            json!({"minimumWork": work}),
            "inconclusive",
            "too little work",
        ),
        (json!({"query": lost}), "error", "baseline: "),
    ] {
        for (line, critical) in [
            (json!({"limits": {"above": 130}}), false),
            (json!({"guardrails": guardrail}), true),
        ] {
            for (canary, outcome, verdict) in [
                ("slow", "high", "fail"),
                ("same", undecided, "inconclusive"),
            ] {
                let mut fields = amiss.clone();
                for (key, value) in line.as_object().unwrap() {
                    fields[key] = value.clone();
                }
                let mut request = request(fields, canary);
                request["baseline"]["params"] = json!({"broken": "x"});
                let (metric, found, evidence) = judged(&service, &request).await;
                assert_eq!(metric["outcome"], outcome, "{amiss} {line}: {metric:#}");
                assert_eq!(found, verdict, "{metric:#}");
                assert_eq!(metric["criticalFailure"], critical && outcome == "high");
                assert_eq!(metric["canary"]["count"], 30, "{metric:#}");
                let told = format!("{} {}", metric["reason"], metric["notes"]);
                assert!(told.contains(why), "{told}");
                assert_eq!(evidence["canary"]["values"].as_array().unwrap().len(), 30);
            }
        }
    }
}

#[tokio::test]
async fn a_zone_that_the_canary_lost_keeps_it_from_passing() {
    let (service, _prometheus) = service().await;
    let zones = |matcher: &str| {
        json!({
            "query": format!("side{{job=\"${{scope}}\"{matcher}}}"),
            "compare": {"strata": {"label": "zone"}},
        })
    };
    for (matcher, canary, outcome) in [
        ("", "same-zones", "inconclusive"),
        ("", "slow-zones", "high"),
        // What the baseline had for a few minutes only is noted.
        (",zone!=\"c\"", "same-zones", "pass"),
    ] {
        let mut request = request(zones(matcher), canary);
        request["baseline"]["scope"] = json!("old-zones");
        let (metric, _, evidence) = judged(&service, &request).await;
        assert_eq!(metric["outcome"], outcome, "{matcher} {canary}: {metric:#}");
        if outcome == "inconclusive" {
            let reason = metric["reason"].as_str().unwrap();
            assert!(reason.contains("no samples in c, where"), "{reason}");
        }
        let notes = evidence["notes"].to_string();
        assert!(
            notes.contains("only the baseline has ") && notes.contains('d'),
            "{notes}"
        );
    }
    // Without any zone in common nothing is compared.
    let mut request = request(zones(",zone!=\"a\""), "same-zones");
    request["config"]["inline"]["metrics"][0]["query"] =
        json!("side{job=\"${scope}\",zone=~\"${zone}\"}");
    request["baseline"] = json!({"scope": "old-zones", "params": {"zone": "a|c"}});
    request["canary"]["params"] = json!({"zone": "b"});
    let (metric, verdict, _) = judged(&service, &request).await;
    assert_eq!([&metric["outcome"], &verdict], ["inconclusive"; 2]);
    let reason = metric["reason"].as_str().unwrap();
    assert!(
        reason.contains("only the baseline has a, c, only the canary has b"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_replica_of_both_sides_keeps_them_from_being_compared() {
    let (service, _prometheus) = service().await;
    let pods = json!({
        "query": "side{job=\"pods\",pod=~\"${scope}\"}",
        "compare": {"replicas": {"label": "pod"}},
    });
    for (baseline, expected, part) in [
        ("p1|p2|p3", ("pass", "pass"), "no change"),
        (
            "p1|p2|p3|p4",
            ("inconclusive", "inconclusive"),
            "\"p4\" is a replica of both sides",
        ),
        (
            "p.",
            ("inconclusive", "inconclusive"),
            "overlapping populations",
        ),
    ] {
        let mut request = request(pods.clone(), "p4|p5|p6");
        request["baseline"]["scope"] = json!(baseline);
        let (metric, verdict, _) = judged(&service, &request).await;
        let found = (
            metric["outcome"].as_str().unwrap(),
            verdict.as_str().unwrap(),
        );
        assert_eq!(found, expected, "{baseline}: {metric:#}");
        let reason = metric["reason"].as_str().unwrap();
        assert!(reason.contains(part), "{baseline}: {reason}");
    }
}

#[tokio::test]
async fn history_without_a_baseline_is_the_canarys_own_past() {
    let (service, _prometheus) = service().await;
    let fields = json!({"compare": {"history": {"windows": 5}}});
    let mut alone = request(fields.clone(), "same");
    alone.as_object_mut().unwrap().remove("baseline");
    let (metric, _, evidence) = judged(&service, &alone).await;
    assert_eq!(metric["design"], "before-after", "{metric:#}");
    assert_eq!(
        evidence["baseline"]["queries"],
        evidence["canary"]["queries"]
    );
    assert_eq!(evidence["baseline"]["start"], "2026-01-14T09:01:00Z");
    assert_eq!(evidence["history"].as_array().unwrap().len(), 5);

    // Half of the past is not there, and both the windows asked for and the missing ones are told.
    let mut gappy = alone.clone();
    gappy["canary"]["scope"] = json!("gappy");
    let (metric, _, evidence) = judged(&service, &gappy).await;
    let reason = evidence["comparison"]["reason"].as_str().unwrap();
    assert!(reason.contains("5 earlier windows are to show"), "{reason}");
    let notes = metric["notes"].to_string();
    assert!(
        notes.contains("of 5 earlier windows have too few samples"),
        "{notes}"
    );
    assert!(
        notes.contains("there are too few earlier windows"),
        "{notes}"
    );

    // Without history there is nothing that says whose past it could be.
    let mut lost = request(json!({}), "same");
    lost.as_object_mut().unwrap().remove("baseline");
    let found = refused(&service, &lost).await;
    assert_eq!(found[0].0, "/baseline", "{found:?}");

    // Windows that would overlap are told where they are said.
    for (own, pointer) in [
        (true, "/config/inline/metrics/0/compare/history/every"),
        (false, "/config/inline/compare/history/every"),
    ] {
        let compare = json!({"history": {"windows": 5, "every": "10m"}});
        let mut request = request(json!({}), "same");
        if own {
            request["config"]["inline"]["metrics"][0]["compare"] = compare;
        } else {
            request["config"]["inline"]["compare"] = compare;
        }
        let found = refused(&service, &request).await;
        assert_eq!(found[0].0, pointer, "{found:?}");
    }
}

#[tokio::test]
async fn what_could_not_be_crossed_or_compared_in_the_window_is_refused() {
    let (service, _prometheus) = service().await;
    let guarded = |line: Value| request(json!({"guardrails": [line]}), "same");
    for (line, key, words) in [
        (
            json!({"levelAbove": 1e3, "for": "31m"}),
            Some("for"),
            "takes 31 samples",
        ),
        (
            json!({"ratioAbove": 9, "for": "1h"}),
            Some("for"),
            "the window holds 30",
        ),
        (
            json!({"growthAbove": 1, "for": "60s"}),
            Some("for"),
            "two samples or more",
        ),
        (json!({"levelAbove": 1e3, "for": "30m"}), None, ""),
        (json!({"growthAbove": 1e3, "for": "2m"}), None, ""),
        (json!({"sumAbove": 1e9, "within": "2h"}), None, ""),
    ] {
        let request = guarded(line.clone());
        let Some(key) = key else {
            let (metric, ..) = judged(&service, &request).await;
            assert_eq!(metric["outcome"], "pass", "{line}: {metric:#}");
            continue;
        };
        let found = refused(&service, &request).await;
        let pointer = format!("/config/inline/metrics/0/guardrails/0/{key}");
        assert_eq!(found[0].0, pointer, "{line}: {found:?}");
        assert!(found[0].1.contains(words), "{line}: {found:?}");
    }
    // A request's own step decides.
    let mut finer = guarded(json!({"growthAbove": 1e3, "for": "60s"}));
    finer["step"] = json!("30s");
    let (metric, ..) = judged(&service, &finer).await;
    assert_eq!(metric["outcome"], "pass", "{metric:#}");

    // Early looks may see less than a guardrail takes; not even one that sees enough is a mistake.
    for (looks, time, fits) in [
        (json!({"every": "10m"}), "25m", true),
        (json!({"every": "10m"}), "31m", false),
        (json!({"every": "10m", "lookback": "20m"}), "25m", false),
        (json!({"every": "10m", "lookback": "20m"}), "20m", true),
    ] {
        let mut request = guarded(json!({"levelAbove": 1e3, "for": time}));
        request["looks"] = looks.clone();
        if fits {
            let summary = service.analyse(&request).await;
            assert_eq!(summary["state"], "succeeded", "{looks} {time}: {summary:#}");
        } else {
            let found = refused(&service, &request).await;
            assert!(
                found[0].0.ends_with("/guardrails/0/for"),
                "{looks} {time}: {found:?}"
            );
        }
    }

    // Zones are compared at the same times, whatever the windows say.
    let mut apart = request(
        json!({"compare": {"strata": {"label": "zone"}}}),
        "same-zones",
    );
    apart["window"] = json!({
        "baseline": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T09:30:00Z"},
        "canary": {"start": "2026-01-14T09:30:00Z", "end": "2026-01-14T10:00:00Z"},
    });
    let found = refused(&service, &apart).await;
    assert_eq!(
        found[0].0, "/config/inline/metrics/0/compare/strata",
        "{found:?}"
    );

    // A scope pair's name stands in the pointer as a pointer needs it.
    let mut pair = request(json!({"scope": "a/b~c"}), "same");
    pair["scopes"] = json!({"a/b~c": {"baseline": {"scope": " "}, "canary": {"scope": "same"}}});
    let found = refused(&service, &pair).await;
    assert_eq!(found[0].0, "/scopes/a~1b~0c/baseline/scope", "{found:?}");
}

#[tokio::test]
async fn a_run_holds_no_more_samples_than_it_may_however_many_series_there_are() {
    let (service, _prometheus) = service().await;
    // Of 7,200 steps each, seen at the last of them only.
    let query = "many{job=\"${scope}\",n=\"0\"}";
    let many = "many{job=\"${scope}\"}";
    let replicas = json!({"replicas": {"label": "n"}});
    let mut request = request(
        json!({"query": many, "compare": replicas, "step": "1s"}),
        "same",
    );
    request["window"] = json!({"start": "2026-01-14T08:00:00Z", "end": "2026-01-14T10:00:00Z"});
    let mut first = request["config"]["inline"]["metrics"][0].clone();
    first["name"] = json!("few");
    first["query"] = json!(query);
    let metrics = request["config"]["inline"]["metrics"]
        .as_array_mut()
        .unwrap();
    metrics.insert(0, first);
    let summary = service.analyse(&request).await;
    let scorecard = service.scorecard(&summary).await;
    let outcomes = [0, 1].map(|at| &scorecard["metrics"][at]["outcome"]);
    assert_eq!(outcomes[1], "error", "{summary:#}");
    assert_ne!(outcomes[0], "error", "{summary:#}");
    let reason = scorecard["metrics"][1]["reason"].as_str().unwrap();
    assert!(reason.contains("75 series of 7200 steps"), "{reason}");
    assert!(reason.contains("1000000 samples"), "{reason}");
}
