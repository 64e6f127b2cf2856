//! A decision in Kayenta's words.

use serinus_judge::{
    Counted, GroupScore, JudgedBy, MetricResult, Outcome, Scorecard, Summary, Thresholds, Verdict,
    netflix_aca::Label,
};

use crate::kayenta::wire::{
    CanaryJudgeResult, Double, GroupScore as WireGroup, MetricJudgement, MetricSetPair,
    ResultMetadata, Score, ScoreLabel, SideMetadata, Stats,
};

/// The result of a decision about these pairs, in their order.
pub fn result(decision: &Scorecard, pairs: &[MetricSetPair]) -> CanaryJudgeResult {
    let (score, classification) =
        kayenta_score(decision.verdict, decision.score, decision.thresholds);
    CanaryJudgeResult {
        judge_name: match decision.judge {
            JudgedBy::NetflixAca => "NetflixACAJudge-v1.0".to_owned(),
            JudgedBy::Serinus => "Serinus-v1.0".to_owned(),
            JudgedBy::Remote => "RemoteJudge-v1.0".to_owned(),
        },
        results: (decision.metrics.iter().zip(pairs))
            .map(|(metric, pair)| of_pair(metric, pair))
            .collect(),
        group_scores: decision.groups.iter().map(of_group).collect(),
        score: Score {
            score: Double(score),
            classification,
            classification_reason: reason(decision, pairs),
        },
    }
}

/// The score and the word for it that make Kayenta's clients do what a verdict means.
///
/// They decide by the score alone. Where nothing could be decided it is what a person has to look at: above marginal, below
/// pass.
pub fn kayenta_score(verdict: Verdict, score: f64, thresholds: Thresholds) -> (f64, ScoreLabel) {
    let (pass, marginal) = (thresholds.pass(), thresholds.marginal());
    match verdict {
        Verdict::Pass => (score, ScoreLabel::Pass),
        Verdict::Marginal => (score, ScoreLabel::Marginal),
        Verdict::Fail => (score, ScoreLabel::Fail),
        Verdict::Inconclusive if marginal.floor() + 1.0 < pass => {
            (marginal.floor() + 1.0, ScoreLabel::Marginal)
        }
        Verdict::Inconclusive if marginal < pass => (marginal, ScoreLabel::Marginal),
        // Where marginal is pass, there is nothing between them.
        Verdict::Inconclusive => (pass.ceil() - 1.0, ScoreLabel::Fail),
    }
}

/// Kayenta gives a reason only where the score is no sum.
fn reason(decision: &Scorecard, pairs: &[MetricSetPair]) -> String {
    let mut metrics = decision.metrics.iter().zip(pairs);
    let forced = metrics.find(|(metric, _)| !metric.muted && metric.critical_failure);
    match (decision.judge, decision.verdict, forced) {
        (JudgedBy::NetflixAca, Verdict::Fail, Some((metric, pair))) => {
            let kayenta = metric
                .netflix_aca
                .as_ref()
                .and_then(|own| own.reason.as_ref());
            let reason = named(kayenta.unwrap_or(&metric.reason), metric, pair);
            format!("Canary Failed: {reason}")
        }
        (JudgedBy::NetflixAca, Verdict::Fail, None)
            if decision.scored && decision.score == 0.0 && without_data(decision) =>
        {
            "Canary Failed: 50% or more metrics returned NODATA".to_owned()
        }
        (JudgedBy::NetflixAca, Verdict::Pass | Verdict::Marginal | Verdict::Fail, _) => {
            String::new()
        }
        (_, _, _) => decision.reason.clone(),
    }
}

/// Whether half of the metrics or more are without data, which fails a canary in Kayenta.
fn without_data(decision: &Scorecard) -> bool {
    let live = || decision.metrics.iter().filter(|metric| !metric.muted);
    let missing = live()
        .filter(|metric| label(metric) == Label::Nodata)
        .count();
    2 * missing >= live().count()
}

fn of_pair(metric: &MetricResult, pair: &MetricSetPair) -> MetricJudgement {
    let label = label(metric);
    let own = metric.netflix_aca.as_ref();
    let reason = match own {
        Some(own) if metric.guardrail.is_none() => own.reason.as_deref(),
        Some(_) | None => Some(metric.reason.as_str()),
    };
    let ratio = Double(metric.ratio.unwrap_or(f64::NAN));
    MetricJudgement {
        name: pair.name.clone(),
        tags: pair.tags.clone(),
        id: Some(pair.id.clone()),
        classification: label,
        classification_reason: reason.map(|reason| named(reason, metric, pair)),
        groups: metric.groups.clone(),
        experiment_metadata: side(&metric.canary),
        control_metadata: side(&metric.baseline),
        result_metadata: (label != Label::Error).then(|| ResultMetadata {
            ratio,
            estimate: metric.estimate,
            lower: metric.interval.map(|interval| interval.lower),
            upper: metric.interval.map(|interval| interval.upper),
            summary: Some(metric.reason.clone()),
        }),
        critical: metric.critical_failure,
        muted: metric.muted,
    }
}

/// A reason with the metric's name as Kayenta has it: what is no name here, or stood there twice, was changed.
fn named(reason: &str, metric: &MetricResult, pair: &MetricSetPair) -> String {
    if metric.name == pair.name {
        reason.to_owned()
    } else {
        reason.replace(&metric.name, &pair.name)
    }
}

/// Kayenta's word for what came out. It has none for samples that do not suffice: they are as good as none.
fn label(metric: &MetricResult) -> Label {
    if let (Some(own), None) = (&metric.netflix_aca, &metric.guardrail) {
        return own.classification;
    }
    match (metric.outcome, metric.counted) {
        (Outcome::Pass, _) => Label::Pass,
        (Outcome::High, _) => Label::High,
        (Outcome::Low, _) => Label::Low,
        (Outcome::Nodata, Counted::Failed) => Label::NodataFailMetric,
        (Outcome::Nodata, Counted::Passed | Counted::Ignored) => Label::Nodata,
        (Outcome::Inconclusive, _) => Label::Nodata,
        (Outcome::Error, _) => Label::Error,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "counts of samples are small"
)]
fn side(summary: &Summary) -> SideMetadata {
    // Kayenta writes 0 where there is nothing to sum up.
    let number = |number: Option<f64>| match (number, summary.count) {
        (Some(number), _) => Double(number),
        (None, 0) => Double(0.0),
        (None, _) => Double(f64::NAN),
    };
    SideMetadata {
        stats: Stats {
            min: number(summary.min),
            max: number(summary.max),
            mean: number(summary.mean),
            std: number(summary.std),
            count: summary.count as u64,
        },
    }
}

fn of_group(group: &GroupScore) -> WireGroup {
    WireGroup {
        name: group.name.clone(),
        score: Double(group.score.unwrap_or(0.0)),
        classification: String::new(),
        classification_reason: String::new(),
    }
}
