//! Samples that the statistics must not decide on, and what decides all the same.

use serinus_judge::{
    Counted, Evidence, Guardrail, Judge, Limits, MetricResult, Observations, Outcome, Pair,
    Release, Reservation, Rules, Strata, Stratum, Verdict,
};

use super::{around, judged};
use crate::build::{metric, netflix_aca};

fn reserved(judge: Judge, rules: Rules, canary: Vec<f64>, why: Reservation) -> MetricResult {
    let observations = Observations::paired(around(100.0, 1, canary.len()), canary).unwrap();
    let evidence = Evidence::Reserved(observations, why);
    let mut card = judge.judge(&Release {
        metrics: vec![metric("m", "g", rules, evidence)],
        ..Release::default()
    });
    card.metrics.swap_remove(0)
}

fn little_work() -> Reservation {
    Reservation::Undecidable("the canary served 3 requests, 200 needed".to_owned())
}

fn lost() -> Reservation {
    Reservation::Failed("baseline: the store answered 503".to_owned())
}

#[test]
fn the_statistics_are_not_asked() {
    for (why, outcome) in [
        (little_work(), Outcome::Inconclusive),
        (lost(), Outcome::Error),
    ] {
        for factor in [1.0, 3.0] {
            for judge in [Judge::default(), netflix_aca()] {
                let canary = around(100.0 * factor, 2, 40);
                let result = reserved(judge, Rules::default(), canary, why.clone());
                assert_eq!(
                    (result.outcome, result.counted),
                    (outcome, Counted::Ignored)
                );
                assert!(result.p_value.is_none() && result.netflix_aca.is_none());
                assert_eq!(result.canary.count, 40, "what is there is shown");
            }
        }
    }
}

#[test]
fn limits_and_guardrails_hold_all_the_same() {
    let limits = Rules {
        limits: Limits::new(Some(150.0), None).unwrap(),
        ..Rules::default()
    };
    let ratio = Guardrail::RatioAbove {
        ratio: 2.0,
        floor: 0.0,
        least: 20.0,
        moments: 3,
    };
    let guardrail = Rules {
        guardrails: vec![ratio],
        ..Rules::default()
    };
    for why in [little_work(), lost()] {
        for (rules, judge) in [
            (&limits, Judge::default()),
            (&guardrail, Judge::default()),
            (&guardrail, netflix_aca()),
        ] {
            let judge = |canary| reserved(judge, rules.clone(), canary, why.clone());
            let broken = judge(around(300.0, 2, 40));
            assert_eq!(broken.outcome, Outcome::High, "{}", broken.reason);
            assert_eq!(broken.counted, Counted::Failed);
            let told = match &why {
                Reservation::Undecidable(why) | Reservation::Failed(why) => why,
            };
            assert!(broken.notes.contains(told), "{:?}", broken.notes);
            let kept = judge(around(100.0, 2, 40));
            assert_eq!(kept.counted, Counted::Ignored, "{}", kept.reason);
            assert_eq!(&kept.reason, told);
        }
    }
    // A limit needs as many samples as ever; a guardrail has its own time.
    let few = reserved(Judge::default(), limits, around(300.0, 2, 5), little_work());
    assert_eq!(few.outcome, Outcome::Inconclusive);
    let few = reserved(
        Judge::default(),
        guardrail,
        around(300.0, 2, 5),
        little_work(),
    );
    assert_eq!(few.outcome, Outcome::High);
    assert!(few.critical_failure);
}

#[test]
fn a_canary_that_is_missing_from_a_zone_does_not_pass() {
    let zone = |name: &str, factor: f64, seed: u64| Stratum {
        name: name.to_owned(),
        pair: Pair::new(
            around(100.0, seed, 60),
            around(100.0 * factor, seed + 1, 60),
        )
        .unwrap(),
    };
    for (factor, lost, outcome) in [
        (1.0, vec![], Outcome::Pass),
        (
            1.0,
            vec!["c".to_owned(), "d".to_owned()],
            Outcome::Inconclusive,
        ),
        (1.6, vec!["c".to_owned()], Outcome::High),
    ] {
        let strata = Strata::new(vec![zone("a", factor, 1), zone("b", factor, 3)]).unwrap();
        let observations = Observations::Strata(strata.without(lost.clone()));
        let result = judged(Rules::default(), observations.clone());
        assert_eq!(result.outcome, outcome, "{}", result.reason);
        if outcome == Outcome::Inconclusive {
            assert!(
                result.reason.contains("no samples in c; d, where"),
                "{}",
                result.reason
            );
            let evidence = Evidence::Observed(observations);
            let card = Judge::default().judge(&Release {
                metrics: vec![metric("m", "g", Rules::default(), evidence)],
                ..Release::default()
            });
            assert_eq!(card.verdict, Verdict::Inconclusive);
        }
    }
}

#[test]
fn earlier_windows_that_are_too_short_are_told() {
    let window = |seed, count| around(100.0, seed, count);
    let history = |usable: u64| {
        (0..6_u64)
            .map(|i| window(10 + i, if i < usable { 30 } else { 3 }))
            .collect()
    };
    for (usable, note) in [
        (6, None),
        (
            5,
            Some("1 of 6 earlier windows have too few samples and were left out"),
        ),
        (
            3,
            Some(
                "there are too few earlier windows, so a change over time cannot be told from one between versions",
            ),
        ),
    ] {
        let observations =
            Observations::before_after(window(1, 30), window(2, 30), history(usable));
        let notes = judged(Rules::default(), observations).notes;
        match note {
            Some(note) => assert!(notes.iter().any(|told| told == note), "{usable}: {notes:?}"),
            None => assert!(
                !notes.iter().any(|told| told.contains("earlier windows")),
                "{notes:?}"
            ),
        }
    }
}

#[test]
fn growth_shows_in_any_number_of_samples() {
    let rules = Rules {
        guardrails: vec![Guardrail::GrowthAbove {
            per_moment: 1.0,
            floor: None,
            moments: 4_000,
        }],
        ..Rules::default()
    };
    let growing = |by: f64| (0..5_000).map(|i| 100.0 + by * f64::from(i)).collect();
    for (by, crossed) in [(1.2, true), (0.8, false)] {
        let result = judged(rules.clone(), Observations::CanaryOnly(growing(by)));
        assert_eq!(result.guardrail.is_some(), crossed, "{}", result.reason);
    }
}
