//! Zones, regions and the like: compared within, where both sides have them.

use serinus_judge::{Observations, Pair, Reservation, Side, Strata, Stratum};

use super::{SideSeries, failed};

/// The strata that both sides have.
pub(super) fn strata(
    baseline: &SideSeries,
    canary: &SideSeries,
    notes: &mut Vec<String>,
) -> Result<Observations, Reservation> {
    let both = shared_names(baseline, canary);
    let left_out = left_out(baseline, canary, &both);
    let missing = baseline.series.is_empty() || canary.series.is_empty();
    if both.is_empty() && !missing {
        let only = left_out.join(", ");
        return Err(Reservation::Undecidable(format!(
            "no stratum has samples on both sides: {only}"
        )));
    }
    if both.is_empty() {
        // Nothing to compare with: no data on that side.
        return Ok(Observations::independent(baseline.mean(), canary.mean()));
    }
    notes.extend(
        left_out
            .iter()
            .map(|only| format!("{only}, which was left out")),
    );
    let of = |side: &SideSeries, name: &String| {
        let named = side.series.iter().find(|(other, _)| other == name);
        named.map(|(_, values)| values.clone()).unwrap_or_default()
    };
    let strata = both
        .iter()
        .map(|name| {
            let pair = Pair::new(of(baseline, name), of(canary, name)).map_err(failed)?;
            let name = name.clone();
            Ok(Stratum { name, pair })
        })
        .collect::<Result<Vec<_>, Reservation>>()?;
    let lost = baseline.series.iter();
    let lost = lost.filter(|(name, values)| !both.contains(name) && is_lasting(values));
    let lost = lost.map(|(name, _)| name.clone()).collect();
    let strata = Strata::new(strata).map_err(failed)?;
    Ok(Observations::Strata(strata.without(lost)))
}

/// Whether a stratum has samples in half of the window or more. One that shows up now and then may be missing from the
/// other side by chance.
fn is_lasting(values: &[f64]) -> bool {
    let present = values.iter().filter(|value| !value.is_nan()).count();
    2 * present >= values.len()
}

/// Names that have a series on both sides.
pub(super) fn shared_names(baseline: &SideSeries, canary: &SideSeries) -> Vec<String> {
    let on_canary = |name: &String| canary.series.iter().any(|(other, _)| other == name);
    let names = baseline.series.iter().map(|(name, _)| name);
    names.filter(|name| on_canary(name)).cloned().collect()
}

/// What is said about strata that only one side has.
fn left_out(baseline: &SideSeries, canary: &SideSeries, both: &[String]) -> Vec<String> {
    [(Side::Baseline, baseline), (Side::Canary, canary)]
        .into_iter()
        .filter_map(|(side, series)| {
            let names = series.series.iter().map(|(name, _)| name.as_str());
            let only: Vec<&str> = names
                .filter(|name| !both.iter().any(|other| other == name))
                .collect();
            (!only.is_empty()).then(|| format!("only the {side} has {}", only.join(", ")))
        })
        .collect()
}
