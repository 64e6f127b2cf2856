//! How often which values came, the two sides on one scale.

use maud::{Markup, html};
use serinus_judge::stats::percentile;

use super::{Room, axis::Axis, samples::finite};
use crate::{analysis::MetricEvidence, report::wording::axis_number};

const HEIGHT: f64 = 210.0;
const TOP: f64 = 8.0;
const MIDDLE: f64 = 92.0;
const BOTTOM: f64 = 176.0;
const BINS: usize = 40;

/// Width, left and right end of the axis, and about how many ticks it has.
const fn frame(room: Room) -> (f64, f64, f64, usize) {
    match room {
        Room::Wide => (960.0, 74.0, 936.0, 6),
        Room::Narrow => (400.0, 66.0, 384.0, 3),
    }
}

/// The baseline's histogram upwards and the canary's downwards, each with its median and middle half.
pub(crate) fn distribution(
    evidence: &MetricEvidence,
    title: &str,
    description: &str,
    room: Room,
) -> Markup {
    let (width, left, right, ticks) = frame(room);
    let sides = [
        finite(&evidence.baseline.values),
        finite(&evidence.canary.values),
    ];
    let ends = |pick: fn(&Vec<f64>) -> Option<&f64>| sides.iter().filter_map(pick).copied();
    let low = ends(|side| side.first()).fold(f64::INFINITY, f64::min);
    let high = ends(|side| side.last()).fold(f64::NEG_INFINITY, f64::max);
    let x = Axis::at_ticks([low, high], [left, right], ticks);
    let shares = sides.each_ref().map(|side| shares(side, &x));
    let wide = (right - left) / BINS as f64;
    let drawn = [("baseline", MIDDLE, TOP), ("canary", MIDDLE, BOTTOM)];
    html! {
        svg.plot.distribution role="img" aria-label=(format!("{title}. {description}")) viewBox={ "0 0 " (width) " " (HEIGHT) } {
            @for tick in x.ticks(ticks) {
                line.grid x1=(x.place(tick)) x2=(x.place(tick)) y1=(TOP) y2=(BOTTOM) {}
                text.tick x=(x.place(tick)) y=(BOTTOM + 20.0) text-anchor="middle" { (axis_number(tick)) }
            }
            @for ((class, from, to), (side, shares)) in drawn.into_iter().zip(sides.iter().zip(&shares)) {
                // Each by its own tallest: a side that hardly varies would else flatten the other.
                @let tallest = shares.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
                @for (bin, share) in shares.iter().enumerate() {
                    @if *share > 0.0 {
                        @let height = (to - from).abs() * share / tallest;
                        rect.bar.(class) x=(super::at(left + bin as f64 * wide + 0.5)) width=(super::at(wide - 1.0))
                            y=(super::at(if to < from { from - height } else { from })) height=(super::at(height)) {}
                    }
                }
                @if !side.is_empty() {
                    @let [q1, median, q3] = [25.0, 50.0, 75.0].map(|p| x.place(percentile(side, p)));
                    @let level = if to < from { from - 6.0 } else { from + 6.0 };
                    line.half x1=(q1) x2=(q3) y1=(level) y2=(level) {}
                    line.median x1=(median) x2=(median) y1=(from) y2=(to) {}
                }
                text.side.(class) x=(left - 8.0) y=(from.midpoint(to) + 4.0) text-anchor="end" { (class) }
            }
            line.zero x1=(left) x2=(right) y1=(MIDDLE) y2=(MIDDLE) {}
        }
    }
}

/// The share of a side's samples in each bin.
fn shares(sorted: &[f64], x: &Axis) -> [f64; BINS] {
    let [low, high] = x.values();
    let mut shares = [0.0; BINS];
    for value in sorted {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "casts saturate, and the last bin takes what lies at the end"
        )]
        let bin = ((value - low) / (high - low) * BINS as f64) as usize;
        shares[bin.min(BINS - 1)] += 1.0 / sorted.len() as f64;
    }
    shares
}
