//! The scorecard for a browser: the parts that the service's pages and the report in one file share.

mod assets;
mod change;
mod facts;
mod frame;
mod guardrail;
mod inert;
mod metric;
mod metrics;
mod queries;
mod score;
mod series;
mod single;
mod site;
mod statistics;
mod tone;
mod undecided;
mod verdict;

pub(crate) use assets::{SCRIPT, STYLE};
pub(crate) use change::{allowed, said};
pub(crate) use facts::{compared, facts, moment, population};
pub(crate) use frame::{POLICY, Place, Refresh, page, single_file, single_file_policy};
pub(crate) use guardrail::{guardrail, guardrails};
pub(crate) use inert::{capital, short};
pub(crate) use metric::{Depth, metric};
pub(crate) use metrics::metrics;
pub(crate) use score::score;
pub use single::{html, html_of_run};
pub(crate) use site::{Site, name_of_segment, path_segment};
pub(crate) use tone::{Tone, badge, outcome_badge, outcome_class, verdict_word};
pub(crate) use undecided::undecided;
pub(crate) use verdict::verdict;

/// Where links of a scorecard lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Links {
    /// To other pages of the service.
    Service {
        /// Where these are.
        site: Site,
        /// The run.
        run: String,
        /// The look whose scorecard it is, where that is not the run's last.
        look: Option<u32>,
        /// Whether the service knows the config that was used, in this version.
        config: KnownConfig,
    },
    /// To other parts of the same file.
    SingleFile,
}

/// Whether a config has a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KnownConfig {
    /// The service has it, and it is the one that was used.
    Same,
    /// It came with the request, or has changed since.
    Gone,
}

impl Links {
    /// Where a metric's details are.
    pub(crate) fn metric(&self, index: usize, name: &str) -> String {
        match self {
            Self::Service {
                site, run, look, ..
            } => {
                let query = look.map_or_else(String::new, |look| format!("?look={look}"));
                site.metric(run, name) + &query
            }
            Self::SingleFile => format!("#metric-{index}"),
        }
    }
}
