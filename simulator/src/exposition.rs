//! How a snapshot of a process is written. Prometheus text and OpenMetrics differ in details only, so both come
//! from here.

use std::fmt::{Display, Formatter, Result};

use crate::snapshot::{BOUNDS, Code, Snapshot};
use crate::{Pod, Role};

/// Which of the two text formats to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Prometheus text exposition format 0.0.4: the header of a counter carries the name of its samples.
    Prometheus,
    /// OpenMetrics 1.0: the header of a counter carries the family's name, without `_total`.
    OpenMetrics,
}

/// Metrics of one name, which both formats want in one block under one header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Requests,
    Retries,
    Duration,
    InFlight,
    Cpu,
    Memory,
    Heap,
    Collections,
    StartTime,
}

impl Family {
    pub(crate) const ALL: [Self; 9] = [
        Self::Requests,
        Self::Retries,
        Self::Duration,
        Self::InFlight,
        Self::Cpu,
        Self::Memory,
        Self::Heap,
        Self::Collections,
        Self::StartTime,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Requests => "http_requests",
            Self::Retries => "http_requests_retried",
            Self::Duration => "http_request_duration_seconds",
            Self::InFlight => "http_requests_in_flight",
            Self::Cpu => "process_cpu_seconds",
            Self::Memory => "process_resident_memory_bytes",
            Self::Heap => "jvm_memory_used_bytes",
            Self::Collections => "jvm_gc_collection_seconds",
            Self::StartTime => "process_start_time_seconds",
        }
    }

    const fn kind(self) -> Kind {
        match self {
            Self::Requests | Self::Retries | Self::Cpu => Kind::Counter,
            Self::Duration => Kind::Histogram,
            Self::Collections => Kind::Summary,
            Self::InFlight | Self::Memory | Self::Heap | Self::StartTime => Kind::Gauge,
        }
    }

    const fn help(self) -> &'static str {
        match self {
            Self::Requests => "HTTP requests answered, by status code.",
            Self::Retries => "HTTP requests answered that repeat a failed one.",
            Self::Duration => "Time from receiving a request to answering it.",
            Self::InFlight => "HTTP requests being served.",
            Self::Cpu => "User and system CPU time spent.",
            Self::Memory => "Resident memory size.",
            Self::Heap => "Used bytes of a JVM memory area.",
            Self::Collections => "Time that garbage collections stopped the JVM for.",
            Self::StartTime => "Start time of the process since the Unix epoch.",
        }
    }

    /// The metrics of the family that advance separately: one per label set.
    pub(crate) const fn metrics(self) -> &'static [Metric] {
        match self {
            Self::Requests => &[
                Metric::Requests(Code::Ok),
                Metric::Requests(Code::InternalError),
                Metric::Requests(Code::Unavailable),
            ],
            Self::Retries => &[Metric::Retries],
            Self::Duration => &[Metric::Duration],
            Self::InFlight => &[Metric::InFlight],
            Self::Cpu => &[Metric::Cpu],
            Self::Memory => &[Metric::Memory],
            Self::Heap => &[Metric::Heap],
            Self::Collections => &[Metric::Collections],
            Self::StartTime => &[Metric::StartTime],
        }
    }

    /// Writes the lines that introduce the family.
    pub(crate) fn write_header(self, f: &mut Formatter<'_>, format: Format) -> Result {
        let name = self.name();
        let (kind, suffix) = match (self.kind(), format) {
            (Kind::Counter, Format::Prometheus) => ("counter", "_total"),
            (Kind::Counter, Format::OpenMetrics) => ("counter", ""),
            (Kind::Gauge, _) => ("gauge", ""),
            (Kind::Histogram, _) => ("histogram", ""),
            (Kind::Summary, _) => ("summary", ""),
        };
        writeln!(f, "# HELP {name}{suffix} {}", self.help())?;
        writeln!(f, "# TYPE {name}{suffix} {kind}")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
    Summary,
}

/// One label set of a family; a histogram or summary counts as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metric {
    Requests(Code),
    Retries,
    Duration,
    InFlight,
    Cpu,
    Memory,
    Heap,
    Collections,
    StartTime,
}

