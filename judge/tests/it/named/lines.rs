//! Limits, trends and guardrails: what the canary must keep whatever the baseline does.

use serinus_judge::{
    Clock, CountSeries, Evidence, Judge, Limits, Observations, Outcome, Release, Rules, Test,
};

use super::{around, by, counted, judged, pair};
use crate::build::metric;
use crate::serinus::noise;

#[test]
fn limits_hold_the_canary_whatever_the_baseline_does() {
    let limits = |above, below| Rules {
        limits: Limits::new(above, below).unwrap(),
        ..Rules::default()
    };
    let canary = |level| Observations::CanaryOnly(around(level, 1, 60));
    for (rules, observations, outcome, reason) in [
        (
            limits(Some(80.0), None),
            canary(95.0),
            Outcome::High,
            "above its limit 80",
        ),
        (
            limits(Some(80.0), None),
            canary(60.0),
            Outcome::Pass,
            "keeps its limit 80",
        ),
        (
            limits(Some(80.0), None),
            canary(80.0),
            Outcome::Inconclusive,
            "either side of its limit 80",
        ),
        (
            limits(None, Some(50.0)),
            canary(30.0),
            Outcome::Low,
            "below its limit 50",
        ),
        (
            limits(Some(80.0), Some(50.0)),
            canary(65.0),
            Outcome::Pass,
            "keeps its limit",
        ),
        (
            limits(Some(80.0), Some(50.0)),
            canary(30.0),
            Outcome::Low,
            "below its limit 50",
        ),
        (
            limits(Some(0.0), None),
            canary(3.0),
            Outcome::High,
            "above its limit 0",
        ),
        // Equal to a high baseline, and still too high.
        (
            limits(Some(80.0), None),
            pair(1.0, 3, 60),
            Outcome::High,
            "above its limit 80",
        ),
        (
            limits(Some(120.0), None),
            pair(1.0, 3, 60),
            Outcome::Pass,
            "no change that matters",
        ),
    ] {
        let result = judged(rules, observations);
        assert_eq!(result.outcome, outcome, "{}", result.reason);
        assert!(result.reason.contains(reason), "{}", result.reason);
    }
    let flat = Observations::CanaryOnly(vec![80.0; 30]);
    assert_eq!(
        judged(limits(Some(80.0), None), flat).outcome,
        Outcome::Pass
    );
    let empty = judged(limits(Some(80.0), None), Observations::CanaryOnly(vec![]));
    assert_eq!(
        (empty.outcome, empty.reason.as_str()),
        (Outcome::Nodata, "no canary samples")
    );
}

#[test]
fn limits_are_kept_by_the_plain_mean_too_and_both_of_them() {
    let above = |limit| Rules {
        limits: Limits::new(Some(limit), None).unwrap(),
        ..Rules::default()
    };
    let spiky: Vec<f64> = (0..60)
        .map(|i| {
            if i % 4 == 0 {
                1_000.0
            } else {
                50.0 + f64::from(i % 3)
            }
        })
        .collect();
    let result = judged(above(80.0), Observations::CanaryOnly(spiky));
    assert_eq!(result.outcome, Outcome::Inconclusive, "{}", result.reason);
    let wide: Vec<f64> = noise(5, 60).iter().map(|z| 70.0 + 40.0 * z).collect();
    let both = Rules {
        limits: Limits::new(Some(74.0), Some(65.0)).unwrap(),
        ..Rules::default()
    };
    let result = judged(both, Observations::CanaryOnly(wide));
    assert_eq!(result.outcome, Outcome::Inconclusive, "{}", result.reason);
    // Whatever the unit, and however far beyond.
    let result = judged(above(0.0), Observations::CanaryOnly(around(3e-11, 1, 60)));
    assert_eq!(result.outcome, Outcome::High, "{}", result.reason);
    let result = judged(above(1e-5), Observations::CanaryOnly(around(1e305, 1, 60)));
    assert_eq!(result.outcome, Outcome::High, "{}", result.reason);
}

#[test]
fn rare_events_have_no_slope_to_exclude() {
    let passes = (0..40)
        .filter(|seed| {
            let grows: Vec<f64> = noise(*seed, 60)
                .iter()
                .enumerate()
                .map(|(i, z)| f64::from(u8::from(*z > 1.6 - 1.4 * i as f64 / 59.0)))
                .collect();
            let result = judged(by(Test::Trend), Observations::CanaryOnly(grows));
            result.outcome == Outcome::Pass
        })
        .count();
    assert_eq!(passes, 0);
    let constant = judged(by(Test::Trend), Observations::CanaryOnly(vec![7.0; 12]));
    assert_eq!(constant.outcome, Outcome::Pass, "{}", constant.reason);
}

