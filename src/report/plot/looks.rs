//! What the looks of a run found, one after the other.

use maud::{Markup, html};
use serinus_judge::Verdict;

use super::{at, axis::Axis};
use crate::report::{html::Tone, wording::number};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 126.0;
const LEFT: f64 = 74.0;
const RIGHT: f64 = 936.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 92.0;

/// Looks of more cannot be told apart.
pub(crate) const MOST_LOOKS: u32 = 100;

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LookSeen {
    /// Which look, from 1.
    pub(crate) number: u32,
    pub(crate) verdict: Verdict,
    /// 0 to 100; `None` if nothing was decided.
    pub(crate) score: Option<f64>,
}

/// The score at each look, with a mark for its verdict, and room for the looks to come.
pub(crate) fn looks(seen: &[LookSeen], planned: u32) -> Markup {
    let x = Axis::new([0.5, f64::from(planned) + 0.5], [LEFT, RIGHT]);
    let y = Axis::new([0.0, 100.0], [BOTTOM, TOP]);
    let place = |look: &LookSeen| {
        (
            x.place(f64::from(look.number)),
            y.place(look.score.unwrap_or(0.0)),
        )
    };
    let stride = planned.div_ceil(20).max(1);
    let line: Vec<String> = seen
        .iter()
        .filter(|look| look.score.is_some())
        .map(place)
        .map(|(x, y)| format!("{x},{y}"))
        .collect();
    html! {
        svg.plot.looks role="img" aria-label=(said(seen, planned)) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } {
            @for tick in [0.0, 50.0, 100.0] {
                line.grid x1=(LEFT) x2=(RIGHT) y1=(y.place(tick)) y2=(y.place(tick)) {}
                text.tick x=(LEFT - 8.0) y=(y.place(tick) + 4.0) text-anchor="end" { (number(tick)) }
            }
            polyline.course points=(line.join(" ")) {}
            @for look in 1..=planned {
                @let place = x.place(f64::from(look));
                line.notch x1=(place) x2=(place) y1=(BOTTOM) y2=(BOTTOM + 5.0) {}
                @if look % stride == 0 || planned <= 20 {
                    text.tick x=(place) y=(BOTTOM + 24.0) text-anchor="middle" { (look) }
                }
            }
            text.tick x=(LEFT - 8.0) y=(BOTTOM + 24.0) text-anchor="end" { "look" }
            @for look in seen {
                @let tone = Tone::from(look.verdict);
                @let (x, y) = place(look);
                g.(tone.class()) {
                    circle.mark cx=(x) cy=(y) r="9" {}
                    text.mark x=(x) y=(at(y + 4.5)) text-anchor="middle" { (tone.mark()) }
                }
            }
        }
    }
}

/// The same, read aloud.
fn said(seen: &[LookSeen], planned: u32) -> String {
    let each = seen.iter().map(|look| {
        let score = look.score.map_or_else(|| "no score".to_owned(), number);
        format!("look {}: {}, {score}", look.number, look.verdict)
    });
    let each: Vec<String> = each.collect();
    format!("Score at each of {planned} looks: {}", each.join("; "))
}
