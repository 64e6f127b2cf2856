//! Ranks of the samples among their neighbours in time, with weight on the calm half.

use std::cmp::Ordering;

use super::scale::NEGLIGIBLE;
use crate::stats::robust::median_of_sorted;

/// Moments in a neighbourhood.
const SPAN: usize = 15;

/// The score of each moment: how much higher the canary ranks than the baseline. Positive where the canary is higher.
///
/// Each sample is taken relative to the median of both sides in its neighbourhood, which removes the course of the load
/// that both share. All of these are ranked together, and only ranks below the middle carry weight: the lower half of an
/// operational metric is the quiet one, and a regression lifts it as well.
pub(super) fn scores(baseline: &[f64], canary: &[f64]) -> Vec<f64> {
    let count = baseline.len();
    let medians = local_medians(baseline, canary);
    let mut order: Vec<(f64, usize)> = Vec::with_capacity(2 * count);
    for (i, median) in medians.iter().enumerate() {
        order.push((baseline[i] - median, i));
        order.push((canary[i] - median, count + i));
    }
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut weights = vec![0.0; 2 * count];
    let mut start = 0;
    while start < order.len() {
        // Residuals that differ by rounding only are tied.
        let mut end = start + 1;
        while end < order.len() && order[end].0 - order[end - 1].0 <= NEGLIGIBLE {
            end += 1;
        }
        let rank = (start + 1 + end) as f64 / 2.0;
        let weight = (0.5 - rank / (2 * count + 1) as f64).max(0.0).sqrt();
        for (_, sample) in &order[start..end] {
            weights[*sample] = weight;
        }
        start = end;
    }
    (0..count)
        .map(|i| weights[i] - weights[count + i])
        .collect()
}

/// For each moment the median of both sides over the moments around it; at the ends of the window the neighbourhood is
/// shifted inwards. The neighbourhood is kept sorted while it moves.
fn local_medians(baseline: &[f64], canary: &[f64]) -> Vec<f64> {
    let count = baseline.len();
    let span = SPAN.min(count);
    let mut sorted: Vec<f64> = baseline[..span]
        .iter()
        .chain(&canary[..span])
        .copied()
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut first = 0;
    (0..count)
        .map(|i| {
            let wanted = i.saturating_sub(SPAN / 2).min(count - span);
            while first < wanted {
                for side in [baseline, canary] {
                    replace(&mut sorted, side[first], side[first + span]);
                }
                first += 1;
            }
            median_of_sorted(&sorted)
        })
        .collect()
}

/// Replaces a value in a sorted list.
fn replace(sorted: &mut [f64], old: f64, new: f64) {
    let place = |value: f64| move |x: &f64| x.total_cmp(&value) == Ordering::Less;
    let from = sorted.partition_point(place(old));
    let to = sorted.partition_point(place(new));
    if from < to {
        sorted[from..to].rotate_left(1);
        sorted[to - 1] = new;
    } else {
        sorted[to..=from].rotate_right(1);
        sorted[to] = new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::robust::median;

    fn course(count: usize, seed: usize) -> Vec<f64> {
        (0..count)
            .map(|i| ((i * 7919 + seed * 104_729) % 101) as f64 / 10.0)
            .collect()
    }

    #[test]
    fn moving_medians_are_medians() {
        for count in [1, 5, 15, 16, 40] {
            let (baseline, canary) = (course(count, 1), course(count, 2));
            let fast = local_medians(&baseline, &canary);
            for (i, found) in fast.iter().enumerate() {
                let from = i.saturating_sub(7).min(count.saturating_sub(15));
                let to = (i + 8).max(15).min(count);
                let all = [&baseline[from..to], &canary[from..to]].concat();
                assert!((median(&all) - found).abs() <= 0.0, "{count}, {i}");
            }
        }
    }

    #[test]
    fn a_higher_canary_scores_positive_and_equal_sides_score_nothing() {
        let baseline = course(30, 3);
        assert!(scores(&baseline, &baseline).iter().all(|s| s.abs() <= 0.0));
        let higher: Vec<f64> = baseline.iter().map(|x| x + 100.0).collect();
        let sum: f64 = scores(&baseline, &higher).iter().sum();
        assert!(sum > 5.0, "{sum}");
    }
}
