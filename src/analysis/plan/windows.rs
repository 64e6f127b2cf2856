//! Which time each side covers.

use jiff::{SignedDuration, Timestamp};
use serinus_adapters::Step;

use super::Planner;
use crate::{
    analysis::{Account, Side, WindowRequest},
    canary_config::{CanaryConfig, MetricConfig},
};

impl Planner<'_> {
    /// Exactly one of the window's three forms must be used.
    pub(super) fn window_form(&mut self) {
        let WindowRequest {
            lookback,
            start,
            end,
            baseline,
            canary,
        } = &self.request.window;
        let forms = [
            lookback.is_some(),
            start.is_some() || end.is_some(),
            baseline.is_some() || canary.is_some(),
        ];
        let halves = [
            start.is_some() == end.is_some(),
            baseline.is_some() == canary.is_some(),
        ];
        if forms.iter().filter(|&&used| used).count() != 1 || halves.contains(&false) {
            self.mistake(
                "/window",
                "expected one of: `lookback`; `start` and `end`; `baseline` and `canary`, each with `start` and `end`",
            );
        }
    }

    /// The start and end for one side, ends of `lookback` moved back to where the store's data has settled.
    pub(super) fn span(
        &mut self,
        side: Side,
        account: &Account,
        step: Step,
    ) -> Option<(Timestamp, Timestamp)> {
        let window = &self.request.window;
        if let Some(lookback) = window.lookback {
            if lookback <= SignedDuration::ZERO {
                self.mistake(
                    "/window/lookback",
                    "the lookback must be longer than nothing",
                );
                return None;
            }
            let settled = self
                .context
                .now
                .checked_sub(account.limits().settling_delay)
                .ok()?;
            let end = floor_to(settled, step)?;
            let start = end.checked_sub(lookback).unwrap_or(Timestamp::MIN);
            return Some((start, end));
        }
        let (start, end) = match side {
            _ if window.start.is_some() => window.start.zip(window.end),
            Side::Baseline => window.baseline.map(|span| (span.start, span.end)),
            Side::Canary => window.canary.map(|span| (span.start, span.end)),
        }?;
        // Stores know milliseconds.
        let millis = Step::MILLISECOND;
        Some((floor_to(start, millis)?, floor_to(end, millis)?))
    }

    /// The distance between two samples: the metric's own, else the request's, else the config's.
    pub(super) fn step(
        &mut self,
        config: &CanaryConfig,
        metric: &MetricConfig,
        at: &str,
    ) -> Option<Step> {
        let (step, of_request) = match (metric.step, self.request.step) {
            (Some(step), _) => (step, false),
            (None, Some(step)) => (step, true),
            (None, None) => (config.defaults.step, false),
        };
        match Step::try_from(step) {
            Ok(step) => Some(step),
            Err(error) => {
                if of_request {
                    self.mistake("/step", error.to_string());
                } else {
                    self.config_mistake(&format!("{at}/step"), error.to_string());
                }
                None
            }
        }
    }
}

/// When the store of `account` has all samples up to `at`.
pub(super) fn settled_after(at: Timestamp, account: &Account) -> Timestamp {
    at.checked_add(account.limits().settling_delay)
        .unwrap_or(Timestamp::MAX)
}

/// The last multiple of `step` since the epoch that is not after `at`.
fn floor_to(at: Timestamp, step: Step) -> Option<Timestamp> {
    let step = step.as_millis();
    Timestamp::from_millisecond(at.as_millisecond().div_euclid(step) * step).ok()
}
