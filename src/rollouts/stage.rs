//! From a stage to the analysis that judges it.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};

use super::{Rollout, RolloutId, StageRequest};
use crate::{
    analysis::{AnalysisRequest, ConfigRef, Scope, ScopePair, WindowRequest, WindowSpan},
    canary_config::{CanaryConfig, Effect, Fraction, History, MetricQuery, OrNone, TimeDesign},
};

/// The past that shows how a metric changes of itself, where the config names none: the same time on each day of a week.
const PAST: History = History {
    windows: 7,
    every: Some(SignedDuration::from_hours(24)),
};
/// The share of traffic at which no baseline is left.
const ALL: f64 = 1.0;

/// The key of the runs that judge a stage, so that each is started once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StageKey {
    pub(super) rollout: RolloutId,
    pub(super) stage: usize,
}

impl fmt::Display for StageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rollout {} stage {}", self.rollout, self.stage)
    }
}

/// What is no key of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OtherKey;

impl FromStr for StageKey {
    type Err = OtherKey;

    fn from_str(text: &str) -> Result<Self, OtherKey> {
        let of = text.strip_prefix("rollout ").ok_or(OtherKey)?;
        let (rollout, stage) = of.split_once(" stage ").ok_or(OtherKey)?;
        Ok(Self {
            rollout: rollout.parse().map_err(|_| OtherKey)?,
            stage: stage.parse().map_err(|_| OtherKey)?,
        })
    }
}

/// The request that judges a stage which went live at a time.
pub(super) fn analysis(
    rollout: &Rollout,
    stage: &StageRequest,
    live: Timestamp,
) -> AnalysisRequest {
    let request = &rollout.request;
    let start = live
        .checked_add(stage.warm_up.unwrap_or_default())
        .unwrap_or(live);
    let end = start.checked_add(stage.duration).unwrap_or(start);
    let alone = stage.weight.get() >= ALL;
    let window = if alone {
        let before = rollout.began().unwrap_or(live);
        WindowRequest {
            baseline: Some(WindowSpan {
                start: before.checked_sub(stage.duration).unwrap_or(before),
                end: before,
            }),
            canary: Some(WindowSpan { start, end }),
            ..WindowRequest::default()
        }
    } else {
        WindowRequest {
            start: Some(start),
            end: Some(end),
            ..WindowRequest::default()
        }
    };
    AnalysisRequest {
        application: request.application.clone(),
        config: ConfigRef::Inline(Box::new(adjusted(&rollout.config, stage, alone))),
        baseline: request.baseline.as_ref().map(|scope| weighed(scope, stage)),
        canary: request.canary.as_ref().map(|scope| weighed(scope, stage)),
        scopes: request
            .scopes
            .iter()
            .map(|(name, pair)| {
                let pair = ScopePair {
                    baseline: weighed(&pair.baseline, stage),
                    canary: weighed(&pair.canary, stage),
                };
                (name.clone(), pair)
            })
            .collect(),
        window,
        looks: request.looks,
        step: request.step,
        thresholds: request.thresholds,
        labels: request.labels.clone(),
        callbacks: request.callbacks.clone(),
    }
}

/// Since when a stage was live that is judged in this window.
pub(super) fn began(window: &WindowRequest, stage: &StageRequest) -> Option<Timestamp> {
    let start = window.start.or(window.canary.map(|span| span.start))?;
    start.checked_sub(stage.warm_up.unwrap_or_default()).ok()
}

/// The population with the stage's weight in percent as the variable `${weight}`.
fn weighed(scope: &Scope, stage: &StageRequest) -> Scope {
    let mut scope = scope.clone();
    let percent = format!("{}", stage.weight.get() * 100.0);
    scope.params.entry("weight".to_owned()).or_insert(percent);
    scope
}

/// The config as a stage needs it: with the tolerance and the share of traffic that belong to its weight.
fn adjusted(config: &CanaryConfig, stage: &StageRequest, alone: bool) -> CanaryConfig {
    let mut config = config.clone();
    if alone {
        follow_the_past(&mut config);
    }
    let share = (!alone).then_some(stage.weight);
    if let Some(work) = &mut config.defaults.minimum_work {
        work.canary_share = share;
    }
    for metric in &mut config.metrics {
        if let Some(work) = &mut metric.minimum_work {
            work.canary_share = share;
        }
        if let Some(within) = stage.within {
            widen(&mut metric.effect, within.0 - 1.0);
        }
    }
    config
}

/// Compares with what was before, and with how much that changed of itself.
fn follow_the_past(config: &mut CanaryConfig) {
    config.compare.design = Some(TimeDesign::BeforeAfter);
    for metric in &mut config.metrics {
        if metric.compare.design == Some(TimeDesign::Concurrent) {
            metric.compare.design = None;
        }
        let counts = matches!(metric.query, MetricQuery::Counts(_));
        if !counts && config.compare.history.is_none() && metric.compare.history.is_none() {
            metric.compare.history = Some(OrNone::Chosen(PAST));
        }
    }
}

/// Allows a metric as much, unless it is allowed more. What must be detected lies beyond what is allowed.
fn widen(effect: &mut Effect, tolerance: f64) {
    if let Ok(tolerance) = Fraction::new(tolerance)
        && effect.allowed.is_none_or(|allowed| allowed < tolerance)
    {
        effect.allowed = Some(tolerance);
        effect.must_detect = effect.must_detect.filter(|detect| *detect > tolerance);
    }
}

#[cfg(test)]
mod tests {
    use super::{RolloutId, StageKey};

    #[test]
    fn a_key_tells_the_stage_it_is_of() {
        let key = StageKey {
            rollout: RolloutId::new(),
            stage: 3,
        };
        assert_eq!(key.to_string().parse(), Ok(key));
        for other in ["", "rollout x stage 1", "deploy-41"] {
            assert!(other.parse::<StageKey>().is_err(), "{other}");
        }
    }
}
