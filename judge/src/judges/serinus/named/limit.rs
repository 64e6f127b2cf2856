//! `limit`: the canary's level against levels it must keep within.

use crate::judges::serinus::differences::{LEAST, MOST, binned, finite};
use crate::judges::serinus::finding::{Alarm, Finding, Kind, Obstacle, Subject, Way};
use crate::judges::serinus::independent::Level;
use crate::judges::serinus::memory::caution;
use crate::judges::serinus::question::Question;
use crate::judges::serinus::scale::Scale;
use crate::judges::serinus::shift::{Mean, Shift};
use crate::judges::serinus::tolerance::Tolerance;

/// Whether the mean level of the canary, wild values pulled in, is beyond its limit; with two limits, that which is nearer.
pub(in crate::judges::serinus) fn compare(question: &Question<'_>, canary: &[f64]) -> Finding {
    let canary = finite(canary);
    let Some((limit, bad)) = nearest(question, &canary) else {
        return Finding::impossible(question, Obstacle::NoLimit);
    };
    let scale = Scale::from_limit(limit);
    let finding = Finding {
        subject: Subject::Level { limit },
        tolerance: Tolerance::none(bad),
        ..Finding::begin(question, scale, canary.len(), LEAST)
    };
    if finding.obstacle.is_some() {
        return finding;
    }
    let series = scale.apply(&binned(&canary, MOST));
    let level = Level::of(&series, caution(series.len() as f64));
    let mean = Mean {
        value: level.value - scale.apply(&[limit])[0],
        error: level.variance.sqrt(),
        degrees: (level.effective - 1.0).max(1.0),
    };
    let shift = if level.variance > 0.0 {
        Shift::of(mean, mean.p(), level.effective, question.settings)
    } else {
        Shift::exact(mean.value, canary.len())
    };
    finding.serial(shift)
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

/// The limit that is nearest to the mean, or exceeded by most, and the way that is bad there.
fn nearest(question: &Question<'_>, canary: &[f64]) -> Option<(f64, Way)> {
    let limits = question.rules.limits;
    let level = crate::stats::robust::median(canary);
    let beyond = |(limit, bad): &(f64, Way)| bad.sign() * (level - limit);
    let above = limits.above().map(|limit| (limit, Way::Up));
    let below = limits.below().map(|limit| (limit, Way::Down));
    above
        .into_iter()
        .chain(below)
        .max_by(|one, other| beyond(one).total_cmp(&beyond(other)))
}
