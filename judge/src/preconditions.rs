//! What must hold before any judge is asked about a metric.

use std::cmp::Ordering;

use crate::observations::{Observations, Pair};
use crate::release::{Metric, OnNoData, Rules, Side};
use crate::scorecard::{Counted, MetricResult, Outcome};
use crate::stats::Summary;
use crate::wording::Missing;

/// Samples a side must have before its standing still is suspicious.
const FLAT_FROM: usize = 10;
/// Samples two identical sides must have before that is suspicious.
const IDENTICAL_FROM: usize = 3;

/// The precondition that a metric's samples do not meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unmet {
    /// One side or both have no sample.
    NoData(Missing),
    TooFew {
        side: Side,
        have: usize,
        need: usize,
    },
    /// Paired sides that vary and are equal bit for bit.
    SameData,
    /// The side's samples end in the first half of the window, the other's do not; in the stratum at this place, if the
    /// samples are strata.
    Stale(Side, Option<usize>),
    /// The side's samples begin in the second half of the window, the other's do not.
    Late(Side, Option<usize>),
    /// The side is constant and not zero while the other one varies.
    FlatLined(Side, Option<usize>),
}

/// The first precondition that is not met, if any. Metrics without a minimum number of samples are exempt.
pub(crate) fn unmet(rules: &Rules, observations: &Observations) -> Option<Unmet> {
    if rules.minimum_samples == 0 {
        return None;
    }
    if let Some(unmet) = Unmet::no_data(observations) {
        return Some(unmet);
    }
    let baseline = Series::new(Side::Baseline, observations.baseline());
    let canary = Series::new(Side::Canary, observations.canary());
    let alone = matches!(observations, Observations::CanaryOnly(_));
    let fewer = if !alone && baseline.present.len() < canary.present.len() {
        &baseline
    } else {
        &canary
    };
    if fewer.present.len() < rules.minimum_samples {
        return Some(Unmet::TooFew {
            side: fewer.side,
            have: fewer.present.len(),
            need: rules.minimum_samples,
        });
    }
    if alone {
        return canary
            .ends_early()
            .then_some(Unmet::Stale(Side::Canary, None));
    }
    if same_data(observations) {
        return Some(Unmet::SameData);
    }
    let enough = FLAT_FROM.max(rules.minimum_samples);
    if let Observations::Strata(strata) = observations {
        // One that died is hidden by the others in their mean.
        return strata.strata().iter().enumerate().find_map(|(place, one)| {
            let baseline = Series::new(Side::Baseline, one.pair.baseline());
            let canary = Series::new(Side::Canary, one.pair.canary());
            lost([&baseline, &canary], enough, Some(place))
        });
    }
    if let Observations::Counts(_) = observations {
        // A share that does not move is no sign of a dead source: all requests may fail.
        return lost([&baseline, &canary], usize::MAX, None);
    }
    lost([&baseline, &canary], enough, None)
}

