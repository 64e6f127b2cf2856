//! Records of judgements that others may have written.

use std::sync::LazyLock;

use serinus::{
    analysis::{ConfigRef, JudgementRequest, Otherwise, Record, Sitting, judge_samples},
    canary_config::ConfigLibrary,
};
use serinus_judge::Outcome;

/// Records of right judgements, one by each judge.
pub(crate) static SEEDS: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    [
        include_bytes!("../seeds/judgement.json").as_slice(),
        include_bytes!("../seeds/judgement-aca.json"),
    ]
    .map(recorded)
});

fn recorded(request: &[u8]) -> Vec<u8> {
    let request: JudgementRequest = serde_json::from_slice(request).expect("a request");
    let ConfigRef::Inline(config) = &request.config else {
        unreachable!("the config comes along");
    };
    let scorecard = judge_samples(&request, &ConfigLibrary::default());
    let record = Record {
        config: (**config).clone(),
        sitting: Sitting::default(),
        scorecard: scorecard.expect("a judgement"),
    };
    serde_json::to_vec(&record).expect("a record can be written")
}

/// Judges what a record holds again; says whether that could be done.
pub(crate) fn judge_again(text: &str) -> bool {
    let Ok(record) = Record::parse(text) else {
        return false;
    };
    let written = serde_json::to_string(&record).expect("a record can be written");
    let again = Record::parse(&written);
    assert_eq!(
        again.as_ref(),
        Ok(&record),
        "what was written is read again"
    );
    let case = match record.case(Otherwise::default()) {
        Ok(case) => case,
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "a refusal says why");
            return false;
        }
    };
    let Ok(looked) = case.judged() else {
        return false;
    };
    let decision = &looked.scorecard.decision;
    assert!((0.0..=100.0).contains(&decision.score), "{decision:?}");
    for (result, evidence) in decision.metrics.iter().zip(&looked.scorecard.evidence) {
        assert!(
            evidence.failure.is_none() || result.outcome != Outcome::Pass,
            "what could not be measured passes nothing: {result:?}"
        );
    }
    serde_json::to_string(&looked.scorecard).expect("a scorecard can be written");
    true
}
