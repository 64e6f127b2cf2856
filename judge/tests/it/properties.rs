//! What holds for all releases.

use std::collections::BTreeMap;

use ndarray::Array2;
use proptest::prelude::*;
use serde_json::Value;
use serinus_judge::netflix_aca::{
    EffectSize, Label, Measure, MetricOptions, NanStrategy, Outliers, Settings, classify,
};
use serinus_judge::{
    Clock, CountPair, CountSeries, Counted, Direction, EffectLimits, Evidence, GroupWeights,
    Guardrail, Judge, Limits, Metric, Observations, OnNoData, Outcome, Pair, Release, Reservation,
    Rules, Strata, Stratum, Test, Thresholds, Verdict,
};

use crate::build::netflix_aca;

/// Samples of all kinds: whole numbers with ties, reals, gaps, infinities, huge and tiny values.
fn samples() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        6 => (-3..6).prop_map(f64::from),
        6 => -10.0..100.0,
        1 => Just(f64::NAN),
        1 => prop::num::f64::ANY,
    ];
    prop_oneof![
        4 => prop::collection::vec(value, 0..40),
        1 => (prop::num::f64::ANY, 0_usize..30).prop_map(|(value, count)| vec![value; count]),
    ]
}

fn finite_samples() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![(1..6).prop_map(f64::from), 1.0..100.0];
    prop::collection::vec(value, 1..40)
}

fn direction() -> impl Strategy<Value = Direction> {
    prop::sample::select(vec![
        Direction::Increase,
        Direction::Decrease,
        Direction::Either,
    ])
}

fn options() -> impl Strategy<Value = MetricOptions> {
    let outliers = prop_oneof![
        Just(Outliers::Keep),
        (0.1..5.0).prop_map(|factor: f64| Outliers::Remove {
            factor: factor.try_into().unwrap()
        }),
    ];
    (
        prop::sample::select(vec![NanStrategy::Remove, NanStrategy::Replace]),
        outliers,
        prop::sample::select(vec![Measure::MeanRatio, Measure::Cles]),
        (0.1..2.0, 0.1..2.0),
    )
        .prop_map(
            |(nan_strategy, outliers, measure, (increase, critical))| MetricOptions {
                nan_strategy,
                outliers,
                effect_size: EffectSize {
                    allowed_increase: increase,
                    critical_increase: critical,
                    ..EffectSize::neutral(measure)
                },
            },
        )
}

fn guardrail() -> impl Strategy<Value = Guardrail> {
    let line = prop_oneof![4 => -3.0..50.0, 1 => Just(1e300)];
    (0..5, line, 1_usize..12).prop_map(|(kind, line, moments)| match kind {
        0 => Guardrail::RatioAbove {
            ratio: line,
            floor: 0.0,
            least: 2.0,
            moments,
        },
        1 => Guardrail::LevelAbove {
            level: line,
            moments,
        },
        2 => Guardrail::LevelBelow {
            level: line,
            moments,
        },
        3 => Guardrail::GrowthAbove {
            per_moment: line,
            floor: (moments % 2 == 0).then_some(line),
            moments,
        },
        _ => Guardrail::SumAbove { sum: line, moments },
    })
}

fn rules() -> impl Strategy<Value = Rules> {
    (
        direction(),
        any::<(bool, bool, bool)>(),
        prop::sample::select(vec![OnNoData::Inconclusive, OnNoData::Pass, OnNoData::Fail]),
        prop::sample::select(vec![0, 1, 10]),
        options(),
        prop::sample::select(Test::ALL.to_vec()),
        prop::option::of(prop_oneof![-10.0..1000.0, Just(1e300), Just(0.0)]),
        prop::collection::vec(guardrail(), 0..2),
    )
        .prop_map(
            |(
                direction,
                (critical, required, muted),
                on_no_data,
                minimum_samples,
                netflix_aca,
                test,
                limit,
                guardrails,
            )| {
                let below = limit
                    .map(|limit| limit - 1.0)
                    .filter(|below| Some(*below) < limit);
                Rules {
                    direction,
                    critical,
                    required,
                    muted,
                    on_no_data,
                    minimum_samples,
                    test,
                    effect: EffectLimits::default(),
                    limits: Limits::new(limit, below).unwrap(),
                    guardrails: guardrails.clone(),
                    netflix_aca,
                }
            },
        )
}

