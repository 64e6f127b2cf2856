//! The score of the judge `serinus`.

use serinus_judge::{
    Counted, Evidence, GroupWeights, Judge, Metric, Outcome, Release, Rules, Scorecard, Thresholds,
    Verdict, serinus::Settings,
};

use crate::build::{bad, broken, critical, good, metric, muted, paired, silent, weights};
use crate::serinus::noise;

fn score_with(settings: Settings, weights: GroupWeights, metrics: Vec<Metric>) -> Scorecard {
    Judge::Serinus(settings).judge(&Release {
        metrics,
        weights,
        thresholds: Thresholds::new(90.0, 75.0).unwrap(),
    })
}

fn score(weights: GroupWeights, metrics: Vec<Metric>) -> Scorecard {
    score_with(Settings::default(), weights, metrics)
}

/// A metric whose shift is significant, but not by much.
fn borderline(name: &str) -> Metric {
    let sample = |seed: u64, shift: f64| -> Vec<f64> {
        noise(seed, 30)
            .iter()
            .map(|z| 100.0 * (0.1 * z + shift).exp())
            .collect()
    };
    (0..200)
        .map(|step| {
            metric(
                name,
                "g",
                Rules::default(),
                paired(sample(1, 0.0), sample(2, f64::from(step) / 1000.0)),
            )
        })
        .find(|metric| {
            let card = score(GroupWeights::default(), vec![metric.clone()]);
            card.metrics[0].outcome == Outcome::High
        })
        .unwrap()
}

#[test]
fn weights_are_shared_by_what_was_decided() {
    let metrics = vec![
        good("a", "one"),
        bad("b", "two", 40.0),
        broken("c", "three"),
    ];
    let card = score(
        weights([("one", 60.0), ("two", 20.0), ("three", 20.0)]),
        metrics,
    );
    assert_eq!(
        (card.verdict, card.score, card.coverage),
        (Verdict::Marginal, 75.0, 0.8)
    );
    let contributions: Vec<f64> = card.groups.iter().map(|group| group.contribution).collect();
    assert_eq!(contributions, [75.0, 0.0, 0.0]);
}

#[test]
fn too_little_decided_is_inconclusive_and_enough_failures_are_a_failure_all_the_same() {
    let undecided = || (0..3).map(|i| broken(&format!("u{i}"), "g"));
    let card = score(
        GroupWeights::default(),
        undecided().chain([good("a", "g")]).collect(),
    );
    assert_eq!((card.verdict, card.score), (Verdict::Inconclusive, 100.0));
    let failing = undecided()
        .chain([bad("a", "g", 40.0), bad("b", "g", 40.0)])
        .collect();
    assert_eq!(
        score(GroupWeights::default(), failing).verdict,
        Verdict::Fail
    );
    let settings = Settings::default().with_least_coverage(0.2).unwrap();
    let card = score_with(
        settings,
        GroupWeights::default(),
        undecided().chain([good("a", "g")]).collect(),
    );
    assert_eq!(card.verdict, Verdict::Pass);
}

#[test]
fn critical_metrics_decide() {
    let others = || (0..9).map(|i| good(&format!("m{i}"), "g"));
    let failed = critical(bad("c", "g", 40.0));
    let card = score(GroupWeights::default(), others().chain([failed]).collect());
    assert_eq!((card.verdict, card.score), (Verdict::Fail, 0.0));
    let undecided = critical(broken("c", "g"));
    let card = score(
        GroupWeights::default(),
        others().chain([undecided]).collect(),
    );
    assert_eq!(card.verdict, Verdict::Inconclusive);
}

#[test]
fn missing_metrics_do_not_fail_a_release() {
    let metrics = vec![
        good("a", "g"),
        good("b", "g"),
        silent("c", "g"),
        silent("d", "g"),
    ];
    let card = score(GroupWeights::default(), metrics);
    assert_eq!((card.verdict, card.coverage), (Verdict::Pass, 0.5));
    assert_eq!(
        score(GroupWeights::default(), vec![]).verdict,
        Verdict::Inconclusive
    );
    let ungrouped = Metric {
        groups: vec![],
        ..good("a", "g")
    };
    assert_eq!(
        score(GroupWeights::default(), vec![ungrouped]).verdict,
        Verdict::Inconclusive
    );
}

#[test]
fn among_many_metrics_a_weak_alarm_is_set_aside() {
    let others = || (0..19).map(|i| good(&format!("m{i}"), "g"));
    let alone = score(GroupWeights::default(), vec![borderline("b")]);
    assert_eq!(
        (alone.verdict, alone.metrics[0].counted),
        (Verdict::Fail, Counted::Failed)
    );
    let among = |metric: Metric| score(GroupWeights::default(), others().chain([metric]).collect());
    let card = among(borderline("b"));
    let last = &card.metrics[19];
    assert_eq!(
        (last.outcome, last.counted),
        (Outcome::High, Counted::Ignored)
    );
    assert!(
        last.notes
            .iter()
            .any(|note| note.starts_with("left out of the score"))
    );
    assert_eq!((card.verdict, card.score), (Verdict::Pass, 100.0));
    // A strong one is not, a critical one never, and a muted one does not count.
    assert_eq!(among(bad("b", "g", 40.0)).score, 95.0);
    assert_eq!(among(critical(borderline("b"))).verdict, Verdict::Fail);
    assert_eq!(
        among(muted(borderline("b"))).metrics[19].counted,
        Counted::Failed
    );
}

#[test]
fn evidence_that_never_came_is_not_a_failure() {
    let failed = Metric {
        evidence: Evidence::Failed("timeout".to_owned()),
        ..good("a", "g")
    };
    let card = score(GroupWeights::default(), vec![failed]);
    assert_eq!((card.verdict, card.scored), (Verdict::Inconclusive, false));
    assert!(card.reason.contains("timeout"), "{}", card.reason);
}
