//! What goes with what in a config, and where a mistake is told.

use serde_json::{Value, json};
use serinus::canary_config::{CanaryConfig, Mistake, ParseError};

fn series() -> Value {
    json!({"query": "q{job=\"${scope}\"}"})
}

fn counts() -> Value {
    json!({"query": {"errors": "e{job=\"${scope}\"}", "of": "r{job=\"${scope}\"}"}})
}

/// `metric` with these fields besides.
fn with(mut metric: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else {
        panic!("expected fields")
    };
    metric.as_object_mut().unwrap().extend(fields);
    metric
}

/// A config with these metrics and these fields besides.
fn config(metrics: &[Value], fields: Value) -> Value {
    let metrics: Vec<Value> = (metrics.iter().enumerate())
        .map(|(index, metric)| {
            with(
                metric.clone(),
                json!({"name": format!("m{index}"), "groups": ["g"]}),
            )
        })
        .collect();
    let base = json!({
        "apiVersion": "serinus/v1", "name": "rules", "defaults": {"account": "a"},
        "metrics": metrics, "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
    });
    with(base, fields)
}

fn mistakes(config: &Value) -> Vec<Mistake> {
    match CanaryConfig::parse(&config.to_string()) {
        Ok(_) => Vec::new(),
        Err(ParseError::Mistakes(mistakes)) => mistakes,
        Err(ParseError::Syntax(detail)) => panic!("{detail}"),
    }
}

fn pointers(mistakes: &[Mistake]) -> Vec<&str> {
    let mut pointers: Vec<_> = (mistakes.iter())
        .map(|mistake| mistake.pointer.as_str())
        .collect();
    pointers.sort_unstable();
    pointers.dedup();
    pointers
}

#[test]
fn what_does_not_go_together_is_told_at_the_key_that_is_wrong() {
    let pods = json!({"label": "pod"});
    let history = json!({"windows": 4});
    let compare = |compare: Value| json!({"compare": compare});
    let guarded = |line: Value, compare: Value| json!({"guardrails": [line], "compare": compare});
    let alone = json!({"design": "canary-only"});
    let ratio = json!({"ratioAbove": 2, "for": "3m"});
    let sum = json!({"sumAbove": 2, "within": "3m"});
    for (metric, pointer, words) in [
        (
            with(counts(), compare(json!({"replicas": pods}))),
            "/compare/replicas",
            "counts",
        ),
        (
            with(counts(), compare(json!({"strata": pods}))),
            "/compare/strata",
            "counts",
        ),
        (
            with(counts(), compare(json!({"history": history}))),
            "/compare/history",
            "counts",
        ),
        (
            with(counts(), compare(alone.clone())),
            "/compare/design",
            "one series",
        ),
        (
            with(
                series(),
                compare(json!({"design": "canary-only", "replicas": pods})),
            ),
            "/compare/replicas",
            "one series",
        ),
        (
            with(
                series(),
                compare(json!({"design": "canary-only", "strata": pods})),
            ),
            "/compare/strata",
            "one series",
        ),
        (
            with(
                series(),
                compare(json!({"design": "canary-only", "history": history})),
            ),
            "/compare/history",
            "before-after",
        ),
        (
            with(
                series(),
                compare(json!({"design": "concurrent", "history": history})),
            ),
            "/compare/history",
            "before-after",
        ),
        (
            with(
                series(),
                compare(json!({"design": "before-after", "replicas": pods})),
            ),
            "/compare/replicas",
            "same times",
        ),
        (
            with(
                series(),
                compare(json!({"design": "before-after", "strata": pods})),
            ),
            "/compare/strata",
            "same times",
        ),
        (
            with(series(), compare(json!({"replicas": pods, "strata": pods}))),
            "/compare/strata",
            "both",
        ),
        (
            with(
                series(),
                compare(json!({"replicas": pods, "history": history})),
            ),
            "/compare/history",
            "one series",
        ),
        (
            with(series(), guarded(ratio, alone.clone())),
            "/guardrails/0/ratioAbove",
            "no baseline",
        ),
        (
            with(
                series(),
                guarded(
                    json!({"ratioAbove": 2, "for": "3m", "atLeast": 9}),
                    json!({}),
                ),
            ),
            "/guardrails/0/atLeast",
            "counted",
        ),
        (
            with(counts(), guarded(sum.clone(), json!({}))),
            "/guardrails/0/sumAbove",
            "do not add up",
        ),
        (
            with(series(), guarded(sum.clone(), json!({"replicas": pods}))),
            "/guardrails/0/sumAbove",
            "do not add up",
        ),
        (
            with(series(), guarded(sum, json!({"strata": pods}))),
            "/guardrails/0/sumAbove",
            "do not add up",
        ),
        (
            with(
                series(),
                json!({"compare": alone, "minimumWork": {"query": "w{j=\"${scope}\"}", "atLeast": 1, "canaryShare": "5%"}}),
            ),
            "/minimumWork/canaryShare",
            "no baseline",
        ),
        (
            with(series(), json!({"netflixAca": {}})),
            "/netflixAca",
            "effect.allowed",
        ),
        (
            with(series(), json!({"minimumSamples": "none"})),
            "/minimumSamples",
            "netflix-aca",
        ),
    ] {
        let found = mistakes(&config(std::slice::from_ref(&metric), json!({})));
        let pointer = format!("/metrics/0{pointer}");
        assert_eq!(pointers(&found), [pointer.as_str()], "{metric}: {found:#?}");
        assert!(found[0].detail.contains(words), "{metric}: {found:#?}");
    }
}

