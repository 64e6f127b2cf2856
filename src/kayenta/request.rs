//! From a request in Kayenta's form to a native one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::{
    param_name,
    wire::{CanaryExecutionRequest, CanaryScope, CanaryScopePair, Double, ScoreThresholds},
};
use crate::{
    analysis::{
        AnalysisRequest, ConfigRef, Scope, ScopePair, ThresholdsRequest, WindowRequest, WindowSpan,
    },
    canary_config::{CanaryConfig, MetricQuery, Name, Number, QueryTemplate},
};

/// The pair of populations that native metrics have without naming one.
const DEFAULT: &str = "default";

impl CanaryExecutionRequest {
    /// The `extendedScopeParams` of the canary, as they decide which form some queries have.
    pub fn params(&self) -> Vec<(String, String)> {
        let scopes = self.scopes.iter().flat_map(BTreeMap::values);
        let experiments = scopes.filter_map(|pair| pair.experiment_scope.as_ref());
        let mut all: Vec<(String, String)> = Vec::new();
        for (name, value) in experiments.flat_map(texts) {
            if !all.iter().any(|(known, _)| *known == name) {
                all.push((name, value));
            }
        }
        all
    }

    /// The native request that means the same under this config.
    ///
    /// # Errors
    /// What is missing or cannot be meant, as a sentence in Kayenta's words.
    pub fn lower(
        &self,
        application: Name,
        config: &CanaryConfig,
        named: ConfigRef,
    ) -> Result<AnalysisRequest, String> {
        let none = BTreeMap::new();
        let pairs = self.scopes.as_ref().unwrap_or(&none);
        let used: BTreeSet<&str> = (config.metrics.iter())
            .map(|metric| metric.scope.as_ref().map_or(DEFAULT, Name::as_str))
            .collect();
        let missing: Vec<_> = (used.iter().copied())
            .filter(|name| !pairs.contains_key(*name))
            .collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            return Err(format!(
                "Canary metrics require scopes which are not provided in the execution request: {missing}"
            ));
        }
        let by_parts = config.metrics.iter().any(|metric| match &metric.query {
            MetricQuery::Series(query) => reads_scope_parts(query),
            MetricQuery::Counts(_) => false,
        });
        let mut window: Option<(WindowSpan, WindowSpan)> = None;
        let (mut default, mut scopes) = (None, BTreeMap::new());
        for name in used {
            let pair = pairs.get(name).cloned().unwrap_or_default();
            let CanaryScopePair {
                control_scope: Some(control),
                experiment_scope: Some(experiment),
            } = pair
            else {
                return Err(format!(
                    "Canary scope {name:?} must have both a control scope and an experiment scope."
                ));
            };
            let spans = (
                span(&control, name, "control")?,
                span(&experiment, name, "experiment")?,
            );
            if window.is_some_and(|window| window != spans) {
                return Err(format!(
                    "Canary scope {name:?} has another window than the others; one run compares all metrics over the same windows."
                ));
            }
            window = Some(spans);
            let pair = ScopePair {
                baseline: native_scope(&control, name, by_parts)?,
                canary: native_scope(&experiment, name, by_parts)?,
            };
            if name == DEFAULT {
                default = Some(pair);
            } else {
                scopes.insert(name.to_owned(), pair);
            }
        }
        let window = match window {
            // One window for both leaves it to a native config to look at the time before it.
            Some((baseline, canary)) if baseline == canary => WindowRequest {
                start: Some(canary.start),
                end: Some(canary.end),
                ..WindowRequest::default()
            },
            Some((baseline, canary)) => WindowRequest {
                baseline: Some(baseline),
                canary: Some(canary),
                ..WindowRequest::default()
            },
            None => WindowRequest::default(),
        };
        let (baseline, canary) = default.map(|pair| (pair.baseline, pair.canary)).unzip();
        Ok(AnalysisRequest {
            application,
            config: named,
            baseline,
            canary,
            scopes,
            window,
            looks: None,
            step: None,
            thresholds: self.native_thresholds(),
            labels: BTreeMap::new(),
            callbacks: Vec::new(),
        })
    }

    /// The request in Kayenta's form, as far as that has words for it.
    pub fn of(request: &AnalysisRequest) -> Self {
        let window = &request.window;
        let both = window.start.zip(window.end);
        let span = |own: Option<WindowSpan>| own.map(|own| (own.start, own.end)).or(both);
        let (before, after) = (span(window.baseline), span(window.canary));
        let pair = |pair: ScopePair| CanaryScopePair {
            control_scope: Some(CanaryScope::of(&pair.baseline, before)),
            experiment_scope: Some(CanaryScope::of(&pair.canary, after)),
        };
        let default = request.baseline.clone().zip(request.canary.clone());
        let default = default.map(|(baseline, canary)| ScopePair { baseline, canary });
        let named = request.scopes.clone().into_iter();
        let pairs = default
            .map(|pair| (DEFAULT.to_owned(), pair))
            .into_iter()
            .chain(named);
        Self {
            scopes: Some(pairs.map(|(name, scopes)| (name, pair(scopes))).collect()),
            thresholds: request.thresholds.map(|thresholds| ScoreThresholds {
                pass: Double(thresholds.pass.0),
                marginal: Double(thresholds.marginal.0),
            }),
            rest: Map::new(),
        }
    }

    fn native_thresholds(&self) -> Option<ThresholdsRequest> {
        let thresholds = self.thresholds?;
        let pass = thresholds.pass.0;
        Some(ThresholdsRequest {
            pass: Number(pass),
            // A score that is both passes in Kayenta.
            marginal: Number(thresholds.marginal.0.min(pass)),
        })
    }
}