#[test]
fn a_guardrail_fails_the_release_whatever_else_is_decided() {
    use serinus_judge::{Guardrail, Verdict};
    let burst = |from: usize, length: usize| {
        let mut canary = around(100.0, 2, 60);
        canary[from..from + length]
            .iter_mut()
            .for_each(|x| *x *= 4.0);
        canary
    };
    let guarded = |guardrail, observations| {
        let rules = Rules {
            guardrails: vec![guardrail],
            ..Rules::default()
        };
        Judge::default().judge(&Release {
            metrics: vec![metric("m", "g", rules, Evidence::Observed(observations))],
            ..Release::default()
        })
    };
    let ratio = Guardrail::RatioAbove {
        ratio: 2.0,
        floor: 0.0,
        least: 20.0,
        moments: 3,
    };
    let fired = |card: &serinus_judge::Scorecard| card.metrics[0].guardrail.is_some();
    let beside = |canary| Observations::paired(around(100.0, 1, 60), canary).unwrap();
    for (length, crossed) in [(2, false), (3, true)] {
        let card = guarded(ratio, beside(burst(30, length)));
        assert_eq!(fired(&card), crossed, "{length}");
        assert_eq!(card.verdict == Verdict::Fail, crossed, "{}", card.reason);
        if crossed {
            assert_eq!(card.score.to_bits(), 0.0_f64.to_bits());
            assert!(
                card.reason.contains("times its baseline for 3 moments"),
                "{}",
                card.reason
            );
        }
    }
    // A gap neither counts nor interrupts; the other way round, and below the floor, nothing fires.
    let mut gap = burst(30, 4);
    gap[31] = f64::NAN;
    assert!(fired(&guarded(ratio, beside(gap))));
    let floor = Guardrail::RatioAbove {
        ratio: 2.0,
        floor: 1e4,
        least: 20.0,
        moments: 3,
    };
    assert!(!fired(&guarded(floor, beside(burst(30, 4)))));
    // Errors after none: above the floor, and over three moments together.
    let none = CountSeries::new(&[0.0; 60], &[1_000.0; 60]).unwrap();
    let mut errors = [0.0; 60];
    errors[20..23].fill(9.0);
    let some = CountSeries::new(&errors, &[1_000.0; 60]).unwrap();
    let at = |floor| Guardrail::RatioAbove {
        ratio: 2.0,
        floor,
        least: 20.0,
        moments: 3,
    };
    let counts = || counted([none.clone(), some.clone()], Clock::Shared);
    assert!(fired(&guarded(at(0.005), counts())));
    assert!(!fired(&guarded(at(0.01), counts())));
    // Nothing is a multiple of nothing: without a floor the first errors cross no line, whatever their share.
    assert!(!fired(&guarded(at(0.0), counts())));
    let nothing = Observations::paired(vec![0.0; 60], burst(30, 4)).unwrap();
    assert!(!fired(&guarded(ratio, nothing)));
    let nothing = Observations::paired(vec![0.0; 60], burst(30, 4)).unwrap();
    let above = Guardrail::RatioAbove {
        ratio: 2.0,
        floor: 1.0,
        least: 20.0,
        moments: 3,
    };
    assert!(fired(&guarded(above, nothing)));
    // Two errors of five requests, three moments long, say nothing; of fifty they do.
    for (requests, crossed) in [(5.0, false), (50.0, true)] {
        let mut errors = [0.0; 60];
        errors[20..23].fill(2.0);
        let few = CountSeries::new(&errors, &[requests; 60]).unwrap();
        let none = CountSeries::new(&[0.0; 60], &[1_000.0; 60]).unwrap();
        let counts = counted([none, few], Clock::Shared);
        assert_eq!(fired(&guarded(at(0.005), counts)), crossed, "{requests}");
    }
    for (guardrail, canary, crossed) in [
        (
            Guardrail::LevelAbove {
                level: 300.0,
                moments: 5,
            },
            burst(10, 5),
            true,
        ),
        (
            Guardrail::LevelAbove {
                level: 300.0,
                moments: 6,
            },
            burst(10, 5),
            false,
        ),
        (
            Guardrail::LevelBelow {
                level: 300.0,
                moments: 6,
            },
            burst(10, 5),
            true,
        ),
        (
            Guardrail::SumAbove {
                sum: 1_500.0,
                moments: 5,
            },
            burst(10, 5),
            true,
        ),
        (
            Guardrail::SumAbove {
                sum: 1_500.0,
                moments: 5,
            },
            burst(10, 1),
            false,
        ),
        (
            Guardrail::GrowthAbove {
                per_moment: 1.0,
                floor: None,
                moments: 20,
            },
            (0..60).map(|i| 100.0 + 1.5 * f64::from(i)).collect(),
            true,
        ),
        (
            Guardrail::GrowthAbove {
                per_moment: 2.0,
                floor: None,
                moments: 20,
            },
            (0..60).map(|i| 100.0 + 1.5 * f64::from(i)).collect(),
            false,
        ),
        // The last 20 have come to 160 and more, their median to 174.25.
        (
            Guardrail::GrowthAbove {
                per_moment: 1.0,
                floor: Some(174.0),
                moments: 20,
            },
            (0..60).map(|i| 100.0 + 1.5 * f64::from(i)).collect(),
            true,
        ),
        (
            Guardrail::GrowthAbove {
                per_moment: 1.0,
                floor: Some(175.0),
                moments: 20,
            },
            (0..60).map(|i| 100.0 + 1.5 * f64::from(i)).collect(),
            false,
        ),
    ] {
        let card = guarded(guardrail, Observations::CanaryOnly(canary));
        assert_eq!(fired(&card), crossed, "{guardrail:?}: {}", card.reason);
    }
}
