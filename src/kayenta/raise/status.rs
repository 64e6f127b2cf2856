//! A run as Kayenta tells it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{escaped, judge_result, pair_id};
use crate::{
    analysis::{FailedDuring, KayentaOrigin, Run, RunState, Scorecard, Side},
    kayenta::wire::{
        CanaryExecutionRequest, CanaryExecutionStatus, CanaryJudgeResult, CanaryResult,
        CanaryScope, ExceptionDetails, ExecutionException, ExecutionStatus,
    },
};

/// Where a run stands that came through Kayenta's API, with its scorecard if it has one.
pub fn status(
    run: &Run,
    origin: &KayentaOrigin,
    scorecard: Option<&Scorecard>,
) -> CanaryExecutionStatus {
    let scorecard = scorecard.filter(|_| matches!(run.state, RunState::Succeeded(_)));
    let built = run.created_at;
    let ended = ended_at(run);
    let millis = |at: Timestamp| at.as_millisecond();
    let status = execution_status(run, scorecard);
    CanaryExecutionStatus {
        application: run.application().to_owned(),
        parent_pipeline_execution_id: origin.parent_pipeline_execution_id.clone(),
        pipeline_id: run.id.to_string(),
        stage_status: stages(run, metrics(&origin.config)),
        complete: run.state.is_final(),
        status,
        exception: exception(run, scorecard),
        result: scorecard.map(|scorecard| CanaryResult {
            judge_result: judged(run, &origin.config, scorecard),
            canary_duration: duration(&origin.request).map(|duration| duration.to_string()),
        }),
        config: Some(escaped(&origin.config)),
        canary_config_id: Some(origin.config_id.clone()),
        canary_execution_request: Some(without_nulls(&origin.request)),
        metric_set_pair_list_id: scorecard.map(|_| run.id.to_string()),
        build_time_millis: Some(millis(built)),
        build_time_iso: Some(built),
        start_time_millis: Some(millis(built)),
        start_time_iso: Some(built),
        end_time_millis: ended.map(millis),
        end_time_iso: ended,
        storage_account_name: origin.storage_account.clone(),
        metrics_account_name: origin.metrics_account.clone(),
        configuration_account_name: origin.configuration_account.clone(),
    }
}

/// When the run ended. Runs of earlier versions know only when they were looked at last.
pub fn ended_at(run: &Run) -> Option<Timestamp> {
    let looked = run.looks.last().map(|look| look.judged_at);
    run.ended_at.or(looked).filter(|_| run.state.is_final())
}

/// The judgement, with the names that the config has for its metrics: reports find one by the other.
pub(super) fn judged(run: &Run, config: &Value, scorecard: &Scorecard) -> CanaryJudgeResult {
    let mut result = judge_result(&scorecard.decision, |place| Some(pair_id(run.id, place)));
    let metrics = config.get("metrics").and_then(Value::as_array);
    for (place, metric) in metrics.into_iter().flatten().enumerate() {
        if let Some(name) = metric.get("name").and_then(Value::as_str) {
            result.rename(place, name);
        }
    }
    result
}

/// Where a run stands, by itself. Clients tell only whether it has ended from what it is called, so a run that waits is under way.
pub fn brief(run: &Run) -> ExecutionStatus {
    match &run.state {
        RunState::Queued { .. } | RunState::Running(_) => ExecutionStatus::Running,
        RunState::Succeeded(_) => ExecutionStatus::Succeeded,
        RunState::Failed { .. } => ExecutionStatus::Terminal,
        RunState::Cancelled => ExecutionStatus::Canceled,
    }
}

/// A run whose scorecard is lost has no result to show, which must not look like one.
fn execution_status(run: &Run, scorecard: Option<&Scorecard>) -> ExecutionStatus {
    match (brief(run), scorecard) {
        (ExecutionStatus::Succeeded, None) => ExecutionStatus::Terminal,
        (status, _) => status,
    }
}

