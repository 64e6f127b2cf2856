//! The judge `serinus`, metric by metric.

use ndarray::Array2;
use serinus_judge::{
    Counted, Design, Direction, EffectLimits, Evidence, Judge, Metric, MetricResult, Observations,
    Outcome, Release, Rules,
};

use crate::build::{metric, on_no_data, paired, unguarded};

/// Normal noise with mean 0 and deviation 1, the same for the same seed.
pub(crate) fn noise(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    for _ in 0..20 {
        uniform();
    }
    (0..count)
        .map(|_| (0..12).map(|_| uniform()).sum::<f64>() - 6.0)
        .collect()
}

/// A latency of about 100 with a tenth of noise.
fn latency(seed: u64, count: usize) -> Vec<f64> {
    noise(seed, count)
        .iter()
        .map(|z| 100.0 * (0.1 * z).exp())
        .collect()
}

fn times(samples: &[f64], factor: f64) -> Vec<f64> {
    samples.iter().map(|x| x * factor).collect()
}

fn decide(metric: Metric) -> MetricResult {
    let mut card = Judge::default().judge(&Release {
        metrics: vec![metric],
        ..Release::default()
    });
    card.metrics.swap_remove(0)
}

fn judged(rules: Rules, observations: Observations) -> MetricResult {
    decide(metric("m", "g", rules, Evidence::Observed(observations)))
}

fn pair(baseline: Vec<f64>, canary: Vec<f64>) -> MetricResult {
    decide(unguarded(metric(
        "m",
        "g",
        Rules::default(),
        paired(baseline, canary),
    )))
}

#[test]
fn a_shift_is_found_and_measured() {
    let (baseline, canary) = (latency(1, 60), times(&latency(2, 60), 1.4));
    let result = pair(baseline, canary);
    assert_eq!(
        (result.outcome, result.counted),
        (Outcome::High, Counted::Failed)
    );
    let interval = result.interval.unwrap();
    assert!(
        interval.lower > 30.0 && interval.upper < 50.0,
        "{interval:?}"
    );
    assert!((30.0..50.0).contains(&result.estimate.unwrap()));
    assert!(result.p_value.unwrap() < 1e-10);
    assert!((40.0..=60.0).contains(&result.effective_samples.unwrap()));
    assert!((5.0..20.0).contains(&result.detectable_percent.unwrap()));
    assert!(result.reason.starts_with("m is up "), "{}", result.reason);
    assert!(result.notes[0].contains("machines"), "{:?}", result.notes);
}

#[test]
fn no_shift_passes_when_enough_is_excluded_and_is_undecided_otherwise() {
    let result = pair(latency(1, 60), latency(2, 60));
    assert_eq!(result.outcome, Outcome::Pass, "{}", result.reason);
    let wild = |seed| noise(seed, 12).iter().map(|z| z.exp()).collect();
    let result = pair(wild(3), wild(4));
    assert_eq!(result.outcome, Outcome::Inconclusive, "{}", result.reason);
    assert!(result.reason.contains("more samples"), "{}", result.reason);
}

#[test]
fn what_is_allowed_is_not_flagged() {
    let (baseline, canary) = (latency(1, 60), times(&latency(2, 60), 1.4));
    for (limits, outcome) in [
        (EffectLimits::new(0.3, 0.0, 2.0), Outcome::High),
        (EffectLimits::new(0.5, 0.0, 2.0), Outcome::Pass),
        (EffectLimits::new(0.0, 100.0, 0.1), Outcome::Pass),
        (EffectLimits::new(0.0, 20.0, 0.1), Outcome::High),
    ] {
        let rules = Rules {
            effect: limits.unwrap(),
            ..Rules::default()
        };
        let observations = Observations::paired(baseline.clone(), canary.clone()).unwrap();
        let result = judged(rules, observations);
        assert_eq!(result.outcome, outcome, "{limits:?}: {}", result.reason);
    }
}

#[test]
fn only_the_bad_direction_fails() {
    for (factor, direction, outcome) in [
        (1.4, Direction::Increase, Outcome::High),
        (1.4, Direction::Decrease, Outcome::Pass),
        (0.7, Direction::Increase, Outcome::Pass),
        (0.7, Direction::Decrease, Outcome::Low),
        (0.7, Direction::Either, Outcome::Low),
    ] {
        let rules = Rules {
            direction,
            ..Rules::default()
        };
        let canary = times(&latency(2, 60), factor);
        let result = judged(rules, Observations::paired(latency(1, 60), canary).unwrap());
        assert_eq!(
            result.outcome, outcome,
            "{factor} {direction:?}: {}",
            result.reason
        );
    }
}

