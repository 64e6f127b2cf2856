//! One pair of series per stratum: compared within strata, then combined.

use super::differences::{Differences, LEAST, MOST, binned, finite};
use super::finding::{Alarm, Begun, Finding, Footing, Kind, Way};
use super::paired;
use super::question::Question;
use super::scale::{NEGLIGIBLE, Scale};
use super::tolerance::Tolerance;
use crate::observations::{Pair, Strata};
use crate::stats::mean;
use crate::stats::robust::{Spread, median};

/// Two-sided significance level of the guard over all strata together.
const ALPHA: f64 = 0.0025;
/// A shift in one stratum must be this many times the allowed one.
const CLEARLY: f64 = 2.0;

/// Compares strata that have a common clock.
///
/// At each moment the differences within the strata are averaged, the wilder strata counting for less. What regions share
/// is thereby neither taken for independent evidence nor lost, and zones of different level never meet. A guard with an
/// error rate of its own looks at each stratum by itself, as a regression in one of many hardly moves the average.
pub(super) fn compare(question: &Question<'_>, strata: &Strata) -> Finding {
    let all = |side: fn(&Pair) -> &[f64]| -> Vec<f64> {
        let pairs = strata.strata().iter().map(|stratum| &stratum.pair);
        pairs.flat_map(|pair| finite(side(pair))).collect()
    };
    let scale = Scale::of(&[&all(Pair::baseline), &all(Pair::canary)]);
    let parts: Vec<Part> = strata
        .strata()
        .iter()
        .filter_map(|stratum| Part::of(&scale, &stratum.pair))
        .collect();
    let spreads: Vec<f64> = parts.iter().map(|part| part.spread).collect();
    let sides = combined(&parts, usual(&spreads), strata.baseline_average().len());
    let means =
        [strata.baseline_average(), strata.canary_average()].map(|side| mean(&finite(side)));
    let finding = match Differences::on_scale(question, scale, sides, means) {
        Begun::Open(differences) => paired::judged(question, differences),
        Begun::Settled(finding) => finding,
    };
    let guard = finding.guard.or_else(|| worst(question, &scale, strata));
    Finding { guard, ..finding }
}

/// The median of the spreads of strata that move.
fn usual(spreads: &[f64]) -> f64 {
    let moving: Vec<f64> = spreads.iter().copied().filter(|x| *x > 0.0).collect();
    if moving.is_empty() {
        1.0
    } else {
        median(&moving)
    }
}

/// One stratum on a scale with its own reference, NaN where a side is missing.
struct Part {
    baseline: Vec<f64>,
    canary: Vec<f64>,
    /// How much its differences scatter.
    spread: f64,
}

impl Part {
    /// `None` for a stratum with too few moments to know how calm it is.
    fn of(scale: &Scale, pair: &Pair) -> Option<Self> {
        let complete: Vec<usize> = (0..pair.baseline().len())
            .filter(|moment| pair.is_complete(*moment))
            .collect();
        if complete.len() < LEAST {
            return None;
        }
        let pick = |side: &[f64]| complete.iter().map(|i| side[*i]).collect::<Vec<f64>>();
        let (b, c) = (pick(pair.baseline()), pick(pair.canary()));
        let scale = scale.with_reference_of([&b, &c]);
        let (b, c) = (scale.apply(&b), scale.apply(&c));
        let differences: Vec<f64> = c.iter().zip(&b).map(|(c, b)| c - b).collect();
        let spread = Spread::of(&differences, NEGLIGIBLE).scale;
        let place = |values: &[f64]| {
            let mut placed = vec![f64::NAN; pair.baseline().len()];
            for (moment, value) in complete.iter().zip(values) {
                placed[*moment] = *value;
            }
            placed
        };
        Some(Self {
            baseline: place(&b),
            canary: place(&c),
            spread,
        })
    }
}

/// Both sides' weighted means over the parts at each moment; moments without any part are left out.
///
/// Strata that scatter more than usual count for less. Those that scatter less do not count for more: one that is idle and
/// stands still would decide alone.
fn combined(parts: &[Part], usual: f64, moments: usize) -> [Vec<f64>; 2] {
    let (mut baseline, mut canary) = (Vec::new(), Vec::new());
    for moment in 0..moments {
        let (mut b, mut c, mut weights) = (0.0, 0.0, 0.0);
        for part in parts.iter().filter(|part| !part.baseline[moment].is_nan()) {
            let weight = (usual / part.spread.max(usual)).powi(2);
            b += weight * part.baseline[moment];
            c += weight * part.canary[moment];
            weights += weight;
        }
        if weights > 0.0 {
            baseline.push(b / weights);
            canary.push(c / weights);
        }
    }
    [binned(&baseline, MOST), binned(&canary, MOST)]
}

/// The stratum with the clearest shift of its own in a bad direction, if that is beyond what the best of so many shows by
/// chance.
fn worst(question: &Question<'_>, scale: &Scale, strata: &Strata) -> Option<Alarm> {
    let tries = strata.strata().len() as f64;
    let tolerance = Tolerance::of(question.rules);
    strata
        .strata()
        .iter()
        .enumerate()
        .filter_map(|(place, stratum)| {
            let pair = &stratum.pair;
            let finding = match Differences::of(question, pair.baseline(), pair.canary()) {
                Begun::Open(differences) => {
                    let shift = paired::shift(question, &differences);
                    differences.finding.serial(shift)
                }
                Begun::Settled(finding) => finding,
            };
            let (shift, own) = (finding.shift, finding.scale);
            let way = Way::of(shift.estimate);
            let p = (shift.p * tries).min(1.0);
            let clear = finding.obstacle.is_none()
                && finding.footing == Footing::Firm
                && p < question.settings.of_rate(ALPHA)
                && way.is_bad(tolerance.direction)
                && tolerance.is_exceeded(shift.estimate, &own)
                && own.relative(shift.estimate).abs() >= CLEARLY * tolerance.allowed;
            clear.then_some(Alarm {
                kind: Kind::Stratum {
                    place,
                    shift: scale.difference(own.relative(shift.estimate)),
                },
                way,
                p,
            })
        })
        .min_by(|a, b| a.p.total_cmp(&b.p))
}
