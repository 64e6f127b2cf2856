//! The answer: a scorecard as it goes over the wire.
//!
//! Keys are camelCase and always present; what is unknown is `null`. Every number is finite.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::judge::JudgedBy;
use crate::judges::netflix_aca;
use crate::observations::Design;
use crate::release::Thresholds;
use crate::stats::Summary;
use crate::test_name::Test;

/// The judgement of one release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scorecard {
    /// The judge that compared the metrics.
    pub judge: JudgedBy,
    /// What the release deserves.
    pub verdict: Verdict,
    /// 0 to 100, rounded half up to two decimals. 0 when `scored` is false.
    pub score: f64,
    /// Whether at least one metric was decided, so that the score means something.
    pub scored: bool,
    /// One sentence: what decided, or what is missing.
    pub reason: String,
    /// Share (0 to 1) of the weight of the groups that belongs to decided metrics.
    pub coverage: f64,
    /// The thresholds the score was compared with.
    pub thresholds: Thresholds,
    /// One entry per group that has a metric which is not muted, in order of first appearance.
    pub groups: Vec<GroupScore>,
    /// One entry per metric, muted ones included, in the order of the release.
    pub metrics: Vec<MetricResult>,
}

/// What a release deserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Good enough to promote.
    Pass,
    /// Between the two thresholds: somebody should look.
    Marginal,
    /// Worse than the baseline.
    Fail,
    /// Not enough is known to say.
    Inconclusive,
}

impl Verdict {
    /// The word for it: `pass`, `marginal`, `fail` or `inconclusive`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Marginal => "marginal",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How one group of metrics did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupScore {
    /// The group.
    pub name: String,
    /// The weight used: the configured one, or an equal share of what configured weights leave of 100
    /// (negative when they exceed 100).
    pub weight: f64,
    /// Share of passed among counted metrics, 0 to 100; null when none was counted.
    #[schema(required)]
    pub score: Option<f64>,
    /// Points this group adds to the score, before rounding. A score that was forced to 0 or cut at 0 or 100 is not
    /// their sum.
    pub contribution: f64,
    /// Metrics counted as passed.
    pub passed: usize,
    /// Metrics counted as failed.
    pub failed: usize,
    /// Metrics left out because they were not decided.
    pub ignored: usize,
}

/// What came out for one metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// No change that matters.
    Pass,
    /// The canary is higher than allowed.
    High,
    /// The canary is lower than allowed.
    Low,
    /// A side has no sample.
    Nodata,
    /// The samples do not suffice for an answer.
    Inconclusive,
    /// The metric could not be fetched or compared.
    Error,
}

/// How a metric entered the score of its groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Counted {
    /// As passed.
    Passed,
    /// As failed.
    Failed,
    /// Not at all: it was not decided.
    Ignored,
}

/// The judgement of one metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricResult {
    /// The metric.
    pub name: String,
    /// The groups it counts in.
    pub groups: Vec<String>,
    /// What came out.
    pub outcome: Outcome,
    /// How that enters the score. A muted metric enters no score, whatever this says.
    pub counted: Counted,
    /// Whether the metric is configured as critical.
    pub critical: bool,
    /// Whether the release does not pass without a decision on it.
    pub required: bool,
    /// Whether it fails the release: it is critical and failed by enough, or a guardrail was crossed.
    pub critical_failure: bool,
    /// What a guardrail saw, in a sentence; null where none was crossed.
    #[schema(required)]
    pub guardrail: Option<String>,
    /// Whether it is left out of score and verdict.
    pub muted: bool,
    /// One sentence for a release engineer; never empty.
    pub reason: String,
    /// The arrangement in which the sides were compared; null when there were no samples to compare.
    #[schema(required)]
    pub design: Option<Design>,
    /// The statistical test; null where the judge has only one, or did not compare.
    #[schema(required)]
    pub test: Option<Test>,
    /// Estimated shift from baseline to canary, in the metric's unit.
    #[schema(required)]
    pub estimate: Option<f64>,
    /// Confidence interval of that shift.
    #[schema(required)]
    pub interval: Option<Interval>,
    /// What estimate and interval are taken in percent of, in the metric's unit; null where they are no change from a level,
    /// such as the distance from a limit.
    #[schema(required)]
    pub level: Option<f64>,
    /// Mean of the canary over mean of the baseline.
    #[schema(required)]
    pub ratio: Option<f64>,
    /// Change of the mean in percent of the baseline's absolute mean; positive is up.
    #[schema(required)]
    pub change_percent: Option<f64>,
    /// Common-language effect size: the share (0 to 1) of all pairs of samples in which the canary's is higher, ties
    /// counting half.
    #[schema(required)]
    pub cles: Option<f64>,
    /// Two-sided p-value of the test the decision rests on; null where it rests on an interval alone.
    #[schema(required)]
    pub p_value: Option<f64>,
    /// Independent samples a side that the samples are worth: neighbours that resemble each other count for less. Where
    /// replicas are compared, the number of replicas on the smaller side. Null where the judge takes no account of it.
    #[schema(required)]
    pub effective_samples: Option<f64>,
    /// The smallest change, in percent, that would have been found in four of five such comparisons; null where the judge
    /// does not say.
    #[schema(required)]
    pub detectable_percent: Option<f64>,
    /// What else to know about the comparison, one sentence each.
    pub notes: Vec<String>,
    /// The baseline's samples, as compared.
    pub baseline: Summary,
    /// The canary's samples, as compared.
    pub canary: Summary,
    /// What `netflix-aca` answered in Kayenta's own words; null when it was not asked.
    #[schema(required)]
    pub netflix_aca: Option<netflix_aca::Answer>,
}

impl MetricResult {
    /// The change that was judged, in percent, positive if up: that of the mean where the judge compares means, elsewhere the
    /// estimated shift, which a few wild samples move less. `None` where no change was judged.
    pub fn judged_percent(&self) -> Option<f64> {
        match self.netflix_aca {
            Some(_) => self.change_percent,
            None => self.in_percent(self.estimate?),
        }
    }

    /// A difference in the metric's unit as percents of the level that was compared with.
    pub fn in_percent(&self, difference: f64) -> Option<f64> {
        finite(difference / self.level? * 100.0)
    }
}

/// A confidence interval of the shift, in the metric's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Nominal confidence level, between 0 and 1.
    pub confidence: f64,
}

/// A number fit for the wire: `None` unless finite.
pub(crate) fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}
