//! Boundaries of a plan, by recursive numerical integration (Armitage, `McPherson` and Rowe 1969).
//!
//! Under no change, the statistic of growing data behaves like a Brownian motion seen at the looks' information: its increments
//! are independent, with variances equal to those of the information. The density of the paths that have crossed no boundary yet
//! is carried from look to look, and each boundary is put where just what may be spent crosses it.

use std::f64::consts::{PI, SQRT_2};

use crate::stats::distributions::{normal_above, normal_exceeded_with};

/// Boundaries are not farther away than this, in standard errors: a level of 1e-12.
const FARTHEST: f64 = 7.13;
/// Nodes of the integration within one standard error of the finer of both neighbouring steps.
const NODES_A_STEP: f64 = 3.0;
/// Standard errors between nodes, at most.
const WIDEST: f64 = 0.1;
/// Standard errors of a step beyond which nothing is carried over.
const REACH: f64 = 7.0;
/// Boundaries are found to within this, in standard errors.
const PRECISION: f64 = 1e-9;
/// Looks that add less than this share of the information before them are left out of the recursion, which only makes later
/// boundaries stricter. It bounds the work, whatever the number of looks.
const LEAST_STEP: f64 = 1.0 / 256.0;

/// A look for the recursion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Milestone {
    /// Information, in any unit; increasing.
    pub(super) information: f64,
    /// What of the two-sided error rate may be spent by this look; not decreasing.
    pub(super) spent: f64,
}

/// The boundary of the last milestone: by how many standard errors its statistic has to be off, either way.
pub(super) fn last_boundary(milestones: &[Milestone]) -> f64 {
    let mut paths: Option<Paths> = None;
    let mut boundary = FARTHEST;
    let mut remaining = milestones;
    while let [milestone, rest @ ..] = remaining {
        remaining = rest;
        let step = |next: &Milestone| next.information - milestone.information;
        if rest
            .first()
            .is_some_and(|next| step(next) < LEAST_STEP * milestone.information)
        {
            continue;
        }
        boundary = match &paths {
            None => outer(milestone.spent),
            Some(paths) => paths.boundary(*milestone),
        };
        let Some(next) = rest.first() else { break };
        paths = Some(Paths::behind(
            paths.as_ref(),
            *milestone,
            boundary,
            step(next),
        ));
    }
    boundary
}

/// The boundary that is crossed with this two-sided probability when nothing has been before.
fn outer(alpha: f64) -> f64 {
    if alpha > 0.0 {
        normal_exceeded_with((alpha / 2.0).min(0.5)).min(FARTHEST)
    } else {
        FARTHEST
    }
}

/// The paths that have not crossed a boundary yet: their density over where they are now.
struct Paths {
    information: f64,
    /// What has been spent.
    spent: f64,
    first: f64,
    spacing: f64,
    /// Density times the weight of Simpson's rule.
    masses: Vec<f64>,
}

impl Paths {
    /// Those that are left behind a boundary, on a grid fine enough for the next step.
    fn behind(before: Option<&Self>, at: Milestone, boundary: f64, next_step: f64) -> Self {
        let error = at.information.sqrt();
        let last_step = before.map_or(at.information, |paths| at.information - paths.information);
        let finest = last_step.min(next_step).sqrt() / NODES_A_STEP;
        let (half, widest) = (boundary * error, WIDEST * error);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive number of intervals, bounded by the least step"
        )]
        let pairs = (half / finest.min(widest)).ceil().max(1.0) as usize;
        let spacing = half / pairs as f64;
        let mass = |node: usize| {
            let place = spacing.mul_add(node as f64, -half);
            let density = before.map_or_else(
                || normal_density(place / error) / error,
                |paths| paths.density(place, at.information),
            );
            let weight = match node {
                0 => 1.0,
                _ if node % 2 == 1 => 4.0,
                _ => 2.0,
            };
            density * weight * spacing / 3.0
        };
        let mut masses: Vec<f64> = (0..=pairs).map(mass).collect();
        // The other half mirrors it.
        masses.extend_from_within(..pairs);
        masses[pairs + 1..].reverse();
        Self {
            information: at.information,
            spent: at.spent,
            first: -half,
            spacing,
            masses,
        }
    }

    /// The density of these paths over where they are when there is that much information.
    fn density(&self, place: f64, information: f64) -> f64 {
        let step = (information - self.information).sqrt();
        self.between(place - REACH * step, place + REACH * step)
            .map(|(from, mass)| mass * normal_density((place - from) / step) / step)
            .sum()
    }

    /// The boundary at the next look, which these paths cross with the probability of what may be spent there.
    fn boundary(&self, at: Milestone) -> f64 {
        let may = at.spent - self.spent;
        let error = at.information.sqrt();
        let step = (at.information - self.information).sqrt();
        // The probability of crossing a boundary, and how fast it falls. Both sides are alike.
        let crossing = |boundary: f64| -> (f64, f64) {
            let (mut crossed, mut slope) = (0.0, 0.0);
            let edge = boundary * error;
            for (from, mass) in self.between(edge - REACH * step, f64::INFINITY) {
                let z = (edge - from) / step;
                crossed += 2.0 * mass * normal_above(z);
                slope += 2.0 * mass * normal_density(z) * error / step;
            }
            (crossed, slope)
        };
        if crossing(FARTHEST).0 >= may {
            return FARTHEST;
        }
        let (mut low, mut high) = (0.0, FARTHEST);
        let mut at = outer(may);
        while high - low > PRECISION {
            let (crossed, slope) = crossing(at);
            if crossed > may {
                low = at;
            } else {
                high = at;
            }
            // Newton's step on the logarithm, which is nearly a parabola; bisection where it leaves the bracket.
            let next = at + (crossed / may).ln() * crossed / slope;
            if (next - at).abs() < PRECISION {
                return next;
            }
            at = if next > low && next < high {
                next
            } else {
                f64::midpoint(low, high)
            };
        }
        high
    }

    /// The nodes in a range, with their masses.
    fn between(&self, from: f64, to: f64) -> impl Iterator<Item = (f64, f64)> {
        let index = |place: f64| (place - self.first) / self.spacing;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "casts saturate at both ends"
        )]
        let [from, to] = [
            index(from).floor().max(0.0) as usize,
            index(to).ceil().max(0.0) as usize,
        ];
        let to = to.min(self.masses.len() - 1);
        let masses = self.masses.get(from..=to).unwrap_or_default();
        masses.iter().enumerate().map(move |(i, mass)| {
            let place = self.spacing.mul_add((from + i) as f64, self.first);
            (place, *mass)
        })
    }
}

fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (SQRT_2 * PI.sqrt())
}
