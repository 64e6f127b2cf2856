//! Which population each side is.

use super::Planner;
use crate::{
    analysis::{Scope, Side},
    canary_config::MetricConfig,
};

/// Variables that every query may use besides the scope's own parameters.
const BUILT_IN: [&str; 4] = ["scope", "location", "window", "step"];

impl Planner<'_> {
    pub(super) fn scope(&mut self, metric: &MetricConfig, at: &str, side: Side) -> Option<Scope> {
        let request = self.request;
        let (scope, pointer) = match &metric.scope {
            Some(name) => {
                let Some(pair) = request.scopes.get(name.as_str()) else {
                    self.config_mistake(
                        &format!("{at}/scope"),
                        format!("the request has no scope pair {name:?} under `scopes`"),
                    );
                    return None;
                };
                let scope = match side {
                    Side::Baseline => &pair.baseline,
                    Side::Canary => &pair.canary,
                };
                (Some(scope), format!("/scopes/{name}/{side}"))
            }
            None => {
                let scope = match side {
                    Side::Baseline => request.baseline.as_ref(),
                    Side::Canary => request.canary.as_ref(),
                };
                (scope, format!("/{side}"))
            }
        };
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
                format!("{pointer}/params/{name}"),
                format!("`{name}` is built in and cannot be given as a parameter"),
            );
        }
        Some(scope.clone())
    }
}
