//! The judges by name, and the way from a release to a scorecard.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::guardrail::Crossed;
use crate::judges::{netflix_aca, serinus};
use crate::observations::Observations;
use crate::preconditions;
use crate::preconditions::present;
use crate::release::{Evidence, Metric, Release, Reservation};
use crate::score;
use crate::scorecard::{Counted, MetricResult, Outcome, Scorecard};
use crate::stats::Summary;
use crate::wording::few;

/// The name of a judge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JudgeName {
    /// The default judge: paired in time, robust, aware of autocorrelation.
    #[default]
    Serinus,
    /// Kayenta's `NetflixACAJudge-v1.0`.
    NetflixAca,
}

impl JudgeName {
    /// All judges.
    pub const ALL: [Self; 2] = [Self::Serinus, Self::NetflixAca];

    /// The name as it is written in configurations.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Serinus => "serinus",
            Self::NetflixAca => "netflix-aca",
        }
    }
}

impl fmt::Display for JudgeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for JudgeName {
    type Err = UnknownJudge;

    fn from_str(name: &str) -> Result<Self, UnknownJudge> {
        Self::ALL
            .into_iter()
            .find(|judge| judge.as_str() == name)
            .ok_or_else(|| UnknownJudge(name.to_owned()))
    }
}

/// Who judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JudgedBy {
    /// The default judge: paired in time, robust, aware of autocorrelation.
    Serinus,
    /// Kayenta's `NetflixACAJudge-v1.0`.
    NetflixAca,
    /// A judge elsewhere.
    Remote,
}

impl JudgedBy {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Serinus => JudgeName::Serinus.as_str(),
            Self::NetflixAca => JudgeName::NetflixAca.as_str(),
            Self::Remote => "remote",
        }
    }
}

impl From<JudgeName> for JudgedBy {
    fn from(name: JudgeName) -> Self {
        match name {
            JudgeName::Serinus => Self::Serinus,
            JudgeName::NetflixAca => Self::NetflixAca,
        }
    }
}

impl fmt::Display for JudgedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// There is no judge of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no judge {0:?}; known: {known}", known = JudgeName::ALL.map(JudgeName::as_str).join(", "))]
pub struct UnknownJudge(pub String);

/// A judge with its settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Judge {
    /// The default judge.
    Serinus(serinus::Settings),
    /// Kayenta's `NetflixACAJudge-v1.0`.
    NetflixAca(netflix_aca::Settings),
}

impl Default for Judge {
    fn default() -> Self {
        Self::Serinus(serinus::Settings::default())
    }
}

impl Judge {
    /// The judge's name.
    pub fn name(&self) -> JudgeName {
        match self {
            Self::Serinus(_) => JudgeName::Serinus,
            Self::NetflixAca(_) => JudgeName::NetflixAca,
        }
    }

    /// Judges a release. Always answers, and the same release always gets the same answer.
    pub fn judge(&self, release: &Release) -> Scorecard {
        self.add_up(release, |metric| self.decide(metric))
    }

    /// Decides all metrics in this way, and adds the results up.
    pub(crate) fn add_up(
        &self,
        release: &Release,
        decide: impl Fn(&Metric) -> MetricResult,
    ) -> Scorecard {
        let metrics = release.metrics.iter().map(decide).collect();
        match self {
            Self::Serinus(settings) => score::decided::scorecard(*settings, release, metrics),
            Self::NetflixAca(_) => score::scorecard(release, metrics),
        }
    }

    /// Decides one metric.
    pub(crate) fn decide(&self, metric: &Metric) -> MetricResult {
        match &metric.evidence {
            Evidence::Failed(why) => MetricResult::failed(metric, why),
            Evidence::Undecidable(what) => MetricResult::undecidable(metric, what),
            Evidence::Reserved(observations, reservation) => {
                let reserved = match reservation {
                    Reservation::Failed(why) => MetricResult::failed(metric, why),
                    Reservation::Undecidable(what) => MetricResult::undecidable(metric, what),
                };
                self.by_lines(metric, observations, reserved)
            }
            Evidence::Observed(observations) => {
                let result = match preconditions::unmet(&metric.rules, observations) {
                    None => self.compare(metric, observations).wherever(observations),
                    Some(unmet) => self
                        .beyond_limit(metric, observations)
                        .unwrap_or_else(|| unmet.result(metric, observations)),
                };
                result.guarded(metric, observations)
            }
        }
    }

