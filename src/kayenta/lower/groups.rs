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
        warnings.unread("/classifier", &classifier.rest, &[]);
    }
    let written = classifier.and_then(|classifier| classifier.group_weights.as_ref());
    let mut weights: BTreeMap<Name, Weight> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for (group, value) in written.into_iter().flatten() {
        let at = format!("/classifier/groupWeights/{}", escape_pointer(group));
        match number(value, &at, warnings) {
            Ok(points) => {
                let name = of_group(group, &at, warnings);
                let weight = weights.entry(name).or_insert(Weight { points: 0.0, at });
                weight.points += points;
            }
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let used = |live: fn(&&MetricConfig) -> bool| -> BTreeSet<&Name> {
        let metrics = metrics.iter().filter(live);
        metrics.flat_map(|metric| &metric.groups).collect()
    };
    let (used, scored) = (used(|_| true), used(|metric| !metric.muted));
    let usable = |group: &Name, weight: &Weight| used.contains(group) && weight.points >= 0.0;
    if !weights.iter().all(|(group, weight)| usable(group, weight)) {
        share_out(&mut weights, &scored);
        weights.retain(|group, weight| used.contains(group) || weight.leave_out(warnings));
        for weight in weights.values_mut() {
            weight.lift(warnings);
        }
    }
    let weights = (weights.into_iter())
        .map(|(group, weight)| (String::from(group), weight.points))
        .collect();
    GroupWeights::new(weights)
        .map_err(|error| vec![Mistake::new("/classifier/groupWeights", error.to_string())])
}

/// A group's weight and where it comes from.
struct Weight {
    points: f64,
    at: String,
}

impl Weight {
    /// Says that no metric is in the group; the answer to whether it stays.
    fn leave_out(&self, warnings: &mut Warnings) -> bool {
        warnings.add(
            &self.at,
            "no metric is in this group, so nothing earns its weight, here or in Kayenta; it is left out",
        );
        false
    }

    /// Makes a negative weight 0.
    fn lift(&mut self, warnings: &mut Warnings) {
        if self.points < 0.0 {
            let detail = format!(
                "Kayenta takes {} points away for a group here; a weight is not negative, so it is 0 and scores can come out higher",
                -self.points
            );
            warnings.add(&self.at, detail);
            self.points = 0.0;
        }
    }
}

/// Writes down what groups without a weight share, before weights change that they are the rest of.
fn share_out(weights: &mut BTreeMap<Name, Weight>, scored: &BTreeSet<&Name>) {
    let unweighted: Vec<Name> = (scored.iter())
        .filter(|group| !weights.contains_key(**group))
        .map(|group| (*group).clone())
        .collect();
    let rest = 100.0 - weights.values().map(|weight| weight.points).sum::<f64>();
    #[expect(clippy::cast_precision_loss, reason = "a few groups")]
    let points = rest / unweighted.len().max(1) as f64;
    let at = "/classifier/groupWeights".to_owned();
    weights.extend((unweighted.into_iter()).map(|group| {
        (
            group,
            Weight {
                points,
                at: at.clone(),
            },
        )
    }));
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
        warnings.unread(at, &written.rest, &[]);
        present(&written.pass).zip(present(&written.marginal))
    }) else {
        let detail = format!(
            "no thresholds are here, as Kayenta takes them from the request; without any in the request, pass is from {} and marginal from {}",
            default.pass(),
            default.marginal()
        );
        warnings.add(classifier.map_or("/classifier", |_| at), detail);
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
