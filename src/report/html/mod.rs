//! The scorecard for a browser: the parts that the service's pages and the report in one file share.

mod assets;
mod change;
mod facts;
mod frame;
mod inert;
mod metric;
mod metrics;
mod queries;
mod score;
mod series;
mod single;
mod statistics;
mod tone;
mod undecided;
mod verdict;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub(crate) use assets::{SCRIPT, STYLE};
pub(crate) use change::{allowed, percent, said};
pub(crate) use facts::{facts, moment};
pub(crate) use frame::{POLICY, Place, Refresh, page, single_file, single_file_policy};
pub(crate) use inert::short;
pub(crate) use metric::{Depth, metric};
pub(crate) use metrics::metrics;
pub(crate) use score::score;
pub use single::html;
pub(crate) use tone::{Tone, badge, outcome_badge, outcome_class, verdict_word};
pub(crate) use undecided::undecided;
pub(crate) use verdict::verdict;

/// Where links of a scorecard lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Links {
    /// To other pages of the service.
    Service {
        /// The run.
        run: String,
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
            Self::Service { run, .. } => {
                format!("/ui/analyses/{run}/metrics/{}", path_segment(name))
            }
            Self::SingleFile => format!("#metric-{index}"),
        }
    }
}

/// What a segment of a path may show of a name as it is.
const PLAIN: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A name as one segment of a path.
pub(crate) fn path_segment(name: &str) -> String {
    // Browsers take these for steps along the path, however they are written.
    let end = if matches!(name, "." | "..") {
        "%00"
    } else {
        ""
    };
    format!("{}{end}", utf8_percent_encode(name, &PLAIN))
}

/// The name that [`path_segment`] made a segment of; names have no control characters.
pub(crate) fn name_of_segment(segment: &str) -> &str {
    segment.trim_end_matches('\0')
}