#[test]
fn units_do_not_matter() {
    let counts = |seed, count| -> Vec<f64> {
        noise(seed, count)
            .iter()
            .map(|z| (3.0 * z).round().max(0.0))
            .collect()
    };
    let signed =
        |seed, count| -> Vec<f64> { noise(seed, count).iter().map(|z| 4.0 + 5.0 * z).collect() };
    let mut cases = Vec::new();
    let kinds = [8, 20, 60, 300]
        .into_iter()
        .flat_map(|count| [1.0, 1.1, 1.5, 0.6].map(|factor| (count, factor)));
    for (seed, (count, factor)) in (0..60_u64).zip(kinds.cycle()) {
        for make in [
            &latency as &dyn Fn(u64, usize) -> Vec<f64>,
            &counts,
            &signed,
        ] {
            cases.push((make(seed, count), times(&make(seed + 1000, count), factor)));
        }
        // On a lattice ties are many, and a shift of it is exact.
        cases.push((counts(seed, count), times(&counts(seed, count), 3.0)));
    }
    for (baseline, canary) in cases {
        let before = pair(baseline.clone(), canary.clone());
        for unit in [1e-9, 1e-3, 1e9] {
            let after = pair(times(&baseline, unit), times(&canary, unit));
            assert_eq!(after.outcome, before.outcome, "{unit}: {}", before.reason);
            assert_eq!(after.reason, before.reason);
            let level = before.baseline.mean.unwrap().abs() * unit;
            let pairs = [
                (after.estimate, before.estimate.map(|x| x * unit), level),
                (
                    after.interval.map(|i| i.upper),
                    before.interval.map(|i| i.upper * unit),
                    level,
                ),
                (after.p_value, before.p_value, 0.0),
                (after.effective_samples, before.effective_samples, 0.0),
            ];
            for (found, expected, level) in pairs {
                assert_eq!(found.is_some(), expected.is_some());
                let (found, expected) = (found.unwrap_or(0.0), expected.unwrap_or(0.0));
                // A difference near 0 is as precise as the samples it was taken from.
                let tolerance = 1e-12 * (expected.abs() + level);
                assert!(
                    (found - expected).abs() <= tolerance,
                    "{unit}: {found} {expected}"
                );
            }
        }
    }
}

#[test]
fn constants_and_zeros() {
    let flat = |value: f64| vec![value; 30];
    for (baseline, canary, outcome) in [
        (flat(5.0), flat(5.0), Outcome::Pass),
        (flat(0.0), flat(0.0), Outcome::Pass),
        (flat(5.0), flat(6.0), Outcome::High),
        (flat(5.0), flat(5.1), Outcome::Pass),
        (flat(0.0), flat(1.0), Outcome::High),
        (flat(1.0), flat(0.0), Outcome::Low),
        (flat(-5.0), flat(-4.0), Outcome::High),
        (latency(1, 30), latency(1, 30), Outcome::Pass),
        (latency(1, 30), times(&latency(1, 30), 1.25), Outcome::High),
    ] {
        let result = pair(baseline, canary);
        assert_eq!(result.outcome, outcome, "{}", result.reason);
    }
}

#[test]
fn few_missing_and_infinite_samples() {
    let result = pair(latency(1, 6), latency(2, 6));
    assert_eq!(result.reason, "6 of 7 samples needed on both sides");
    let mut gaps = times(&latency(2, 30), 2.0);
    for at in (0..30).step_by(3) {
        gaps[at] = f64::NAN;
    }
    assert_eq!(pair(latency(1, 30), gaps.clone()).outcome, Outcome::High);
    gaps[1] = f64::INFINITY;
    let result = pair(latency(1, 30), gaps);
    assert_eq!(result.outcome, Outcome::High);
    assert!(result.notes.iter().any(|note| note.contains("1 infinite")));
    let nothing = unguarded(metric(
        "m",
        "g",
        Rules::default(),
        paired(vec![f64::NAN; 9], latency(1, 9)),
    ));
    let result = decide(nothing.clone());
    assert_eq!(
        (result.outcome, result.counted),
        (Outcome::Nodata, Counted::Ignored)
    );
    let failing = decide(on_no_data(serinus_judge::OnNoData::Fail, nothing));
    assert_eq!(failing.counted, Counted::Failed);
}

#[test]
fn spikes_and_late_steps_are_found() {
    let mut spiky = latency(2, 60);
    for at in (3..60).step_by(5) {
        spiky[at] *= 3.0;
    }
    let result = pair(latency(1, 60), spiky);
    assert_eq!(result.outcome, Outcome::High);
    assert!(result.reason.contains("stand out"), "{}", result.reason);
    let mut late = latency(2, 60);
    for x in &mut late[35..] {
        *x *= 1.6;
    }
    let result = pair(latency(1, 60), late);
    assert_eq!(result.outcome, Outcome::High);
    assert!(result.reason.contains("in the last"), "{}", result.reason);
    let mut one = latency(2, 60);
    one[30] *= 50.0;
    assert_eq!(
        pair(latency(1, 60), one).outcome,
        Outcome::Pass,
        "one wild sample"
    );
}

#[test]
fn slow_series_are_worth_little() {
    let walk = |seed| -> Vec<f64> {
        let mut level = 0.0;
        let steps = noise(seed, 30);
        steps
            .iter()
            .map(|z| {
                level = 0.97 * level + 0.2 * z;
                100.0 * f64::exp(level)
            })
            .collect()
    };
    let result = pair(walk(5), walk(6));
    assert_eq!(result.outcome, Outcome::Inconclusive, "{}", result.reason);
    assert!(result.effective_samples.unwrap() < 6.0);
    // A change beyond all doubt is one even so.
    assert_eq!(pair(walk(5), times(&walk(6), 1e6)).outcome, Outcome::High);
}

