//! What is asked: a template with all variables replaced, on a grid.

use std::collections::BTreeMap;
use std::time::Duration;

use serinus_adapters::{
    Step,
    template::{Escaping, TemplateError},
};
use serinus_judge::Side;

use super::Planner;
use super::planned::{PlannedQuery, Role};
use super::scopes::scope_pointer;
use super::windows::Span;
use crate::{
    analysis::{Account, Grid, Scope},
    canary_config::{CanaryConfig, MetricConfig, QueryTemplate},
};

/// A side of a metric: whom to ask, about what, for which time.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) side: Side,
    pub(super) account: String,
    escaping: Escaping,
    pub(super) scope: Scope,
    pub(super) span: Span,
    pub(super) step: Step,
}

impl Asked {
    /// The same about one location.
    pub(super) fn at(&self, location: &str) -> Self {
        let mut there = self.clone();
        there.scope.location = Some(location.to_owned());
        there
    }

    /// The same for another time.
    pub(super) fn over(&self, span: Span) -> Self {
        Self {
            span,
            ..self.clone()
        }
    }

    /// The same with another distance between samples.
    pub(super) fn every(&self, step: Step) -> Self {
        Self {
            step,
            ..self.clone()
        }
    }

    /// The canary by itself.
    pub(super) fn alone(
        name: &str,
        account: &Account,
        scope: Scope,
        span: Span,
        step: Step,
    ) -> Self {
        Self {
            side: Side::Canary,
            account: name.to_owned(),
            escaping: account.escaping(),
            scope,
            span,
            step,
        }
    }

    /// The query with all variables replaced.
    pub(super) fn query(
        &self,
        template: &QueryTemplate,
        role: Role,
    ) -> Result<PlannedQuery, Unasked> {
        let (start, end) = self.span;
        let grid = Grid::new(start, end, self.step).map_err(Unasked::Window)?;
        let scope = &self.scope;
        let mut variables: BTreeMap<String, String> = scope.params.clone();
        let named = Some(&scope.scope).filter(|scope| !scope.is_empty());
        variables.extend(named.map(|scope| ("scope".to_owned(), scope.clone())));
        variables.extend(
            scope
                .location
                .clone()
                .map(|location| ("location".to_owned(), location)),
        );
        variables.insert("step".to_owned(), self.step.to_string());
        let window = Step::try_from(grid.span()).map(|window| window.to_string());
        variables.extend(window.ok().map(|window| ("window".to_owned(), window)));
        let text = template.template().render(&variables, self.escaping);
        let text = text.map_err(|error| {
            Unasked::Template(match error {
                TemplateError::Undefined { name } => format!(
                    "`${{{name}}}` is not defined: give it under the scope's `params`, or a default as `${{{name}:-value}}`"
                ),
                other @ (TemplateError::Unfit { .. }
                | TemplateError::Syntax { .. }
                | TemplateError::TooLong { .. }) => other.to_string(),
            })
        })?;
        Ok(PlannedQuery {
            role,
            account: self.account.clone(),
            text,
            grid,
        })
    }
}

impl<'a> Planner<'a> {
    /// Whom a side of a metric asks, about what, for which time.
    pub(super) fn asked(
        &mut self,
        config: &CanaryConfig,
        metric: &MetricConfig,
        at: &str,
        side: Side,
    ) -> Option<Asked> {
        let scope = self.scope(config, metric, at, side);
        let (name, account) = self.account(config, metric, at, side, scope.as_ref())?;
        let step = self.step(config, metric, at, side, scope.as_ref())?;
        let span = self.span(side, account, step)?;
        Some(Asked {
            side,
            account: name,
            escaping: account.escaping(),
            scope: scope?,
            span,
            step,
        })
    }

    /// The account of a side: its own, the metric's or the config's.
    fn account(
        &mut self,
        config: &CanaryConfig,
        metric: &MetricConfig,
        at: &str,
        side: Side,
        scope: Option<&Scope>,
    ) -> Option<(String, &'a Account)> {
        let of_scope = scope.and_then(|scope| scope.account.as_ref());
        let name = of_scope
            .or(metric.account.as_ref())
            .or(config.defaults.account.as_ref())?
            .as_str();
        if let Some(account) = self.context.accounts.get(name) {
            return Some((name.to_owned(), account));
        }
        // Not all that there are are for every caller.
        let detail = format!("no account is named {name:?}; see GET /api/v1/accounts");
        if of_scope.is_some() {
            let pointer = format!("{}/account", scope_pointer(metric, side));
            self.mistake(pointer, detail);
        } else if metric.account.is_some() {
            self.config_mistake(&format!("{at}/account"), detail);
        } else {
            self.config_mistake("/defaults/account", detail);
        }
        None
    }

    /// How long the data of an account takes to settle.
    pub(super) fn settling(&self, account: &str) -> Duration {
        let account = self.context.accounts.get(account);
        account.map_or(Duration::ZERO, |account| account.limits().settling_delay)
    }

    pub(super) fn query(
        &mut self,
        template: &QueryTemplate,
        pointer: &str,
        asked: &Asked,
        role: Role,
    ) -> Option<PlannedQuery> {
        match asked.query(template, role) {
            Ok(query) => Some(query),
            Err(Unasked::Window(detail)) => {
                self.mistake("/window", detail);
                None
            }
            Err(Unasked::Template(detail)) => {
                self.config_mistake(pointer, detail);
                None
            }
        }
    }
}

/// Why nothing can be asked, as a sentence.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unasked {
    /// The window is at fault.
    #[error("{0}")]
    Window(String),
    /// The query is at fault, or lacks a parameter.
    #[error("{0}")]
    Template(String),
}
