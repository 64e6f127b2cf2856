//! Late onset: the last part of the window is shifted, the part before is not.

use super::finding::{Alarm, Kind, Way};
use super::paired::{LEAST, caution};
use super::scale::{NEGLIGIBLE, Scale};
use crate::release::{Direction, Rules};
use crate::stats::autocorrelation::{cautious, corrected, inflation, lag_one};
use crate::stats::mean;
use crate::stats::robust::Spread;
use crate::stats::student;

/// The parts of the window, counted from its end, that are looked at.
const PARTS: [f64; 4] = [0.6, 0.5, 0.35, 0.25];
/// Two-sided significance level over all parts together.
const ALPHA: f64 = 0.0025;
/// Independent samples that the later part must be worth.
const LEAST_EFFECTIVE: f64 = 2.0;
/// A late shift must be this many times the allowed one.
const CLEARLY: f64 = 2.0;

/// Compares each last part of the differences with none, and with the part before.
///
/// A step looks like autocorrelation to the test of the whole window, so the autocorrelation here is that within the parts.
/// Both comparisons must show the change, and the p-value of the weaker one counts, multiplied by the number of parts.
pub(super) fn guard(differences: &[f64], scale: &Scale, rules: &Rules) -> Option<Alarm> {
    let count = differences.len();
    let mut best: Option<Alarm> = None;
    for share in PARTS {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a length"
        )]
        let late = (share * count as f64).round() as usize;
        if late < LEAST || count - late < LEAST {
            continue;
        }
        let (before, after) = differences.split_at(count - late);
        let Some(step) = Step::between(before, after) else {
            continue;
        };
        let way = if step.shift > 0.0 { Way::Up } else { Way::Down };
        let bad = match rules.direction {
            Direction::Increase => way == Way::Up,
            Direction::Decrease => way == Way::Down,
            Direction::Either => true,
        };
        let change = scale.relative(step.shift).abs();
        let large = change >= CLEARLY * rules.effect.allowed()
            && scale.in_units(step.shift).abs() >= rules.effect.absolute();
        let p = (step.p * PARTS.len() as f64).min(1.0);
        if bad && large && p < ALPHA && best.is_none_or(|alarm| p < alarm.p) {
            best = Some(Alarm {
                kind: Kind::LateOnset {
                    samples: late,
                    shift: step.shift,
                },
                way,
                p,
            });
        }
    }
    best
}

/// A step between two parts of a series.
struct Step {
    /// The shift of the later part.
    shift: f64,
    p: f64,
}

impl Step {
    fn between(before: &[f64], after: &[f64]) -> Option<Self> {
        let pull = |part: &[f64]| Spread::of(part, NEGLIGIBLE).winsorise(part, 3.0);
        let (before, after) = (pull(before), pull(after));
        let (from, to) = (mean(&before), mean(&after));
        let residuals: Vec<f64> = before
            .iter()
            .map(|d| d - from)
            .chain(after.iter().map(|d| d - to))
            .collect();
        let count = residuals.len();
        // Two means are taken out, so the estimate is too low by about as much as from half the series.
        let r = corrected(lag_one(&residuals), count / 2);
        let r = cautious(r, count as f64, caution(count as f64));
        let variance = residuals.iter().map(|d| d * d).sum::<f64>() / (count as f64 - 2.0);
        let part = |length: usize| inflation(r, length) / length as f64;
        let effective = 1.0 / part(after.len());
        if effective < LEAST_EFFECTIVE || to * (to - from) <= 0.0 {
            return None;
        }
        let degrees = (1.0 / part(count) - 2.0).max(3.0);
        let p = |difference: f64, share: f64| {
            student::two_sided(difference / (variance * share).sqrt(), degrees)
        };
        Some(Self {
            shift: to,
            p: p(to, part(after.len())).max(p(to - from, part(after.len()) + part(before.len()))),
        })
    }
}