#[test]
fn a_load_that_both_share_does_not_hide_a_shift() {
    let load: Vec<f64> = (0..60).map(|i| f64::from(i) / 10.0).collect();
    let under =
        |side: Vec<f64>| -> Vec<f64> { side.iter().zip(&load).map(|(x, l)| x * l.exp()).collect() };
    let result = pair(under(latency(1, 60)), under(times(&latency(2, 60), 1.2)));
    assert_eq!(result.outcome, Outcome::High, "{}", result.reason);
    assert_eq!(
        pair(under(latency(1, 60)), under(latency(2, 60))).outcome,
        Outcome::Pass
    );
}

#[test]
fn windows_that_follow_each_other_are_seen_in_the_light_of_history() {
    let level = |seed: u64, factor| times(&latency(seed, 30), factor);
    let steady: Vec<Vec<f64>> = (10..18).map(|seed| level(seed, 1.0)).collect();
    let restless: Vec<Vec<f64>> = (10..18)
        .map(|seed| level(seed, if seed % 2 == 0 { 1.0 } else { 1.5 }))
        .collect();
    let judge = |history: &Vec<Vec<f64>>| {
        judged(
            Rules::default(),
            Observations::before_after(level(1, 1.0), level(2, 1.4), history.clone()),
        )
    };
    assert_eq!(judge(&steady).outcome, Outcome::High);
    assert_eq!(judge(&steady).design, Some(Design::BeforeAfter));
    assert_eq!(judge(&restless).outcome, Outcome::Inconclusive);
    let without = judge(&Vec::new());
    assert_eq!(without.outcome, Outcome::High);
    assert!(
        without
            .notes
            .iter()
            .any(|note| note.contains("earlier windows"))
    );
}

#[test]
fn unpaired_series_may_differ_in_length() {
    let judge = |factor| {
        judged(
            Rules::default(),
            Observations::independent(latency(1, 45), times(&latency(2, 80), factor)),
        )
    };
    assert_eq!(judge(1.4).outcome, Outcome::High);
    assert_eq!(judge(1.0).outcome, Outcome::Pass);
}

/// Replicas that each have a level of their own, with a deviation of `between`.
fn replicas(seed: u64, count: usize, between: f64, factor: f64) -> Array2<f64> {
    let levels = noise(seed, count);
    Array2::from_shape_fn((count, 40), |(replica, at)| {
        let sample = latency(seed * 100 + replica as u64, 40)[at];
        sample * (between * levels[replica]).exp() * factor
    })
}

#[test]
fn replicas_are_what_is_counted() {
    let judge = |seed: u64, count, between, factor| {
        let (baseline, canary) = (
            replicas(seed, count, between, 1.0),
            replicas(seed + 50, count, between, factor),
        );
        judged(
            Rules::default(),
            Observations::replicas(baseline, canary).unwrap(),
        )
    };
    for count in [4, 8, 20] {
        assert_eq!(judge(1, count, 0.05, 1.5).outcome, Outcome::High, "{count}");
        assert_eq!(judge(1, count, 0.02, 1.0).outcome, Outcome::Pass, "{count}");
    }
    // Averaged over replicas these differ clearly all the time; among replicas that differ so much that means nothing.
    let alarms = (0..40).filter(|seed| {
        matches!(
            judge(*seed, 5, 0.5, 1.0).outcome,
            Outcome::High | Outcome::Low
        )
    });
    assert!(alarms.count() <= 2);
    let few = judge(1, 2, 0.1, 1.5);
    assert_eq!(few.reason, "2 of 3 replicas needed on each side");
    let single = judge(1, 1, 0.1, 2.0);
    assert_eq!(single.outcome, Outcome::High);
    assert!(single.notes.iter().any(|note| note.contains("machines")));
}

#[test]
fn false_alarms_are_rare_and_shifts_are_not_missed() {
    let outcomes = |factor: f64| -> (usize, usize) {
        let results = (0..500_u64).map(|seed| {
            pair(
                latency(2 * seed, 30),
                times(&latency(2 * seed + 1, 30), factor),
            )
            .outcome
        });
        results.fold((0, 0), |(flagged, passed), outcome| match outcome {
            Outcome::High | Outcome::Low => (flagged + 1, passed),
            Outcome::Pass => (flagged, passed + 1),
            Outcome::Nodata | Outcome::Inconclusive | Outcome::Error => (flagged, passed),
        })
    };
    let (alarms, passed) = outcomes(1.0);
    assert!(alarms <= 10, "{alarms} false alarms of 500");
    assert!(passed >= 480, "{passed} of 500 passed");
    let (found, passed) = outcomes(1.25);
    assert!(found >= 490, "{found} of 500 shifts found");
    assert!(passed <= 10, "{passed} of 500 shifts passed");
}
