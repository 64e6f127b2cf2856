//! Late onset: the last part of the window is shifted, the part before is not.

use super::differences::LEAST;
use super::finding::{Alarm, Kind, Way};
use super::memory::caution;
use super::question::Question;
use super::scale::{NEGLIGIBLE, Scale};
use crate::stats::autocorrelation::{cautious, corrected, inflation, lag_one};
use crate::stats::mean;
use crate::stats::robust::Spread;
use crate::stats::student;

/// The parts of the window, counted from its end, that are looked at.
const PARTS: [f64; 6] = [0.8, 0.7, 0.6, 0.5, 0.35, 0.25];
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
pub(super) fn guard(differences: &[f64], scale: &Scale, question: &Question<'_>) -> Option<Alarm> {
    let Question { rules, settings } = question;
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
        let parts = Parts::of(before, after);
        let change = scale.relative(parts.shift()).abs();
        let large = change >= CLEARLY * rules.effect.allowed()
            && scale.in_units(parts.shift()).abs() >= rules.effect.absolute();
        if !large {
            continue;
        }
        let Some(p) = parts.p() else {
            continue;
        };
        let way = Way::of(parts.shift());
        let bad = way.is_bad(rules.direction);
        let p = (p * PARTS.len() as f64).min(1.0);
        if bad && p < settings.of_rate(ALPHA) && best.is_none_or(|alarm| p < alarm.p) {
            best = Some(Alarm {
                kind: Kind::LateOnset {
                    samples: late,
                    shift: parts.shift(),
                },
                way,
                p,
            });
        }
    }
    best
}

/// Two parts of a series, wild values pulled in.
struct Parts {
    before: Vec<f64>,
    after: Vec<f64>,
}

impl Parts {
    fn of(before: &[f64], after: &[f64]) -> Self {
        let pull = |part: &[f64]| Spread::of(part, NEGLIGIBLE).winsorise(part, 3.0);
        Self {
            before: pull(before),
            after: pull(after),
        }
    }

    /// The shift of the later part.
    fn shift(&self) -> f64 {
        mean(&self.after)
    }

    /// The larger of the p-values of no shift in the later part, and of no step between the parts. `None` where the step
    /// is the other way, or the later part worth too little.
    fn p(&self) -> Option<f64> {
        let (from, to) = (mean(&self.before), self.shift());
        let residuals: Vec<f64> = self
            .before
            .iter()
            .map(|d| d - from)
            .chain(self.after.iter().map(|d| d - to))
            .collect();
        let count = residuals.len();
        // Two means are taken out, so the estimate is too low by about as much as from half the series.
        let r = corrected(lag_one(&residuals), count / 2);
        let r = cautious(r, count as f64, caution(count as f64));
        let variance = residuals.iter().map(|d| d * d).sum::<f64>() / (count as f64 - 2.0);
        let part = |length: usize| inflation(r, length) / length as f64;
        let (early, late) = (part(self.before.len()), part(self.after.len()));
        if 1.0 / late < LEAST_EFFECTIVE || to * (to - from) <= 0.0 {
            return None;
        }
        let degrees = (1.0 / part(count) - 2.0).max(3.0);
        let shifted = to.abs() / (variance * late).sqrt();
        let stepped = (to - from).abs() / (variance * (late + early)).sqrt();
        Some(student::two_sided(shifted.min(stepped), degrees))
    }
}
