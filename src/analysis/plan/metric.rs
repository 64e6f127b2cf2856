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
    CanaryConfig, Compare, MetricConfig, MetricQuery, QueryTemplate, StrataBy, TimeDesign,
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
            Some(TimeDesign::CanaryOnly) => (vec![canary], Timing::Alone),
            Some(TimeDesign::Auto | TimeDesign::Concurrent | TimeDesign::BeforeAfter) | None => {
                let mut canary = canary;
                let mut baseline = self.asked(config, metric, &at, Side::Baseline)?;
                self.line_up(&mut baseline, &mut canary);
                self.comparable(metric, &at, &baseline, &canary)?;
                let timing = self.timing(&compare, metric, &mut baseline, &canary)?;
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
            for side in &sides {
                let asked = self.work(&work.query, &at, side);
                complete &= asked.is_some();
                queries.extend(asked);
            }
        }
        if !complete || !self.distinct(&at, &queries) {
            return None;
        }
        for query in &queries {
            let settled = settled_after(query.grid.last(), self.settling(&query.account));
            self.ready_at = self.ready_at.max(settled);
        }
        let (design, reason, shared) = self.design(&timing, &arrangement, &at, &queries)?;
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
        let pointer = format!("{at}/minimumWork/query");
        self.query(query, &pointer, &asked.every(step), Role::Work(asked.side))
    }

    /// Whether no two queries of a metric are the same; a forgotten variable makes them so.
    fn distinct(&mut self, at: &str, queries: &[PlannedQuery]) -> bool {
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
            let (pointer, what, variable) = match (query.role, other.role) {
                (Role::Work(_), _) => ("minimumWork/query", "baseline and canary", "scope"),
                (Role::Errors(_), _) => ("query/errors", "baseline and canary", "scope"),
                (Role::Location(side, _), Role::Location(other, _)) if side == other => {
                    ("query", "two locations", "location")
                }
                (Role::Samples(_) | Role::Location(..) | Role::History(_), _) => {
                    ("query", "baseline and canary", "scope")
                }
            };
            let text = &query.text;
            self.config_mistake(
                &format!("{at}/{pointer}"),
                format!("{what} resolve to the same query ({text}); does it use ${{{variable}}}?"),
            );
            return false;
        }
        true
    }

    /// The form of the observations, why so, and the grid both sides share.
    fn design(
        &mut self,
        timing: &Timing,
        arrangement: &Arrangement,
        at: &str,
        queries: &[PlannedQuery],
    ) -> Option<(Design, String, Option<Grid>)> {
        let grid_of = |side: Side| {
            let of_side = |query: &&PlannedQuery| {
                query.role.side() == side
                    && matches!(query.role, Role::Samples(_) | Role::Location(..))
            };
            queries.iter().find(of_side).map(|query| query.grid)
        };
        let shared = match timing {
            Timing::Concurrent => grid_of(Side::Baseline)
                .zip(grid_of(Side::Canary))
                .and_then(|(baseline, canary)| baseline.common(&canary)),
            Timing::Apart | Timing::BeforeAfter(_) | Timing::Alone => None,
        };
        let one_clock = "both sides cover the same clock times";
        let needs_one_clock = |what: &str| {
            format!("{what} are compared at the same times; the two sides cover different ones")
        };
        let (design, reason) = match (timing, arrangement) {
            (Timing::Alone, Arrangement::Single) => (
                Design::CanaryOnly,
                "the config compares the canary alone".to_owned(),
            ),
            (Timing::Alone, _) => {
                self.config_mistake(
                    &format!("{at}/compare"),
                    "the canary alone is judged as one series; leave out `replicas`, `strata` and counts",
                );
                return None;
            }
            (_, Arrangement::Counts) => (
                Design::Counts,
                "errors are counted out of requests".to_owned(),
            ),
            (_, Arrangement::Single) if shared.is_some() => {
                (Design::Paired, format!("{one_clock} on one step"))
            }
            (Timing::BeforeAfter(history), Arrangement::Single) => {
                let earlier = match history.len() {
                    0 => "there are no earlier windows".to_owned(),
                    count => {
                        format!("{count} earlier windows show how the metric changes of itself")
                    }
                };
                let reason = format!("the canary's window follows the baseline's; {earlier}");
                (Design::BeforeAfter, reason)
            }
            (Timing::Concurrent | Timing::Apart, Arrangement::Single) => (
                Design::Independent,
                "the two sides cover different times or steps".to_owned(),
            ),
            (_, Arrangement::Replicas { label }) if shared.is_some() => (
                Design::Replicas,
                format!("{one_clock}, one series per {label}"),
            ),
            (_, Arrangement::Strata { label }) if shared.is_some() => {
                (Design::Strata, format!("{one_clock}, within each {label}"))
            }
            (_, Arrangement::Locations(_)) if shared.is_some() => {
                (Design::Strata, format!("{one_clock}, within each location"))
            }
            (_, Arrangement::Replicas { .. }) => {
                self.config_mistake(
                    &format!("{at}/compare/replicas"),
                    needs_one_clock("replicas"),
                );
                return None;
            }
            (_, Arrangement::Strata { .. } | Arrangement::Locations(_)) => {
                self.config_mistake(&format!("{at}/compare/strata"), needs_one_clock("strata"));
                return None;
            }
        };
        Some((design, reason, shared))
    }
}

fn arrangement(compare: &Compare, metric: &MetricConfig) -> Arrangement {
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
