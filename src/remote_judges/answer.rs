//! What a judge elsewhere answers, read as if it meant harm.

use serinus_judge::{Heard, HeardMetric, Release, Verdict};

use crate::kayenta::wire::{CanaryJudgeResult, MetricJudgement, ScoreLabel};

/// How much of a reason is kept.
const REASON_CHARS: usize = 300;

/// Reads an answer about a release.
///
/// # Errors
/// It is none; a sentence.
pub(super) fn read(body: &[u8], release: &Release) -> Result<Heard, String> {
    let answer: CanaryJudgeResult =
        serde_json::from_slice(body).map_err(|error| format!("its answer is none: {error}"))?;
    let score = answer.score.score.0;
    let said = answer.results.into_iter().map(said);
    let heard = Heard::new(score, said.collect(), release);
    let heard = heard.map_err(|error| error.to_string())?;
    let thresholds = release.thresholds;
    let expected = match thresholds.verdict(score) {
        Verdict::Pass => ScoreLabel::Pass,
        Verdict::Marginal => ScoreLabel::Marginal,
        Verdict::Fail | Verdict::Inconclusive => ScoreLabel::Fail,
    };
    let word = answer.score.classification;
    if word == expected {
        return Ok(heard);
    }
    let (pass, marginal) = (thresholds.pass(), thresholds.marginal());
    Err(format!(
        "it calls a score of {score} {word:?}, where pass is from {pass} and marginal from {marginal}"
    ))
}

fn said(result: MetricJudgement) -> HeardMetric {
    let ratio = result.result_metadata.map(|metadata| metadata.ratio.0);
    HeardMetric {
        name: result.name,
        label: result.classification,
        reason: result.classification_reason.map(|reason| short(&reason)),
        ratio: ratio.filter(|ratio| ratio.is_finite()),
        critical: result.critical,
    }
}

fn short(text: &str) -> String {
    text.chars().take(REASON_CHARS).collect()
}
