//! A metric on its way into a native config, and the config of several.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde_json::Value;
use serinus_judge::{Direction, GroupWeights, Limits, OnNoData, Test, Thresholds};

use super::{Given, name, notes::Notes, template::literal};
use crate::canary_config::{
    ApiVersion, CanaryConfig, Compare, Defaults, Effect, Fraction, JudgeRef, MetricConfig,
    MetricQuery, Mistake, Name, QueryTemplate, TimeDesign,
};

/// How much of a name that is taken goes into another one, in characters: names have 200.
const LONGEST_STEM: usize = 180;

/// A metric as far as other tools describe one.
#[derive(Debug)]
pub(super) struct Draft {
    /// Its name there.
    pub(super) name: String,
    /// Where it stands.
    pub(super) at: String,
    /// What it asks.
    pub(super) query: Query,
    /// The type of the store, in the words of native accounts.
    pub(super) store: String,
    /// The levels it must keep.
    pub(super) limits: Limits,
    /// How much worse than its baseline it may be, if it is compared with one.
    pub(super) allowed: Option<Fraction>,
    /// Whether it is compared with a baseline.
    pub(super) compared: bool,
    /// Which change is bad.
    pub(super) direction: Direction,
    /// How it counts.
    pub(super) counts: Counts,
    /// How much it weighs.
    pub(super) weight: f64,
    /// The distance between its samples, if it has one of its own.
    pub(super) step: Option<SignedDuration>,
}

/// How a metric counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    /// In the score.
    Score,
    /// Its failure fails all.
    Alone,
    /// It is shown.
    Not,
}

/// A query, carried over or not.
#[derive(Debug)]
pub(super) enum Query {
    /// In native form.
    Native(String),
    /// As it was received: it cannot be asked, so no run passes with it.
    Received(String),
}

impl Query {
    /// What cannot be carried over, as it stands.
    pub(super) fn received(value: &Value) -> Self {
        Self::Received(literal(&value.to_string()))
    }
}

impl Draft {
    fn metric(self, name: Name, notes: &mut Notes) -> Result<MetricConfig, Mistake> {
        let (text, asked) = match self.query {
            Query::Native(text) => (of_store(&self.store, text, &self.at, notes), true),
            Query::Received(text) => {
                let detail = "the query cannot be carried over and stays in as it was received: no run passes until it is written anew";
                notes.add(self.at.as_str(), detail);
                (text, false)
            }
        };
        let query = QueryTemplate::try_from(text);
        let query = query.map_err(|detail| Mistake::new(self.at.as_str(), detail))?;
        let design = (!self.compared).then_some(TimeDesign::CanaryOnly);
        Ok(MetricConfig {
            groups: match self.counts {
                Counts::Score | Counts::Alone => vec![name.clone()],
                Counts::Not => Vec::new(),
            },
            name,
            direction: self.direction,
            critical: self.counts == Counts::Alone,
            required: !asked,
            muted: self.counts == Counts::Not && asked,
            on_no_data: OnNoData::default(),
            test: Test::default(),
            effect: Effect {
                allowed: self.allowed,
                ..Effect::default()
            },
            limits: self.limits,
            guardrails: Vec::new(),
            scope: None,
            account: Some(super::name(&self.store)),
            step: self.step,
            minimum_samples: None,
            minimum_work: None,
            compare: Compare {
                design,
                ..Compare::default()
            },
            query: MetricQuery::Series(query),
            netflix_aca: None,
        })
    }
}

/// The query as native accounts of this type take it; these tools ask some stores in another way.
fn of_store(store: &str, text: String, at: &str, notes: &mut Notes) -> String {
    match store {
        "influxdb"
            if !["v.timeRangeStart", "$timeFilter"]
                .iter()
                .any(|it| text.contains(it)) =>
        {
            let detail = "here the window is part of the query: it is refused until it has the words for that (docs/adapters.md)";
            notes.add(at, detail);
            text
        }
        "graphite" => match text.strip_prefix("target=") {
            Some(bare) => bare.trim().to_owned(),
            None => text,
        },
        _ => text,
    }
}

/// The config of these metrics.
pub(super) fn config(
    of: &str,
    drafts: Vec<Draft>,
    thresholds: Thresholds,
    given: &Given,
    notes: &mut Notes,
) -> Result<CanaryConfig, Vec<Mistake>> {
    let total: f64 = drafts
        .iter()
        .filter(|it| it.counts != Counts::Not)
        .map(|it| it.weight)
        .sum();
    let stores: BTreeSet<_> = drafts.iter().map(|draft| draft.store.clone()).collect();
    let (mut metrics, mut weights, mut mistakes) = (Vec::new(), BTreeMap::new(), Vec::new());
    let mut taken = BTreeSet::new();
    let mut so_far = 0.0;
    for draft in drafts {
        let unique = unique(&draft.name, &mut taken);
        if unique.as_str() != draft.name {
            notes.add(
                draft.at.as_str(),
                format!("the metric is called {unique:?} here"),
            );
        }
        if draft.counts != Counts::Not {
            // Of a hundred in all, in hundredths, as people read them.
            let before = share(so_far, total);
            so_far += draft.weight;
            let own = share(so_far, total) - before;
            weights.insert(unique.to_string(), own / 100.0);
        }
        match draft.metric(unique, notes) {
            Ok(metric) => metrics.push(metric),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let account = given
        .account
        .clone()
        .or_else(|| match stores.iter().next() {
            Some(only) if stores.len() == 1 => Some(name(only)),
            _ => None,
        });
    if account.is_some() {
        for metric in &mut metrics {
            metric.account = None;
        }
    }
    if given.account.is_none() {
        let named: Vec<_> = stores.into_iter().collect();
        let detail = format!(
            "metrics are read from accounts called like their store ({}), or import with `--account`",
            named.join(", ")
        );
        notes.add("", detail);
    }
    let groups = GroupWeights::new(weights)
        .map_err(|error| vec![Mistake::new("/groups", error.to_string())])?;
    Ok(CanaryConfig {
        api_version: ApiVersion::V1,
        name: name(of),
        description: String::new(),
        judge: JudgeRef::default(),
        defaults: Defaults {
            account,
            ..Defaults::default()
        },
        compare: Compare::default(),
        metrics,
        groups,
        thresholds,
    })
}

/// How much of the total this is, in whole hundredths of a percent.
fn share(weight: f64, total: f64) -> f64 {
    if total > 0.0 {
        (weight / total * 10_000.0).round()
    } else {
        0.0
    }
}

/// A name that is not taken yet, as near to the given one as can be.
fn unique(given: &str, taken: &mut BTreeSet<Name>) -> Name {
    let stem: String = given.chars().take(LONGEST_STEM).collect();
    let mut unique = name(given);
    let mut number = 1;
    while !taken.insert(unique.clone()) {
        number += 1;
        unique = name(&format!("{stem} {number}"));
    }
    unique
}
