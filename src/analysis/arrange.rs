//! From answers to observations: lined up by time, told apart by label, never by position.

mod series;
mod strata;

pub(super) use self::series::SideSeries;

use std::{collections::BTreeMap, fmt};

use ndarray::Array2;
use serinus_adapters::Series;
use serinus_judge::{
    Clock, CountPair, CountSeries, Design, Evidence, Observations, Reservation, Side,
};

use self::series::Counted;
use self::strata::{shared_names, strata};
use super::align::{Aligned, Together, align, coarsened};
use super::evidence::unknown;
use super::work::reserved;
use super::{
    Arrangement, Fetched, FetchedQuery, Grid, MetricEvidence, PlannedMetric, PlannedQuery, Role,
};

/// The observations of a metric, and the samples of each side for the record.
#[derive(Debug)]
pub(super) struct Arranged {
    observed: Result<Observations, Reservation>,
    /// What keeps the series of a side from being told apart; that side has none here.
    pub(super) confusion: Option<String>,
    pub(super) baseline: SideSeries,
    pub(super) canary: SideSeries,
    /// Earlier windows, oldest first.
    pub(super) history: Vec<(Grid, Vec<f64>)>,
    /// What was noticed about both sides together.
    pub(super) notes: Vec<String>,
}

impl Arranged {
    /// What is known, if nothing outside of the samples is amiss; else the same with that reservation.
    pub(super) fn evidence(&self, amiss: Option<Reservation>) -> Evidence {
        match (amiss, &self.observed) {
            (None, Ok(observations)) => Evidence::Observed(observations.clone()),
            (Some(why), Ok(observations)) => reserved(why, Some(observations.clone())),
            (Some(why), Err(_)) => reserved(why, self.canary.alone()),
            (None, Err(why)) => reserved(why.clone(), self.canary.alone()),
        }
    }
}

/// Puts answers together as the plan says. What cannot be put together is evidence of that.
pub(super) fn arrange(planned: &PlannedMetric, fetched: &Fetched) -> Arranged {
    let answers = Answers { planned, fetched };
    let mut confusion = None;
    let [canary, baseline] = [Side::Canary, Side::Baseline].map(|side| {
        answers.side(side).unwrap_or_else(|problem| {
            confusion.get_or_insert(problem);
            SideSeries::default()
        })
    });
    let mut notes = Vec::new();
    let history = answers.history(&mut notes);
    let clock = match planned.shared {
        Some(_) => Clock::Shared,
        None => Clock::Separate,
    };
    let windows: Vec<_> = history.iter().map(|(_, values)| values.clone()).collect();
    let design = planned.comparison.design;
    let observed = observations(design, clock, [&baseline, &canary], windows, &mut notes);
    Arranged {
        observed,
        confusion,
        baseline,
        canary,
        history,
        notes,
    }
}

/// What the judge got for a metric, from the record of it.
///
/// # Errors
/// The record does not fit together; a sentence.
pub(super) fn arrange_recorded(record: &MetricEvidence) -> Result<Arranged, String> {
    let design = record.comparison.design;
    let side = |side: Side, samples| {
        SideSeries::recorded(samples, design).map_err(|why| format!("the {side}: {why}"))
    };
    let baseline = side(Side::Baseline, &record.baseline)?;
    let canary = side(Side::Canary, &record.canary)?;
    let windows = record.history.iter().map(|window| unknown(&window.values));
    let clock = match record.same_times {
        true => Clock::Shared,
        false => Clock::Separate,
    };
    // What was noticed is in the record already.
    let mut notes = Vec::new();
    let sides = [&baseline, &canary];
    let observed = observations(design, clock, sides, windows.collect(), &mut notes);
    Ok(Arranged {
        observed,
        confusion: None,
        baseline,
        canary,
        history: Vec::new(),
        notes: Vec::new(),
    })
}

/// The answers with what they were for.
struct Answers<'a> {
    planned: &'a PlannedMetric,
    fetched: &'a Fetched,
}

