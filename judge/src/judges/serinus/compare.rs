//! Which test compares which samples.

use super::finding::{Finding, Obstacle};
use super::named::{
    block_permutation, brunner_munzel, history, kolmogorov_smirnov, limit, mann_whitney,
    paired_rank, proportion, replicas, trend,
};
use super::question::Question;
use super::{before_after, independent, paired, strata};
use crate::observations::{Clock, Observations};
use crate::test_name::Test;

/// Compares by the test that the rules name, and holds the canary against its limits besides.
pub(super) fn compare(question: &Question<'_>, observations: &Observations) -> Finding {
    let test = question.rules.test;
    let finding = match test {
        Test::Auto => Some(auto(question, observations)),
        Test::MannWhitney => mann_whitney::compare(question, observations),
        Test::PairedRank => paired_rank::compare(question, observations),
        Test::BlockPermutation => block_permutation::compare(question, observations),
        Test::BrunnerMunzel => brunner_munzel::compare(question, observations),
        Test::KolmogorovSmirnov => kolmogorov_smirnov::compare(question, observations),
        Test::Replicas => replicas::compare(question, observations),
        Test::History => history::compare(question, observations),
        Test::Proportion => proportion::compare(question, observations),
        Test::Limit => Some(limit::compare(question, observations.canary())),
        Test::Trend => Some(trend::compare(question, observations)),
    };
    let finding = finding.unwrap_or_else(|| {
        let design = observations.design();
        Finding::impossible(question, Obstacle::Unsuitable { test, design })
    });
    let guard = finding
        .guard
        .or_else(|| limit::guard(question, observations.canary()));
    Finding { guard, ..finding }
}

/// The comparison that suits the samples best.
fn auto(question: &Question<'_>, observations: &Observations) -> Finding {
    match observations {
        Observations::Paired(pair) => paired::compare(question, pair),
        Observations::Independent(sides) => independent::compare(question, sides),
        Observations::BeforeAfter(windows) => before_after::compare(question, windows),
        Observations::Replicas(both) => match both.single() {
            Some(pair) => paired::compare(question, &pair),
            None => super::replicas::compare(question, both).by(Test::Replicas),
        },
        Observations::Strata(parts) => strata::compare(question, parts),
        Observations::Counts(counts) => proportion::of(question, counts).by(Test::Proportion),
        Observations::CanaryOnly(canary) if question.rules.limits.is_empty() => {
            trend::growth(question, canary).by(Test::Trend)
        }
        Observations::CanaryOnly(canary) => limit::compare(question, canary).by(Test::Limit),
    }
}

/// Both sides, where position `i` is the same moment on both; of strata their means. Replicas differ lastingly, so their
/// means at each moment are no pairs.
pub(super) fn on_one_clock(observations: &Observations) -> Option<[&[f64]; 2]> {
    let shared = match observations {
        Observations::Paired(_) | Observations::Strata(_) => true,
        Observations::Replicas(both) => both.are_single(),
        Observations::Counts(counts) => counts.clock() == Clock::Shared,
        Observations::Independent(_)
        | Observations::BeforeAfter(_)
        | Observations::CanaryOnly(_) => false,
    };
    shared.then(|| [observations.baseline(), observations.canary()])
}