#[test]
fn what_netflix_aca_does_not_read_is_refused_under_it_and_the_other_way_round() {
    let judge = json!({"judge": {"name": "netflix-aca"}});
    for (metric, pointer) in [
        (json!({"effect": {"absolute": 1}}), "/effect/absolute"),
        (
            json!({"effect": {"mustDetect": "60%"}}),
            "/effect/mustDetect",
        ),
        (json!({"test": "paired-rank"}), "/test"),
        (json!({"limits": {"above": 1}}), "/limits"),
        (
            json!({"compare": {"replicas": {"label": "pod"}}}),
            "/compare/replicas",
        ),
        (
            json!({"compare": {"strata": {"label": "zone"}}}),
            "/compare/strata",
        ),
        (
            json!({"compare": {"history": {"windows": 4}}}),
            "/compare/history",
        ),
        (
            json!({"compare": {"design": "canary-only"}}),
            "/compare/design",
        ),
        (
            json!({"netflixAca": {}, "effect": {"allowed": "5%"}}),
            "/effect/allowed",
        ),
    ] {
        let found = mistakes(&config(&[with(series(), metric.clone())], judge.clone()));
        let pointer = format!("/metrics/0{pointer}");
        assert_eq!(pointers(&found), [pointer.as_str()], "{metric}: {found:#?}");
    }
    let fine = with(series(), json!({"effect": {"allowed": "5%"}}));
    assert_eq!(mistakes(&config(&[fine], judge.clone())), []);
    let fine = with(series(), json!({"netflixAca": {"nanStrategy": "replace"}}));
    assert_eq!(mistakes(&config(std::slice::from_ref(&fine), judge)), []);

    // Under `serinus` the advice is not that of the other judge.
    let both = with(fine, json!({"effect": {"allowed": "5%"}}));
    let found = mistakes(&config(&[both], json!({})));
    assert_eq!(
        pointers(&found),
        ["/metrics/0/netflixAca"],
        "not at `effect`: {found:#?}"
    );
}

