//! What is asked for one metric.

use std::mem::discriminant;

use serinus_adapters::Step;
use serinus_judge::{Design, Side};

use super::planned::{Arrangement, PlannedMetric, PlannedQuery, Role};
use super::queries::Asked;
use super::windows::{Span, settled_after};
use super::{Comparison, Planner};
use crate::analysis::Grid;
use crate::canary_config::{
    CanaryConfig, Comparing, MetricConfig, MetricQuery, QueryTemplate, StrataBy, TimeDesign, Times,
};

/// Which times of which sides are compared.
#[derive(Debug)]
pub(super) enum Timing {
    /// Both sides at once.
    Concurrent,
    /// Each side in its own window, without an order.
    Apart,
    /// The baseline's window before the canary's, after these earlier ones.
    BeforeAfter(Vec<Span>),
    /// The canary alone.
    Alone,
}

impl Planner<'_> {
    pub(super) fn metric(
        &mut self,
        config: &CanaryConfig,
        index: usize,
        metric: &MetricConfig,
    ) -> Option<PlannedMetric> {
        let at = format!("/metrics/{index}");
        let compare = config.compare(metric);
        let canary = self.asked(config, metric, &at, Side::Canary)?;
        let (sides, timing) = match compare.design {
            TimeDesign::CanaryOnly => (vec![canary], Timing::Alone),
            TimeDesign::Auto | TimeDesign::Concurrent | TimeDesign::BeforeAfter => {
                let mut canary = canary;
                let mut baseline = self.asked(config, metric, &at, Side::Baseline)?;
                self.line_up(&mut baseline, &mut canary);
                self.comparable(metric, &at, &baseline, &canary)?;
                let timing = self.timing(&compare, metric, &at, &mut baseline, &canary)?;
                (vec![baseline, canary], timing)
            }
        };
        let arrangement = arrangement(&compare, metric);
        let mut queries = Vec::new();
        let mut complete = true;
        for side in &sides {
            let asked = self.side(metric, &at, &arrangement, side);
            complete &= asked.is_some();
            queries.extend(asked.unwrap_or_default());
        }
        if let Timing::BeforeAfter(history) = &timing {
            let earlier = self.history(metric, &at, &sides, history);
            complete &= earlier.is_some();
            queries.extend(earlier.unwrap_or_default());
        }
        if let Some(work) = config.minimum_work(metric) {
            let at = match metric.minimum_work {
                Some(_) => format!("{at}/minimumWork/query"),
                None => "/defaults/minimumWork/query".to_owned(),
            };
            for side in &sides {
                let asked = self.work(&work.query, &at, side);
                complete &= asked.is_some();
                queries.extend(asked);
            }
        }
        if !complete || !self.distinct(metric, &at, &queries) {
            return None;
        }
        for query in &queries {
            let settled = settled_after(query.grid.last(), self.settling(&query.account));
            self.ready_at = self.ready_at.max(settled);
        }
        let shared = shared(&timing, &queries);
        let mut unfit = config.unfit_at(index, timing.times(shared.as_ref()));
        // An early look sees too little for some guardrails; a later one does not.
        let whole = self.request.looks.is_none();
        let seen = shared.or_else(|| grid_of(Side::Canary, &queries));
        if let Some(grid) = seen.filter(|_| whole) {
            unfit.extend(config.out_of_reach(index, grid.step().as_duration(), grid.len()));
        }
        let is_fit = unfit.is_empty();
        for mistake in unfit {
            self.config_mistake(&mistake.pointer, mistake.detail);
        }
        let (design, reason) =
            design(&timing, &arrangement, shared.is_some()).filter(|_| is_fit)?;
        Some(PlannedMetric {
            metric: metric.name.to_string(),
            comparison: Comparison { design, reason },
            arrangement,
            shared,
            queries,
        })
    }

    /// Refuses sides of different steps where the query counts per `${step}`: such samples cannot be averaged to the
    /// coarser one. (The two queries of a share are added up.)
    fn comparable(
        &mut self,
        metric: &MetricConfig,
        at: &str,
        baseline: &Asked,
        canary: &Asked,
    ) -> Option<()> {
        let per_step = match &metric.query {
            MetricQuery::Series(query) => query.as_str().contains("${step"),
            MetricQuery::Counts(_) => false,
        };
        if per_step && baseline.step != canary.step {
            let (b, c) = (baseline.step, canary.step);
            let detail = format!(
                "the query looks back one `${{step}}`, and the sides have steps of {b} and {c}; give both the same"
            );
            self.config_mistake(&format!("{at}/query"), detail);
            return None;
        }
        Some(())
    }

    /// The queries for a side's samples.
    fn side(
        &mut self,
        metric: &MetricConfig,
        at: &str,
        arrangement: &Arrangement,
        asked: &Asked,
    ) -> Option<Vec<PlannedQuery>> {
        let side = asked.side;
        match (&metric.query, arrangement) {
            (MetricQuery::Counts(queries), _) => {
                let errors = format!("{at}/query/errors");
                let errors = self.query(&queries.errors, &errors, asked, Role::Errors(side));
                let of = format!("{at}/query/of");
                let of = self.query(&queries.of, &of, asked, Role::Samples(side));
                Some(vec![errors?, of?])
            }
            (MetricQuery::Series(query), Arrangement::Locations(locations)) => (0..)
                .zip(locations)
                .map(|(place, location)| {
                    let there = asked.at(location);
                    let role = Role::Location(side, place);
                    self.query(query, &format!("{at}/query"), &there, role)
                })
                .collect(),
            (
                MetricQuery::Series(query),
                Arrangement::Single
                | Arrangement::Replicas { .. }
                | Arrangement::Strata { .. }
                | Arrangement::Counts,
            ) => {
                let role = Role::Samples(side);
                Some(vec![self.query(
                    query,
                    &format!("{at}/query"),
                    asked,
                    role,
                )?])
            }
        }
    }

    /// The queries for earlier windows of the baseline.
    fn history(
        &mut self,
        metric: &MetricConfig,
        at: &str,
        sides: &[Asked],
        history: &[Span],
    ) -> Option<Vec<PlannedQuery>> {
        let MetricQuery::Series(query) = &metric.query else {
            return Some(Vec::new());
        };
        let baseline = sides.first()?;
        (0..)
            .zip(history)
            .map(|(window, span)| {
                let earlier = baseline.over(*span);
                self.query(
                    query,
                    &format!("{at}/query"),
                    &earlier,
                    Role::History(window),
                )
            })
            .collect()
    }

    /// One instant at the window's end whose step is the whole window: counted once, over everything.
    fn work(&mut self, query: &QueryTemplate, at: &str, asked: &Asked) -> Option<PlannedQuery> {
        let (start, end) = asked.span;
        let step = Step::try_from(end.duration_since(start)).unwrap_or(asked.step);
        self.query(query, at, &asked.every(step), Role::Work(asked.side))
    }

    /// Whether no two queries of a metric are the same; a forgotten variable makes them so.
    fn distinct(&mut self, metric: &MetricConfig, at: &str, queries: &[PlannedQuery]) -> bool {
        for (place, query) in queries.iter().enumerate() {
            // The work of a side may well be one of its counts; the same for two sides, places or windows may not.
            let same = |other: &&PlannedQuery| {
                query.asks_the_same(other)
                    && (discriminant(&query.role) == discriminant(&other.role)
                        || query.role.side() != other.role.side())
            };
            let Some(other) = queries[..place].iter().find(same) else {
                continue;
            };
            let both = ("baseline and canary", "scope");
            let (key, (what, variable)) = match (query.role, other.role) {
                (Role::Work(_), _) => ("/minimumWork/query", both),
                (Role::Errors(_), _) => ("/query/errors", both),
                (Role::Location(side, _), Role::Location(other, _)) if side == other => {
                    ("/query", ("two locations", "location"))
                }
                (Role::Samples(_) | Role::Location(..) | Role::History(_), _) => ("/query", both),
            };
            let at = match query.role {
                Role::Work(_) if metric.minimum_work.is_none() => "/defaults",
                Role::Work(_)
                | Role::Errors(_)
                | Role::Samples(_)
                | Role::Location(..)
                | Role::History(_) => at,
            };
            let text = &query.text;
            self.config_mistake(
                &format!("{at}{key}"),
                format!("{what} resolve to the same query ({text}); does it use ${{{variable}}}?"),
            );
            return false;
        }
        true
    }
}

