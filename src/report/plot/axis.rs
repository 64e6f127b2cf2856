//! Linear scales and where their ticks go.

/// From values to coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    values: [f64; 2],
    coordinates: [f64; 2],
}

impl Axis {
    /// From a range of values to one of coordinates. A range that is empty or not finite is widened around its start.
    pub(super) fn new(values: [f64; 2], coordinates: [f64; 2]) -> Self {
        let [low, high] = values;
        let values = if (high - low).is_finite() && high > low {
            values
        } else {
            let middle = if low.is_finite() { low } else { 0.0 };
            let reach = if middle == 0.0 {
                1.0
            } else {
                middle.abs() * 0.1
            };
            [middle - reach, middle + reach]
        };
        Self {
            values,
            coordinates,
        }
    }

    /// The range of values, made wider so that it begins and ends at ticks.
    pub(super) fn at_ticks(values: [f64; 2], coordinates: [f64; 2], count: usize) -> Self {
        let axis = Self::new(values, coordinates);
        let [low, high] = axis.values;
        let step = step(high - low, count);
        Self::new(
            [(low / step).floor() * step, (high / step).ceil() * step],
            coordinates,
        )
    }

    /// Where a value lies; beyond the ends at the ends.
    pub(super) fn place(&self, value: f64) -> f64 {
        let [low, high] = self.values;
        let [from, to] = self.coordinates;
        let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
        super::at(from + share * (to - from))
    }

    /// The range.
    pub(super) fn values(&self) -> [f64; 2] {
        self.values
    }

    /// Whether a value lies within the range.
    pub(super) fn holds(&self, value: f64) -> bool {
        (self.values[0]..=self.values[1]).contains(&value)
    }

    /// About so many round values within the range, in order.
    pub(super) fn ticks(&self, count: usize) -> Vec<f64> {
        let [low, high] = self.values;
        let step = step(high - low, count);
        let first = (low / step - 1e-9).ceil();
        (0..=4 * count)
            .map(|tick| (first + tick as f64) * step)
            // Rounding must not lose the last one, nor make 0 look like 1e-17.
            .take_while(|value| *value <= high + step * 1e-6)
            .map(|value| {
                if value.abs() < step * 1e-6 {
                    0.0
                } else {
                    value
                }
            })
            .collect()
    }
}

/// A round distance of which about `count` make up the range: 1, 2 or 5 times a power of ten.
fn step(range: f64, count: usize) -> f64 {
    let raw = range / count.max(1) as f64;
    let power = 10.0_f64.powf(raw.log10().floor());
    let round = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|round| round * power >= raw * (1.0 - 1e-9))
        .unwrap_or(10.0);
    round * power
}

#[cfg(test)]
mod tests {
    use super::Axis;

    #[test]
    fn ticks_are_round_and_within() {
        let ticks = |values, count| Axis::new(values, [0.0, 100.0]).ticks(count);
        assert_eq!(ticks([0.0, 10.0], 5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks([-20.0, 20.0], 4), [-20.0, -10.0, 0.0, 10.0, 20.0]);
        assert_eq!(ticks([0.031, 0.052], 4), [0.04, 0.05]);
        // Nothing that hostile numbers can do makes it endless.
        for values in [
            [1.0, 1.0],
            [f64::NAN, 2.0],
            [f64::MIN, f64::MAX],
            [5e-324, 1e-323],
        ] {
            assert!(ticks(values, 5).len() <= 21);
        }
    }

    #[test]
    fn values_beyond_the_ends_are_at_the_ends() {
        let axis = Axis::new([0.0, 10.0], [100.0, 0.0]);
        let places = [-1.0, 0.0, 5.0, 10.0, 99.0].map(|value| axis.place(value));
        assert_eq!(format!("{places:?}"), "[100.0, 100.0, 50.0, 0.0, 0.0]");
    }
}
