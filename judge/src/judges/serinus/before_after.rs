//! A window of the canary after one of the baseline, in the light of earlier windows.

use super::finding::{Finding, Footing, Shift};
use super::independent::{self, Mean, finite};
use super::paired::{LEAST, binned, caution};
use super::scale::Scale;
use crate::observations::BeforeAfter;
use crate::stats::student;

/// Changes between consecutive windows that are needed to know how a metric changes of itself.
const LEAST_CHANGES: usize = 4;
/// Samples a window needs to have a mean worth using.
const LEAST_SAMPLES: usize = 4;
/// Degrees of freedom with which Student's distribution is the normal one.
const MANY: f64 = 1e6;
/// Samples a window beyond which neighbours are averaged.
const MOST: usize = 240;

/// Compares consecutive windows.
///
/// Without a baseline at the same time, a change from one window to the next can be the time of day. How much a metric
/// changes from window to window of itself is the root mean square of the changes in its history; the canary's change has
/// to exceed what that explains, as well as what the samples' scatter explains.
pub(super) fn compare(windows: &BeforeAfter, alpha: f64) -> Finding {
    let (baseline, canary) = (finite(&windows.baseline), finite(&windows.canary));
    let history: Vec<Vec<f64>> = windows
        .history
        .iter()
        .map(|window| finite(window))
        .filter(|window| window.len() >= LEAST_SAMPLES)
        .collect();
    let windows: Vec<&[f64]> = [&baseline, &canary]
        .into_iter()
        .chain(&history)
        .map(Vec::as_slice)
        .collect();
    let scale = Scale::of(&windows);
    let Some(drift) = drift(&scale, &baseline, &history) else {
        return independent::compare_on(&scale, &baseline, &canary, caution);
    };
    let scatter = independent::compare_on(&scale, &baseline, &canary, |_| 0.0);
    if scatter.samples < LEAST {
        return scatter;
    }
    // The history's t distribution allows for what is not known of variances; scatter has to exceed what is certain of it.
    let z = scatter.shift.estimate / scatter.shift.error;
    let scatter = Finding {
        shift: Shift {
            degrees: MANY,
            p: student::two_sided(z, MANY),
            ..scatter.shift
        },
        ..scatter
    };
    let by_history = Shift {
        error: drift.size,
        degrees: drift.changes as f64,
        p: student::two_sided(scatter.shift.estimate / drift.size, drift.changes as f64),
        ..scatter.shift
    };
    let wider = if by_history.reach(alpha / 2.0) > scatter.shift.reach(alpha / 2.0) {
        by_history
    } else {
        scatter.shift
    };
    Finding {
        shift: Shift {
            p: by_history.p.max(scatter.shift.p),
            ..wider
        },
        // The history knows the autocorrelation beyond the window.
        footing: Footing::Firm,
        obstacle: None,
        ..scatter
    }
}

/// How a metric changes from window to window.
struct Drift {
    /// Root mean square change of the mean, on the scale.
    size: f64,
    changes: usize,
}

fn drift(scale: &Scale, baseline: &[f64], history: &[Vec<f64>]) -> Option<Drift> {
    if history.len() < LEAST_CHANGES || baseline.len() < LEAST_SAMPLES {
        return None;
    }
    let means: Vec<f64> = history
        .iter()
        .map(Vec::as_slice)
        .chain([baseline])
        .map(|window| Mean::of(&scale.apply(&binned(window, MOST)), 0.0).value)
        .collect();
    let squares: f64 = means
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).powi(2))
        .sum();
    let changes = means.len() - 1;
    let size = (squares / changes as f64).sqrt();
    (size > 0.0).then_some(Drift { size, changes })
}
