//! `limit`: the canary's level against levels it must keep within.

use crate::judges::serinus::differences::{LEAST, MOST, binned, finite};
use crate::judges::serinus::finding::{Alarm, Finding, Kind, Obstacle, Subject, Way};
use crate::judges::serinus::independent::Level;
use crate::judges::serinus::question::Question;
use crate::judges::serinus::scale::Scale;
use crate::judges::serinus::shift::{Mean, Shift};
use crate::judges::serinus::tolerance::Tolerance;
use crate::stats::mean;

/// Whether the mean level of the canary, wild values pulled in, is beyond a limit; with two limits, that which is kept
/// less clearly. To keep a limit, the plain mean must be within it too: spikes are part of a level.
///
/// The level is that of this window, whatever another one would have shown: samples that resemble their neighbours leave
/// less doubt about it, not more.
pub(in crate::judges::serinus) fn compare(question: &Question<'_>, canary: &[f64]) -> Finding {
    let canary = finite(canary);
    let limits = question.rules.limits;
    let above = limits.above().map(|limit| (limit, Way::Up));
    let below = limits.below().map(|limit| (limit, Way::Down));
    above
        .into_iter()
        .chain(below)
        .map(|(limit, bad)| against(question, &canary, limit, bad))
        .max_by(|one, other| reached(one).total_cmp(&reached(other)))
        .unwrap_or_else(|| Finding::impossible(question, Obstacle::NoLimit))
}

/// An alarm if the canary's level is beyond a limit, whatever the sides are to each other.
pub(in crate::judges::serinus) fn guard(question: &Question<'_>, canary: &[f64]) -> Option<Alarm> {
    if question.rules.limits.is_empty() {
        return None;
    }
    let finding = compare(question, canary);
    let Subject::Level { limit } = finding.subject else {
        return None;
    };
    let (shift, way) = (&finding.shift, Way::of(finding.shift.estimate));
    let beyond = finding.obstacle.is_none()
        && shift.p < question.settings.alpha()
        && way.is_bad(finding.tolerance.direction);
    beyond.then(|| Alarm {
        kind: Kind::Limit {
            level: limit + finding.scale.in_units(shift.estimate),
            limit,
        },
        way,
        p: shift.p,
    })
}

fn against(question: &Question<'_>, canary: &[f64], limit: f64, bad: Way) -> Finding {
    let scale = Scale::from_limit(limit, canary);
    let finding = Finding {
        subject: Subject::Level { limit },
        tolerance: Tolerance::none(bad),
        ..Finding::begin(question, scale, canary.len(), LEAST)
    };
    if finding.obstacle.is_some() {
        return finding;
    }
    let series = scale.apply(&binned(canary, MOST));
    let at = scale.apply(&[limit])[0];
    let level = Level::of(&series, 0.0);
    let count = series.len() as f64;
    let distance = Mean {
        value: level.value - at,
        error: (level.variance * level.effective / count).sqrt(),
        degrees: count - 1.0,
    };
    let mut shift = if level.variance > 0.0 {
        Shift::of(distance, distance.p(), count, question.settings)
    } else {
        Shift::exact(distance.value, canary.len())
    };
    let plain = mean(&series) - at;
    shift.passing.lower = shift.passing.lower.min(plain);
    shift.passing.upper = shift.passing.upper.max(plain);
    Finding { shift, ..finding }
}

/// How far the canary may be beyond the limit, in shares of it; less than 0 where it keeps it.
fn reached(finding: &Finding) -> f64 {
    let bounds = finding.shift.passing;
    let limits = finding.tolerance.limits(&finding.scale);
    (bounds.upper - limits.upper).max(limits.lower - bounds.lower)
}
