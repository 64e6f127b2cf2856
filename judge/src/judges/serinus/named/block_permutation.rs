//! `block-permutation`: stretches of time change sides, or signs, as a whole.

use super::two_samples::{self, TwoSamples};
use crate::judges::serinus::compare::on_one_clock;
use crate::judges::serinus::differences::{Differences, MOST, binned};
use crate::judges::serinus::finding::{Begun, Finding, Obstacle};
use crate::judges::serinus::memory::{Memory, WINSOR};
use crate::judges::serinus::question::Question;
use crate::judges::serinus::replicas::LEAST_ARRANGEMENTS;
use crate::judges::serinus::scale::NEGLIGIBLE;
use crate::judges::serinus::shift::{Mean, Shift};
use crate::observations::Observations;
use crate::stats::permutation::{arrangements, two_sided};
use crate::stats::robust::Spread;
use crate::stats::{mean, sign_flips};

/// Stretches of differences that a p-value below the usual level needs: 2 of 2^8 signs are 0.8 %.
const LEAST_FLIPS: usize = 8;
/// A stretch is so many times as long as neighbours resemble each other.
const LONG: f64 = 1.5;

/// Permutes stretches: the signs of differences where the sides share a clock, else the sides.
pub(in crate::judges::serinus) fn compare(
    question: &Question<'_>,
    observations: &Observations,
) -> Option<Finding> {
    let Some([baseline, canary]) = on_one_clock(observations) else {
        return unpaired(question, observations);
    };
    match Differences::of(question, baseline, canary) {
        Begun::Open(differences) => Some(flipped(question, differences)),
        Begun::Settled(finding) => Some(finding),
    }
}

fn flipped(question: &Question<'_>, differences: Differences) -> Finding {
    let values = &differences.values;
    let pulled = Spread::of(values, NEGLIGIBLE).winsorise(values, WINSOR);
    let inflation = Memory::of(&differences, &pulled).inflation(&pulled);
    let means = stretches(&pulled, inflation);
    if means.len() < LEAST_FLIPS {
        return Finding {
            obstacle: Some(Obstacle::TooFewBlocks {
                have: means.len(),
                need: LEAST_FLIPS,
            }),
            ..differences.finding
        };
    }
    let count = means.len() as f64;
    let shift = Mean {
        value: mean(&means),
        error: (variance(&means) / count).sqrt(),
        degrees: count - 1.0,
    };
    let effective = pulled.len() as f64 / inflation;
    let shift = Shift::of(shift, sign_flips(&means), effective, question.settings);
    differences.finding.serial(shift)
}

fn unpaired(question: &Question<'_>, observations: &Observations) -> Option<Finding> {
    let mut obstacle = None;
    let finding = two_samples::compare(question, observations, |question, samples| {
        let [b, c] = blocks(samples);
        let few = b.len().min(c.len());
        if arrangements(b.len() + c.len(), few) < LEAST_ARRANGEMENTS {
            obstacle = Some(Obstacle::TooFewBlocks { have: few, need: 5 });
            return Some(Shift::UNKNOWN);
        }
        let (n, m) = (b.len() as f64, c.len() as f64);
        let shift = Mean {
            value: mean(&c) - mean(&b),
            error: (variance(&b) / n + variance(&c) / m).sqrt(),
            degrees: n.min(m) - 1.0,
        };
        let size = Spread::of(&[b.as_slice(), &c].concat(), NEGLIGIBLE).scale;
        let scores = |side: &[f64]| -> Vec<f64> {
            let size = if size > 0.0 { size } else { 1.0 };
            side.iter().map(|x| x / size).collect()
        };
        let p = two_sided(&scores(&b), &scores(&c));
        Some(Shift::of(shift, p, samples.worth(), question.settings))
    })?;
    Some(Finding {
        obstacle: obstacle.or(finding.obstacle),
        ..finding
    })
}

fn blocks(samples: &TwoSamples) -> [Vec<f64>; 2] {
    let side = |values: &[f64], effective: f64| {
        let inflation = values.len() as f64 / effective;
        let values = binned(values, MOST);
        let pulled = Spread::of(&values, NEGLIGIBLE).winsorise(&values, WINSOR);
        stretches(&pulled, inflation)
    };
    [
        side(&samples.baseline, samples.effective[0]),
        side(&samples.canary, samples.effective[1]),
    ]
}

/// Means of stretches that are long enough to be independent of each other. A variance inflation is about the number of
/// values that are worth one.
fn stretches(values: &[f64], inflation: f64) -> Vec<f64> {
    let length = if inflation > 1.0 {
        LONG * inflation
    } else {
        1.0
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 1 to the number of values"
    )]
    let count = ((values.len() as f64 / length) as usize).max(1);
    (0..count)
        .map(|i| mean(&values[i * values.len() / count..(i + 1) * values.len() / count]))
        .collect()
}

fn variance(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares: f64 = values.iter().map(|x| (x - middle) * (x - middle)).sum();
    squares / (values.len() as f64 - 1.0)
}
