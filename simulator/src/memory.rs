//! The memory of a pod's process: a heap in which garbage grows until it is collected.

use rand::RngExt;

use crate::random::{Draw, generator, normal};
use crate::second::Second;

const MIB: f64 = 1_048_576.0;
const PAGE: f64 = 4_096.0;
/// Seconds between two garbage collections: a prime, so that no usual step is a multiple of it.
const COLLECTION_PERIOD: i64 = 97;
/// What a process keeps beside its heap: code, threads, buffers.
const NATIVE: f64 = 60.0 * MIB;
const LIVE: f64 = 120.0 * MIB;
const GARBAGE: f64 = 70.0 * MIB;
const SIGMA: f64 = 1.5 * MIB;

/// A collection stops the process for so many seconds, and for so many more for each byte it has to look at.
const PAUSE: f64 = 0.01;
const PAUSE_PER_BYTE: f64 = 0.2 / (1_024.0 * MIB);
const PAUSE_SIGMA: f64 = 0.15;

/// Where in its garbage collection a process is.
struct Collection {
    cycle: i64,
    /// Seconds since the last collection.
    since: i64,
}

impl Second {
    /// Resident memory at the end of the second, in bytes (whole pages).
    pub(crate) fn memory(&self) -> f64 {
        let noise = SIGMA * normal(&mut self.generator(Draw::Memory));
        ((NATIVE + self.heap() + noise) / PAGE).round() * PAGE
    }

    /// Heap in use at the end of the second, in bytes: what lives, what leaked, and garbage.
    pub(crate) fn heap(&self) -> f64 {
        let Collection { cycle, since } = self.collection();
        let since = self.age().map_or(since, |age| since.min(age));
        let grown = since as f64 / COLLECTION_PERIOD as f64;
        let height: f64 = generator(self.release.seed, self.owner(), Draw::Collections, cycle)
            .random_range(0.85..1.15);
        self.kept() + GARBAGE * height * grown
    }

    /// Seconds for which a garbage collection stopped the process in this second, if there was one.
    pub(crate) fn pause(&self) -> Option<f64> {
        (self.collection().since == 0).then(|| {
            let noise = PAUSE_SIGMA * normal(&mut self.generator(Draw::Pauses));
            (PAUSE + PAUSE_PER_BYTE * self.kept()) * noise.exp()
        })
    }

    /// Bytes of the heap that are no garbage.
    fn kept(&self) -> f64 {
        let leaked = self.behaviour.leak * self.age().unwrap_or(0) as f64;
        LIVE * self.traits.memory + leaked
    }

    /// Seconds that the process has lived, if its start is known.
    fn age(&self) -> Option<i64> {
        self.started_at().map(|start| self.at.saturating_sub(start))
    }

    fn collection(&self) -> Collection {
        let offset = generator(self.release.seed, self.owner(), Draw::Collections, i64::MIN)
            .random_range(0..COLLECTION_PERIOD);
        let clock = self.at.saturating_add(offset);
        Collection {
            cycle: clock.div_euclid(COLLECTION_PERIOD),
            since: clock.rem_euclid(COLLECTION_PERIOD),
        }
    }
}
