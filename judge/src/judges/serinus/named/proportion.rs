//! `proportion`: shares of counted errors.

use crate::judges::serinus::finding::Finding;
use crate::judges::serinus::question::Question;
use crate::judges::serinus::scale::Scale;
use crate::judges::serinus::shift::{Mean, Shift};
use crate::judges::serinus::tolerance::Tolerance;
use crate::observations::{Clock, CountPair, CountSeries, Observations};
use crate::stats::autocorrelation::{corrected, inflation, lag_one};
use crate::stats::{
    Alpha, Bounds, Counts, Inflation, Rate, ShareComparison, Tail, compare_rates, compare_shares,
    overdispersion, student,
};

/// Errors up to which the p-value is that of the exact test as well.
const FEW: f64 = 100.0;

/// Compares shares of errors.
pub(in crate::judges::serinus) fn compare(
    question: &Question<'_>,
    observations: &Observations,
) -> Option<Finding> {
    if let Observations::Counts(counts) = observations {
        Some(of(question, counts))
    } else {
        None
    }
}

/// Compares the shares of errors over the whole window.
///
/// Errors come in bursts, and bursts may hit both sides at once: the variance of the difference is taken from how the
/// sides' excess errors vary from moment to moment, both sides of a moment together where they share a clock, with their
/// autocorrelation; but not below that of independent errors. Few errors are compared exactly besides, and the
/// larger p-value counts.
pub(in crate::judges::serinus) fn of(question: &Question<'_>, counts: &CountPair) -> Finding {
    let totals = [counts.baseline(), counts.canary()].map(Totals::of);
    let samples = totals[0].moments.min(totals[1].moments);
    let shares = totals.map(Totals::share);
    let scale = Scale::shares_of(if shares[0] > 0.0 {
        shares[0]
    } else {
        shares[1]
    });
    let finding = Finding::begin(question, scale, samples, 1);
    if finding.obstacle.is_some() {
        return finding;
    }
    let spread = Spread::of(counts, totals);
    let shift = if totals[0].errors + totals[1].errors > 0.0 {
        shift(question, &scale, totals, spread).unwrap_or(Shift::UNKNOWN)
    } else {
        Shift::exact(0.0, samples)
    };
    Finding { shift, ..finding }
}

fn shift(
    question: &Question<'_>,
    scale: &Scale,
    totals: [Totals; 2],
    spread: Spread,
) -> Option<Shift> {
    let settings = question.settings;
    let [b, c] = totals.map(|total| Counts::new(total.errors, total.of).ok());
    let (b, c) = (b?, c?);
    let compared = |alpha: Alpha| compare_shares(b, c, spread.inflation, Tail::TwoSided, alpha);
    let answer = compared(settings.level())?;
    let mut p = student::two_sided(answer.z, spread.degrees).max(answer.p);
    if totals[0].errors + totals[1].errors <= FEW {
        let [b, c] = totals.map(|total| Rate::new(total.errors, total.of).ok());
        p = p.max(compare_rates(b?, c?, Tail::TwoSided, settings.level()).p);
    }
    let tolerance = Tolerance::of(question.rules);
    let relative = |answer: &ShareComparison| {
        if answer.ratio.is_some() && !tolerance.is_absolute(scale) {
            Bounds {
                lower: answer.ratio_interval.lower - 1.0,
                upper: answer.ratio_interval.upper - 1.0,
            }
        } else {
            Bounds {
                lower: scale.of_units(answer.difference_interval.lower),
                upper: scale.of_units(answer.difference_interval.upper),
            }
        }
    };
    let passing = compared(Alpha::clamped(2.0 * settings.pass_alpha()))?;
    Some(Shift::between(
        scale.of_units(answer.difference),
        [relative(&answer), relative(&passing)],
        p,
        spread.effective,
        settings,
    ))
}

/// Errors and requests over the window.
#[derive(Clone, Copy, Debug)]
struct Totals {
    errors: f64,
    of: f64,
    moments: usize,
}

impl Totals {
    fn of(counts: &CountSeries) -> Self {
        let none = Self {
            errors: 0.0,
            of: 0.0,
            moments: 0,
        };
        counts
            .moments()
            .filter(|(errors, _)| !errors.is_nan())
            .fold(none, |sum, (errors, of)| Self {
                errors: sum.errors + errors,
                of: sum.of + of,
                moments: sum.moments + 1,
            })
    }

    fn share(self) -> f64 {
        if self.of > 0.0 {
            self.errors / self.of
        } else {
            0.0
        }
    }
}

/// How much the difference of shares varies.
#[derive(Clone, Copy, Debug)]
struct Spread {
    /// Beyond what independent errors would.
    inflation: Inflation,
    degrees: f64,
    /// Moments that the moments are worth.
    effective: f64,
}

impl Spread {
    fn of(counts: &CountPair, totals: [Totals; 2]) -> Self {
        let sides = [counts.baseline(), counts.canary()];
        let [b, c] = [0, 1].map(|side| excess(sides[side], totals[side]));
        let (factor, effective) = match counts.clock() {
            Clock::Shared => {
                let differences: Vec<f64> = c.iter().zip(&b).map(|(c, b)| c - b).collect();
                let differences = present(&differences);
                let observed = variance(&differences) / independent(totals);
                (observed, worth(&differences))
            }
            Clock::Separate => {
                let [b, c] = [present(&b), present(&c)];
                let bursts = overdispersion(&each(sides[0]), &each(sides[1]));
                let together = together(&b).max(together(&c));
                let bursts = bursts.map_or(1.0, Inflation::get);
                (bursts * together, worth(&b).min(worth(&c)))
            }
        };
        // Counts that vary less than independent errors are not credited.
        match Inflation::new(factor) {
            Ok(inflation) if factor > 1.0 => Self {
                inflation,
                degrees: (effective - 1.0).max(1.0),
                effective,
            },
            Ok(_) | Err(_) => Self {
                inflation: Inflation::NONE,
                degrees: Mean::MANY,
                effective,
            },
        }
    }
}

/// The variance of the difference of shares of independent errors.
fn independent([b, c]: [Totals; 2]) -> f64 {
    let share = (b.errors + c.errors) / (b.of + c.of);
    share * (1.0 - share) * (1.0 / b.of + 1.0 / c.of)
}

fn each(counts: &CountSeries) -> Vec<Counts> {
    counts
        .moments()
        .filter_map(|(errors, of)| Counts::new(errors, of).ok())
        .collect()
}

/// By how much each moment contributes to the side's share beyond its part; NaN where it is missing.
fn excess(counts: &CountSeries, totals: Totals) -> Vec<f64> {
    let share = totals.share();
    counts
        .moments()
        .map(|(errors, of)| (errors - share * of) / totals.of)
        .collect()
}

fn present(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|x| !x.is_nan()).collect()
}

fn worth(part: &[f64]) -> f64 {
    part.len() as f64 / together(part)
}

fn together(part: &[f64]) -> f64 {
    inflation(corrected(lag_one(part), part.len()), part.len())
}

/// The variance of a sum of contributions that resemble their neighbours.
fn variance(part: &[f64]) -> f64 {
    let count = part.len() as f64;
    let squares: f64 = part.iter().map(|x| x * x).sum();
    squares * count / (count - 1.0).max(1.0) * together(part)
}
