//! One metric: its query and how it is judged.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use serinus_judge::{Limits, Test, netflix_aca::MetricOptions};

use super::super::{
    queries::{Problem, Source, StoreType},
    warnings::Warnings,
    wire,
};
use super::{
    Given,
    analysis::{Analysis, analysis},
    names::{MetricNames, of_group},
};
use crate::canary_config::{
    Compare, Effect, MAX_METRICS, MetricConfig, MetricQuery, Mistake, Name, QueryTemplate,
};

/// The scope pair that native metrics have without naming one.
const DEFAULT_SCOPE: &str = "default";

/// All metrics, and the accounts that stand for their stores, each once.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    pub(super) metrics: Vec<MetricConfig>,
    pub(super) stores: Vec<Name>,
}

/// The metrics of a config.
pub(super) fn all(
    config: &wire::Config,
    given: &Given,
    warnings: &mut Warnings,
) -> Result<Metrics, Vec<Mistake>> {
    let metrics = config.metrics.as_deref().unwrap_or_default();
    if metrics.is_empty() || metrics.len() > MAX_METRICS {
        let count = metrics.len();
        let detail = format!("expected 1 to {MAX_METRICS} metrics, found {count}");
        return Err(vec![Mistake::new("/metrics", detail)]);
    }
    let empty = BTreeMap::new();
    let templates = config.templates.as_ref().unwrap_or(&empty);
    let mut names = MetricNames::default();
    let mut all = Metrics::default();
    let mut mistakes = Vec::new();
    for (index, metric) in metrics.iter().enumerate() {
        let at = format!("/metrics/{index}");
        let name = names.name(metric.name.as_deref(), index, &at, warnings);
        match lower(metric, name, &at, templates, given, warnings) {
            Ok((metric, store)) => {
                all.metrics.push(metric);
                if !all.stores.contains(&store) {
                    all.stores.push(store);
                }
            }
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    if all.stores.len() > 1 && given.account.is_none() {
        // One account cannot stand for all.
        return Ok(all);
    }
    for metric in &mut all.metrics {
        metric.account = None;
    }
    Ok(all)
}

fn lower(
    metric: &wire::Metric,
    name: Name,
    at: &str,
    templates: &BTreeMap<String, Option<String>>,
    given: &Given,
    warnings: &mut Warnings,
) -> Result<(MetricConfig, Name), Mistake> {
    warnings.unread(at, &metric.rest, &[]);
    let Analysis {
        direction,
        critical,
        muted,
        on_no_data,
        options,
    } = analysis(metric, at, warnings)?;
    let no_query = Map::new();
    let source = Source {
        query: metric.query.as_ref().unwrap_or(&no_query),
        at: &format!("{at}/query"),
        templates,
        params: &given.params,
    };
    let (query, account) = query(&source, warnings)?;
    let metric = MetricConfig {
        name,
        groups: groups(metric, at, warnings),
        direction,
        critical,
        required: false,
        muted,
        on_no_data,
        test: Test::default(),
        effect: Effect::default(),
        limits: Limits::default(),
        guardrails: Vec::new(),
        scope: scope(metric, at, warnings),
        account: Some(account.clone()),
        step: None,
        minimum_samples: None,
        minimum_work: None,
        compare: Compare::default(),
        query: MetricQuery::Series(query),
        netflix_aca: (options != MetricOptions::default()).then_some(options),
    };
    Ok((metric, account))
}

/// The native query, and the account that stands for its store.
fn query(source: &Source<'_>, warnings: &mut Warnings) -> Result<(QueryTemplate, Name), Mistake> {
    let kind = match source.query.get("type") {
        Some(Value::String(kind)) => kind.as_str(),
        Some(_) | None => {
            let at = format!("{}/type", source.at);
            return Err(Mistake::new(at, "the query has no `type`"));
        }
    };
    let asked = match StoreType::named(kind) {
        Some(store) => {
            let built = store.query(source, warnings);
            if built.is_ok() && !store.can_be_asked() {
                let detail = format!(
                    "no account type reads from {kind} yet: no run is possible before the query is rewritten for another store"
                );
                warnings.add(source.at, detail);
            }
            built
        }
        None => Err(Problem::NotKnown(format!(
            "the store type {kind:?} is not known"
        ))),
    };
    let text = match asked {
        Ok(text) => text,
        Err(Problem::Rejected(mistake)) => return Err(mistake),
        Err(Problem::NotKnown(why)) => {
            let detail = format!(
                "{why}; the query stands as it was received, so that no run is possible before it is rewritten"
            );
            warnings.add(source.at, detail);
            received(source.query)
        }
    };
    let query = QueryTemplate::try_from(text).map_err(|error| Mistake::new(source.at, error))?;
    let account = super::names::of_account(kind, &format!("{}/type", source.at), warnings);
    Ok((query, account))
}

/// A query as received. Both sides have the same, which the planner refuses.
fn received(query: &Map<String, Value>) -> String {
    let by_name: BTreeMap<_, _> = query.iter().collect();
    // Text under text always is JSON.
    let text = serde_json::to_string(&by_name).unwrap_or_default();
    text.replace("${", "$${")
}

fn groups(metric: &wire::Metric, at: &str, warnings: &mut Warnings) -> Vec<Name> {
    let at = format!("{at}/groups");
    let Some(groups) = &metric.groups else {
        warnings.add(
            at,
            "Kayenta's judge fails without groups; here the metric is shown and weighs nothing",
        );
        return Vec::new();
    };
    (groups.iter().enumerate())
        .map(|(index, group)| of_group(group, &format!("{at}/{index}"), warnings))
        .collect()
}

fn scope(metric: &wire::Metric, at: &str, warnings: &mut Warnings) -> Option<Name> {
    let at = format!("{at}/scopeName");
    match metric.scope_name.as_deref() {
        Some(DEFAULT_SCOPE) => None,
        Some(name) if !name.is_empty() => Some(super::names::of_scope(name, &at, warnings)),
        Some(_) | None => {
            warnings.add(
                at,
                "Kayenta runs no metric without a scope name; the request's `baseline` and `canary` are taken",
            );
            None
        }
    }
}
