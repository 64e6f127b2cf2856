//! Location and spread that a few wild values do not move.

use crate::stats::mean;

/// Makes the median absolute deviation of normal noise equal to its standard deviation: 1 over the normal quantile of 3/4.
const MAD_TO_DEVIATION: f64 = 1.4826;
/// The same for the mean absolute deviation: the square root of pi over 2.
const MEAN_DEVIATION_TO_DEVIATION: f64 = 1.2533;
/// How many scales the fallback reaches for each scale of the MAD. The mean deviation is moved by wild values itself, so
/// that limits built on it have to be wider.
const FALLBACK_REACH: f64 = 5.0 / 3.0;
/// Huber's tuning constant: 95 % efficiency with normal noise.
const HUBER: f64 = 1.345;

/// The median: the middle value, or the mean of the two middle ones. NaN without values.
pub(crate) fn median(values: &[f64]) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    let mut values = values.to_vec();
    let (middle, even) = (values.len() / 2, values.len().is_multiple_of(2));
    // Finding the middle takes less than sorting.
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    if even {
        let lower = below.iter().copied().max_by(f64::total_cmp);
        lower.map_or(*upper, |lower| lower.midpoint(*upper))
    } else {
        *upper
    }
}

/// The median of values in ascending order.
pub(crate) fn median_of_sorted(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match (sorted.len() % 2, sorted.get(middle)) {
        (_, None) => f64::NAN,
        (1, Some(value)) => *value,
        (_, Some(upper)) => sorted[middle - 1].midpoint(*upper),
    }
}

/// Where values lie and how far they scatter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    /// The median.
    pub(crate) centre: f64,
    /// A standard deviation, by the median absolute deviation about the centre; where more than half of the values are
    /// equal, by the mean absolute deviation. 0 for values that do not differ.
    pub(crate) scale: f64,
    /// What a limit in scales is multiplied by: 1, or more where the scale is the mean deviation's.
    reach: f64,
}

impl Spread {
    /// The spread of values. A median absolute deviation of up to `negligible` is rounding noise, and taken for 0.
    pub(crate) fn of(values: &[f64], negligible: f64) -> Self {
        let centre = median(values);
        let deviations: Vec<f64> = values.iter().map(|x| (x - centre).abs()).collect();
        let middle = median(&deviations);
        if middle > negligible {
            return Self {
                centre,
                scale: MAD_TO_DEVIATION * middle,
                reach: 1.0,
            };
        }
        let average = mean(&deviations);
        Self {
            centre,
            scale: if average > negligible {
                MEAN_DEVIATION_TO_DEVIATION * average
            } else {
                0.0
            },
            reach: FALLBACK_REACH,
        }
    }

    /// The distance from the centre that is `scales` scales away.
    pub(crate) fn limit(&self, scales: f64) -> f64 {
        scales * self.reach * self.scale
    }

    /// The values, pulled in to at most `scales` scales from the centre. Values that do not differ are left alone.
    pub(crate) fn winsorise(&self, values: &[f64], scales: f64) -> Vec<f64> {
        let limit = self.limit(scales);
        if limit > 0.0 {
            let (low, high) = (self.centre - limit, self.centre + limit);
            values.iter().map(|x| x.clamp(low, high)).collect()
        } else {
            values.to_vec()
        }
    }
}

/// Huber's M-estimate of location.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Location {
    /// The estimate.
    pub(crate) estimate: f64,
    /// What each value contributes: its deviation cut at the tuning constant, over the share of values that are not cut.
    /// The mean square of these over the number of values estimates the variance of the estimate.
    pub(crate) influence: Vec<f64>,
}

/// Huber's M-estimate of location with a fixed scale, by iterated weights from the median. `None` where the values do not
/// differ.
pub(crate) fn huber(values: &[f64], spread: &Spread) -> Option<Location> {
    const ITERATIONS: usize = 30;
    let cut = spread.limit(HUBER);
    if cut.is_nan() || cut <= 0.0 {
        return None;
    }
    let mut estimate = spread.centre;
    for _ in 0..ITERATIONS {
        let (weighted, weights) = values.iter().fold((0.0, 0.0), |(sum, weights), x| {
            let weight = (cut / (x - estimate).abs()).min(1.0);
            (sum + weight * (x - estimate), weights + weight)
        });
        let step = weighted / weights;
        estimate += step;
        if step.abs() <= 1e-9 * spread.scale {
            break;
        }
    }
    let inside = values
        .iter()
        .filter(|x| (*x - estimate).abs() <= cut)
        .count() as f64;
    let share = (inside / values.len() as f64).max(0.1);
    let influence = values
        .iter()
        .map(|x| (x - estimate).clamp(-cut, cut) / share)
        .collect();
    Some(Location {
        estimate,
        influence,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert!(median(&[]).is_nan());
        for (values, expected) in [
            (&[3.0][..], 3.0),
            (&[4.0, 1.0], 2.5),
            (&[9.0, 1.0, 2.0], 2.0),
            (&[f64::MAX, f64::MAX], f64::MAX),
        ] {
            assert!((median(values) - expected).abs() <= 0.0, "{values:?}");
        }
    }

    #[test]
    fn one_wild_value_moves_neither_centre_nor_scale_much() {
        let calm: Vec<f64> = (0..21).map(f64::from).collect();
        let mut wild = calm.clone();
        wild[20] = 1e9;
        let (calm, wild_spread) = (Spread::of(&calm, 0.0), Spread::of(&wild, 0.0));
        assert_eq!(calm, wild_spread);
        let pulled = wild_spread.winsorise(&wild, 3.0);
        assert!((pulled[20] - (10.0 + 3.0 * 1.4826 * 5.0)).abs() < 1e-12);
    }

    #[test]
    fn mostly_equal_values_fall_back_to_the_mean_deviation() {
        let values = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0];
        let spread = Spread::of(&values, 0.0);
        assert!((spread.scale - 1.2533 * 0.2).abs() < 1e-12);
        assert!((spread.limit(3.0) - 5.0 * 1.2533 * 0.2).abs() < 1e-12);
        let equal = Spread::of(&[2.0; 5], 0.0);
        assert!(equal.scale <= 0.0 && huber(&[2.0; 5], &equal).is_none());
    }

    #[test]
    fn huber_lies_where_the_influences_cancel() {
        let values = [1.0, 2.0, 2.5, 3.0, 4.0, 2.2, 90.0];
        let spread = Spread::of(&values, 0.0);
        let location = huber(&values, &spread).unwrap();
        let sum: f64 = location.influence.iter().sum();
        assert!(sum.abs() < 1e-6, "{sum}");
        assert!((2.0..3.5).contains(&location.estimate), "{location:?}");
    }
}
