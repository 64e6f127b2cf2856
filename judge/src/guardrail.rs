//! Lines that must not be crossed for long, whatever the statistics say.

use crate::observations::Observations;
use crate::scorecard::Outcome;
use crate::stats::robust::median;
use crate::stats::{Alpha, Inflation, MOST_POINTS, theil_sen};
use crate::wording::compact;

/// A line that fails the release when the canary is beyond it for so many moments with a sample, one after the other.
/// Moments without a sample neither count nor interrupt. Shares of errors count only from 20 requests on, over these moments
/// together; their ratio to the baseline's from as many as its guardrail says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Guardrail {
    /// The canary is more than `ratio` times its baseline, and above `floor` in the metric's unit. Where the baseline is 0 nothing
    /// is a multiple of it: only a `floor` above 0 is a line there, so that the first error after none is not infinitely many times as much.
    RatioAbove {
        /// Times the baseline.
        ratio: f64,
        /// Level below which nothing counts.
        floor: f64,
        /// Of counted errors: the requests that the canary needs in that time, as one error of one request is no share.
        least: f64,
        /// For how long.
        moments: usize,
    },
    /// The canary is above a level.
    LevelAbove {
        /// The level, in the metric's unit.
        level: f64,
        /// For how long.
        moments: usize,
    },
    /// The canary is below a level.
    LevelBelow {
        /// The level, in the metric's unit.
        level: f64,
        /// For how long.
        moments: usize,
    },
    /// The canary grows faster over the last moments, by the median slope between any two of them, and has come above `floor`
    /// by their median, so that what starts and fills its caches is no leak.
    GrowthAbove {
        /// Growth per moment, in the metric's unit.
        per_moment: f64,
        /// Level below which no growth counts, in the metric's unit; `None` if any does.
        floor: Option<f64>,
        /// Over how many moments.
        moments: usize,
    },
    /// The sum of the canary's values over any so many moments is above this: events counted per moment.
    SumAbove {
        /// The sum.
        sum: f64,
        /// Within how many moments.
        moments: usize,
    },
    /// The metric was `high` or `low` at so many looks of a run in a row, at least 2; what fails a run at once is a critical
    /// metric. A single judgement knows nothing of it. (Failed checks in a row are a `LevelAbove`, or `LevelBelow`, of their
    /// number.)
    FailedLooks {
        /// Looks in a row.
        looks: usize,
    },
}

/// Requests that a share of errors must come from to count, over the moments it is to be beyond a line for: of fewer, one
/// unlucky request is a large share.
const LEAST_REQUESTS: f64 = 20.0;

/// What a guardrail saw.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Crossed {
    pub(crate) outcome: Outcome,
    pub(crate) reason: String,
}

impl Guardrail {
    /// What is seen beyond the line, if anything.
    pub(crate) fn crossed(&self, name: &str, observations: &Observations) -> Option<Crossed> {
        let canary = observations.canary();
        match *self {
            Self::RatioAbove {
                ratio,
                floor,
                least,
                moments,
            } => {
                let pairs = beside(observations, moments, least);
                let beyond = |(b, c): &(f64, f64)| {
                    let multiple = *b > 0.0 || floor > 0.0;
                    (multiple && *c > floor && *c > ratio * b, LEAST_REQUESTS)
                };
                let at = first_run(pairs.iter().map(beyond), needed(observations, moments))?;
                let (b, c) = pairs[at];
                let beside = if b > 0.0 {
                    format!("{} times its baseline", compact(c / b))
                } else {
                    format!("{} where its baseline is 0", compact(c))
                };
                Some(Crossed {
                    outcome: Outcome::High,
                    reason: format!(
                        "{name} was {beside} for {moments} moments (guardrail {})",
                        compact(ratio)
                    ),
                })
            }
            Self::LevelAbove { level, moments } => {
                let samples = with_work(observations);
                let at = first_run(samples.iter().map(|(x, work)| (*x > level, *work)), moments)?;
                Some(Crossed {
                    outcome: Outcome::High,
                    reason: format!(
                        "{name} was above {} for {moments} moments, up to {} (guardrail)",
                        compact(level),
                        compact(
                            samples[..=at]
                                .iter()
                                .map(|(x, _)| *x)
                                .fold(f64::MIN, f64::max)
                        )
                    ),
                })
            }
            Self::LevelBelow { level, moments } => {
                let samples = with_work(observations);
                let at = first_run(samples.iter().map(|(x, work)| (*x < level, *work)), moments)?;
                Some(Crossed {
                    outcome: Outcome::Low,
                    reason: format!(
                        "{name} was below {} for {moments} moments, down to {} (guardrail)",
                        compact(level),
                        compact(
                            samples[..=at]
                                .iter()
                                .map(|(x, _)| *x)
                                .fold(f64::MAX, f64::min)
                        )
                    ),
                })
            }
            Self::GrowthAbove {
                per_moment,
                floor,
                moments,
            } => {
                let points: Vec<(f64, f64)> = canary
                    .iter()
                    .enumerate()
                    .filter(|(_, x)| x.is_finite())
                    .map(|(at, x)| (at as f64, *x))
                    .collect();
                let last = points.get(points.len().checked_sub(moments)?..)?;
                // Of very many, equally spaced ones tell the same.
                let every = last.len().div_ceil(MOST_POINTS).max(1);
                let last: Vec<(f64, f64)> = last.iter().copied().step_by(every).collect();
                let slope = theil_sen(&last, Inflation::NONE, Alpha::clamped(0.05))?.estimate;
                let level = median(&last.iter().map(|(_, x)| *x).collect::<Vec<_>>());
                let high = floor.is_none_or(|floor| level > floor);
                (slope > per_moment && high).then(|| Crossed {
                    outcome: Outcome::High,
                    reason: format!(
                        "{name} grew by {} a moment over the last {moments} (guardrail {})",
                        compact(slope),
                        compact(per_moment)
                    ),
                })
            }
            Self::SumAbove { sum, moments } => {
                let most = canary
                    .windows(moments.clamp(1, canary.len().max(1)))
                    .map(|window| window.iter().filter(|x| x.is_finite()).sum::<f64>())
                    .fold(f64::NEG_INFINITY, f64::max);
                (most > sum).then(|| Crossed {
                    outcome: Outcome::High,
                    reason: format!(
                        "{name} came to {} within {moments} moments (guardrail {})",
                        compact(most),
                        compact(sum)
                    ),
                })
            }
            Self::FailedLooks { .. } => None,
        }
    }

