//! A scorecard as Kayenta's judge would have written it.

use serinus_judge::{
    self as judge, Counted, JudgedBy, MetricResult, Outcome, Summary, Thresholds, Verdict,
    netflix_aca::Label,
};

use crate::kayenta::wire::{
    CanaryJudgeResult, Double, GroupScore, MetricJudgement, ResultMetadata, Score, ScoreLabel,
    SideMetadata, Stats,
};

/// The judges' names in configs and answers.
pub fn judge_name(judge: JudgedBy) -> &'static str {
    match judge {
        JudgedBy::NetflixAca => "NetflixACAJudge-v1.0",
        JudgedBy::Serinus => "Serinus-v1.0",
        JudgedBy::Remote => "RemoteJudge-v1.0",
    }
}

/// A scorecard as Kayenta's judge would have written it; `id_of` names the pair of series of the metric at each place.
///
/// Clients compare the score with their thresholds, and read nothing else. So the score is one that means what the verdict
/// says: what is undecided is never as good as a pass.
pub fn judge_result(
    decision: &judge::Scorecard,
    id_of: impl Fn(usize) -> Option<String>,
) -> CanaryJudgeResult {
    let results = decision.metrics.iter().enumerate();
    let groups = decision.groups.iter().map(|group| GroupScore {
        name: group.name.clone(),
        score: Double(group.score.unwrap_or_default()),
        classification: String::new(),
        classification_reason: String::new(),
    });
    CanaryJudgeResult {
        judge_name: judge_name(decision.judge).to_owned(),
        results: results
            .map(|(index, metric)| judgement(metric, id_of(index)))
            .collect(),
        group_scores: groups.collect(),
        score: score(decision),
    }
}

impl CanaryJudgeResult {
    /// Gives the metric at a place the name that Kayenta has for it, also where others speak of it: what is no name here, or
    /// stood there twice, was changed.
    pub fn rename(&mut self, place: usize, name: &str) {
        let Some(judged) = self.results.get_mut(place) else {
            return;
        };
        let ours = std::mem::replace(&mut judged.name, name.to_owned());
        if ours == name {
            return;
        }
        let named = |reason: &str| reason.replace(&ours, name);
        judged.classification_reason = judged.classification_reason.as_deref().map(named);
        let whole = &mut self.score.classification_reason;
        *whole = named(whole);
    }
}

fn judgement(metric: &MetricResult, id: Option<String>) -> MetricJudgement {
    let answer = metric.netflix_aca.as_ref();
    let classification = answer.map_or_else(|| label(metric), |answer| answer.classification);
    let ratio = match (answer, classification) {
        (_, Label::Error) => None,
        (Some(answer), _) => Some(answer.ratio),
        (None, _) => Some(metric.ratio),
    };
    MetricJudgement {
        name: metric.name.clone(),
        tags: Default::default(),
        id,
        classification,
        classification_reason: match answer {
            Some(answer) => answer.reason.clone(),
            None => Some(metric.guardrail.clone().unwrap_or(metric.reason.clone())),
        },
        groups: metric.groups.clone(),
        experiment_metadata: side(&metric.canary),
        control_metadata: side(&metric.baseline),
        result_metadata: ratio.map(|ratio| ResultMetadata {
            ratio: Double(ratio.unwrap_or(f64::NAN)),
            estimate: metric.estimate,
            lower: metric.interval.map(|interval| interval.lower),
            upper: metric.interval.map(|interval| interval.upper),
            summary: Some(metric.reason.clone()),
        }),
        critical: metric.critical_failure,
        muted: metric.muted,
    }
}

/// The label for what a judge that is not Kayenta's found. Kayenta has no word for undecided; `Nodata` is what it shows and
/// does not count either.
fn label(metric: &MetricResult) -> Label {
    match (metric.outcome, metric.counted) {
        (Outcome::High, _) => Label::High,
        (Outcome::Low, _) => Label::Low,
        (Outcome::Nodata, Counted::Failed) => Label::NodataFailMetric,
        // A guardrail was crossed, which is upwards.
        (Outcome::Pass | Outcome::Inconclusive, Counted::Failed) => Label::High,
        (Outcome::Pass, Counted::Passed | Counted::Ignored) => Label::Pass,
        (Outcome::Nodata | Outcome::Inconclusive, Counted::Passed | Counted::Ignored) => {
            Label::Nodata
        }
        (Outcome::Error, _) => Label::Error,
    }
}

fn side(summary: &Summary) -> SideMetadata {
    // Kayenta's judge writes 0 for what it cannot compute of no samples.
    let or_zero = |number: Option<f64>| Double(number.unwrap_or_default());
    SideMetadata {
        stats: Stats {
            min: or_zero(summary.min),
            max: or_zero(summary.max),
            mean: or_zero(summary.mean),
            std: or_zero(summary.std),
            count: u64::try_from(summary.count).unwrap_or(u64::MAX),
        },
    }
}

