use crate::fault::{Effect, Fault, Restarts, When};
use crate::names::named;
use crate::{Part, Pod, Region};

/// What happens in a simulated rollout.
///
/// Whatever the scenario, the baseline is the same healthy release; only the canary differs. What is said of a time after the
/// deployment holds for a canary with a [deployment](crate::Release::deployed_at).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Scenario {
    /// The canary behaves as the baseline does: same distributions, its own machines and noise.
    Healthy,
    /// Every request to the canary takes 1.45 times as long.
    LatencyRegression,
    /// 3 % of the canary's requests take six times as long.
    SlowTail,
    /// For a minute in every five, requests to the canary take three times as long.
    LatencySpikes,
    /// 4 % of the canary's requests fail, instead of 0.2 %.
    ErrorSpike,
    /// For four minutes in every twenty, 20 % of the canary's requests fail.
    ErrorBurst,
    /// Each process of the canary keeps 80 KiB more every second, and is restarted every hour.
    SlowLeak,
    /// Each process of the canary crashes after four minutes, and is back after another.
    CrashLoop,
    /// Each request costs the canary 1.6 times the CPU time.
    CpuBurn,
    /// From 30 minutes after the deployment on, requests to the canary take 1.45 times as long.
    LateOnset,
    /// In the region `us`, requests to the canary take 1.6 times as long.
    OneRegion,
    /// On one of six pods, requests to the canary take three times as long.
    OneReplica,
    /// The canary gets about one request in 20 seconds, too few to decide anything.
    LowTraffic,
    /// The canary runs but exports nothing.
    NoData,
    /// The canary is healthy, but each of its processes is replaced every ten minutes, and its counters begin anew.
    CounterResets,
    /// The canary is healthy, but slow and busy in the first ten minutes after its deployment.
    WarmUp,
}

impl Scenario {
    /// Every scenario, in the order in which help texts list them.
    pub const ALL: [Self; 16] = [
        Self::Healthy,
        Self::LatencyRegression,
        Self::SlowTail,
        Self::LatencySpikes,
        Self::ErrorSpike,
        Self::ErrorBurst,
        Self::SlowLeak,
        Self::CrashLoop,
        Self::CpuBurn,
        Self::LateOnset,
        Self::OneRegion,
        Self::OneReplica,
        Self::LowTraffic,
        Self::NoData,
        Self::CounterResets,
        Self::WarmUp,
    ];

    /// The name on a command line and in configuration, such as `latency-regression`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::LatencyRegression => "latency-regression",
            Self::SlowTail => "slow-tail",
            Self::LatencySpikes => "latency-spikes",
            Self::ErrorSpike => "error-spike",
            Self::ErrorBurst => "error-burst",
            Self::SlowLeak => "slow-leak",
            Self::CrashLoop => "crash-loop",
            Self::CpuBurn => "cpu-burn",
            Self::LateOnset => "late-onset",
            Self::OneRegion => "one-region",
            Self::OneReplica => "one-replica",
            Self::LowTraffic => "low-traffic",
            Self::NoData => "no-data",
            Self::CounterResets => "counter-resets",
            Self::WarmUp => "warm-up",
        }
    }

    /// One line for a help text, without a full stop.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Healthy => "the canary behaves like the baseline",
            Self::LatencyRegression => "the canary is 1.45 times as slow",
            Self::SlowTail => "3 % of the canary's requests take six times as long",
            Self::LatencySpikes => "the canary is three times as slow for a minute in every five",
            Self::ErrorSpike => "4 % of the canary's requests fail instead of 0.2 %",
            Self::ErrorBurst => "20 % of the canary's requests fail for 4 minutes in every 20",
            Self::SlowLeak => "the canary's processes leak memory, 280 MiB an hour",
            Self::CrashLoop => "the canary's processes crash every five minutes",
            Self::CpuBurn => "the canary needs 1.6 times the CPU time",
            Self::LateOnset => {
                "the canary is 1.45 times as slow from 30 minutes after its deployment on"
            }
            Self::OneRegion => "the canary is 1.6 times as slow in one of two regions",
            Self::OneReplica => "one of the canary's six pods is three times as slow",
            Self::LowTraffic => "the canary gets one request in 20 seconds",
            Self::NoData => "the canary exports no metrics",
            Self::CounterResets => {
                "the canary is healthy; its counters begin anew every ten minutes"
            }
            Self::WarmUp => "the canary is healthy, after ten slow minutes at its deployment",
        }
    }

    /// The faults of the canary; a baseline has none.
    pub(crate) const fn faults(self) -> &'static [Fault] {
        const fn always(effect: Effect) -> Fault {
            on(Part::Whole, effect)
        }
        const fn on(part: Part, effect: Effect) -> Fault {
            let when = When::Always;
            Fault { effect, part, when }
        }
        const fn at(when: When, effect: Effect) -> Fault {
            let part = Part::Whole;
            Fault { effect, part, when }
        }
        const fn restarts(every: i64, down: i64, apart: i64) -> Fault {
            always(Effect::Restarts(Restarts { every, down, apart }))
        }
        const SPIKES: When = When::Bursts {
            every: 300,
            lasting: 60,
        };
        const BURST: When = When::Bursts {
            every: 1_200,
            lasting: 240,
        };
        const FIRST_MINUTES: When = When::Fading { seconds: 600 };
        match self {
            Self::Healthy => &[],
            Self::LatencyRegression => const { &[always(Effect::Slow { factor: 1.45 })] },
            Self::SlowTail => {
                const {
                    &[always(Effect::Tail {
                        share: 0.03,
                        factor: 6.0,
                    })]
                }
            }
            Self::LatencySpikes => const { &[at(SPIKES, Effect::Slow { factor: 3.0 })] },
            Self::ErrorSpike => const { &[always(Effect::Failing { probability: 0.04 })] },
            Self::ErrorBurst => const { &[at(BURST, Effect::Failing { probability: 0.2 })] },
            Self::SlowLeak => {
                const {
                    &[
                        always(Effect::Leak { bytes: 81_920.0 }),
                        restarts(3_600, 0, 0),
                    ]
                }
            }
            Self::CrashLoop => const { &[restarts(300, 60, 50)] },
            Self::CpuBurn => const { &[always(Effect::Burn { factor: 1.6 })] },
            Self::LateOnset => {
                const {
                    &[at(
                        When::After { seconds: 1_800 },
                        Effect::Slow { factor: 1.45 },
                    )]
                }
            }
            Self::OneRegion => {
                const { &[on(Part::Region(Region::Us), Effect::Slow { factor: 1.6 })] }
            }
            Self::OneReplica => {
                const { &[on(Part::Pod(Pod::ALL[1]), Effect::Slow { factor: 3.0 })] }
            }
            // 0.05 requests per second where the baseline has 60
            Self::LowTraffic => const { &[always(Effect::Starved { share: 0.05 / 60.0 })] },
            Self::NoData => const { &[always(Effect::Mute)] },
            Self::CounterResets => const { &[restarts(600, 0, 100)] },
            Self::WarmUp => {
                const {
                    &[
                        at(FIRST_MINUTES, Effect::Slow { factor: 3.0 }),
                        at(FIRST_MINUTES, Effect::Burn { factor: 2.0 }),
                    ]
                }
            }
        }
    }
}

named!(Scenario, "scenario");