    /// The result of samples that only limits and guardrails may decide on.
    fn by_lines(
        &self,
        metric: &Metric,
        observations: &Observations,
        reserved: MetricResult,
    ) -> MetricResult {
        let why = reserved.reason.clone();
        let reserved = MetricResult {
            baseline: Summary::of(&present(observations.baseline())),
            canary: Summary::of(&present(observations.canary())),
            ..reserved
        };
        let mut result = self
            .beyond_limit(metric, observations)
            .unwrap_or(reserved)
            .guarded(metric, observations);
        if result.reason != why {
            result.notes.push(why);
        }
        result
    }

    /// A canary that is beyond its limit fails, whatever is wrong with the baseline.
    fn beyond_limit(&self, metric: &Metric, observations: &Observations) -> Option<MetricResult> {
        match self {
            Self::Serinus(settings) => serinus::beyond_limit(*settings, metric, observations),
            Self::NetflixAca(_) => None,
        }
    }

    fn compare(&self, metric: &Metric, observations: &Observations) -> MetricResult {
        match self {
            Self::Serinus(settings) => serinus::result(*settings, metric, observations),
            Self::NetflixAca(_) if matches!(observations, Observations::CanaryOnly(_)) => {
                let reason = "netflix-aca compares two sides, and there is no baseline".to_owned();
                MetricResult::unjudged(metric, Outcome::Inconclusive, Counted::Ignored, reason)
            }
            Self::NetflixAca(settings) => netflix_aca::result(*settings, metric, observations),
        }
    }
}

fn or_default(text: &str, default: &str) -> String {
    let text = text.trim();
    if text.is_empty() { default } else { text }.to_owned()
}

impl MetricResult {
    fn failed(metric: &Metric, why: &str) -> Self {
        let reason = or_default(why, "the metric could not be fetched");
        Self::unjudged(metric, Outcome::Error, Counted::Ignored, reason)
    }

    fn undecidable(metric: &Metric, what: &str) -> Self {
        let reason = or_default(what, "a precondition of the comparison is not met");
        Self::unjudged(metric, Outcome::Inconclusive, Counted::Ignored, reason)
    }

    /// The same result, but no pass where the canary is missing from a stratum: its traffic may have vanished there, which
    /// no comparison of the others shows.
    pub(crate) fn wherever(self, observations: &Observations) -> Self {
        let lost = match observations {
            Observations::Strata(strata) => strata.lost(),
            Observations::Paired(_)
            | Observations::Independent(_)
            | Observations::BeforeAfter(_)
            | Observations::Replicas(_)
            | Observations::Counts(_)
            | Observations::CanaryOnly(_) => &[],
        };
        if lost.is_empty() || self.counted != Counted::Passed {
            return self;
        }
        Self {
            outcome: Outcome::Inconclusive,
            counted: Counted::Ignored,
            reason: format!(
                "the canary has no samples in {}, where the baseline has: has its traffic vanished there?",
                few(lost)
            ),
            ..self
        }
    }

    /// The same result, or the failure of the release where a guardrail was crossed.
    pub(crate) fn guarded(self, metric: &Metric, observations: &Observations) -> Self {
        let mut guardrails = metric.rules.guardrails.iter();
        match guardrails.find_map(|line| line.crossed(&metric.name, observations)) {
            Some(crossed) => self.beyond(crossed),
            None => self,
        }
    }

    /// The failure of the release for what a guardrail saw.
    pub(crate) fn beyond(self, crossed: Crossed) -> Self {
        Self {
            outcome: crossed.outcome,
            counted: Counted::Failed,
            critical_failure: true,
            reason: crossed.reason.clone(),
            guardrail: Some(crossed.reason),
            ..self
        }
    }

    /// The result of a metric that no judge was asked about.
    pub(crate) fn unjudged(
        metric: &Metric,
        outcome: Outcome,
        counted: Counted,
        reason: String,
    ) -> Self {
        Self {
            name: metric.name.clone(),
            groups: metric.groups.clone(),
            outcome,
            counted,
            critical: metric.rules.critical,
            required: metric.rules.required || metric.rules.critical,
            critical_failure: metric.rules.critical && counted == Counted::Failed,
            guardrail: None,
            muted: metric.rules.muted,
            reason,
            design: None,
            test: None,
            estimate: None,
            interval: None,
            level: None,
            ratio: None,
            change_percent: None,
            cles: None,
            p_value: None,
            effective_samples: None,
            detectable_percent: None,
            notes: Vec::new(),
            baseline: Summary::default(),
            canary: Summary::default(),
            netflix_aca: None,
        }
    }
}
