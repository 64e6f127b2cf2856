//! What Kayenta asks a judge, as a case.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use serinus_judge::{JudgeName, Scorecard, Thresholds};

use crate::{
    analysis::{Array, ArrayPair, Case, MAX_POINTS, MAX_SAMPLES, case_of_arrays},
    canary_config::{CanaryConfig, JudgeRef, MAX_METRICS, MetricConfig, Mistake, Name},
    kayenta::{
        Given, KayentaConfig, Lowered,
        raise::judge_result,
        wire::{
            CanaryJudgeRequest, CanaryJudgeResult, Double, MetricSetPair, PairScope,
            ScoreThresholds, Sides,
        },
    },
};

/// The name under which Kayenta's configs ask for a judge elsewhere: for this one.
const REMOTE: &str = "RemoteJudge-v1.0";

/// A question of Kayenta's.
#[derive(Debug)]
pub struct Asked {
    case: Case,
    pairs: Vec<MetricSetPair>,
}

/// Why a question cannot be answered, as a sentence: mend the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(String);

impl Refused {
    fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }

    fn of(mistakes: &[Mistake]) -> Self {
        let texts: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        Self(format!("canaryConfig: {}", texts.join("; ")))
    }
}

impl Asked {
    /// Reads a question: to be judged by the judge that its config names, or by another one.
    ///
    /// # Errors
    /// It cannot be answered: a metric has no samples, or a pair no metric, among others.
    pub fn new(request: CanaryJudgeRequest, judge: Option<JudgeRef>) -> Result<Self, Refused> {
        let CanaryJudgeRequest {
            canary_config,
            score_thresholds,
            metric_set_pair_list: mut pairs,
        } = request;
        let thresholds = thresholds(score_thresholds)?;
        within_limits(&pairs)?;
        let (names, config) = config(canary_config, judge)?;
        let mut metrics = Vec::new();
        let mut taken = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for pair in &pairs {
            let place = names.iter().position(|name| *name == pair.name);
            let place = place.ok_or_else(|| {
                let name = short(&pair.name);
                Refused(format!("the canary config has no metric {name:?}"))
            })?;
            seen.insert(place);
            metrics.push(of_pair(&config.metrics[place], pair, &mut taken));
        }
        if let Some(place) = (0..names.len()).find(|place| !seen.contains(place)) {
            let name = short(&names[place]);
            return Err(Refused(format!(
                "metricSetPairList has no pair for the metric {name:?}"
            )));
        }
        let config = CanaryConfig { metrics, ..config };
        let config = config.check().map_err(|mistakes| Refused::of(&mistakes))?;
        let arrays = pairs.iter_mut().map(arrays);
        let name = config.name.to_string();
        let case = case_of_arrays(name, Arc::new(config), thresholds, arrays.collect());
        Ok(Self { case, pairs })
    }

    /// The case, to be judged, and what makes a result of the decision.
    pub fn into_parts(self) -> (Case, Told) {
        (self.case, Told(self.pairs))
    }
}

/// The pairs that were asked about.
#[derive(Debug)]
pub struct Told(Vec<MetricSetPair>);

impl Told {
    /// What was decided, in Kayenta's words, with the names that Kayenta has.
    pub fn result(&self, decision: &Scorecard) -> CanaryJudgeResult {
        let pair = |place: usize| self.0.get(place);
        let id = |place| pair(place).map(|pair: &MetricSetPair| pair.id.clone());
        let mut result = judge_result(decision, id);
        for (place, pair) in self.0.iter().enumerate() {
            result.rename(place, &pair.name);
        }
        for (judged, pair) in result.results.iter_mut().zip(&self.0) {
            judged.tags.clone_from(&pair.tags);
        }
        result
    }
}

fn thresholds(given: ScoreThresholds) -> Result<Thresholds, Refused> {
    let (pass, marginal) = (given.pass.0, given.marginal.0);
    if pass.is_nan() || marginal.is_nan() {
        return Err(Refused::new("scoreThresholds are numbers, not NaN"));
    }
    // Kayenta takes any; no score is beyond these, and none that passes is marginal.
    let pass = pass.clamp(0.0, 100.0);
    Thresholds::new(pass, marginal.clamp(0.0, pass)).map_err(|error| Refused(error.to_string()))
}

