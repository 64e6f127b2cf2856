use std::fmt::{Display, Formatter};

use crate::exposition::{Family, Format, Stamp};
use crate::fault::Visibility;
use crate::series::instants;
use crate::snapshot::Snapshot;
use crate::{Exporter, Release};

/// What a Prometheus would have stored about these releases, as OpenMetrics text for
/// `promtool tsdb create-blocks-from openmetrics`.
///
/// Each release is one process that starts at `start` (Unix seconds) and is scraped at `start`,
/// `start + scrape_interval`, ... up to and including `end`. Every sample has the `job` label given with the
/// release, and a timestamp. A release that exports nothing has no samples. `up` and `instance` are absent: a
/// scraping Prometheus adds them.
///
/// Give each release its own job name: samples of two releases under one name would be duplicates.
///
/// # Bounds
///
/// There are no samples when `end` is before `start`, when the window is longer than
/// [`MAX_SPAN`](crate::MAX_SPAN), or when `scrape_interval` is 0. The text takes about 2 KB per scrape and release.
///
/// ```
/// use serinus_simulator::{Release, Role, Scenario, history};
///
/// let canary = Release::new(Scenario::Healthy, Role::Canary, 7);
/// let text = history(&[("checkout-v42", canary)], 1_700_000_000, 1_700_000_060, 15);
/// assert!(text.contains("http_requests_in_flight{job=\"checkout-v42\"} "));
/// assert!(text.ends_with("# EOF\n"));
/// ```
#[must_use]
pub fn history(releases: &[(&str, Release)], start: i64, end: i64, scrape_interval: u32) -> String {
    let jobs = releases
        .iter()
        .map(|&(name, release)| Job {
            name,
            scrapes: scrapes(release, start, end, scrape_interval),
        })
        .collect();
    Archive { jobs }.to_string()
}

fn scrapes(release: Release, start: i64, end: i64, interval: u32) -> Vec<(i64, Snapshot)> {
    match release.behaviour().visibility {
        Visibility::Mute => Vec::new(),
        Visibility::Exported => {
            let mut process = Exporter::new(release, start);
            instants(start, end, interval)
                .map(|at| {
                    process.run_to(at);
                    (at, process.snapshot().clone())
                })
                .collect()
        }
    }
}

struct Job<'a> {
    name: &'a str,
    scrapes: Vec<(i64, Snapshot)>,
}

/// OpenMetrics wants the samples of a family together, and those of a metric in time order: family, then job,
/// then label set, then time.
struct Archive<'a> {
    jobs: Vec<Job<'a>>,
}

impl Display for Archive<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        for family in Family::ALL {
            family.write_header(f, Format::OpenMetrics)?;
            for job in &self.jobs {
                for metric in family.metrics() {
                    for (at, snapshot) in &job.scrapes {
                        let stamp = Stamp {
                            job: Some(job.name),
                            at: Some(*at),
                        };
                        metric.write(f, snapshot, stamp)?;
                    }
                }
            }
        }
        writeln!(f, "# EOF")
    }
}
