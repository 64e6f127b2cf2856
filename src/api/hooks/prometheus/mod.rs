//! Verdicts as Prometheus answers: for tools that can ask a Prometheus and nothing else, such as Flagger's `MetricTemplate`.
//!
//! Such tools compare one number with a range, so there is no number that means "not known": while a run goes on, and where it
//! could not be decided, the answer is the empty vector, which none of them takes for good.
#![expect(unused_qualifications, reason = "written by utoipa's `params`")]

mod expression;

use std::sync::Arc;

use actix_web::{
    HttpResponse, ResponseError as _, get,
    http::StatusCode,
    post,
    web::{Data, Form, Query},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    access::Grant,
    analysis::{Run, SummaryVerdict},
    api::{State, problem::Problem},
    store::{RunFilter, StoreError},
};
use expression::{Expression, Measure, Selector};

/// How far from now the time may be that is asked about: clocks differ, but nothing is known of the past.
const NEARLY_NOW: SignedDuration = SignedDuration::from_mins(5);

/// What Prometheus' instant queries take; what is not read here is passed over, as there.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
pub(crate) struct Instant {
    /// `vector(1)`, or one of `serinus_score`, `serinus_pass` and `serinus_fail` with `{application="..",config=".."}`.
    query: String,
    /// The time asked about, in seconds since 1970 or as RFC 3339: about now.
    #[serde(default)]
    time: Option<String>,
}

/// A good answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Success {
    /// `success`.
    status: &'static str,
    /// The result.
    data: Vector,
}

/// An instant vector of one sample or none.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Vector {
    /// `vector`.
    result_type: &'static str,
    /// The sample, if there is one.
    #[schema(max_items = 1)]
    result: Vec<Sample>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Sample {
    /// What it belongs to.
    metric: Labels,
    /// When, in seconds since 1970, and the value as text.
    #[schema(value_type = Vec<Object>, min_items = 2, max_items = 2)]
    value: (f64, String),
}

#[derive(Debug, Default, Serialize, ToSchema)]
struct Labels {
    #[serde(rename = "__name__", skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

/// An error in Prometheus' form.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    /// `error`.
    status: &'static str,
    /// The kind of error, in Prometheus' words.
    error_type: ErrorType,
    /// What is wrong.
    error: String,
}

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ErrorType {
    /// The question cannot be read.
    BadData,
    /// The store of runs does not answer.
    Unavailable,
    /// The service made a mistake.
    Internal,
}

/// Ask for a verdict as Prometheus
///
/// An instant vector of one sample; of none if there is no such run, it ended too long ago, or nothing is known yet.
#[utoipa::path(
    tag = "hooks",
    params(Instant),
    responses(
        (status = 200, description = "The vector", body = Success),
        (status = 400, description = "Not a question that is understood", body = Failure),
        (status = 503, description = "The store of runs does not answer", body = Failure),
    )
)]
#[get("/prometheus/api/v1/query")]
pub(crate) async fn instant_query(
    state: Data<State>,
    grant: Grant,
    asked: Result<Query<Instant>, actix_web::Error>,
) -> HttpResponse {
    answer(&state, &grant, asked.map(Query::into_inner)).await
}

/// Ask for a verdict as Prometheus, with a form
///
/// The same as `GET`, as some clients ask.
#[utoipa::path(
    tag = "hooks",
    request_body(content = Instant, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The vector", body = Success),
        (status = 400, description = "Not a question that is understood", body = Failure),
        (status = 503, description = "The store of runs does not answer", body = Failure),
    )
)]
#[post("/prometheus/api/v1/query")]
pub(crate) async fn instant_query_form(
    state: Data<State>,
    grant: Grant,
    asked: Result<Form<Instant>, actix_web::Error>,
) -> HttpResponse {
    answer(&state, &grant, asked.map(Form::into_inner)).await
}

async fn answer(
    state: &State,
    grant: &Grant,
    asked: Result<Instant, actix_web::Error>,
) -> HttpResponse {
    let answered = async {
        let Instant { query, time } =
            asked.map_err(|error| (ErrorType::BadData, error.to_string()))?;
        let bad = |detail| (ErrorType::BadData, detail);
        let expression: Expression = query.parse().map_err(bad)?;
        let now = Timestamp::now();
        let at = time
            .map_or(Ok(now), |time| about(&time, now))
            .map_err(bad)?;
        let result = state
            .evaluate(grant, &expression, now)
            .await
            .map_err(|error| {
                let kind = match &error {
                    StoreError::Unreadable(_) => ErrorType::Internal,
                    StoreError::Full { .. }
                    | StoreError::NoSpace(_)
                    | StoreError::Unavailable(_) => ErrorType::Unavailable,
                };
                (kind, error.to_string())
            })?;
        let seconds = at.as_duration().as_secs_f64();
        let sample = |(metric, value): (Labels, f64)| Sample {
            metric,
            value: (seconds, value.to_string()),
        };
        Ok(result.map(sample).into_iter().collect())
    };
    match answered.await {
        Ok(result) => HttpResponse::Ok().json(Success {
            status: "success",
            data: Vector {
                result_type: "vector",
                result,
            },
        }),
        Err((error_type, error)) => {
            let status = match error_type {
                ErrorType::BadData => StatusCode::BAD_REQUEST,
                ErrorType::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
                ErrorType::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            };
            HttpResponse::build(status).json(Failure {
                status: "error",
                error_type,
                error,
            })
        }
    }
}

