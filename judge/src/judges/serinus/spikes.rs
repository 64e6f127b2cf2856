//! Spikes: single samples of the canary that stand out while most do not.

use super::differences::Differences;
use super::finding::{Alarm, Kind, Way};
use super::question::Question;
use super::scale::{NEGLIGIBLE, Scale};
use super::shift::Mean;
use crate::release::{Direction, Rules};
use crate::stats::autocorrelation::{corrected, inflation, lag_one};
use crate::stats::robust::Spread;
use crate::stats::{Alpha, Counts, Inflation, Tail, compare_shares, mean, student};

/// A difference stands out from this many scales on ...
const OUTSTANDING: f64 = 2.0;
/// without pairs, where the load's course is part of the spread, from this many on ...
const WIDE: f64 = 3.0;
/// ... and from this difference on, which for positive samples is a factor of 1.22.
const LEAST_OUTSTANDING: f64 = 0.2;
/// No spike counts for more than this many scales beyond the threshold ...
const CAP: f64 = 3.0;
/// ... unless it is within this difference, a factor of 2.
const LEAST_CAP: f64 = 0.7;
/// The statistic from which spikes are called.
const CRITICAL: f64 = 1.95;
/// The least number of spikes ...
const LEAST_SPIKES: f64 = 4.0;
/// ... and the least share of samples that are spikes.
const LEAST_SHARE: f64 = 0.1;
/// The least relative change of the plain mean, where what is allowed is not more.
const LEAST_CHANGE: f64 = 0.10;
/// The conditions on number and mean are seldom met by chance; with them, the probability to reach a statistic is about
/// this share of the normal tail beyond it.
const CONDITION: f64 = 0.2;

/// Looks for spikes in the bad direction: upwards where both are bad.
///
/// The statistic is the sum of what sticks out, over its standard error if signs were random. It needs several spikes and a
/// mean that moved, so that one wild sample is no regression. What is allowed is no spike.
pub(super) fn guard(differences: &Differences, question: &Question<'_>) -> Option<Alarm> {
    let Question { rules, settings } = question;
    let way = watched(rules, differences.means)?;
    let scale = &differences.finding.scale;
    let differences = &differences.values;
    let count = differences.len();
    let spread = Spread::of(differences, NEGLIGIBLE).scale;
    let allowed = scale.difference(rules.effect.allowed());
    let threshold = (OUTSTANDING * spread).max(LEAST_OUTSTANDING).max(allowed);
    let cap = (CAP * spread).max(LEAST_CAP);
    let heights: Vec<f64> = differences
        .iter()
        .map(|d| {
            let d = d * way.sign();
            d.signum() * (d.abs() - threshold).clamp(0.0, cap)
        })
        .collect();
    let spikes = heights.iter().filter(|height| **height > 0.0).count();
    if (spikes as f64) < LEAST_SPIKES.max(LEAST_SHARE * count as f64) {
        return None;
    }
    let squares: f64 = heights.iter().map(|height| height * height).sum();
    let own = corrected(lag_one(&heights), count);
    let statistic = heights.iter().sum::<f64>() / (squares * inflation(own, count)).sqrt();
    let p = |statistic| CONDITION * student::tail(statistic, Mean::MANY);
    let called = statistic > CRITICAL && p(statistic) <= settings.of_rate(p(CRITICAL));
    called.then(|| Alarm {
        kind: Kind::Spikes { samples: spikes },
        way,
        p: p(statistic),
    })
}

/// One-sided significance level at which the canary of an unpaired comparison has more outstanding samples.
const UNPAIRED_ALPHA: f64 = 0.0025;

/// The same for finite samples without a common clock: whether more of the canary's samples stand out from the
/// baseline's median than of its own, allowing for the fact that those next to each other stand out together.
pub(super) fn unpaired(
    scale: &Scale,
    [baseline, canary]: [&[f64]; 2],
    question: &Question<'_>,
) -> Option<Alarm> {
    let Question { rules, settings } = question;
    if baseline.is_empty() || canary.is_empty() {
        return None;
    }
    let way = watched(rules, [mean(baseline), mean(canary)])?;
    let (b, c) = (scale.apply(baseline), scale.apply(canary));
    let spread = Spread::of(&b, NEGLIGIBLE);
    let allowed = scale.difference(rules.effect.allowed());
    let threshold = (WIDE * spread.scale).max(LEAST_OUTSTANDING).max(allowed);
    let stands_out = |x: &f64| f64::from((x - spread.centre) * way.sign() > threshold);
    let (b, c): (Vec<f64>, Vec<f64>) = (
        b.iter().map(stands_out).collect(),
        c.iter().map(stands_out).collect(),
    );
    let (of_baseline, spikes) = (b.iter().sum::<f64>(), c.iter().sum::<f64>());
    if spikes < LEAST_SPIKES.max(LEAST_SHARE * c.len() as f64) {
        return None;
    }
    let together = |side: &[f64]| inflation(corrected(lag_one(side), side.len()), side.len());
    let inflated = Inflation::new(together(&b).max(together(&c))).ok()?;
    let counts = |errors: f64, side: &[f64]| Counts::new(errors, side.len() as f64).ok();
    let compared = compare_shares(
        counts(of_baseline, &b)?,
        counts(spikes, &c)?,
        inflated,
        Tail::Upper,
        Alpha::clamped(UNPAIRED_ALPHA),
    )?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of samples"
    )]
    let samples = spikes as usize;
    (compared.p < settings.of_rate(UNPAIRED_ALPHA)).then_some(Alarm {
        kind: Kind::Spikes { samples },
        way,
        p: compared.p,
    })
}

/// The way in which spikes are looked for; `None` where the mean has not moved that way by enough.
fn watched(rules: &Rules, [baseline, canary]: [f64; 2]) -> Option<Way> {
    let way = match rules.direction {
        Direction::Increase | Direction::Either => Way::Up,
        Direction::Decrease => Way::Down,
    };
    let change = LEAST_CHANGE.max(rules.effect.allowed());
    let moved = match way {
        Way::Up => canary - baseline >= change * baseline.abs(),
        // The same factor, the other way.
        Way::Down => baseline - canary >= change / (1.0 + change) * baseline.abs(),
    };
    (moved && (canary - baseline).abs() >= rules.effect.absolute()).then_some(way)
}
