//! Two series on one time grid: the difference at each moment, seen in three ways.

use super::differences::Differences;
use super::finding::{Begun, Finding};
use super::local_ranks;
use super::memory::{Memory, WINSOR};
use super::question::Question;
use super::scale::NEGLIGIBLE;
use super::shift::{Mean, Shift};
use super::{onset, spikes};
use crate::observations::Pair;
use crate::stats::mean;
use crate::stats::robust::{Spread, huber};

/// Degrees of freedom are not taken to be fewer.
pub(super) const LEAST_DEGREES: f64 = 3.0;

/// Compares two series position by position.
pub(super) fn compare(question: &Question<'_>, pair: &Pair) -> Finding {
    match Differences::of(question, pair.baseline(), pair.canary()) {
        Begun::Open(differences) => judged(question, differences),
        Begun::Settled(finding) => finding,
    }
}

/// The finding of differences that vary.
pub(super) fn judged(question: &Question<'_>, differences: Differences) -> Finding {
    let shift = shift(question, &differences);
    let finding = differences.finding.clone().serial(shift);
    let guard = spikes::guard(&differences, question)
        .or_else(|| onset::guard(&differences.values, &finding.scale, question));
    Finding { guard, ..finding }
}

/// The shift, by the mean of the differences; its p-value is the geometric mean of those of three views.
///
/// The views are the mean of the differences, pulled in at three scales; Huber's estimate; and the ranks among neighbours
/// in time. They are so similar that the geometric mean of their p-values keeps its level, which in general it need not.
/// A shift on which ranks and mean disagree is none.
pub(super) fn shift(question: &Question<'_>, differences: &Differences) -> Shift {
    let values = &differences.values;
    let count = values.len();
    let spread = Spread::of(values, NEGLIGIBLE);
    let pulled = spread.winsorise(values, WINSOR);
    let memory = Memory::of(differences, &pulled);
    let inflated = memory.inflation(&pulled);
    let average = View::of(&pulled, inflated);
    let location = huber(values, &spread).map_or(average, |location| {
        let own = memory.inflation(&location.influence);
        View::about_zero(location.estimate, &location.influence, own)
    });
    // The ranks' own autocorrelation would not do: under a shift they inherit that of the load.
    let scores = local_ranks::scores(&differences.baseline, &differences.canary);
    let ranks = View::of(&scores, inflated);
    let p = if ranks.0.value * average.0.value > 0.0 {
        let logs = [average, location, ranks].map(|view| view.p().max(1e-300).ln());
        (logs.iter().sum::<f64>() / 3.0).exp()
    } else {
        1.0
    };
    Shift::of(average.0, p, count as f64 / inflated, question.settings)
}

/// One way to see the differences: an estimate whose standard error includes autocorrelation.
#[derive(Clone, Copy, Debug)]
struct View(Mean);

impl View {
    /// The mean of values whose variance is inflated by autocorrelation.
    fn of(values: &[f64], inflated: f64) -> Self {
        let mean = mean(values);
        let deviations: Vec<f64> = values.iter().map(|x| x - mean).collect();
        Self::about_zero(mean, &deviations, inflated)
    }

    fn about_zero(value: f64, deviations: &[f64], inflated: f64) -> Self {
        let n = deviations.len() as f64;
        let squares: f64 = deviations.iter().map(|x| x * x).sum();
        Self(Mean {
            value,
            error: (squares / ((n - 1.0) * n) * inflated).sqrt(),
            degrees: (n / inflated - 1.0).max(LEAST_DEGREES),
        })
    }

    fn p(self) -> f64 {
        let Self(mean) = self;
        if mean.error > 0.0 {
            mean.p()
        } else if mean.value.abs() > NEGLIGIBLE {
            0.0
        } else {
            1.0
        }
    }
}
