//! Samples of a request on their grids.

use jiff::{SignedDuration, Timestamp};
use serinus_adapters::{Sample, Step};
use serinus_judge::Design;

use super::{SideSamples, TimedSample};
use crate::analysis::{Comparison, Grid};
use crate::canary_config::Mistake;

/// One side's samples with the grid they lie on; `None` if there are none.
pub(super) type OnGrid = Option<(Grid, Vec<Sample>)>;

impl SideSamples {
    pub(super) fn on_grid(&self, config_step: SignedDuration) -> Result<OnGrid, Mistake> {
        let step = Step::try_from(self.step.unwrap_or(config_step))
            .map_err(|error| Mistake::new("/step", error.to_string()))?;
        match (&self.samples, &self.values) {
            (Some(samples), None) => timed(samples, step),
            (None, Some(values)) => {
                let start = self.start.ok_or_else(|| {
                    Mistake::new("/start", "`values` need the `start` of the first one")
                })?;
                spaced(values, start, step)
            }
            (Some(_), Some(_)) | (None, None) => Err(Mistake::new(
                "",
                "expected either `samples`, or `values` with `start`",
            )),
        }
    }
}

fn timed(samples: &[TimedSample], step: Step) -> Result<OnGrid, Mistake> {
    let mut sorted: Vec<Sample> = samples
        .iter()
        .map(|&TimedSample(at, value)| Sample {
            at,
            value: value.unwrap_or(f64::NAN),
        })
        .collect();
    sorted.sort_by_key(|sample| sample.at);
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else {
        return Ok(None);
    };
    let step_millis = i128::from(step.as_millis());
    let length = last.at.duration_since(first.at).as_millis();
    let points = (length + step_millis / 2) / step_millis + 1;
    let grid = usize::try_from(points)
        .map_err(|error| error.to_string())
        .and_then(|points| Grid::of_samples(first.at, step, points))
        .map_err(|detail| Mistake::new("/samples", detail))?;
    if let Some(pair) = collision(&sorted, &grid) {
        let (one, other) = (pair[0].at, pair[1].at);
        return Err(Mistake::new(
            "/samples",
            format!(
                "the samples at {one} and {other} fall into one step of {step}; give the `step` they really have"
            ),
        ));
    }
    Ok(Some((grid, sorted)))
}

/// The first two samples at one instant of the grid: one of them would be lost.
fn collision<'a>(sorted: &'a [Sample], grid: &Grid) -> Option<&'a [Sample]> {
    sorted
        .windows(2)
        .find(|pair| grid.index(pair[0].at) == grid.index(pair[1].at))
}

fn spaced(values: &[Option<f64>], start: Timestamp, step: Step) -> Result<OnGrid, Mistake> {
    if values.is_empty() {
        return Ok(None);
    }
    let grid = Grid::of_samples(start, step, values.len())
        .map_err(|detail| Mistake::new("/values", detail))?;
    let samples = grid
        .instants()
        .zip(values)
        .map(|(at, value)| Sample {
            at,
            value: value.unwrap_or(f64::NAN),
        })
        .collect();
    Ok(Some((grid, samples)))
}

/// The grid of each side. Sides on the same step and phase whose times overlap for the most part ran side by side:
/// they share one grid over both, so that they can be paired.
pub(super) fn grids(
    baseline: &OnGrid,
    canary: &OnGrid,
) -> (Option<Grid>, Option<Grid>, Comparison) {
    let comparison = |design, reason: &str| Comparison {
        design,
        reason: reason.to_owned(),
    };
    let (Some((baseline, _)), Some((canary, _))) = (baseline, canary) else {
        let grid = |side: &OnGrid| side.as_ref().map(|(grid, _)| *grid);
        let why = comparison(Design::Independent, "a side has no samples");
        return (grid(baseline), grid(canary), why);
    };
    match baseline.shared_with(canary) {
        Some(shared) => {
            let why = comparison(
                Design::Paired,
                "both sides were sampled at the same clock times for most of their windows",
            );
            (Some(shared), Some(shared), why)
        }
        None => {
            let why = comparison(
                Design::Independent,
                "the two sides cover different times or steps",
            );
            (Some(*baseline), Some(*canary), why)
        }
    }
}
