//! `trend`: growth over the window.

use crate::judges::serinus::compare::on_one_clock;
use crate::judges::serinus::differences::flat;
use crate::judges::serinus::finding::{Finding, Subject};
use crate::judges::serinus::memory::caution;
use crate::judges::serinus::question::Question;
use crate::judges::serinus::scale::{NEGLIGIBLE, Scale};
use crate::judges::serinus::shift::Shift;
use crate::observations::Observations;
use crate::stats::autocorrelation::{cautious, corrected, inflation, lag_one};
use crate::stats::{Bounds, Inflation, Tail, mann_kendall, theil_sen};

/// Moments that a trend takes: fewer say too little of how neighbours resemble each other.
const LEAST: usize = 10;
/// Moments beyond which neighbours are averaged: the number of slopes is the square of theirs.
const MOST: usize = 120;

/// A time from 0, the first moment of the window, to 1, the last, and a value.
type Point = (f64, f64);

/// Mann and Kendall's test, with the slope of Theil and Sen: of the canary relative to the baseline where both share a
/// clock, so that the course of the load is no trend; otherwise of the canary alone.
pub(in crate::judges::serinus) fn compare(
    question: &Question<'_>,
    observations: &Observations,
) -> Finding {
    // What replicas differ by lastingly is no growth, so their means will do.
    let means = match observations {
        Observations::Replicas(both) => Some([both.baseline_average(), both.canary_average()]),
        Observations::Paired(_)
        | Observations::Independent(_)
        | Observations::BeforeAfter(_)
        | Observations::Strata(_)
        | Observations::Counts(_)
        | Observations::CanaryOnly(_) => on_one_clock(observations),
    };
    let Some([baseline, canary]) = means else {
        return growth(question, observations.canary());
    };
    let complete = |i: &usize| baseline[*i].is_finite() && canary[*i].is_finite();
    let moments: Vec<usize> = (0..baseline.len()).filter(complete).collect();
    let pick = |side: &[f64]| moments.iter().map(|i| side[*i]).collect::<Vec<f64>>();
    let sides = [pick(baseline), pick(canary)];
    let scale = Scale::of(&[&sides[0], &sides[1]]);
    let [b, c] = sides.map(|side| scale.apply(&side));
    let differences = c.iter().zip(&b).map(|(c, b)| c - b);
    let points = points(&moments, differences, baseline.len());
    of(question, scale, &points, Subject::RelativeGrowth)
}

/// The growth of the canary alone.
pub(in crate::judges::serinus) fn growth(question: &Question<'_>, canary: &[f64]) -> Finding {
    let moments: Vec<usize> = (0..canary.len())
        .filter(|i| canary[*i].is_finite())
        .collect();
    let values: Vec<f64> = moments.iter().map(|i| canary[*i]).collect();
    let scale = Scale::of(&[&values]);
    let points = points(&moments, scale.apply(&values).into_iter(), canary.len());
    of(question, scale, &points, Subject::Growth)
}

fn of(question: &Question<'_>, scale: Scale, points: &[Point], subject: Subject) -> Finding {
    let finding = Finding {
        subject,
        ..Finding::begin(question, scale, points.len(), LEAST)
    };
    if finding.obstacle.is_some() {
        return finding;
    }
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    if flat(&values) {
        return Finding {
            shift: Shift::exact(0.0, points.len()),
            ..finding
        };
    }
    let shift = shift(question, &averaged(points)).unwrap_or(Shift::UNKNOWN);
    finding.serial(shift)
}

fn shift(question: &Question<'_>, points: &[Point]) -> Option<Shift> {
    let settings = question.settings;
    let slope = theil_sen(points, Inflation::NONE, settings.level())?.estimate;
    let residuals: Vec<f64> = points
        .iter()
        .map(|(at, value)| value - slope * at)
        .collect();
    let count = residuals.len();
    // A line is taken out, so the estimate is too low by about as much as from half the series.
    let r = corrected(lag_one(&residuals), count / 2);
    let r = cautious(r, count as f64, caution(count as f64));
    let inflated = inflation(r, count);
    let inflation = Inflation::new(inflated).ok()?;
    let p = mann_kendall(points, inflation, Tail::TwoSided)?.p;
    let bounds = super::two_samples::widened(question, slope, 1.0, |alpha| {
        Some(theil_sen(points, inflation, alpha)?.interval)
    })?;
    // Of a series of mostly one value nearly all slopes are 0, whatever the rest of it does: that bounds nothing.
    let bounds = bounds.map(|bounds| {
        if bounds.upper - bounds.lower > NEGLIGIBLE {
            bounds
        } else {
            Bounds::UNBOUNDED
        }
    });
    Some(Shift::between(
        slope,
        bounds,
        p,
        count as f64 / inflated,
        settings,
    ))
}

fn points(moments: &[usize], values: impl Iterator<Item = f64>, count: usize) -> Vec<Point> {
    let last = count.saturating_sub(1).max(1) as f64;
    moments
        .iter()
        .zip(values)
        .map(|(moment, value)| (*moment as f64 / last, value))
        .collect()
}

fn averaged(points: &[Point]) -> Vec<Point> {
    let count = points.len();
    if count <= MOST {
        return points.to_vec();
    }
    (0..MOST)
        .map(|bin| {
            let stretch = &points[bin * count / MOST..(bin + 1) * count / MOST];
            let share = 1.0 / stretch.len() as f64;
            stretch.iter().fold((0.0, 0.0), |sum, point| {
                (sum.0 + share * point.0, sum.1 + share * point.1)
            })
        })
        .collect()
}
