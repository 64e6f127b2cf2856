//! Two series without a common clock: Welch's comparison of means, with the autocorrelation of each side.

use super::differences::{LEAST, MOST, binned, finite};
use super::finding::Finding;
use super::memory::{WINSOR, caution};
use super::paired::LEAST_DEGREES;
use super::question::Question;
use super::scale::{NEGLIGIBLE, Scale};
use super::shift::{Mean, Shift};
use super::spikes;
use crate::observations::Sides;
use crate::stats::autocorrelation::{cautious, corrected, inflation, lag_one};
use crate::stats::mean;
use crate::stats::robust::Spread;

/// Compares two series of which neither the times nor the lengths correspond.
pub(super) fn compare(question: &Question<'_>, sides: &Sides) -> Finding {
    let (baseline, canary) = (finite(&sides.baseline), finite(&sides.canary));
    let scale = Scale::of(&[&baseline, &canary]);
    let finding = compare_on(question, &scale, [&baseline, &canary]);
    if finding.samples < LEAST {
        return finding;
    }
    let guard = spikes::unpaired(&scale, [&baseline, &canary], question);
    Finding { guard, ..finding }
}

/// The same on a given scale, for finite samples, without guards.
pub(super) fn compare_on(question: &Question<'_>, scale: &Scale, sides: [&[f64]; 2]) -> Finding {
    let samples = sides[0].len().min(sides[1].len());
    let finding = Finding::begin(question, *scale, samples, LEAST);
    if finding.obstacle.is_some() {
        return finding;
    }
    let welch = Welch::of(scale, sides, caution);
    finding.serial(welch.shift(question, samples))
}

/// The difference of two means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Welch {
    pub(super) mean: Mean,
    /// Independent samples that the smaller side is worth.
    pub(super) effective: f64,
}

impl Welch {
    /// The difference on a scale between the means of finite samples, at least two a side, with a given caution about
    /// autocorrelation for each length.
    pub(super) fn of(scale: &Scale, sides: [&[f64]; 2], caution: impl Fn(f64) -> f64) -> Self {
        let [b, c] = sides.map(|side| {
            let series = scale.apply(&binned(side, MOST));
            let caution = caution(series.len() as f64);
            Level::of(&series, caution)
        });
        let variance = b.variance + c.variance;
        let degrees = variance * variance
            / (b.variance * b.variance / (b.effective - 1.0).max(1.0)
                + c.variance * c.variance / (c.effective - 1.0).max(1.0));
        Self {
            mean: Mean {
                value: c.value - b.value,
                error: variance.sqrt(),
                degrees: degrees.max(LEAST_DEGREES),
            },
            effective: b.effective.min(c.effective),
        }
    }

    /// The shift between sides that have so many samples.
    fn shift(&self, question: &Question<'_>, samples: usize) -> Shift {
        if self.mean.error <= NEGLIGIBLE {
            Shift::exact(self.mean.value, samples)
        } else {
            Shift::of(self.mean, self.mean.p(), self.effective, question.settings)
        }
    }
}

/// The mean of a series on a scale, wild values pulled in, and how well it is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    pub(super) value: f64,
    pub(super) variance: f64,
    pub(super) effective: f64,
}

impl Level {
    /// The level of a series of at least two values, its autocorrelation raised by so many standard errors.
    pub(super) fn of(series: &[f64], caution: f64) -> Self {
        let pulled = Spread::of(series, NEGLIGIBLE).winsorise(series, WINSOR);
        let count = pulled.len();
        let n = count as f64;
        let value = mean(&pulled);
        let squares: f64 = pulled.iter().map(|x| (x - value) * (x - value)).sum();
        if squares.sqrt() <= NEGLIGIBLE * n {
            // Rounding noise resembles its neighbours, and means nothing.
            return Self {
                value,
                variance: 0.0,
                effective: n,
            };
        }
        let r = cautious(corrected(lag_one(&pulled), count), n, caution);
        let inflated = inflation(r, count);
        Self {
            value,
            variance: squares / ((n - 1.0) * n) * inflated,
            effective: n / inflated,
        }
    }
}
