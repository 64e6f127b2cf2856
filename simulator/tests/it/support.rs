use std::collections::BTreeMap;

use serinus_simulator::{Release, Role, Scenario, Signal};

/// 2023-11-14 22:13:20 UTC.
pub(crate) const START: i64 = 1_700_000_000;
pub(crate) const HOUR: i64 = 3_600;

pub(crate) fn releases(scenario: Scenario, seed: u64) -> [Release; 2] {
    Role::ALL.map(|role| Release::new(scenario, role, seed))
}

pub(crate) fn canary(scenario: Scenario, seed: u64) -> Release {
    Release::new(scenario, Role::Canary, seed)
}

/// The values of the six hours after `START`, in steps of a minute.
pub(crate) fn values(release: Release, signal: Signal) -> Vec<f64> {
    let points = release.series(signal, START, START + 6 * HOUR, 60);
    points.into_iter().map(|(_, value)| value).collect()
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    assert!(!values.is_empty());
    values.iter().sum::<f64>() / values.len() as f64
}

/// The samples of a page without timestamps: name with labels, as written, and value.
pub(crate) fn samples(page: &str) -> BTreeMap<&str, f64> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let parsed: Vec<_> = lines
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(series, value)| (series, value.parse().unwrap()))
        .collect();
    let count = parsed.len();
    let samples: BTreeMap<_, _> = parsed.into_iter().collect();
    assert_eq!(samples.len(), count, "a series occurs twice");
    samples
}

/// The sum of the samples whose series begins with `prefix`; 0 when there are none.
pub(crate) fn sum(samples: &BTreeMap<&str, f64>, prefix: &str) -> f64 {
    let matching = samples.iter().filter(|(name, _)| name.starts_with(prefix));
    matching.map(|(_, value)| value).sum()
}

pub(crate) fn assert_close(actual: f64, expected: f64, relative: f64) {
    let off = (actual - expected).abs();
    assert!(
        off <= relative * expected.abs(),
        "{actual} is not within {relative} of {expected}"
    );
}
