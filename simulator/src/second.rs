//! One second of a release: the tick from which series, exporter and history all tell the same story.

use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::Release;
use crate::fault::Behaviour;
use crate::load::{MEAN_LOAD, load};
use crate::random::{Draw, Owner, binomial, generator, normal, poisson};

/// Durations are lognormal: median 45 ms, 99th percentile 250 ms at mean load.
const DURATION_MEDIAN: f64 = 0.045;
/// ln(250 / 45) / 2.3263, the standard normal quantile of 0.99.
const DURATION_SIGMA: f64 = 0.737;
/// The share of the median that follows the load.
const DURATION_LOAD: f64 = 0.2;

/// The share of failures that answer 503; the others answer 500.
const UNAVAILABLE: f64 = 0.25;

const CPU_IDLE: f64 = 0.015;
const CPU_PER_REQUEST: f64 = 0.004;
const CPU_SIGMA: f64 = 0.05;

const MIB: f64 = 1_048_576.0;
const PAGE: f64 = 4_096.0;
/// Seconds between two garbage collections: a prime, so that no usual step is a multiple of it.
const COLLECTION_PERIOD: i64 = 97;
const MEMORY_LIVE: f64 = 180.0 * MIB;
const MEMORY_GARBAGE: f64 = 70.0 * MIB;
const MEMORY_SIGMA: f64 = 1.5 * MIB;

/// Failed requests by the code they answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failures {
    pub(crate) internal: u64,
    pub(crate) unavailable: u64,
}

impl Failures {
    pub(crate) fn total(self) -> u64 {
        self.internal + self.unavailable
    }
}

/// The second `(at - 1, at]` of a release, in Unix seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Second {
    release: Release,
    behaviour: Behaviour,
    at: i64,
    /// Requests per second offered to a release with its full share of traffic.
    load: f64,
}

impl Second {
    pub(crate) fn new(release: Release, at: i64) -> Self {
        Self {
            release,
            behaviour: release.behaviour(),
            at,
            load: load(release.seed, at),
        }
    }

    /// Requests that ended in this second.
    pub(crate) fn requests(&self) -> u64 {
        poisson(&mut self.generator(Draw::Arrivals), self.rate())
    }

    /// Which of this second's `requests` failed.
    pub(crate) fn failures(&self, requests: u64) -> Failures {
        let rng = &mut self.generator(Draw::Failures);
        let total = binomial(rng, requests, self.behaviour.failure);
        let unavailable = binomial(rng, total, UNAVAILABLE);
        Failures {
            internal: total - unavailable,
            unavailable,
        }
    }

    /// The durations of this second's `requests`, in seconds.
    pub(crate) fn durations(&self, requests: u64) -> impl Iterator<Item = f64> + use<> {
        let mut rng = self.generator(Draw::Durations);
        let median = self.duration_median();
        (0..requests).map(move |_| median * (DURATION_SIGMA * normal(&mut rng)).exp())
    }

    /// Requests being served at the end of the second: their mean is rate times mean duration (Little's law).
    pub(crate) fn in_flight(&self) -> u64 {
        // the mean of a lognormal distribution
        let duration = self.duration_median() * (DURATION_SIGMA * DURATION_SIGMA / 2.0).exp();
        poisson(&mut self.generator(Draw::InFlight), self.rate() * duration)
    }

    /// CPU seconds used in this second: proportional to its `requests`, plus what an idle process uses.
    pub(crate) fn cpu(&self, requests: u64) -> f64 {
        let noise = CPU_SIGMA * normal(&mut self.generator(Draw::Cpu));
        (CPU_IDLE + CPU_PER_REQUEST * requests as f64) * noise.exp()
    }

    /// Resident memory at the end of the second, in bytes (whole pages): garbage grows until it is collected.
    pub(crate) fn memory(&self) -> f64 {
        let owner = Owner::Release(self.release.role);
        let seed = self.release.seed;
        let offset =
            generator(seed, owner, Draw::Collections, i64::MIN).random_range(0..COLLECTION_PERIOD);
        let clock = self.at.saturating_add(offset);
        let cycle = clock.div_euclid(COLLECTION_PERIOD);
        let grown = clock.rem_euclid(COLLECTION_PERIOD) as f64 / COLLECTION_PERIOD as f64;
        let height: f64 = generator(seed, owner, Draw::Collections, cycle).random_range(0.85..1.15);
        let noise = MEMORY_SIGMA * normal(&mut self.generator(Draw::Memory));
        let bytes = MEMORY_LIVE + MEMORY_GARBAGE * height * grown + noise;
        (bytes / PAGE).round() * PAGE
    }

    /// Durations rise mildly with the load of the rollout, not with the release's own share of it: what makes
    /// requests wait is what the releases share (database, network), so few requests do not make fast requests.
    fn duration_median(&self) -> f64 {
        let pressure = 1.0 + DURATION_LOAD * (self.load / MEAN_LOAD - 1.0);
        DURATION_MEDIAN * self.behaviour.slowdown * pressure
    }

    /// Requests per second expected by this release.
    fn rate(&self) -> f64 {
        self.load * self.behaviour.traffic
    }

    fn generator(&self, draw: Draw) -> Xoshiro256PlusPlus {
        let owner = Owner::Release(self.release.role);
        generator(self.release.seed, owner, draw, self.at)
    }
}
