//! A run with looks as Kayenta tells of a standalone analysis, whose judgements they are.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    escaped,
    status::{brief, duration, ended_at, exception, failure, judged, status, without_nulls},
};
use crate::{
    analysis::{KayentaOrigin, Look, Run, RunId, RunState, Scorecard},
    kayenta::wire::{
        CanaryExecutionRequest, CanaryExecutionStatus, CanaryJudgeResult, CanaryResult,
        ExecutionStatus, StandaloneExecution, StandaloneResult, StandaloneStage, StandaloneStatus,
    },
};

/// With fewer samples of the baseline there is a warning, except for Datadog, which decides itself how many it has.
const FEW: u64 = 50;
const FEW_WARNING: &str = "One of the metrics returned fewer than 50 data points, which can reduce confidence in the final canary score.";

/// Identifies a judgement of a run.
pub fn judgement_id(run: RunId, look: u32) -> String {
    format!("{run}.{look}")
}

/// A judgement of a run as a run of its own.
pub fn status_of_judgement(
    run: &Run,
    origin: &KayentaOrigin,
    look: &Look,
    scorecard: Option<&Scorecard>,
) -> CanaryExecutionStatus {
    let mut alone = run.clone();
    alone.looks = vec![look.clone()];
    alone.state = RunState::Succeeded(look.found.clone());
    alone.ended_at = Some(look.judged_at);
    let request = CanaryExecutionRequest::of(&run.request.at_look(look.number));
    let origin = KayentaOrigin {
        request: serde_json::to_value(request).unwrap_or_default(),
        parent_pipeline_execution_id: Some(run.id.to_string()),
        ..origin.clone()
    };
    let id = judgement_id(run.id, look.number);
    CanaryExecutionStatus {
        metric_set_pair_list_id: scorecard.map(|_| id.clone()),
        pipeline_id: id,
        ..status(&alone, &origin, scorecard)
    }
}

/// Where a standalone analysis stands, with its looks and their scorecards.
pub fn status_of_standalone(
    run: &Run,
    origin: &KayentaOrigin,
    user: &str,
    scorecards: &[Option<Arc<Scorecard>>],
    is_datadog: bool,
) -> StandaloneStatus {
    let looks = run.looks.iter().zip(scorecards);
    let judgements: Vec<_> = looks
        .map(|(look, scorecard)| judgement(run, origin, look, scorecard.as_deref(), is_datadog))
        .collect();
    let failed_score = judgements.last().is_some_and(|last| last.has_failed);
    let status = match brief(run) {
        ExecutionStatus::Succeeded if failed_score => ExecutionStatus::Terminal,
        status => status,
    };
    let last = scorecards.last().and_then(Option::as_deref);
    let ended = ended_at(run);
    let built = run.created_at;
    StandaloneStatus {
        application: run.application().to_owned(),
        user: user.to_owned(),
        parent_pipeline_execution_id: origin.parent_pipeline_execution_id.clone(),
        pipeline_id: run.id.to_string(),
        stage_status: stages(run, &judgements),
        complete: run.state.is_final(),
        execution_status: status.upper_case(),
        status,
        exception: exception(run, last),
        canary_analysis_execution_result: match &run.state {
            RunState::Succeeded(_) => Some(result(judgements, None)),
            // The judgement that ended it has no score.
            RunState::Failed { .. } => Some(result(judgements, Some(0.0))),
            RunState::Queued { .. } | RunState::Running(_) | RunState::Cancelled => None,
        },
        canary_analysis_execution_request: without_nulls(&origin.request),
        canary_config: escaped(&origin.config),
        canary_config_id: origin.config_id.clone(),
        build_time_millis: built.as_millisecond(),
        build_time_iso: built,
        start_time_millis: built.as_millisecond(),
        start_time_iso: built,
        end_time_millis: ended.map(Timestamp::as_millisecond),
        end_time_iso: ended,
        storage_account_name: origin.storage_account.clone(),
        metrics_account_name: origin.metrics_account.clone(),
        configuration_account_name: origin.configuration_account.clone(),
    }
}

/// A judgement, and what its score means.
struct Judged {
    execution: StandaloneExecution,
    /// Its score; none if it has no scorecard.
    score: Option<f64>,
    /// The thresholds.
    pass: f64,
    marginal: f64,
    /// Whether the analysis ended with it as Kayenta's ends with a failure: it is not above marginal.
    has_failed: bool,
}

