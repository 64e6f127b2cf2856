//! Which population each side is.

use super::Planner;
use crate::{
    analysis::{Scope, Side},
    canary_config::{CanaryConfig, MetricConfig, escape_pointer},
};

/// Variables that every query may use besides the scope's own parameters.
const BUILT_IN: [&str; 4] = ["scope", "location", "window", "step"];

impl Planner<'_> {
    /// The population of a side. What follows itself in time is one population: without a baseline, `before-after` and
    /// `history` take the canary's.
    pub(super) fn scope(
        &mut self,
        config: &CanaryConfig,
        metric: &MetricConfig,
        at: &str,
        side: Side,
    ) -> Option<Scope> {
        let request = self.request;
        let scope = match &metric.scope {
            Some(name) => {
                let Some(pair) = request.scopes.get(name.as_str()) else {
                    self.config_mistake(
                        &format!("{at}/scope"),
                        format!("the request has no scope pair {name:?} under `scopes`"),
                    );
                    return None;
                };
                Some(match side {
                    Side::Baseline => &pair.baseline,
                    Side::Canary => &pair.canary,
                })
            }
            None => match (side, &request.baseline, &request.canary) {
                (Side::Baseline, None, canary) if config.compare(metric).is_consecutive() => {
                    canary.as_ref()
                }
                (Side::Baseline, baseline, _) => baseline.as_ref(),
                (Side::Canary, _, canary) => canary.as_ref(),
            },
        };
        let pointer = scope_pointer(metric, side);
        let Some(scope) = scope else {
            self.mistake(
                pointer,
                format!(
                    "the {side}'s scope is missing; metric {:?} needs it",
                    metric.name.as_str()
                ),
            );
            return None;
        };
        if scope.scope.trim().is_empty() {
            self.mistake(format!("{pointer}/scope"), "the scope is empty");
            return None;
        }
        for name in scope
            .params
            .keys()
            .filter(|name| BUILT_IN.contains(&name.as_str()))
        {
            self.mistake(
                format!("{pointer}/params/{}", escape_pointer(name)),
                format!("`{name}` is built in and cannot be given as a parameter"),
            );
        }
        Some(scope.clone())
    }
}

/// Where the request has the scope of a side.
pub(super) fn scope_pointer(metric: &MetricConfig, side: Side) -> String {
    match &metric.scope {
        Some(name) => format!("/scopes/{}/{side}", escape_pointer(name.as_str())),
        None => format!("/{side}"),
    }
}