impl Timing {
    /// The same in the words of the config language.
    fn times(&self, shared: Option<&Grid>) -> Times {
        match (self, shared) {
            (Self::Alone, _) => Times::Alone,
            (Self::BeforeAfter(_), _) => Times::BeforeAfter,
            (Self::Concurrent, Some(_)) => Times::Concurrent,
            (Self::Concurrent, None) | (Self::Apart, _) => Times::Apart,
        }
    }
}

/// The grid of a side's samples.
fn grid_of(side: Side, queries: &[PlannedQuery]) -> Option<Grid> {
    let of_side = |query: &&PlannedQuery| {
        query.role.side() == side && matches!(query.role, Role::Samples(_) | Role::Location(..))
    };
    queries.iter().find(of_side).map(|query| query.grid)
}

/// The grid that both sides are brought to, where they cover the same times.
fn shared(timing: &Timing, queries: &[PlannedQuery]) -> Option<Grid> {
    match timing {
        Timing::Concurrent => {
            let [baseline, canary] =
                [Side::Baseline, Side::Canary].map(|side| grid_of(side, queries));
            baseline?.common(&canary?)
        }
        Timing::Apart | Timing::BeforeAfter(_) | Timing::Alone => None,
    }
}

/// The form of the observations, and why so. `None` for what does not go together; the config language says what that is.
fn design(
    timing: &Timing,
    arrangement: &Arrangement,
    on_one_clock: bool,
) -> Option<(Design, String)> {
    let one_clock = "both sides cover the same clock times";
    Some(match (timing, arrangement) {
        (Timing::Alone, Arrangement::Single) => (
            Design::CanaryOnly,
            "the config compares the canary alone".to_owned(),
        ),
        (Timing::Concurrent | Timing::Apart | Timing::BeforeAfter(_), Arrangement::Counts) => (
            Design::Counts,
            "errors are counted out of requests".to_owned(),
        ),
        (_, Arrangement::Single) if on_one_clock => {
            (Design::Paired, format!("{one_clock} on one step"))
        }
        (Timing::BeforeAfter(history), Arrangement::Single) => {
            let earlier = match history.len() {
                0 => "there are no earlier windows".to_owned(),
                count => {
                    format!("{count} earlier windows are to show how the metric changes of itself")
                }
            };
            let reason = format!("the canary's window follows the baseline's; {earlier}");
            (Design::BeforeAfter, reason)
        }
        (Timing::Concurrent | Timing::Apart, Arrangement::Single) => (
            Design::Independent,
            "the two sides cover different times or steps".to_owned(),
        ),
        (_, Arrangement::Replicas { label }) if on_one_clock => (
            Design::Replicas,
            format!("{one_clock}, one series per {label}"),
        ),
        (_, Arrangement::Strata { label }) if on_one_clock => {
            (Design::Strata, format!("{one_clock}, within each {label}"))
        }
        (_, Arrangement::Locations(_)) if on_one_clock => {
            (Design::Strata, format!("{one_clock}, within each location"))
        }
        (Timing::Alone, Arrangement::Counts)
        | (
            _,
            Arrangement::Replicas { .. } | Arrangement::Strata { .. } | Arrangement::Locations(_),
        ) => {
            return None;
        }
    })
}

fn arrangement(compare: &Comparing, metric: &MetricConfig) -> Arrangement {
    match (&metric.query, &compare.replicas, &compare.strata) {
        (MetricQuery::Counts(_), _, _) => Arrangement::Counts,
        (_, Some(by), _) => Arrangement::Replicas {
            label: by.label.to_string(),
        },
        (_, None, Some(StrataBy::Label(by))) => Arrangement::Strata {
            label: by.label.to_string(),
        },
        (_, None, Some(StrataBy::Locations(by))) => {
            Arrangement::Locations(by.locations.iter().map(ToString::to_string).collect())
        }
        (_, None, None) => Arrangement::Single,
    }
}
