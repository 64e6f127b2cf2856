//! Two series on one time grid: the difference at each moment, seen in three ways.

use super::finding::{Finding, Footing, Obstacle, Shift};
use super::local_ranks;
use super::scale::{NEGLIGIBLE, Scale};
use super::{onset, spikes};
use crate::release::Rules;
use crate::stats::autocorrelation::{cautious, corrected, inflation, lag_one};
use crate::stats::mean;
use crate::stats::robust::{Spread, huber};
use crate::stats::student;

/// Moments with a sample on both sides that any test needs.
pub(super) const LEAST: usize = 7;
/// Moments beyond which neighbours are averaged.
const MOST: usize = 240;
/// Scales to which differences are pulled in.
const WINSOR: f64 = 3.0;
/// Degrees of freedom are not taken to be fewer.
const LEAST_DEGREES: f64 = 3.0;
/// Series worth fewer independent samples than this neither pass nor fail, unless they fail beyond doubt.
pub(super) const LEAST_EFFECTIVE: f64 = 4.0;

/// Compares two series position by position.
pub(super) fn compare(baseline: &[f64], canary: &[f64], rules: &Rules) -> Finding {
    let (baseline, canary) = complete(baseline, canary);
    let (baseline, canary) = (binned(&baseline, MOST), binned(&canary, MOST));
    let scale = Scale::of(&[&baseline, &canary]);
    let samples = baseline.len();
    let finding = Finding::begin(scale, samples, LEAST);
    if finding.obstacle.is_some() {
        return finding;
    }
    let (b, c) = (scale.apply(&baseline), scale.apply(&canary));
    let differences: Vec<f64> = c.iter().zip(&b).map(|(c, b)| c - b).collect();
    if flat(&differences) {
        return Finding {
            shift: Shift::exact(mean(&differences), samples),
            ..finding
        };
    }
    let shift = shift(&differences, &b, &c);
    let spikes = spikes::guard(&differences, mean(&baseline), mean(&canary), &scale, rules);
    let guard = spikes.or_else(|| onset::guard(&differences, &scale, rules));
    Finding {
        shift,
        guard,
        footing: Footing::of(shift.effective),
        obstacle: (shift.effective < LEAST_EFFECTIVE).then_some(Obstacle::Autocorrelated),
        ..finding
    }
}

/// The moments at which both sides have a finite sample.
fn complete(baseline: &[f64], canary: &[f64]) -> (Vec<f64>, Vec<f64>) {
    baseline
        .iter()
        .zip(canary)
        .filter(|(b, c)| b.is_finite() && c.is_finite())
        .map(|(b, c)| (*b, *c))
        .unzip()
}

/// The series, averaged into at most `most` stretches of equal length. Long series are worth no more than that: their
/// neighbours resemble each other, and a comparison should take microseconds.
pub(super) fn binned(samples: &[f64], most: usize) -> Vec<f64> {
    let count = samples.len();
    if count <= most {
        return samples.to_vec();
    }
    (0..most)
        .map(|bin| {
            let stretch = &samples[bin * count / most..(bin + 1) * count / most];
            // The sum of the largest doubles would overflow.
            stretch.iter().map(|x| x / stretch.len() as f64).sum()
        })
        .collect()
}

/// Whether every difference is the same but for rounding. Rounding noise has an autocorrelation of its own, which means
/// nothing.
fn flat(differences: &[f64]) -> bool {
    let mean = mean(differences);
    let tolerance = NEGLIGIBLE * 10.0 * (1.0 + mean.abs());
    differences.iter().all(|d| (d - mean).abs() <= tolerance)
}

