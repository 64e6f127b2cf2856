//! What a judge elsewhere answers, read as if it meant harm.

use serinus_judge::{Heard, HeardMetric, Release, Verdict, netflix_aca::Label};

use crate::kayenta::exchange::{JudgeResult, PairResult};

/// How much of a reason is kept.
const REASON_CHARS: usize = 300;

/// Reads an answer about a release.
///
/// # Errors
/// It is none; a sentence.
pub(super) fn read(body: &[u8], release: &Release) -> Result<Heard, String> {
    let answer: JudgeResult =
        serde_json::from_slice(body).map_err(|error| format!("its answer is none: {error}"))?;
    let score = answer.score.score.0;
    let said = answer.results.into_iter().map(said);
    let heard = Heard::new(score, said.collect::<Result<_, _>>()?, release);
    let heard = heard.map_err(|error| error.to_string())?;
    let word = answer.score.classification.as_str();
    let thresholds = release.thresholds;
    let expected = match thresholds.verdict(score) {
        Verdict::Pass => "Pass",
        Verdict::Marginal => "Marginal",
        Verdict::Fail | Verdict::Inconclusive => "Fail",
    };
    if word == expected {
        return Ok(heard);
    }
    let (word, pass, marginal) = (short(word), thresholds.pass(), thresholds.marginal());
    Err(format!(
        "it calls a score of {score} {word:?}, where pass is from {pass} and marginal from {marginal}"
    ))
}

fn said(result: PairResult) -> Result<HeardMetric, String> {
    let label = match result.classification.as_str() {
        "Pass" => Label::Pass,
        "High" => Label::High,
        "Low" => Label::Low,
        "Nodata" => Label::Nodata,
        "NodataFailMetric" => Label::NodataFailMetric,
        "Error" => Label::Error,
        other => {
            let (name, other) = (short(&result.name), short(other));
            return Err(format!(
                "it classifies {name:?} as {other:?}, which is not known"
            ));
        }
    };
    let ratio = result.result_metadata.and_then(|metadata| metadata.ratio);
    Ok(HeardMetric {
        name: result.name,
        label,
        reason: result.classification_reason.map(|reason| short(&reason)),
        ratio: ratio.map(|ratio| ratio.0).filter(|ratio| ratio.is_finite()),
        critical: result.critical,
    })
}

fn short(text: &str) -> String {
    text.chars().take(REASON_CHARS).collect()
}
