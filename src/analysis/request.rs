//! What a caller asks for: a canary config over two populations and a window.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serinus_judge::Thresholds;
use utoipa::ToSchema;

use super::{CallbackRequest, ConfigIdentity, LooksRequest};
use crate::canary_config::{CanaryConfig, ConfigLibrary, Mistake, Name, Number};

/// A request for one analysis.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnalysisRequest {
    /// The application that is released; runs can be listed by it.
    pub application: Name,
    /// What to compare.
    pub config: ConfigRef,
    /// The old version's population, for metrics that name no scope pair.
    #[serde(default)]
    pub baseline: Option<Scope>,
    /// The new version's population, for metrics that name no scope pair.
    #[serde(default)]
    pub canary: Option<Scope>,
    /// Further pairs of populations, by the name that metrics use for them.
    #[serde(default)]
    pub scopes: BTreeMap<String, ScopePair>,
    /// Which time is compared.
    pub window: WindowRequest,
    /// Several judgements while the window fills; if not given, one at its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
    /// Free labels, kept with the run.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Who is told about the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 10)]
    pub callbacks: Vec<CallbackRequest>,
}

impl AnalysisRequest {
    /// The time that the canary is compared in, of a run that was taken in at `created_at`.
    pub fn span(&self, created_at: Timestamp) -> (Timestamp, Timestamp) {
        let window = &self.window;
        let canary = window.canary.map(|span| (span.start, span.end));
        let lookback = window.lookback.unwrap_or_default();
        let before = created_at.checked_sub(lookback).unwrap_or(created_at);
        let span = window.start.zip(window.end).or(canary);
        span.unwrap_or((before, created_at))
    }
}

/// Which config a request means.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ConfigRef {
    /// A config the service knows by this name.
    Name(Name),
    /// A config that comes with the request.
    Inline(Box<CanaryConfig>),
}

impl ConfigRef {
    /// A mistake of the config this means, with its place in the request that holds it under `config`.
    pub fn mistake(&self, mistake: Mistake) -> Mistake {
        match self {
            Self::Inline(_) => mistake.under("/config/inline"),
            Self::Name(_) => {
                let Mistake {
                    pointer, detail, ..
                } = mistake;
                Mistake::new(
                    "/config/name",
                    format!("in the config, {pointer}: {detail}"),
                )
            }
        }
    }

    /// The config this means, checked, with its identity.
    ///
    /// # Errors
    /// It is not known, or not consistent; pointers are into the request that holds it under `config`.
    pub fn resolve(
        &self,
        library: &ConfigLibrary,
    ) -> Result<(Arc<CanaryConfig>, ConfigIdentity), Vec<Mistake>> {
        match self {
            Self::Name(name) => {
                let entry = library.get(name.as_str()).ok_or_else(|| {
                    let known: Vec<_> = library
                        .iter()
                        .map(|entry| entry.config.name.as_str())
                        .collect();
                    let known = known.join(", ");
                    vec![Mistake::new(
                        "/config/name",
                        format!("no config is named \"{name}\"; known: {known}"),
                    )]
                })?;
                let identity = ConfigIdentity {
                    name: name.to_string(),
                    digest: entry.digest.clone(),
                };
                Ok((entry.config.clone(), identity))
            }
            Self::Inline(config) => {
                let config = config.as_ref().clone().check().map_err(|mistakes| {
                    mistakes
                        .into_iter()
                        .map(|mistake| mistake.under("/config/inline"))
                        .collect::<Vec<_>>()
                })?;
                let identity = ConfigIdentity::of(&config);
                Ok((config.into(), identity))
            }
        }
    }
}

/// One population: what a query is asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scope {
    /// The population's name: `${scope}` in queries.
    pub scope: String,
    /// Where it runs: `${location}` in queries.
    #[serde(default)]
    pub location: Option<String>,
    /// Further variables for queries.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// The account this side is read from, if not the metric's: for sides that report to different stores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Name>,
    /// The distance between two of this side's samples, if not the metric's.
    #[serde(
        deserialize_with = "crate::canary_config::duration::read_some",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>, example = "60s")]
    pub step: Option<SignedDuration>,
}

/// The two populations of one comparison.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopePair {
    /// The old version's population.
    pub baseline: Scope,
    /// The new version's population.
    pub canary: Scope,
}

/// The window, in one of four forms: `lookback`; `duration`, with or without `warmUp`; `start` and `end`; or `baseline` and
/// `canary`, each with its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowRequest {
    /// The last so much time, as far as the store's data has settled.
    #[serde(
        deserialize_with = "crate::canary_config::duration::read_some",
        default
    )]
    #[schema(value_type = Option<String>, example = "30m")]
    pub lookback: Option<SignedDuration>,
    /// So much time from now on, or from the end of the warm-up.
    #[serde(
        deserialize_with = "crate::canary_config::duration::read_some",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>, example = "1h")]
    pub duration: Option<SignedDuration>,
    /// How long after the request the window of a `duration` begins.
    #[serde(
        deserialize_with = "crate::canary_config::duration::read_some",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>, example = "5m")]
    pub warm_up: Option<SignedDuration>,
    /// The first instant of the window.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub start: Option<Timestamp>,
    /// The last instant of the window. If it lies ahead, the run waits for it.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub end: Option<Timestamp>,
    /// The baseline's own window.
    #[serde(default)]
    pub baseline: Option<WindowSpan>,
    /// The canary's own window.
    #[serde(default)]
    pub canary: Option<WindowSpan>,
}

/// A start and an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowSpan {
    /// The first instant.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// The last instant.
    #[schema(value_type = String, format = DateTime)]
    pub end: Timestamp,
}

/// Thresholds as a request spells them; text is taken as a number.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ThresholdsRequest {
    /// From this score on the run passes.
    pub pass: Number,
    /// From this score on the run is marginal.
    pub marginal: Number,
}

impl ThresholdsRequest {
    /// The checked thresholds.
    ///
    /// # Errors
    /// What is wrong with them, as a sentence.
    pub fn checked(self) -> Result<Thresholds, String> {
        Thresholds::new(self.pass.0, self.marginal.0).map_err(|error| error.to_string())
    }
}
