//! Judging lists of samples under a stored config, once or by two judges.

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Path},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{
    error::{KayentaError, Message},
    input::Parameters,
};
use crate::{
    access::{Denied, Grant},
    api::State,
    configs::ConfigBody,
    kayenta::{
        judging::Asked,
        wire::{CanaryJudgeRequest, CanaryJudgeResult, Double, ScoreThresholds},
    },
    sample_lists::SampleLists,
    store::DocumentKind,
};

/// The judge that a comparison sets against the config's own, if it names none.
const OTHER_JUDGE: &str = "Serinus-v1.0";

/// A comparison of two judges.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Comparison {
    /// What came out.
    comparison_result: BothResults,
}

/// What two judges said.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BothResults {
    /// The first.
    judge1_result: CanaryJudgeResult,
    /// The second.
    judge2_result: CanaryJudgeResult,
}

/// The id of a comparison.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComparisonId {
    /// The id.
    canary_execution_id: String,
}

impl State {
    /// What is asked by these parameters.
    async fn judge_request(
        &self,
        grant: &Grant,
        parameters: &Parameters,
    ) -> Result<CanaryJudgeRequest, KayentaError> {
        let needed = |name: &'static str| {
            let missing = || KayentaError::bad(format!("{name} is required."));
            parameters.get(name).ok_or_else(missing)
        };
        let threshold = |name: &'static str| {
            let number = needed(name)?.trim().parse().ok();
            let number = number.filter(|number: &f64| number.is_finite());
            let wrong = || KayentaError::bad(format!("{name} must be a number."));
            number.map(Double).ok_or_else(wrong)
        };
        let known = self.canary_config(needed("canaryConfigId")?).await?;
        let ConfigBody::Kayenta(config) = &known.body else {
            // What it says of guardrails, limits and minimums has no place here, and must not be passed over.
            return Err(KayentaError::bad(
                "This takes a config in Kayenta's form; POST /api/v1/judgements judges samples under a native one.",
            ));
        };
        Ok(CanaryJudgeRequest {
            canary_config: config.received().clone(),
            score_thresholds: ScoreThresholds {
                pass: threshold("passThreshold")?,
                marginal: threshold("marginalThreshold")?,
            },
            metric_set_pair_list: self
                .pair_list(grant, needed("metricSetPairListId")?)
                .await?,
        })
    }

    /// What a judge says; the config's own if none is named.
    async fn judged(
        &self,
        mut request: CanaryJudgeRequest,
        judge: Option<&str>,
    ) -> Result<CanaryJudgeResult, KayentaError> {
        if let (Some(judge), Some(config)) = (judge, request.canary_config.as_object_mut()) {
            config.insert("judge".to_owned(), json!({"name": judge}));
        }
        let (case, told) = Asked::new(request, None)?.into_parts();
        let scorecard = self.runner.judge_case(case).await?;
        Ok(told.result(&scorecard.decision))
    }

    fn comparisons(&self, grant: &Grant) -> Result<SampleLists<'_>, Denied> {
        self.lists.lists(grant, DocumentKind::JudgeComparison)
    }
}

/// Judge a list of samples
///
/// Under a stored config, by its own judge, at once.
#[utoipa::path(
    tag = "kayenta",
    params(
        ("canaryConfigId" = String, Query, description = "The config"),
        ("metricSetPairListId" = String, Query, description = "The samples, or the run whose samples they are"),
        ("passThreshold" = f64, Query, description = "From this score on it passes"),
        ("marginalThreshold" = f64, Query, description = "From this score on it is marginal"),
    ),
    responses(
        (status = 200, description = "The result", body = CanaryJudgeResult),
        (status = 400, description = "Cannot be judged", body = Message<'_>),
        (status = 404, description = "No such config or list", body = Message<'_>),
    )
)]
#[post("/judges/judge")]
pub(crate) async fn judge_list(
    state: Data<State>,
    grant: Grant,
    parameters: Parameters,
) -> Result<HttpResponse, KayentaError> {
    let request = state.judge_request(&grant, &parameters).await?;
    Ok(HttpResponse::Ok().json(state.judged(request, None).await?))
}

/// Compare two judges
///
/// Both judge a list of samples under a stored config. Without `overrideCanaryJudge1` the first is the config's own, without
/// `overrideCanaryJudge2` the second is `Serinus-v1.0`.
#[utoipa::path(
    tag = "kayenta",
    params(
        ("canaryConfigId" = String, Query, description = "The config"),
        ("metricSetPairListId" = String, Query, description = "The samples, or the run whose samples they are"),
        ("passThreshold" = f64, Query, description = "From this score on it passes"),
        ("marginalThreshold" = f64, Query, description = "From this score on it is marginal"),
        ("overrideCanaryJudge1" = Option<String>, Query, description = "The first judge"),
        ("overrideCanaryJudge2" = Option<String>, Query, description = "The second judge"),
    ),
    responses(
        (status = 200, description = "It is done: where its result is", body = ComparisonId),
        (status = 400, description = "Cannot be judged", body = Message<'_>),
        (status = 404, description = "No such config or list", body = Message<'_>),
    )
)]
#[post("/judges/comparison")]
pub(crate) async fn compare_judges(
    state: Data<State>,
    grant: Grant,
    parameters: Parameters,
) -> Result<HttpResponse, KayentaError> {
    let request = state.judge_request(&grant, &parameters).await?;
    let first = parameters.get("overrideCanaryJudge1");
    let second = parameters
        .get("overrideCanaryJudge2")
        .unwrap_or(OTHER_JUDGE);
    let both = BothResults {
        judge1_result: state.judged(request.clone(), first).await?,
        judge2_result: state.judged(request, Some(second)).await?,
    };
    let canary_execution_id = state.comparisons(&grant)?.put(&both).await?;
    Ok(HttpResponse::Ok().json(ComparisonId {
        canary_execution_id,
    }))
}

/// Read a comparison of two judges
#[utoipa::path(
    tag = "kayenta",
    params(("id" = String, Path, description = "The comparison")),
    responses(
        (status = 200, description = "What both said", body = Comparison),
        (status = 404, description = "No such comparison", body = Message<'_>),
    )
)]
#[get("/judges/comparison/{id}")]
pub(crate) async fn judge_comparison(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, KayentaError> {
    let both: Option<BothResults> = state.comparisons(&grant)?.get(&id).await?;
    let unknown = || {
        let shown: String = id.chars().take(100).collect();
        KayentaError::not_found(format!("No comparison has the id {shown:?}."))
    };
    let comparison_result = both.ok_or_else(unknown)?;
    Ok(HttpResponse::Ok().json(Comparison { comparison_result }))
}
