//! What a caller asks for: a canary config over two populations, in stages.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    analysis::{
        CallbackRequest, ConfigRef, LooksRequest, Scope, ScopePair, ThresholdsRequest, fits,
    },
    canary_config::{Fraction, Mistake, Name, Number},
};

/// The most stages of a rollout.
const MOST_STAGES: usize = 50;

/// A request for a rollout.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RolloutRequest {
    /// The application that is released.
    pub application: Name,
    /// What to compare.
    pub config: ConfigRef,
    /// The old version's population.
    #[serde(default)]
    pub baseline: Option<Scope>,
    /// The new version's population.
    #[serde(default)]
    pub canary: Option<Scope>,
    /// Further pairs of populations, by the name that metrics use for them.
    #[serde(default)]
    pub scopes: BTreeMap<String, ScopePair>,
    /// The stages, each with more traffic than the one before.
    #[schema(min_items = 1, max_items = 50)]
    pub stages: Vec<StageRequest>,
    /// Several judgements in each stage; if not given, one at its end.
    #[serde(default)]
    pub looks: Option<LooksRequest>,
    /// The distance between two samples in place of the config's default.
    #[serde(
        deserialize_with = "crate::canary_config::duration::read_some",
        default
    )]
    #[schema(value_type = Option<String>, example = "60s")]
    pub step: Option<SignedDuration>,
    /// Thresholds in place of the config's.
    #[serde(default)]
    pub thresholds: Option<ThresholdsRequest>,
    /// Free labels, kept with every run.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Who is told about the run of each stage, and so when there is something to do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 10)]
    pub callbacks: Vec<CallbackRequest>,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StageRequest {
    /// The canary's share of the traffic, above 0 and up to 100 %. At 100 % no baseline is left beside the canary, and it is compared
    /// with the time before the rollout.
    pub weight: Fraction,
    /// How long the stage is watched.
    #[serde(deserialize_with = "crate::canary_config::duration::read")]
    #[schema(value_type = String, example = "10m")]
    pub duration: SignedDuration,
    /// How many times its baseline a metric may be (or one part in so many, where less is worse), whatever less the config
    /// allows: with little traffic only large changes matter, and only these can be told. At least 1.
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = 1)]
    pub within: Option<Number>,
    /// How long after the stage is live its window begins.
    #[serde(
        deserialize_with = "crate::canary_config::duration::read_some",
        default
    )]
    #[schema(value_type = Option<String>, example = "2m")]
    pub warm_up: Option<SignedDuration>,
    /// What to do if the stage ends undecided.
    #[serde(default)]
    pub undecided: Undecided,
    /// Who lets the rollout go on to the next stage.
    #[serde(default)]
    pub approval: Approval,
}

/// What a rollout does after a stage that could not be decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Undecided {
    /// It stays, and a person decides.
    #[default]
    Hold,
    /// It goes on if every metric was compared, none was worse, and only the traffic of the stage is too little to be sure: the next
    /// stage has more. After the last stage it stays.
    Proceed,
}

/// Who lets a rollout go on after a stage that passed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// The verdict.
    #[default]
    Automatic,
    /// A person, who decides after the verdict.
    Manual,
}

impl RolloutRequest {
    /// What cannot be meant, with pointers into the request.
    pub(super) fn mistakes(&self) -> Vec<Mistake> {
        let mut found: Vec<_> = fits(self).err().into_iter().collect();
        if !(1..=MOST_STAGES).contains(&self.stages.len()) {
            let detail = format!("a rollout has 1 to {MOST_STAGES} stages");
            found.push(Mistake::new("/stages", detail));
        }
        let mut before = 0.0;
        for (index, stage) in self.stages.iter().enumerate() {
            let at = |key: &str| format!("/stages/{index}/{key}");
            let weight = stage.weight.get();
            if weight <= before || weight > 1.0 {
                let detail = "expected more traffic than in the stage before, and at most 100%";
                found.push(Mistake::new(at("weight"), detail));
            }
            before = weight;
            if stage.duration <= SignedDuration::ZERO {
                found.push(Mistake::new(at("duration"), "a stage takes some time"));
            }
            if stage
                .warm_up
                .is_some_and(|warm_up| warm_up < SignedDuration::ZERO)
            {
                found.push(Mistake::new(at("warmUp"), "a warm-up is not negative"));
            }
            if stage
                .within
                .is_some_and(|within| !(1.0..=1e6).contains(&within.0))
            {
                let detail = "expected how many times its baseline a metric may be: 1 or more";
                found.push(Mistake::new(at("within"), detail));
            }
        }
        found
    }
}
