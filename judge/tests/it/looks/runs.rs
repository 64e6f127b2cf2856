//! What a watch makes of looks.

use serinus_judge::{
    Judge, JudgeName, LookDecision, LookRule, Metric, Outcome, Passing, Place, Plan, Progress,
    Release, Rules, Scorecard, Stop, Verdict, Watch, Windows, netflix_aca,
};

use super::look;
use crate::build::{metric, paired};

/// Sixty samples that wander, and as many that wander otherwise, times a factor from some moment on.
fn sides(factor: f64, from: u32, length: u32) -> (Vec<f64>, Vec<f64>) {
    let wander = |i: u32, stride: u32| 1.0 + f64::from(i * stride % 61) / 600.0;
    (0..length)
        .map(|i| {
            let changed = if i < from { 1.0 } else { factor };
            (wander(i, 17), wander(i, 23) * changed)
        })
        .unzip()
}

fn latency(factor: f64, from: u32, length: u32, rules: Rules) -> Metric {
    let (baseline, canary) = sides(factor, from, length);
    metric("latency", "all", rules, paired(baseline, canary))
}

fn release(metrics: Vec<Metric>) -> Release {
    Release {
        metrics,
        ..Release::default()
    }
}

fn planned(passing: Passing, windows: Windows) -> LookRule {
    LookRule::Planned(Plan {
        passing,
        windows,
        ..Plan::default()
    })
}

fn watch(rule: LookRule) -> Watch {
    Watch::new(Judge::default(), rule).unwrap()
}

fn critical() -> Rules {
    Rules {
        critical: true,
        ..Rules::default()
    }
}

const EVERY_RULE: [LookRule; 6] = [
    LookRule::Single,
    LookRule::EachAlone,
    LookRule::OpenEnded,
    LookRule::Planned(Plan {
        spending: serinus_judge::Spending::Pocock,
        windows: Windows::Growing,
        passing: Passing::AtEnd,
    }),
    LookRule::Planned(Plan {
        spending: serinus_judge::Spending::OBrienFleming,
        windows: Windows::Growing,
        passing: Passing::OnceExcluded,
    }),
    LookRule::Planned(Plan {
        spending: serinus_judge::Spending::OBrienFleming,
        windows: Windows::Sliding,
        passing: Passing::AtEnd,
    }),
];

#[test]
fn a_single_look_is_an_ordinary_judgement() {
    for factor in [1.0, 1.02, 1.06, 1.4] {
        for rules in [Rules::default(), critical()] {
            let release = release(vec![latency(factor, 20, 60, rules)]);
            let judged = watch(LookRule::Single).look(&look(&[1.0], Place::Last), &release);
            assert_eq!(judged.scorecard, Judge::default().judge(&release));
            assert!(matches!(judged.decision, LookDecision::Stop(_)));
        }
    }
}

/// A plan with one look is one too, but for its critical metrics sharing the error rate.
#[test]
fn a_plan_of_one_look_is_an_ordinary_judgement() {
    let release = release(vec![latency(1.06, 0, 60, critical())]);
    for rule in EVERY_RULE {
        if rule != LookRule::OpenEnded {
            let judged = watch(rule).look(&look(&[1.0], Place::Last), &release);
            let ordinary = Judge::default().judge(&release);
            assert_eq!(judged.scorecard.verdict, ordinary.verdict, "{rule:?}");
            let p = |scorecard: &Scorecard| scorecard.metrics[0].p_value;
            assert_eq!(p(&judged.scorecard), p(&ordinary), "{rule:?}");
        }
    }
}

#[test]
fn the_same_look_gets_the_same_answer() {
    let release = release(vec![latency(1.3, 10, 30, critical())]);
    for rule in EVERY_RULE {
        let look = look(&[0.25, 0.5], Place::Interim);
        assert_eq!(
            watch(rule).look(&look, &release),
            watch(rule).look(&look, &release)
        );
    }
}

#[test]
fn a_clear_regression_of_a_critical_metric_ends_the_run() {
    let release = release(vec![latency(1.5, 0, 30, critical())]);
    for rule in EVERY_RULE {
        let judged = watch(rule).look(&look(&[0.25, 0.5], Place::Interim), &release);
        assert_eq!(
            judged.decision,
            LookDecision::Stop(Stop::Failed),
            "{rule:?}"
        );
        assert_eq!(judged.scorecard.verdict, Verdict::Fail);
        assert_eq!(judged.reason, judged.scorecard.reason);
        assert_eq!(judged.record.failed, ["latency"]);
    }
}

/// At an early look only a clear change counts, which at the only one would.
#[test]
fn early_looks_are_stricter() {
    let canary = latency(1.055, 0, 24, critical());
    let alone = Judge::default().judge(&release(vec![canary.clone()]));
    assert_eq!(alone.metrics[0].outcome, Outcome::High);
    let early = look(&[0.05], Place::Interim);
    for rule in EVERY_RULE {
        let judged = watch(rule).look(&early, &release(vec![canary.clone()]));
        let adjusted = !matches!(rule, LookRule::Single | LookRule::EachAlone);
        let failed = judged.scorecard.verdict == Verdict::Fail;
        let level = rule.level(&early, serinus_judge::stats::Alpha::new(0.01).unwrap());
        assert_eq!(level.get() < 0.01, adjusted, "{rule:?}");
        assert_eq!(
            failed,
            alone.metrics[0].p_value.unwrap() < level.get(),
            "{rule:?}"
        );
    }
}

