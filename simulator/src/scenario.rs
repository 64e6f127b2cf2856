use crate::names::named;

/// What happens in a simulated rollout.
///
/// Whatever the scenario, the baseline is the same healthy release; only the canary differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Scenario {
    /// The canary behaves as the baseline does: same distributions, its own noise.
    Healthy,
    /// Every request to the canary takes 1.45 times as long.
    LatencyRegression,
    /// 4 % of the canary's requests fail, instead of 0.2 %.
    ErrorSpike,
    /// The canary gets about one request in 20 seconds, too few to decide anything.
    LowTraffic,
    /// The canary runs but exports nothing.
    NoData,
}

impl Scenario {
    /// Every scenario, in the order in which help texts list them.
    pub const ALL: [Self; 5] = [
        Self::Healthy,
        Self::LatencyRegression,
        Self::ErrorSpike,
        Self::LowTraffic,
        Self::NoData,
    ];

    /// The name on a command line and in configuration, such as `latency-regression`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::LatencyRegression => "latency-regression",
            Self::ErrorSpike => "error-spike",
            Self::LowTraffic => "low-traffic",
            Self::NoData => "no-data",
        }
    }

    /// One line for a help text, without a full stop.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Healthy => "the canary behaves like the baseline",
            Self::LatencyRegression => "the canary is 1.45 times as slow",
            Self::ErrorSpike => "4 % of the canary's requests fail instead of 0.2 %",
            Self::LowTraffic => "the canary gets one request in 20 seconds",
            Self::NoData => "the canary exports no metrics",
        }
    }
}

named!(Scenario, "scenario");
