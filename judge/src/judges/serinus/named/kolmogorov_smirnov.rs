//! `kolmogorov-smirnov`: whether the distributions differ anywhere.

use super::two_samples::{self, TwoSamples, widened};
use crate::judges::serinus::finding::Finding;
use crate::judges::serinus::question::Question;
use crate::judges::serinus::shift::Shift;
use crate::observations::Observations;
use crate::stats::percentile::percentile;
use crate::stats::{Alpha, Bounds, kolmogorov_smirnov};

/// The test of Kolmogorov and Smirnov. The shift is that between the quantiles at which the distributions are farthest
/// apart, so it is the median's for a plain shift and a high quantile's for a slow tail.
pub(in crate::judges::serinus) fn compare(
    question: &Question<'_>,
    observations: &Observations,
) -> Option<Finding> {
    two_samples::compare(question, observations, shift)
}

fn shift(question: &Question<'_>, samples: &TwoSamples) -> Option<Shift> {
    let answer = kolmogorov_smirnov(&samples.baseline, &samples.canary)?;
    let inflation = samples.inflation();
    let p = if inflation > 1.0 {
        // Smirnov's bound (Massart 1990), for as many samples as these are worth.
        let [b, c] = samples.effective;
        (2.0 * (-2.0 * answer.distance.powi(2) * b * c / (b + c)).exp())
            .min(1.0)
            .max(answer.p)
    } else {
        answer.p
    };
    let [baseline, canary] = [&samples.baseline, &samples.canary].map(|side| {
        let mut sorted = side.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
    });
    let level = farthest(&baseline, &canary);
    let estimate = percentile(&canary, 100.0 * level) - percentile(&baseline, 100.0 * level);
    let bounds = widened(question, estimate, 1.0, |alpha| {
        let [b, c] = [
            (&baseline, samples.effective[0]),
            (&canary, samples.effective[1]),
        ]
        .map(|(sorted, worth)| band(sorted, level, worth, alpha));
        // NaN from infinities that cancel bounds nothing.
        Some(Bounds::checked(c.lower - b.upper, c.upper - b.lower).unwrap_or(Bounds::UNBOUNDED))
    })?;
    Some(Shift::between(
        estimate,
        bounds,
        p,
        samples.worth(),
        question.settings,
    ))
}

/// The level, 0 to 1, at the middle of the largest vertical distance between two distributions.
fn farthest(baseline: &[f64], canary: &[f64]) -> f64 {
    let share = |sorted: &[f64], value: f64| {
        sorted.partition_point(|x| *x <= value) as f64 / sorted.len() as f64
    };
    let mut best = (0.0, 0.5);
    for value in baseline.iter().chain(canary) {
        let (b, c) = (share(baseline, *value), share(canary, *value));
        if (b - c).abs() > best.0 {
            best = ((b - c).abs(), f64::midpoint(b, c));
        }
    }
    best.1
}

/// Bounds of a quantile that hold for all levels at once (Dvoretzky, Kiefer and Wolfowitz 1956; Massart 1990), so that it
/// does not matter how the level was chosen; half of the error rate is the other side's.
fn band(sorted: &[f64], level: f64, worth: f64, alpha: Alpha) -> Bounds {
    let width = ((4.0 / alpha.get()).ln() / (2.0 * worth)).sqrt();
    Bounds {
        lower: if level > width {
            percentile(sorted, 100.0 * (level - width))
        } else {
            f64::NEG_INFINITY
        },
        upper: if level + width < 1.0 {
            percentile(sorted, 100.0 * (level + width))
        } else {
            f64::INFINITY
        },
    }
}
