//! A run as the pipeline that it is in Kayenta, which is built on Orca.

use serde_json::{Value, json};

use super::status::{brief, ended_at};
use crate::{
    analysis::{ExecutionKind, KayentaOrigin, Run},
    kayenta::wire::ExecutionStatus,
};

/// A run as Orca tells of a pipeline, with the members that say where it stands.
pub fn pipeline(run: &Run, origin: &KayentaOrigin) -> Value {
    let name = match origin.kind {
        ExecutionKind::Canary => "Standard Canary Pipeline",
        ExecutionKind::Standalone { .. } => "Standalone Canary Analysis Pipeline",
    };
    let status = brief(run);
    let built = run.created_at.as_millisecond();
    let mut pipeline = json!({
        "type": "PIPELINE",
        "id": run.id.to_string(),
        "application": run.application(),
        "name": name,
        "buildTime": built,
        "startTime": built,
        "status": status.upper_case(),
        "canceled": status == ExecutionStatus::Canceled,
        "limitConcurrent": false,
        "keepWaitingPipelines": false,
        "stages": [],
    });
    if let (Some(ended), Some(fields)) = (ended_at(run), pipeline.as_object_mut()) {
        fields.insert("endTime".to_owned(), json!(ended.as_millisecond()));
    }
    pipeline
}
