//! `brunner-munzel`: Mann-Whitney for sides of unequal spread.

use super::mann_whitney;
use super::two_samples;
use crate::judges::serinus::finding::Finding;
use crate::judges::serinus::question::Question;
use crate::observations::Observations;
use crate::stats::{Tail, brunner_munzel, student};

/// Brunner and Munzel's test, with Hodges and Lehmann's shift.
pub(in crate::judges::serinus) fn compare(
    question: &Question<'_>,
    observations: &Observations,
) -> Option<Finding> {
    two_samples::compare(question, observations, |question, samples| {
        let (baseline, canary) = (&samples.baseline, &samples.canary);
        let answer = brunner_munzel(baseline, canary, Tail::TwoSided)?;
        let inflation = samples.inflation();
        let p = match answer.studentised {
            Some(statistic) if inflation > 1.0 => {
                let degrees = statistic.freedom.min(samples.worth() - 1.0);
                student::two_sided(statistic.t / inflation.sqrt(), degrees).max(answer.p)
            }
            Some(_) | None => answer.p,
        };
        mann_whitney::shift(question, samples, [baseline, canary], p)
    })
}
