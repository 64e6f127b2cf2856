//! Ways to Grafana: to Explore with a metric's queries, and to a dashboard about a release.
//!
//! Names in a scorecard were chosen by callers. They get into an address as values of its query string alone, encoded.

mod dashboard;
mod explore;

pub use dashboard::dashboard;
pub use explore::explore;

use crate::analysis::WebLink;

/// The longest link; browsers and proxies cut or refuse longer ones.
const LONGEST: usize = 16_000;

/// A link that is not too long.
fn bounded(url: impl Into<String>) -> Option<WebLink> {
    let url = url.into();
    (url.len() <= LONGEST)
        .then(|| WebLink::try_from(url).ok())
        .flatten()
}
