//! Two series on one time grid, subtracted moment by moment.

use super::finding::{Begun, Finding};
use super::question::Question;
use super::scale::{NEGLIGIBLE, Scale};
use super::shift::Shift;
use crate::stats::mean;

/// Moments with a sample on both sides that any test needs.
pub(super) const LEAST: usize = 7;
/// Moments beyond which neighbours are averaged.
pub(super) const MOST: usize = 240;

/// The differences of both sides, on a scale, at the moments at which both have a sample.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Differences {
    /// The comparison they are the beginning of.
    pub(super) finding: Finding,
    /// The baseline on the scale.
    pub(super) baseline: Vec<f64>,
    /// The canary on the scale.
    pub(super) canary: Vec<f64>,
    /// Canary less baseline.
    pub(super) values: Vec<f64>,
    /// The plain means of baseline and canary, in one unit.
    pub(super) means: [f64; 2],
}

impl Differences {
    /// Subtracts two series position by position. Settled with too few moments, or differences that are all the same.
    pub(super) fn of(question: &Question<'_>, baseline: &[f64], canary: &[f64]) -> Begun<Self> {
        let (baseline, canary) = complete(baseline, canary);
        let (baseline, canary) = (binned(&baseline, MOST), binned(&canary, MOST));
        let scale = Scale::of(&[&baseline, &canary]);
        let means = [mean(&baseline), mean(&canary)];
        let sides = [scale.apply(&baseline), scale.apply(&canary)];
        Self::on_scale(question, scale, sides, means)
    }

    /// The same for finite series that are on the scale already.
    pub(super) fn on_scale(
        question: &Question<'_>,
        scale: Scale,
        [baseline, canary]: [Vec<f64>; 2],
        means: [f64; 2],
    ) -> Begun<Self> {
        let finding = Finding::begin(question, scale, baseline.len(), LEAST);
        if finding.obstacle.is_some() {
            return Begun::Settled(finding);
        }
        let values: Vec<f64> = canary.iter().zip(&baseline).map(|(c, b)| c - b).collect();
        if flat(&values) {
            return Begun::Settled(Finding {
                shift: Shift::exact(mean(&values), values.len()),
                ..finding
            });
        }
        Begun::Open(Self {
            finding,
            baseline,
            canary,
            values,
            means,
        })
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

/// The samples that are numbers.
pub(super) fn finite(samples: &[f64]) -> Vec<f64> {
    samples.iter().copied().filter(|x| x.is_finite()).collect()
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
pub(super) fn flat(differences: &[f64]) -> bool {
    let mean = mean(differences);
    let tolerance = NEGLIGIBLE * 10.0 * (1.0 + mean.abs());
    differences.iter().all(|d| (d - mean).abs() <= tolerance)
}
