//! What else to know about a comparison.

use super::before_after::{LEAST_CHANGES, is_usable};
use super::differences::finite;
use super::replicas::rows;
use crate::observations::{Clock, Observations};
use crate::release::Side;

/// One sentence each.
pub(super) fn notes(observations: &Observations) -> Vec<String> {
    let mut notes = Vec::new();
    let infinite = observations
        .baseline()
        .iter()
        .chain(observations.canary())
        .filter(|x| x.is_infinite())
        .count();
    if infinite > 0 {
        notes.push(format!("{infinite} infinite samples were left out"));
    }
    if is_single(observations) {
        notes.push(
            "each side is one series, so a difference between machines cannot be told from one between versions"
                .to_owned(),
        );
    }
    notes.extend(left_out(observations));
    notes.extend(history_left_out(observations));
    if let Some(note) = clock(observations) {
        notes.push(note.to_owned());
    }
    notes
}

/// The replicas that have too few samples to be counted.
fn left_out(observations: &Observations) -> Vec<String> {
    let Observations::Replicas(both) = observations else {
        return Vec::new();
    };
    let sides = [
        (Side::Baseline, both.baseline()),
        (Side::Canary, both.canary()),
    ];
    let lost = sides
        .into_iter()
        .filter(|_| !both.are_single())
        .map(|(side, all)| {
            let of = all.nrows();
            (side, of - rows(all).len(), of)
        });
    lost.filter(|(_, lost, _)| *lost > 0)
        .map(|(side, lost, of)| {
            format!("{lost} of {of} replicas of the {side} have too few samples and were left out")
        })
        .collect()
}

/// The earlier windows that have enough samples to be used, of how many.
fn history(observations: &Observations) -> Option<(usize, usize)> {
    let Observations::BeforeAfter(windows) = observations else {
        return None;
    };
    let usable = windows.history.iter().filter(|one| is_usable(&finite(one)));
    Some((usable.count(), windows.history.len()))
}

fn history_left_out(observations: &Observations) -> Option<String> {
    let (usable, of) = history(observations)?;
    let lost = of - usable;
    (lost > 0)
        .then(|| format!("{lost} of {of} earlier windows have too few samples and were left out"))
}

/// Whether each side is one series that stands for all of its machines.
fn is_single(observations: &Observations) -> bool {
    match observations {
        Observations::Paired(_)
        | Observations::Independent(_)
        | Observations::BeforeAfter(_)
        | Observations::Strata(_)
        | Observations::Counts(_) => true,
        Observations::Replicas(both) => both.are_single(),
        Observations::CanaryOnly(_) => false,
    }
}

fn clock(observations: &Observations) -> Option<&'static str> {
    match observations {
        Observations::Independent(_) => Some(
            "the sides were not sampled at the same times, so a change over time cannot be told from one between versions",
        ),
        Observations::BeforeAfter(_)
            if history(observations).is_some_and(|(usable, _)| usable < LEAST_CHANGES) =>
        {
            Some(
                "there are too few earlier windows, so a change over time cannot be told from one between versions",
            )
        }
        Observations::Counts(counts) if counts.clock() == Clock::Separate => Some(
            "the sides were not counted at the same times, so a change over time cannot be told from one between versions",
        ),
        Observations::CanaryOnly(_) => Some(
            "there is no baseline, so a change over time cannot be told from one between versions",
        ),
        Observations::Counts(_)
        | Observations::BeforeAfter(_)
        | Observations::Paired(_)
        | Observations::Replicas(_)
        | Observations::Strata(_) => None,
    }
}
