//! `mann-whitney`: whether one side tends to be higher, and by how much.

use super::two_samples::{self, TwoSamples, widened};
use crate::judges::serinus::differences::finite;
use crate::judges::serinus::finding::Finding;
use crate::judges::serinus::question::Question;
use crate::judges::serinus::shift::Shift;
use crate::observations::{Observations, Strata};
use crate::stats::robust::median;
use crate::stats::{Stratum, Tail, hodges_lehmann, rank_sum, van_elteren};

/// The rank-sum test with Hodges and Lehmann's shift; of strata van Elteren's, which ranks within each.
pub(in crate::judges::serinus) fn compare(
    question: &Question<'_>,
    observations: &Observations,
) -> Option<Finding> {
    two_samples::compare(question, observations, |question, samples| {
        if let Observations::Strata(strata) = observations {
            stratified(question, samples, strata)
        } else {
            let answer = rank_sum(&samples.baseline, &samples.canary, Tail::TwoSided)?;
            let p = samples.p(answer.z, answer.p);
            shift(question, samples, [&samples.baseline, &samples.canary], p)
        }
    })
}

/// Hodges and Lehmann's shift between values, with a p-value from elsewhere.
pub(super) fn shift(
    question: &Question<'_>,
    samples: &TwoSamples,
    [baseline, canary]: [&[f64]; 2],
    p: f64,
) -> Option<Shift> {
    let settings = question.settings;
    let estimate = hodges_lehmann(baseline, canary, settings.level())?.estimate;
    let factor = samples.inflation().sqrt();
    let bounds = widened(question, estimate, factor, |alpha| {
        Some(hodges_lehmann(baseline, canary, alpha)?.interval)
    })?;
    Some(Shift::between(
        estimate,
        bounds,
        p,
        samples.worth(),
        settings,
    ))
}

fn stratified(question: &Question<'_>, samples: &TwoSamples, strata: &Strata) -> Option<Shift> {
    let scale = samples.scale();
    let (mut parts, mut aligned) = (Vec::new(), [Vec::new(), Vec::new()]);
    for stratum in strata.strata() {
        let sides = [stratum.pair.baseline(), stratum.pair.canary()].map(finite);
        if sides.iter().any(Vec::is_empty) {
            continue;
        }
        let own = scale.with_reference_of([&sides[0], &sides[1]]);
        let sides = sides.map(|side| own.apply(&side));
        // Levels differ between strata; without them, shifts within strata are all that is left.
        let middle = median(&sides.concat());
        for (side, all) in sides.iter().zip(&mut aligned) {
            all.extend(side.iter().map(|x| x - middle));
        }
        parts.push(sides);
    }
    let parts: Vec<Stratum<'_>> = parts
        .iter()
        .map(|[baseline, canary]| Stratum { baseline, canary })
        .collect();
    let answer = van_elteren(&parts, Tail::TwoSided)?;
    let p = samples.p(answer.z, answer.p);
    let [baseline, canary] = &aligned;
    shift(question, samples, [baseline, canary], p)
}
