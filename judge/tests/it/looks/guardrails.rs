//! Guardrails over looks, and the work they need.

use serinus_judge::{
    Clock, CountPair, CountSeries, EarlierLook, Evidence, Guardrail, Judge, Look, LookDecision,
    LookRule, Metric, Observations, Place, Plan, Progress, Release, Rules, Stop, Verdict, Watch,
};

use super::look;
use crate::build::{metric, paired};

fn release(metrics: Vec<Metric>) -> Release {
    Release {
        metrics,
        ..Release::default()
    }
}

fn guarded(guardrail: Guardrail) -> Rules {
    Rules {
        guardrails: vec![guardrail],
        ..Rules::default()
    }
}

fn wander(length: u32, level: f64) -> Vec<f64> {
    (0..length)
        .map(|i| level * (1.0 + f64::from(i * 17 % 61) / 600.0))
        .collect()
}

/// Too little for the statistics, long enough for the guardrail: the first look that sees it ends the run, and says what it saw.
#[test]
fn a_guardrail_ends_the_run_at_the_first_look_that_sees_it() {
    let rules = guarded(Guardrail::SumAbove {
        sum: 3.0,
        moments: 5,
    });
    let mut restarts = vec![0.0; 40];
    restarts[11..15].fill(1.0);
    let at = |moments: usize, progress: f64| {
        let watch = Watch::new(Judge::default(), LookRule::Planned(Plan::default())).unwrap();
        let evidence = paired(vec![0.0; moments], restarts[..moments].to_vec());
        let release = release(vec![metric("restarts", "all", rules.clone(), evidence)]);
        watch.look(&look(&[progress], Place::Interim), &release)
    };
    assert_eq!(at(10, 0.25).decision, LookDecision::Continue);
    for (moments, progress) in [(20, 0.5), (40, 1.0)] {
        let judged = at(moments, progress);
        assert_eq!(judged.decision, LookDecision::Stop(Stop::Guardrail));
        assert_eq!(judged.scorecard.verdict, Verdict::Fail);
        assert_eq!(
            judged.reason,
            "restarts came to 4 within 5 moments (guardrail 3)"
        );
    }
}

#[test]
fn failing_look_after_look_is_a_guardrail_of_its_own() {
    let rules = guarded(Guardrail::FailedLooks { looks: 3 });
    let bad = metric(
        "latency",
        "all",
        rules,
        paired(wander(40, 1.0), wander(40, 1.4).into_iter().rev().collect()),
    );
    // Nine that hold, so that one failure is no failure of the run.
    let mut metrics: Vec<Metric> = (0..9)
        .map(|i| {
            let canary = wander(40, 1.0).into_iter().rev().collect();
            metric(
                &format!("good-{i}"),
                "all",
                Rules::default(),
                paired(wander(40, 1.0), canary),
            )
        })
        .collect();
    metrics.push(bad);
    let release = release(metrics);
    let watch = Watch::new(Judge::default(), LookRule::Planned(Plan::default())).unwrap();
    let decision = |failed: &[bool]| {
        let earlier = failed.iter().zip(1..).map(|(failed, i)| EarlierLook {
            progress: Progress::new(f64::from(i) / 10.0).unwrap(),
            failed: failed.then(|| "latency".to_owned()).into_iter().collect(),
        });
        let now = Progress::new(0.5).unwrap();
        let look = Look::new(now, earlier.collect(), Place::Interim).unwrap();
        watch.look(&look, &release).decision
    };
    for going_on in [&[][..], &[true], &[true, true, false], &[true, false, true]] {
        assert_eq!(decision(going_on), LookDecision::Continue, "{going_on:?}");
    }
    let stop = LookDecision::Stop(Stop::Guardrail);
    for over in [&[true, true][..], &[false, true, true], &[true, true, true]] {
        assert_eq!(decision(over), stop, "{over:?}");
    }
    // A single judgement knows no earlier ones.
    assert_eq!(Judge::default().judge(&release).verdict, Verdict::Pass);
}

/// One error of two requests is a large share, and no evidence.
#[test]
fn shares_of_few_requests_cross_no_line() {
    let lines = [
        Guardrail::RatioAbove {
            least: 20.0,
            ratio: 2.0,
            floor: 0.001,
            moments: 3,
        },
        Guardrail::LevelAbove {
            level: 0.1,
            moments: 3,
        },
    ];
    for line in lines {
        for (requests, crossed) in [(2.0, false), (6.0, false), (7.0, true), (100.0, true)] {
            let side = |errors: f64| {
                CountSeries::new(
                    &[0.0, 0.0, 0.0, errors, errors, errors, 0.0, 0.0, 0.0, 0.0],
                    &[requests; 10],
                )
                .unwrap()
            };
            let counts = CountPair::new(side(0.0), side(requests / 2.0), Clock::Shared).unwrap();
            let evidence = Evidence::Observed(Observations::Counts(counts));
            let scorecard = Judge::default().judge(&release(vec![metric(
                "errors",
                "all",
                guarded(line),
                evidence,
            )]));
            let seen = scorecard.metrics[0].guardrail.is_some();
            assert_eq!(seen, crossed, "{line:?} {requests}");
        }
    }
}
