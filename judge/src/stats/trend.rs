//! Does a series rise or fall over time, and how fast?

use super::bounds::Bounds;
use super::distributions::normal_exceeded_with;
use super::levels::{Alpha, Inflation};
use super::mann_whitney::is_equal;
use super::tail::Tail;

/// Most points a trend is computed for: all pairs are looked at, about a million of them here.
pub const MOST_POINTS: usize = 1500;

/// The Theil-Sen estimate of a trend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// The median of the slopes between all pairs of points, in units of the value per unit of time.
    pub estimate: f64,
    /// The slopes that Mann and Kendall's test does not reject; unbounded if it never rejects with so few points.
    pub interval: Bounds,
}

/// Answer of the Mann-Kendall test. A positive statistic is a rise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannKendall {
    /// Pairs of points that rise less pairs that fall.
    pub s: f64,
    /// `s` in standard units, with corrections for ties and continuity; 0 if all values are equal.
    pub z: f64,
    /// p-value; 1 if all values are equal.
    pub p: f64,
}

/// The slope of a line through points `(time, value)` by Theil (1950) and Sen (1968): nearly a third of the points may be
/// outliers. The interval is the normal approximation, its width multiplied by the root of `inflation`, which stands for
/// autocorrelation around the line.
///
/// `None` with fewer than two or more than [`MOST_POINTS`] points (longer series should be averaged over longer steps), if
/// a number is not finite or a slope overflows, or if two points share a time.
///
/// ```
/// use serinus_judge::stats::{Alpha, Inflation, theil_sen};
/// let points: Vec<(f64, f64)> = [3.0, 5.0, 7.0, 90.0, 11.0].into_iter().zip(0..).map(|(y, t)| (f64::from(t), y)).collect();
/// let slope = theil_sen(&points, Inflation::NONE, Alpha::new(0.05).unwrap()).unwrap();
/// assert_eq!(slope.estimate, 2.0);
/// ```
pub fn theil_sen(points: &[(f64, f64)], inflation: Inflation, alpha: Alpha) -> Option<Slope> {
    let points = in_order_of_time(points)?;
    let mut slopes = Vec::with_capacity(points.len() * (points.len() - 1) / 2);
    for (i, (time, value)) in points.iter().enumerate() {
        for (later, then) in &points[i + 1..] {
            slopes.push((then - value) / (later - time));
        }
    }
    if !slopes.iter().all(|slope| slope.is_finite()) {
        return None;
    }
    let count = slopes.len();
    // No correction for ties: nearly every slope, taken off, undoes them.
    let spread = (variance(points.len(), 0.0) * inflation.get()).sqrt();
    let rank = (count as f64 - 1.0 - normal_exceeded_with(alpha.half()) * spread) / 2.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "casts saturate, and the bound lies in the range"
    )]
    let rank = (rank.ceil().max(0.0) as usize).min(count / 2);

    let interval = match rank {
        0 => Bounds::UNBOUNDED,
        rank => Bounds {
            lower: of_rank(&mut slopes, rank),
            upper: of_rank(&mut slopes, count + 1 - rank),
        },
    };
    let middle = [count.div_ceil(2), count / 2 + 1].map(|rank| of_rank(&mut slopes, rank));
    Some(Slope {
        estimate: middle[0].midpoint(middle[1]),
        interval,
    })
}

/// Tests whether points `(time, value)` rise or fall (Mann 1945; Kendall 1955), by the normal approximation, good from about
/// ten points on. The variance is multiplied by `inflation`: autocorrelated series drift without a trend, and are taken for
/// rising or falling far too often without it (Hamed and Rao 1998).
///
/// `None` as for [`theil_sen`], except that no slope can overflow here.
pub fn mann_kendall(
    points: &[(f64, f64)],
    inflation: Inflation,
    tail: Tail,
) -> Option<MannKendall> {
    let points = in_order_of_time(points)?;
    let mut s = 0.0;
    for (i, (_, value)) in points.iter().enumerate() {
        for (_, then) in &points[i + 1..] {
            s += f64::from(i8::from(then > value) - i8::from(then < value));
        }
    }
    let mut values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    values.sort_unstable_by(f64::total_cmp);
    let variance = variance(points.len(), kendall_ties(&values)) * inflation.get();
    let z = if variance > 0.0 {
        // In steps of 2, so that half of it is in steps of 1.
        tail.continuity_corrected(s / 2.0) / (variance.sqrt() / 2.0)
    } else {
        0.0
    };
    Some(MannKendall {
        s,
        z,
        p: if variance > 0.0 {
            tail.of_normal(z)
        } else {
            1.0
        },
    })
}

/// The slope of this rank, from 1.
fn of_rank(slopes: &mut [f64], rank: usize) -> f64 {
    // Negative zero would differ from zero when printed.
    *slopes.select_nth_unstable_by(rank - 1, f64::total_cmp).1 + 0.0
}

fn in_order_of_time(points: &[(f64, f64)]) -> Option<Vec<(f64, f64)>> {
    let finite = points
        .iter()
        .all(|(time, value)| time.is_finite() && value.is_finite());
    if !finite || points.len() < 2 || points.len() > MOST_POINTS {
        return None;
    }
    let mut points = points.to_vec();
    points.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    points
        .windows(2)
        .all(|pair| pair[0].0 < pair[1].0)
        .then_some(points)
}

/// Variance of Kendall's `s` without a trend.
fn variance(points: usize, ties: f64) -> f64 {
    (kendall_term(points) - ties) / 18.0
}

fn kendall_ties(sorted: &[f64]) -> f64 {
    sorted
        .chunk_by(|a, b| is_equal(*a, *b))
        .map(|group| kendall_term(group.len()))
        .sum()
}

fn kendall_term(count: usize) -> f64 {
    let t = count as f64;
    t * (t - 1.0) * (2.0 * t + 5.0)
}
