//! One series per replica: replicas differ lastingly, so they are what is counted, not their samples.

use ndarray::ArrayView2;

use super::finding::{Finding, Obstacle};
use super::question::Question;
use super::scale::{NEGLIGIBLE, Scale};
use super::shift::{Mean, Shift};
use crate::observations::Replicas;
use crate::release::Side;
use crate::stats::robust::{Spread, median};
use crate::stats::{mean, permutation};

/// Replicas a side that any test needs.
pub(super) const LEAST: usize = 3;
/// Samples a replica needs.
const LEAST_SAMPLES: usize = 2;
/// The same as a share of the moments.
const LEAST_SHARE: f64 = 0.05;
/// With fewer divisions of the replicas among the sides, permutations cannot show anything at the usual levels.
pub(super) const LEAST_ARRANGEMENTS: u64 = 250;
/// Scales at which a replica's score is cut.
const CUT: f64 = 1.5;
/// Rounds of estimating effects of time and of replicas in turn.
const ROUNDS: usize = 5;

/// Compares the replicas of both sides.
pub(super) fn compare(question: &Question<'_>, replicas: &Replicas) -> Finding {
    let levels = Levels::of(replicas);
    let have = levels.baseline.len().min(levels.canary.len());
    let finding = Finding::begin(question, levels.scale, have, 0);
    if let Some(obstacle) = lost(replicas, &levels) {
        return Finding {
            obstacle: Some(obstacle),
            ..finding
        };
    }
    if have < LEAST {
        return Finding {
            obstacle: Some(Obstacle::TooFewReplicas { have, need: LEAST }),
            ..finding
        };
    }
    Finding {
        shift: shift(question, &levels.baseline, &levels.canary),
        ..finding
    }
}

/// That more than half of a side's replicas were left out: what is left hardly stands for the side.
fn lost(replicas: &Replicas, levels: &Levels) -> Option<Obstacle> {
    let sides = [
        (Side::Canary, replicas.canary(), &levels.canary),
        (Side::Baseline, replicas.baseline(), &levels.baseline),
    ];
    sides.into_iter().find_map(|(side, all, used)| {
        let of = all.nrows();
        let lost = of - used.len();
        (2 * lost > of).then_some(Obstacle::LostReplicas { side, lost, of })
    })
}

/// The level of each replica that has enough samples, on one scale.
pub(super) struct Levels {
    pub(super) scale: Scale,
    pub(super) baseline: Vec<f64>,
    pub(super) canary: Vec<f64>,
}

impl Levels {
    pub(super) fn of(replicas: &Replicas) -> Self {
        let (baseline, canary) = (rows(replicas.baseline()), rows(replicas.canary()));
        let scale = Scale::of(&[&all(&baseline), &all(&canary)]);
        let mut levels = levels(&scale, &[baseline.as_slice(), canary.as_slice()].concat());
        let canary = levels.split_off(baseline.len());
        Self {
            scale,
            baseline: levels,
            canary,
        }
    }
}

/// The replicas with enough samples, infinite ones taken for missing.
pub(super) fn rows(replicas: ArrayView2<'_, f64>) -> Vec<Vec<f64>> {
    let least = (LEAST_SHARE * replicas.ncols() as f64).max(LEAST_SAMPLES as f64);
    replicas
        .rows()
        .into_iter()
        .filter(|row| row.iter().filter(|x| x.is_finite()).count() as f64 >= least)
        .map(|row| {
            row.iter()
                .map(|x| if x.is_finite() { *x } else { f64::NAN })
                .collect()
        })
        .collect()
}

fn all(rows: &[Vec<f64>]) -> Vec<f64> {
    rows.iter()
        .flatten()
        .copied()
        .filter(|x| !x.is_nan())
        .collect()
}

/// The level of each replica on the scale. Where samples are missing, the course of the load is removed first, so that a
/// replica is not judged by the times at which it was there.
fn levels(scale: &Scale, rows: &[Vec<f64>]) -> Vec<f64> {
    let rows: Vec<Vec<f64>> = rows.iter().map(|row| transformed(scale, row)).collect();
    let level = |row: &Vec<f64>, course: &[f64]| {
        let present: Vec<f64> = row
            .iter()
            .zip(course)
            .map(|(x, at)| x - at)
            .filter(|x| !x.is_nan())
            .collect();
        mean(&present)
    };
    let moments = rows.first().map_or(0, Vec::len);
    let mut course = vec![0.0; moments];
    let mut levels: Vec<f64> = rows.iter().map(|row| level(row, &course)).collect();
    if rows.iter().flatten().all(|x| !x.is_nan()) {
        return levels;
    }
    for _ in 0..ROUNDS {
        for (moment, at) in course.iter_mut().enumerate() {
            let present: Vec<f64> = rows
                .iter()
                .zip(&levels)
                .map(|(row, level)| row[moment] - level)
                .filter(|x| !x.is_nan())
                .collect();
            *at = if present.is_empty() {
                0.0
            } else {
                mean(&present)
            };
        }
        for (row, slot) in rows.iter().zip(&mut levels) {
            *slot = level(row, &course);
        }
    }
    levels
}

/// A row on the scale, gaps kept.
fn transformed(scale: &Scale, row: &[f64]) -> Vec<f64> {
    scale
        .apply(row)
        .into_iter()
        .zip(row)
        .map(|(on_scale, x)| if x.is_nan() { f64::NAN } else { on_scale })
        .collect()
}

/// The shift between the replicas' levels: its p-value by permuting robust scores or, with few replicas, by Student's t.
fn shift(question: &Question<'_>, baseline: &[f64], canary: &[f64]) -> Shift {
    let (n, m) = (baseline.len() as f64, canary.len() as f64);
    let squares = |side: &[f64]| {
        let mean = mean(side);
        side.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>()
    };
    let estimate = mean(canary) - mean(baseline);
    let degrees = n + m - 2.0;
    let variance = (squares(baseline) + squares(canary)) / degrees * (1.0 / n + 1.0 / m);
    let smaller = baseline.len().min(canary.len());
    if variance.sqrt() <= NEGLIGIBLE {
        return Shift::exact(estimate, smaller);
    }
    let mean = Mean {
        value: estimate,
        error: variance.sqrt(),
        degrees,
    };
    let ways = permutation::arrangements(baseline.len() + canary.len(), smaller);
    let p = if ways < LEAST_ARRANGEMENTS {
        mean.p()
    } else {
        by_permutation(baseline, canary, estimate)
    };
    Shift::of(mean, p, smaller as f64, question.settings)
}

/// The permutation p-value of scores that no single replica dominates. Scores that point the other way than the estimate
/// are no evidence for it.
fn by_permutation(baseline: &[f64], canary: &[f64], estimate: f64) -> f64 {
    let pooled = [baseline, canary].concat();
    let spread = Spread::of(&pooled, NEGLIGIBLE);
    let centre = median(&pooled);
    let score = |x: &f64| ((x - centre) / spread.scale).clamp(-CUT, CUT);
    let b: Vec<f64> = baseline.iter().map(score).collect();
    let c: Vec<f64> = canary.iter().map(score).collect();
    if (mean(&c) - mean(&b)) * estimate <= 0.0 {
        return 1.0;
    }
    permutation::two_sided(&b, &c)
}
