//! What one look may spend on one metric.

use super::look::{Look, Place};
use super::rule::{LookRule, Passing, Plan, Windows};
use super::{anytime, boundary};
use crate::stats::distributions::normal_above;

/// No level is smaller: no p-value that small means anything, and intervals stay finite. Over 100 looks it comes to 1e-10.
const LEAST: f64 = 1e-12;

/// The nominal two-sided level at which a look is judged, so that all looks of the run together have the error rate `alpha`.
/// `alpha` is above 0 and below 1; so is the level, which is `alpha` itself for a single look.
pub(super) fn failing(rule: LookRule, look: &Look, alpha: f64) -> f64 {
    match rule {
        LookRule::Single | LookRule::EachAlone => alpha,
        LookRule::Planned(plan) => planned(plan, look, alpha),
        LookRule::OpenEnded => anytime::level(alpha, look.progress().get()),
    }
    .max(LEAST)
}

/// The nominal level, in each bad direction, at which a look excludes the change that must be detected.
pub(super) fn passing(rule: LookRule, look: &Look, alpha: f64) -> f64 {
    let each_way = |two_sided: f64| (two_sided / 2.0).max(LEAST);
    let both = (2.0 * alpha).min(0.99);
    match rule {
        LookRule::Single | LookRule::EachAlone => alpha,
        LookRule::Planned(plan) => match plan.passing {
            // There is one look at which the run can pass.
            Passing::AtEnd => alpha,
            Passing::OnceExcluded => each_way(planned(plan, look, both)),
        },
        LookRule::OpenEnded => each_way(anytime::level(both, look.progress().get())),
    }
}

fn planned(plan: Plan, look: &Look, alpha: f64) -> f64 {
    let mut earlier = look.earlier().iter().map(|look| look.progress.get());
    match plan.windows {
        Windows::Growing => {
            let mut milestones: Vec<boundary::Milestone> = earlier
                .map(|progress| boundary::Milestone {
                    information: progress,
                    spent: plan.spending.spent(alpha, progress),
                })
                .collect();
            let progress = look.progress().get();
            milestones.push(boundary::Milestone {
                information: progress,
                spent: match look.place() {
                    Place::Interim => plan.spending.spent(alpha, progress),
                    Place::Last => alpha,
                },
            });
            2.0 * normal_above(boundary::last_boundary(&milestones))
        }
        Windows::Sliding => {
            let before = earlier.next_back().unwrap_or(0.0).min(1.0);
            let until = match look.place() {
                Place::Interim => look.progress().get().min(1.0),
                Place::Last => 1.0,
            };
            alpha * (until - before)
        }
    }
}
