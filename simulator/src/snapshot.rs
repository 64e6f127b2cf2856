//! What a scrape of a simulated process finds.

use crate::second::Second;

/// Upper bounds of the duration histogram in seconds: the defaults of the Prometheus client libraries.
pub(crate) const BOUNDS: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// A bucket for each of [`BOUNDS`], and one for everything above.
const BUCKETS: usize = BOUNDS.len() + 1;

/// The answers a request can get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Ok,
    InternalError,
    Unavailable,
}

impl Code {
    /// The value of the `code` label.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Ok => "200",
            Self::InternalError => "500",
            Self::Unavailable => "503",
        }
    }
}

/// The metrics of a process at one instant; counters count from `started_at`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Snapshot {
    /// Unix seconds.
    pub(crate) started_at: i64,
    pub(crate) succeeded: u64,
    pub(crate) internal: u64,
    pub(crate) unavailable: u64,
    /// Requests that repeat a failed one.
    pub(crate) retried: u64,
    /// Requests by duration; each bucket counts its own, not those of the buckets below.
    pub(crate) buckets: [u64; BUCKETS],
    /// Seconds.
    pub(crate) duration_sum: f64,
    pub(crate) in_flight: u64,
    pub(crate) cpu_seconds: f64,
    pub(crate) memory_bytes: f64,
    pub(crate) heap_bytes: f64,
    pub(crate) collections: u64,
    /// Seconds.
    pub(crate) pauses: f64,
}

impl Snapshot {
    /// A process that has just started and served nothing.
    pub(crate) const fn at_start(started_at: i64) -> Self {
        Self {
            started_at,
            succeeded: 0,
            internal: 0,
            unavailable: 0,
            retried: 0,
            buckets: [0; BUCKETS],
            duration_sum: 0.0,
            in_flight: 0,
            cpu_seconds: 0.0,
            memory_bytes: 0.0,
            heap_bytes: 0.0,
            collections: 0,
            pauses: 0.0,
        }
    }

    /// The process lives through this second.
    pub(crate) fn live(&mut self, second: &Second) {
        let requests = second.requests();
        let failures = second.failures(requests);
        self.succeeded += requests - failures.total();
        self.internal += failures.internal;
        self.unavailable += failures.unavailable;
        self.retried += second.retries(requests);
        for duration in second.durations(requests) {
            self.observe(duration);
        }
        self.cpu_seconds += second.cpu(requests);
        self.in_flight = second.in_flight();
        if let Some(pause) = second.pause() {
            self.collections += 1;
            self.pauses += pause;
        }
        self.look(second);
    }

    /// What is in memory at the end of this second.
    pub(crate) fn look(&mut self, second: &Second) {
        self.memory_bytes = second.memory();
        self.heap_bytes = second.heap();
    }

    pub(crate) const fn requests(&self, code: Code) -> u64 {
        match code {
            Code::Ok => self.succeeded,
            Code::InternalError => self.internal,
            Code::Unavailable => self.unavailable,
        }
    }

    /// Counts a request of this duration in seconds.
    fn observe(&mut self, duration: f64) {
        // a bucket holds durations up to and including its bound
        let bucket = BOUNDS.partition_point(|&bound| bound < duration);
        self.buckets[bucket] += 1;
        self.duration_sum += duration;
    }
}
