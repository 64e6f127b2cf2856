//! `proportion`: shares of counted errors.

use crate::judges::serinus::differences::LEAST;
use crate::judges::serinus::finding::{Finding, Obstacle};
use crate::judges::serinus::memory::own_inflation;
use crate::judges::serinus::question::Question;
use crate::judges::serinus::scale::Scale;
use crate::judges::serinus::shift::{Mean, Shift};
use crate::judges::serinus::tolerance::Tolerance;
use crate::observations::{Clock, CountPair, CountSeries, Observations};
use crate::stats::{
    Alpha, Bounds, Counts, Inflation, Rate, ShareComparison, Tail, compare_rates, compare_shares,
    overdispersion, student,
};

/// Errors up to which the p-value is that of the exact test as well.
const FEW: f64 = 100.0;
/// Requests a side from which on having no errors says something: shares beyond 3 % are excluded at 95 %.
const LEAST_REQUESTS: f64 = 100.0;
/// Share of a side's moments that may have errors without requests, as two counters read at different times can show.
const CONTRADICTORY: f64 = 0.05;

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

/// Compares the shares of errors over the whole window; on one clock, over the moments that both sides have.
///
/// Errors come in bursts, and bursts may hit both sides at once: the variance of the difference is taken from how the
/// sides' excess errors vary from moment to moment, both sides of a moment together where they share a clock, with their
/// autocorrelation; but not below that of independent errors. Few errors are compared exactly besides, and the
/// larger p-value counts.
pub(in crate::judges::serinus) fn of(question: &Question<'_>, counts: &CountPair) -> Finding {
    let sides = moments(counts);
    let samples = sides[0].len().min(sides[1].len());
    let [b, c] = sides.each_ref().map(|side| Totals::of(side));
    let scale = Scale::shares_of(if b.errors > 0.0 { b.share() } else { c.share() });
    let finding = Finding::begin(question, scale, samples, LEAST);
    if finding.obstacle.is_some() {
        return finding;
    }
    let without_requests = [counts.baseline(), counts.canary()]
        .map(CountSeries::contradictions)
        .into_iter()
        .max()
        .unwrap_or(0);
    let requests = b.of.min(c.of);
    let obstacle = if without_requests as f64 > CONTRADICTORY * samples as f64 {
        Some(Obstacle::Contradictory {
            moments: without_requests,
        })
    } else if b.errors + c.errors <= 0.0 && requests < LEAST_REQUESTS {
        Some(Obstacle::TooFewRequests {
            have: requests,
            need: LEAST_REQUESTS,
        })
    } else {
        None
    };
    if obstacle.is_some() {
        return Finding {
            obstacle,
            ..finding
        };
    }
    if b.errors + c.errors <= 0.0 {
        return Finding {
            shift: Shift::exact(0.0, samples),
            ..finding
        };
    }
    let spread = Spread::of(&sides, counts.clock(), [b, c]);
    let shift = shift(question, &scale, [b, c], spread).unwrap_or(Shift::UNKNOWN);
    finding.serial(shift)
}

/// Errors and requests at a moment.
type Moment = (f64, f64);

/// The moments of each side; on one clock, those that both have.
fn moments(counts: &CountPair) -> [Vec<Moment>; 2] {
    let known = |moment: &Moment| !moment.0.is_nan();
    let (b, c) = (counts.baseline().moments(), counts.canary().moments());
    match counts.clock() {
        Clock::Shared => {
            let both = b.zip(c).filter(|(b, c)| known(b) && known(c));
            let (b, c) = both.unzip();
            [b, c]
        }
        Clock::Separate => [b.filter(known).collect(), c.filter(known).collect()],
    }
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
    // Where the variance is estimated, quantiles are Student's: as if it were so much larger.
    let compared = |alpha: Alpha| {
        let probability = 1.0 - alpha.get() / 2.0;
        let student = student::quantile(probability, spread.degrees)
            / student::quantile(probability, Mean::MANY);
        let inflation = Inflation::new(spread.inflation * student * student).ok()?;
        compare_shares(b, c, inflation, Tail::TwoSided, alpha)
    };
    let independent = compare_shares(b, c, Inflation::NONE, Tail::TwoSided, settings.level())?;
    let mut p = student::two_sided(independent.z / spread.inflation.sqrt(), spread.degrees);
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
    let answer = compared(settings.level())?;
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
}

impl Totals {
    fn of(moments: &[Moment]) -> Self {
        Self {
            errors: moments.iter().map(|(errors, _)| errors).sum(),
            of: moments.iter().map(|(_, of)| of).sum(),
        }
    }

    fn share(self) -> f64 {
        if self.of > 0.0 {
            self.errors / self.of
        } else {
            0.0
        }
    }

    /// By how much each moment contributes to the share beyond its part.
    fn excess(self, moments: &[Moment]) -> Vec<f64> {
        let share = self.share();
        let of = |(errors, of): &Moment| (errors - share * of) / self.of;
        moments.iter().map(of).collect()
    }
}

/// How much the difference of shares varies.
#[derive(Clone, Copy, Debug)]
struct Spread {
    /// Variance over that of independent errors, at least 1.
    inflation: f64,
    degrees: f64,
    /// Moments that the moments are worth.
    effective: f64,
}

impl Spread {
    fn of(sides: &[Vec<Moment>; 2], clock: Clock, totals: [Totals; 2]) -> Self {
        let [b, c] = [0, 1].map(|side| totals[side].excess(&sides[side]));
        let worth = |part: &[f64]| part.len() as f64 / own_inflation(part);
        let (factor, effective) = match clock {
            Clock::Shared => {
                let both: Vec<f64> = c.iter().zip(&b).map(|(c, b)| c - b).collect();
                let variance = scatter(&both) * own_inflation(&both);
                (variance / independent(totals), worth(&both))
            }
            Clock::Separate => {
                let [of_b, of_c] = sides.each_ref().map(|side| each(side));
                let bursts = overdispersion(&of_b, &of_c).map_or(1.0, Inflation::get);
                let together = own_inflation(&b).max(own_inflation(&c));
                (bursts * together, worth(&b).min(worth(&c)))
            }
        };
        // Counts that vary less than independent errors are not credited.
        let dispersed = factor > 1.0 && factor.is_finite();
        Self {
            inflation: if dispersed { factor } else { 1.0 },
            degrees: if dispersed {
                (effective - 1.0).max(1.0)
            } else {
                Mean::MANY
            },
            effective,
        }
    }
}

/// The variance of the difference of shares of independent errors.
fn independent([b, c]: [Totals; 2]) -> f64 {
    let share = (b.errors + c.errors) / (b.of + c.of);
    share * (1.0 - share) * (1.0 / b.of + 1.0 / c.of)
}

fn each(moments: &[Moment]) -> Vec<Counts> {
    let counts = |(errors, of): &Moment| Counts::new(*errors, *of).ok();
    moments.iter().filter_map(counts).collect()
}

/// The variance of the sum of contributions that sum to 0.
fn scatter(part: &[f64]) -> f64 {
    let count = part.len() as f64;
    let squares: f64 = part.iter().map(|x| x * x).sum();
    squares * count / (count - 1.0).max(1.0)
}
