//! Every config in `configs/` is imported; what becomes of it is a snapshot.

use std::{collections::BTreeSet, fmt::Write};

use serde_json::{Value, json};
use serinus::{
    canary_config::CanaryConfig,
    kayenta::{Given, KayentaConfig, StoreType},
};

use super::config_of;

/// Names and texts of the configs.
pub(super) fn configs() -> Vec<(String, String)> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/kayenta/configs");
    let mut found: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    found.sort();
    found
}

/// The config reads back from what is written of it.
fn assert_reads_back(config: &CanaryConfig) -> String {
    let yaml = config.to_yaml().unwrap();
    let again = CanaryConfig::parse(&yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    assert_eq!(&again, config, "{yaml}");
    assert_eq!(again.digest(), config.digest());
    let json = config.to_json().unwrap();
    assert_eq!(&CanaryConfig::parse(&json).unwrap(), config, "{json}");
    yaml
}

#[test]
fn every_config_is_imported_and_reads_back() {
    let configs = configs();
    assert!(configs.len() >= 30, "{}", configs.len());
    let mut stores = BTreeSet::new();
    for (name, text) in configs {
        let received: Value = serde_json::from_str(&text).unwrap();
        let config = KayentaConfig::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(KayentaConfig::recognises(&received), "{name}");
        assert_eq!(serde_json::to_value(&config).unwrap(), received, "{name}");
        let lowered = config
            .lower(&Given::default())
            .unwrap_or_else(|mistakes| panic!("{name}: {mistakes:?}"));
        let metrics = received["metrics"].as_array().unwrap();
        assert_eq!(
            lowered.config.metrics.len(),
            metrics.len(),
            "{name}: none is left out"
        );
        for metric in metrics {
            stores.insert(metric["query"]["type"].as_str().unwrap().to_owned());
        }
        let mut shown = String::new();
        for warning in &lowered.warnings {
            writeln!(shown, "warning: {warning}").unwrap();
            let parent = warning
                .pointer
                .rsplit_once('/')
                .map_or("", |(parent, _)| parent);
            assert!(
                received.pointer(parent).is_some(),
                "{name}: {warning} points nowhere"
            );
        }
        shown.push_str(&assert_reads_back(&lowered.config));
        insta::assert_snapshot!(name, shown);
    }
    for store in StoreType::ALL {
        assert!(stores.contains(store.as_str()), "{store:?} has no example");
    }
}

#[test]
fn what_the_request_says_is_not_asked_for_again() {
    for (name, text) in configs() {
        let given = Given {
            account: Some("metrics".to_owned().try_into().unwrap()),
            params: Vec::new(),
        };
        let lowered = KayentaConfig::parse(&text).unwrap().lower(&given).unwrap();
        let config = &lowered.config;
        assert_eq!(config.defaults.account, given.account, "{name}");
        assert!(config.metrics.iter().all(|metric| metric.account.is_none()));
        assert!(
            !lowered
                .warnings
                .iter()
                .any(|warning| warning.pointer.is_empty()),
            "{name}"
        );
    }
}

#[test]
fn any_text_survives_being_written() {
    let texts = [
        "yes",
        "null",
        "~",
        "1e3",
        "0x10",
        "- a",
        "a: b",
        "# no",
        "a #b",
        "{a: b}",
        "'",
        "\"",
        "\\n",
        "é ☃ 𝄞",
        " padded ",
        "%",
        "@at",
        "|",
        ">",
        "2026-01-14",
        "${scope}",
        "a\\${b}",
        "*star",
        "&anchor",
        "!tag",
        "?",
        "a long  text with  double spaces ,\n and breaks # in - the : middle of (nothing){at}[all] that goes on and  on until it is folded by any writer  of lines ",
    ];
    for text in texts {
        let mut document = config_of(&[json!({
            "type": "prometheus",
            "customInlineTemplate": format!("PromQL:{text}\n\tnext line: {text} \n\n"),
        })]);
        document["name"] = json!(text);
        document["metrics"][0]["name"] = json!(text);
        document["metrics"][0]["groups"] = json!([text]);
        document["metrics"][0]["scopeName"] = json!(text);
        document["classifier"]["groupWeights"] = json!({text: 0.1});
        document["description"] = json!(format!("{text}\r\n{text}\u{7}"));
        let config = KayentaConfig::from_value(document).unwrap();
        assert_reads_back(&config.lower(&Given::default()).unwrap().config);
    }
}

/// A config that Kayenta would run, with this put at a pointer.
fn with(pointer: &str, value: Value) -> Value {
    let mut document = config_of(&[json!({"type": "datadog", "metricName": "cpu"})]);
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    document.pointer_mut(parent).unwrap()[field] = value;
    document
}

#[test]
fn what_kayenta_refuses_is_refused_and_pointed_at() {
    let table = [
        ("/metrics", json!([]), "/metrics"),
        ("/metrics", json!({}), "/metrics"),
        ("/metrics/0/query", json!({}), "/metrics/0/query/type"),
        ("/metrics/0/query", Value::Null, "/metrics/0/query/type"),
        ("/metrics/0/query", json!("cpu"), "/metrics/0/query"),
        (
            "/metrics/0/query/metricName",
            json!(1),
            "/metrics/0/query/metricName",
        ),
        (
            "/metrics/0/query/metricName",
            json!(""),
            "/metrics/0/query/metricName",
        ),
        (
            "/metrics/0/query/customFilter",
            json!("a"),
            "/metrics/0/query/customFilter",
        ),
        (
            "/metrics/0/query/customFilterTemplate",
            json!("gone"),
            "/metrics/0/query/customFilterTemplate",
        ),
        (
            "/metrics/0/query",
            json!({"type": "prometheus", "metricName": "a", "resourceType": "vm"}),
            "/metrics/0/query/resourceType",
        ),
        (
            "/metrics/0/query",
            json!({"type": "stackdriver", "metricType": "a", "resourceType": "vm"}),
            "/metrics/0/query/resourceType",
        ),
        (
            "/metrics/0/query",
            json!({"type": "influxdb", "customInlineTemplate": "SELECT a FROM b WHERE ${scope}"}),
            "/metrics/0/query",
        ),
        (
            "/metrics/0/query",
            json!({"type": "influxdb", "metricName": "b; DROP DATABASE c"}),
            "/metrics/0/query",
        ),
        (
            "/metrics/0/analysisConfigurations/canary",
            json!({"critical": "true"}),
            "/metrics/0/analysisConfigurations/canary/critical",
        ),
        (
            "/metrics/0/analysisConfigurations/canary",
            json!({"direction": null}),
            "/metrics/0/analysisConfigurations/canary/direction",
        ),
        (
            "/metrics/0/analysisConfigurations/canary",
            json!({"effectSize": {"allowedIncrease": "many"}}),
            "/metrics/0/analysisConfigurations/canary/effectSize/allowedIncrease",
        ),
        (
            "/metrics/0/analysisConfigurations/canary",
            json!({"outliers": {"strategy": "remove", "outlierFactor": 0}}),
            "/metrics/0/analysisConfigurations/canary/outliers/outlierFactor",
        ),
        (
            "/metrics/0/analysisConfigurations/canary",
            json!([]),
            "/metrics/0/analysisConfigurations/canary",
        ),
        ("/judge/name", json!("coin"), "/judge/name"),
        (
            "/judge/judgeConfigurations",
            json!({"confLevel": 2}),
            "/judge/judgeConfigurations",
        ),
        (
            "/classifier/groupWeights",
            json!({"all": "heavy"}),
            "/classifier/groupWeights/all",
        ),
        (
            "/classifier/groupWeights",
            json!({"all": null}),
            "/classifier/groupWeights/all",
        ),
        (
            "/classifier/scoreThresholds",
            json!({"pass": true, "marginal": 1}),
            "/classifier/scoreThresholds/pass",
        ),
    ];
    for (pointer, value, expected) in table {
        let document = with(pointer, value);
        let refused = KayentaConfig::from_value(document.clone())
            .map_err(|mistake| vec![mistake])
            .and_then(|config| config.lower(&Given::default()));
        match refused {
            Err(mistakes) => assert_eq!(mistakes[0].pointer, expected, "{mistakes:?}"),
            Ok(lowered) => panic!("{document:#} became {lowered:?}"),
        }
    }
    let long = json!({"type": "datadog", "customInlineTemplate": "x".repeat(100_000)});
    for refused in [config_of(&[long]), config_of(&vec![json!({}); 2_001])] {
        let config = KayentaConfig::from_value(refused).unwrap();
        config.lower(&Given::default()).unwrap_err();
    }
    assert!(KayentaConfig::parse("{").is_err());
    assert!(KayentaConfig::parse("[]").is_err());
    assert!(KayentaConfig::parse(&"[".repeat(100_000)).is_err());
}

/// What a caller can send must not take longer than its length says.
#[test]
fn a_config_full_of_oddities_is_read_in_no_time() {
    let mut document = config_of(&vec![json!({"type": "unheard-of"}); 2_000]);
    for metric in document["metrics"].as_array_mut().unwrap() {
        metric["name"] = json!("the same");
    }
    for field in 0..100_000 {
        document[format!("field {field}")] = json!(field);
    }
    // Whatever goes through all of them for each of them takes hours here.
    let config = KayentaConfig::from_value(document).unwrap();
    let lowered = config.lower(&Given::default()).unwrap();
    assert!(lowered.warnings.len() > 103_000);
}
