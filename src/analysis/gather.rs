//! From what was fetched for a metric to what the judge gets, and to the record of it.

use serinus_judge::{Evidence, Reservation, Side};

use super::arrange::{SideSeries, arrange};
use super::evidence::{
    CountEvidence, MetricEvidence, SeriesEvidence, SideEvidence, WindowEvidence, known,
};
use super::work::work_problem;
use super::{Arrangement, Fetched, FetchedQuery, PlannedMetric, PlannedQuery, Role, Tolerance};
use crate::canary_config::MinimumWork;

/// One metric with its samples, ready to be judged.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) evidence: Evidence,
    pub(super) record: MetricEvidence,
}

/// Gathers what was fetched for a metric.
pub(super) fn gather(
    minimum: Option<&MinimumWork>,
    planned: &PlannedMetric,
    fetched: &Fetched,
) -> Gathered {
    let work = work(planned, fetched);
    let arranged = arrange(planned, fetched);
    let unfetched = fetched.failure(planned);
    let failure = unfetched
        .map(|(side, error)| format!("{side}: {error}"))
        .or_else(|| arranged.confusion.clone());
    let side = |side: Side, series: &SideSeries| {
        let done = work.iter().find(|(of, _)| *of == side);
        SideEvidence {
            work: done.and_then(|(_, work)| *work),
            ..record(planned, fetched, side, series)
        }
    };
    Gathered {
        evidence: arranged.evidence(amiss(failure.as_ref(), minimum, &work)),
        record: MetricEvidence {
            metric: planned.metric.clone(),
            same_times: planned.shared.is_some(),
            failure,
            comparison: planned.comparison.clone(),
            tolerance: Tolerance::default(),
            baseline: side(Side::Baseline, &arranged.baseline),
            canary: side(Side::Canary, &arranged.canary),
            history: arranged
                .history
                .iter()
                .map(|(grid, values)| WindowEvidence {
                    start: grid.first(),
                    step_millis: grid.step().as_millis(),
                    values: known(values),
                })
                .collect(),
            notes: arranged.notes,
            explore: None,
        },
    }
}

/// What is amiss outside of the samples, if anything.
pub(super) fn amiss(
    failure: Option<&String>,
    minimum: Option<&MinimumWork>,
    work: &[(Side, Option<f64>)],
) -> Option<Reservation> {
    match failure {
        Some(why) => Some(Reservation::Failed(why.clone())),
        None => work_problem(minimum?, work),
    }
}

/// The queries of a metric with their answers.
fn answers<'a>(
    planned: &'a PlannedMetric,
    fetched: &'a Fetched,
) -> impl Iterator<
    Item = (
        &'a PlannedQuery,
        &'a Result<FetchedQuery, super::FetchError>,
    ),
> {
    planned.queries.iter().zip(&fetched.answers)
}

/// The work that each side did; `None` where nothing is known of it. Empty if it was not asked for.
fn work(planned: &PlannedMetric, fetched: &Fetched) -> Vec<(Side, Option<f64>)> {
    answers(planned, fetched)
        .filter_map(|(query, answer)| {
            let Role::Work(side) = query.role else {
                return None;
            };
            let samples = answer.as_ref().ok()?.series.first().map(|one| &one.samples);
            let last = samples.and_then(|samples| samples.last());
            Some((
                side,
                last.map(|sample| sample.value)
                    .filter(|work| work.is_finite()),
            ))
        })
        .collect()
}

/// A side's record, whether or not its queries were answered.
fn record(
    planned: &PlannedMetric,
    fetched: &Fetched,
    side: Side,
    found: &SideSeries,
) -> SideEvidence {
    let asked: Vec<_> = answers(planned, fetched)
        .filter(|(query, _)| {
            query.role.side() == side && !matches!(query.role, Role::History(_) | Role::Work(_))
        })
        .collect();
    let Some(first) = asked.first().map(|(query, _)| query) else {
        return SideEvidence::empty();
    };
    let mut notes = found.notes.clone();
    let mut millis = 0.0_f64;
    for (_, answer) in &asked {
        match answer {
            Ok(answer) => millis = millis.max(answer.elapsed.as_secs_f64() * 1e3),
            Err(error) => notes.push(error.message.clone()),
        }
    }
    for (query, answer) in answers(planned, fetched) {
        if let (Role::Work(of), Ok(answer)) = (query.role, answer)
            && of == side
        {
            let work = answer.notes.iter().map(|note| format!("work: {note}"));
            notes.extend(work);
        }
    }
    let grid = found.grid.unwrap_or(first.grid);
    SideEvidence {
        account: first.account.clone(),
        queries: asked.iter().map(|(query, _)| query.text.clone()).collect(),
        labels: found.labels.clone(),
        series: several(planned, found),
        counts: found.counts.as_ref().map(|counted| CountEvidence {
            errors: known(&counted.errors),
            of: known(&counted.of),
        }),
        notes,
        fetch_millis: millis,
        ..SideEvidence::on(&grid, &found.mean())
    }
}

fn several(planned: &PlannedMetric, found: &SideSeries) -> Vec<SeriesEvidence> {
    match planned.arrangement {
        Arrangement::Single | Arrangement::Counts => Vec::new(),
        Arrangement::Replicas { .. } | Arrangement::Strata { .. } | Arrangement::Locations(_) => {
            let series = found.series.iter();
            let named = series.map(|(name, values)| SeriesEvidence {
                name: name.clone(),
                values: known(values),
            });
            named.collect()
        }
    }
}
