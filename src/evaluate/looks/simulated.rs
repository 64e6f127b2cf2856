//! One simulated run: its metrics as a look sees them.

use std::ops::Range;

use serinus_judge::{
    Clock, CountPair, CountSeries, Direction, Evidence, Guardrail, Metric, Observations, Rules,
};
use serinus_simulator::{Role, Twins};

use super::experiment::{Critical, Setting};

/// The largest autocorrelation of a metric's own noise.
const MOST_MEMORY: f64 = 0.6;
/// Standard deviations, on the logarithmic scale, of levels' own noise; one after the other.
const SCATTERS: [f64; 3] = [0.05, 0.1, 0.15];
/// The standard deviation of the load both sides share, on the logarithmic scale.
const LOAD: f64 = 0.3;
/// Requests a moment and side.
const REQUESTS: f64 = 2_000.0;
/// Shares of errors; one after the other.
const SHARES: [f64; 2] = [0.002, 0.01];
/// The standard deviation of the logarithm of a share of errors about its level: errors come together.
const BURSTS: f64 = 0.2;
/// Restarts a moment and side.
const RESTARTS: f64 = 0.01;

/// What a metric is like. Of twenty, fifteen are levels, four error shares and one a count of restarts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// A latency, or a use of resources: moves with the load.
    Level { scatter: f64 },
    /// Errors out of requests.
    Errors { share: f64 },
    /// Restarts: rare, and the same at any load.
    Restarts,
}

/// The complete series of both sides of one metric, baseline first.
#[derive(Debug, Clone)]
pub(super) struct Simulated {
    name: String,
    kind: Kind,
    rules: Rules,
    /// The values; of errors their number.
    values: [Vec<f64>; 2],
    /// Requests on either side.
    requests: Vec<f64>,
}

/// The metrics of the run of a seed.
///
/// What is changed is one level, each in turn; it is critical in any case, as a change that fails nothing cannot be caught.
pub(super) fn run(seed: u64, setting: &Setting) -> Vec<Simulated> {
    let twins = Twins::new(seed);
    let load: Vec<f64> = twins
        .load(setting.moments)
        .iter()
        .map(|x| (LOAD * x).exp())
        .collect();
    let levels: Vec<usize> = (0..setting.metrics)
        .filter(|place| matches!(kind(*place), Kind::Level { .. }))
        .collect();
    let turn = usize::try_from(seed % levels.len().max(1) as u64).unwrap_or(0);
    let changed = setting.effect.and_then(|_| levels.get(turn));
    (0..setting.metrics)
        .map(|place| {
            let changed = changed == Some(&place);
            let factor = setting.effect.filter(|_| changed).unwrap_or(1.0);
            let critical = match setting.critical {
                Critical::All => true,
                Critical::Quarter => changed || place % 4 == 0,
            };
            Simulated::of(&twins, &load, place, factor, critical)
        })
        .collect()
}

fn kind(place: usize) -> Kind {
    match place % 20 {
        15..19 => Kind::Errors {
            share: SHARES[place % SHARES.len()],
        },
        19 => Kind::Restarts,
        _ => Kind::Level {
            scatter: SCATTERS[place % SCATTERS.len()],
        },
    }
}

/// A line that no healthy canary should cross.
fn guardrail(kind: Kind) -> Guardrail {
    match kind {
        Kind::Level { .. } => Guardrail::RatioAbove {
            least: 20.0,
            ratio: 2.0,
            floor: 0.1,
            moments: 3,
        },
        Kind::Errors { .. } => Guardrail::RatioAbove {
            least: 20.0,
            ratio: 3.0,
            floor: 0.005,
            moments: 5,
        },
        Kind::Restarts => Guardrail::SumAbove {
            sum: 3.0,
            moments: 5,
        },
    }
}

impl Simulated {
    fn of(twins: &Twins, load: &[f64], place: usize, factor: f64, critical: bool) -> Self {
        let kind = kind(place);
        // 0, 0.1, .. 0.6 in turn.
        let memory = MOST_MEMORY * (place % 7) as f64 / 6.0;
        let metric = u32::try_from(place).unwrap_or(u32::MAX);
        let requests: Vec<f64> = load.iter().map(|load| (REQUESTS * load).round()).collect();
        let values = [(Role::Baseline, 1.0), (Role::Canary, factor)].map(|(side, factor)| {
            let noise = twins.noise(side, metric, memory, load.len());
            match kind {
                Kind::Level { scatter } => load
                    .iter()
                    .zip(&noise)
                    .map(|(load, noise)| factor * load * (scatter * noise).exp())
                    .collect(),
                Kind::Errors { share } => {
                    let expected: Vec<f64> = requests
                        .iter()
                        .zip(&noise)
                        .map(|(requests, noise)| requests * share * (BURSTS * noise).exp())
                        .collect();
                    twins.events(side, metric, &expected)
                }
                Kind::Restarts => twins.events(side, metric, &vec![RESTARTS; load.len()]),
            }
        });
        let name = match kind {
            Kind::Level { .. } => "level",
            Kind::Errors { .. } => "errors",
            Kind::Restarts => "restarts",
        };
        Self {
            name: format!("{name}-{place}"),
            kind,
            rules: Rules {
                // Of most metrics an increase is bad, of some any change.
                direction: if place % 4 == 3 {
                    Direction::Either
                } else {
                    Direction::Increase
                },
                critical,
                guardrails: vec![guardrail(kind)],
                ..Rules::default()
            },
            values,
            requests,
        }
    }

    /// The metric as a look at these moments sees it.
    pub(super) fn seen(&self, moments: Range<usize>) -> Metric {
        let part = |series: &[f64]| series.get(moments.clone()).unwrap_or_default().to_vec();
        let [baseline, canary] = self.values.each_ref().map(|side| part(side));
        let observations = match self.kind {
            Kind::Level { .. } | Kind::Restarts => {
                Observations::paired(baseline, canary).map_err(|error| error.to_string())
            }
            Kind::Errors { .. } => counted(&baseline, &canary, &part(&self.requests)),
        };
        Metric {
            name: self.name.clone(),
            groups: vec!["all".to_owned()],
            rules: self.rules.clone(),
            evidence: observations.map_or_else(Evidence::Failed, Evidence::Observed),
        }
    }
}

fn counted(baseline: &[f64], canary: &[f64], requests: &[f64]) -> Result<Observations, String> {
    let side = |errors| CountSeries::new(errors, requests).map_err(|error| error.to_string());
    CountPair::new(side(baseline)?, side(canary)?, Clock::Shared)
        .map(Observations::Counts)
        .map_err(|error| error.to_string())
}