fn judgement(
    run: &Run,
    origin: &KayentaOrigin,
    look: &Look,
    scorecard: Option<&Scorecard>,
    is_datadog: bool,
) -> Judged {
    let ends_the_run = run.state.is_final() && run.looks.last() == Some(look);
    let (start, end) = seen_of_the_baseline(run, look.number);
    let result = scorecard.map(|scorecard| judged(run, &origin.config, scorecard));
    let score = result.as_ref().map(|result| result.score.score.0);
    let thresholds = scorecard.map(|scorecard| scorecard.decision.thresholds);
    let (pass, marginal) = thresholds.map_or((100.0, 0.0), |both| (both.pass(), both.marginal()));
    let has_failed = ends_the_run && score.is_none_or(|score| score <= marginal);
    let few = |result: &CanaryJudgeResult| {
        let mut results = result.results.iter();
        results.any(|metric| metric.control_metadata.stats.count < FEW)
    };
    let warnings = result.as_ref().filter(|result| !is_datadog && few(result));
    let warnings = warnings
        .map(|_| FEW_WARNING.to_owned())
        .into_iter()
        .collect();
    let status = match (&result, has_failed) {
        // Others went on without it.
        (None, false) => ExecutionStatus::FailedContinue,
        (_, true) => ExecutionStatus::Terminal,
        (Some(_), false) => ExecutionStatus::Succeeded,
    };
    let id = judgement_id(run.id, look.number);
    let request = CanaryExecutionRequest::of(&run.request.at_look(look.number));
    let request = serde_json::to_value(request).unwrap_or_default();
    let began = run.looks.iter().rev();
    let began = began
        .map(|earlier| earlier.judged_at)
        .find(|at| *at < look.judged_at);
    let began = began.unwrap_or(run.created_at);
    Judged {
        execution: StandaloneExecution {
            execution_status: status.upper_case(),
            exception: match &result {
                Some(_) => None,
                None => Some(failure(look.judged_at, look.found.reason.clone())),
            },
            metric_set_pair_list_id: result.as_ref().map(|_| id.clone()),
            execution_id: id,
            result: result.map(|judge_result| CanaryResult {
                judge_result,
                canary_duration: duration(&request).map(|duration| duration.to_string()),
            }),
            judgement_start_time_iso: start,
            judgement_start_time_millis: start.as_millisecond(),
            judgement_end_time_iso: end,
            judgement_end_time_millis: end.as_millisecond(),
            warnings,
            build_time_millis: began.as_millisecond(),
            build_time_iso: began,
            start_time_millis: began.as_millisecond(),
            start_time_iso: began,
            end_time_millis: look.judged_at.as_millisecond(),
            end_time_iso: look.judged_at,
            storage_account_name: origin.storage_account.clone(),
        },
        score,
        pass,
        marginal,
        has_failed,
    }
}

fn seen_of_the_baseline(run: &Run, look: u32) -> (Timestamp, Timestamp) {
    let window = run.request.at_look(look).window;
    let baseline = window.baseline.map(|span| (span.start, span.end));
    let both = window.start.zip(window.end);
    baseline
        .or(both)
        .unwrap_or((run.created_at, run.created_at))
}

/// The parts of the analysis: one that sets it up, its judgements, and one that sums them up.
fn stages(run: &Run, judgements: &[Judged]) -> Vec<StandaloneStage> {
    let stage = |kind, name: String, status: ExecutionStatus, execution_id| StandaloneStage {
        kind,
        name,
        status: status.upper_case(),
        execution_id,
    };
    let mut stages = vec![stage(
        "setupAndExecuteCanariesStage",
        "Sets up and executes the wait, run and monitor canary task chain.".to_owned(),
        ExecutionStatus::Succeeded,
        None,
    )];
    for judgement in judgements {
        let number = stages.len();
        stages.push(StandaloneStage {
            kind: "runCanary",
            name: format!("Run Canary #{number}"),
            status: judgement.execution.execution_status,
            execution_id: Some(judgement.execution.execution_id.clone()),
        });
    }
    let (next, summed_up) = match &run.state {
        RunState::Queued { .. } => (ExecutionStatus::NotStarted, ExecutionStatus::NotStarted),
        RunState::Running(_) => (ExecutionStatus::Running, ExecutionStatus::NotStarted),
        RunState::Succeeded(_) => (ExecutionStatus::NotStarted, ExecutionStatus::Succeeded),
        RunState::Failed { .. } => (ExecutionStatus::Terminal, ExecutionStatus::Succeeded),
        RunState::Cancelled => (ExecutionStatus::Canceled, ExecutionStatus::Canceled),
    };
    let planned = usize::try_from(run.request.looks_planned()).unwrap_or_default();
    for number in stages.len()..=planned {
        let first = number == judgements.len() + 1;
        let status = if first {
            next
        } else {
            ExecutionStatus::NotStarted
        };
        stages.push(stage(
            "runCanary",
            format!("Run Canary #{number}"),
            status,
            None,
        ));
    }
    stages.push(stage(
        "generateCanaryAnalysisResultStage",
        "Generates the final result of the canary analysis.".to_owned(),
        summed_up,
        None,
    ));
    stages
}

/// What came out: the last score decides, or this one in its place.
fn result(judgements: Vec<Judged>, instead: Option<f64>) -> StandaloneResult {
    let scores: Vec<f64> = judgements
        .iter()
        .filter_map(|judged| judged.score)
        .collect();
    let (did_pass_thresholds, canary_score_message) = match judgements.last() {
        _ if scores.is_empty() => {
            let message = "There were no successful canary judgements to aggregate";
            (false, message.to_owned())
        }
        Some(&Judged {
            score,
            pass,
            marginal,
            ..
        }) => {
            let score = instead.or(score).unwrap_or_default();
            let (passed, what) = if score <= marginal {
                (false, "is not above the marginal score threshold.")
            } else if score < pass {
                (false, "is below the pass score threshold.")
            } else {
                (true, "met or exceeded the pass score threshold.")
            };
            (passed, format!("Final canary score {score:?} {what}"))
        }
        None => (false, String::new()),
    };
    let executions = judgements.into_iter().map(|judged| judged.execution);
    let canary_execution_results: Vec<_> = executions.collect();
    StandaloneResult {
        did_pass_thresholds,
        has_warnings: (canary_execution_results.iter())
            .any(|execution| !execution.warnings.is_empty()),
        canary_score_message,
        canary_scores: scores,
        canary_execution_results,
    }
}
