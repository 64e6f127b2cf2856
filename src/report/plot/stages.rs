//! The stages of a rollout as steps, as high as their share of the traffic.

use maud::{Markup, html};

use super::{at, axis::Axis};
use crate::report::{html::Tone, wording::number};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 150.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 122.0;
/// More labels than these would run into each other.
const MOST_LABELS: usize = 16;

/// A stage as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    /// The canary's share of the traffic, 0 to 1.
    pub(crate) weight: f64,
    /// What was found; `None` for a stage that is to come.
    pub(crate) found: Option<Tone>,
    /// Whether the rollout stands here.
    pub(crate) here: bool,
}

/// All stages in their order; `said` is what is read aloud in their place.
pub(crate) fn steps(steps: &[Step], said: &str) -> Markup {
    let highest = steps.iter().map(|step| step.weight).fold(0.0, f64::max);
    let y = Axis::new([0.0, highest], [BOTTOM, TOP]);
    let width = WIDTH / steps.len().max(1) as f64;
    let labelled = steps.len() <= MOST_LABELS;
    html! {
        svg.plot.stages role="img" aria-label=(said) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } {
            line.zero x1="0" x2=(WIDTH) y1=(BOTTOM) y2=(BOTTOM) {}
            @for (index, step) in steps.iter().enumerate() {
                @let left = at(index as f64 * width + 2.0);
                @let middle = at((index as f64 + 0.5) * width);
                // A stage of one part in a hundred is there, too.
                @let top = y.place(step.weight).min(BOTTOM - 3.0);
                @let class = step.found.map_or("to-come", Tone::class);
                g.(class) {
                    rect.step x=(left) y=(top) width=(at(width - 4.0)) height=(at(BOTTOM - top)) {}
                    @if let Some(tone) = step.found {
                        text.mark x=(middle) y=(at(BOTTOM + 20.0)) text-anchor="middle" { (tone.mark()) }
                    }
                }
                @if step.here {
                    polygon.here points={ (at(middle - 6.0)) "," (at(BOTTOM + 27.0)) " " (at(middle + 6.0)) "," (at(BOTTOM + 27.0)) " " (middle) "," (at(BOTTOM + 22.0)) } {}
                }
                @if labelled {
                    text.tick x=(middle) y=(at(top - 7.0)) text-anchor="middle" { (number(step.weight * 100.0)) " %" }
                }
            }
        }
    }
}
