//! Both sides over time, with their gaps.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use maud::{Markup, html};
use serinus_judge::MetricResult;

use super::{
    Room,
    axis::Axis,
    samples::{far_out, gaps, removed, thinned},
};
use crate::{
    analysis::{MetricEvidence, SideEvidence},
    report::wording::{axis_number, number},
};

/// Where a plot's parts lie.
struct Frame {
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    /// About so many ticks up, and so many along.
    ticks: [usize; 2],
}

impl Frame {
    const fn of(room: Room) -> Self {
        match room {
            Room::Wide => Self {
                width: 960.0,
                height: 260.0,
                left: 74.0,
                right: 936.0,
                top: 10.0,
                bottom: 228.0,
                ticks: [5, 8],
            },
            Room::Narrow => Self {
                width: 400.0,
                height: 250.0,
                left: 62.0,
                right: 388.0,
                top: 10.0,
                bottom: 218.0,
                ticks: [5, 4],
            },
        }
    }
}

/// The most marks of one kind that are drawn of a side.
const MOST_MARKS: usize = 200;

/// The most replicas or strata that are drawn of a side; more cannot be told apart.
const MOST_SERIES: usize = 40;

/// One line.
struct Line<'a> {
    class: &'static str,
    start: Timestamp,
    step_millis: i64,
    values: &'a [Option<f64>],
}

/// What time means along the axis.
#[derive(Clone, Copy)]
enum Clock {
    /// Both sides cover the same time.
    Shared { first: Timestamp },
    /// The windows lie apart: each is shown from its own start.
    Own,
}

/// The samples of a metric over time, in a plot that says `title` and, for those who do not see it, `description`.
pub(crate) fn over_time(
    metric: &MetricResult,
    evidence: &MetricEvidence,
    title: &str,
    description: &str,
    room: Room,
) -> Markup {
    let frame = Frame::of(room);
    let (left, right, top, bottom) = (frame.left, frame.right, frame.top, frame.bottom);
    let [up, along] = frame.ticks;
    let clock = clock(&evidence.baseline, &evidence.canary);
    let lines = lines(evidence, clock);
    let end = |line: &Line<'_>| offset(line, clock, line.values.len().saturating_sub(1));
    let starts = lines
        .iter()
        .map(|line| offset(line, clock, 0))
        .fold(f64::INFINITY, f64::min);
    let ends = lines.iter().map(end).fold(f64::NEG_INFINITY, f64::max);
    let x = Axis::new([starts, ends], [left, right]);
    let limits = [
        evidence.tolerance.limits.above(),
        evidence.tolerance.limits.below(),
    ];
    let values = || {
        (lines.iter().flat_map(|line| line.values.iter().flatten())).chain(limits.iter().flatten())
    };
    let low = values().copied().fold(f64::INFINITY, f64::min);
    let high = values().copied().fold(f64::NEG_INFINITY, f64::max);
    let y = Axis::at_ticks([low, high], [bottom, top], up);
    html! {
        svg.plot.time role="img" aria-label=(format!("{title}. {description}")) viewBox={ "0 0 " (frame.width) " " (frame.height) } {
            @for tick in y.ticks(up) {
                line.grid x1=(left) x2=(right) y1=(y.place(tick)) y2=(y.place(tick)) {}
                text.tick x=(left - 8.0) y=(y.place(tick) + 4.0) text-anchor="end" { (axis_number(tick)) }
            }
            @for (place, label) in time_ticks(&x, clock, along) {
                line.notch x1=(place) x2=(place) y1=(bottom) y2=(bottom + 5.0) {}
                text.tick x=(place) y=(bottom + 20.0) text-anchor="middle" { (label) }
            }
            @for limit in limits.into_iter().flatten() {
                line.limit x1=(left) x2=(right) y1=(y.place(limit)) y2=(y.place(limit)) {}
                text.tick x=(right) y=(y.place(limit) - 4.0) text-anchor="end" { "limit " (axis_number(limit)) }
            }
            @for line in &lines {
                path.(line.class) d=(path(line, clock, &x, &y)) {}
            }
            @for (class, side, compared, below) in [
                ("baseline", &evidence.baseline, &metric.baseline, 1.0),
                ("canary", &evidence.canary, &metric.canary, 5.0),
            ] {
                @let line = Line { class, start: side.start, step_millis: side.step_millis, values: &side.values };
                @let at = |index: usize| x.place(offset(&line, clock, index));
                @let removed = removed(metric, &side.values, compared);
                @for index in far_out(&side.values).into_iter().filter(|index| !removed.contains(index)).take(MOST_MARKS) {
                    @if let Some(value) = side.values[index] {
                        circle.out.(class) cx=(at(index)) cy=(y.place(value)) r="4" {}
                    }
                }
                @for index in removed.iter().take(MOST_MARKS) {
                    @if let Some(value) = side.values[*index] {
                        (cross(class, at(*index), y.place(value)))
                    }
                }
                @for gap in gaps(&side.values).into_iter().take(MOST_MARKS) {
                    @let (from, to) = (at(gap.start.saturating_sub(1)), at(gap.end.min(side.values.len() - 1)));
                    rect.missing.(class) x=(from) width=(super::at((to - from).max(2.0))) y=(bottom + below) height="3" {}
                }
            }
        }
    }
}

