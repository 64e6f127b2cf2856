//! The ratio of a quantile of two samples, such as the 99th percentile of latencies.

use super::bounds::Bounds;
use super::levels::Alpha;
use super::percentile::percentile;
use super::ranks::sorted_finite;
use super::ratio_of_means::Ratio;

/// A quantile of the canary over that of the baseline; `probability` is strictly between 0 and 1, 0.5 the median.
///
/// The quantiles are of type 7 (linear interpolation). The interval combines, on the logarithmic scale, those of the two
/// sides by the distances from their estimates to their ends (Zou and Donner 2008). Theirs end at samples whose ranks come
/// from the binomial distribution, whatever the samples' distribution is. Where a side has too few samples for such an
/// end, as 30 have for the 99th percentile, the interval is unbounded in that direction (0 or infinity).
///
/// `None` if a side is empty, a value is not finite or not positive, the probability is out of range or the ratio overflows.
///
/// ```
/// use serinus_judge::stats::{Alpha, ratio_of_quantiles};
/// let baseline: Vec<f64> = (1..=40).map(f64::from).collect();
/// let canary: Vec<f64> = baseline.iter().map(|x| 3.0 * x).collect();
/// let ratio = ratio_of_quantiles(&baseline, &canary, 0.5, Alpha::new(0.05).unwrap()).unwrap();
/// assert!((ratio.estimate - 3.0).abs() < 1e-12 && ratio.interval.lower > 1.0);
/// ```
pub fn ratio_of_quantiles(
    baseline: &[f64],
    canary: &[f64],
    probability: f64,
    alpha: Alpha,
) -> Option<Ratio> {
    if !(probability > 0.0 && probability < 1.0) {
        return None;
    }
    let b = Side::new(baseline, probability, alpha)?;
    let c = Side::new(canary, probability, alpha)?;
    let down = c.down.hypot(b.up);
    let up = c.up.hypot(b.down);
    let estimate = c.quantile / b.quantile;
    let interval = Bounds::checked(estimate * (-down).exp(), estimate * up.exp())?;
    (estimate.is_finite() && estimate > 0.0).then_some(Ratio { estimate, interval })
}

/// The quantile of one side, and how far, as logarithms, its interval reaches down and up.
#[derive(Clone, Copy, Debug)]
struct Side {
    quantile: f64,
    down: f64,
    up: f64,
}

impl Side {
    fn new(samples: &[f64], probability: f64, alpha: Alpha) -> Option<Self> {
        let sorted = sorted_finite(samples)?;
        if *sorted.first()? <= 0.0 {
            return None;
        }
        let quantile = percentile(&sorted, 100.0 * probability);
        let ranks = order_statistics(sorted.len(), probability, alpha);
        let end = |rank: Option<usize>| rank.and_then(|rank| sorted.get(rank - 1));
        let distance = |end: Option<&f64>, sign: f64| match end {
            // Interpolation may put the quantile beyond the end when alpha is near 1.
            Some(end) => (sign * (end.ln() - quantile.ln())).max(0.0),
            None => f64::INFINITY,
        };
        Some(Self {
            quantile,
            down: distance(end(ranks.0), -1.0),
            up: distance(end(ranks.1), 1.0),
        })
    }
}

/// Ranks, from 1, of the samples that bound a quantile: each end misses it with probability `alpha / 2` at most. `None` for
/// an end that no sample can be.
fn order_statistics(
    count: usize,
    probability: f64,
    alpha: Alpha,
) -> (Option<usize>, Option<usize>) {
    let weights = binomial_weights(count, probability);
    let all: f64 = weights.iter().sum();
    let budget = alpha.half() * all;
    // How many values of the number of samples below the quantile fit the budget, from an end of its range.
    let fitting = |weights: &mut dyn Iterator<Item = &f64>| {
        let mut used = 0.0;
        weights
            .take_while(|weight| {
                used += **weight;
                used <= budget
            })
            .count()
    };
    // The lower end lies above the quantile when fewer than its rank lie below, the upper below it when its rank do.
    let lower = fitting(&mut weights.iter());
    let upper = fitting(&mut weights.iter().rev());
    (
        (lower > 0).then_some(lower),
        (upper > 0).then(|| count + 1 - upper),
    )
}

/// Binomial probabilities of 0 to `count` successes, up to a common factor: outwards from the most probable number, so
/// that none overflows.
fn binomial_weights(count: usize, probability: f64) -> Vec<f64> {
    let odds = probability / (1.0 - probability);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "lies in 0..=count"
    )]
    let mode = (((count + 1) as f64 * probability).floor() as usize).min(count);
    let mut weights = vec![0.0; count + 1];
    weights[mode] = 1.0;
    for k in mode + 1..=count {
        weights[k] = weights[k - 1] * odds * (count + 1 - k) as f64 / k as f64;
    }
    for k in (0..mode).rev() {
        weights[k] = weights[k + 1] / odds * (k + 1) as f64 / (count - k) as f64;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_agree_with_tables() {
        let alpha = Alpha::new(0.05).unwrap();
        // Conover, Practical Nonparametric Statistics: the median of 10 lies between the 2nd and the 9th.
        assert_eq!(order_statistics(10, 0.5, alpha), (Some(2), Some(9)));
        assert_eq!(order_statistics(5, 0.5, alpha), (None, None));
        // scipy: binom.ppf([.025, .975], 100, .9) gives 84 and 95; (83 or fewer: .0206), (96 or more: .0237).
        assert_eq!(order_statistics(100, 0.9, alpha), (Some(84), Some(96)));
        assert_eq!(order_statistics(30, 0.99, alpha).1, None);
    }
}