/// Whether one of two sides has ended or stands still, with at least `enough` samples, while the other goes on.
fn lost(
    [baseline, canary]: [&Series<'_>; 2],
    enough: usize,
    stratum: Option<usize>,
) -> Option<Unmet> {
    let both = [(baseline, canary), (canary, baseline)];
    let stale = both
        .iter()
        .find(|(one, other)| one.ends_early() && !other.ends_early());
    let late = both
        .iter()
        .find(|(one, other)| one.begins_late() && !other.begins_late());
    let flat = both
        .iter()
        .find(|(one, other)| one.stands_still(enough) && other.varies());
    stale
        .map(|(stale, _)| Unmet::Stale(stale.side, stratum))
        .or(late.map(|(late, _)| Unmet::Late(late.side, stratum)))
        .or(flat.map(|(flat, _)| Unmet::FlatLined(flat.side, stratum)))
}

impl Unmet {
    /// That a side has no sample, if so. Without a baseline to compare with, only the canary needs some.
    pub(crate) fn no_data(observations: &Observations) -> Option<Self> {
        let empty = |side: &[f64]| side.iter().all(|x| x.is_nan());
        let wanted = !matches!(observations, Observations::CanaryOnly(_));
        let [baseline, canary] = if let Observations::Strata(strata) = observations {
            // Their means are those of the strata that have both sides.
            [Pair::baseline, Pair::canary].map(|side: fn(&Pair) -> &[f64]| {
                let mut strata = strata.strata().iter();
                strata.all(|stratum| empty(side(&stratum.pair)))
            })
        } else {
            [observations.baseline(), observations.canary()].map(empty)
        };
        Missing::of(wanted && baseline, canary).map(Self::NoData)
    }

    /// The result of a metric that is decided by this precondition.
    pub(crate) fn result(self, metric: &Metric, observations: &Observations) -> MetricResult {
        let (outcome, counted) = match self {
            Self::NoData(_) => (
                Outcome::Nodata,
                match metric.rules.on_no_data {
                    OnNoData::Inconclusive => Counted::Ignored,
                    OnNoData::Pass => Counted::Passed,
                    OnNoData::Fail => Counted::Failed,
                },
            ),
            Self::TooFew { .. }
            | Self::SameData
            | Self::Stale(..)
            | Self::Late(..)
            | Self::FlatLined(..) => (Outcome::Inconclusive, Counted::Ignored),
        };
        MetricResult {
            design: Some(observations.design()),
            baseline: Summary::of(&present(observations.baseline())),
            canary: Summary::of(&present(observations.canary())),
            ..MetricResult::unjudged(metric, outcome, counted, self.sentence(observations))
        }
    }

    fn sentence(self, observations: &Observations) -> String {
        match self {
            Self::NoData(missing) => missing.to_string(),
            Self::TooFew { side, have, need } => {
                format!("{have} of {need} samples needed on the {side}")
            }
            Self::SameData => {
                "both sides are the same data: the queries probably select the same population"
                    .to_owned()
            }
            Self::Stale(side, stratum) => format!(
                "the {side}'s samples{} end before the last half of the window",
                within(observations, stratum)
            ),
            Self::Late(side, stratum) => format!(
                "the {side}'s samples{} begin after the first half of the window; was it there before?",
                within(observations, stratum)
            ),
            Self::FlatLined(side, stratum) => format!(
                "the {side}'s series{} has stopped moving",
                within(observations, stratum)
            ),
        }
    }
}

/// ` in NAME` for a stratum.
fn within(observations: &Observations, stratum: Option<usize>) -> String {
    let (Observations::Strata(strata), Some(place)) = (observations, stratum) else {
        return String::new();
    };
    let stratum = strata.strata().get(place);
    stratum.map_or_else(String::new, |stratum| format!(" in {}", stratum.name))
}

/// One side's samples, with and without gaps.
struct Series<'a> {
    side: Side,
    all: &'a [f64],
    present: Vec<f64>,
}

impl<'a> Series<'a> {
    fn new(side: Side, all: &'a [f64]) -> Self {
        Self {
            side,
            all,
            present: present(all),
        }
    }

    /// Whether the samples end before the last half of the window begins.
    fn ends_early(&self) -> bool {
        let trailing = self.all.iter().rev().take_while(|x| x.is_nan()).count();
        2 * trailing > self.all.len()
    }

    /// Whether the samples begin after the first half of the window.
    fn begins_late(&self) -> bool {
        let leading = self.all.iter().take_while(|x| x.is_nan()).count();
        2 * leading > self.all.len()
    }

    /// Whether at least `enough` samples all have one value other than 0. A steady zero is what a healthy count of errors
    /// looks like.
    fn stands_still(&self, enough: usize) -> bool {
        self.present.len() >= enough && self.present[0] != 0.0 && self.distinct() == 1
    }

    /// Whether more than half of the samples differ from each other.
    fn varies(&self) -> bool {
        2 * self.distinct() > self.present.len()
    }

    fn distinct(&self) -> usize {
        let mut sorted = self.present.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
            .chunk_by(|a, b| a.partial_cmp(b) == Some(Ordering::Equal))
            .count()
    }
}

/// The samples without the gaps.
pub(crate) fn present(samples: &[f64]) -> Vec<f64> {
    samples.iter().copied().filter(|x| !x.is_nan()).collect()
}

/// Whether paired sides, or those of every stratum, are the same numbers, gaps included, and not just one number.
fn same_data(observations: &Observations) -> bool {
    if let Observations::Strata(strata) = observations {
        return strata
            .strata()
            .iter()
            .all(|stratum| same_pair(&stratum.pair));
    }
    let Observations::Paired(pair) = observations else {
        return false;
    };
    same_pair(pair)
}

fn same_pair(pair: &Pair) -> bool {
    let baseline = Series::new(Side::Baseline, pair.baseline());
    baseline.present.len() >= IDENTICAL_FROM
        && baseline.distinct() > 1
        && pair
            .baseline()
            .iter()
            .zip(pair.canary())
            .all(|(b, c)| b.to_bits() == c.to_bits() || (b.is_nan() && c.is_nan()))
}