#[test]
fn what_is_inherited_is_told_once_and_can_be_declined() {
    let history = json!({"compare": {"history": {"windows": 4, "every": "1d"}}});
    let metrics = [series(), counts(), series(), counts()];
    let found = mistakes(&config(&metrics, history.clone()));
    assert_eq!(pointers(&found), ["/compare/history"], "{found:#?}");
    assert_eq!(found.len(), 1, "{found:#?}");
    for words in ["m1, m3", "history: none"] {
        assert!(found[0].detail.contains(words), "{found:#?}");
    }
    let declined = with(counts(), json!({"compare": {"history": "none"}}));
    let metrics = [series(), declined.clone(), series(), declined];
    let text = config(&metrics, history.clone()).to_string();
    let read = CanaryConfig::parse(&text).unwrap_or_else(|error| panic!("{error}"));
    let inherited: Vec<bool> = (read.metrics.iter())
        .map(|metric| read.compare(metric).history.is_some())
        .collect();
    assert_eq!(inherited, [true, false, true, false]);
    for written in [read.to_yaml().unwrap(), read.to_json().unwrap()] {
        assert!(written.contains("none"), "{written}");
        assert_eq!(CanaryConfig::parse(&written).unwrap(), read);
    }

    // A metric's own key is to blame rather than one that it inherits.
    let concurrent = with(series(), json!({"compare": {"design": "concurrent"}}));
    let found = mistakes(&config(&[concurrent], history));
    assert_eq!(
        pointers(&found),
        ["/metrics/0/compare/design"],
        "{found:#?}"
    );

    // Strata and replicas are declined in the same way; what is wrong in a config's own `compare` is told there.
    let zones = json!({"compare": {"strata": {"label": "zone"}}});
    let alone = |strata| {
        with(
            series(),
            json!({"compare": {"design": "canary-only", "strata": strata}}),
        )
    };
    assert_eq!(
        mistakes(&config(&[series(), alone(json!("none"))], zones)),
        []
    );
    let wrong = json!({"compare": {"history": {"windows": 2}}});
    let found = mistakes(&config(&[series(), series()], wrong));
    assert_eq!(pointers(&found), ["/compare/history/windows"]);
    assert_eq!(found.len(), 1, "{found:#?}");
    let found = mistakes(&config(&[alone(json!("nothing"))], json!({})));
    assert_eq!(pointers(&found), ["/metrics/0/compare/strata"]);
    assert!(found[0].detail.contains("an object, or `none`"));
}

#[test]
fn a_default_is_there_for_the_metrics_that_can_use_it() {
    let alone = with(series(), json!({"compare": {"design": "canary-only"}}));
    let defaults = json!({"defaults": {
        "account": "a",
        "minimumWork": {"query": "w{j=\"${scope}\"}", "atLeast": 1, "canaryShare": "5%"},
    }});
    let some = config(&[alone.clone(), series()], defaults.clone());
    assert_eq!(mistakes(&some), []);
    let none = mistakes(&config(&[alone.clone(), alone], defaults));
    assert_eq!(pointers(&none), ["/defaults/minimumWork/canaryShare"]);
}

#[test]
fn what_does_nothing_as_it_stands_is_a_warning() {
    let muted = with(
        series(),
        json!({
            "muted": true, "critical": true, "required": true,
            "guardrails": [{"levelAbove": 1, "for": "3m"}],
        }),
    );
    let short = with(
        series(),
        json!({"guardrails": [{"growthAbove": 1, "for": "60s"}, {"growthAbove": 1, "for": "2m"}]}),
    );
    let at_once = with(
        series(),
        json!({"critical": true, "guardrails": [{"failedLooks": 3}]}),
    );
    let text = config(&[muted, short, at_once], json!({})).to_string();
    let read = CanaryConfig::parse(&text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        pointers(&read.warnings()),
        [
            "/metrics/0/critical",
            "/metrics/0/guardrails/0",
            "/metrics/0/required",
            "/metrics/1/guardrails/0/for",
            "/metrics/2/guardrails/0/failedLooks",
        ]
    );
    let ready_made = serinus::canary_config::ConfigLibrary::load(None).unwrap();
    for entry in ready_made.iter() {
        let name = entry.config.name.as_str();
        assert_eq!(entry.config.warnings(), [], "{name}");
    }
}