fn evidence() -> impl Strategy<Value = Evidence> {
    prop_oneof![
        6 => (samples(), samples())
            .prop_map(|(b, c)| Evidence::Observed(Observations::independent(b, c))),
        2 => samples().prop_map(|b| {
            let c = b.iter().map(|x| x * 1.5).collect();
            Evidence::Observed(Observations::paired(b, c).unwrap())
        }),
        2 => (samples(), samples(), prop::collection::vec(samples(), 0..7))
            .prop_map(|(b, c, history)| Evidence::Observed(Observations::before_after(b, c, history))),
        2 => ((0_usize..9, 0_usize..12, 0_usize..9), samples()).prop_map(|((rows, columns, more), values)| {
            let at = |(i, j)| values_at(&values, i * 12 + j);
            let baseline = Array2::from_shape_fn((rows, columns), at);
            let canary = Array2::from_shape_fn((more, columns), |(i, j)| at((i + 5, j)));
            Evidence::Observed(Observations::replicas(baseline, canary).unwrap())
        }),
        2 => ((0_usize..4, 0_usize..40), samples()).prop_map(|((count, moments), values)| {
            let at = |i: usize| (0..moments).map(|j| values_at(&values, i * 13 + j)).collect();
            let strata = (0..=count)
                .map(|i| Stratum { name: format!("zone-{i}"), pair: Pair::new(at(i), at(i + 7)).unwrap() })
                .collect();
            Evidence::Observed(Observations::Strata(Strata::new(strata).unwrap()))
        }),
        2 => (samples(), samples(), any::<bool>()).prop_map(|(b, c, shared)| {
            let side = |errors: &[f64]| {
                let of: Vec<f64> = (0..errors.len()).map(|i| values_at(errors, i + 3) * 2.0).collect();
                CountSeries::new(errors, &of).unwrap()
            };
            let clock = if shared && b.len() == c.len() { Clock::Shared } else { Clock::Separate };
            Evidence::Observed(Observations::Counts(CountPair::new(side(&b), side(&c), clock).unwrap()))
        }),
        1 => samples().prop_map(|canary| Evidence::Observed(Observations::CanaryOnly(canary))),
        1 => samples().prop_map(|canary| Evidence::Reserved(
            Observations::CanaryOnly(canary),
            Reservation::Failed(String::new()),
        )),
        1 => Just(Evidence::Failed(String::new())),
        1 => Just(Evidence::Undecidable("too little work".to_owned())),
    ]
}

/// The values over and over; NaN of none.
fn values_at(values: &[f64], at: usize) -> f64 {
    values
        .iter()
        .cycle()
        .nth(at % 97)
        .copied()
        .unwrap_or(f64::NAN)
}

fn release() -> impl Strategy<Value = Release> {
    let metric = (prop::collection::vec("[a-d]", 0..3), rules(), evidence());
    let weights = prop::collection::btree_map("[a-e]", 0.0..80.0, 0..4);
    (
        prop::collection::vec(metric, 0..8),
        weights,
        0.0..=100.0,
        0.0..=1.0,
    )
        .prop_map(
            |(metrics, weights, pass, share): (Vec<_>, BTreeMap<String, f64>, f64, f64)| Release {
                metrics: metrics
                    .into_iter()
                    .enumerate()
                    .map(|(i, (groups, rules, evidence))| Metric {
                        name: format!("metric-{i}"),
                        groups,
                        rules,
                        evidence,
                    })
                    .collect(),
                weights: GroupWeights::new(weights).unwrap(),
                thresholds: Thresholds::new(pass, pass * share).unwrap(),
            },
        )
}

fn judge() -> impl Strategy<Value = Judge> {
    prop::sample::select(vec![Judge::default(), netflix_aca()])
}

