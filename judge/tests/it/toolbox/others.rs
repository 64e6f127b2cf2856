//! Shares, rates, trends, ratios and the like, against `SciPy`, statsmodels and pymannkendall.

use serinus_judge::stats::{
    Counts, Inflation, MOST_POINTS, Means, Method, Power, Rate, Sampling, Spread, Tail,
    benjamini_hochberg, compare_rates, compare_shares, mann_kendall, overdispersion,
    ratio_of_means, ratio_of_quantiles, sign_flips, smallest_detectable_change, theil_sen,
};

use super::reference::{REFERENCE, alpha, assert_close, assert_ends, close, inflation};

fn counts([errors, of]: [f64; 2]) -> Counts {
    Counts::new(errors, of).unwrap()
}

#[test]
fn flipped_signs() {
    for (differences, p) in &REFERENCE.sign_flips {
        assert_close(sign_flips(differences), *p, &format!("{differences:?}"));
    }
}

#[test]
fn shares() {
    for case in &REFERENCE.shares {
        let (baseline, canary) = (counts(case.baseline), counts(case.canary));
        let (factor, level) = (inflation(case.inflation), alpha(case.alpha));
        let what = format!("{:?} and {:?}", case.baseline, case.canary);
        // The references subtract nearly equal numbers, mine do not.
        let near = |number: f64, expected: f64| {
            close(number, expected) || (number - expected).abs() < 1e-15
        };
        for (side, expected) in [(baseline, &case.wilson[..2]), (canary, &case.wilson[2..])] {
            let wilson = side.wilson(factor, level).unwrap();
            assert!(
                near(wilson.lower, expected[0]) && near(wilson.upper, expected[1]),
                "{what}: {wilson:?}"
            );
        }
        let answer = compare_shares(baseline, canary, factor, Tail::TwoSided, level).unwrap();
        let newcombe = answer.difference_interval;
        assert!(
            near(newcombe.lower, case.newcombe[0]) && near(newcombe.upper, case.newcombe[1]),
            "{what}: {newcombe:?}"
        );
        assert_ends(answer.ratio_interval, case.ratio, &what);
        assert_close(answer.p, case.p, &what);
        assert_eq!(answer.ratio.is_some(), baseline.errors() > 0.0);
    }
    let nothing = counts([0.0, 0.0]);
    assert_eq!(
        compare_shares(
            nothing,
            counts([1.0, 2.0]),
            Inflation::NONE,
            Tail::TwoSided,
            alpha(0.05)
        ),
        None
    );
    for (errors, of) in [
        (2.0, 1.0),
        (-1.0, 3.0),
        (f64::NAN, 3.0),
        (1.0, f64::INFINITY),
    ] {
        assert!(Counts::new(errors, of).is_err());
    }
}

#[test]
fn dispersions() {
    for case in &REFERENCE.dispersions {
        let side =
            |tables: &[[f64; 2]]| -> Vec<Counts> { tables.iter().copied().map(counts).collect() };
        let factor = overdispersion(&side(&case.baseline), &side(&case.canary)).unwrap();
        assert_close(factor.get(), case.factor, "dispersion");
    }
    let one = [counts([1.0, 10.0]), counts([0.0, 0.0])];
    assert_eq!(overdispersion(&one, &[]), None);
    let silent = [counts([0.0, 10.0]); 5];
    assert_eq!(overdispersion(&silent, &silent), Some(Inflation::NONE));
}

#[test]
fn rates() {
    for case in &REFERENCE.rates {
        let rate = |[events, exposure]: [f64; 2]| Rate::new(events, exposure).unwrap();
        let (baseline, canary) = (rate(case.baseline), rate(case.canary));
        let what = format!("{:?} and {:?}", case.baseline, case.canary);
        for (tail, p) in case.p.each() {
            let answer = compare_rates(baseline, canary, tail, alpha(case.alpha));
            // The incomplete beta function is good to about nine digits for thousands of events.
            assert!(
                (answer.p - p).abs() <= 2e-9 * p,
                "{what}, {tail:?}: {}, expected {p}",
                answer.p
            );
            let (interval, [lower, upper]) = (answer.interval, case.interval);
            assert!(
                (interval.lower - lower.unwrap()).abs() <= 1e-9 * interval.lower,
                "{what}"
            );
            match upper {
                Some(upper) => assert!((interval.upper - upper).abs() <= 1e-9 * upper, "{what}"),
                None => assert_eq!(interval.upper, f64::INFINITY),
            }
            let events = baseline.events() + canary.events();
            assert_eq!(answer.method == Method::Exact, events <= 10_000.0);
            assert_eq!(answer.ratio.is_some(), baseline.events() > 0.0);
        }
    }
    let none = compare_rates(
        Rate::new(0.0, 1.0).unwrap(),
        Rate::new(0.0, 2.0).unwrap(),
        Tail::TwoSided,
        alpha(0.05),
    );
    assert_eq!((none.p, none.ratio, none.interval.lower), (1.0, None, 0.0));
    for (events, exposure) in [
        (-1.0, 1.0),
        (1.0, 0.0),
        (f64::NAN, 1.0),
        (1.0, f64::INFINITY),
    ] {
        assert!(Rate::new(events, exposure).is_err());
    }
}

