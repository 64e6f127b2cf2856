//! What people see: pages made here, complete without a script, and nothing fetched from elsewhere.

mod accept;
mod analysis;
mod assets;
mod compare;
mod config;
mod configs;
mod error;
mod list;
mod metric;
mod reports;
mod runs;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use jiff::Timestamp;
use maud::Markup;
use uuid::Uuid;

use super::{State, problem::Problem};
use crate::{
    analysis::{Run, RunId, RunState, Scorecard},
    report::html::{KnownConfig, Links, POLICY},
};

pub(super) use accept::root;
pub(crate) use error::for_people;
// Handlers are re-exported with what their macros made beside them.
pub(super) use analysis::*;
pub(super) use assets::*;
pub(super) use compare::*;
pub(super) use config::*;
pub(super) use configs::*;
pub(super) use metric::*;
pub(super) use reports::*;
pub(super) use runs::*;

/// A page as a response.
fn respond(status: StatusCode, page: Markup) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        // Runs go on, and their pages say how far they are.
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "accept"))
        .body(page.into_string())
}

/// When a run was asked for: its id says so.
fn created(id: RunId) -> Option<Timestamp> {
    let (seconds, nanos) = Uuid::parse_str(&id.to_string())
        .ok()?
        .get_timestamp()?
        .to_unix();
    Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
}

/// A run's scorecard; `None` as long as it has none.
fn scorecard(run: &Run) -> Option<&Scorecard> {
    match &run.state {
        RunState::Succeeded(scorecard) => Some(scorecard),
        RunState::Queued { .. }
        | RunState::Running(_)
        | RunState::Failed { .. }
        | RunState::Cancelled => None,
    }
}

impl State {
    /// Where the links on a run's pages lead.
    fn links(&self, run: &Run) -> Links {
        let same = (self.configs.get(&run.config.name))
            .is_some_and(|entry| entry.digest == run.config.digest);
        Links::Service {
            run: run.id.to_string(),
            config: if same {
                KnownConfig::Same
            } else {
                KnownConfig::Gone
            },
        }
    }
}

/// The metric of that name in a run that has a scorecard, with its place.
fn place_of(run: &Run, name: &str) -> Result<usize, Problem> {
    let metrics = scorecard(run).map(|scorecard| &scorecard.decision.metrics);
    let shown = || name.chars().take(200).collect::<String>();
    (metrics.into_iter().flatten())
        .position(|metric| metric.name == name)
        .ok_or_else(|| Problem::not_found(format!("the analysis has no metric {:?}", shown())))
}