impl Answers<'_> {
    fn of(&self, wanted: impl Fn(Role) -> bool) -> Vec<(&PlannedQuery, &FetchedQuery)> {
        self.planned
            .queries
            .iter()
            .zip(&self.fetched.answers)
            .filter(|(query, _)| wanted(query.role))
            .filter_map(|(query, answer)| Some((query, answer.as_ref().ok()?)))
            .collect()
    }

    /// The series of a side.
    fn side(&self, side: Side) -> Result<SideSeries, String> {
        let answers = self.of(|role| match role {
            Role::Samples(of) | Role::Location(of, _) => of == side,
            Role::Errors(_) | Role::History(_) | Role::Work(_) => false,
        });
        let mut found = SideSeries::default();
        for (query, answer) in &answers {
            found.notes.extend(answer.notes.iter().cloned());
            let grid = self.planned.shared.unwrap_or(query.grid);
            (found.grid, found.points) = (Some(grid), grid.len());
            match (&self.planned.arrangement, query.role) {
                (Arrangement::Replicas { label } | Arrangement::Strata { label }, _) => {
                    for (name, series) in told_apart(side, label, &answer.series)? {
                        let values = self.values(query, Some(series), &mut found.notes);
                        found.series.push((name, values));
                    }
                }
                (Arrangement::Locations(locations), Role::Location(_, place)) => {
                    let values = self.values(query, answer.series.first(), &mut found.notes);
                    let name = locations.get(place).cloned().unwrap_or_default();
                    found.series.push((name, values));
                }
                (Arrangement::Single | Arrangement::Counts | Arrangement::Locations(_), _) => {
                    let one = answer.series.first();
                    found.labels = one.map(|one| one.labels.0.clone()).unwrap_or_default();
                    let values = self.values(query, one, &mut found.notes);
                    found.series.push((String::new(), values));
                }
            }
        }
        if self.planned.arrangement == Arrangement::Counts {
            found.counts = self.counts(side, &mut found)?;
        }
        Ok(found)
    }

    /// Values on the grid that both sides share, or on the query's own.
    fn values(
        &self,
        query: &PlannedQuery,
        series: Option<&Series>,
        notes: &mut Vec<String>,
    ) -> Vec<f64> {
        let samples = series.map_or(&[][..], |series| &series.samples);
        let Aligned {
            values,
            notes: noticed,
        } = match &self.planned.shared {
            Some(shared) => {
                // Of errors, a step without a number had none, so that the others add up to what there was.
                let together = match self.planned.arrangement {
                    Arrangement::Counts => Together::Added,
                    Arrangement::Single
                    | Arrangement::Replicas { .. }
                    | Arrangement::Strata { .. }
                    | Arrangement::Locations(_) => Together::Averaged,
                };
                coarsened(align(samples, &query.grid), &query.grid, shared, together)
            }
            None => align(samples, &query.grid),
        };
        for note in noticed {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        values
    }

    /// Errors and requests. Where there are requests and no series of errors, there were none.
    fn counts(&self, side: Side, found: &mut SideSeries) -> Result<Option<Counted>, String> {
        let errors = self.of(|role| role == Role::Errors(side));
        // Requests alone are no share: nothing must take their number for one.
        let requests = found.series.pop();
        let (Some((query, answer)), Some((_, of))) = (errors.first(), requests) else {
            return Ok(None);
        };
        found.notes.extend(answer.notes.iter().cloned());
        if answer.series.is_empty() {
            let note = "the query for errors found no series, which is taken for no errors";
            found.notes.push(note.to_owned());
        }
        let errors = self.values(query, answer.series.first(), &mut found.notes);
        let shares = CountSeries::new(&errors, &of).map_err(|error| error.to_string())?;
        found.series.push((String::new(), shares.shares().to_vec()));
        Ok(Some(Counted { errors, of }))
    }

    /// Earlier windows; what is noted of them is said once, of however many.
    fn history(&self, notes: &mut Vec<String>) -> Vec<(Grid, Vec<f64>)> {
        let mut windows = Vec::new();
        for (query, answer) in self.of(|role| matches!(role, Role::History(_))) {
            let one = answer.series.first();
            let samples = one.map_or(&[][..], |series| &series.samples);
            let aligned = align(samples, &query.grid);
            for note in answer.notes.iter().chain(&aligned.notes) {
                let note = format!("earlier windows: {note}");
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
            windows.push((query.grid, aligned.values));
        }
        windows
    }
}

/// Series by the value of a label of theirs.
fn told_apart<'a>(
    side: Side,
    label: &str,
    series: &'a [Series],
) -> Result<BTreeMap<String, &'a Series>, String> {
    let mut found = BTreeMap::new();
    for one in series {
        let Some(name) = one.labels.0.get(label) else {
            return Err(format!(
                "{side}: the series {} has no label {label:?} to tell it from others",
                one.labels
            ));
        };
        if found.insert(name.clone(), one).is_some() {
            return Err(format!(
                "{side}: several series have {label}={name:?}; aggregate the query by {label}"
            ));
        }
    }
    Ok(found)
}

fn observations(
    design: Design,
    clock: Clock,
    [baseline, canary]: [&SideSeries; 2],
    history: Vec<Vec<f64>>,
    notes: &mut Vec<String>,
) -> Result<Observations, Reservation> {
    let values = |side: &SideSeries| match side.series.as_slice() {
        [(_, values)] => values.clone(),
        _ => Vec::new(),
    };
    Ok(match design {
        Design::Paired => Observations::paired(values(baseline), values(canary)).map_err(failed)?,
        Design::Independent => Observations::independent(values(baseline), values(canary)),
        Design::BeforeAfter => {
            Observations::before_after(values(baseline), values(canary), history)
        }
        Design::CanaryOnly => Observations::CanaryOnly(values(canary)),
        Design::Counts => {
            let side = |side: &SideSeries| {
                let Counted { errors, of } = side.counts.clone().unwrap_or_default();
                CountSeries::new(&errors, &of).map_err(failed)
            };
            CountPair::new(side(baseline)?, side(canary)?, clock)
                .map(Observations::Counts)
                .map_err(failed)?
        }
        Design::Replicas => {
            let both = shared_names(baseline, canary);
            if let Some(name) = both.first() {
                return Err(Reservation::Undecidable(format!(
                    "{name:?} is a replica of both sides: the queries select overlapping populations"
                )));
            }
            let moments = baseline.points.max(canary.points);
            let [baseline, canary] = [baseline, canary].map(|side| matrix(side, moments));
            Observations::replicas(baseline?, canary?).map_err(failed)?
        }
        Design::Strata => strata(baseline, canary, notes)?,
    })
}

fn failed(error: impl fmt::Display) -> Reservation {
    Reservation::Failed(error.to_string())
}

/// One row per series, one column per instant.
fn matrix(side: &SideSeries, moments: usize) -> Result<Array2<f64>, Reservation> {
    let values: Vec<f64> = side
        .series
        .iter()
        .flat_map(|(_, values)| values.iter().copied())
        .collect();
    Array2::from_shape_vec((side.series.len(), moments), values).map_err(failed)
}
