//! What holds for all samples.

use proptest::prelude::*;
use serinus_judge::stats::{
    Alpha, Bounds, Counts, Inflation, Means, Power, Rate, Sampling, Spread, Stratum, Tail, Zeros,
    benjamini_hochberg, brunner_munzel, compare_rates, compare_shares, hodges_lehmann,
    kolmogorov_smirnov, mann_kendall, mid_ranks, overdispersion, pseudo_median, rank_sum,
    ratio_of_means, ratio_of_quantiles, signed_rank, smallest_detectable_change, theil_sen,
    van_elteren,
};

const TAILS: [Tail; 3] = [Tail::TwoSided, Tail::Upper, Tail::Lower];

/// Anything a double can be, NaN and infinity seldom.
fn anything() -> impl Strategy<Value = f64> {
    prop_oneof![
        20 => prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
        10 => (-3..4).prop_map(f64::from),
        10 => -100.0..100.0,
        2 => prop::sample::select(vec![f64::MAX, f64::MIN, f64::MIN_POSITIVE, -0.0, 5e-324]),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY]),
    ]
}

fn wild() -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![
        4 => prop::collection::vec(anything(), 0..24),
        1 => (anything(), 0_usize..70).prop_map(|(value, count)| vec![value; count]),
    ]
}

/// Ordinary samples, with ties and without, below and above the number that is treated exactly. Multiples of 1/1024, so
/// that differences and sums are exact.
fn tame() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        (-4..5).prop_map(f64::from),
        (-90_000..90_000).prop_map(|x| f64::from(x) / 1024.0),
    ];
    prop_oneof![
        3 => prop::collection::vec(value.clone(), 2..30),
        1 => prop::collection::vec((-90_000..90_000).prop_map(|x| f64::from(x) / 1024.0), 2..90),
    ]
}

fn shuffled() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    tame().prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle()))
}

/// Two samples without ties, so that test and interval rest on the same distribution; often, one is higher.
fn without_ties() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    let values = prop::collection::btree_set(-9000..9000, 4..130);
    values
        .prop_flat_map(|values| {
            let shuffled = Just(values.into_iter().collect::<Vec<i32>>()).prop_shuffle();
            (
                shuffled,
                any::<prop::sample::Index>(),
                prop::sample::select(vec![0.0, 3000.5, -9000.5]),
            )
        })
        .prop_map(|(values, at, shift)| {
            let (x, y) = values.split_at(1 + at.index(values.len() - 1));
            (
                x.iter().map(|x| f64::from(*x)).collect(),
                y.iter().map(|y| f64::from(*y) + shift).collect(),
            )
        })
}

fn level() -> impl Strategy<Value = Alpha> {
    prop_oneof![0.0001..0.9999, 1e-12..1e-3].prop_map(|alpha| Alpha::new(alpha).unwrap())
}

fn factor() -> impl Strategy<Value = Inflation> {
    prop_oneof![Just(1.0), 1.0..100.0, 1.0..f64::MAX]
        .prop_map(|factor| Inflation::new(factor).unwrap())
}

fn is_probability(p: f64) -> bool {
    (0.0..=1.0).contains(&p)
}

/// Ends in order, around the estimate. Rounding may put it a little outside of a very short interval.
fn surrounds(bounds: Bounds, estimate: f64) -> bool {
    let slack = 1e-12 * estimate.abs();
    bounds.lower <= estimate + slack
        && estimate - slack <= bounds.upper
        && bounds.lower <= bounds.upper
}

fn negated(samples: &[f64]) -> Vec<f64> {
    samples.iter().map(|x| -x).collect()
}