fn within_limits(pairs: &[MetricSetPair]) -> Result<(), Refused> {
    let lengths =
        || (pairs.iter()).flat_map(|pair| [&pair.values.control, &pair.values.experiment]);
    let longest = lengths().map(Vec::len).max().unwrap_or_default();
    let all: usize = lengths().map(Vec::len).sum();
    if pairs.len() > MAX_METRICS || longest > MAX_POINTS || all > MAX_SAMPLES {
        return Err(Refused(format!(
            "at most {MAX_METRICS} pairs, {MAX_POINTS} samples a side and {MAX_SAMPLES} in all are judged"
        )));
    }
    Ok(())
}

/// The config in native form, and the names of its metrics as received.
fn config(
    mut received: Value,
    judge: Option<JudgeRef>,
) -> Result<(Vec<String>, CanaryConfig), Refused> {
    // The samples are here: what was asked for them, and of whom, is no matter.
    let metrics = received.get_mut("metrics").and_then(Value::as_array_mut);
    let mut names = Vec::new();
    for metric in metrics.into_iter().flatten() {
        if let Value::Object(fields) = metric {
            fields.insert("query".to_owned(), json!({"type": "none"}));
            let name = fields.get("name").and_then(Value::as_str);
            names.push(name.unwrap_or_default().to_owned());
        }
    }
    if let Some(Value::Object(named)) = received.get_mut("judge") {
        redirect(named);
    }
    let config = KayentaConfig::from_value(received).map_err(|mistake| Refused::of(&[mistake]))?;
    let lowered = config.lower(&Given::default());
    let Lowered { config, .. } = lowered.map_err(|mistakes| Refused::of(&mistakes))?;
    let config = match judge {
        Some(judge) => config.under(judge).0,
        None => config,
    };
    Ok((names, config))
}

/// Whoever asks for the judge elsewhere means this program's own, or the one that `judgeConfigurations.judge` names.
fn redirect(judge: &mut Map<String, Value>) {
    if judge.get("name").and_then(Value::as_str) != Some(REMOTE) {
        return;
    }
    let configurations = judge.get_mut("judgeConfigurations");
    let chosen = configurations
        .and_then(Value::as_object_mut)
        .and_then(|configurations| configurations.remove("judge"));
    let own = || json!(JudgeName::Serinus.as_str());
    judge.insert("name".to_owned(), chosen.unwrap_or_else(own));
}

/// The metric for one pair of it: several series of a metric are judged one by one.
fn of_pair(
    metric: &MetricConfig,
    pair: &MetricSetPair,
    taken: &mut BTreeSet<Name>,
) -> MetricConfig {
    /// Characters that are left of a name which needs an ending.
    const KEPT: usize = 180;
    let mut name = metric.name.clone();
    let mut count = 1;
    while taken.contains(&name) {
        count += 1;
        let kept: String = metric.name.as_str().chars().take(KEPT).collect();
        let tags: Vec<_> = pair.tags.values().map(String::as_str).collect();
        let tags: String = tags
            .join(", ")
            .chars()
            .filter(|c| !c.is_control())
            .collect();
        let tagged = format!("{kept} ({tags})");
        let next = match count {
            2 if !tags.is_empty() && tagged.chars().count() <= KEPT => tagged,
            _ => format!("{kept} ({count})"),
        };
        name = Name::try_from(next).unwrap_or(name);
    }
    taken.insert(name.clone());
    MetricConfig {
        name,
        ..metric.clone()
    }
}

/// The samples of a pair, taken out of it.
fn arrays(pair: &mut MetricSetPair) -> ArrayPair {
    let scopes = pair.scopes.take();
    let scope = |side: fn(&Sides<PairScope>) -> &PairScope| scopes.as_ref().map(side).copied();
    let values = std::mem::take(&mut pair.values);
    let mut attributes = std::mem::take(&mut pair.attributes);
    let side = |values: Vec<Double>, scope: Option<PairScope>, query| Array {
        start: scope.and_then(|scope| scope.start()),
        step_millis: scope.map_or(0, |scope| scope.step_millis.max(0)),
        values: values.into_iter().map(|value| value.0).collect(),
        query,
    };
    ArrayPair {
        baseline: side(
            values.control,
            scope(|scopes| &scopes.control),
            attributes.control.remove("query"),
        ),
        canary: side(
            values.experiment,
            scope(|scopes| &scopes.experiment),
            attributes.experiment.remove("query"),
        ),
    }
}

impl PairScope {
    /// The time of the first sample, if it is known.
    fn start(&self) -> Option<Timestamp> {
        let millis = Some(self.start_time_millis).filter(|millis| *millis != 0);
        let read = || Timestamp::from_millisecond(millis?).ok();
        self.start_time_iso.or_else(read)
    }
}

fn short(name: &str) -> String {
    name.chars().take(100).collect()
}
