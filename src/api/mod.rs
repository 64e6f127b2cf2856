//! The HTTP surface: thin handlers over the application core.

mod access;
mod accounts;
mod analyses;
mod audit;
mod callbacks;
mod configs;
mod events;
mod extract;
mod fallback;
mod grafana;
mod head;
mod health;
mod hooks;
mod judgements;
mod kayenta;
mod keyed;
mod looks;
mod openapi;
mod own_host;
mod pages;
mod problem;
mod records;
mod refusals;
mod rollouts;
mod router;
mod same_site;
mod shares;
mod surface;

use std::sync::Arc;

use crate::{
    analysis::Accounts,
    archive::Archive,
    audit::Audit,
    callbacks::Courier,
    configs::Configs,
    flagger,
    metrics::Metrics,
    rollouts::Book,
    runner::{Reader, Runner},
    sample_lists::Shelf,
    settings::GrafanaSettings,
    shares::Shares,
};

pub use access::Gate;
pub(crate) use access::admitted;
pub use events::Streams;
pub(crate) use extract::query_config;
pub use grafana::Outcomes;
pub(crate) use head::as_get;
pub use openapi::document;
pub use own_host::OwnNames;
pub(crate) use own_host::by_own_name;
pub(crate) use pages::for_people;
pub(crate) use problem::{on_error_response, on_panic_and_count};
pub(crate) use router::{configure, docs};
pub(crate) use same_site::from_own_pages;
pub(crate) use surface::in_callers_words;

/// What handlers share.
#[derive(Debug, Clone)]
pub struct State {
    /// Drives runs.
    pub runner: Runner,
    /// Tells others about them.
    pub courier: Courier,
    /// Those who follow runs just now.
    pub streams: Streams,
    /// The names requests may be for.
    pub names: OwnNames,
    /// Knows who may call.
    pub gate: Gate,
    /// Reads runs, as far as a caller may know of them.
    pub runs: Reader,
    /// Keeps lists of samples for callers.
    pub lists: Shelf,
    /// Keeps runs of a Kayenta's for callers.
    pub archive: Archive,
    /// Keeps who changed what.
    pub audit: Audit,
    /// The rollouts.
    pub rollouts: Book,
    /// The releases of Flagger's.
    pub flagger: flagger::Book,
    /// The metric stores.
    pub accounts: Arc<Accounts>,
    /// The configs by name.
    pub configs: Configs,
    /// The service's own metrics.
    pub metrics: Arc<Metrics>,
    /// The links that show one run.
    pub shares: Shares,
    /// Outcomes of metrics, for dashboards.
    pub outcomes: Arc<Outcomes>,
    /// The Grafana that people look at the same metrics in, if there is one.
    pub grafana: Option<Arc<GrafanaSettings>>,
    /// The address people reach the service at, without a slash at its end.
    pub public_url: String,
}
