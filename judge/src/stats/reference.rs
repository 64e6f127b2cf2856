//! The statistics against `SciPy` and `NumPy`; `tests/reference/mann_whitney.py` made the values.

use serde::Deserialize;
use statrs::distribution::{ContinuousCDF, Normal};

use super::Summary;
use super::mann_whitney::Samples;
use super::percentile::percentile;

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    name: String,
    x: Vec<f64>,
    y: Vec<f64>,
    u: f64,
    p: f64,
    percentiles_of: Vec<f64>,
    percentiles_of_x: Vec<f64>,
    mean_of_x: f64,
    std_of_x: f64,
}

fn cases() -> Vec<Case> {
    let text = include_str!("../../tests/reference/reference.json");
    let reference: Reference = serde_json::from_str(text).unwrap();
    assert_eq!(reference.cases.len(), 12);
    reference.cases
}

fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn close(number: f64, expected: f64) -> bool {
    (number - expected).abs() <= 1e-9 * expected.abs().max(1e-9)
}

#[test]
fn rank_statistic_and_effect_size() {
    for case in cases() {
        let (x, y) = (sorted(&case.x), sorted(&case.y));
        let samples = Samples::new(&x, &y);
        let pairs = (x.len() * y.len()) as f64;
        assert!(
            close(samples.common_language() * pairs, case.u),
            "{}",
            case.name
        );
        let z = samples.standardized(0.0).unwrap();
        let p = 2.0 * Normal::standard().sf(z.abs());
        assert!(close(p, case.p), "{}: {p}, expected {}", case.name, case.p);
        // The p-value has no sign: that the canary is higher must give a positive statistic.
        assert!(
            (z == 0.0) || (z > 0.0) == (case.u > pairs / 2.0),
            "{}",
            case.name
        );
    }
}

#[test]
fn percentiles() {
    for case in cases() {
        let x = sorted(&case.x);
        for (p, expected) in case.percentiles_of.iter().zip(&case.percentiles_of_x) {
            assert!(close(percentile(&x, *p), *expected), "{} at {p}", case.name);
        }
    }
    assert!(percentile(&[], 50.0).is_nan());
}

#[test]
fn summaries() {
    for case in cases() {
        let summary = Summary::of(&case.x);
        assert!(
            close(summary.mean.unwrap(), case.mean_of_x),
            "{}",
            case.name
        );
        assert!(close(summary.std.unwrap(), case.std_of_x), "{}", case.name);
        let x = sorted(&case.x);
        assert_eq!(summary.min, x.first().copied());
        assert_eq!(summary.max, x.last().copied());
        assert_eq!(summary.count, x.len());
    }
    assert_eq!(Summary::of(&[]), Summary::default());
    let infinite = Summary::of(&[1.0, f64::INFINITY]);
    assert_eq!(
        (infinite.min, infinite.max, infinite.mean),
        (Some(1.0), None, None)
    );
}
