//! Tests on ranks, and the shifts that belong to them, against `SciPy`.

use serinus_judge::stats::{
    Method, Stratum, Tail, Zeros, brunner_munzel, hodges_lehmann, kolmogorov_smirnov,
    pseudo_median, rank_sum, signed_rank, van_elteren,
};

use super::reference::{REFERENCE, alpha, assert_close, assert_ends};

#[test]
fn rank_sums() {
    for case in &REFERENCE.two_samples {
        let pairs = (case.baseline.len() * case.canary.len()) as f64;
        for (tail, p) in case.rank_sum.each() {
            let answer = rank_sum(&case.baseline, &case.canary, tail).unwrap();
            assert_eq!(answer.u, case.u, "{}", case.name);
            assert_close(answer.p, p, &case.name);
            assert_close(answer.superiority, case.u / pairs, &case.name);
            assert_eq!(answer.cliffs_delta, 2.0 * answer.superiority - 1.0);
        }
    }
}

#[test]
fn shifts_are_those_the_rank_sum_test_does_not_reject() {
    for case in &REFERENCE.two_samples {
        for (level, lower, upper) in &case.intervals {
            let shift = hodges_lehmann(&case.baseline, &case.canary, alpha(*level)).unwrap();
            assert_close(shift.estimate, case.estimate, &case.name);
            assert_ends(
                shift.interval,
                [*lower, *upper],
                &format!("{} at {level}", case.name),
            );
        }
    }
}

#[test]
fn brunner_and_munzel() {
    let cases = REFERENCE
        .two_samples
        .iter()
        .filter_map(|case| Some((case, case.brunner_munzel?)));
    for (case, (statistic, p)) in cases {
        let answer = brunner_munzel(&case.baseline, &case.canary, Tail::TwoSided).unwrap();
        assert_close(answer.studentised.unwrap().t, statistic, &case.name);
        assert_close(answer.p, p, &case.name);
    }
}

#[test]
fn brunner_and_munzel_without_variance() {
    let p =
        |baseline: &[f64], canary: &[f64], tail| brunner_munzel(baseline, canary, tail).unwrap().p;
    // One of C(7, 3) = 35 divisions is as extreme in each direction.
    let (low, high) = ([1.0, 1.0, 2.0], [3.0, 4.0, 4.0, 5.0]);
    for (baseline, canary, towards, away) in [
        (low.as_slice(), high.as_slice(), Tail::Upper, Tail::Lower),
        (high.as_slice(), low.as_slice(), Tail::Lower, Tail::Upper),
    ] {
        assert_close(p(baseline, canary, Tail::TwoSided), 2.0 / 35.0, "two-sided");
        assert_close(p(baseline, canary, towards), 1.0 / 35.0, "one-sided");
        assert_eq!(p(baseline, canary, away), 1.0);
    }
    for tail in [Tail::TwoSided, Tail::Upper, Tail::Lower] {
        let equal = brunner_munzel(&[4.0; 3], &[4.0; 5], tail).unwrap();
        assert_eq!(
            (equal.p, equal.superiority, equal.studentised),
            (1.0, 0.5, None)
        );
    }
    assert_eq!(brunner_munzel(&[1.0], &[2.0, 3.0], Tail::TwoSided), None);
}

#[test]
fn kolmogorov_and_smirnov() {
    let mut methods = [0, 0];
    for case in &REFERENCE.two_samples {
        let answer = kolmogorov_smirnov(&case.baseline, &case.canary).unwrap();
        assert_close(answer.distance, case.distance, &case.name);
        if let Some(p) = case.smirnov {
            assert_close(answer.p, p, &case.name);
            methods[usize::from(answer.method == Method::Exact)] += 1;
        }
    }
    assert!(methods[0] >= 2 && methods[1] >= 8, "{methods:?}");
}

#[test]
fn signed_ranks() {
    for case in &REFERENCE.differences {
        for test in &case.tests {
            let zeros = match test.zeros.as_str() {
                "pratt" => Zeros::Pratt,
                "wilcox" => Zeros::Wilcox,
                other => panic!("{other}"),
            };
            for (tail, p) in test.p.each() {
                let answer = signed_rank(&case.differences, zeros, tail).unwrap();
                assert_eq!(answer.positive, test.positive, "{}", case.name);
                assert_close(answer.p, p, &case.name);
            }
        }
    }
}

#[test]
fn pseudo_medians_are_those_the_signed_rank_test_does_not_reject() {
    for case in &REFERENCE.differences {
        for (level, lower, upper) in &case.intervals {
            let shift = pseudo_median(&case.differences, alpha(*level)).unwrap();
            assert_close(shift.estimate, case.estimate, &case.name);
            assert_ends(
                shift.interval,
                [*lower, *upper],
                &format!("{} at {level}", case.name),
            );
        }
    }
}

#[test]
fn strata() {
    for case in &REFERENCE.strata {
        let strata: Vec<Stratum<'_>> = case
            .strata
            .iter()
            .map(|[baseline, canary]| Stratum { baseline, canary })
            .collect();
        let answer = van_elteren(&strata, Tail::TwoSided).unwrap();
        assert_close(answer.z, case.z, &case.name);
        assert_close(answer.p, case.p, &case.name);
        let used = case
            .strata
            .iter()
            .filter(|[b, c]| !b.is_empty() && !c.is_empty())
            .count();
        assert_eq!(answer.strata, used);
    }
    let one_sided = [Stratum {
        baseline: &[],
        canary: &[1.0],
    }];
    assert_eq!(van_elteren(&one_sided, Tail::TwoSided), None);
}
