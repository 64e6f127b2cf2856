//! Whether enough work was done to tell anything.

use serinus_judge::{Evidence, Observations, Reservation, Side};

use crate::canary_config::MinimumWork;

/// Why the work that was done does not allow a decision, if so. Work that is missing or unknown is none. The sides are those
/// that are compared.
pub(super) fn work_problem(
    minimum: &MinimumWork,
    sides: &[(Side, Option<f64>)],
) -> Option<Reservation> {
    let known = |work: Option<f64>| work.filter(|work| work.is_finite()).unwrap_or_default();
    let of = |wanted: Side| {
        let found = sides.iter().find(|(side, _)| *side == wanted);
        found.map(|(_, work)| known(*work))
    };
    let needed = minimum.at_least.0;
    for side in [Side::Canary, Side::Baseline] {
        if let Some(work) = of(side).filter(|work| *work < needed) {
            return Some(Reservation::Undecidable(if work > 0.0 {
                format!("the {side} did too little work: {work:.0} of {needed} needed")
            } else {
                format!("the {side} did no work that was counted: none of {needed} needed")
            }));
        }
    }
    let planned = minimum.canary_share?.get();
    let (baseline, canary) = (of(Side::Baseline)?, of(Side::Canary)?);
    let odds = |share: f64| share / (1.0 - share);
    let share = canary / (baseline + canary);
    let off = odds(share) / odds(planned);
    // Not a number where both sides did nothing: no share at all is not the planned one.
    if (0.5..=2.0).contains(&off) {
        return None;
    }
    Some(Reservation::Undecidable(format!(
        "the canary did {:.1} % of the work where {:.1} % was planned",
        known(Some(share)) * 100.0,
        planned * 100.0
    )))
}

/// The config asks for work, and nobody knows how much was done.
pub(super) fn work_not_given() -> Reservation {
    Reservation::Undecidable(
        "the config asks for a minimum of work, and how much was done is not given".to_owned(),
    )
}

/// What is known of a metric whose statistics must not decide: the reason why, with the samples there are.
pub(super) fn reserved(why: Reservation, seen: Option<Observations>) -> Evidence {
    match (seen, why) {
        (Some(seen), why) => Evidence::Reserved(seen, why),
        (None, Reservation::Undecidable(what)) => Evidence::Undecidable(what),
        (None, Reservation::Failed(why)) => Evidence::Failed(why),
    }
}
