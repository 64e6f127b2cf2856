use std::fmt::{Display, Formatter};

use crate::exposition::{Family, Format, Stamp};
use crate::fleet::Fleet;
use crate::second::Second;
use crate::snapshot::Snapshot;
use crate::{Part, Pod, Release, Role};

/// The most that one call of [`Exporter::advance_to`] simulates: 6 hours, in seconds.
pub const MAX_CATCH_UP: i64 = 6 * 3_600;

/// The processes of a release as a `/metrics` page shows them, live or replayed, each under the labels `region` and `pod`.
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
/// let page = exporter.render();
/// assert!(page.contains(r#"http_requests_total{code="200",method="GET",region="eu",pod="canary-eu-0"} "#));
/// ```
#[derive(Clone, Debug)]
pub struct Exporter {
    fleet: Fleet,
    started_at: i64,
    now: i64,
    snapshots: Snapshots,
}

/// The processes that are up.
pub(crate) type Snapshots = [Option<Snapshot>; Pod::ALL.len()];

impl Exporter {
    /// Processes that start at this instant (Unix seconds), or when the release is deployed if that is later, with all counters
    /// at zero.
    #[must_use]
    pub fn new(release: Release, started_at: i64) -> Self {
        let fleet = Fleet::new(release);
        let mut snapshots = Snapshots::default();
        for second in fleet.seconds(Part::Whole, started_at) {
            let mut snapshot = Snapshot::at_start(started_at);
            snapshot.look(&second);
            snapshots[second.pod().index()] = Some(snapshot);
        }
        Self {
            fleet,
            started_at,
            now: started_at,
            snapshots,
        }
    }

    /// The instant that the processes have reached, in Unix seconds.
    #[must_use]
    pub const fn now(&self) -> i64 {
        self.now
    }

    /// Lets the processes live until `now` (Unix seconds).
    ///
    /// Time does not run backwards: an earlier instant changes nothing. One call simulates at most
    /// [`MAX_CATCH_UP`] seconds and stops there; [`Exporter::now`] says how far it came, and another call goes on.
    pub fn advance_to(&mut self, now: i64) {
        self.run_to(now.min(self.now.saturating_add(MAX_CATCH_UP)));
    }

    /// The metrics in Prometheus' text exposition format 0.0.4; empty while the release exports nothing.
    #[must_use]
    pub fn render(&self) -> String {
        if self.snapshots.iter().all(Option::is_none) {
            String::new()
        } else {
            Page(self.fleet.role(), &self.snapshots).to_string()
        }
    }

    /// [`Exporter::advance_to`] without a bound, for callers that have bounded the whole.
    pub(crate) fn run_to(&mut self, now: i64) {
        while self.now < now {
            self.now += 1;
            self.live_one_second();
        }
    }

    pub(crate) const fn snapshots(&self) -> &Snapshots {
        &self.snapshots
    }

    fn live_one_second(&mut self) {
        let mut before = std::mem::take(&mut self.snapshots);
        for second in self.fleet.seconds(Part::Whole, self.now) {
            let index = second.pod().index();
            let started_at = self.started_at(&second);
            let mut snapshot = before[index]
                .take()
                .filter(|snapshot| snapshot.started_at == started_at)
                .unwrap_or_else(|| Snapshot::at_start(started_at));
            snapshot.live(&second);
            self.snapshots[index] = Some(snapshot);
        }
    }

    /// When the process of this second started, as far as the exporter goes back.
    fn started_at(&self, second: &Second) -> i64 {
        second
            .started_at()
            .map_or(self.started_at, |start| start.max(self.started_at))
    }
}

/// One scrape: every family once, no timestamps, no labels but the metrics' own and those of their pod.
struct Page<'a>(Role, &'a Snapshots);

impl Display for Page<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        for family in Family::ALL {
            family.write_header(f, Format::Prometheus)?;
            for metric in family.metrics() {
                for (pod, snapshot) in Pod::ALL.into_iter().zip(self.1) {
                    if let Some(snapshot) = snapshot {
                        let stamp = Stamp {
                            pod,
                            role: self.0,
                            job: None,
                            at: None,
                        };
                        metric.write(f, snapshot, stamp)?;
                    }
                }
            }
        }
        Ok(())
    }
}