/// The shift, by the mean of the differences; its p-value is the geometric mean of those of three views.
///
/// The views are the mean of the differences, pulled in at three scales; Huber's estimate; and the ranks among neighbours
/// in time. They are so similar that the geometric mean of their p-values keeps its level, which in general it need not.
/// A shift on which ranks and mean disagree is none.
fn shift(differences: &[f64], baseline: &[f64], canary: &[f64]) -> Shift {
    let count = differences.len();
    let spread = Spread::of(differences, NEGLIGIBLE);
    let pulled = spread.winsorise(differences, WINSOR);
    let memory = Memory::of(&pulled, baseline, canary);
    let inflated = inflation(memory.cautious(lag_one(&pulled)), count);
    let average = View::of(&pulled, inflated);
    let location = huber(differences, &spread).map_or(average, |location| {
        let own = inflation(memory.cautious(lag_one(&location.influence)), count);
        View::about_zero(location.estimate, &location.influence, own)
    });
    // The ranks' own autocorrelation would not do: under a shift they inherit that of the load.
    let ranks = View::of(&local_ranks::scores(baseline, canary), inflated);
    let p = if ranks.estimate * average.estimate > 0.0 {
        let logs = [average, location, ranks].map(|view| view.p.max(1e-300).ln());
        (logs.iter().sum::<f64>() / 3.0).exp()
    } else {
        1.0
    };
    Shift {
        estimate: average.estimate,
        error: average.error,
        degrees: average.degrees,
        p,
        effective: count as f64 / inflated,
    }
}

/// One way to see the differences.
#[derive(Clone, Copy, Debug)]
struct View {
    estimate: f64,
    /// Standard error, autocorrelation included.
    error: f64,
    degrees: f64,
    p: f64,
}

impl View {
    /// The mean of values whose variance is inflated by autocorrelation.
    fn of(values: &[f64], inflated: f64) -> Self {
        let mean = mean(values);
        let deviations: Vec<f64> = values.iter().map(|x| x - mean).collect();
        Self::about_zero(mean, &deviations, inflated)
    }

    fn about_zero(estimate: f64, deviations: &[f64], inflated: f64) -> Self {
        let n = deviations.len() as f64;
        let squares: f64 = deviations.iter().map(|x| x * x).sum();
        let error = (squares / ((n - 1.0) * n) * inflated).sqrt();
        let degrees = (n / inflated - 1.0).max(LEAST_DEGREES);
        let p = if error > 0.0 {
            student::two_sided(estimate / error, degrees)
        } else if estimate.abs() > NEGLIGIBLE {
            0.0
        } else {
            1.0
        };
        Self {
            estimate,
            error,
            degrees,
            p,
        }
    }
}

/// What is known about the autocorrelation of the differences, beyond their own.
///
/// Where the two sides share no load, their sum has the same autocorrelation as their difference, and is a second sample of
/// it. Where they share load the sum varies much more, and says nothing about the difference; its weight falls with the
/// square of the ratio of variances.
#[derive(Clone, Copy, Debug)]
struct Memory {
    count: usize,
    /// Corrected autocorrelation of the sum, and its weight.
    sum: f64,
    weight: f64,
}

impl Memory {
    fn of(pulled: &[f64], baseline: &[f64], canary: &[f64]) -> Self {
        let pull = |side: &[f64]| Spread::of(side, NEGLIGIBLE).winsorise(side, WINSOR);
        let sums: Vec<f64> = pull(baseline)
            .iter()
            .zip(pull(canary))
            .map(|(b, c)| b + c)
            .collect();
        let count = pulled.len();
        let ratio = squares(pulled) / squares(&sums);
        Self {
            count,
            sum: corrected(lag_one(&sums), count),
            weight: if ratio.is_nan() {
                1.0
            } else {
                ratio.min(1.0).powi(2)
            },
        }
    }

    /// A cautious autocorrelation of the differences, given their estimate.
    fn cautious(&self, estimate: f64) -> f64 {
        let all = 1.0 + self.weight;
        let pooled = (corrected(estimate, self.count) + self.weight * self.sum) / all;
        let n = self.count as f64;
        cautious(pooled, n * all, caution(n))
    }
}

/// How many standard errors an autocorrelation from `n` moments is raised by: more for short series.
pub(super) fn caution(n: f64) -> f64 {
    (25.0 / n).clamp(0.75, 2.0)
}

/// Sum of squares about the mean.
fn squares(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|x| (x - mean) * (x - mean)).sum()
}
