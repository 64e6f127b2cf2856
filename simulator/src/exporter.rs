use std::fmt::{Display, Formatter};

use crate::Release;
use crate::exposition::{Family, Format, Stamp};
use crate::fault::Visibility;
use crate::snapshot::Snapshot;

/// The most that one call of [`Exporter::advance_to`] simulates: 6 hours, in seconds.
pub const MAX_CATCH_UP: i64 = 6 * 3_600;

/// The process of a release as its `/metrics` page shows it, live or replayed.
///
/// It holds counters and a position in time, and computes the same seconds as [`Release::series`]: the increase
/// of a counter between two instants is the series' value over that window.
///
/// ```
/// use serinus_simulator::{Exporter, Release, Role, Scenario};
///
/// let started_at = 1_700_000_000;
/// let mut exporter = Exporter::new(Release::new(Scenario::Healthy, Role::Canary, 7), started_at);
/// exporter.advance_to(started_at + 60);
/// assert!(exporter.render().contains("http_requests_total{code=\"200\",method=\"GET\"} "));
/// ```
#[derive(Clone, Debug)]
pub struct Exporter {
    release: Release,
    now: i64,
    snapshot: Snapshot,
}

impl Exporter {
    /// A process that starts at this instant (Unix seconds) with all counters at zero.
    #[must_use]
    pub fn new(release: Release, started_at: i64) -> Self {
        Self {
            release,
            now: started_at,
            snapshot: Snapshot::at_start(started_at, release.second(started_at).memory()),
        }
    }

    /// The instant that the process has reached, in Unix seconds.
    #[must_use]
    pub const fn now(&self) -> i64 {
        self.now
    }

    /// Lets the process live until `now` (Unix seconds).
    ///
    /// Time does not run backwards: an earlier instant changes nothing. One call simulates at most
    /// [`MAX_CATCH_UP`] seconds and stops there; [`Exporter::now`] says how far it came, and another call goes on.
    pub fn advance_to(&mut self, now: i64) {
        self.run_to(now.min(self.now.saturating_add(MAX_CATCH_UP)));
    }

    /// The metrics in Prometheus' text exposition format 0.0.4; empty for a release that exports nothing.
    #[must_use]
    pub fn render(&self) -> String {
        match self.release.behaviour().visibility {
            Visibility::Mute => String::new(),
            Visibility::Exported => Page(&self.snapshot).to_string(),
        }
    }

    /// [`Exporter::advance_to`] without a bound, for callers that have bounded the whole.
    pub(crate) fn run_to(&mut self, now: i64) {
        while self.now < now {
            self.now += 1;
            self.live_one_second();
        }
    }

    pub(crate) const fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn live_one_second(&mut self) {
        let second = self.release.second(self.now);
        let requests = second.requests();
        let failures = second.failures(requests);
        self.snapshot.succeeded += requests - failures.total();
        self.snapshot.internal += failures.internal;
        self.snapshot.unavailable += failures.unavailable;
        for duration in second.durations(requests) {
            self.snapshot.observe(duration);
        }
        self.snapshot.cpu_seconds += second.cpu(requests);
        self.snapshot.in_flight = second.in_flight();
        self.snapshot.memory_bytes = second.memory();
    }
}

/// One scrape: every family once, no timestamps, no labels but the metrics' own.
struct Page<'a>(&'a Snapshot);

impl Display for Page<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        for family in Family::ALL {
            family.write_header(f, Format::Prometheus)?;
            for metric in family.metrics() {
                metric.write(f, self.0, Stamp::default())?;
            }
        }
        Ok(())
    }
}