/// What is said of a key twice, or of a list in place of an object, must not be lost, however it comes.
#[test]
fn no_key_stands_twice_and_no_list_is_an_object() {
    let good = config(
        &[with(counts(), json!({"effect": {"allowed": "5%"}}))],
        json!({}),
    )
    .to_string();
    CanaryConfig::parse(&good).unwrap();
    let odd = good.replacen("r{job", "r\u{7f}{job", 1);
    assert_ne!(odd, good);
    CanaryConfig::parse(&odd).expect("JSON takes what YAML does not");
    // In whichever order the keys are written.
    let thresholds = json!({"pass": 90, "marginal": 75}).to_string();
    for (right, wrong) in [
        (r#"{"g":100}"#, r#"{"g":100,"g":1}"#),
        (r#"{"allowed":"5%"}"#, r#"{"allowed":"5%","allowed":"9%"}"#),
        (r#"{"account":"a"}"#, r#"{"account":"a","account":"b"}"#),
        (r#""name":"rules""#, r#""name":"rules","name":"rules""#),
        (r#"{"allowed":"5%"}"#, r#"["5%",null,null]"#),
        (r#"{"account":"a"}"#, r#"["a"]"#),
        (r#""name":"rules""#, r#""name":"rules","judge":["serinus"]"#),
        (r#""name":"rules""#, r#""name":"rules","compare":["auto"]"#),
        (
            r#""name":"rules""#,
            r#""name":"rules","compare":{"history":[4]}"#,
        ),
        (
            r#""name":"rules""#,
            r#""name":"rules","compare":{"replicas":["pod"]}"#,
        ),
        (
            r#""name":"rules""#,
            r#""name":"rules","compare":{"strata":[["a","b"]]}"#,
        ),
        (&thresholds, r#"[90,75]"#),
        (
            r#"{"errors":"e{job=\"${scope}\"}","of":"r{job=\"${scope}\"}"}"#,
            r#"["e","r"]"#,
        ),
    ] {
        let text = good.replacen(right, wrong, 1);
        assert_ne!(text, good, "{right}");
        assert!(CanaryConfig::parse(&text).is_err(), "{wrong}");
    }
}

#[test]
fn a_guardrail_over_looks_is_one_number_and_a_floor_has_its_lines() {
    let guarded = |line: Value| config(&[with(series(), json!({"guardrails": [line]}))], json!({}));
    for line in [
        json!({"failedLooks": 2}),
        json!({"failedLooks": 500}),
        json!({"growthAbove": 5e7, "per": "1m", "for": "10m", "floor": 1e9}),
        json!({"growthAbove": 5e7, "for": "10m", "floor": -1}),
        json!({"ratioAbove": 2, "for": "3m", "floor": 0.5}),
    ] {
        let text = guarded(line).to_string();
        let read = CanaryConfig::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let again = CanaryConfig::parse(&serde_json::to_string(&read).unwrap()).unwrap();
        assert_eq!(read.metrics[0].guardrails, again.metrics[0].guardrails);
    }
    for (line, words) in [
        (json!({"failedLooks": 1}), "from 2 to 500"),
        (json!({"failedLooks": 501}), "from 2 to 500"),
        (json!({"failedLooks": 3, "for": "3m"}), "no other keys"),
        (json!({"failedLooks": 3, "floor": 1}), "no other keys"),
        (json!({"failedLooks": 3, "levelAbove": 1}), "exactly one of"),
        (
            json!({"levelAbove": 1, "for": "3m", "floor": 1}),
            "`ratioAbove` or `growthAbove`",
        ),
        (
            json!({"ratioAbove": 2, "for": "3m", "floor": -1}),
            "`floor`",
        ),
    ] {
        let found = mistakes(&guarded(line.clone()));
        assert_eq!(pointers(&found), ["/metrics/0/guardrails/0"], "{line}");
        assert!(
            found[0].detail.contains(words),
            "{line}: {}",
            found[0].detail
        );
    }
}