#[test]
fn trends() {
    for case in &REFERENCE.trends {
        for (level, lower, upper) in &case.intervals {
            let slope = theil_sen(&case.points, Inflation::NONE, alpha(*level)).unwrap();
            assert_ends(slope.interval, [Some(*lower), Some(*upper)], &case.name);
        }
        let slope = theil_sen(&case.points, Inflation::NONE, alpha(0.1)).unwrap();
        assert_close(slope.estimate, case.slope, &case.name);
        let kendall = mann_kendall(&case.points, Inflation::NONE, Tail::TwoSided).unwrap();
        assert_eq!(kendall.s, case.s, "{}", case.name);
        assert_close(kendall.z, case.z, &case.name);
        assert_close(kendall.p, case.p, &case.name);
        // Inflating the variance is dividing the statistic by its root.
        let sign = case.s.signum();
        let inflated = mann_kendall(&case.points, inflation(4.0), Tail::TwoSided).unwrap();
        assert_close(
            inflated.z,
            (case.s - sign) / (4.0 * case.variance).sqrt(),
            &case.name,
        );
        let wider = theil_sen(&case.points, inflation(4.0), alpha(0.1)).unwrap();
        assert!(
            wider.interval.lower < slope.interval.lower
                && wider.interval.upper > slope.interval.upper
        );
    }
}

#[test]
fn series_without_a_trend_to_speak_of() {
    let points =
        |count: usize| -> Vec<(f64, f64)> { (0..count).map(|i| (i as f64, 1.0)).collect() };
    let flat = mann_kendall(&points(9), Inflation::NONE, Tail::Upper).unwrap();
    assert_eq!((flat.s, flat.z, flat.p), (0.0, 0.0, 1.0));
    assert_eq!(
        theil_sen(&points(9), Inflation::NONE, alpha(0.05))
            .unwrap()
            .estimate,
        0.0
    );
    // Three points exclude no slope.
    let three = theil_sen(&points(3), Inflation::NONE, alpha(0.01)).unwrap();
    assert_eq!(three.interval, serinus_judge::stats::Bounds::UNBOUNDED);
    for refused in [
        points(0),
        points(1),
        points(MOST_POINTS + 1),
        vec![(1.0, 2.0), (1.0, 3.0)],
    ] {
        assert_eq!(mann_kendall(&refused, Inflation::NONE, Tail::Upper), None);
        assert_eq!(theil_sen(&refused, Inflation::NONE, alpha(0.05)), None);
    }
}

#[test]
fn false_discoveries() {
    for [p_values, expected] in &REFERENCE.adjusted {
        let adjusted = benjamini_hochberg(p_values).unwrap();
        assert!(
            adjusted.iter().zip(expected).all(|(a, e)| close(*a, *e)),
            "{adjusted:?}"
        );
    }
    assert_eq!(benjamini_hochberg(&[]), Some(vec![]));
    for wrong in [f64::NAN, -0.1, 1.1] {
        assert_eq!(benjamini_hochberg(&[0.1, wrong]), None);
    }
}

#[test]
fn detectable_changes() {
    for case in &REFERENCE.detectable {
        let spread = |(count, deviation): (usize, f64)| Spread { count, deviation };
        let means = match case.parts[..] {
            [one] => Means::Paired {
                differences: spread(one),
            },
            [one, other] => Means::Independent {
                baseline: spread(one),
                canary: spread(other),
            },
            _ => panic!("one or two sides"),
        };
        let power = Power::new(case.power).unwrap();
        let change =
            smallest_detectable_change(means, inflation(case.inflation), alpha(case.alpha), power);
        assert_close(change.unwrap(), case.change, "change");
    }
    for (count, deviation) in [(1, 1.0), (9, -1.0), (9, f64::NAN)] {
        let means = Means::Paired {
            differences: Spread { count, deviation },
        };
        assert_eq!(
            smallest_detectable_change(
                means,
                Inflation::NONE,
                alpha(0.05),
                Power::new(0.8).unwrap()
            ),
            None
        );
    }
}

#[test]
fn ratios_of_means() {
    for case in &REFERENCE.means {
        let sampling = match case.sampling.as_str() {
            "paired" => Sampling::Paired,
            _ => Sampling::Independent,
        };
        let ratio = ratio_of_means(
            &case.baseline,
            &case.canary,
            sampling,
            inflation(case.inflation),
            alpha(case.alpha),
        )
        .unwrap();
        assert_close(ratio.estimate, case.ratio, &case.name);
        assert_ends(ratio.interval, case.interval, &case.name);
    }
    let ratio = |baseline: &[f64], canary: &[f64], sampling| {
        ratio_of_means(baseline, canary, sampling, Inflation::NONE, alpha(0.05))
    };
    let constants = ratio(&[2.0; 4], &[6.0; 3], Sampling::Independent).unwrap();
    assert_eq!(
        (
            constants.estimate,
            constants.interval.lower,
            constants.interval.upper
        ),
        (3.0, 3.0, 3.0)
    );
    assert_eq!(ratio(&[2.0; 4], &[6.0; 3], Sampling::Paired), None);
    assert_eq!(ratio(&[-1.0, 1.0], &[6.0; 2], Sampling::Paired), None);
    assert_eq!(ratio(&[1.0], &[6.0], Sampling::Paired), None);
}

#[test]
fn ratios_of_quantiles() {
    for case in &REFERENCE.quantiles {
        let ratio =
            ratio_of_quantiles(&case.baseline, &case.canary, case.q, alpha(case.alpha)).unwrap();
        assert_close(ratio.estimate, case.ratio, &case.name);
        let lower = Some(case.interval[0].unwrap_or(0.0));
        assert_ends(ratio.interval, [lower, case.interval[1]], &case.name);
    }
    for q in [0.0, 1.0, f64::NAN] {
        assert_eq!(
            ratio_of_quantiles(&[1.0; 5], &[2.0; 5], q, alpha(0.05)),
            None
        );
    }
    assert_eq!(
        ratio_of_quantiles(&[0.0, 1.0], &[2.0; 5], 0.5, alpha(0.05)),
        None
    );
}
