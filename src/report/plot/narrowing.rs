//! One metric's change and its interval, look after look.

use maud::{Markup, html};
use serinus_judge::Outcome;

use super::{Change, at, axis::Axis};
use crate::report::{
    html::outcome_class,
    wording::{number, percent},
};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 210.0;
const LEFT: f64 = 74.0;
const RIGHT: f64 = 936.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 172.0;
/// Intervals reach no further than this, in percent: the first ones may be as wide as they like.
const FURTHEST: f64 = 200.0;

/// A metric as a look found it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ChangeSeen {
    /// Which look, from 1.
    pub(crate) look: u32,
    pub(crate) change: Change,
    pub(crate) outcome: Outcome,
}

/// The intervals of a metric's change at each look against what is allowed.
pub(crate) fn narrowing(seen: &[ChangeSeen], name: &str) -> Markup {
    let ends = |seen: &ChangeSeen| {
        let change = seen.change;
        let [low, high] = change.interval().unwrap_or([change.estimate(); 2]);
        [low, high, change.estimate()]
    };
    let allowed = seen.last().map_or([0.0; 2], |last| last.change.allowed());
    let reach = (seen.iter().flat_map(ends))
        .chain(allowed.map(|end| end * 1.5))
        .map(f64::abs)
        .filter(|reach| reach.is_finite())
        .fold(5.0, f64::max)
        .min(FURTHEST);
    let y = Axis::at_ticks([-reach, reach], [BOTTOM, TOP], 4);
    let x = Axis::new([-0.5, seen.len() as f64 - 0.5], [LEFT, RIGHT]);
    let [low, high] = allowed.map(|end| y.place(end));
    html! {
        svg.plot.narrowing role="img" aria-label=(said(seen, name)) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } {
            rect.zone x=(LEFT) width=(RIGHT - LEFT) y=(high) height=(at(low - high)) {}
            @for tick in y.ticks(4) {
                line.grid x1=(LEFT) x2=(RIGHT) y1=(y.place(tick)) y2=(y.place(tick)) {}
                text.tick x=(LEFT - 8.0) y=(y.place(tick) + 4.0) text-anchor="end" { (number(tick)) " %" }
            }
            line.zero x1=(LEFT) x2=(RIGHT) y1=(y.place(0.0)) y2=(y.place(0.0)) {}
            @for (index, one) in seen.iter().enumerate() {
                @let place = x.place(index as f64);
                g.(outcome_class(one.outcome)) {
                    @if let Some([lower, upper]) = one.change.interval() {
                        line.interval x1=(place) x2=(place) y1=(y.place(lower)) y2=(y.place(upper)) {}
                        @for end in [lower, upper] {
                            @if y.holds(end) { line.end x1=(at(place - 5.0)) x2=(at(place + 5.0)) y1=(y.place(end)) y2=(y.place(end)) {} }
                        }
                    }
                    // Where no interval points to it, it stands at the end.
                    @if y.holds(one.change.estimate()) || one.change.interval().is_none() { circle.estimate cx=(place) cy=(y.place(one.change.estimate())) r="4" {} }
                }
                text.tick x=(place) y=(BOTTOM + 20.0) text-anchor="middle" { "look " (one.look) }
            }
        }
    }
}

/// The same, read aloud.
fn said(seen: &[ChangeSeen], name: &str) -> String {
    let each = seen.iter().map(|one| match one.change.interval() {
        Some([lower, upper]) => {
            format!(
                "look {}: {} to {}",
                one.look,
                percent(lower),
                percent(upper)
            )
        }
        None => format!("look {}: {}", one.look, percent(one.change.estimate())),
    });
    format!("Change of {name}, {}", each.collect::<Vec<_>>().join("; "))
}
