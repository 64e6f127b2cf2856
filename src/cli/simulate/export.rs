//! Simulated releases as files: where they go, and which time they are about.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use clap::ValueEnum;
use jiff::{SignedDuration, Timestamp};
use serinus_simulator::{History, MAX_SPAN, MAX_STEP, Release, Role, Signal};

use crate::cli::outcome::Failure;

/// The form of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// The history of both sides for `promtool tsdb create-blocks-from openmetrics`
    Openmetrics,
    /// The samples of one side, for `serinus judge` and accounts of type `file`
    Csv,
    /// Labelled cases for `serinus evaluate`
    Cases,
}

/// Moments at equal distances, in Unix seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) start: i64,
    pub(super) end: i64,
    /// Seconds.
    pub(super) step: u32,
}

impl Span {
    /// The moments of so long a time up to `end`.
    pub(super) fn new(
        end: Timestamp,
        duration: SignedDuration,
        step: SignedDuration,
    ) -> Result<Self, Failure> {
        let usage = |what: &str| Failure::usage(what.to_owned());
        let seconds = |given: SignedDuration| {
            let whole = SignedDuration::from_secs(given.as_secs());
            (whole == given && given.is_positive()).then_some(given.as_secs())
        };
        let duration = seconds(duration)
            .filter(|&duration| duration <= MAX_SPAN)
            .ok_or_else(|| usage("--duration: whole seconds, up to 31 days"))?;
        let step = seconds(step)
            .and_then(|step| u32::try_from(step).ok())
            .filter(|&step| step <= MAX_STEP && i64::from(step) <= duration)
            .ok_or_else(|| usage("--step: whole seconds, up to a day, and not above --duration"))?;
        let end = end.as_second();
        let start = end - duration;
        Ok(Self { start, end, step })
    }

    /// The same length, so many times earlier.
    pub(super) fn earlier(self, times: i64) -> Self {
        let back = (self.end - self.start) * times;
        Self {
            start: self.start - back,
            end: self.end - back,
            step: self.step,
        }
    }

    /// When a step ends, for each step.
    pub(super) fn moments(self) -> impl Iterator<Item = i64> {
        let step = i64::from(self.step);
        (1..=(self.end - self.start) / step).map(move |index| self.start + index * step)
    }

    /// One value for each of [`Span::moments`], none where there is no sample.
    pub(super) fn values(self, points: &[(i64, f64)]) -> Vec<Option<f64>> {
        self.moments()
            .map(|at| {
                let found = points.binary_search_by_key(&at, |point| point.0);
                found.ok().map(|index| points[index].1)
            })
            .collect()
    }

    /// The first and the last of [`Span::moments`].
    pub(super) fn ends(self) -> (i64, i64) {
        (self.start + i64::from(self.step), self.end)
    }
}

/// Writes what `content` writes to a file, or to standard output.
pub(super) fn write(
    out: Option<&Path>,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let name = out.map_or("standard output".into(), Path::to_string_lossy);
    let failed = |error: io::Error| Failure::infrastructure(format!("{name}: {error}"));
    let target: Box<dyn Write> = match out {
        Some(path) => Box::new(File::create(path).map_err(failed)?),
        None => Box::new(io::stdout().lock()),
    };
    let mut target = BufWriter::new(target);
    content(&mut target)
        .and_then(|()| target.flush())
        .map_err(failed)
}

/// The history of these releases, scraped every step, each as the job `APPLICATION-ROLE`.
pub(super) fn openmetrics(
    application: &str,
    releases: &[Release],
    span: Span,
    to: &mut dyn Write,
) -> io::Result<()> {
    let jobs: Vec<_> = releases
        .iter()
        .map(|release| format!("{application}-{}", release.role))
        .collect();
    let named: Vec<_> = jobs
        .iter()
        .map(String::as_str)
        .zip(releases.iter().copied())
        .collect();
    write!(
        to,
        "{}",
        History::new(&named, span.start, span.end, span.step)
    )
}

/// A column for each signal, named as the metrics of the config `simulated` are.
pub(super) fn csv(release: Release, span: Span, to: &mut dyn Write) -> io::Result<()> {
    let (first, last) = span.ends();
    let columns =
        Signal::ALL.map(|signal| span.values(&release.series(signal, first, last, span.step)));
    let names = Signal::ALL.map(|signal| signal.name().replace('_', "-"));
    writeln!(to, "time,{}", names.join(","))?;
    for (row, at) in span.moments().enumerate() {
        let time = Timestamp::from_second(at).map_err(io::Error::other)?;
        write!(to, "{time}")?;
        for column in &columns {
            match column[row] {
                Some(value) => write!(to, ",{value}")?,
                None => write!(to, ",")?,
            }
        }
        writeln!(to)?;
    }
    Ok(())
}

/// The releases of a rollout that is deployed when the span begins.
pub(super) fn sides(canary: Release, role: Option<Role>) -> Vec<Release> {
    Role::ALL
        .into_iter()
        .filter(|&side| role.is_none_or(|role| role == side))
        .map(|role| Release { role, ..canary })
        .collect()
}
