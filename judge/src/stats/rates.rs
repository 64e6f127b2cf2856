//! Events per time, or per request: the ratio of two Poisson rates.

use statrs::function::beta::checked_beta_reg;
use thiserror::Error;

use super::bounds::Bounds;
use super::distributions::normal_exceeded_with;
use super::levels::Alpha;
use super::rank_sum::Method;
use super::tail::Tail;

/// Events in an exposure: restarts in pod-hours, exceptions in requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    events: f64,
    exposure: f64,
}

/// No events in an exposure.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error(
    "{events} events in {exposure}: the first must be finite and not negative, the second finite and positive"
)]
pub struct InvalidRate {
    events: f64,
    exposure: f64,
}

/// Two rates compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateComparison {
    /// The canary's rate over the baseline's; `None` if the baseline has no events.
    pub ratio: Option<f64>,
    /// Interval of the ratio; its upper end is infinite if the baseline has no events.
    pub interval: Bounds,
    /// p-value; 1 without events.
    pub p: f64,
    /// What interval and p-value were taken from.
    pub method: Method,
}

/// Events in all up to which the binomial distribution is used.
const MOST_EVENTS: f64 = 10_000.0;
/// Events that a side may have: from here on, doubles skip numbers.
const COUNTABLE: f64 = 9_007_199_254_740_992.0;
/// Events that are as good as none: the gamma function overflows for less.
const NONE: f64 = 1e-300;
/// Halvings until an end of an interval has all the digits of a double.
const HALVINGS: usize = 60;

impl Rate {
    /// `events`, which need not be whole, in `exposure`, in whatever unit both sides share.
    ///
    /// # Errors
    /// Unless `events` is within 0 and 2^53 and `exposure` finite and positive.
    pub fn new(events: f64, exposure: f64) -> Result<Self, InvalidRate> {
        let fine = (0.0..=COUNTABLE).contains(&events) && exposure.is_finite() && exposure > 0.0;
        if fine {
            Ok(Self { events, exposure })
        } else {
            Err(InvalidRate { events, exposure })
        }
    }

    /// Number of events.
    pub const fn events(self) -> f64 {
        self.events
    }

    /// What they happened in.
    pub const fn exposure(self) -> f64 {
        self.exposure
    }
}

/// Compares two rates, given how many events there were in all (Przyborowski and Wilenski 1940): each is the canary's
/// with a probability that depends on the ratio only.
///
/// Up to 10,000 events in all, the p-value is the binomial one (two-sided: twice the smaller tail) and the interval
/// Clopper and Pearson's, carried over to the ratio; with more, both come from the score statistic. Counts that are not
/// whole are interpolated by the incomplete beta function. Bursts of events that belong together break the Poisson
/// assumption and give p-values that are too small.
///
/// ```
/// use serinus_judge::stats::{Alpha, Rate, Tail, compare_rates};
/// let (baseline, canary) = (Rate::new(3.0, 100.0)?, Rate::new(9.0, 50.0)?);
/// let answer = compare_rates(baseline, canary, Tail::TwoSided, Alpha::new(0.05)?);
/// assert_eq!(answer.ratio, Some(6.0));
/// assert!(answer.p < 0.01 && answer.interval.lower > 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_rates(baseline: Rate, canary: Rate, tail: Tail, alpha: Alpha) -> RateComparison {
    let (events, all) = (canary.events, baseline.events + canary.events);
    // Of equal rates, the canary's share of the exposure is that of the events.
    let odds = canary.exposure / baseline.exposure;
    let share = 1.0 / (1.0 + baseline.exposure / canary.exposure);
    let method = if all <= MOST_EVENTS {
        Method::Exact
    } else {
        Method::Approximate
    };
    let p = match method {
        _ if all <= 0.0 => 1.0,
        Method::Exact => tail.of_exact(at_most(events, all, share), at_least(events, all, share)),
        Method::Approximate => {
            let error = (all * share * (1.0 - share)).sqrt();
            if error > 0.0 {
                tail.of_normal((events - all * share) / error)
            } else {
                1.0
            }
        }
    };
    let shares = match method {
        _ if all <= 0.0 => (0.0, 1.0),
        Method::Exact => clopper_pearson(events, all, alpha),
        Method::Approximate => score_interval(events / all, all, alpha),
    };
    let of_share = |share: f64| {
        if share < 1.0 {
            share / (1.0 - share) / odds
        } else {
            f64::INFINITY
        }
    };
    let ratio = (events / canary.exposure) / (baseline.events / baseline.exposure);
    RateComparison {
        ratio: ratio.is_finite().then_some(ratio),
        interval: Bounds::checked(of_share(shares.0), of_share(shares.1)).unwrap_or(Bounds {
            lower: 0.0,
            upper: f64::INFINITY,
        }),
        p,
        method,
    }
}

/// Binomial probability of at least `events` of `all`.
fn at_least(events: f64, all: f64, share: f64) -> f64 {
    if events <= NONE {
        1.0
    } else {
        checked_beta_reg(events, all - events + 1.0, share).map_or(1.0, |p| p.clamp(0.0, 1.0))
    }
}

/// Binomial probability of at most `events` of `all`.
fn at_most(events: f64, all: f64, share: f64) -> f64 {
    at_least(all - events, all, 1.0 - share)
}

/// The shares at which as many events, and as few, become too unlikely.
fn clopper_pearson(events: f64, all: f64, alpha: Alpha) -> (f64, f64) {
    let lower_end = |events: f64| {
        if events <= NONE {
            return 0.0;
        }
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if at_least(events, all, middle) < alpha.half() {
                low = middle;
            } else {
                high = middle;
            }
        }
        f64::midpoint(low, high)
    };
    (lower_end(events), 1.0 - lower_end(all - events))
}

/// Wilson's interval.
fn score_interval(share: f64, all: f64, alpha: Alpha) -> (f64, f64) {
    let per_trial = normal_exceeded_with(alpha.half()).powi(2) / all;
    let middle = (share + per_trial / 2.0) / (1.0 + per_trial);
    let half = (per_trial * (share * (1.0 - share) + per_trial / 4.0)).sqrt() / (1.0 + per_trial);
    ((middle - half).max(0.0), (middle + half).min(1.0))
}
