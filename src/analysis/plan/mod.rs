//! Deciding, before anything runs, exactly what will be asked and how the answers will be compared.

mod queries;
mod scopes;
mod windows;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serinus_adapters::Step;
use serinus_judge::{Design, Thresholds};

use windows::settled_after;

use super::{Accounts, AnalysisRequest, Comparison, ConfigIdentity, ConfigRef, Grid, Scope, Side};
use crate::canary_config::{CanaryConfig, ConfigLibrary, MetricConfig, Mistake, QueryTemplate};

/// The most samples one run may hold, over all metrics and both sides.
const MAX_SAMPLES: usize = 1_000_000;
/// The most labels a run may carry, and how long each of their names and values may be, in bytes.
const MAX_LABELS: (usize, usize) = (64, 1_000);

/// What planning needs to know besides the request.
#[derive(Debug, Clone, Copy)]
pub struct PlanContext<'a> {
    /// The configs a request can name.
    pub configs: &'a ConfigLibrary,
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
        self.metrics
            .iter()
            .map(|metric| if metric.work.is_some() { 4 } else { 2 })
            .sum()
    }
}

/// What will be done for one metric.
#[derive(Debug, Clone)]
pub struct PlannedMetric {
    /// How its two sides will be compared, and why so.
    pub comparison: Comparison,
    /// The baseline's query.
    pub baseline: PlannedQuery,
    /// The canary's query.
    pub canary: PlannedQuery,
    /// The queries that count the work done, where the metric asks for a minimum: baseline and canary.
    pub work: Option<(PlannedQuery, PlannedQuery)>,
}

/// One query, complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedQuery {
    /// The account it goes to.
    pub account: String,
    /// Its text, all variables replaced.
    pub text: String,
    /// The instants it is asked for.
    pub grid: Grid,
}

/// Plans an analysis.
///
/// # Errors
/// Everything wrong with the request, each with a pointer into it; nothing has been run then.
pub fn plan(request: &AnalysisRequest, context: PlanContext<'_>) -> Result<Plan, Vec<Mistake>> {
    let (config, identity) = request.config.resolve(context.configs)?;
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
    planner.labels();
    let metrics: Vec<_> = config
        .metrics
        .iter()
        .enumerate()
        .filter_map(|(index, metric)| planner.metric(&config, index, metric))
        .collect();
    let samples: usize = metrics
        .iter()
        .map(|metric| metric.baseline.grid.len() + metric.canary.grid.len())
        .sum();
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

    fn labels(&mut self) {
        let (count, length) = MAX_LABELS;
        let labels = &self.request.labels;
        if labels.len() > count
            || labels
                .iter()
                .any(|(name, value)| name.len().max(value.len()) > length)
        {
            self.mistake(
                "/labels",
                format!("at most {count} labels of at most {length} bytes are possible"),
            );
        }
    }

    fn same_query(&mut self, pointer: &str, query: &PlannedQuery) {
        let text = &query.text;
        self.config_mistake(
            pointer,
            format!(
                "baseline and canary resolve to the same query ({text}); does it use ${{scope}}?"
            ),
        );
    }

    fn metric(
        &mut self,
        config: &CanaryConfig,
        index: usize,
        metric: &MetricConfig,
    ) -> Option<PlannedMetric> {
        let at = format!("/metrics/{index}");
        let name = metric
            .account
            .as_ref()
            .or(config.defaults.account.as_ref())?
            .as_str();
        let Some(account) = self.context.accounts.get(name) else {
            let known = self.context.accounts.names();
            let pointer = if metric.account.is_some() {
                format!("{at}/account")
            } else {
                "/defaults/account".to_owned()
            };
            self.config_mistake(
                &pointer,
                format!("no account is named {name:?}; known: {known}"),
            );
            return None;
        };
        let step = self.step(config, metric, &at)?;
        let baseline_scope = self.scope(metric, &at, Side::Baseline);
        let canary_scope = self.scope(metric, &at, Side::Canary);
        let (baseline_scope, canary_scope) = (baseline_scope?, canary_scope?);
        let baseline_span = self.span(Side::Baseline, account, step)?;
        let canary_span = self.span(Side::Canary, account, step)?;

        let mut query = |template: &QueryTemplate,
                         pointer: &str,
                         scope: &Scope,
                         span: (Timestamp, Timestamp),
                         step| {
            self.query(
                template,
                &format!("{at}/{pointer}"),
                (name, account.escaping()),
                scope,
                span,
                step,
            )
        };
        let baseline = query(&metric.query, "query", &baseline_scope, baseline_span, step);
        let canary = query(&metric.query, "query", &canary_scope, canary_span, step);
        let work = match config.minimum_work(metric) {
            None => None,
            Some(work) => {
                // One instant at the window's end whose step is the whole window: counted once, over everything.
                let whole = |(start, end): (Timestamp, Timestamp)| {
                    Step::try_from(end.duration_since(start)).unwrap_or(step)
                };
                let mut count =
                    |scope, span| query(&work.query, "minimumWork/query", scope, span, whole(span));
                let (baseline, canary) = (
                    count(&baseline_scope, baseline_span)?,
                    count(&canary_scope, canary_span)?,
                );
                if baseline == canary {
                    self.same_query(&format!("{at}/minimumWork/query"), &canary);
                    return None;
                }
                Some((baseline, canary))
            }
        };
        let (baseline, canary) = (baseline?, canary?);

        if baseline == canary {
            self.same_query(&format!("{at}/query"), &canary);
            return None;
        }
        for query in [&baseline, &canary] {
            self.ready_at = self.ready_at.max(settled_after(query.grid.last(), account));
        }
        Some(PlannedMetric {
            comparison: comparison(&baseline, &canary),
            baseline,
            canary,
            work,
        })
    }
}

/// Two sides are paired only if they cover the same clock times on the same step. They always come from one account.
fn comparison(baseline: &PlannedQuery, canary: &PlannedQuery) -> Comparison {
    let (design, reason) = if baseline.grid == canary.grid {
        (
            Design::Paired,
            "both sides cover the same clock times on the same step from one account",
        )
    } else {
        (Design::Independent, "the two sides cover different times")
    };
    Comparison {
        design,
        reason: reason.to_owned(),
    }
}
