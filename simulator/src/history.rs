use std::fmt::{Display, Formatter};

use crate::exporter::Snapshots;
use crate::exposition::{Family, Format, Stamp};
use crate::series::instants;
use crate::{Exporter, Pod, Release, Role};

/// What a Prometheus would have stored about some releases; prints as OpenMetrics text for
/// `promtool tsdb create-blocks-from openmetrics`.
///
/// The processes of each release start at `start` (Unix seconds), or when it is deployed if that is later, and are scraped at
/// `start`, `start + scrape_interval`, ... up to and including `end`. Every sample has the `job` label given with the
/// release, the labels of its pod, and a timestamp. What exports nothing has no samples. `up` and `instance` are absent: a
/// scraping Prometheus adds them.
///
/// Give each release its own job name: samples of two releases under one name would be duplicates.
///
/// # Bounds
///
/// There are no samples when `end` is before `start`, when the window is longer than
/// [`MAX_SPAN`](crate::MAX_SPAN), or when `scrape_interval` is 0. The text takes about 17 KB per scrape and release; what is kept
/// until it is written, a tenth of that.
///
/// ```
/// use serinus_simulator::{History, Release, Role, Scenario};
///
/// let canary = Release::new(Scenario::Healthy, Role::Canary, 7);
/// let text = History::new(&[("checkout-v42", canary)], 1_700_000_000, 1_700_000_060, 15).to_string();
/// assert!(text.contains(r#"http_requests_in_flight{job="checkout-v42",region="eu",pod="canary-eu-0"} "#));
/// assert!(text.ends_with("# EOF\n"));
/// ```
#[derive(Clone, Debug)]
pub struct History<'a> {
    jobs: Vec<Job<'a>>,
}

#[derive(Clone, Debug)]
struct Job<'a> {
    name: &'a str,
    role: Role,
    scrapes: Vec<(i64, Snapshots)>,
}

impl<'a> History<'a> {
    /// Simulates the releases, each under its job name.
    #[must_use]
    pub fn new(
        releases: &[(&'a str, Release)],
        start: i64,
        end: i64,
        scrape_interval: u32,
    ) -> Self {
        let jobs = releases
            .iter()
            .map(|&(name, release)| Job {
                name,
                role: release.role,
                scrapes: scrapes(release, start, end, scrape_interval),
            })
            .collect();
        Self { jobs }
    }
}

/// [`History`] as a string.
#[must_use]
pub fn history(releases: &[(&str, Release)], start: i64, end: i64, scrape_interval: u32) -> String {
    History::new(releases, start, end, scrape_interval).to_string()
}

fn scrapes(release: Release, start: i64, end: i64, interval: u32) -> Vec<(i64, Snapshots)> {
    let mut processes = Exporter::new(release, start);
    instants(start, end, interval)
        .map(|at| {
            processes.run_to(at);
            (at, processes.snapshots().clone())
        })
        .collect()
}

/// OpenMetrics wants the samples of a family together, and those of a metric in time order: family, then job,
/// then label set, then time.
impl Display for History<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        for family in Family::ALL {
            family.write_header(f, Format::OpenMetrics)?;
            for Job {
                name,
                role,
                scrapes,
            } in &self.jobs
            {
                for metric in family.metrics() {
                    for pod in Pod::ALL {
                        for (at, snapshots) in scrapes {
                            if let Some(snapshot) = &snapshots[pod.index()] {
                                let stamp = Stamp {
                                    pod,
                                    role: *role,
                                    job: Some(name),
                                    at: Some(*at),
                                };
                                metric.write(f, snapshot, stamp)?;
                            }
                        }
                    }
                }
            }
        }
        writeln!(f, "# EOF")
    }
}
