//! One metric of a canary config.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serinus_judge::{
    Direction, EffectLimits, InvalidEffect, Limits, OnNoData, Rules, Test, netflix_aca,
};
use utoipa::ToSchema;

use super::{
    Compare, Defaults, Fraction, GuardrailConfig, GuardrailWritten, MetricQuery, MinimumSamples,
    Mistake, Name, Number, QueryTemplate,
};

/// The most guardrails a metric can have.
const MOST_GUARDRAILS: usize = 20;

/// A metric to compare: its query, and what counts as a regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MetricConfig {
    /// The metric's name, unique in the config.
    pub name: Name,
    /// The groups it counts in. A metric without a group is judged and shown, but weighs nothing.
    #[serde(default)]
    pub groups: Vec<Name>,
    /// Which change is bad.
    #[serde(default)]
    pub direction: Direction,
    /// Whether a regression here fails the whole run. Implies `required`.
    #[serde(default)]
    pub critical: bool,
    /// Whether a run may pass only if this metric was decided.
    #[serde(default)]
    pub required: bool,
    /// Judged and shown, but left out of the score.
    #[serde(default)]
    pub muted: bool,
    /// What it means when a side has no data at all.
    #[serde(default)]
    pub on_no_data: OnNoData,
    /// The statistical test. Read by `serinus`.
    #[serde(default)]
    pub test: Test,
    /// How large a change is allowed.
    #[serde(default)]
    pub effect: Effect,
    /// Levels that the canary itself must keep within, whatever the baseline does. Read by `serinus`.
    #[serde(default)]
    pub limits: Limits,
    /// Lines that fail the run when they are crossed for long enough, whatever the score.
    #[serde(default)]
    #[schema(value_type = Vec<GuardrailWritten>)]
    pub guardrails: Vec<GuardrailConfig>,
    /// The scope pair it is asked about; without it the request's `baseline` and `canary`.
    #[serde(default)]
    pub scope: Option<Name>,
    /// The account it is read from, if not the default one.
    #[serde(default)]
    pub account: Option<Name>,
    /// The distance between two samples, if not the default one.
    #[serde(deserialize_with = "super::duration::read_some", default)]
    #[schema(value_type = Option<String>, example = "60s")]
    pub step: Option<SignedDuration>,
    /// How many samples each side needs, if not the default number.
    #[serde(default)]
    pub minimum_samples: Option<MinimumSamples>,
    /// How much work each side must have done before the metric says anything, if not the default amount.
    #[serde(default)]
    pub minimum_work: Option<MinimumWork>,
    /// What is compared with what, if not as the config says.
    #[serde(default)]
    pub compare: Compare,
    /// The query, asked once per side with that side's variables; or the two queries of a share of errors.
    pub query: MetricQuery,
    /// What only the judge `netflix-aca` knows.
    #[serde(default)]
    pub netflix_aca: Option<netflix_aca::MetricOptions>,
}

/// The change a metric may show without being flagged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Effect {
    /// The allowed relative change: `5%` lets the canary be up to 5 % above (or below) its baseline. Under `serinus` 5 %
    /// where it is absent, under `netflix-aca` nothing.
    pub allowed: Option<Fraction>,
    /// The allowed change in the metric's own unit, however large it is in relation to the baseline. Read by `serinus`.
    #[schema(minimum = 0)]
    pub absolute: Option<f64>,
    /// The relative change that must be excluded before the metric passes; above `allowed`. Where it is absent 50 %, or
    /// twice `allowed` if that is more. Read by `serinus`.
    pub must_detect: Option<Fraction>,
}

/// A precondition on the work done: with too little of it a metric cannot tell anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MinimumWork {
    #[schema(value_type = String)]
    /// Counts the work of one side in its window; `${window}` is the window's length. The last sample is taken.
    pub query: QueryTemplate,
    /// How much of it each side needs.
    pub at_least: Number,
    /// The share of the work of both sides that the canary was planned to do. Off by more than a factor of two in its
    /// odds, the canary did not see the traffic it was meant to, and the metric says nothing.
    #[serde(default)]
    pub canary_share: Option<Fraction>,
}

impl MinimumWork {
    /// What cannot be meant.
    pub(super) fn mistakes(&self) -> Vec<Mistake> {
        let mut found = Vec::new();
        if self.at_least.0 < 0.0 {
            found.push(Mistake::new(
                "/atLeast",
                "expected a number that is not negative",
            ));
        }
        if self
            .canary_share
            .is_some_and(|share| share.get() <= 0.0 || share.get() >= 1.0)
        {
            found.push(Mistake::new(
                "/canaryShare",
                "expected a share between 0 and 100 %",
            ));
        }
        found
    }
}

impl MetricConfig {
    /// What cannot be meant.
    pub(super) fn mistakes(&self) -> Vec<Mistake> {
        let mut found = Vec::new();
        if self.guardrails.len() > MOST_GUARDRAILS {
            let detail = format!("expected at most {MOST_GUARDRAILS} guardrails");
            found.push(Mistake::new("/guardrails", detail));
        }
        let bounded_below = match self.direction {
            Direction::Increase => false,
            Direction::Decrease | Direction::Either => true,
        };
        if bounded_below
            && self
                .effect
                .allowed
                .is_some_and(|allowed| allowed.get() >= 1.0)
        {
            let detail = "nothing falls by more than 100 %, so no decrease could ever be flagged";
            found.push(Mistake::new("/effect/allowed", detail));
        }
        if let MetricQuery::Counts(queries) = &self.query
            && queries.errors.as_str().trim() == queries.of.as_str().trim()
        {
            found.push(Mistake::new(
                "/query/errors",
                "the same query as `of`: everything would be an error on both sides",
            ));
        }
        if self.test == Test::Limit && self.limits.is_empty() {
            found.push(Mistake::new(
                "/limits",
                "the test `limit` needs `above` or `below` here",
            ));
        }
        found
    }

    /// What the judge must know about this metric.
    ///
    /// `step` is the distance between its samples.
    pub fn rules(&self, defaults: &Defaults, step: SignedDuration) -> Rules {
        Rules {
            direction: self.direction,
            critical: self.critical,
            required: self.required,
            muted: self.muted,
            on_no_data: self.on_no_data,
            minimum_samples: (self.minimum_samples)
                .unwrap_or(defaults.minimum_samples)
                .count(),
            test: self.test,
            effect: self.effect.limits().unwrap_or_default(),
            limits: self.limits,
            guardrails: self.guardrails.iter().map(|line| line.at(step)).collect(),
            netflix_aca: self
                .netflix_aca
                .unwrap_or_else(|| self.effect.as_netflix_aca()),
        }
    }
}

impl Effect {
    /// The limits for `serinus`.
    ///
    /// # Errors
    /// When they contradict each other.
    pub(super) fn limits(self) -> Result<EffectLimits, InvalidEffect> {
        let default = EffectLimits::default();
        let allowed = self.allowed.map_or(default.allowed(), Fraction::get);
        let must_detect = self
            .must_detect
            .map_or(default.must_detect().max(2.0 * allowed), Fraction::get);
        EffectLimits::new(allowed, self.absolute.unwrap_or(0.0), must_detect)
    }

    /// The same allowance in the words of `netflix-aca`: a ratio of means.
    fn as_netflix_aca(self) -> netflix_aca::MetricOptions {
        let mut options = netflix_aca::MetricOptions::default();
        if let Some(allowed) = self.allowed {
            options.effect_size.allowed_increase = 1.0 + allowed.get();
            options.effect_size.allowed_decrease = 1.0 - allowed.get();
        }
        options
    }
}
