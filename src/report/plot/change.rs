//! A metric's change and its interval against what is allowed, all metrics on one scale.

use maud::{Markup, html};
use serinus_judge::{MetricResult, Outcome};

use super::axis::Axis;
use crate::analysis::MetricEvidence;

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 24.0;
/// Room at both ends for the arrows of what lies beyond.
const MARGIN: f64 = 8.0;

/// The scale reaches no further than this, in percent; what lies beyond is an arrow.
const FURTHEST: f64 = 100.0;

/// The change of one metric as it was judged, in percent of the level it is one from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Change {
    estimate: f64,
    interval: Option<[f64; 2]>,
    /// From where to where a change is allowed; infinite where it is no failure.
    allowed: [f64; 2],
    must_detect: Option<f64>,
}

impl Change {
    /// `None` where no change was judged: nothing was compared, there is no level to take percents of, or a limit decided.
    pub(crate) fn of(metric: &MetricResult, evidence: &MetricEvidence) -> Option<Self> {
        let estimate = metric.judged_percent()?;
        let percent = |units: f64| metric.in_percent(units);
        let tolerance = &evidence.tolerance;
        let end = |relative: Option<f64>| {
            relative.map_or(f64::INFINITY, |relative| {
                (relative * 100.0).max(percent(tolerance.absolute).unwrap_or(0.0))
            })
        };
        Some(Self {
            estimate,
            // Kayenta's interval is one of a shift by ranks, which is another number than the change of the means.
            interval: (metric.interval.filter(|_| metric.netflix_aca.is_none()))
                .and_then(|interval| Some([percent(interval.lower)?, percent(interval.upper)?])),
            allowed: [-end(tolerance.decrease), end(tolerance.increase)],
            must_detect: tolerance.must_detect.map(|relative| relative * 100.0),
        })
    }

    /// The change that is estimated, in percent.
    pub(crate) fn estimate(&self) -> f64 {
        self.estimate
    }

    /// The ends of the interval in percent.
    pub(crate) fn interval(&self) -> Option<[f64; 2]> {
        self.interval
    }

    /// From where to where a change is allowed, in percent; infinite where it is no failure.
    pub(crate) fn allowed(&self) -> [f64; 2] {
        self.allowed
    }
}

/// The one scale on which all changes of a scorecard are drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChangeScale(Axis);

impl ChangeScale {
    /// Wide enough for every interval and twice what is allowed, up to a doubling.
    pub(crate) fn of<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Self {
        let reach = changes
            .into_iter()
            .flat_map(|change| {
                let ends = change.interval.unwrap_or([change.estimate; 2]);
                let allowed = change
                    .allowed
                    .map(|end| if end.is_finite() { end * 2.0 } else { 0.0 });
                [change.estimate, ends[0], ends[1], allowed[0], allowed[1]]
            })
            .map(f64::abs)
            .filter(|reach| reach.is_finite())
            .fold(0.0, f64::max);
        let reach = [5.0, 10.0, 20.0, 50.0]
            .into_iter()
            .find(|round| *round >= reach)
            .unwrap_or(FURTHEST);
        Self(Axis::new([-reach, reach], [MARGIN, WIDTH - MARGIN]))
    }

    /// The numbers of the scale, for the head of the column.
    pub(crate) fn head(&self) -> Markup {
        html! {
            svg.change viewBox={ "0 0 " (WIDTH) " 16" } aria-hidden="true" {
                @for tick in self.0.ticks(2) {
                    @let sign = if tick > 0.0 { "+" } else { "" };
                    @let place = self.0.place(tick);
                    text.tick x=(place) y="12" text-anchor=(anchor(place)) { (sign) (tick) "%" }
                }
            }
        }
    }

    /// One metric's change; `said` is what is read aloud in its place.
    pub(crate) fn bar(&self, change: &Change, outcome: Outcome, said: &str) -> Markup {
        let place = |percent: f64| self.0.place(percent);
        let [low, high] = change.allowed.map(place);
        let class = super::super::html::outcome_class(outcome);
        html! {
            svg.change role="img" aria-label=(said) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } {
                rect.zone x=(low) y="2" width=(super::at(high - low)) height="20" {}
                @if let Some(must) = change.must_detect {
                    @for (end, allowed) in [-must, must].into_iter().zip(change.allowed) {
                        @if self.0.holds(end) && allowed.is_finite() {
                            line.must x1=(place(end)) x2=(place(end)) y1="2" y2="22" {}
                        }
                    }
                }
                line.zero x1=(place(0.0)) x2=(place(0.0)) y1="0" y2=(HEIGHT) {}
                g.(class) {
                    @if let Some([lower, upper]) = change.interval {
                        line.interval x1=(place(lower)) x2=(place(upper)) y1="12" y2="12" {}
                        @for end in [lower, upper] {
                            @if self.0.holds(end) {
                                line.end x1=(place(end)) x2=(place(end)) y1="7" y2="17" {}
                            } @else {
                                (arrow(end))
                            }
                        }
                    } @else if !self.0.holds(change.estimate) {
                        (arrow(change.estimate))
                    }
                    @if self.0.holds(change.estimate) {
                        circle.estimate cx=(place(change.estimate)) cy="12" r="4" {}
                    }
                }
            }
        }
    }
}

/// How a number is set at its tick, so that the first and the last one stay within.
fn anchor(place: f64) -> &'static str {
    if place < WIDTH * 0.1 {
        "start"
    } else if place > WIDTH * 0.9 {
        "end"
    } else {
        "middle"
    }
}

/// What lies beyond the scale.
fn arrow(towards: f64) -> Markup {
    let points = if towards < 0.0 {
        "1,12 8,7 8,17"
    } else {
        "239,12 232,7 232,17"
    };
    html! { polygon.beyond points=(points) {} }
}
