//! What is accepted from configurations, and what goes over the wire.

use std::collections::BTreeMap;

use serde_json::{Value, from_value, json, to_value};
use serinus_judge::netflix_aca::{
    EffectSize, Measure, MetricOptions, NanStrategy, Outliers, Settings,
};
use serinus_judge::{GroupWeights, JudgeName, Observations, Scorecard, Thresholds};

use crate::build::{bad, broken, good, judge, silent};

#[track_caller]
fn refused<T: serde::de::DeserializeOwned + std::fmt::Debug>(value: Value, says: &str) {
    let error = from_value::<T>(value).unwrap_err().to_string();
    assert!(error.contains(says), "{error}");
}

#[test]
fn options_default_by_measure() {
    let options: MetricOptions = from_value(json!({})).unwrap();
    assert_eq!(options, MetricOptions::default());
    assert_eq!(options.effect_size, EffectSize::neutral(Measure::MeanRatio));
    assert_eq!(options.effect_size.allowed_increase, 1.0);
    let options: MetricOptions = from_value(json!({
        "nanStrategy": "replace",
        "outliers": {"strategy": "remove"},
        "effectSize": {"measure": "cles", "allowedIncrease": 0.8},
    }))
    .unwrap();
    assert_eq!(options.nan_strategy, NanStrategy::Replace);
    assert!(matches!(options.outliers, Outliers::Remove { factor } if factor.get() == 3.0));
    let expected = EffectSize {
        allowed_increase: 0.8,
        ..EffectSize::neutral(Measure::Cles)
    };
    assert_eq!(options.effect_size, expected);
    assert_eq!(options.effect_size.critical_decrease, 0.5);
}

#[test]
fn options_survive_a_round_trip() {
    for options in [
        json!({"outliers": {"strategy": "keep"}}),
        json!({"outliers": {"strategy": "remove", "factor": 1.5}, "effectSize": {"measure": "cles"}}),
    ] {
        let options: MetricOptions = from_value(options).unwrap();
        assert_eq!(
            from_value::<MetricOptions>(to_value(options).unwrap()).unwrap(),
            options
        );
    }
    let settings = Settings::new(0.1, 0.95).unwrap();
    assert_eq!(
        from_value::<Settings>(to_value(settings).unwrap()).unwrap(),
        settings
    );
}

#[test]
fn typos_and_wrong_ranges_are_refused() {
    refused::<MetricOptions>(json!({"nanStrategi": "remove"}), "unknown field");
    refused::<MetricOptions>(json!({"nanStrategy": "drop"}), "unknown variant");
    refused::<MetricOptions>(
        json!({"outliers": {"strategy": "remove", "outlierFactor": 3.0}}),
        "unknown field",
    );
    refused::<MetricOptions>(
        json!({"outliers": {"strategy": "remove", "factor": 0.0}}),
        "above 0",
    );
    refused::<MetricOptions>(
        json!({"outliers": {"strategy": "keep", "factor": 2.0}}),
        "keep outliers",
    );
    refused::<MetricOptions>(
        json!({"effectSize": {"alowedIncrease": 1.1}}),
        "unknown field",
    );
    refused::<Settings>(json!({"tolerance": -0.1}), "tolerance");
    refused::<Settings>(json!({"confidence": 1.0}), "confidence");
    refused::<Settings>(json!({"confLevel": 0.9}), "unknown field");
    refused::<Thresholds>(
        json!({"pass": 75.0, "marginal": 90.0}),
        "above the pass threshold",
    );
    refused::<Thresholds>(
        json!({"pass": 101.0, "marginal": 90.0}),
        "between 0 and 100",
    );
    refused::<GroupWeights>(json!({"g": -1.0}), "group \"g\"");
    assert!(GroupWeights::new(BTreeMap::from([("g".to_owned(), f64::NAN)])).is_err());
    assert!(Thresholds::new(f64::NAN, 0.0).is_err());
    assert!(Settings::new(f64::NAN, 0.9).is_err());
    assert!(Observations::paired(vec![1.0], vec![]).is_err());
}

#[test]
fn judges_have_names() {
    for name in JudgeName::ALL {
        assert_eq!(name.to_string().parse(), Ok(name));
        assert_eq!(to_value(name).unwrap(), json!(name.as_str()));
    }
    let error = "netflix".parse::<JudgeName>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no judge \"netflix\"; known: serinus, netflix-aca"
    );
}

#[test]
fn scorecards_show_every_key_and_survive_a_round_trip() {
    let metrics = vec![
        good("a", "g"),
        bad("b", "g", 30.0),
        broken("c", "g"),
        silent("d", "h"),
    ];
    let card = judge(GroupWeights::default(), metrics);
    let value = to_value(&card).unwrap();
    let keys = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    for metric in value["metrics"].as_array().unwrap() {
        assert_eq!(keys(metric), keys(&value["metrics"][0]));
    }
    let error = &value["metrics"][2];
    assert_eq!(error["outcome"], "error");
    assert_eq!(error["counted"], "ignored");
    assert_eq!(error["criticalFailure"], false);
    for key in [
        "design",
        "estimate",
        "interval",
        "ratio",
        "changePercent",
        "cles",
        "pValue",
        "netflixAca",
    ] {
        assert!(error[key].is_null(), "{key}");
    }
    assert_eq!(value["metrics"][1]["netflixAca"]["classification"], "High");
    assert_eq!(value["metrics"][1]["interval"]["confidence"], 0.98);
    assert_eq!(value["judge"], "netflix-aca");
    assert_eq!(from_value::<Scorecard>(value).unwrap(), card);
}