/// JSON has no NaN: `serde_json` writes null. So a number that is not finite shows as null where none may be.
fn no_unexpected_null(value: &Value, key: &str) -> bool {
    const MAY_BE_NULL: [&str; 19] = [
        "score",
        "guardrail",
        "test",
        "design",
        "estimate",
        "interval",
        "level",
        "ratio",
        "changePercent",
        "cles",
        "pValue",
        "effectiveSamples",
        "detectablePercent",
        "netflixAca",
        "min",
        "max",
        "mean",
        "std",
        "reason",
    ];
    match value {
        Value::Null => MAY_BE_NULL.contains(&key),
        Value::Array(items) => items.iter().all(|item| no_unexpected_null(item, key)),
        Value::Object(fields) => fields
            .iter()
            .all(|(key, value)| no_unexpected_null(value, key)),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// Whether there is anything of the canary.
fn seen(evidence: &Evidence) -> bool {
    match evidence {
        Evidence::Observed(observations) | Evidence::Reserved(observations, _) => {
            observations.canary().iter().any(|x| !x.is_nan())
        }
        Evidence::Undecidable(_) | Evidence::Failed(_) => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_release_gets_a_sound_scorecard(release in release(), judge in judge()) {
        let card = judge.judge(&release);
        prop_assert_eq!(&judge.judge(&release), &card);
        prop_assert_eq!(card.metrics.len(), release.metrics.len());
        prop_assert!((0.0..=100.0).contains(&card.score));
        prop_assert!((0.0..=1.0).contains(&card.coverage));
        prop_assert!(!card.reason.is_empty());
        for metric in &card.metrics {
            prop_assert!(!metric.reason.is_empty());
            prop_assert!(!metric.critical_failure || metric.critical || metric.guardrail.is_some());
            prop_assert!(!metric.critical_failure || metric.counted == Counted::Failed);
            let numbers = [
                metric.estimate,
                metric.level,
                metric.judged_percent(),
                metric.ratio,
                metric.change_percent,
                metric.cles,
                metric.p_value,
                metric.effective_samples,
                metric.detectable_percent,
            ];
            prop_assert!(numbers.iter().flatten().all(|number| number.is_finite()));
            prop_assert!(metric.interval.is_none_or(|i| i.lower.is_finite() && i.upper.is_finite()));
            prop_assert!(metric.level.is_none_or(|level| level > 0.0));
            prop_assert!(metric.cles.is_none_or(|cles| (0.0..=1.0).contains(&cles)));
            match metric.outcome {
                Outcome::Pass => prop_assert_eq!(metric.counted, Counted::Passed),
                Outcome::High | Outcome::Low if metric.notes.iter().any(|note| note.starts_with("left out of the score")) => {
                    prop_assert_eq!((metric.counted, metric.critical), (Counted::Ignored, false));
                }
                Outcome::High | Outcome::Low => prop_assert_eq!(metric.counted, Counted::Failed),
                Outcome::Inconclusive | Outcome::Error => prop_assert_eq!(metric.counted, Counted::Ignored),
                Outcome::Nodata => {}
            }
        }
        let json = serde_json::to_value(&card).unwrap();
        prop_assert!(no_unexpected_null(&json, ""), "{json:#}");
    }

    #[test]
    fn contributions_add_up_to_the_score_unless_it_is_forced(release in release(), judge in judge()) {
        let card = judge.judge(&release);
        let live = || card.metrics.iter().filter(|metric| !metric.muted);
        let no_data = live()
            .filter(|m| m.outcome == Outcome::Nodata && m.counted == Counted::Ignored)
            .count();
        let forced = !card.scored
            || live().any(|metric| metric.critical_failure)
            || (matches!(judge, Judge::NetflixAca(_)) && 2 * no_data >= live().count());
        let sum: f64 = card.groups.iter().map(|group| group.contribution).sum();
        let expected = if forced { 0.0 } else { sum.clamp(0.0, 100.0) };
        prop_assert!((card.score - expected).abs() <= 0.005 + 1e-9, "{} != {expected}", card.score);
    }

    #[test]
    fn nothing_passes_by_accident(release in release(), judge in judge()) {
        let card = judge.judge(&release);
        if card.verdict == Verdict::Pass {
            let live = || card.metrics.iter().filter(|metric| !metric.muted);
            prop_assert!(card.scored);
            prop_assert!(card.score >= card.thresholds.pass());
            prop_assert!(card.coverage >= 0.5);
            prop_assert!(live().any(|m| m.counted != Counted::Ignored));
            prop_assert!(release.metrics.iter().any(|m| !m.rules.muted && seen(&m.evidence)));
            prop_assert!(live().all(|m| !m.required || m.counted != Counted::Ignored));
            prop_assert!(live().all(|m| !m.critical_failure));
        }
    }

    #[test]
    fn muted_metrics_change_nothing(release in release(), evidence in evidence(), rules in rules(), judge in judge()) {
        let before = judge.judge(&release);
        let mut with = release;
        with.metrics.push(Metric {
            name: "muted".to_owned(),
            groups: vec!["a".to_owned()],
            rules: Rules { muted: true, ..rules },
            evidence,
        });
        let after = judge.judge(&with);
        prop_assert_eq!((before.verdict, before.score, before.groups), (after.verdict, after.score, after.groups));
        prop_assert_eq!((before.reason, before.coverage), (after.reason, after.coverage));
    }

    #[test]
    fn losing_a_metric_never_makes_a_release_pass(release in release(), lost in any::<prop::sample::Index>()) {
        prop_assume!(!release.metrics.is_empty());
        // With thresholds of 0 everything that is decided passes. Weight beyond 100 turns other weights negative.
        prop_assume!(release.thresholds.marginal() > 0.0 && release.weights.total() <= 100.0);
        let before = netflix_aca().judge(&release);
        let lost = lost.index(release.metrics.len());
        let mut without = release;
        without.metrics[lost].evidence = Evidence::Failed("lost".to_owned());
        let after = netflix_aca().judge(&without);
        // A group's score is a share, so losing a failed metric can raise it; losing a pass or a gap cannot.
        if before.metrics[lost].counted == Counted::Passed && after.verdict == Verdict::Pass {
            prop_assert_eq!(before.verdict, Verdict::Pass);
        }
    }

    #[test]
    fn order_of_samples_does_not_matter(
        (baseline, shuffled) in finite_samples().prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle())),
        canary in finite_samples(),
    ) {
        let rules = Rules::default();
        let one = classify("m", &rules, Settings::default(), &baseline, &canary);
        let other = classify("m", &rules, Settings::default(), &shuffled, &canary);
        prop_assert_eq!(one.label, other.label);
        let numbers = |a: &serinus_judge::netflix_aca::Classification| (a.lower, a.upper, a.estimate, a.cles);
        prop_assert_eq!(numbers(&one), numbers(&other));
        // Sums are rounded in another order.
        let ratios = one.ratio.zip(other.ratio);
        prop_assert!(ratios.is_none_or(|(a, b)| (a - b).abs() <= 1e-12 * a.abs()));
    }

    #[test]
    fn the_sides_are_never_both_the_higher_one(
        baseline in finite_samples(),
        canary in finite_samples(),
        shift in prop::sample::select(vec![-300.0, 0.0, 300.0]),
    ) {
        let canary: Vec<f64> = canary.iter().map(|x| x + shift).collect();
        let rules = Rules {
            netflix_aca: MetricOptions { effect_size: EffectSize::neutral(Measure::Cles), ..MetricOptions::default() },
            ..Rules::default()
        };
        let there = classify("m", &rules, Settings::default(), &baseline, &canary);
        let back = classify("m", &rules, Settings::default(), &canary, &baseline);
        // The estimate is any point of a plateau of the statistic, so that one way may be flagged and the other not; but
        // both sides can never be the higher one. The root finder's tolerance decides differences near zero.
        let clear = |a: &serinus_judge::netflix_aca::Classification| a.estimate.unwrap_or(0.0).abs() > 1e-3;
        prop_assume!(clear(&there) && clear(&back));
        let both = (there.label, back.label);
        prop_assert!(!matches!(both, (Label::High, Label::High) | (Label::Low, Label::Low)), "{both:?}");
        let (up, down) = (there.cles.unwrap(), back.cles.unwrap());
        prop_assert!((up + down - 1.0).abs() < 1e-12);
    }
}