/// A sample that was taken away before the comparison.
fn cross(class: &str, x: f64, y: f64) -> Markup {
    let [left, right, top, bottom] = [x - 4.0, x + 4.0, y - 4.0, y + 4.0].map(super::at);
    html! {
        line.removed.(class) x1=(left) x2=(right) y1=(top) y2=(bottom) {}
        line.removed.(class) x1=(left) x2=(right) y1=(bottom) y2=(top) {}
    }
}

fn clock(baseline: &SideEvidence, canary: &SideEvidence) -> Clock {
    let span = |side: &SideEvidence| {
        let length = side.step_millis.saturating_mul(side.values.len() as i64);
        (
            side.start,
            side.start
                .saturating_add(SignedDuration::from_millis(length))
                .unwrap_or(side.start),
        )
    };
    let ((from, to), (canary_from, canary_to)) = (span(baseline), span(canary));
    if baseline.values.is_empty() {
        return Clock::Shared { first: canary_from };
    }
    if canary.values.is_empty() || (from < canary_to && canary_from < to) {
        Clock::Shared {
            first: from.min(canary_from),
        }
    } else {
        Clock::Own
    }
}

/// From the faintest to the one that matters most.
fn lines(evidence: &MetricEvidence, clock: Clock) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    // Earlier windows can only be laid under the others where each begins at its own start.
    if let Clock::Own = clock {
        lines.extend(evidence.history.iter().map(|window| Line {
            class: "history",
            start: window.start,
            step_millis: window.step_millis,
            values: &window.values,
        }));
    }
    for (class, side) in [
        ("baseline replica", &evidence.baseline),
        ("canary replica", &evidence.canary),
    ] {
        lines.extend(side.series.iter().take(MOST_SERIES).map(|series| Line {
            class,
            start: side.start,
            step_millis: side.step_millis,
            values: &series.values,
        }));
    }
    for (class, side) in [
        ("baseline", &evidence.baseline),
        ("canary", &evidence.canary),
    ] {
        lines.push(Line {
            class,
            start: side.start,
            step_millis: side.step_millis,
            values: &side.values,
        });
    }
    lines.retain(|line| !line.values.is_empty());
    lines
}

/// Where along the axis a sample lies, in milliseconds.
fn offset(line: &Line<'_>, clock: Clock, index: usize) -> f64 {
    let within = line.step_millis as f64 * index as f64;
    match clock {
        Clock::Shared { first } => line.start.duration_since(first).as_millis_f64() + within,
        // The first sample speaks for the step that ends with it.
        Clock::Own => within + line.step_millis as f64,
    }
}

/// A path that breaks where samples are missing. A sample between two gaps is a dot.
fn path(line: &Line<'_>, clock: Clock, x: &Axis, y: &Axis) -> String {
    let mut path = String::new();
    let mut joined = false;
    for (index, value) in thinned(line.values) {
        let Some(value) = value else {
            joined = false;
            continue;
        };
        let (x, y) = (x.place(offset(line, clock, index)), y.place(value));
        let written = if joined {
            write!(path, "L{x} {y}")
        } else {
            write!(path, "M{x} {y}h0")
        };
        // Writing to a string does not fail.
        let _infallible = written.is_ok();
        joined = true;
    }
    path
}

/// Places and labels of at most about so many round times.
fn time_ticks(x: &Axis, clock: Clock, most: usize) -> Vec<(f64, String)> {
    const MINUTE: f64 = 60_000.0;
    let [from, to] = x.values();
    let steps = [
        0.25, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 360.0, 720.0, 1440.0, 2880.0, 10_080.0,
        40_320.0,
    ];
    let step = steps
        .into_iter()
        .map(|minutes| minutes * MINUTE)
        .find(|step| (to - from) / step <= most as f64)
        .unwrap_or((to - from).max(1.0));
    // Of times of day the round ones, not those a round time after the start.
    let origin = match clock {
        Clock::Shared { first } => (first.as_millisecond() as f64).rem_euclid(step),
        Clock::Own => 0.0,
    };
    let first = ((from + origin) / step).ceil();
    (0..=most)
        .map(|tick| (first + tick as f64) * step - origin)
        .take_while(|at| *at <= to)
        .map(|at| (x.place(at), label(at, step, clock)))
        .collect()
}

fn label(at: f64, step: f64, clock: Clock) -> String {
    match clock {
        Clock::Own => format!("+{} min", number(at / 60_000.0)),
        Clock::Shared { first } => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "casts saturate; windows are weeks at most"
            )]
            let passed = SignedDuration::from_millis(at as i64);
            let time = first
                .saturating_add(passed)
                .unwrap_or(first)
                .to_zoned(TimeZone::UTC);
            let format = if step >= 86_400_000.0 {
                "%b %d"
            } else if step < 60_000.0 {
                "%H:%M:%S"
            } else {
                "%H:%M"
            };
            time.strftime(format).to_string()
        }
    }
}