impl CanaryScope {
    fn of(scope: &Scope, span: Option<(Timestamp, Timestamp)>) -> Self {
        let (start, end) = span.unzip();
        let params = scope.params.iter();
        Self {
            scope: Some(scope.scope.clone()),
            location: scope.location.clone(),
            start,
            end,
            step: scope.step.map(|step| Double(step.as_secs_f64())),
            extended_scope_params: Some(
                params
                    .map(|(name, value)| (name.clone(), Value::String(value.clone())))
                    .collect(),
            ),
        }
    }
}

fn span(scope: &CanaryScope, name: &str, side: &str) -> Result<WindowSpan, String> {
    let both = scope.start.zip(scope.end);
    let (start, end) = both.ok_or_else(|| {
        format!("Canary scope {name:?} must have a start and an end of its {side} scope.")
    })?;
    Ok(WindowSpan { start, end })
}

/// A scope in native form. `by_parts` makes parameters of the parts of `name:value`.
pub(super) fn native_scope(
    scope: &CanaryScope,
    name: &str,
    by_parts: bool,
) -> Result<Scope, String> {
    let step = scope.step.map(|step| {
        SignedDuration::try_from_secs_f64(step.0)
            .map_err(|_| format!("The step of canary scope {name:?} is no number of seconds."))
    });
    let text = scope.scope.clone().unwrap_or_default();
    let mut params: BTreeMap<_, _> = texts(scope)
        .map(|(name, value)| (param_name(&name).into_owned(), value))
        .collect();
    if let Some((key, value)) = text.split_once(':').filter(|_| by_parts) {
        params
            .entry("scope_key".to_owned())
            .or_insert(key.to_owned());
        params
            .entry("scope_value".to_owned())
            .or_insert(value.to_owned());
    }
    Ok(Scope {
        scope: text,
        location: scope
            .location
            .clone()
            .filter(|location| !location.is_empty()),
        params,
        account: None,
        step: step.transpose()?,
    })
}

/// The parameters of a scope, as text. Those that are empty are not bound in Kayenta.
pub(super) fn texts(scope: &CanaryScope) -> impl Iterator<Item = (String, String)> + '_ {
    let params = scope.extended_scope_params.iter().flat_map(Map::iter);
    params.filter_map(|(name, value)| {
        let value = match value {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                value.to_string()
            }
        };
        (!value.is_empty()).then(|| (name.clone(), value))
    })
}

/// Whether a query reads the scope as the name and the value that Kayenta writes as `name:value`.
pub(super) fn reads_scope_parts(query: &QueryTemplate) -> bool {
    query.as_str().contains("${scope_key}")
}
