//! What runs may use.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

use crate::{analysis::FetchLimits, runner::RunLimits, store::StoreLimits};

/// What runs may use.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Runs {
    /// How many runs are kept; the oldest ended ones are forgotten first.
    pub keep: usize,
    /// How long an ended run is kept.
    pub keep_for: SignedDuration,
    /// How many runs may be queued or running at once.
    pub in_flight: usize,
    /// How many looks one replica carries out at once.
    pub looks: usize,
    /// How many looks of one application are carried out at once, by all replicas.
    pub looks_per_application: usize,
    /// How many looks that ask one account are carried out at once, by all replicas.
    pub looks_per_account: usize,
    /// How far ahead a run's window may end.
    pub horizon: SignedDuration,
    /// How long after its last look was due a run may still end, so that what was delayed by an outage is not answered
    /// when nobody waits for it any more.
    pub deadline: SignedDuration,
    /// After how long a look whose worker has gone silent is carried out by another.
    pub lease: SignedDuration,
    /// How long all queries of a look may take together.
    pub fetch_deadline: SignedDuration,
    /// How often one query is tried at most.
    pub attempts: usize,
    /// How many samples of settled history are kept in memory for later queries, at about 24 bytes each (labels and queries
    /// count by their size); 0 keeps none.
    pub kept_samples: usize,
}

impl Default for Runs {
    fn default() -> Self {
        Self {
            keep: 10_000,
            keep_for: SignedDuration::from_hours(24 * 90),
            in_flight: 1_000,
            looks: 64,
            looks_per_application: 32,
            looks_per_account: 64,
            horizon: SignedDuration::from_hours(48),
            deadline: SignedDuration::from_hours(1),
            lease: SignedDuration::from_secs(30),
            fetch_deadline: SignedDuration::from_mins(5),
            attempts: 5,
            kept_samples: 1_000_000,
        }
    }
}

/// Whether a setting is fine, its name, and what it may be.
pub(super) type Check = (bool, &'static str, &'static str);

pub(super) fn between(value: SignedDuration, least: SignedDuration, most: SignedDuration) -> bool {
    (least..=most).contains(&value)
}

impl Runs {
    /// What each of them may be.
    pub(super) fn checks(&self) -> Vec<Check> {
        let Self {
            keep,
            keep_for,
            in_flight,
            looks,
            looks_per_application,
            looks_per_account,
            horizon,
            deadline,
            lease,
            fetch_deadline,
            attempts,
            kept_samples,
        } = *self;
        let (none, second) = (SignedDuration::ZERO, SignedDuration::from_secs(1));
        let hours = SignedDuration::from_hours;
        let (hour, day, month) = (hours(1), hours(24), hours(24 * 31));
        let count = |count: usize, name| ((1..=1_000_000).contains(&count), name, "1 to 1000000");
        vec![
            count(keep, "runs.keep"),
            count(in_flight, "runs.inFlight"),
            count(looks, "runs.looks"),
            count(looks_per_application, "runs.looksPerApplication"),
            count(looks_per_account, "runs.looksPerAccount"),
            ((1..=20).contains(&attempts), "runs.attempts", "1 to 20"),
            (
                kept_samples <= 1_000_000_000,
                "runs.keptSamples",
                "0 to 1000000000",
            ),
            (
                between(keep_for, second, month * 120),
                "runs.keepFor",
                "1s to 3720 days",
            ),
            (
                between(horizon, none, month),
                "runs.horizon",
                "0s to 31 days",
            ),
            (
                between(deadline, second, month),
                "runs.deadline",
                "1s to 31 days",
            ),
            (between(lease, second, hour), "runs.lease", "1s to 1h"),
            (
                between(fetch_deadline, second, day),
                "runs.fetchDeadline",
                "1s to 24h",
            ),
        ]
    }

    /// The limits for the runner.
    pub fn limits(&self) -> RunLimits {
        RunLimits {
            looks: self.looks,
            horizon: self.horizon,
            deadline: self.deadline,
            lease: Duration::try_from(self.lease).unwrap_or_default(),
            fetch: FetchLimits {
                deadline: Duration::try_from(self.fetch_deadline).unwrap_or_default(),
                attempts: self.attempts,
            },
        }
    }

    /// The limits for the store.
    pub fn store_limits(&self) -> StoreLimits {
        StoreLimits {
            keep: self.keep,
            keep_for: Duration::try_from(self.keep_for).unwrap_or_default(),
            open: self.in_flight,
            lease: Duration::try_from(self.lease).unwrap_or_default(),
            per_application: self.looks_per_application,
            per_account: self.looks_per_account,
        }
    }
}
