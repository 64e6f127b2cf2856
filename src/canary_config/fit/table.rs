//! The table: which parts of a metric do not go together.

use Gravity::{Idle, Refused};
use Part::{
    Absolute, Allowed, Alone, Apart, AtLeast, BeforeAfter, CanaryShare, Concurrent, Counts,
    Critical, EffectSize, FailedLooks, Guardrail, History, Limits, MustDetect, Muted, NetflixAca,
    NetflixOptions, RatioAbove, Remote, Replicas, Required, Series, Serinus, Strata, SumAbove,
    Test, Unchecked,
};

/// Something a metric has, or is, that does not go with everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Judged by `serinus`.
    Serinus,
    /// Judged by `netflix-aca`.
    NetflixAca,
    /// Judged elsewhere.
    Remote,
    /// Errors are counted out of requests.
    Counts,
    /// Samples of any other kind.
    Series,
    /// Both sides are compared at the same times.
    Concurrent,
    /// They are compared at times of their own.
    Apart,
    /// The baseline's times are before the canary's.
    BeforeAfter,
    /// There is no baseline.
    Alone,
    Replicas,
    Strata,
    History,
    /// A test other than `auto`.
    Test,
    Limits,
    Allowed,
    Absolute,
    MustDetect,
    NetflixOptions,
    /// The effect in the words of `netflix-aca`, under that judge or one elsewhere.
    EffectSize,
    /// `minimumSamples: none`.
    Unchecked,
    CanaryShare,
    /// Any guardrail.
    Guardrail,
    RatioAbove,
    /// The requests that a ratio needs.
    AtLeast,
    SumAbove,
    FailedLooks,
    Muted,
    Critical,
    Required,
}

/// What it means that two parts stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gravity {
    /// It can never work: a mistake.
    Refused,
    /// One of them does nothing now, and may be there for later: a warning.
    Idle,
}

/// Two parts that do not go together. The key that is told is the first one's.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) key: Part,
    pub(super) beside: Part,
    pub(super) gravity: Gravity,
    pub(super) why: &'static str,
}

const fn rule(key: Part, beside: Part, gravity: Gravity, why: &'static str) -> Rule {
    Rule {
        key,
        beside,
        gravity,
        why,
    }
}

const SHARES: &str = "counts are compared as shares of the whole window; `replicas`, `strata` and `history` are for series";
const ONE_SERIES: &str =
    "earlier windows are compared as one series; leave out `history`, or `replicas` and `strata`";
const ONE_CLOCK: &str =
    "replicas and strata are compared at the same times; the two sides cover different ones";
const ALONE: &str =
    "the canary alone is judged as one series; leave out `replicas`, `strata` and counts";
const HISTORY: &str = "`history` belongs to the design `before-after`";
const SERINUS_ONLY: &str = "only the judge `serinus` reads this; the config names `netflix-aca`";
const ONE_A_SIDE: &str =
    "the judge `netflix-aca` compares one series a side over one window; use `serinus` for this";
const REMOTE_READS: &str =
    "only the judge `serinus` reads this; a remote judge is sent what Kayenta's configs can say";
const REMOTE_SEES: &str =
    "a remote judge is sent one series a side over one window; use `serinus` for this";
const MUTED: &str = "the metric is muted, so that this fails no run as long as it is";

/// Every pair of parts that do not go together.
#[rustfmt::skip]
pub(super) static RULES: &[Rule] = &[
    // What is compared with what.
    rule(Replicas, Counts, Refused, SHARES),
    rule(Strata, Counts, Refused, SHARES),
    rule(History, Counts, Refused, SHARES),
    rule(Strata, Replicas, Refused, "`replicas` and `strata` cannot both be compared; leave one of the two out"),
    rule(History, Replicas, Refused, ONE_SERIES),
    rule(History, Strata, Refused, ONE_SERIES),
    rule(History, Concurrent, Refused, HISTORY),
    rule(History, Alone, Refused, HISTORY),
    rule(Alone, Counts, Refused, ALONE),
    rule(Replicas, Alone, Refused, ALONE),
    rule(Strata, Alone, Refused, ALONE),
    rule(Replicas, BeforeAfter, Refused, ONE_CLOCK),
    rule(Strata, BeforeAfter, Refused, ONE_CLOCK),
    rule(Replicas, Apart, Refused, ONE_CLOCK),
    rule(Strata, Apart, Refused, ONE_CLOCK),
    // Which judge reads what.
    rule(Alone, NetflixAca, Refused, "the judge `netflix-aca` compares two sides; use `serinus` for the canary alone"),
    rule(Replicas, NetflixAca, Refused, ONE_A_SIDE),
    rule(Strata, NetflixAca, Refused, ONE_A_SIDE),
    rule(History, NetflixAca, Refused, ONE_A_SIDE),
    rule(Test, NetflixAca, Refused, SERINUS_ONLY),
    rule(Limits, NetflixAca, Refused, SERINUS_ONLY),
    rule(Absolute, NetflixAca, Refused, SERINUS_ONLY),
    rule(MustDetect, NetflixAca, Refused, SERINUS_ONLY),
    rule(Allowed, EffectSize, Refused, "with `netflixAca` the allowed change is in `netflixAca.effectSize`; leave one of the two out"),
    rule(NetflixOptions, Serinus, Refused, "only the judge `netflix-aca` reads this; the config names `serinus`, whose allowed change is `effect.allowed`"),
    rule(Unchecked, Serinus, Refused, "`none` is for the judge `netflix-aca`; `serinus` needs 1 or more"),
    rule(Alone, Remote, Refused, "a remote judge compares two sides; use `serinus` for the canary alone"),
    rule(Replicas, Remote, Refused, REMOTE_SEES),
    rule(Strata, Remote, Refused, REMOTE_SEES),
    rule(History, Remote, Refused, REMOTE_SEES),
    rule(Test, Remote, Refused, REMOTE_READS),
    rule(Limits, Remote, Refused, REMOTE_READS),
    rule(Absolute, Remote, Refused, REMOTE_READS),
    rule(MustDetect, Remote, Refused, REMOTE_READS),
    // Guardrails and work.
    rule(RatioAbove, Alone, Refused, "there is no baseline to be a multiple of; use `levelAbove`"),
    rule(AtLeast, Series, Refused, "the requests are only known where errors are counted: `query: {errors, of}`"),
    rule(SumAbove, Counts, Refused, "samples of counts are shares, which do not add up; ask for the events in a metric of their own"),
    rule(SumAbove, Replicas, Refused, "the means of replicas do not add up to events; ask for their sum in a metric of its own"),
    rule(SumAbove, Strata, Refused, "the means of strata do not add up to events; ask for their sum in a metric of its own"),
    rule(CanaryShare, Alone, Refused, "there is no baseline to share the work with"),
    rule(FailedLooks, Critical, Idle, "a critical metric ends the run at its first failure, so that this line is never reached"),
    // What a muted metric does not do.
    rule(Guardrail, Muted, Idle, MUTED),
    rule(Critical, Muted, Idle, MUTED),
    rule(Required, Muted, Idle, MUTED),
];