fn mapped(samples: &[f64], map: impl Fn(f64) -> f64) -> Vec<f64> {
    samples.iter().copied().map(map).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ranks_answer_anything_soundly(x in wild(), y in wild(), alpha in level()) {
        let finite = |side: &[f64]| !side.is_empty() && side.iter().all(|v| v.is_finite());
        for tail in TAILS {
            let answer = rank_sum(&x, &y, tail);
            prop_assert_eq!(answer.is_some(), finite(&x) && finite(&y));
            if let Some(a) = answer {
                prop_assert!(is_probability(a.p) && is_probability(a.superiority) && a.z.is_finite());
            }
            if let Some(a) = brunner_munzel(&x, &y, tail) {
                prop_assert!(is_probability(a.p) && is_probability(a.superiority));
                prop_assert!(a.studentised.is_none_or(|s| s.t.is_finite() && s.freedom >= 0.999));
            }
            let strata = [Stratum { baseline: &x, canary: &y }, Stratum { baseline: &y, canary: &y }];
            if let Some(a) = van_elteren(&strata, tail) {
                prop_assert!(is_probability(a.p) && is_probability(a.superiority) && a.z.is_finite());
            }
            for zeros in [Zeros::Pratt, Zeros::Wilcox] {
                let answer = signed_rank(&x, zeros, tail);
                prop_assert_eq!(answer.is_some(), finite(&x));
                prop_assert!(answer.is_none_or(|a| is_probability(a.p) && a.z.is_finite()));
            }
        }
        if let Some(a) = kolmogorov_smirnov(&x, &y) {
            prop_assert!(is_probability(a.p) && is_probability(a.distance));
        }
        for shift in [hodges_lehmann(&x, &y, alpha), pseudo_median(&x, alpha)].into_iter().flatten() {
            prop_assert!(shift.estimate.is_finite() && surrounds(shift.interval, shift.estimate));
        }
        prop_assert_eq!(mid_ranks(&x).ranks.len(), x.len());
    }

    #[test]
    fn ratios_and_trends_answer_anything_soundly(
        x in wild(), y in wild(), alpha in level(), inflation in factor(), q in 0.0..=1.0,
    ) {
        let positive = |side: &[f64]| mapped(side, f64::abs);
        let ratios = [
            ratio_of_means(&x, &y, Sampling::Independent, inflation, alpha),
            ratio_of_means(&x, &negated(&x), Sampling::Paired, inflation, alpha),
            ratio_of_quantiles(&x, &y, q, alpha),
            ratio_of_quantiles(&positive(&x), &positive(&y), q, alpha),
        ];
        for ratio in ratios.into_iter().flatten() {
            prop_assert!(ratio.estimate.is_finite() && surrounds(ratio.interval, ratio.estimate), "{ratio:?}");
        }
        let points: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
        if let Some(slope) = theil_sen(&points, inflation, alpha) {
            prop_assert!(slope.estimate.is_finite() && surrounds(slope.interval, slope.estimate));
        }
        for tail in TAILS {
            if let Some(a) = mann_kendall(&points, inflation, tail) {
                prop_assert!(is_probability(a.p) && a.z.is_finite());
            }
        }
    }

    #[test]
    fn counts_answer_anything_soundly(
        numbers in prop::collection::vec(prop_oneof![anything().prop_map(f64::abs), 0.0..1e5], 4), shares in any::<(bool, bool)>(),
        alpha in level(), inflation in factor(), power in 0.5..0.9999,
    ) {
        let [a, b, c, d] = numbers[..] else { unreachable!() };
        let counts = |x: f64, y: f64, all: bool| Counts::new(x.min(y), if all { x.min(y) } else { x.max(y) });
        if let (Ok(baseline), Ok(canary)) = (counts(a, b, shares.0), counts(c, d, shares.1)) {
            for tail in TAILS {
                let Some(answer) = compare_shares(baseline, canary, inflation, tail, alpha) else { continue };
                prop_assert!(is_probability(answer.p) && !answer.z.is_nan());
                prop_assert!(surrounds(answer.difference_interval, answer.difference), "{answer:?}");
                prop_assert!(answer.ratio.is_none_or(|ratio| surrounds(answer.ratio_interval, ratio)), "{answer:?}");
                prop_assert!(answer.ratio_interval.lower >= 0.0 && answer.ratio_interval.upper > 0.0);
            }
            prop_assert!(overdispersion(&[baseline, canary, baseline], &[canary, canary]).is_none_or(|f| f.get() >= 1.0));
        }
        if let (Ok(baseline), Ok(canary)) = (Rate::new(a, b), Rate::new(c, d)) {
            for tail in TAILS {
                let answer = compare_rates(baseline, canary, tail, alpha);
                prop_assert!(is_probability(answer.p));
                prop_assert!(answer.interval.lower <= answer.interval.upper);
            }
        }
        let spread = |deviation| Spread { count: 12, deviation };
        let power = Power::new(power).unwrap();
        for means in [
            Means::Paired { differences: spread(a) },
            Means::Independent { baseline: spread(b), canary: spread(c) },
        ] {
            let change = smallest_detectable_change(means, inflation, alpha, power);
            prop_assert!(change.is_none_or(|change| change.is_finite() && change >= 0.0), "{change:?}");
        }
    }

    #[test]
    fn exchanging_the_sides_mirrors_the_answer(x in tame(), y in tame(), alpha in level()) {
        for (tail, mirrored) in TAILS.into_iter().zip([Tail::TwoSided, Tail::Lower, Tail::Upper]) {
            let (there, back) = (rank_sum(&x, &y, tail).unwrap(), rank_sum(&y, &x, mirrored).unwrap());
            prop_assert_eq!(there.u + back.u, (x.len() * y.len()) as f64);
            prop_assert_eq!((there.p, there.z), (back.p, -back.z));
            let (there, back) = (brunner_munzel(&x, &y, tail).unwrap(), brunner_munzel(&y, &x, mirrored).unwrap());
            prop_assert!((there.p - back.p).abs() < 1e-9 && (there.superiority + back.superiority - 1.0).abs() < 1e-12);
            let (there, back) = (
                signed_rank(&x, Zeros::Pratt, tail).unwrap(),
                signed_rank(&negated(&x), Zeros::Pratt, mirrored).unwrap(),
            );
            prop_assert_eq!((there.p, there.z), (back.p, -back.z));
        }
        prop_assert_eq!(kolmogorov_smirnov(&x, &y).unwrap().distance, kolmogorov_smirnov(&y, &x).unwrap().distance);
        let p = |x: &[f64], y: &[f64]| kolmogorov_smirnov(x, y).unwrap().p;
        prop_assert!((p(&x, &y) - p(&y, &x)).abs() < 1e-12);
        let pairs = [
            (hodges_lehmann(&x, &y, alpha), hodges_lehmann(&y, &x, alpha)),
            (pseudo_median(&x, alpha), pseudo_median(&negated(&x), alpha)),
        ];
        for (there, back) in pairs {
            let (there, back) = (there.unwrap(), back.unwrap());
            prop_assert_eq!(there.estimate, -back.estimate);
            prop_assert_eq!((there.interval.lower, there.interval.upper), (-back.interval.upper, -back.interval.lower));
        }
    }

    #[test]
    fn units_do_not_matter(x in tame(), y in tame(), alpha in level(), exponent in -40..40, offset in -5..5) {
        // A power of two and a whole number, so that nothing is rounded.
        let (scale, offset) = (2_f64.powi(exponent), f64::from(offset));
        let rescaled = |side: &[f64]| mapped(side, |v| scale * (v + offset));
        let (u, v) = (rescaled(&x), rescaled(&y));
        prop_assert_eq!(rank_sum(&x, &y, Tail::TwoSided), rank_sum(&u, &v, Tail::TwoSided));
        prop_assert_eq!(brunner_munzel(&x, &y, Tail::Upper), brunner_munzel(&u, &v, Tail::Upper));
        prop_assert_eq!(kolmogorov_smirnov(&x, &y), kolmogorov_smirnov(&u, &v));
        let (plain, other) = (hodges_lehmann(&x, &y, alpha).unwrap(), hodges_lehmann(&u, &v, alpha).unwrap());
        prop_assert_eq!(scale * plain.estimate, other.estimate);
        prop_assert_eq!((scale * plain.interval.lower, scale * plain.interval.upper), (other.interval.lower, other.interval.upper));
        // Of a ratio only the unit does not matter.
        let ratio = |x: &[f64], y: &[f64]| ratio_of_means(x, y, Sampling::Independent, Inflation::NONE, alpha);
        let only_scaled = |side: &[f64]| mapped(side, |v| scale * v);
        prop_assert_eq!(ratio(&x, &y), ratio(&only_scaled(&x), &only_scaled(&y)));
    }

    #[test]
    fn order_does_not_matter((x, shuffled) in shuffled(), y in tame(), alpha in level()) {
        prop_assert_eq!(rank_sum(&x, &y, Tail::Lower), rank_sum(&shuffled, &y, Tail::Lower));
        prop_assert_eq!(kolmogorov_smirnov(&x, &y), kolmogorov_smirnov(&shuffled, &y));
        prop_assert_eq!(hodges_lehmann(&x, &y, alpha), hodges_lehmann(&shuffled, &y, alpha));
        prop_assert_eq!(pseudo_median(&x, alpha), pseudo_median(&shuffled, alpha));
        prop_assert_eq!(signed_rank(&x, Zeros::Wilcox, Tail::TwoSided), signed_rank(&shuffled, Zeros::Wilcox, Tail::TwoSided));
        prop_assert_eq!(ratio_of_quantiles(&mapped(&x, f64::exp), &[1.0, 2.0], 0.7, alpha),
            ratio_of_quantiles(&mapped(&shuffled, f64::exp), &[1.0, 2.0], 0.7, alpha));
        let points = |side: &[f64]| -> Vec<(f64, f64)> { side.iter().copied().enumerate().map(|(i, v)| (i as f64, v)).collect() };
        let mut reversed = points(&x);
        reversed.reverse();
        prop_assert_eq!(theil_sen(&points(&x), Inflation::NONE, alpha), theil_sen(&reversed, Inflation::NONE, alpha));
    }

    #[test]
    fn surer_intervals_are_wider(x in tame(), y in tame(), a in level(), b in level(), inflation in factor()) {
        let (sure, unsure) = if a < b { (a, b) } else { (b, a) };
        let contains = |outer: Bounds, inner: Bounds| outer.lower <= inner.lower && inner.upper <= outer.upper;
        let shift = |alpha| hodges_lehmann(&x, &y, alpha).unwrap().interval;
        prop_assert!(contains(shift(sure), shift(unsure)));
        let median = |alpha| pseudo_median(&x, alpha).unwrap().interval;
        prop_assert!(contains(median(sure), median(unsure)));
        let share = |inflation, alpha| Counts::new(3.0, 50.0).unwrap().wilson(inflation, alpha).unwrap();
        prop_assert!(contains(share(inflation, sure), share(Inflation::NONE, unsure)));
    }

    #[test]
    fn shifts_are_significant_when_zero_is_outside((x, y) in without_ties(), alpha in level()) {
        let p = rank_sum(&x, &y, Tail::TwoSided).unwrap().p;
        // Next to the level, either is right.
        prop_assume!((p / alpha.get() - 1.0).abs() > 1e-6);
        let excluded = !hodges_lehmann(&x, &y, alpha).unwrap().interval.contains(0.0);
        prop_assert_eq!(excluded, p < alpha.get(), "p {}", p);
    }

    #[test]
    fn adjusting_raises_p_values_and_keeps_their_order(p_values in prop::collection::vec(0.0..=1.0, 0..30)) {
        let adjusted = benjamini_hochberg(&p_values).unwrap();
        for (p, q) in p_values.iter().zip(&adjusted) {
            prop_assert!(is_probability(*q) && q >= p);
            for (other_p, other_q) in p_values.iter().zip(&adjusted) {
                prop_assert!(p > other_p || q <= other_q);
            }
        }
    }
}
