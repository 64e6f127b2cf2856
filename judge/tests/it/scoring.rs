//! Scores and verdicts: Kayenta's arithmetic and the departures (a) to (e).

use serinus_judge::{Counted, GroupWeights, OnNoData, Outcome, Release, Thresholds, Verdict};

use crate::build::{
    bad, broken, critical, good, judge, muted, netflix_aca, on_no_data, silent, unclear, unguarded,
    weights,
};

/// Weights, metrics, then verdict, score and part of the reason.
macro_rules! table {
    ($($name:ident: $weights:expr, [$($metric:expr),* $(,)?] => $verdict:ident $score:literal $reason:literal;)*) => {$(
        #[test]
        fn $name() {
            let card = judge(weights($weights), vec![$($metric),*]);
            let got = (card.verdict, card.score, card.reason.as_str());
            assert_eq!(got, (Verdict::$verdict, $score, $reason), "{card:#?}");
        }
    )*};
}

table! {
    all_pass: [], [good("a", "g"), good("b", "h")] => Pass 100.0 "score 100 reaches the pass threshold 90";
    all_fail: [], [bad("a", "g", 40.0)] => Fail 0.0 "a is up 40 %";
    a_third_passes: [], [good("a", "g"), bad("b", "g", 20.0), bad("c", "g", 60.0)]
        => Fail 33.33 "c is up 60 %; b is up 20 %";
    weighted: [("g", 80.0), ("h", 20.0)], [good("a", "g"), bad("b", "h", 30.0)] => Marginal 80.0 "b is up 30 %";
    unweighted_groups_share_the_rest: [("g", 80.0)], [bad("a", "g", 30.0), good("b", "h"), good("c", "i")]
        => Fail 20.0 "a is up 30 %";
    a_metric_counts_in_each_group: [("g", 50.0), ("h", 50.0)],
        [{ let mut m = bad("a", "g", 30.0); m.groups.push("h".into()); m }, good("b", "g"), good("c", "h")]
        => Fail 50.0 "a is up 30 %";
    weight_of_an_absent_group_is_lost: [("g", 60.0), ("absent", 40.0)], [good("a", "g")]
        => Fail 60.0 "score 60 is below the marginal threshold 75: the groups that have metrics weigh 60 of 100";
    score_is_cut_at_100: [("g", 150.0)], [good("a", "g")] => Pass 100.0 "score 100 reaches the pass threshold 90";
    critical_failure: [("g", 1.0), ("h", 99.0)], [critical(bad("a", "g", 30.0)), bad("c", "h", 90.0), good("b", "h")]
        => Fail 0.0 "a is up 30 %";
    critical_pass: [], [critical(good("a", "g")), good("b", "g")] => Pass 100.0 "score 100 reaches the pass threshold 90";
    muted_failures_do_not_count: [], [muted(critical(bad("a", "g", 30.0))), good("b", "g")]
        => Pass 100.0 "score 100 reaches the pass threshold 90";
    half_without_data: [], [silent("a", "g"), good("b", "h")] => Fail 0.0 "1 of 2 metrics have no data: a";
    a_third_without_data: [], [silent("a", "g"), good("b", "h"), good("c", "h")]
        => Pass 100.0 "score 100 reaches the pass threshold 90; but a has no data";
    a_pass_does_not_hide_what_failed: [("g", 95.0), ("h", 5.0)], [good("a", "g"), broken("b", "g"), unclear("c", "g"), good("d", "g"), bad("e", "h", 30.0)]
        => Pass 95.0 "score 95 reaches the pass threshold 90; but e is up 30 %; b, c are undecided";
    missing_data_may_pass: [], [on_no_data(OnNoData::Pass, silent("a", "g")), good("b", "g")]
        => Pass 100.0 "score 100 reaches the pass threshold 90";
    missing_data_may_fail: [], [on_no_data(OnNoData::Fail, silent("a", "g")), good("b", "g")]
        => Fail 50.0 "a: no baseline samples";
    missing_critical_data_fails_under_kayentas_rules: [], [unguarded(critical(silent("a", "g"))), good("b", "g")]
        => Fail 0.0 "a: no baseline samples";

    a_error_does_not_raise: [("g", 40.0), ("h", 30.0), ("i", 30.0)], [good("a", "g"), broken("b", "h"), bad("c", "i", 30.0)]
        => Fail 40.0 "c is up 30 %";
    a_mixed_group_does_not_raise: [("g", 40.0), ("h", 30.0), ("i", 30.0)],
        [good("a", "g"), good("b", "g"), broken("c", "h"), silent("d", "h"), bad("e", "i", 30.0)]
        => Fail 40.0 "e is up 30 %";
    a_only_missing_data_gives_full_weight: [("g", 50.0), ("h", 50.0)],
        [good("a", "g"), bad("b", "g", 30.0), silent("c", "h")] => Marginal 75.0 "b is up 30 %";
    b_nothing_decided: [], [broken("a", "g"), unclear("b", "g")]
        => Inconclusive 0.0 "nothing was decided: a: the store answered 503; b: the canary served 3 requests, 200 needed";
    b_all_without_data: [], [silent("a", "g")] => Inconclusive 0.0 "nothing was decided: a: no baseline samples";
    b_a_pass_for_want_of_data_decides_nothing: [], [on_no_data(OnNoData::Pass, silent("a", "g")), broken("b", "g")]
        => Inconclusive 0.0 "nothing was decided: b: the store answered 503";
    b_no_metrics: [("g", 100.0)], [] => Inconclusive 0.0 "there is no metric to judge";
    b_all_muted: [], [muted(good("a", "g"))] => Inconclusive 0.0 "there is no metric to judge";
    c_undecided_group_decides: [("g", 60.0), ("h", 40.0)], [good("a", "g"), broken("b", "h")]
        => Inconclusive 60.0 "too little was decided: b: the store answered 503";
    c_but_not_when_it_would_fail_anyway: [("g", 60.0), ("h", 40.0)], [good("a", "g"), bad("b", "g", 30.0), broken("c", "h")]
        => Fail 30.0 "b is up 30 %";
    c_nor_after_a_critical_failure: [("g", 60.0), ("h", 40.0)], [good("a", "g"), critical(bad("b", "g", 30.0)), broken("c", "h")]
        => Fail 0.0 "b is up 30 %";
    d_little_coverage: [], [good("a", "g"), broken("b", "g"), broken("c", "g")]
        => Inconclusive 100.0 "too little was decided: the store answered 503 (b, c)";
    d_enough_coverage: [], [good("a", "g"), good("b", "g"), broken("c", "g")]
        => Pass 100.0 "score 100 reaches the pass threshold 90; but c is undecided";
    d_marginal_on_little_coverage: [("g", 80.0), ("h", 20.0)],
        [good("a", "g"), unclear("b", "g"), unclear("c", "g"), unclear("d", "g"), bad("e", "h", 30.0)]
        => Inconclusive 80.0 "too little was decided: the canary served 3 requests, 200 needed (b, c, d)";
    d_critical_metric_undecided: [], [good("a", "g"), good("b", "g"), critical(unclear("c", "g"))]
        => Inconclusive 100.0 "too little was decided: c: the canary served 3 requests, 200 needed";
    d_critical_metric_without_data: [], [good("a", "g"), good("b", "g"), critical(silent("c", "h"))]
        => Inconclusive 100.0 "too little was decided: c: no baseline samples";
}

