//! What is decided before the judge is asked.

use serinus_judge::{Counted, Design, Metric, OnNoData, Outcome, Rules};

use crate::build::{
    around, critical, independent, judge_one, metric, on_no_data, paired, unguarded,
};

const GAP: f64 = f64::NAN;

fn unpaired(baseline: Vec<f64>, canary: Vec<f64>) -> Metric {
    metric("m", "g", Rules::default(), independent(baseline, canary))
}

fn together(baseline: Vec<f64>, canary: Vec<f64>) -> Metric {
    metric("m", "g", Rules::default(), paired(baseline, canary))
}

#[track_caller]
fn inconclusive(metric: Metric, reason: &str) {
    let result = judge_one(metric.clone());
    assert_eq!(
        (result.outcome, result.counted),
        (Outcome::Inconclusive, Counted::Ignored)
    );
    assert_eq!(result.reason, reason);
    assert_eq!(result.netflix_aca, None, "the judge was asked");
    let result = judge_one(unguarded(metric));
    assert!(result.netflix_aca.is_some(), "the judge was not asked");
}

#[track_caller]
fn judged(metric: Metric) {
    let result = judge_one(metric);
    assert!(result.netflix_aca.is_some(), "{}", result.reason);
}

#[test]
fn no_data_counts_as_configured() {
    let sides = [
        (vec![], around(1.0), "no baseline samples"),
        (around(1.0), vec![GAP; 30], "no canary samples"),
        (vec![], vec![GAP], "no samples on either side"),
    ];
    for (baseline, canary, reason) in sides {
        let metric = critical(unpaired(baseline, canary));
        for (policy, counted, failure) in [
            (OnNoData::Inconclusive, Counted::Ignored, false),
            (OnNoData::Pass, Counted::Passed, false),
            (OnNoData::Fail, Counted::Failed, true),
        ] {
            let result = judge_one(on_no_data(policy, metric.clone()));
            assert_eq!((result.outcome, result.counted), (Outcome::Nodata, counted));
            assert_eq!(result.critical_failure, failure);
            assert_eq!(result.reason, reason);
            assert_eq!(result.design, Some(Design::Independent));
        }
    }
}

#[test]
fn too_few_samples() {
    let mut few = around(1.0);
    few[3..].fill(GAP);
    inconclusive(
        unpaired(around(1.0), few.clone()),
        "3 of 10 samples needed on the canary",
    );
    inconclusive(
        unpaired(few, around(1.0)),
        "3 of 10 samples needed on the baseline",
    );
    judged(unpaired(
        around(1.0)[..10].to_vec(),
        around(2.0)[..10].to_vec(),
    ));
}

#[test]
fn paired_sides_that_are_the_same_data() {
    let reason = "both sides are the same data: the queries probably select the same population";
    inconclusive(together(around(1.0), around(1.0)), reason);
    let mut gap = around(1.0);
    gap[4] = GAP;
    inconclusive(together(gap.clone(), gap.clone()), reason);
    judged(together(gap, around(1.0)));
    judged(together(vec![5.0; 30], vec![5.0; 30]));
    judged(unpaired(around(1.0), around(1.0)));
}

#[test]
fn samples_that_end_early() {
    let mut stale = around(1.0);
    stale[14..].fill(GAP);
    inconclusive(
        together(around(2.0), stale.clone()),
        "the canary's samples end before the last half of the window",
    );
    inconclusive(
        unpaired(stale.clone(), around(2.0)),
        "the baseline's samples end before the last half of the window",
    );
    // When both end, the window was too long.
    judged(together(
        stale.clone(),
        stale.iter().map(|x| x * 2.0).collect(),
    ));
    let mut late = around(1.0);
    late[15..].fill(GAP);
    judged(together(around(2.0), late));
}

#[test]
fn samples_that_begin_late() {
    let mut late = around(1.0);
    late[..16].fill(GAP);
    inconclusive(
        together(around(2.0), late.clone()),
        "the canary's samples begin after the first half of the window; was it there before?",
    );
    inconclusive(
        unpaired(late.clone(), around(2.0)),
        "the baseline's samples begin after the first half of the window; was it there before?",
    );
    judged(together(
        late.clone(),
        late.iter().map(|x| x * 2.0).collect(),
    ));
    let mut later = around(1.0);
    later[..15].fill(GAP);
    judged(together(around(2.0), later));
}

#[test]
fn a_side_that_stands_still() {
    let reason = "the canary's series has stopped moving";
    inconclusive(unpaired(around(1.0), vec![1.1; 10]), reason);
    inconclusive(
        unpaired(vec![1.1; 30], around(1.0)),
        "the baseline's series has stopped moving",
    );
    // A steady zero is a count of errors without errors; a baseline of few values may stand still by chance.
    judged(unpaired(around(1.0), vec![0.0; 30]));
    let few_values = (0..30).map(|i| f64::from(i % 3)).collect();
    judged(unpaired(few_values, vec![1.0; 30]));
    judged(unpaired(vec![2.0; 30], vec![1.0; 30]));
}

#[test]
fn flat_lines_need_as_many_samples_as_configured() {
    let mut metric = unpaired(around(1.0), vec![1.1; 10]);
    metric.rules.minimum_samples = 5;
    assert_eq!(judge_one(metric.clone()).outcome, Outcome::Inconclusive);
    let mut shorter = unpaired(around(1.0), vec![1.1; 9]);
    shorter.rules.minimum_samples = 5;
    judged(shorter);
}
