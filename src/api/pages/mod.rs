//! What people see: pages made here, complete without a script, and nothing fetched from elsewhere.

mod accept;
mod analysis;
mod assets;
mod cancel;
mod compare;
mod config;
mod configs;
mod decision;
mod error;
mod head;
mod help;
mod list;
mod looks;
mod metric;
mod over_looks;
mod reports;
mod rollout;
mod rollouts;
mod runs;
mod shared;
mod stages;

use std::sync::Arc;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use maud::Markup;

use super::{State, problem::Problem};
use crate::{
    analysis::{ConfigRef, Run, Scorecard},
    canary_config::CanaryConfig,
    kayenta::Given,
    report::html::{KnownConfig, Links, POLICY, Site},
};

pub(super) use accept::root;
pub(crate) use error::for_people;
// Handlers are re-exported with what their macros made beside them.
pub(super) use analysis::*;
pub(super) use assets::*;
pub(super) use cancel::*;
pub(super) use compare::*;
pub(super) use config::*;
pub(super) use configs::*;
pub(super) use decision::*;
pub(super) use help::*;
pub(super) use metric::*;
pub(super) use reports::*;
pub(super) use rollout::*;
pub(super) use rollouts::*;
pub(super) use runs::*;
pub(super) use shared::*;

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

impl State {
    /// Where the pages are.
    pub(crate) fn site(&self) -> Site {
        Site::of(&self.public_url)
    }

    /// The config of a run, if it came with the request or is still there under its name.
    async fn config_of(&self, run: &Run) -> Option<Arc<CanaryConfig>> {
        let config = match &run.request.config {
            ConfigRef::Inline(config) => return Some(Arc::new(CanaryConfig::clone(config))),
            // A page is worth having also without it.
            ConfigRef::Name(name) => {
                let found = self.configs.find(name.as_str()).await.ok()?;
                found.usable(&Given::default()).ok()?.config
            }
        };
        (config.digest() == run.config.digest).then_some(config)
    }

    /// Where the links on a run's pages lead; `look` is the look they show, where that is not the run's last.
    async fn links(&self, run: &Run, look: Option<u32>) -> Links {
        // A page is worth having also without the link.
        let found = self.configs.find(&run.config.name).await.ok();
        let usable = found.and_then(|found| found.usable(&Given::default()).ok());
        let same = usable.is_some_and(|usable| usable.config.digest() == run.config.digest);
        Links::Service {
            site: self.site(),
            run: run.id.to_string(),
            look,
            config: if same {
                KnownConfig::Same
            } else {
                KnownConfig::Gone
            },
        }
    }
}

/// The place of the metric of that name.
fn place_of(scorecard: &Scorecard, name: &str) -> Result<usize, Problem> {
    let shown = || name.chars().take(200).collect::<String>();
    (scorecard.decision.metrics.iter())
        .position(|metric| metric.name == name)
        .ok_or_else(|| Problem::not_found(format!("the analysis has no metric {:?}", shown())))
}
