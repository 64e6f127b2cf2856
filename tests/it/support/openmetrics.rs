//! Series as an exporter would show them: every sample depends on its name, its time and nothing else.

use std::fmt::Write;

/// Noise between -1 and 1 that depends on what it is for and on the time alone.
pub(crate) fn noise(what: &str, at: i64) -> f64 {
    let mut state = what
        .bytes()
        .fold(at.cast_unsigned() ^ 0x9E37_79B9_7F4A_7C15, |state, byte| {
            (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
    state ^= state >> 29;
    state = state.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state ^= state >> 32;
    (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// The load that all share: a wave of an hour.
pub(crate) fn load(at: i64) -> f64 {
    1.0 + 0.3 * (at as f64 / 3600.0 * std::f64::consts::TAU).sin()
}

/// What was scraped, in a time and at a distance.
#[derive(Debug)]
pub(crate) struct Scrapes {
    text: String,
    start: i64,
    end: i64,
    interval: i64,
}

impl Scrapes {
    /// None yet, from `start` to `end` (Unix seconds), every `interval` seconds.
    pub(crate) fn new(start: i64, end: i64, interval: i64) -> Self {
        Self {
            text: String::new(),
            start,
            end,
            interval,
        }
    }

    /// The page that `promtool` reads.
    pub(crate) fn open_metrics(all: &[Self]) -> String {
        let texts: String = all.iter().map(|scrapes| scrapes.text.as_str()).collect();
        texts + "# EOF\n"
    }

    /// The times of the scrapes.
    fn times(&self) -> impl Iterator<Item = i64> + use<> {
        let (start, interval) = (self.start, self.interval);
        (0..=(self.end - start) / interval).map(move |scrape| start + scrape * interval)
    }

    fn write(&mut self, name: &str, labels: &str, value: f64, at: i64) {
        writeln!(self.text, "{name}{{{labels}}} {value} {at}").unwrap();
    }

    /// A level, 3 % of noise on it.
    pub(crate) fn gauge(&mut self, name: &str, labels: &str, level: impl Fn(i64) -> f64) {
        let what = format!("{name}{labels}");
        for at in self.times() {
            let value = level(at) * (1.0 + 0.03 * noise(&what, at));
            self.write(name, labels, value, at);
        }
    }

    /// A state, as it is.
    pub(crate) fn state(&mut self, name: &str, labels: &str, level: impl Fn(i64) -> f64) {
        for at in self.times() {
            self.write(name, labels, level(at), at);
        }
    }

    /// A counter of what adds up smoothly, such as seconds: so much per second, 10 % of noise on it.
    pub(crate) fn seconds(&mut self, name: &str, labels: &str, rate: impl Fn(i64) -> f64) {
        let what = format!("{name}{labels}");
        let mut total = 0.0;
        for at in self.times() {
            total += rate(at) * self.interval as f64 * (1.0 + 0.1 * noise(&what, at));
            self.write(name, labels, total, at);
        }
    }

    /// A counter of events that come by themselves: so many per second, with the scatter that independence gives.
    pub(crate) fn events(&mut self, name: &str, labels: &str, rate: impl Fn(i64) -> f64) {
        let what = format!("{name}{labels}");
        let mut total = 0.0;
        for at in self.times() {
            total += happened(rate(at) * self.interval as f64, noise(&what, at));
            self.write(name, labels, total, at);
        }
    }

    /// A histogram of durations in seconds around `median`, whose slowest hundredth takes more than 4.6 times as long.
    pub(crate) fn histogram(
        &mut self,
        name: &str,
        labels: &str,
        rate: impl Fn(i64) -> f64,
        median: f64,
    ) {
        const BOUNDS: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0, 2.5, 10.0];
        let below = |bound: f64| 1.0 / (1.0 + (bound / median).powi(-3));
        let mut totals = [0.0; BOUNDS.len() + 1];
        for at in self.times() {
            let mut cumulative = 0.0;
            let mut reached = 0.0;
            for (place, total) in totals.iter_mut().enumerate() {
                let bound = BOUNDS.get(place).copied().unwrap_or(f64::INFINITY);
                let share = below(bound) - reached;
                reached += share;
                let what = format!("{name}{labels}{place}");
                *total += happened(rate(at) * self.interval as f64 * share, noise(&what, at));
                cumulative += *total;
                let le = if bound.is_finite() {
                    format!("{bound:?}")
                } else {
                    "+Inf".to_owned()
                };
                let labels = format!("{labels},le=\"{le}\"");
                writeln!(self.text, "{name}_bucket{{{labels}}} {cumulative} {at}").unwrap();
            }
            self.write(&format!("{name}_count"), labels, cumulative, at);
        }
    }
}

/// A whole number of events where so many are expected, by Poisson's distribution; of many by the normal one's width.
fn happened(expected: f64, noise: f64) -> f64 {
    if expected > 30.0 {
        // Noise between -1 and 1 has a standard deviation of one over the square root of three.
        return (expected + (3.0 * expected).sqrt() * noise).round();
    }
    let quantile = f64::midpoint(noise, 1.0);
    let mut events = 0.0;
    let mut probability = (-expected).exp();
    let mut reached = probability;
    while reached < quantile && events < 100.0 {
        events += 1.0;
        probability *= expected / events;
        reached += probability;
    }
    events
}