/// The parts of a run as Kayenta has them. All queries are asked at once here, so those of one run stand alike until one fails.
fn stages(run: &Run, metrics: usize) -> BTreeMap<String, ExecutionStatus> {
    use ExecutionStatus::{Canceled, NotStarted, Running, Succeeded, Terminal};
    let (setup, fetch, mix, judge) = match &run.state {
        RunState::Queued { .. } => (Running, NotStarted, NotStarted, NotStarted),
        RunState::Running(progress) if progress.answered < progress.queries => {
            (Succeeded, Running, NotStarted, NotStarted)
        }
        RunState::Running(_) => (Succeeded, Succeeded, Succeeded, Running),
        RunState::Succeeded(_) => (Succeeded, Succeeded, Succeeded, Succeeded),
        RunState::Failed { during, .. } => match during {
            FailedDuring::Planning => (Terminal, NotStarted, NotStarted, NotStarted),
            FailedDuring::Fetching(_) => (Succeeded, Succeeded, NotStarted, NotStarted),
            FailedDuring::Judging => (Succeeded, Succeeded, Succeeded, Terminal),
        },
        RunState::Cancelled => (Canceled, Canceled, Canceled, Canceled),
    };
    let mut stages: BTreeMap<_, _> = [
        ("setupContext", setup),
        ("mixMetrics", mix),
        ("judge", judge),
    ]
    .map(|(name, status)| (name.to_owned(), status))
    .into();
    let failed = match &run.state {
        RunState::Failed {
            during: FailedDuring::Fetching(failed),
            ..
        } => failed.as_slice(),
        RunState::Queued { .. }
        | RunState::Running(_)
        | RunState::Succeeded(_)
        | RunState::Failed { .. }
        | RunState::Cancelled => &[],
    };
    for place in 0..metrics {
        for (name, side) in [
            ("fetchControl", Side::Baseline),
            ("fetchExperiment", Side::Canary),
        ] {
            let has_failed = failed.contains(&(place, side));
            let status = if has_failed { Terminal } else { fetch };
            stages.insert(format!("{name}{place}"), status);
        }
    }
    stages
}

fn metrics(config: &Value) -> usize {
    config
        .get("metrics")
        .and_then(Value::as_array)
        .map_or(0, Vec::len)
}

pub(super) fn exception(run: &Run, scorecard: Option<&Scorecard>) -> Option<ExecutionException> {
    let reason = match &run.state {
        RunState::Failed { reason, .. } => reason.clone(),
        RunState::Succeeded(_) if scorecard.is_none() => {
            "the run's scorecard is no longer kept".to_owned()
        }
        RunState::Succeeded(_)
        | RunState::Queued { .. }
        | RunState::Running(_)
        | RunState::Cancelled => return None,
    };
    let at = ended_at(run).unwrap_or(run.created_at);
    Some(failure(at, reason))
}

pub(super) fn failure(at: Timestamp, reason: String) -> ExecutionException {
    ExecutionException {
        timestamp: at.as_millisecond(),
        exception_type: "AnalysisFailed".to_owned(),
        operation: "runCanary".to_owned(),
        details: ExceptionDetails {
            error: "Canary analysis failed".to_owned(),
            errors: vec![reason],
        },
        should_retry: false,
    }
}

/// How long the windows are, if all are as long.
pub(super) fn duration(request: &Value) -> Option<SignedDuration> {
    let request: CanaryExecutionRequest = serde_json::from_value(request.clone()).ok()?;
    let pairs = request.scopes?;
    let mut durations = pairs.values().flat_map(|pair| {
        let length = |scope: &Option<CanaryScope>| {
            let scope = scope.as_ref()?;
            Some(scope.end?.duration_since(scope.start?))
        };
        [length(&pair.control_scope), length(&pair.experiment_scope)]
    });
    let first = durations.next()??;
    durations
        .all(|duration| duration == Some(first))
        .then_some(first)
}

/// Kayenta leaves out what is null.
pub(super) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => (fields.iter())
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), without_nulls(value)))
            .collect(),
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