impl Metric {
    /// Writes the metric's samples. A code that has not occurred has none, as in real client libraries.
    pub(crate) fn write(
        self,
        f: &mut Formatter<'_>,
        snapshot: &Snapshot,
        stamp: Stamp<'_>,
    ) -> Result {
        match self {
            Self::Requests(code) => match snapshot.requests(code) {
                0 => Ok(()),
                requests => {
                    let labels = [("code", code.label()), ("method", "GET")];
                    stamp.write(f, "http_requests_total", &labels, requests)
                }
            },
            Self::Retries => stamp.write(f, "http_requests_retried_total", &[], snapshot.retried),
            Self::Duration => write_histogram(f, snapshot, stamp),
            Self::InFlight => stamp.write(f, "http_requests_in_flight", &[], snapshot.in_flight),
            Self::Cpu => stamp.write(f, "process_cpu_seconds_total", &[], snapshot.cpu_seconds),
            Self::Memory => stamp.write(
                f,
                "process_resident_memory_bytes",
                &[],
                snapshot.memory_bytes,
            ),
            Self::Heap => {
                let labels = [("area", "heap")];
                stamp.write(f, "jvm_memory_used_bytes", &labels, snapshot.heap_bytes)
            }
            Self::Collections => {
                let labels = [("gc", "young")];
                stamp.write(f, "jvm_gc_collection_seconds_sum", &labels, snapshot.pauses)?;
                let name = "jvm_gc_collection_seconds_count";
                stamp.write(f, name, &labels, snapshot.collections)
            }
            Self::StartTime => {
                stamp.write(f, "process_start_time_seconds", &[], snapshot.started_at)
            }
        }
    }
}

fn write_histogram(f: &mut Formatter<'_>, snapshot: &Snapshot, stamp: Stamp<'_>) -> Result {
    let mut cumulative = 0;
    for (index, requests) in snapshot.buckets.iter().enumerate() {
        cumulative += requests;
        // "1.0", not "1": OpenMetrics asks for it and Prometheus 3 rewrites to it, so live and back-filled
        // buckets have the same label
        let bound = BOUNDS
            .get(index)
            .map_or_else(|| "+Inf".to_owned(), |bound| format!("{bound:?}"));
        let labels = [("le", bound.as_str())];
        stamp.write(
            f,
            "http_request_duration_seconds_bucket",
            &labels,
            cumulative,
        )?;
    }
    stamp.write(
        f,
        "http_request_duration_seconds_sum",
        &[],
        snapshot.duration_sum,
    )?;
    stamp.write(f, "http_request_duration_seconds_count", &[], cumulative)
}

/// What a sample line carries beside the metric's own labels and value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp<'a> {
    /// The pod, which a label names, as another does its region.
    pub(crate) pod: Pod,
    pub(crate) role: Role,
    /// The `job` label, which a scraping Prometheus would add itself.
    pub(crate) job: Option<&'a str>,
    /// Unix seconds, the unit of OpenMetrics.
    pub(crate) at: Option<i64>,
}

impl Stamp<'_> {
    fn write(
        self,
        f: &mut Formatter<'_>,
        name: &str,
        labels: &[(&str, &str)],
        value: impl Display,
    ) -> Result {
        f.write_str(name)?;
        let job = self.job.map(|job| ("job", job));
        let pod = self.pod.label(self.role);
        let place = [("region", self.pod.region().name()), ("pod", pod.as_str())];
        let mut separator = '{';
        for (label, text) in job.iter().chain(labels).chain(&place) {
            write!(f, "{separator}{label}=\"")?;
            write_escaped(f, text)?;
            f.write_str("\"")?;
            separator = ',';
        }
        f.write_str("}")?;
        write!(f, " {value}")?;
        if let Some(at) = self.at {
            write!(f, " {at}")?;
        }
        writeln!(f)
    }
}

/// Both formats escape the same three characters in label values.
fn write_escaped(f: &mut Formatter<'_>, text: &str) -> Result {
    for character in text.chars() {
        match character {
            '\\' => f.write_str("\\\\")?,
            '"' => f.write_str("\\\"")?,
            '\n' => f.write_str("\\n")?,
            other => write!(f, "{other}")?,
        }
    }
    Ok(())
}
