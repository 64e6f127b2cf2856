//! Simulated rollouts as labelled cases: one line for each metric of each rollout, in each shape.

use std::io::{self, Write};

use serde::Serialize;
use serinus_simulator::{Mark, Part, Pod, Release, Role, Scenario, Signal, Truth};

use super::export::Span;
use crate::{cli::outcome::Failure, evaluate};

/// What is judged of a rollout; more is worse in all of it.
const METRICS: [Signal; 8] = [
    Signal::ErrorRatio,
    Signal::LatencyP50,
    Signal::LatencyP99,
    Signal::InFlight,
    Signal::Cpu,
    Signal::Memory,
    Signal::Heap,
    Signal::GcTime,
];

/// Windows of the baseline before its last one, where the sides are consecutive windows.
const EARLIER_WINDOWS: i64 = 8;

/// How the sides of a case relate.
#[derive(Debug, Clone, Copy)]
enum Family {
    /// At the same time, each side as a whole.
    Concurrent,
    /// At the same time, pod by pod.
    Replicas,
    /// The canary in place of the baseline.
    BeforeAfter,
}

impl Family {
    const fn name(self) -> &'static str {
        match self {
            Self::Concurrent => "concurrent",
            Self::Replicas => "replicas",
            Self::BeforeAfter => "before-after",
        }
    }
}

/// A line of the file; see docs/evaluate.md.
#[derive(Debug, Serialize)]
struct Line {
    id: String,
    family: &'static str,
    source: &'static str,
    truth: evaluate::Truth,
    effect: &'static str,
    direction: &'static str,
    baseline: Vec<Vec<Option<f64>>>,
    canary: Vec<Vec<Option<f64>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    history: Vec<Vec<Option<f64>>>,
    run: String,
    critical: bool,
}

/// The scenarios whose truth is known.
///
/// # Errors
/// One of those asked for has none.
pub(super) fn labelled(asked: Vec<Scenario>) -> Result<Vec<Scenario>, Failure> {
    let known = |scenario: &Scenario| scenario.truth() != Truth::Unknowable;
    if asked.is_empty() {
        return Ok(Scenario::ALL.into_iter().filter(known).collect());
    }
    match asked.iter().find(|scenario| !known(scenario)) {
        Some(scenario) => Err(Failure::usage(format!(
            "{scenario} has no cases: whether such a canary is good cannot be known"
        ))),
        None => Ok(asked),
    }
}

/// Writes the cases of one rollout, deployed when the span begins. Metrics that the scenario changes without being worth an
/// alarm have none.
pub(super) fn write(canary: Release, span: Span, to: &mut dyn Write) -> io::Result<()> {
    let canary = Release {
        role: Role::Canary,
        ..canary.deployed_at(span.start)
    };
    for family in [Family::Concurrent, Family::Replicas, Family::BeforeAfter] {
        for signal in METRICS {
            let truth = match canary.scenario.mark(signal) {
                Mark::Higher => evaluate::Truth::Regression,
                Mark::Unchanged => evaluate::Truth::Same,
                Mark::Unclear => continue,
            };
            let line = line(canary, span, family, signal, truth);
            serde_json::to_writer(&mut *to, &line)?;
            writeln!(to)?;
        }
    }
    Ok(())
}

fn line(
    canary: Release,
    span: Span,
    family: Family,
    signal: Signal,
    truth: evaluate::Truth,
) -> Line {
    let baseline = Release {
        role: Role::Baseline,
        ..canary
    };
    let series = |release: Release, part, span: Span| {
        let (first, last) = span.ends();
        span.values(&release.series_of(part, signal, first, last, span.step))
    };
    let pods = |release| {
        Pod::ALL
            .map(|pod| series(release, Part::Pod(pod), span))
            .into()
    };
    let whole = |release, span| series(release, Part::Whole, span);
    let (baseline, canary_series, history) = match family {
        Family::Concurrent => (
            vec![whole(baseline, span)],
            vec![whole(canary, span)],
            Vec::new(),
        ),
        Family::Replicas => (pods(baseline), pods(canary), Vec::new()),
        Family::BeforeAfter => (
            vec![whole(baseline, span.earlier(1))],
            vec![whole(canary, span)],
            (2..2 + EARLIER_WINDOWS)
                .rev()
                .map(|times| whole(baseline, span.earlier(times)))
                .collect(),
        ),
    };
    let run = format!("{}/{}/{}", canary.scenario, canary.seed, family.name());
    Line {
        id: format!("{run}/{signal}"),
        family: family.name(),
        source: "simulator",
        truth,
        effect: match truth {
            evaluate::Truth::Same => "none",
            evaluate::Truth::Regression => canary.scenario.name(),
        },
        direction: "increase",
        baseline,
        canary: canary_series,
        history,
        run,
        critical: signal == Signal::ErrorRatio,
    }
}
