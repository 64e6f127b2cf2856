//! The simulator as a metric store.
//!
//! A query is a signal with its labels: `latency_p99{scenario="healthy",role="canary"}`; `seed="7"` may be added.

use std::{num::NonZeroUsize, str::FromStr, sync::Arc};

use async_trait::async_trait;
use jiff::Timestamp;
use serinus_adapters::{Answer, Labels, MetricSource, QueryError, RangeQuery, Sample, Series};
use serinus_simulator::{Release, Role, Scenario, Signal};
use tokio::sync::Semaphore;

/// A store without state: what it answers depends on the query alone.
#[derive(Debug)]
pub(super) struct Simulated {
    /// As many computations at once as there are cores.
    slots: Arc<Semaphore>,
}

impl Default for Simulated {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            slots: Arc::new(Semaphore::new(cores)),
        }
    }
}

#[async_trait]
impl MetricSource for Simulated {
    async fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError> {
        let selector = Selector::from_str(&query.text)
            .map_err(|detail| QueryError::InvalidQuery { detail })?;
        let invalid = |detail: &str| QueryError::InvalidQuery {
            detail: detail.to_owned(),
        };
        if query.step.as_millis() % 1_000 != 0 {
            return Err(invalid("the simulator needs a step of whole seconds"));
        }
        let step = u32::try_from(query.step.as_millis() / 1_000)
            .map_err(|_| invalid("the step is too long"))?;
        let (start, end) = (
            query.window.start().as_second(),
            query.window.end().as_second(),
        );
        // Simulating an hour takes milliseconds of computation, which must not hold up other runs.
        let slot = self.slots.clone().acquire_owned().await;
        let compute = move || {
            // Held until the work is done, also if the run was cancelled meanwhile.
            let _slot = slot;
            selector.release.series(selector.signal, start, end, step)
        };
        let points = tokio::task::spawn_blocking(compute)
            .await
            .map_err(|_| invalid("the simulator cannot tell"))?;
        let samples = points
            .into_iter()
            .filter_map(|(second, value)| {
                let at = Timestamp::from_second(second).ok()?;
                Some(Sample { at, value })
            })
            .collect::<Vec<_>>();
        let series = if samples.is_empty() {
            Vec::new()
        } else {
            vec![Series {
                labels: Labels::default(),
                samples,
            }]
        };
        Ok(Answer {
            series,
            notes: Vec::new(),
            step: query.step,
        })
    }

    async fn check(&self) -> Result<(), QueryError> {
        Ok(())
    }
}

/// What a query asks for.
#[derive(Debug)]
struct Selector {
    signal: Signal,
    release: Release,
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "expected SIGNAL{scenario=\"...\",role=\"...\"}".to_owned();
        let (signal, labels) = text
            .trim()
            .strip_suffix('}')
            .and_then(|text| text.split_once('{'))
            .ok_or_else(form)?;
        let signal = signal
            .trim()
            .parse::<Signal>()
            .map_err(|error| error.to_string())?;
        let (mut scenario, mut role, mut seed) = (None, None, 1);
        for label in labels.split(',') {
            let (key, value) = label.split_once('=').ok_or_else(form)?;
            let value = value
                .trim()
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'))
                .ok_or_else(form)?;
            match key.trim() {
                "scenario" => {
                    scenario = Some(
                        value
                            .parse::<Scenario>()
                            .map_err(|error| error.to_string())?,
                    )
                }
                "role" => role = Some(value.parse::<Role>().map_err(|error| error.to_string())?),
                "seed" => {
                    seed = value
                        .parse::<u64>()
                        .map_err(|error| format!("seed: {error}"))?
                }
                other => return Err(format!("unknown label {other:?}; {}", form())),
            }
        }
        let scenario = scenario.ok_or_else(form)?;
        let role = role.ok_or_else(form)?;
        Ok(Self {
            signal,
            release: Release::new(scenario, role, seed),
        })
    }
}
