//! The scale on which the two sides are compared, so that neither units nor a few large values matter.

/// A difference on a scale smaller than this is rounding noise. Scales are made such that 1 is a change by about 100 %.
pub(super) const NEGLIGIBLE: f64 = 1e-10;

/// How samples are transformed before they are subtracted. Near the reference a difference of 0.01 is a change by 1 % on
/// all three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The logarithm, for samples that are all positive: changes by a factor are the same everywhere.
    Logarithm,
    /// Twice the square root of the share of the reference, for samples that can be 0: the variance of counts becomes
    /// stable, and zeros no obstacle.
    Root,
    /// The share of the reference, where samples can be negative.
    Linear,
}

/// A scale with its reference, the level of the baseline in the metric's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    form: Form,
    reference: f64,
}

impl Scale {
    /// The scale for the samples of a baseline, followed by those of everything it is compared with. All must be finite.
    pub(super) fn of(baseline_and_others: &[&[f64]]) -> Self {
        let least = baseline_and_others
            .iter()
            .copied()
            .flatten()
            .copied()
            .fold(f64::INFINITY, f64::min);
        let form = if least > 0.0 {
            Form::Logarithm
        } else if least >= 0.0 {
            Form::Root
        } else {
            Form::Linear
        };
        let reference = baseline_and_others
            .iter()
            .map(|samples| mean_size(samples))
            .find(|size| *size > 0.0)
            .unwrap_or(1.0);
        Self { form, reference }
    }

    /// A scale of the same form with a reference of its own, from a baseline or, failing that, from a canary.
    pub(super) fn with_reference_of(&self, sides: [&[f64]; 2]) -> Self {
        Self {
            reference: Self::of(&sides).reference,
            ..*self
        }
    }

    /// The scale that measures from a limit, in shares of what is larger: the limit or the samples' level.
    pub(super) fn from_limit(limit: f64, samples: &[f64]) -> Self {
        Self::shares_of(limit.abs().max(mean_size(samples)))
    }

    /// The scale of shares of a reference; where that is not positive, in the metric's unit.
    pub(super) fn shares_of(reference: f64) -> Self {
        Self {
            form: Form::Linear,
            reference: if reference > 0.0 { reference } else { 1.0 },
        }
    }

    /// Samples on this scale.
    pub(super) fn apply(&self, samples: &[f64]) -> Vec<f64> {
        samples
            .iter()
            .map(|sample| {
                // Dividing first keeps logarithms small, and with them their rounding error, in every unit.
                let share = (sample / self.reference).clamp(-f64::MAX, f64::MAX);
                match self.form {
                    Form::Logarithm => share.max(f64::MIN_POSITIVE).ln(),
                    Form::Root => 2.0 * share.max(0.0).sqrt(),
                    Form::Linear => share,
                }
            })
            .collect()
    }

    /// The relative change that a difference on this scale stands for: 0.05 is 5 % up. With [`Form::Root`] it is the
    /// change of a sample at the reference.
    pub(super) fn relative(&self, difference: f64) -> f64 {
        match self.form {
            Form::Logarithm => difference.exp_m1(),
            Form::Root => (1.0 + difference.max(-2.0) / 2.0).powi(2) - 1.0,
            Form::Linear => difference,
        }
    }

    /// The difference on this scale that stands for a relative change; minus infinity where nothing can fall so far.
    pub(super) fn difference(&self, relative: f64) -> f64 {
        match self.form {
            Form::Linear => relative,
            Form::Logarithm | Form::Root if relative <= -1.0 => f64::NEG_INFINITY,
            Form::Logarithm => relative.ln_1p(),
            Form::Root => 2.0 * ((1.0 + relative).sqrt() - 1.0),
        }
    }

    /// The change in the metric's unit that a difference on this scale stands for.
    pub(super) fn in_units(&self, difference: f64) -> f64 {
        self.reference * self.relative(difference)
    }

    /// The level that changes are relative to, in the metric's unit; positive.
    pub(super) fn reference(&self) -> f64 {
        self.reference
    }

    /// The relative change that a change in the metric's unit stands for.
    pub(super) fn of_units(&self, change: f64) -> f64 {
        change / self.reference
    }
}

/// The mean of absolute values, without overflow; 0 without values.
fn mean_size(samples: &[f64]) -> f64 {
    let largest = samples
        .iter()
        .fold(0.0_f64, |largest, x| largest.max(x.abs()));
    if largest <= 0.0 {
        return 0.0;
    }
    let shares: f64 = samples.iter().map(|x| x.abs() / largest).sum();
    largest * (shares / samples.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_follow_the_samples() {
        for (baseline, canary, form) in [
            ([1.0, 2.0], [3.0, 4.0], Form::Logarithm),
            ([0.0, 2.0], [3.0, 4.0], Form::Root),
            ([1.0, 2.0], [-3.0, 4.0], Form::Linear),
        ] {
            assert_eq!(Scale::of(&[&baseline, &canary]).form, form);
        }
        // Without a baseline to speak of, the other side gives the reference; without that, one unit does.
        assert!((Scale::of(&[&[0.0], &[3.0]]).reference - 3.0).abs() <= 0.0);
        assert!((Scale::of(&[&[0.0], &[0.0]]).reference - 1.0).abs() <= 0.0);
        assert!(Scale::of(&[&[f64::MAX; 3], &[1.0]]).reference.is_finite());
    }

    #[test]
    fn differences_and_relative_changes_are_inverse() {
        for form in [Form::Logarithm, Form::Root, Form::Linear] {
            let scale = Scale {
                form,
                reference: 7.0,
            };
            for relative in [-0.9, -0.05, 0.0, 0.05, 3.0] {
                let back = scale.relative(scale.difference(relative));
                assert!((back - relative).abs() < 1e-12, "{form:?} {relative}");
            }
            let small = scale.relative(0.01);
            assert!((small - 0.01).abs() < 1e-4, "{form:?}: {small}");
        }
    }
}
