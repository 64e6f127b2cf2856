//! What groups weigh, and which scores pass.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use serinus_judge::{GroupWeights, Thresholds};

use super::super::{warnings::Warnings, wire};
use super::{analysis::number, names::of_group};
use crate::canary_config::{MetricConfig, Mistake, Name, escape_pointer};

/// The weights of the groups that metrics are in, so that every group counts as it does in Kayenta.
pub(super) fn weights(
    classifier: Option<&wire::Classifier>,
    metrics: &[MetricConfig],
    warnings: &mut Warnings,
) -> Result<GroupWeights, Vec<Mistake>> {
    if classifier.is_none() {
        warnings.add(
            "/classifier",
            "Kayenta's judge fails without a classifier; here all groups weigh the same",
        );
    }
    if let Some(classifier) = classifier {
        warnings.unread("/classifier", classifier.rest.keys());
    }
    let written = classifier.and_then(|classifier| classifier.group_weights.as_ref());
    let mut weights: BTreeMap<Name, f64> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for (group, value) in written.into_iter().flatten() {
        let at = format!("/classifier/groupWeights/{}", escape_pointer(group));
        match weight(value, &at, warnings) {
            Ok(weight) => {
                *weights.entry(of_group(group, &at, warnings)).or_default() += weight;
            }
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    share_out(&mut weights, metrics, warnings);
    let by_name = (weights.into_iter())
        .map(|(group, weight)| (String::from(group), weight))
        .collect();
    GroupWeights::new(by_name)
        .map_err(|error| vec![Mistake::new("/classifier/groupWeights", error.to_string())])
}

fn weight(value: &Value, at: &str, warnings: &mut Warnings) -> Result<f64, Mistake> {
    let weight = number(value, at, warnings)?;
    if weight < 0.0 {
        warnings.add(
            at,
            "a weight cannot be negative; it is 0 here, and scores can come out higher than in Kayenta",
        );
    }
    Ok(weight.max(0.0))
}

/// Takes out the weights that no metric can earn. They still take their part of what groups without a weight share, so
/// those get theirs in figures then.
fn share_out(weights: &mut BTreeMap<Name, f64>, metrics: &[MetricConfig], warnings: &mut Warnings) {
    let used = |live: fn(&&MetricConfig) -> bool| -> BTreeSet<&Name> {
        let metrics = metrics.iter().filter(live);
        metrics.flat_map(|metric| &metric.groups).collect()
    };
    let (all, scored) = (used(|_| true), used(|metric| !metric.muted));
    let idle: Vec<Name> = (weights.keys())
        .filter(|group| !all.contains(group))
        .cloned()
        .collect();
    if idle.is_empty() {
        return;
    }
    let unweighted: Vec<_> = (scored.into_iter())
        .filter(|group| !weights.contains_key(*group))
        .cloned()
        .collect();
    let rest = 100.0 - weights.values().sum::<f64>();
    for group in idle {
        weights.remove(&group);
        warnings.add(
            format!("/classifier/groupWeights/{}", escape_pointer(group.as_str())),
            "no metric is in this group, so nothing can earn its weight, in Kayenta neither; it is left out",
        );
    }
    if unweighted.is_empty() {
        return;
    }
    if rest < 0.0 {
        warnings.add(
            "/classifier/groupWeights",
            "the weights are more than 100, so that Kayenta takes points away for groups without a weight; they weigh 0 here",
        );
    }
    #[expect(clippy::cast_precision_loss, reason = "a few groups")]
    let share = rest.max(0.0) / unweighted.len() as f64;
    weights.extend(unweighted.into_iter().map(|group| (group, share)));
}

/// The thresholds, which Kayenta itself takes from the request.
pub(super) fn thresholds(
    classifier: Option<&wire::Classifier>,
    warnings: &mut Warnings,
) -> Result<Thresholds, Vec<Mistake>> {
    let at = "/classifier/scoreThresholds";
    let written = classifier.and_then(|classifier| classifier.score_thresholds.as_ref());
    let default = Thresholds::default();
    let present = |value: &Option<Value>| value.clone().filter(|value| !value.is_null());
    let Some((pass, marginal)) = written.and_then(|written| {
        warnings.unread(at, written.rest.keys());
        present(&written.pass).zip(present(&written.marginal))
    }) else {
        let detail = format!(
            "there are none here, as Kayenta takes them from the request; without any in the request, pass is from {} and marginal from {}",
            default.pass(),
            default.marginal()
        );
        warnings.add(at, detail);
        return Ok(default);
    };
    let read = |value: &Value, name: &str, warnings: &mut Warnings| {
        number(value, &format!("{at}/{name}"), warnings).map_err(|mistake| vec![mistake])
    };
    let pass = read(&pass, "pass", warnings)?;
    let marginal = read(&marginal, "marginal", warnings)?;
    let within = pass.clamp(0.0, 100.0);
    // A score that is both passes; nothing is ever marginal then.
    let below = marginal.clamp(0.0, within);
    #[expect(clippy::float_cmp, reason = "only unchanged numbers need no word")]
    let changed = [within, below] != [pass, marginal];
    if changed {
        let detail = format!(
            "scores are from 0 to 100 and pass is not below marginal: pass is from {within} here, marginal from {below}"
        );
        warnings.add(at, detail);
    }
    Thresholds::new(within, below).map_err(|error| vec![Mistake::new(at, error.to_string())])
}
