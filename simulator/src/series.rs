use crate::fleet::Fleet;
use crate::second::Second;
use crate::{Part, Release, Signal};

/// The longest span that [`Release::series`] and [`history`](crate::history) compute: 31 days, in seconds.
pub const MAX_SPAN: i64 = 31 * 86_400;

/// The longest step that [`Release::series`] computes: one day, in seconds. It bounds memory, as a percentile
/// is taken over all requests of a step.
pub const MAX_STEP: u32 = 86_400;

impl Release {
    /// The series of a signal for the whole release: timestamp in Unix seconds and value, at `start`, `start + step`, ... up to
    /// and including `end`.
    ///
    /// The value at `t` covers `(t - step, t]`. A point about which there is nothing to say is absent: everything of a window in
    /// which nothing is exported, and the ratio or percentile of one without requests. A point depends on the release, the
    /// signal, `t` and `step`, not on the window in which it was asked for.
    ///
    /// # Bounds
    ///
    /// The result is empty when `end` is before `start`, when `step` is 0 or above [`MAX_STEP`], when the
    /// window is longer than [`MAX_SPAN`], and when the first point would begin before the smallest time.
    ///
    /// ```
    /// use serinus_simulator::{Release, Role, Scenario, Signal};
    ///
    /// let canary = Release::new(Scenario::LatencyRegression, Role::Canary, 7);
    /// let points = canary.series(Signal::LatencyP99, 1_700_000_000, 1_700_001_800, 60);
    /// assert_eq!(points.len(), 31);
    /// assert!(points.iter().all(|&(_, seconds)| seconds > 0.2));
    /// ```
    #[must_use]
    pub fn series(&self, signal: Signal, start: i64, end: i64, step: u32) -> Vec<(i64, f64)> {
        self.series_of(Part::Whole, signal, start, end, step)
    }

    /// [`Release::series`] for a part of the release: one region, or one pod.
    #[must_use]
    pub fn series_of(
        &self,
        part: Part,
        signal: Signal,
        start: i64,
        end: i64,
        step: u32,
    ) -> Vec<(i64, f64)> {
        if step > MAX_STEP || start.checked_sub(i64::from(step)).is_none() {
            return Vec::new();
        }
        let fleet = Fleet::new(*self);
        instants(start, end, step)
            .filter_map(|at| {
                let mut seconds = (at - i64::from(step) + 1..=at)
                    .flat_map(|second| fleet.seconds(part, second))
                    .peekable();
                seconds.peek()?;
                Some((at, point(signal, seconds, step)?))
            })
            .collect()
    }
}

fn point(signal: Signal, seconds: impl Iterator<Item = Second>, step: u32) -> Option<f64> {
    let width = f64::from(step);
    match signal {
        Signal::RequestRate => Some(count(seconds, Second::requests) / width),
        Signal::Requests => Some(count(seconds, Second::requests)),
        Signal::Errors => Some(count(seconds, failed)),
        Signal::ErrorRatio => error_ratio(seconds),
        Signal::LatencyP50 => percentile(seconds, 50),
        Signal::LatencyP99 => percentile(seconds, 99),
        Signal::Retries => Some(count(seconds, |second| second.retries(second.requests()))),
        Signal::InFlight => Some(count(seconds, Second::in_flight) / width),
        Signal::Cpu => Some(mean(seconds, |second| second.cpu(second.requests()))),
        Signal::Memory => Some(mean(seconds, Second::memory)),
        Signal::Heap => Some(mean(seconds, Second::heap)),
        Signal::GcTime => Some(mean(seconds, |second| second.pause().unwrap_or(0.0))),
        Signal::Restarts => Some(count(seconds, Second::restarts)),
    }
}

/// `start`, `start + step`, ... up to and including `end`; none for a window that is reversed, longer than
/// [`MAX_SPAN`], or without a step.
pub(crate) fn instants(start: i64, end: i64, step: u32) -> impl Iterator<Item = i64> {
    let span = end
        .checked_sub(start)
        .filter(|span| step > 0 && (0..=MAX_SPAN).contains(span));
    let step = i64::from(step);
    span.into_iter()
        .flat_map(move |span| (0..=span / step).map(move |index| start + index * step))
}

fn count(seconds: impl Iterator<Item = Second>, of: impl Fn(&Second) -> u64) -> f64 {
    seconds.map(|second| of(&second)).sum::<u64>() as f64
}

/// The mean over the seconds of all pods.
fn mean(seconds: impl Iterator<Item = Second>, of: impl Fn(&Second) -> f64) -> f64 {
    let (sum, number) = seconds.fold((0.0, 0.0), |(sum, number), second| {
        (sum + of(&second), number + 1.0)
    });
    sum / number
}

fn failed(second: &Second) -> u64 {
    second.failures(second.requests()).total()
}

fn error_ratio(seconds: impl Iterator<Item = Second>) -> Option<f64> {
    let (failed, requests) = seconds.fold((0, 0), |(failed, total), second| {
        let requests = second.requests();
        (failed + second.failures(requests).total(), total + requests)
    });
    (requests > 0).then(|| failed as f64 / requests as f64)
}

/// The nearest-rank percentile: the shortest duration that at least `percent` of the requests did not exceed.
fn percentile(seconds: impl Iterator<Item = Second>, percent: usize) -> Option<f64> {
    let mut durations: Vec<f64> = seconds
        .flat_map(|second| second.durations(second.requests()))
        .collect();
    let rank = (durations.len() * percent).div_ceil(100).checked_sub(1)?;
    let (_, value, _) = durations.select_nth_unstable_by(rank, f64::total_cmp);
    Some(*value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_include_both_ends_up_to_the_longest_span() {
        let days = |start, span| instants(start, start + span, 86_400).collect::<Vec<_>>();
        assert_eq!(days(0, MAX_SPAN).len(), 32);
        assert_eq!(days(-5, MAX_SPAN).last(), Some(&(MAX_SPAN - 5)));
        assert_eq!(days(0, 86_399), [0]);
        assert_eq!(days(0, 86_400), [0, 86_400]);
        assert!(days(0, MAX_SPAN + 1).is_empty());
        assert!(days(0, -1).is_empty());
        assert!(instants(0, 10, 0).next().is_none());
        assert!(instants(i64::MIN, i64::MAX, 1).next().is_none());
        assert_eq!(instants(i64::MAX, i64::MAX, 1).count(), 1);
    }
}
