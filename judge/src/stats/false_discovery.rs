//! Many metrics at once: how many of the alarms are false?

/// Adjusted p-values by Benjamini and Hochberg (1995), in the order given: rejecting those up to `q` keeps the expected
/// share of false alarms among all alarms at `q` or below, for independent and for positively dependent metrics.
///
/// `None` if a p-value is not within 0 to 1. No p-values, no adjusted ones.
///
/// ```
/// let adjusted = serinus_judge::stats::benjamini_hochberg(&[0.5, 0.125, 0.25, 0.75]).unwrap();
/// assert_eq!(adjusted, [2.0 / 3.0, 0.5, 0.5, 0.75]);
/// ```
pub fn benjamini_hochberg(p_values: &[f64]) -> Option<Vec<f64>> {
    if !p_values.iter().all(|p| (0.0..=1.0).contains(p)) {
        return None;
    }
    let count = p_values.len() as f64;
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_unstable_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least = 1.0;
    for (below, index) in order.into_iter().enumerate().rev() {
        least = f64::min(least, p_values[index] * (count / (below as f64 + 1.0)));
        adjusted[index] = least;
    }
    Some(adjusted)
}
