//! From the results of metrics to a scorecard: group scores, their weighted sum, and the verdict.
//!
//! The arithmetic is Kayenta's; the departures (a) to (e) are described in the crate's documentation.

use std::collections::HashMap;

use crate::judge::JudgedBy;
use crate::release::{GroupWeights, Release};
use crate::scorecard::{Counted, GroupScore, MetricResult, Outcome, Scorecard, Verdict};

pub(crate) mod decided;
mod reason;

/// Coverage below which a release is neither passed nor called marginal.
const LEAST_COVERAGE: f64 = 0.5;

/// Adds up the results of a release's metrics as Kayenta does.
pub(crate) fn scorecard(release: &Release, metrics: Vec<MetricResult>) -> Scorecard {
    let live: Vec<&MetricResult> = metrics.iter().filter(|metric| !metric.muted).collect();
    let groups = groups(&release.weights, &live);
    let thresholds = release.thresholds;
    let coverage = coverage(&groups, &live);
    let ground = ground(&live, &groups);
    let (verdict, score) = match &ground {
        Ground::NothingDecided => (Verdict::Inconclusive, 0.0),
        Ground::CriticalFailure | Ground::TooMuchMissing => (Verdict::Fail, 0.0),
        Ground::Score {
            score,
            undecided_weight,
        } => {
            let by_score = thresholds.verdict(*score);
            let undecided_decides = by_score != Verdict::Pass
                && *undecided_weight > 0.0
                && score + undecided_weight >= thresholds.pass();
            let too_little =
                by_score != Verdict::Fail && (coverage < LEAST_COVERAGE || blocked(&live));
            if undecided_decides || too_little {
                (Verdict::Inconclusive, *score)
            } else {
                (by_score, *score)
            }
        }
    };
    let reason = reason::sentence(&reason::Case {
        verdict,
        score,
        ground: &ground,
        live: &live,
        groups: &groups,
        thresholds,
        least_coverage: LEAST_COVERAGE,
    });
    Scorecard {
        judge: JudgedBy::NetflixAca,
        verdict,
        score,
        scored: !matches!(ground, Ground::NothingDecided),
        reason,
        coverage,
        thresholds,
        groups: groups.into_iter().map(|group| group.entry).collect(),
        metrics,
    }
}

/// Takes the score of a judge elsewhere, as far as the results of the metrics let it stand.
pub(crate) fn heard(score: f64, release: &Release, metrics: Vec<MetricResult>) -> Scorecard {
    let live: Vec<&MetricResult> = metrics.iter().filter(|metric| !metric.muted).collect();
    let groups = groups(&release.weights, &live);
    let thresholds = release.thresholds;
    let coverage = coverage(&groups, &live);
    let ground = if nothing_decided(&live) {
        Ground::NothingDecided
    } else if live.iter().any(|metric| metric.critical_failure) {
        Ground::CriticalFailure
    } else {
        Ground::Score {
            score,
            undecided_weight: 0.0,
        }
    };
    let (verdict, score) = match ground {
        Ground::NothingDecided => (Verdict::Inconclusive, 0.0),
        Ground::CriticalFailure | Ground::TooMuchMissing => (Verdict::Fail, 0.0),
        Ground::Score { score, .. } => match thresholds.verdict(score) {
            Verdict::Pass | Verdict::Marginal if coverage < LEAST_COVERAGE || blocked(&live) => {
                (Verdict::Inconclusive, score)
            }
            by_score @ (Verdict::Pass
            | Verdict::Marginal
            | Verdict::Fail
            | Verdict::Inconclusive) => (by_score, score),
        },
    };
    let reason = reason::sentence(&reason::Case {
        verdict,
        score,
        ground: &ground,
        live: &live,
        groups: &groups,
        thresholds,
        least_coverage: LEAST_COVERAGE,
    });
    Scorecard {
        judge: JudgedBy::Remote,
        verdict,
        score,
        scored: !matches!(ground, Ground::NothingDecided),
        reason,
        coverage,
        thresholds,
        groups: groups.into_iter().map(|group| group.entry).collect(),
        metrics,
    }
}

/// What a score rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ground {
    /// No metric passed or failed: (b).
    NothingDecided,
    /// A critical metric failed: 0 points.
    CriticalFailure,
    /// Half of the metrics or more have no data: 0 points.
    TooMuchMissing,
    /// The weighted sum.
    Score {
        score: f64,
        /// Weight of the groups that were not decided and that add nothing: (c).
        undecided_weight: f64,
    },
}

fn ground(live: &[&MetricResult], groups: &[Group]) -> Ground {
    if nothing_decided(live) {
        return Ground::NothingDecided;
    }
    if live.iter().any(|metric| metric.critical_failure) {
        return Ground::CriticalFailure;
    }
    if 2 * live.iter().filter(|metric| without_data(metric)).count() >= live.len() {
        return Ground::TooMuchMissing;
    }
    let sum: f64 = groups.iter().map(|group| group.entry.contribution).sum();
    let undecided_weight = groups
        .iter()
        .filter(|group| group.entry.score.is_none() && !group.only_nodata)
        .map(|group| group.entry.weight)
        .sum();
    Ground::Score {
        // An empty sum is -0; adding 0 drops the sign.
        score: round_half_up(sum.clamp(0.0, 100.0) + 0.0),
        undecided_weight,
    }
}

