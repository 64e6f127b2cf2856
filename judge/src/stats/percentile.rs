//! Percentiles.

/// The percentile `p` (0 to 100) of sorted samples by linear interpolation: type 7 of Hyndman and Fan (1996), the default
/// of R and `NumPy`. NaN without samples.
pub fn percentile(sorted: &[f64], p: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let position = last as f64 * (p / 100.0).clamp(0.0, 1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the position lies in 0..=last"
    )]
    let below = position.floor() as usize;
    let fraction = position - below as f64;
    match sorted.get(below + 1) {
        Some(above) if fraction > 0.0 => sorted[below] + fraction * (above - sorted[below]),
        Some(_) | None => sorted[below],
    }
}
