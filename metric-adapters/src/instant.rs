//! Times that stores write as numbers.

use jiff::Timestamp;

/// Reads seconds with at most three decimals since 1970. The nearest double lies within half a millisecond of such a
/// number for every time a [`Timestamp`] can hold, so rounding gives back the very millisecond that was written.
pub(crate) fn from_seconds(seconds: f64) -> Option<Timestamp> {
    from_millis((seconds * 1000.0).round())
}

/// Reads whole milliseconds since 1970.
pub(crate) fn from_millis(millis: f64) -> Option<Timestamp> {
    // Also keeps out NaN.
    if !(-4e14..=4e14).contains(&millis) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "well inside i64, by the line above"
    )]
    let millis = millis.round() as i64;
    Timestamp::from_millisecond(millis).ok()
}

#[cfg(test)]
mod tests {
    use super::from_seconds;

    #[test]
    fn times_keep_their_millisecond() {
        for millis in [
            0,
            1,
            -1,
            1_782_864_000_500,
            1_782_864_000_999,
            253_402_207_199_001,
            4_294_967_295_999,
        ] {
            let text = format!(
                "{}{}.{:03}",
                if millis < 0 { "-" } else { "" },
                i64::abs(millis) / 1000,
                i64::abs(millis) % 1000
            );
            let seconds: f64 = text.parse().unwrap();
            assert_eq!(from_seconds(seconds).unwrap().as_millisecond(), millis);
        }
        for nonsense in [f64::NAN, f64::INFINITY, 1e300, -1e15] {
            assert_eq!(from_seconds(nonsense), None);
        }
    }
}
