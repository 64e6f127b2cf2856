//! A window of the canary after one of the baseline, in the light of earlier windows.

use super::differences::{LEAST, MOST, binned, finite};
use super::finding::{Finding, Obstacle};
use super::independent::{self, Level, Welch};
use super::question::Question;
use super::scale::Scale;
use super::shift::{Mean, Shift};
use crate::observations::BeforeAfter;
use crate::test_name::Test;

/// Changes between consecutive windows that are needed to know how a metric changes of itself.
pub(super) const LEAST_CHANGES: usize = 4;
/// Samples a window needs to have a mean worth using.
const LEAST_SAMPLES: usize = 4;

/// Compares consecutive windows.
///
/// Without a baseline at the same time, a change from one window to the next can be the time of day. How much a metric
/// changes from window to window of itself is the root mean square of the changes in its history; the canary's change has
/// to exceed what that explains, as well as what the samples' scatter explains. Without enough of a history, only the latter.
pub(super) fn compare(question: &Question<'_>, windows: &BeforeAfter) -> Finding {
    let windows = Windows::of(windows);
    match windows.drift().filter(|drift| drift.size > 0.0) {
        Some(drift) => windows.against(question, &drift).by(Test::History),
        None => independent::compare_on(question, &windows.scale, windows.sides()),
    }
}

/// The same, and nothing without a history.
pub(super) fn compare_with_history(question: &Question<'_>, windows: &BeforeAfter) -> Finding {
    let windows = Windows::of(windows);
    match windows.drift() {
        Some(drift) => windows.against(question, &drift),
        None => Finding::impossible(
            question,
            Obstacle::TooLittleHistory {
                have: windows.history.len(),
                need: LEAST_CHANGES,
            },
        ),
    }
}

/// Whether the samples of an earlier window that are there suffice for a mean.
pub(super) fn is_usable(window: &[f64]) -> bool {
    window.len() >= LEAST_SAMPLES
}

/// The windows that can be used, on one scale.
struct Windows {
    scale: Scale,
    baseline: Vec<f64>,
    canary: Vec<f64>,
    history: Vec<Vec<f64>>,
}

impl Windows {
    fn of(given: &BeforeAfter) -> Self {
        let (baseline, canary) = (finite(&given.baseline), finite(&given.canary));
        let history: Vec<Vec<f64>> = given
            .history
            .iter()
            .map(|window| finite(window))
            .filter(|window| is_usable(window))
            .collect();
        let all: Vec<&[f64]> = [&baseline, &canary]
            .into_iter()
            .chain(&history)
            .map(Vec::as_slice)
            .collect();
        Self {
            scale: Scale::of(&all),
            baseline,
            canary,
            history,
        }
    }

    fn sides(&self) -> [&[f64]; 2] {
        [&self.baseline, &self.canary]
    }

    fn drift(&self) -> Option<Drift> {
        if self.history.len() < LEAST_CHANGES || self.baseline.len() < LEAST_SAMPLES {
            return None;
        }
        let means: Vec<f64> = self
            .history
            .iter()
            .chain([&self.baseline])
            .map(|window| Level::of(&self.scale.apply(&binned(window, MOST)), 0.0).value)
            .collect();
        let squares: f64 = means
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).powi(2))
            .sum();
        let changes = means.len() - 1;
        let size = (squares / changes as f64).sqrt();
        Some(Drift { size, changes })
    }

    fn against(&self, question: &Question<'_>, drift: &Drift) -> Finding {
        let samples = self.baseline.len().min(self.canary.len());
        let finding = Finding::begin(question, self.scale, samples, LEAST);
        if finding.obstacle.is_some() {
            return finding;
        }
        let welch = Welch::of(&self.scale, self.sides(), |_| 0.0);
        // The history's t distribution allows for what is not known of variances; scatter has to exceed what is certain of it.
        let scatter = Mean {
            degrees: Mean::MANY,
            ..welch.mean
        };
        let by_history = Mean {
            error: drift.size,
            degrees: drift.changes as f64,
            ..welch.mean
        };
        let each_way = question.settings.alpha() / 2.0;
        let wider = if by_history.reach(each_way) > scatter.reach(each_way) {
            by_history
        } else {
            scatter
        };
        // The history knows the autocorrelation beyond the window, so few effective samples are no obstacle.
        Finding {
            shift: Shift::of(
                wider,
                by_history.p().max(scatter.p()),
                welch.effective,
                question.settings,
            ),
            ..finding
        }
    }
}

/// How a metric changes from window to window.
struct Drift {
    /// Root mean square change of the mean, on the scale.
    size: f64,
    changes: usize,
}
