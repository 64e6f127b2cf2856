//! Verdicts of whole releases, where cases are the metrics of one.

use std::collections::BTreeMap;

use serde::Serialize;
use serinus_judge::{Metric, Release, Thresholds, Verdict};

use super::{Case, Contestant, InvalidCase, Truth};

/// The metrics of releases, collected case by case.
#[derive(Debug, Clone, Default)]
pub struct Releases {
    runs: BTreeMap<String, Run>,
}

#[derive(Debug, Clone, Default)]
struct Run {
    cases: Vec<Case>,
}

/// How often each verdict was reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerdictCounts {
    /// Passed.
    pub pass: usize,
    /// Marginal.
    pub marginal: usize,
    /// Failed.
    pub fail: usize,
    /// Inconclusive.
    pub inconclusive: usize,
}

/// Which metrics of a release are taken for critical.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Criticality {
    /// Those whose line says so.
    AsGiven,
    /// Every one.
    All,
}

/// The verdicts of one contestant on healthy and on bad releases.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdicts {
    /// The judge, or its test.
    pub judge: String,
    /// Which metrics counted as critical.
    pub critical: Criticality,
    /// Releases without a regression.
    pub healthy: VerdictCounts,
    /// Releases with one or more.
    pub bad: VerdictCounts,
}

impl Releases {
    /// Keeps a case that belongs to a release.
    pub fn add(&mut self, case: Case) {
        if let Some(run) = &case.run {
            self.runs.entry(run.clone()).or_default().cases.push(case);
        }
    }

    /// Judges all releases by one contestant, each metric in the same group.
    ///
    /// # Errors
    /// When a case cannot be judged.
    pub fn judge(
        &self,
        contestant: &Contestant,
        thresholds: Thresholds,
        critical: Criticality,
    ) -> Result<Verdicts, InvalidCase> {
        let mut verdicts = Verdicts {
            judge: contestant.to_string(),
            critical,
            healthy: VerdictCounts::default(),
            bad: VerdictCounts::default(),
        };
        for run in self.runs.values() {
            let metrics = run
                .cases
                .iter()
                .map(|case| {
                    case.metric(contestant)
                        .map(|metric| weigh(metric, critical))
                })
                .collect::<Result<Vec<Metric>, InvalidCase>>()?;
            let verdict = contestant
                .judge
                .judge(&Release {
                    metrics,
                    thresholds,
                    ..Release::default()
                })
                .verdict;
            let healthy = run.cases.iter().all(|case| case.truth == Truth::Same);
            let counts = if healthy {
                &mut verdicts.healthy
            } else {
                &mut verdicts.bad
            };
            counts.add(verdict);
        }
        Ok(verdicts)
    }

    /// Whether no case belonged to a release.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

fn weigh(mut metric: Metric, critical: Criticality) -> Metric {
    match critical {
        Criticality::AsGiven => {}
        Criticality::All => metric.rules.critical = true,
    }
    metric
}

impl VerdictCounts {
    fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Pass => self.pass += 1,
            Verdict::Marginal => self.marginal += 1,
            Verdict::Fail => self.fail += 1,
            Verdict::Inconclusive => self.inconclusive += 1,
        }
    }
}
