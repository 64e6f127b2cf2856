use crate::names::named;

/// What a series measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Signal {
    /// Requests per second, mean over the window.
    RequestRate,
    /// Number of requests in the window.
    Requests,
    /// Number of failed requests (codes 500 and 503) in the window.
    Errors,
    /// Failed requests divided by all requests, 0 to 1. Absent without requests.
    ErrorRatio,
    /// Median duration of the window's requests, in seconds. Absent without requests.
    LatencyP50,
    /// 99th percentile of the duration of the window's requests, in seconds. Absent without requests.
    LatencyP99,
    /// Number of requests in the window that repeat a failed one.
    Retries,
    /// Requests being served, mean over the window.
    InFlight,
    /// CPU time that a pod uses per second, in cores, mean over the window and the pods that are up.
    Cpu,
    /// Resident memory of a pod in bytes, mean over the window and the pods that are up.
    Memory,
    /// Heap in use in a pod in bytes, mean over the window and the pods that are up.
    Heap,
    /// The share of its time for which garbage collection stops a pod, 0 to 1, mean over the window and the pods that are up.
    GcTime,
    /// Number of processes in the window that replace another.
    Restarts,
}

impl Signal {
    /// Every signal.
    pub const ALL: [Self; 13] = [
        Self::RequestRate,
        Self::Requests,
        Self::Errors,
        Self::ErrorRatio,
        Self::LatencyP50,
        Self::LatencyP99,
        Self::Retries,
        Self::InFlight,
        Self::Cpu,
        Self::Memory,
        Self::Heap,
        Self::GcTime,
        Self::Restarts,
    ];

    /// The name in queries and configuration, such as `latency_p99`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RequestRate => "request_rate",
            Self::Requests => "requests",
            Self::Errors => "errors",
            Self::ErrorRatio => "error_ratio",
            Self::LatencyP50 => "latency_p50",
            Self::LatencyP99 => "latency_p99",
            Self::Retries => "retries",
            Self::InFlight => "in_flight",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Heap => "heap",
            Self::GcTime => "gc_time",
            Self::Restarts => "restarts",
        }
    }

    /// The unit of the values, for axis titles.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::RequestRate => "requests/s",
            Self::Requests | Self::Errors | Self::Retries | Self::InFlight => "requests",
            Self::ErrorRatio | Self::GcTime => "ratio",
            Self::LatencyP50 | Self::LatencyP99 => "seconds",
            Self::Cpu => "cores",
            Self::Memory | Self::Heap => "bytes",
            Self::Restarts => "restarts",
        }
    }
}

named!(Signal, "signal");
