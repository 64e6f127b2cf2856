//! Parts that add up: each begins where the one before ended.

use maud::{Markup, html};

use super::{at, axis::Axis};

const WIDTH: f64 = 120.0;

/// One part of a sum on the scale from 0 to 100: what it could add, and of that what it adds, from what the parts before it
/// added on. The table around it says the same in numbers.
pub(crate) fn sum(before: f64, adds: f64, worth: f64) -> Markup {
    let x = Axis::new([0.0, 100.0], [0.5, WIDTH - 0.5]);
    let length = |from: f64, points: f64| at(x.place(from + points) - x.place(from));
    html! {
        svg.sum viewBox={ "0 0 " (WIDTH) " 14" } aria-hidden="true" {
            line.grid x1=(x.place(0.0)) x2=(x.place(100.0)) y1="13.5" y2="13.5" {}
            rect.worth x=(x.place(before)) y="2.5" width=(length(before, worth)) height="8" {}
            rect.level x=(x.place(before)) y="2.5" width=(length(before, adds)) height="8" {}
        }
    }
}
