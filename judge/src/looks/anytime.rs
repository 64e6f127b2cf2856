//! Looks at any times, as many as one likes.

use crate::stats::distributions::normal_above;

/// The nominal two-sided level of a look at this progress, so that the error rate of all looks there could ever be is `alpha`.
///
/// The boundary of a normal mixture (Robbins 1970): `z^2 = 2 (s + 1)/s ln(sqrt(s + 1)/alpha)`, where `s` is the information in units
/// of that at which the mixture is centred. With the centre at `-2 ln(alpha) + ln(-2 ln(alpha) + 1)`, the boundary is about as
/// tight as it can be at progress 1 (Waudby-Smith et al. 2021).
pub(super) fn level(alpha: f64, progress: f64) -> f64 {
    let doubt = -2.0 * alpha.ln();
    let s = (doubt + (doubt + 1.0).ln()) * progress;
    let z = (2.0 * (s + 1.0) / s * ((s + 1.0).sqrt() / alpha).ln()).sqrt();
    2.0 * normal_above(z)
}
