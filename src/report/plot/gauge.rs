//! A score between its thresholds.

use maud::{Markup, html};
use serinus_judge::Thresholds;

use super::{at, axis::Axis};
use crate::report::wording::number;

const WIDTH: f64 = 240.0;

/// The score on a scale from 0 to 100, with the scores from which a run is marginal and passes.
pub(crate) fn gauge(score: f64, thresholds: Thresholds, class: &str) -> Markup {
    let x = Axis::new([0.0, 100.0], [4.0, WIDTH - 4.0]);
    let (pass, marginal) = (thresholds.pass(), thresholds.marginal());
    let said = format!(
        "Score {} of 100; pass from {}, marginal from {}",
        number(score),
        number(pass),
        number(marginal)
    );
    html! {
        svg.gauge role="img" aria-label=(said) viewBox={ "0 0 " (WIDTH) " 34" } {
            rect.trough x=(x.place(0.0)) y="4" width=(x.place(100.0) - x.place(0.0)) height="10" rx="2" {}
            g.(class) {
                rect.level x=(x.place(0.0)) y="4" width=(at(x.place(score) - x.place(0.0))) height="10" rx="2" {}
            }
            @for (from, word) in [(marginal, "marginal"), (pass, "pass")] {
                line.threshold x1=(x.place(from)) x2=(x.place(from)) y1="1" y2="17" {
                    title { (word) " from " (number(from)) }
                }
            }
            text.tick x=(x.place(100.0)) y="31" text-anchor="end" { "marginal from " (number(marginal)) ", pass from " (number(pass)) }
        }
    }
}
