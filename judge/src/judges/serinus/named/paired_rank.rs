//! `paired-rank`: Wilcoxon's signed ranks of the differences at each moment.

use super::two_samples::widened;
use crate::judges::serinus::compare::on_one_clock;
use crate::judges::serinus::differences::Differences;
use crate::judges::serinus::finding::{Begun, Finding};
use crate::judges::serinus::memory::{Memory, WINSOR};
use crate::judges::serinus::question::Question;
use crate::judges::serinus::scale::NEGLIGIBLE;
use crate::judges::serinus::shift::Shift;
use crate::observations::Observations;
use crate::stats::robust::Spread;
use crate::stats::{Tail, Zeros, pseudo_median, signed_rank, student};

/// The signed-rank test with the pseudo-median of the differences.
pub(in crate::judges::serinus) fn compare(
    question: &Question<'_>,
    observations: &Observations,
) -> Option<Finding> {
    let [baseline, canary] = on_one_clock(observations)?;
    match Differences::of(question, baseline, canary) {
        Begun::Open(differences) => {
            let shift = shift(question, &differences)?;
            Some(differences.finding.serial(shift))
        }
        Begun::Settled(finding) => Some(finding),
    }
}

fn shift(question: &Question<'_>, differences: &Differences) -> Option<Shift> {
    let values = &differences.values;
    let pulled = Spread::of(values, NEGLIGIBLE).winsorise(values, WINSOR);
    let inflation = Memory::of(differences, &pulled).inflation(&pulled);
    let effective = values.len() as f64 / inflation;
    let answer = signed_rank(values, Zeros::Pratt, Tail::TwoSided)?;
    let p = if inflation > 1.0 {
        student::two_sided(answer.z / inflation.sqrt(), effective - 1.0).max(answer.p)
    } else {
        answer.p
    };
    let settings = question.settings;
    let estimate = pseudo_median(values, settings.level())?.estimate;
    let bounds = widened(question, estimate, inflation.sqrt(), |alpha| {
        Some(pseudo_median(values, alpha)?.interval)
    })?;
    Some(Shift::between(estimate, bounds, p, effective, settings))
}
