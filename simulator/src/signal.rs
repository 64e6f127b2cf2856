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
    /// Failed requests (codes 500 and 503) divided by all requests, 0 to 1. Absent without requests.
    ErrorRatio,
    /// Median duration of the window's requests, in seconds. Absent without requests.
    LatencyP50,
    /// 99th percentile of the duration of the window's requests, in seconds. Absent without requests.
    LatencyP99,
    /// CPU time used per second, in cores, mean over the window.
    Cpu,
    /// Resident memory in bytes, mean over the window.
    Memory,
}

impl Signal {
    /// Every signal.
    pub const ALL: [Self; 7] = [
        Self::RequestRate,
        Self::Requests,
        Self::ErrorRatio,
        Self::LatencyP50,
        Self::LatencyP99,
        Self::Cpu,
        Self::Memory,
    ];

    /// The name in queries and configuration, such as `latency_p99`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RequestRate => "request_rate",
            Self::Requests => "requests",
            Self::ErrorRatio => "error_ratio",
            Self::LatencyP50 => "latency_p50",
            Self::LatencyP99 => "latency_p99",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
        }
    }

    /// The unit of the values, for axis titles.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::RequestRate => "requests/s",
            Self::Requests => "requests",
            Self::ErrorRatio => "ratio",
            Self::LatencyP50 | Self::LatencyP99 => "seconds",
            Self::Cpu => "cores",
            Self::Memory => "bytes",
        }
    }
}

named!(Signal, "signal");
