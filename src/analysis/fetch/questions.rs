//! What a plan asks, each question once however many metrics want the answer.

use std::collections::HashMap;

use serinus_adapters::RangeQuery;
use serinus_judge::Side;

use super::{FetchError, FetchErrorKind};
use crate::analysis::{Grid, Plan};

/// One question to one store.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) account: &'a str,
    pub(super) text: &'a str,
    pub(super) grid: Grid,
    /// The metric and side that want the answer; the first of them, if several do.
    pub(super) metric: &'a str,
    pub(super) side: Side,
    /// Everyone who wants it: the places of metric and query in the plan. Never empty.
    pub(super) wanted_by: Vec<(usize, usize)>,
}

impl Question<'_> {
    /// What the store is asked.
    ///
    /// # Errors
    /// The window is none.
    pub(super) fn range(&self) -> Result<RangeQuery, FetchError> {
        let window = self.grid.window().map_err(|error| FetchError {
            kind: FetchErrorKind::InvalidWindow,
            message: error.to_string(),
        })?;
        Ok(RangeQuery {
            text: self.text.to_owned(),
            window,
            step: self.grid.step(),
        })
    }
}

/// The questions of a plan, in its order.
pub(super) fn questions(plan: &Plan) -> Vec<Question<'_>> {
    let mut questions: Vec<Question<'_>> = Vec::new();
    let mut known = HashMap::new();
    for (metric, planned) in plan.metrics.iter().enumerate() {
        for (place, query) in planned.queries.iter().enumerate() {
            let same = (query.account.as_str(), query.text.as_str(), query.grid);
            let at = *known.entry(same).or_insert(questions.len());
            if let Some(question) = questions.get_mut(at) {
                question.wanted_by.push((metric, place));
                continue;
            }
            questions.push(Question {
                account: &query.account,
                text: &query.text,
                grid: query.grid,
                metric: &planned.metric,
                side: query.role.side(),
                wanted_by: vec![(metric, place)],
            });
        }
    }
    questions
}