fn score(decision: &judge::Scorecard) -> Score {
    let thresholds = decision.thresholds;
    let (pass, marginal) = (thresholds.pass(), thresholds.marginal());
    let is_marginal = |score: f64| score >= marginal && score < pass;
    let found = decision.score;
    let score = match decision.verdict {
        Verdict::Pass => found.max(pass),
        Verdict::Marginal if is_marginal(found) => found,
        Verdict::Marginal | Verdict::Inconclusive => undecided(thresholds),
        Verdict::Fail if found < marginal => found,
        Verdict::Fail => 0.0_f64.min(marginal - 1.0),
    };
    let classification = if decision.verdict == Verdict::Pass {
        ScoreLabel::Pass
    } else if is_marginal(score) {
        ScoreLabel::Marginal
    } else {
        ScoreLabel::Fail
    };
    Score {
        score: Double(score),
        classification,
        classification_reason: reason(decision),
    }
}

/// The score for what is neither a pass nor a fail: the lowest whole one that all clients take for marginal, since Orca
/// takes the threshold itself for a fail. Where the thresholds leave no room, less than a pass.
fn undecided(thresholds: Thresholds) -> f64 {
    let (pass, marginal) = (thresholds.pass(), thresholds.marginal());
    let above = marginal.floor() + 1.0;
    if above < pass {
        above
    } else if marginal < pass {
        marginal
    } else {
        // Clients cut off fractions, so it has to be a whole number that is less.
        pass.ceil() - 1.0
    }
}

/// Kayenta's words where its judge has any, else the native sentence.
fn reason(decision: &judge::Scorecard) -> String {
    let by_kayenta = decision.judge == JudgedBy::NetflixAca;
    if !by_kayenta || decision.verdict == Verdict::Inconclusive {
        return decision.reason.clone();
    }
    let critical =
        (decision.metrics.iter()).find(|metric| !metric.muted && metric.critical_failure);
    if let Some(metric) = critical {
        let answer = metric.netflix_aca.as_ref();
        let reason = answer.and_then(|answer| answer.reason.clone());
        return format!("Canary Failed: {}", reason.unwrap_or(metric.reason.clone()));
    }
    let live = decision.metrics.iter().filter(|metric| !metric.muted);
    let missing = (live.clone())
        .filter(|metric| metric.outcome == Outcome::Nodata && metric.counted == Counted::Ignored);
    if decision.verdict == Verdict::Fail && 2 * missing.count() >= live.count() {
        return "Canary Failed: 50% or more metrics returned NODATA".to_owned();
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thresholds(pass: f64, marginal: f64) -> Thresholds {
        Thresholds::new(pass, marginal).unwrap()
    }

    fn scored(verdict: Verdict, score: f64, thresholds: Thresholds) -> (f64, ScoreLabel) {
        let decision = judge::Scorecard {
            judge: JudgedBy::Serinus,
            verdict,
            score,
            scored: true,
            reason: "why".to_owned(),
            coverage: 1.0,
            thresholds,
            groups: Vec::new(),
            metrics: Vec::new(),
        };
        let score = super::score(&decision);
        assert_eq!(score.classification_reason, "why");
        (score.score.0, score.classification)
    }

    #[test]
    fn a_score_means_what_the_verdict_says() {
        use ScoreLabel::{Fail, Marginal, Pass};
        let usual = thresholds(90.0, 75.0);
        for (verdict, found, told) in [
            (Verdict::Pass, 90.0, (90.0, Pass)),
            (Verdict::Marginal, 89.99, (89.99, Marginal)),
            (Verdict::Marginal, 75.0, (75.0, Marginal)),
            (Verdict::Fail, 74.99, (74.99, Fail)),
            (Verdict::Inconclusive, 0.0, (76.0, Marginal)),
            (Verdict::Inconclusive, 100.0, (76.0, Marginal)),
            // A guardrail was crossed, whatever the score.
            (Verdict::Fail, 100.0, (0.0, Fail)),
        ] {
            assert_eq!(scored(verdict, found, usual), told, "{verdict} {found}");
        }
    }

    #[test]
    fn undecided_is_never_a_pass() {
        for pass in 0..=100_u32 {
            for marginal in 0..=pass {
                for half in [0.0, 0.5] {
                    let marginal = (f64::from(marginal) + half).min(f64::from(pass));
                    let score = undecided(thresholds(f64::from(pass), marginal));
                    assert!(
                        score.trunc() < f64::from(pass),
                        "{score} of {pass}, {marginal}"
                    );
                    // Where there is room, Orca goes on too: it fails at the marginal threshold.
                    if f64::from(pass) - marginal > 1.0 {
                        assert!(score.trunc() > marginal, "{score} of {pass}, {marginal}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_fail_is_below_marginal_even_where_marginal_is_nothing() {
        let (score, label) = scored(Verdict::Fail, 50.0, thresholds(10.0, 0.0));
        assert!(score < 0.0);
        assert_eq!(label, ScoreLabel::Fail);
    }
}
