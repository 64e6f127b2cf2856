//! What is asked: a template with all variables replaced, on a grid.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serinus_adapters::{
    Step,
    template::{Escaping, TemplateError},
};

use super::{PlannedQuery, Planner};
use crate::{
    analysis::{Grid, Scope},
    canary_config::QueryTemplate,
};

impl Planner<'_> {
    pub(super) fn query(
        &mut self,
        template: &QueryTemplate,
        pointer: &str,
        (account, escaping): (&str, Escaping),
        scope: &Scope,
        (start, end): (Timestamp, Timestamp),
        step: Step,
    ) -> Option<PlannedQuery> {
        let grid = match Grid::new(start, end, step) {
            Ok(grid) => grid,
            Err(detail) => {
                self.mistake("/window", detail);
                return None;
            }
        };
        let mut variables: BTreeMap<String, String> = scope.params.clone();
        variables.insert("scope".to_owned(), scope.scope.clone());
        variables.extend(
            scope
                .location
                .clone()
                .map(|location| ("location".to_owned(), location)),
        );
        variables.insert("step".to_owned(), step.to_string());
        let window = Step::try_from(grid.span()).map(|window| window.to_string());
        variables.extend(window.ok().map(|window| ("window".to_owned(), window)));
        match template.template().render(&variables, escaping) {
            Ok(text) => Some(PlannedQuery {
                account: account.to_owned(),
                text,
                grid,
            }),
            Err(error) => {
                let detail = match error {
                    TemplateError::Undefined { name } => format!(
                        "`${{{name}}}` is not defined: give it under the scope's `params`, or a default as `${{{name}:-value}}`"
                    ),
                    other @ (TemplateError::Syntax { .. } | TemplateError::TooLong { .. }) => {
                        other.to_string()
                    }
                };
                self.config_mistake(pointer, detail);
                None
            }
        }
    }
}
