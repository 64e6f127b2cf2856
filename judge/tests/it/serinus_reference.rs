//! Numbers of the judge `serinus` against an independent implementation; see `tests/reference/serinus.py`.

use serde_json::Value;
use serinus_judge::{Judge, Release, Rules};

use crate::build::{metric, paired, unguarded};

#[test]
fn numbers_agree_with_numpy_and_scipy() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../reference/serinus.json")).unwrap();
    assert!(cases.len() >= 25);
    let side = |case: &Value, key: &str| -> Vec<f64> {
        let samples = case[key].as_array().unwrap();
        samples.iter().map(|x| x.as_f64().unwrap()).collect()
    };
    for (index, case) in cases.iter().enumerate() {
        let evidence = paired(side(case, "baseline"), side(case, "canary"));
        let card = Judge::default().judge(&Release {
            metrics: vec![unguarded(metric("m", "g", Rules::default(), evidence))],
            ..Release::default()
        });
        let result = &card.metrics[0];
        let interval = result.interval.unwrap();
        for (key, found) in [
            ("estimate", result.estimate),
            ("lower", Some(interval.lower)),
            ("upper", Some(interval.upper)),
            ("effective", result.effective_samples),
        ] {
            let (expected, found) = (case[key].as_f64().unwrap(), found.unwrap());
            let error = (found - expected).abs();
            assert!(
                error <= 1e-7 * (1e-3 + expected.abs()),
                "{index} {key}: {found}, not {expected}"
            );
        }
        // Null where the sides could not be judged; a guard's own p-value where that was the reason.
        let shifted = result.reason.contains("allowed")
            || result.reason.contains("undecided")
            || result.reason.contains("excluded");
        if let (Some(p), true) = (result.p_value, shifted) {
            let expected = case["p"].as_f64().unwrap();
            assert!(
                (p - expected).abs() <= 1e-6 * expected,
                "{index}: p {p}, not {expected}"
            );
        }
    }
}
