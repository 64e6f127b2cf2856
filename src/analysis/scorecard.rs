//! The scorecard: the judge's decision together with everything it rests on.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serinus_judge::{self as judge, EarlierLook, LookDecision};
use utoipa::ToSchema;

use super::{MetricEvidence, ScorecardLinks, SideEvidence};
use crate::canary_config::CanaryConfig;

/// Which version of which config was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConfigIdentity {
    /// The config's name.
    pub name: String,
    /// The SHA-256 of its canonical form, in hex.
    pub digest: String,
}

impl ConfigIdentity {
    /// The identity of a config.
    pub fn of(config: &CanaryConfig) -> Self {
        Self {
            name: config.name.to_string(),
            digest: config.digest(),
        }
    }
}

/// What was decided about a release, and everything it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scorecard {
    /// The application.
    pub application: String,
    /// The config in use.
    pub config: ConfigIdentity,
    /// The labels of the request.
    pub labels: BTreeMap<String, String>,
    /// The judge's decision: verdict, score, groups, metrics.
    #[serde(flatten)]
    pub decision: judge::Scorecard,
    /// What each metric's decision rests on, in the order of `metrics`.
    pub evidence: Vec<MetricEvidence>,
    /// How long each part took.
    pub timings: Timings,
    /// Where more can be read; absent from what was judged without a service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links: Option<ScorecardLinks>,
}

impl Scorecard {
    /// The time that the samples of both sides cover, from the first to the last; `None` if there are none.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let sides = self
            .evidence
            .iter()
            .flat_map(|evidence| [&evidence.baseline, &evidence.canary]);
        let spans = sides.filter_map(SideEvidence::span);
        spans.reduce(|(start, end), (other_start, other_end)| {
            (start.min(other_start), end.max(other_end))
        })
    }
}

/// How long the parts of an analysis took, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Timings {
    /// Fetching, from the first query to the last answer.
    pub fetch_millis: f64,
    /// Judging.
    pub judge_millis: f64,
}

/// What a look found.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// Its scorecard.
    pub scorecard: Scorecard,
    /// Whether the run ends with it.
    pub decision: LookDecision,
    /// Why, in a sentence.
    pub reason: String,
    /// What later looks have to know of it.
    pub record: EarlierLook,
}
