//! Which time each side covers.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serinus_adapters::Step;

use super::Planner;
use super::metric::Timing;
use super::queries::Asked;
use super::scopes::scope_pointer;
use crate::{
    analysis::{Account, Scope, Side, WindowRequest},
    canary_config::{CanaryConfig, Comparing, MetricConfig, TimeDesign},
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
            // Pinned to times before there is a plan.
            duration: _,
            warm_up: _,
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
                "expected one of: `lookback`; `duration`; `start` and `end`; `baseline` and `canary`, each with `start` and `end`",
            );
        }
    }

    /// The start and end for one side, ends of `lookback` moved back to where the store's data has settled.
    pub(super) fn span(&mut self, side: Side, account: &Account, step: Step) -> Option<Span> {
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

    /// The distance between two samples: the side's own, else the metric's, else the request's, else the config's.
    pub(super) fn step(
        &mut self,
        config: &CanaryConfig,
        metric: &MetricConfig,
        at: &str,
        side: Side,
        scope: Option<&Scope>,
    ) -> Option<Step> {
        let of_scope = scope.and_then(|scope| scope.step);
        let step = of_scope
            .or(metric.step)
            .or(self.request.step)
            .unwrap_or(config.defaults.step);
        let error = match Step::try_from(step) {
            Ok(step) => return Some(step),
            Err(error) => error.to_string(),
        };
        if of_scope.is_some() {
            self.mistake(format!("{}/step", scope_pointer(metric, side)), error);
        } else if metric.step.is_none() && self.request.step.is_some() {
            self.mistake("/step", error);
        } else if metric.step.is_some() {
            self.config_mistake(&format!("{at}/step"), error);
        } else {
            self.config_mistake("/defaults/step", error);
        }
        None
    }

    /// Ends a lookback at the same time on both sides, although their stores settle, and their steps end, at different ones.
    pub(super) fn line_up(&self, baseline: &mut Asked, canary: &mut Asked) {
        let Some(lookback) = self.request.window.lookback else {
            return;
        };
        let coarser = baseline.step.max(canary.step);
        let end = baseline.span.1.min(canary.span.1);
        if let Some(end) = floor_to(end, coarser) {
            let start = end.checked_sub(lookback).unwrap_or(Timestamp::MIN);
            baseline.span = (start, end);
            canary.span = (start, end);
        }
    }

    /// Which times are compared. Where the canary's window follows itself, the baseline's moves to before it.
    pub(super) fn timing(
        &mut self,
        compare: &Comparing,
        metric: &MetricConfig,
        at: &str,
        baseline: &mut Asked,
        canary: &Asked,
    ) -> Option<Timing> {
        let name = metric.name.as_str();
        let own_windows = self.request.window.baseline.is_some();
        let follow = compare.design == TimeDesign::Auto && baseline.span.1 <= canary.span.0;
        let consecutive = compare.is_consecutive() || follow;
        if !consecutive {
            let same = baseline.span == canary.span;
            if compare.design == TimeDesign::Concurrent && !same {
                let detail = format!(
                    "metric {name:?} compares both sides over the same time; give one window for both"
                );
                self.mistake("/window", detail);
                return None;
            }
            return Some(if same {
                Timing::Concurrent
            } else {
                Timing::Apart
            });
        }
        let length = |(start, end): Span| end.duration_since(start);
        // Earlier windows are as long as the baseline's, which may have a length of its own.
        let length = if own_windows {
            length(canary.span).max(length(baseline.span))
        } else {
            length(canary.span)
        };
        let history = compare.history.as_ref();
        let every = history.and_then(|history| history.every).unwrap_or(length);
        if every < length {
            let detail = format!(
                "earlier windows every {every:#} would overlap: the window is {length:#} long"
            );
            let at = if metric.compare.history.is_some() {
                at
            } else {
                ""
            };
            self.config_mistake(&format!("{at}/compare/history/every"), detail);
            return None;
        }
        if !own_windows {
            baseline.span = earlier(canary.span, every, 1)?;
        }
        if baseline.span.1 > canary.span.0 {
            let detail = format!(
                "metric {name:?} compares before and after; the baseline's window has to end before the canary's starts"
            );
            self.mistake("/window/baseline", detail);
            return None;
        }
        let count = history.map_or(0, |history| history.windows);
        let windows = (1..=count)
            .rev()
            .map(|back| earlier(baseline.span, every, back));
        let windows: Option<Vec<Span>> = windows.collect();
        if windows.is_none() {
            self.mistake("/window", "the earlier windows reach beyond all times");
        }
        windows.map(Timing::BeforeAfter)
    }
}

/// A start and an end.
pub(super) type Span = (Timestamp, Timestamp);

/// The span `back` periods earlier.
fn earlier((start, end): Span, every: SignedDuration, back: usize) -> Option<Span> {
    let shift = every.checked_mul(i32::try_from(back).ok()?)?;
    Some((start.checked_sub(shift).ok()?, end.checked_sub(shift).ok()?))
}

/// When a store whose data settles so late has all samples up to `at`.
pub(super) fn settled_after(at: Timestamp, delay: Duration) -> Timestamp {
    at.checked_add(delay).unwrap_or(Timestamp::MAX)
}

/// The last multiple of `step` since the epoch that is not after `at`.
fn floor_to(at: Timestamp, step: Step) -> Option<Timestamp> {
    let step = step.as_millis();
    Timestamp::from_millisecond(at.as_millisecond().div_euclid(step) * step).ok()
}
