//! What plots make of samples before they draw them.

use std::ops::Range;

use serinus_judge::{MetricResult, Summary, stats::percentile};

/// Interquartile ranges between a quartile and the fence beyond which a sample is far out (Tukey 1977); the factor that
/// `netflix-aca` takes outliers by.
const FENCE: f64 = 3.0;

/// The most points a line is drawn of: more than one to a pixel cannot be seen.
const MOST_POINTS: usize = 1_200;

/// The samples that are there, sorted.
pub(crate) fn finite(values: &[Option<f64>]) -> Vec<f64> {
    let mut present: Vec<f64> = values.iter().flatten().copied().collect();
    present.sort_unstable_by(f64::total_cmp);
    present
}

/// Which samples are far out of their own side's middle half; none where that has no width, as of samples that are mostly 0.
pub(crate) fn far_out(values: &[Option<f64>]) -> Vec<usize> {
    let sorted = finite(values);
    let [lower, upper] = [25.0, 75.0].map(|p| percentile(&sorted, p));
    let reach = FENCE * (upper - lower);
    let is_out = |value: f64| reach > 0.0 && (value < lower - reach || value > upper + reach);
    (values.iter().enumerate())
        .filter(|(_, value)| value.is_some_and(is_out))
        .map(|(index, _)| index)
        .collect()
}

/// The stretches without a sample.
pub(super) fn gaps(values: &[Option<f64>]) -> Vec<Range<usize>> {
    let mut gaps: Vec<Range<usize>> = Vec::new();
    for (place, _) in values
        .iter()
        .enumerate()
        .filter(|(_, value)| value.is_none())
    {
        match gaps.last_mut() {
            Some(gap) if gap.end == place => gap.end = place + 1,
            _ => gaps.push(place..place + 1),
        }
    }
    gaps
}

/// Which samples the judge took away as outliers before it compared. Only `netflix-aca` does, by a fence on either end, so that
/// they are those beyond what it kept.
pub(crate) fn removed(
    metric: &MetricResult,
    values: &[Option<f64>],
    compared: &Summary,
) -> Vec<usize> {
    let (Some(_), Some(low), Some(high)) = (&metric.netflix_aca, compared.min, compared.max) else {
        return Vec::new();
    };
    (values.iter().enumerate())
        .filter(|(_, value)| value.is_some_and(|value| value < low || value > high))
        .map(|(place, _)| place)
        .collect()
}

/// Samples with their places, thinned so that what stands out and what is missing stay: of each stretch its lowest and its
/// highest sample, in their order.
pub(super) fn thinned(values: &[Option<f64>]) -> Vec<(usize, Option<f64>)> {
    if values.len() <= MOST_POINTS {
        return values.iter().copied().enumerate().collect();
    }
    let stretch = values.len().div_ceil(MOST_POINTS / 2);
    let mut kept = Vec::with_capacity(MOST_POINTS + 2);
    for (number, part) in values.chunks(stretch).enumerate() {
        let start = number * stretch;
        let present = || {
            (part.iter().enumerate()).filter_map(|(place, value)| Some((start + place, (*value)?)))
        };
        let lowest = present().min_by(|a, b| a.1.total_cmp(&b.1));
        let highest = present().max_by(|a, b| a.1.total_cmp(&b.1));
        match (lowest, highest) {
            (Some(lowest), Some(highest)) if lowest.0 != highest.0 => {
                let [first, second] = if lowest.0 < highest.0 {
                    [lowest, highest]
                } else {
                    [highest, lowest]
                };
                kept.push((first.0, Some(first.1)));
                kept.push((second.0, Some(second.1)));
            }
            (Some(only), _) => kept.push((only.0, Some(only.1))),
            (None, _) => kept.push((start, None)),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{far_out, gaps, thinned};

    #[test]
    fn a_spike_and_a_gap_survive_thinning() {
        let mut values: Vec<_> = (0..50_000).map(|i| Some(f64::from(i % 7))).collect();
        values[31_234] = Some(1e6);
        values[10_000..12_000].fill(None);
        let kept = thinned(&values);
        assert!(kept.len() <= 1_300, "{}", kept.len());
        assert!(kept.contains(&(31_234, Some(1e6))));
        assert!(kept.iter().any(|(_, value)| value.is_none()));
        assert!(kept.is_sorted_by_key(|(place, _)| *place));
        assert_eq!(far_out(&values), [31_234]);
        assert!(gaps(&values).iter().eq(std::iter::once(&(10_000..12_000))));
        assert_eq!(gaps(&[None, Some(1.0), None, None]), [0..1, 2..4]);
        assert!(far_out(&[]).is_empty() && far_out(&[None, Some(1.0)]).is_empty());
    }
}
