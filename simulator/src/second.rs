//! One second of a pod: the tick from which series, exporter and history all tell the same story.

use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::fault::Behaviour;
use crate::life::{Life, Origin};
use crate::random::{Draw, Owner, binomial, generator, normal, poisson};
use crate::topology::Traits;
use crate::{Pod, Release};

/// Durations are lognormal: median 45 ms, 99th percentile 250 ms at mean load.
const DURATION_MEDIAN: f64 = 0.045;
/// ln(250 / 45) / 2.3263, the standard normal quantile of 0.99.
const DURATION_SIGMA: f64 = 0.737;

/// The share of its workers that a pod keeps busy at mean load.
const UTILISATION: f64 = 0.5;
/// Beyond this, requests would wait for ever; real servers shed load instead.
const LARGEST_UTILISATION: f64 = 0.95;
/// How much of a duration at mean load is waiting for a worker.
const WAITING: f64 = 0.1;

/// The share of failures that answer 503; the others answer 500.
const UNAVAILABLE: f64 = 0.25;

const CPU_IDLE: f64 = 0.015;
const CPU_PER_REQUEST: f64 = 0.004;
const CPU_SIGMA: f64 = 0.05;

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

/// The second `(at - 1, at]` of a pod, in Unix seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Second {
    pub(crate) release: Release,
    pub(crate) pod: Pod,
    pub(crate) at: i64,
    pub(crate) life: Life,
    pub(crate) behaviour: Behaviour,
    pub(crate) traits: Traits,
    /// Requests per second expected by this pod, retries included.
    pub(crate) rate: f64,
    /// The same as a multiple of what the pod was sized for.
    pub(crate) load: f64,
    /// The share of requests that repeat a failed one.
    pub(crate) retried: f64,
}

impl Second {
    pub(crate) const fn pod(&self) -> Pod {
        self.pod
    }

    /// When the pod's process started; unknown of one that has been there for long.
    pub(crate) const fn started_at(&self) -> Option<i64> {
        self.life.started_at
    }

    /// 1 in the first second of a process that replaces another, else 0.
    pub(crate) fn restarts(&self) -> u64 {
        let first = self.started_at() == Some(self.at - 1);
        match self.life.origin {
            Origin::Restarted if first => 1,
            Origin::Restarted | Origin::Deployed => 0,
        }
    }

    /// Requests that ended in this second.
    pub(crate) fn requests(&self) -> u64 {
        poisson(&mut self.generator(Draw::Arrivals), self.rate)
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

    /// How many of this second's `requests` repeat a failed one.
    pub(crate) fn retries(&self, requests: u64) -> u64 {
        binomial(&mut self.generator(Draw::Retries), requests, self.retried)
    }

    /// The durations of this second's `requests`, in seconds.
    pub(crate) fn durations(&self, requests: u64) -> impl Iterator<Item = f64> + use<> {
        let mut rng = self.generator(Draw::Durations);
        let mut tail = self.generator(Draw::Tail);
        let median = self.duration_median();
        let Behaviour {
            tail_share,
            tail_factor,
            ..
        } = self.behaviour;
        (0..requests).map(move |_| {
            let slow = tail_share > 0.0 && tail.random_bool(tail_share);
            let factor = if slow { tail_factor } else { 1.0 };
            factor * median * (DURATION_SIGMA * normal(&mut rng)).exp()
        })
    }

    /// Requests being served at the end of the second: their mean is rate times mean duration (Little's law).
    pub(crate) fn in_flight(&self) -> u64 {
        // the mean of a lognormal distribution
        let usual = self.duration_median() * (DURATION_SIGMA * DURATION_SIGMA / 2.0).exp();
        let tail = 1.0 + self.behaviour.tail_share * (self.behaviour.tail_factor - 1.0);
        poisson(
            &mut self.generator(Draw::InFlight),
            self.rate * usual * tail,
        )
    }

    /// CPU seconds used in this second: proportional to its `requests`, plus what an idle process uses.
    pub(crate) fn cpu(&self, requests: u64) -> f64 {
        let noise = CPU_SIGMA * normal(&mut self.generator(Draw::Cpu));
        let of_requests = CPU_PER_REQUEST * requests as f64 * self.traits.cpu;
        (CPU_IDLE + of_requests) * self.behaviour.cpu * noise.exp()
    }

    /// The median of the durations: the busier the pod, the longer requests wait for a worker.
    fn duration_median(&self) -> f64 {
        let utilisation = (UTILISATION * self.load).min(LARGEST_UTILISATION);
        // the queue of a server with one line, as a multiple of that at mean load
        let queue = utilisation / (1.0 - utilisation) * (1.0 - UTILISATION) / UTILISATION;
        DURATION_MEDIAN
            * self.pod.region().distance()
            * self.traits.duration
            * self.behaviour.slowdown
            * (1.0 + WAITING * (queue - 1.0))
    }

    pub(crate) fn generator(&self, draw: Draw) -> Xoshiro256PlusPlus {
        generator(self.release.seed, self.owner(), draw, self.at)
    }

    pub(crate) const fn owner(&self) -> Owner {
        Owner::Pod(self.release.role, self.pod)
    }
}
