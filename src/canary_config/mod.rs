//! The canary configuration people write: what to compare, how strictly, and how much each part weighs.
//!
//! One text format (YAML, of which JSON is a part) and one inline form (JSON in a request) are read into the same strict
//! types; see [`CanaryConfig::parse`]. A config that exists is consistent: names are unique, templates parse,
//! weights are usable.

mod compare;
pub(crate) mod duration;
mod fit;
mod guardrail;
mod judge_ref;
mod library;
mod locations;
mod metric;
mod minimum_samples;
mod or_none;
mod parse;
mod query;
mod scalars;
mod schema;
mod strict;
mod under;
mod write;

pub use compare::{ByLabel, ByLocation, Compare, Comparing, History, StrataBy, TimeDesign};
pub use fit::Times;
pub use guardrail::{GuardrailConfig, Written as GuardrailWritten};
use guardrail::{Line, Rail};
pub use judge_ref::{JudgeChoice, JudgeRef, Remote, RemoteJudge};
pub use library::{ConfigEntry, ConfigLibrary, ConfigOrigin, LoadError};
pub use locations::Location;
pub use metric::{Effect, MetricConfig, MinimumWork};
pub use minimum_samples::{MinimumSamples, Unchecked};
pub use or_none::{Declined, OrNone};
pub use parse::{Mistake, ParseError, from_json};
pub(crate) use parse::{escape_pointer, pointer_of};
pub use query::{CountQueries, MetricQuery, QueryTemplate};
pub use scalars::{Fraction, Name, Number};
pub use schema::schema;
pub use strict::Strict;
pub use write::WriteError;

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serinus_judge::{GroupWeights, Thresholds};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// The most metrics one config may hold.
pub const MAX_METRICS: usize = 2_000;

/// The version of the config language; a changed meaning gets a new version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum ApiVersion {
    /// The first and so far only version.
    #[serde(rename = "serinus/v1")]
    V1,
}

/// What metrics use where they say nothing themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Defaults {
    /// The account that is queried; where it is absent every metric names its own.
    pub account: Option<Name>,
    /// The distance between two samples.
    #[schema(value_type = String, example = "60s")]
    #[serde(deserialize_with = "duration::read")]
    pub step: SignedDuration,
    /// How many samples each side needs before a metric is judged at all.
    pub minimum_samples: MinimumSamples,
    /// How much work each side must have done before a metric says anything.
    pub minimum_work: Option<MinimumWork>,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            account: None,
            step: SignedDuration::from_secs(60),
            minimum_samples: MinimumSamples::default(),
            minimum_work: None,
        }
    }
}

/// What to compare between a canary and its baseline, and how to weigh it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CanaryConfig {
    /// The version of the language the config is written in.
    pub api_version: ApiVersion,
    /// The config's name, unique in the service.
    pub name: Name,
    /// What the config is for.
    #[serde(default)]
    pub description: String,
    /// The judge: one of this program with its settings, or one elsewhere.
    #[serde(default)]
    pub judge: JudgeRef,
    /// What metrics use where they say nothing themselves.
    #[serde(default)]
    pub defaults: Defaults,
    /// What is compared with what, where metrics say nothing themselves.
    #[serde(default)]
    pub compare: Compare,
    /// The metrics to compare; at least one, with unique names.
    #[schema(min_items = 1, max_items = 2000)]
    pub metrics: Vec<MetricConfig>,
    /// How much each group weighs in the score. Weights are relative only in so far as the judge says so.
    #[schema(value_type = BTreeMap<String, f64>)]
    pub groups: GroupWeights,
    /// From which score on a run passes or is marginal.
    pub thresholds: Thresholds,
}

impl CanaryConfig {
    /// How much work each side must have done before this metric says anything.
    pub fn minimum_work<'a>(&'a self, metric: &'a MetricConfig) -> Option<&'a MinimumWork> {
        metric
            .minimum_work
            .as_ref()
            .or(self.defaults.minimum_work.as_ref())
    }

    /// What is compared with what for this metric.
    pub fn compare(&self, metric: &MetricConfig) -> Comparing {
        metric.compare.or(&self.compare)
    }

    /// What identifies this version of the config: the SHA-256 of its canonical JSON, in hex.
    pub fn digest(&self) -> String {
        let canonical = serde_json::to_vec(self).unwrap_or_default();
        Sha256::digest(canonical)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// What does nothing as it stands, each with a pointer into the config: no mistakes, and worth knowing.
    pub fn warnings(&self) -> Vec<Mistake> {
        self.unfit().warnings
    }

    /// Every inconsistency that the types alone cannot exclude, each with a pointer into the config.
    fn mistakes(&self) -> Vec<Mistake> {
        let mut found = Vec::new();
        if self.metrics.is_empty() || self.metrics.len() > MAX_METRICS {
            let count = self.metrics.len();
            found.push(Mistake::new(
                "/metrics",
                format!("expected 1 to {MAX_METRICS} metrics, found {count}"),
            ));
        }
        if self.defaults.step < SignedDuration::from_secs(1) {
            found.push(Mistake::new(
                "/defaults/step",
                "the step must be a second or more",
            ));
        }
        let works = std::iter::once(("/defaults".to_owned(), &self.defaults.minimum_work)).chain(
            (self.metrics.iter().enumerate())
                .map(|(index, metric)| (format!("/metrics/{index}"), &metric.minimum_work)),
        );
        for (at, work) in works {
            found.extend(
                work.iter()
                    .flat_map(MinimumWork::mistakes)
                    .map(|mistake| mistake.under(&format!("{at}/minimumWork"))),
            );
        }
        found.extend(self.unfit().mistakes);
        let shared = self.compare.mistakes().into_iter();
        found.extend(shared.map(|mistake| mistake.under("/compare")));
        let mut names = BTreeMap::new();
        let mut used_groups = BTreeSet::new();
        for (index, metric) in self.metrics.iter().enumerate() {
            let at = format!("/metrics/{index}");
            if let Some(first) = names.insert(metric.name.as_str(), index) {
                found.push(Mistake::new(
                    format!("{at}/name"),
                    format!(
                        "the name {:?} is already used by metric {first}",
                        metric.name.as_str()
                    ),
                ));
            }
            found.extend(
                metric
                    .mistakes()
                    .into_iter()
                    .map(|mistake| mistake.under(&at)),
            );
            let own = metric.compare.mistakes().into_iter();
            found.extend(own.map(|mistake| mistake.under(&format!("{at}/compare"))));
            if metric.account.is_none() && self.defaults.account.is_none() {
                found.push(Mistake::new(
                    format!("{at}/account"),
                    "no account: name one here or under `defaults`",
                ));
            }
            if metric
                .step
                .is_some_and(|step| step < SignedDuration::from_secs(1))
            {
                found.push(Mistake::new(
                    format!("{at}/step"),
                    "the step must be a second or more",
                ));
            }
            if let Err(error) = metric.effect.limits() {
                found.push(Mistake::new(format!("{at}/effect"), error.to_string()));
            }
            used_groups.extend(metric.groups.iter().map(Name::as_str));
        }
        for group in self
            .groups
            .iter()
            .map(|(group, _)| group)
            .filter(|group| !used_groups.contains(group))
        {
            found.push(Mistake::new(
                format!("/groups/{}", escape_pointer(group)),
                "no metric is in this group, so its weight could never be earned",
            ));
        }
        found
    }
}
