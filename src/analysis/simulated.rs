//! The simulator as a metric store.
//!
//! A query is a signal with its labels, `latency_p99{scenario="healthy",role="canary"} by (pod)`: see [`selector`].

mod selector;

use std::{num::NonZeroUsize, str::FromStr, sync::Arc};

use async_trait::async_trait;
use jiff::Timestamp;
use serinus_adapters::{Answer, MetricSource, QueryError, RangeQuery, Sample, Series};
use serinus_simulator::{MAX_SPAN, MAX_STEP};
use tokio::sync::Semaphore;

use selector::Selector;

/// Bounds of the work that one query may cost, in seconds times percent of the traffic: time, and memory.
const LONGEST: i64 = MAX_SPAN * 5;
const LONGEST_STEP: i64 = MAX_STEP as i64 * 5;

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
        let weight = i64::from(selector.release.weight.percent());
        if (end.saturating_sub(start)).saturating_mul(weight) > LONGEST
            || i64::from(step) * weight > LONGEST_STEP
        {
            return Err(invalid(
                "too much to simulate: windows go up to a month and steps to a day at a weight of 5, and are shorter at larger ones",
            ));
        }
        // Simulating an hour takes milliseconds of computation, which must not hold up other runs.
        let slot = self.slots.clone().acquire_owned().await;
        let compute = move || {
            // Held until the work is done, also if the run was cancelled meanwhile.
            let _slot = slot;
            let series = selector.parts().into_iter().map(|(part, labels)| Series {
                labels,
                samples: samples(selector.release.series_of(
                    part,
                    selector.signal,
                    start,
                    end,
                    step,
                )),
            });
            series
                .filter(|series| !series.samples.is_empty())
                .collect::<Vec<_>>()
        };
        let series = tokio::task::spawn_blocking(compute)
            .await
            .map_err(|_| invalid("the simulator cannot tell"))?;
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

fn samples(points: Vec<(i64, f64)>) -> Vec<Sample> {
    let samples = points.into_iter().filter_map(|(second, value)| {
        let at = Timestamp::from_second(second).ok()?;
        Some(Sample { at, value })
    });
    samples.collect()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serinus_adapters::{Step, Window};

    use super::*;

    fn query(text: &str, hours: i64) -> RangeQuery {
        let start: Timestamp = "2026-01-14T09:00:00Z".parse().unwrap();
        RangeQuery {
            text: text.to_owned(),
            window: Window::new(start, start + SignedDuration::from_hours(hours)).unwrap(),
            step: Step::try_from(SignedDuration::from_mins(1)).unwrap(),
        }
    }

    async fn ask(text: &str, hours: i64) -> Result<Answer, QueryError> {
        Simulated::default().query(&query(text, hours)).await
    }

    #[tokio::test]
    async fn parts_add_up_to_the_whole() {
        for signal in ["requests", "errors", "retries"] {
            let side = format!("{signal}{{scenario=\"one-region\",role=\"canary\"}}");
            let whole = ask(&side, 1).await.unwrap().series;
            assert_eq!(whole.len(), 1);
            for (grouping, parts) in [("region", 2), ("pod", 6), ("region, pod", 6)] {
                let series = ask(&format!("{side} by ({grouping})"), 1)
                    .await
                    .unwrap()
                    .series;
                assert_eq!(series.len(), parts);
                for (index, sample) in whole[0].samples.iter().enumerate() {
                    let sum: f64 = series.iter().map(|one| one.samples[index].value).sum();
                    assert_eq!(
                        sum.to_bits(),
                        sample.value.to_bits(),
                        "{signal} by ({grouping})"
                    );
                }
            }
        }
    }

    #[tokio::test]
    async fn a_pod_that_is_down_has_gaps_and_a_canary_has_no_past() {
        let side = "scenario=\"crash-loop\",role=\"canary\",deployed=\"2026-01-14T09:30:00Z\"";
        let text = format!("requests{{{side}}} by (pod)");
        let series = ask(&text, 1).await.unwrap().series;
        assert_eq!(series.len(), 6);
        for pod in &series {
            let first = pod.samples[0].at;
            assert!(
                first > "2026-01-14T09:30:00Z".parse().unwrap(),
                "{}",
                pod.labels
            );
            // a minute in every five, of which no sample may be left
            assert!(pod.samples.len() <= 30);
        }
    }

    #[tokio::test]
    async fn what_would_cost_too_much_is_refused() {
        let text = "requests{scenario=\"healthy\",role=\"canary\",weight=\"100\"}";
        let refused = ask(text, 24 * 3).await.unwrap_err();
        assert!(
            matches!(refused, QueryError::InvalidQuery { .. }),
            "{refused:?}"
        );
        assert!(
            ask("requests{scenario=\"healthy\",role=\"canary\"}", 24 * 32)
                .await
                .is_err()
        );
    }
}
