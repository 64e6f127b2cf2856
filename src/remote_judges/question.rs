//! What a judge elsewhere is asked: the case in Kayenta's form.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use serinus_judge::{
    Direction, Evidence, Metric, OnNoData, Rules,
    netflix_aca::{NanStrategy, Outliers},
};

use crate::{
    analysis::{Accounts, Case, MetricEvidence, SideEvidence},
    canary_config::RemoteJudge,
    kayenta::wire::{CanaryJudgeRequest, Double, MetricSetPair, PairScope, ScoreThresholds, Sides},
};

/// The name that Kayenta's configs have for a judge elsewhere.
const REMOTE: &str = "RemoteJudge-v1.0";

pub(super) fn of(case: &Case, remote: &RemoteJudge, accounts: &Accounts) -> CanaryJudgeRequest {
    let release = case.release();
    let thresholds = release.thresholds;
    let metrics = release.metrics.iter().zip(case.evidence());
    let written = metrics.clone().map(|(metric, evidence)| {
        let account = accounts.get(&evidence.canary.account);
        let store = account.map_or("none", |account| account.kind());
        let text = evidence.canary.queries.join("\n");
        json!({
            "name": metric.name,
            "groups": metric.groups,
            "scopeName": "default",
            "query": {"type": store, "serviceType": store, "customInlineTemplate": text},
            "analysisConfigurations": {"canary": rules(&metric.rules)},
        })
    });
    let weights: Map<String, Value> = (release.weights.iter())
        .map(|(group, weight)| (group.to_owned(), json!(weight)))
        .collect();
    let judge = remote.judge.as_ref().map_or(REMOTE, |name| name.as_str());
    let config = case.config();
    CanaryJudgeRequest {
        canary_config: json!({
            "name": config.name,
            "description": config.description,
            "configVersion": "1",
            "applications": [case.application()],
            "judge": {"name": judge, "judgeConfigurations": {}},
            "metrics": written.collect::<Vec<_>>(),
            "templates": {},
            "classifier": {
                "groupWeights": weights,
                "scoreThresholds": {"pass": thresholds.pass(), "marginal": thresholds.marginal()},
            },
        }),
        score_thresholds: ScoreThresholds {
            pass: Double(thresholds.pass()),
            marginal: Double(thresholds.marginal()),
        },
        metric_set_pair_list: metrics.map(|(metric, seen)| pair(metric, seen)).collect(),
    }
}

/// How a metric is judged, in Kayenta's words.
fn rules(rules: &Rules) -> Value {
    let options = &rules.netflix_aca;
    let effect = options.effect_size;
    json!({
        "direction": match rules.direction {
            Direction::Increase => "increase",
            Direction::Decrease => "decrease",
            Direction::Either => "either",
        },
        "critical": rules.critical,
        "muted": rules.muted,
        "mustHaveData": rules.on_no_data == OnNoData::Fail,
        "nanStrategy": match options.nan_strategy {
            NanStrategy::Remove => "remove",
            NanStrategy::Replace => "replace",
        },
        "outliers": match options.outliers {
            Outliers::Keep => json!({"strategy": "keep"}),
            Outliers::Remove { factor } => {
                json!({"strategy": "remove", "outlierFactor": factor.get()})
            }
        },
        "effectSize": effect,
    })
}

fn pair(metric: &Metric, seen: &MetricEvidence) -> MetricSetPair {
    let (control, experiment) = match &metric.evidence {
        Evidence::Observed(samples) | Evidence::Reserved(samples, _) => {
            (samples.baseline(), samples.canary())
        }
        Evidence::Undecidable(_) | Evidence::Failed(_) => (&[][..], &[][..]),
    };
    let values = |side: &[f64]| side.iter().copied().map(Double).collect();
    let query = |side: &SideEvidence| {
        let text = side.queries.join("\n");
        [("query".to_owned(), text)].into_iter().collect()
    };
    MetricSetPair {
        name: metric.name.clone(),
        id: metric.name.clone(),
        tags: seen.canary.labels.clone(),
        values: Sides {
            control: values(control),
            experiment: values(experiment),
        },
        scopes: Some(Sides {
            control: scope(&seen.baseline),
            experiment: scope(&seen.canary),
        }),
        attributes: Sides {
            control: query(&seen.baseline),
            experiment: query(&seen.canary),
        },
    }
}

fn scope(side: &SideEvidence) -> PairScope {
    let start: Timestamp = side.start;
    PairScope {
        start_time_iso: Some(start),
        start_time_millis: start.as_millisecond(),
        step_millis: side.step_millis,
    }
}
