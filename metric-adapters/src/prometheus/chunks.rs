//! Windows with more points than the server returns at once, in pieces.

use crate::{Step, Window};

/// How many points one request asks for.
///
/// Prometheus refuses a range when `(end - start) / step > 11000` (`web/api/v1/api.go`), so it would return one point
/// more than this.
pub(super) const MAX_POINTS: u64 = 11_000;
/// How many requests one query may become: over a million points per series, far beyond what an analysis needs.
pub(super) const MAX_CHUNKS: u64 = 100;

/// The first and the last evaluation instant of each piece, in milliseconds since 1970.
///
/// The server evaluates both ends, so a piece of n points is `(n - 1) * step` long and the next begins one step
/// later. The last piece ends with the window, which need not be an evaluation instant.
///
/// Returns nothing when there would be more than [`MAX_CHUNKS`].
pub(super) fn split(window: &Window, step: Step) -> Option<Vec<(i64, i64)>> {
    if window.points(step).div_ceil(MAX_POINTS) > MAX_CHUNKS {
        return None;
    }
    let points = i64::try_from(MAX_POINTS).ok()?;
    // Cannot overflow when there is more than one piece: then a piece is shorter than the window.
    let stride = points.saturating_mul(step.as_millis());
    let mut pieces = Vec::new();
    let mut start = window.start_ms();
    loop {
        let last = start.saturating_add(stride - step.as_millis());
        let next = start.saturating_add(stride);
        if next > window.end_ms() {
            pieces.push((start, window.end_ms()));
            return Some(pieces);
        }
        pieces.push((start, last));
        start = next;
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{MAX_CHUNKS, MAX_POINTS, split};
    use crate::{Step, Window};

    /// Every evaluation instant of the window is in exactly one piece, and no piece is too long.
    #[test]
    fn pieces_cover_each_instant_once() {
        let step = Step::try_from(SignedDuration::from_millis(7)).unwrap();
        let edge = i64::try_from(MAX_POINTS).unwrap() * 7;
        for length in [
            1,
            edge - 8,
            edge - 7,
            edge - 1,
            edge,
            edge + 1,
            3 * edge + 5,
        ] {
            let start = Timestamp::from_millisecond(1_700_000_000_123).unwrap();
            let window = Window::new(start, start + SignedDuration::from_millis(length)).unwrap();
            let mut expected = window.start_ms();
            for (first, last) in split(&window, step).unwrap() {
                let points = (last - first) / 7 + 1;
                assert_eq!(first, expected);
                assert!(points.unsigned_abs() <= MAX_POINTS, "{points} at {length}");
                expected = first + points * 7;
            }
            assert!(expected > window.end_ms() && expected - 7 <= window.end_ms());
        }
    }

    #[test]
    fn too_many_pieces_are_refused() {
        let step = Step::try_from(SignedDuration::from_millis(1)).unwrap();
        let most = i64::try_from(MAX_POINTS * MAX_CHUNKS).unwrap();
        let window = |points: i64| {
            let end = Timestamp::from_millisecond(points - 1).unwrap();
            Window::new(Timestamp::UNIX_EPOCH, end).unwrap()
        };
        assert_eq!(split(&window(most), step).unwrap().len(), 100);
        assert_eq!(split(&window(most + 1), step), None);
    }
}