/// What has failed does not end a run as long as the rest may make up for it.
#[test]
fn undecided_metrics_keep_a_run_going() {
    let bad = latency(1.5, 0, 30, Rules::default());
    let undecided =
        |name: &str| metric(name, "all", Rules::default(), paired(vec![1.0], vec![1.0]));
    let named = |names: &[&str]| {
        let mut metrics: Vec<Metric> = names.iter().map(|name| undecided(name)).collect();
        metrics.push(bad.clone());
        release(metrics)
    };
    let watch = watch(LookRule::Planned(Plan::default()));
    let decision = |release: &Release| {
        watch
            .look(&look(&[0.25, 0.5], Place::Interim), release)
            .decision
    };
    // One of four leaves 75 points, which is marginal; one of three fails in any case.
    assert_eq!(decision(&named(&["a", "b", "c"])), LookDecision::Continue);
    assert_eq!(
        decision(&named(&["a", "b"])),
        LookDecision::Stop(Stop::Failed)
    );
}

#[test]
fn a_run_passes_at_its_end_or_once_the_change_is_excluded() {
    let release = release(vec![latency(1.0, 0, 60, Rules::default())]);
    for (passing, expected) in [
        (Passing::AtEnd, LookDecision::Continue),
        (Passing::OnceExcluded, LookDecision::Stop(Stop::Passed)),
    ] {
        let watch = watch(planned(passing, Windows::Growing));
        let early = watch.look(&look(&[0.25, 0.5], Place::Interim), &release);
        assert_eq!(early.decision, expected);
        assert_eq!(early.scorecard.verdict, Verdict::Pass);
        let last = watch.look(&look(&[0.25, 0.5, 1.0], Place::Last), &release);
        assert_eq!(last.decision, LookDecision::Stop(Stop::End));
        assert_eq!(last.scorecard.verdict, Verdict::Pass);
    }
}

#[test]
fn a_run_without_data_neither_passes_nor_fails() {
    let release = release(vec![metric("m", "all", critical(), paired(vec![], vec![]))]);
    for rule in EVERY_RULE {
        let last = watch(rule).look(&look(&[0.5, 1.0], Place::Last), &release);
        assert_eq!(last.decision, LookDecision::Stop(Stop::End), "{rule:?}");
        assert_eq!(last.scorecard.verdict, Verdict::Inconclusive, "{rule:?}");
    }
}

#[test]
fn netflix_aca_judges_each_look_alone() {
    let judge = Judge::NetflixAca(netflix_aca::Settings::default());
    for rule in EVERY_RULE {
        let suits = matches!(rule, LookRule::Single | LookRule::EachAlone);
        assert_eq!(Watch::new(judge, rule).is_ok(), suits);
    }
    let refused = Watch::new(judge, LookRule::OpenEnded).unwrap_err();
    assert_eq!(refused.0, JudgeName::NetflixAca.into());
    let watch = Watch::new(judge, LookRule::EachAlone).unwrap();
    let bad = watch.look(
        &look(&[0.5], Place::Interim),
        &release(vec![latency(1.5, 0, 30, Rules::default())]),
    );
    assert_eq!(bad.decision, LookDecision::Stop(Stop::Failed));
    let good = watch.look(
        &look(&[0.5], Place::Interim),
        &release(vec![latency(1.0, 0, 30, Rules::default())]),
    );
    assert_eq!(good.decision, LookDecision::Continue);
}

#[test]
fn looks_are_in_order() {
    for progress in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(Progress::new(progress).is_err());
    }
    let record = |progress| serinus_judge::EarlierLook {
        progress: Progress::new(progress).unwrap(),
        failed: Vec::new(),
    };
    let at = Progress::new(0.5).unwrap();
    for earlier in [
        vec![record(0.5)],
        vec![record(0.4), record(0.3)],
        vec![record(0.6)],
    ] {
        assert!(serinus_judge::Look::new(at, earlier, Place::Interim).is_err());
    }
}

/// What one look would have called is not passed over because there were others, or other critical metrics.
#[test]
fn a_suspected_metric_does_not_pass() {
    // Between the level of one look and that of this one.
    let suspected = latency(1.055, 0, 12, critical());
    let others = (0..19).map(|i| Metric {
        name: format!("good-{i}"),
        ..latency(1.0, 0, 60, critical())
    });
    let release = release([suspected].into_iter().chain(others).collect());
    let ordinary = &Judge::default().judge(&release).metrics[0];
    let watch = watch(LookRule::Planned(Plan::default()));
    let judged = watch.look(&look(&[0.5, 1.0], Place::Last), &release);
    assert_eq!(ordinary.outcome, Outcome::High, "{ordinary:?}");
    let here = &judged.scorecard.metrics[0];
    assert_eq!(here.outcome, Outcome::Inconclusive, "{here:?}");
    assert_eq!(here.doubt, Some(serinus_judge::Doubt::Suspected));
    assert!(
        here.reason.ends_with("one look of several"),
        "{}",
        here.reason
    );
    assert_eq!(judged.scorecard.verdict, Verdict::Inconclusive);
}
