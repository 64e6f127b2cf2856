//! The score of the judge `serinus`: a weighted mean over what was decided.
//!
//! Differences from Kayenta's arithmetic: weights are normalised over the groups in which something was decided, so that
//! missing groups neither raise nor lower the score; a release with too little decided is inconclusive, whatever its
//! score; missing data is left out rather than counted as a failure.

use super::{Group, groups, reason, round_half_up};
use crate::judge::JudgedBy;
use crate::judges::serinus::Settings;
use crate::release::Release;
use crate::scorecard::{Counted, MetricResult, Scorecard, Verdict};
use crate::stats::benjamini_hochberg;

/// Adds up the results of a release's metrics.
pub(crate) fn scorecard(
    settings: Settings,
    release: &Release,
    mut metrics: Vec<MetricResult>,
) -> Scorecard {
    set_aside(&mut metrics, settings.false_discovery_rate());
    let live: Vec<&MetricResult> = metrics.iter().filter(|metric| !metric.muted).collect();
    let mut groups = groups(&release.weights, &live);
    let shares = Shares::of(&groups, &live);
    normalise(&mut groups);
    let thresholds = release.thresholds;
    let critical_failure = live.iter().any(|metric| metric.critical_failure);
    let decided =
        !super::nothing_decided(&live) && groups.iter().any(|group| group.entry.score.is_some());
    let ground = if critical_failure {
        super::Ground::CriticalFailure
    } else if decided {
        let sum: f64 = groups.iter().map(|group| group.entry.contribution).sum();
        super::Ground::Score {
            score: round_half_up(sum.clamp(0.0, 100.0) + 0.0),
            undecided_weight: 0.0,
        }
    } else {
        super::Ground::NothingDecided
    };
    let (verdict, score) = match ground {
        super::Ground::NothingDecided => (Verdict::Inconclusive, 0.0),
        super::Ground::CriticalFailure | super::Ground::TooMuchMissing => (Verdict::Fail, 0.0),
        super::Ground::Score { score, .. } => {
            let by_score = thresholds.verdict(score);
            // Had everything else passed, it would still be a failure.
            let fails_anyway = shares.best() < thresholds.marginal();
            let enough = shares.decided >= settings.least_coverage();
            let verdict = match by_score {
                Verdict::Fail if enough || fails_anyway => Verdict::Fail,
                Verdict::Pass | Verdict::Marginal if enough && !super::blocked(&live) => by_score,
                Verdict::Pass | Verdict::Marginal | Verdict::Fail | Verdict::Inconclusive => {
                    Verdict::Inconclusive
                }
            };
            (verdict, score)
        }
    };
    let reason = reason::sentence(&reason::Case {
        verdict,
        score,
        ground: &ground,
        live: &live,
        groups: &groups,
        thresholds,
        least_coverage: settings.least_coverage(),
    });
    Scorecard {
        judge: JudgedBy::Serinus,
        verdict,
        score,
        scored: !matches!(ground, super::Ground::NothingDecided),
        reason,
        coverage: shares.decided,
        thresholds,
        groups: groups.into_iter().map(|group| group.entry).collect(),
        metrics,
    }
}

/// Between which scores a release would end if what is undecided were decided, and nothing else changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Outlook {
    /// Had it all failed.
    pub(crate) worst: f64,
    /// Had it all passed.
    pub(crate) best: f64,
}

impl Outlook {
    /// The outlook of a release with these results.
    pub(crate) fn of(release: &Release, metrics: &[MetricResult]) -> Self {
        let live: Vec<&MetricResult> = metrics.iter().filter(|metric| !metric.muted).collect();
        let shares = Shares::of(&groups(&release.weights, &live), &live);
        Self {
            worst: 100.0 * (shares.decided - shares.failed),
            best: shares.best(),
        }
    }
}

/// Leaves failures out of the score that may well be chance, given how many metrics were compared: those whose p-value the
/// procedure of Benjamini and Hochberg (1995) does not reject. They keep their outcome. Critical metrics, and metrics that
/// failed without a p-value, are left alone.
fn set_aside(metrics: &mut [MetricResult], rate: f64) {
    let (mut tested, p_values): (Vec<&mut MetricResult>, Vec<f64>) = metrics
        .iter_mut()
        .filter(|metric| !metric.muted)
        .filter_map(|metric| metric.p_value.map(|p| (metric, p)))
        .unzip();
    let adjusted = benjamini_hochberg(&p_values).unwrap_or_default();
    let count = p_values.len();
    for (metric, adjusted) in tested.iter_mut().zip(adjusted) {
        let alone = metric.critical || metric.critical_failure;
        if metric.counted == Counted::Failed && !alone && adjusted > rate {
            metric.counted = Counted::Ignored;
            metric.notes.push(format!(
                "left out of the score: among {count} metrics, one such change is expected by chance"
            ));
        }
    }
}

/// Shares of all weight, a group's weight being spread equally over its metrics. Negative weights count as 0; where
/// nothing has weight, every metric in a group weighs the same.
struct Shares {
    decided: f64,
    failed: f64,
}

impl Shares {
    /// The score, had everything else passed.
    fn best(&self) -> f64 {
        100.0 * (1.0 - self.failed)
    }

    fn of(groups: &[Group], live: &[&MetricResult]) -> Self {
        let (mut decided, mut failed, mut all) = (0.0, 0.0, 0.0);
        let weighted = groups.iter().any(|group| group.entry.weight > 0.0);
        for Group { entry, .. } in groups {
            let members = (entry.passed + entry.failed + entry.ignored) as f64;
            let weight = if weighted {
                entry.weight.max(0.0)
            } else {
                members
            };
            decided += weight * (entry.passed + entry.failed) as f64 / members;
            failed += weight * entry.failed as f64 / members;
            all += weight;
        }
        if all > 0.0 {
            return Self {
                decided: (decided / all).min(1.0),
                failed: (failed / all).min(1.0),
            };
        }
        let share = |wanted: &dyn Fn(&MetricResult) -> bool| {
            live.iter().filter(|metric| wanted(metric)).count() as f64 / live.len().max(1) as f64
        };
        Self {
            decided: share(&|metric| metric.counted != Counted::Ignored),
            failed: share(&|metric| metric.counted == Counted::Failed),
        }
    }
}

/// Spreads 100 points over the groups in which something was decided, by their weights; equally where these weigh nothing.
fn normalise(groups: &mut [Group]) {
    let decided = |group: &&mut Group| group.entry.score.is_some();
    let total: f64 = groups
        .iter_mut()
        .filter(decided)
        .map(|group| group.entry.weight.max(0.0))
        .sum();
    let count = groups.iter_mut().filter(decided).count() as f64;
    for group in groups {
        let share = if total > 0.0 {
            group.entry.weight.max(0.0) / total
        } else {
            1.0 / count
        };
        group.entry.contribution = group.entry.score.map_or(0.0, |score| score * share);
    }
}