    /// Whether so many failed looks in a row are beyond the line.
    pub(crate) fn is_crossed_by(&self, failed: usize) -> bool {
        match *self {
            Self::FailedLooks { looks } => failed >= looks.max(2),
            Self::RatioAbove { .. }
            | Self::LevelAbove { .. }
            | Self::LevelBelow { .. }
            | Self::GrowthAbove { .. }
            | Self::SumAbove { .. } => false,
        }
    }
}

/// Baseline and canary beside each other, as far as both are known: moment by moment on one clock; of counts the shares of
/// so many moments together, as single ones have too few events; elsewhere each moment of the canary beside the baseline's
/// mean.
fn beside(observations: &Observations, moments: usize, least: f64) -> Vec<(f64, f64)> {
    let (baseline, canary) = (observations.baseline(), observations.canary());
    let pairs: Vec<(f64, f64)> = match observations {
        Observations::Paired(_) | Observations::Replicas(_) | Observations::Strata(_) => baseline
            .iter()
            .copied()
            .zip(canary.iter().copied())
            .collect(),
        Observations::Counts(counts) => {
            let baseline = counts.baseline().shares_over(moments, 0.0);
            let canary = counts.canary().shares_over(moments, least);
            baseline.into_iter().zip(canary).collect()
        }
        Observations::Independent(_) | Observations::BeforeAfter(_) => {
            let baseline = finite(baseline);
            let level = crate::stats::mean(&baseline);
            canary.iter().map(|c| (level, *c)).collect()
        }
        Observations::CanaryOnly(_) => Vec::new(),
    };
    pairs
        .into_iter()
        .filter(|(b, c)| b.is_finite() && c.is_finite())
        .collect()
}

/// How many of the pairs one after the other have to be beyond a line.
fn needed(observations: &Observations, moments: usize) -> usize {
    match observations {
        // Each of them stands for that many moments.
        Observations::Counts(_) => 1,
        Observations::Paired(_)
        | Observations::Independent(_)
        | Observations::BeforeAfter(_)
        | Observations::Replicas(_)
        | Observations::Strata(_)
        | Observations::CanaryOnly(_) => moments,
    }
}

fn finite(samples: &[f64]) -> Vec<f64> {
    samples.iter().copied().filter(|x| x.is_finite()).collect()
}

/// The canary's samples, with the requests each is the share of; where it is no share, as many as it takes.
fn with_work(observations: &Observations) -> Vec<(f64, f64)> {
    if let Observations::Counts(counts) = observations {
        let canary = counts.canary();
        let requests = canary.moments().map(|(_, requests)| requests);
        return canary
            .shares()
            .iter()
            .copied()
            .zip(requests)
            .filter(|(share, _)| share.is_finite())
            .collect();
    }
    let samples = finite(observations.canary()).into_iter();
    samples.map(|sample| (sample, LEAST_REQUESTS)).collect()
}

/// Where the first run ends that is so long and of enough requests.
fn first_run(beyond: impl Iterator<Item = (bool, f64)>, length: usize) -> Option<usize> {
    let (mut run, mut requests) = (0, 0.0);
    for (at, (beyond, of)) in beyond.enumerate() {
        (run, requests) = if beyond {
            (run + 1, requests + of)
        } else {
            (0, 0.0)
        };
        if run >= length.max(1) && requests >= LEAST_REQUESTS {
            return Some(at);
        }
    }
    None
}