#[test]
fn e_a_critical_failure_fails_whatever_the_thresholds() {
    let release = |metrics| Release {
        metrics,
        weights: GroupWeights::default(),
        thresholds: Thresholds::new(0.0, 0.0).unwrap(),
    };
    let verdict = |metrics| netflix_aca().judge(&release(metrics)).verdict;
    assert_eq!(verdict(vec![critical(bad("a", "g", 30.0))]), Verdict::Fail);
    assert_eq!(
        verdict(vec![silent("a", "g"), good("b", "h")]),
        Verdict::Fail
    );
    // Thresholds of 0 otherwise pass what was decided.
    assert_eq!(verdict(vec![bad("a", "g", 30.0)]), Verdict::Pass);
}

#[test]
fn entries_say_what_was_counted() {
    let metrics = vec![
        good("a", "g"),
        bad("b", "g", 30.0),
        broken("c", "g"),
        unclear("d", "h"),
    ];
    let card = judge(weights([("g", 60.0), ("h", 40.0)]), metrics);
    let [g, h] = card.groups.as_slice() else {
        panic!("two groups: {card:?}");
    };
    assert_eq!((g.passed, g.failed, g.ignored), (1, 1, 1));
    assert_eq!(
        (g.score, g.weight, g.contribution),
        (Some(50.0), 60.0, 30.0)
    );
    assert_eq!((h.score, h.weight, h.contribution), (None, 40.0, 0.0));
    assert!((card.coverage - 0.4).abs() < 1e-12);
    assert!(card.scored);
    let entries: Vec<_> = card
        .metrics
        .iter()
        .map(|m| (m.outcome, m.counted))
        .collect();
    assert_eq!(
        entries,
        [
            (Outcome::Pass, Counted::Passed),
            (Outcome::High, Counted::Failed),
            (Outcome::Error, Counted::Ignored),
            (Outcome::Inconclusive, Counted::Ignored),
        ]
    );
}

#[test]
fn a_group_named_twice_counts_once() {
    let mut twice = bad("a", "g", 30.0);
    twice.groups.push("g".to_owned());
    let card = judge(GroupWeights::default(), vec![twice, good("b", "g")]);
    assert_eq!(card.score, 50.0);
}

#[test]
fn weights_beyond_100_leave_less_than_nothing() {
    let metrics = vec![good("a", "g"), good("b", "h"), bad("c", "g", 30.0)];
    let card = judge(weights([("g", 140.0)]), metrics);
    assert_eq!(card.groups[1].weight, -40.0);
    assert_eq!(card.score, 30.0);
}
