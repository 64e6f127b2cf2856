//! Deciding, before anything runs, exactly what will be asked and how the answers will be compared.

mod alone;
mod metric;
mod planned;
mod queries;
mod scopes;
mod windows;

pub use alone::SingleQuery;
pub use planned::{Arrangement, PlannedMetric, PlannedQuery, Role};

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serinus_judge::Thresholds;

use super::{Accounts, AnalysisRequest, Comparison, ConfigIdentity, ConfigRef};
use crate::canary_config::{CanaryConfig, ConfigLibrary, Mistake};

/// The most samples one run may hold, over all metrics and both sides.
pub(crate) const MAX_SAMPLES: usize = 1_000_000;
/// The most labels a run may carry, and how long each of their names and values may be, in bytes.

/// What planning needs to know besides the request.
#[derive(Debug, Clone, Copy)]
pub struct PlanContext<'a> {
    /// The accounts a metric can name.
    pub accounts: &'a Accounts,
    /// The current time.
    pub now: Timestamp,
    /// How far ahead a window may end.
    pub horizon: SignedDuration,
}

/// Everything an analysis will do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The config in use.
    pub config: Arc<CanaryConfig>,
    /// Its name and digest.
    pub identity: ConfigIdentity,
    /// The thresholds in use.
    pub thresholds: Thresholds,
    /// One entry per metric of the config, in its order.
    pub metrics: Vec<PlannedMetric>,
    /// When all data can be expected to be there.
    pub ready_at: Timestamp,
}

impl Plan {
    /// How many queries will be asked.
    pub fn queries(&self) -> usize {
        self.metrics.iter().map(|metric| metric.queries.len()).sum()
    }
}

/// Plans an analysis under a config of this library.
///
/// # Errors
/// Everything wrong with the request, each with a pointer into it; nothing has been run then.
pub fn plan(
    request: &AnalysisRequest,
    configs: &ConfigLibrary,
    context: PlanContext<'_>,
) -> Result<Plan, Vec<Mistake>> {
    let (config, identity) = request.config.resolve(configs)?;
    plan_resolved(request, config, identity, context)
}

/// Plans an analysis under a config that was found before, whatever has become of its name since.
///
/// # Errors
/// As for [`plan()`].
pub fn plan_resolved(
    request: &AnalysisRequest,
    config: Arc<CanaryConfig>,
    identity: ConfigIdentity,
    context: PlanContext<'_>,
) -> Result<Plan, Vec<Mistake>> {
    let config_pointer = match request.config {
        ConfigRef::Name(_) => ConfigPointer::Named,
        ConfigRef::Inline(_) => ConfigPointer::Inline,
    };
    let mut planner = Planner {
        request,
        context,
        config_pointer,
        mistakes: Vec::new(),
        ready_at: context.now,
    };
    let thresholds = planner.thresholds(&config);
    planner.window_form();
    planner.mistakes.extend(request.too_large());
    let metrics: Vec<_> = config
        .metrics
        .iter()
        .enumerate()
        .filter_map(|(index, metric)| planner.metric(&config, index, metric))
        .collect();
    let samples: usize = metrics.iter().map(PlannedMetric::samples).sum();
    if samples > MAX_SAMPLES {
        planner.mistake(
            "/window",
            format!("the window means {samples} samples over all metrics; at most {MAX_SAMPLES} are possible"),
        );
    }
    if planner.mistakes.is_empty() && metrics.len() != config.metrics.len() {
        // A metric that silently dropped out could not fail the run any more.
        planner.mistake(
            "/config",
            "a metric of the config cannot be planned for this window",
        );
    }
    if planner.ready_at.duration_since(context.now) > context.horizon {
        let horizon = context.horizon;
        planner.mistakes.push(Mistake::new(
            "/window",
            format!(
                "the window's data is complete at {}, more than {horizon:#} ahead",
                planner.ready_at
            ),
        ));
    }
    if !planner.mistakes.is_empty() {
        // The same mistake of a scope shows up in every metric that uses it.
        let mut mistakes = planner.mistakes;
        mistakes.sort_by(|a, b| (&a.pointer, &a.detail).cmp(&(&b.pointer, &b.detail)));
        mistakes.dedup();
        return Err(mistakes);
    }
    Ok(Plan {
        ready_at: planner.ready_at,
        config,
        identity,
        thresholds,
        metrics,
    })
}

/// How a place in the config is pointed at: an inline config is part of the request, a named one is not.
#[derive(Debug, Clone, Copy)]
enum ConfigPointer {
    Named,
    Inline,
}

impl ConfigPointer {
    fn mistake(self, pointer: &str, detail: String) -> Mistake {
        match self {
            Self::Named => Mistake::new(
                "/config/name",
                format!("in the config, {pointer}: {detail}"),
            ),
            Self::Inline => Mistake::new(pointer, detail).under("/config/inline"),
        }
    }
}

#[derive(Debug)]
struct Planner<'a> {
    request: &'a AnalysisRequest,
    context: PlanContext<'a>,
    config_pointer: ConfigPointer,
    mistakes: Vec<Mistake>,
    ready_at: Timestamp,
}

impl Planner<'_> {
    fn mistake(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.mistakes.push(Mistake::new(pointer, detail));
    }

    fn config_mistake(&mut self, pointer: &str, detail: impl Into<String>) {
        self.mistakes
            .push(self.config_pointer.mistake(pointer, detail.into()));
    }

    fn thresholds(&mut self, config: &CanaryConfig) -> Thresholds {
        match self
            .request
            .thresholds
            .map(|thresholds| thresholds.checked())
        {
            Some(Ok(thresholds)) => thresholds,
            Some(Err(detail)) => {
                self.mistake("/thresholds", detail);
                config.thresholds
            }
            None => config.thresholds,
        }
    }
}