/// Whether no metric was decided. A pass for want of data is no decision: a release of which nothing was seen has not
/// passed.
fn nothing_decided(live: &[&MetricResult]) -> bool {
    live.iter().all(|metric| match metric.counted {
        Counted::Ignored => true,
        Counted::Passed => metric.outcome == Outcome::Nodata,
        Counted::Failed => false,
    })
}

/// Whether a metric that has to be decided was not.
fn blocked(live: &[&MetricResult]) -> bool {
    live.iter()
        .any(|metric| metric.required && metric.counted == Counted::Ignored)
}

/// Whether a metric is what Kayenta calls Nodata: missing, and neither a failure nor a pass for that.
fn without_data(metric: &MetricResult) -> bool {
    metric.outcome == Outcome::Nodata && metric.counted == Counted::Ignored
}

/// A group's entry, and what the scorecard does not show of it.
struct Group {
    entry: GroupScore,
    /// Nothing was counted and every metric is without data.
    only_nodata: bool,
}

/// Scores the groups that have metrics, in order of first appearance.
fn groups(weights: &GroupWeights, live: &[&MetricResult]) -> Vec<Group> {
    let mut names: Vec<&str> = Vec::new();
    let mut members: HashMap<&str, Vec<&MetricResult>> = HashMap::new();
    for metric in live {
        for group in &metric.groups {
            let group_members = members.entry(group).or_insert_with(|| {
                names.push(group);
                Vec::new()
            });
            // A group named twice still counts once.
            if !group_members
                .last()
                .is_some_and(|last| std::ptr::eq(*last, *metric))
            {
                group_members.push(metric);
            }
        }
    }
    let unweighted = names
        .iter()
        .filter(|name| weights.get(name).is_none())
        .count();
    let share = (100.0 - weights.total()) / unweighted.max(1) as f64;
    names
        .into_iter()
        .map(|name| {
            let weight = weights.get(name).unwrap_or(share);
            group(name, weight, &members[name])
        })
        .collect()
}

fn group(name: &str, weight: f64, members: &[&MetricResult]) -> Group {
    let count = |counted: Counted| {
        members
            .iter()
            .filter(|metric| metric.counted == counted)
            .count()
    };
    let (passed, failed) = (count(Counted::Passed), count(Counted::Failed));
    let score = (passed + failed > 0).then(|| 100.0 * passed as f64 / (passed + failed) as f64);
    let only_nodata = members.iter().all(|metric| without_data(metric));
    // (a): Kayenta gives the full weight to any group in which nothing was counted.
    let effective = score.unwrap_or(if only_nodata { 100.0 } else { 0.0 });
    Group {
        entry: GroupScore {
            name: name.to_owned(),
            weight,
            score,
            contribution: effective * weight / 100.0 + 0.0,
            passed,
            failed,
            ignored: count(Counted::Ignored),
        },
        only_nodata,
    }
}

/// Share of the groups' weight that belongs to decided metrics, a group's weight being spread equally over its metrics.
/// Negative weights count as 0. Where nothing has weight, the share of decided metrics.
fn coverage(groups: &[Group], live: &[&MetricResult]) -> f64 {
    let (mut decided, mut all) = (0.0, 0.0);
    for Group { entry, .. } in groups {
        let weight = entry.weight.max(0.0);
        let counted = (entry.passed + entry.failed) as f64;
        decided += weight * counted / (counted + entry.ignored as f64);
        all += weight;
    }
    if all > 0.0 {
        return (decided / all).min(1.0);
    }
    let counted = live
        .iter()
        .filter(|metric| metric.counted != Counted::Ignored)
        .count();
    counted as f64 / live.len().max(1) as f64
}

/// Rounds half up to two decimals by the decimal text of the double: 0.285, which as a double is a little less, gives
/// 0.29, as for a reader of the text.
fn round_half_up(score: f64) -> f64 {
    let text = score.to_string();
    let Some((whole, decimals)) = text.split_once('.') else {
        return score;
    };
    let mut digits = decimals.bytes().map(|byte| f64::from(byte - b'0'));
    let mut next = || digits.next().unwrap_or(0.0);
    let hundredths = next() * 10.0 + next() + if next() >= 5.0 { 1.0 } else { 0.0 };
    whole
        .parse::<f64>()
        .map_or(score, |whole| (whole * 100.0 + hundredths) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::round_half_up;

    #[expect(clippy::float_cmp, reason = "rounding gives one exact double")]
    #[test]
    fn rounds_the_text() {
        for (number, rounded) in [
            (0.0, 0.0),
            (100.0, 100.0),
            (100.0 / 3.0, 33.33),
            (200.0 / 3.0, 66.67),
            (0.285, 0.29),
            (1.005, 1.01),
            (64.995, 65.0),
            (99.995, 100.0),
            (99.994_999, 99.99),
            (1e-7, 0.0),
            (62.5, 62.5),
        ] {
            assert_eq!(round_half_up(number), rounded, "{number}");
        }
    }
}