/// A problem as those read it who ask a Prometheus.
pub(in crate::api) fn refused(problem: &Problem) -> HttpResponse {
    let status = problem.status_code();
    let error_type = match status {
        StatusCode::TOO_MANY_REQUESTS => ErrorType::Unavailable,
        status if status.is_client_error() => ErrorType::BadData,
        StatusCode::SERVICE_UNAVAILABLE => ErrorType::Unavailable,
        _ => ErrorType::Internal,
    };
    HttpResponse::build(status).json(Failure {
        status: "error",
        error_type,
        error: problem.text(),
    })
}

/// The time that is asked about, if it is about now.
fn about(time: &str, now: Timestamp) -> Result<Timestamp, String> {
    let seconds = time.parse::<f64>().ok().and_then(|seconds| {
        let since = SignedDuration::try_from_secs_f64(seconds).ok()?;
        Timestamp::from_duration(since).ok()
    });
    let at = seconds.or_else(|| time.parse().ok());
    let at = at.ok_or_else(|| format!("expected a time, found {time:?}"))?;
    if now.duration_since(at).abs() > NEARLY_NOW {
        return Err(format!("only the present is known, not {at}"));
    }
    Ok(at)
}

impl State {
    async fn evaluate(
        &self,
        grant: &Grant,
        expression: &Expression,
        now: Timestamp,
    ) -> Result<Option<(Labels, f64)>, StoreError> {
        let (measure, selector) = match expression {
            Expression::Vector(value) => return Ok(Some((Labels::default(), *value))),
            Expression::Verdict(measure, selector) => (*measure, selector),
        };
        let found = self.selected(grant, selector, now).await?;
        Ok(found.and_then(|run| {
            let value = value(measure, &run, now)?;
            let labels = Labels {
                name: Some(measure.name()),
                application: Some(run.application().to_owned()),
                config: Some(run.config.name.clone()),
                id: Some(run.id.to_string()),
            };
            Some((labels, value))
        }))
    }

    /// The newest run that a selector means, unless it ended too long ago to tell anything about now.
    async fn selected(
        &self,
        grant: &Grant,
        selector: &Selector,
        now: Timestamp,
    ) -> Result<Option<Arc<Run>>, StoreError> {
        let Selector {
            application,
            config,
            key,
            within,
        } = selector;
        let run = match key {
            Some(key) => self.runs.by_key(grant, key).await?,
            None => {
                let newest = RunFilter {
                    application: application.clone(),
                    config: config.clone(),
                    limit: 1,
                    ..RunFilter::default()
                };
                self.runs.list(grant, newest).await?.into_iter().next()
            }
        };
        let meant = |run: &Arc<Run>| {
            let fits = |wanted: &Option<String>, is: &str| {
                wanted.as_deref().is_none_or(|wanted| wanted == is)
            };
            let told = run
                .looks
                .last()
                .map_or(run.created_at, |look| look.judged_at);
            // What was told ahead of now is not the newest: the clock has been set back.
            let recent = !run.state.is_final()
                || (-NEARLY_NOW..=*within).contains(&now.duration_since(told));
            fits(application, run.application()) && fits(config, &run.config.name) && recent
        };
        Ok(run.filter(meant))
    }
}

/// What a run says in one number, if it says anything.
fn value(measure: Measure, run: &Run, now: Timestamp) -> Option<f64> {
    let summary = crate::analysis::Summary::of(run, now, "");
    match (measure, summary.verdict) {
        // An undecided run may well have a score, and a high one.
        (
            Measure::Score,
            SummaryVerdict::Pass | SummaryVerdict::Marginal | SummaryVerdict::Fail,
        ) => Some(summary.score),
        (Measure::Pass, SummaryVerdict::Pass) => Some(1.0),
        (Measure::Pass, SummaryVerdict::Marginal | SummaryVerdict::Fail) => Some(0.0),
        (Measure::Fail, SummaryVerdict::Fail) => Some(1.0),
        // Whether it has failed is known while it goes on: it has not.
        (
            Measure::Fail,
            SummaryVerdict::Pending | SummaryVerdict::Pass | SummaryVerdict::Marginal,
        ) => Some(0.0),
        (Measure::Score | Measure::Pass, SummaryVerdict::Pending)
        | (_, SummaryVerdict::Inconclusive | SummaryVerdict::Error) => None,
    }
}
