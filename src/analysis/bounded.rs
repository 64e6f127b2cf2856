//! How many samples a run may hold, once it is known how many series there are.

use super::plan::MAX_SAMPLES;
use super::{FetchError, FetchErrorKind, Fetched, Plan};

/// Takes away answers that do not fit into what a run may hold, in the order of the plan: their metrics are errors. The plan
/// has counted one series a query; replicas and strata are as many as the store says.
pub(super) fn bound(plan: &Plan, fetched: &mut [Fetched]) {
    let mut left = MAX_SAMPLES;
    for (planned, fetched) in plan.metrics.iter().zip(fetched) {
        for (query, answer) in planned.queries.iter().zip(&mut fetched.answers) {
            let Ok(found) = answer else { continue };
            let series = found.series.len();
            match left.checked_sub(series.saturating_mul(query.grid.len())) {
                Some(rest) => left = rest,
                None => *answer = Err(too_many(series, query.grid.len())),
            }
        }
    }
}

fn too_many(series: usize, steps: usize) -> FetchError {
    FetchError {
        kind: FetchErrorKind::TooManySamples,
        message: format!(
            "{series} series of {steps} steps are more than is left of the {MAX_SAMPLES} samples a run may hold; \
             aggregate the query, or choose a shorter window or a longer step"
        ),
    }
}
