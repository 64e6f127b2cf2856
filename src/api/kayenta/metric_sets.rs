//! Samples as Kayenta keeps them: lists that callers put here, and those of runs.

use actix_web::{
    HttpResponse, delete, get, post,
    web::{Data, Path},
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    canary::ExecutionId,
    error::{KayentaError, Message},
    refusals::{BodyRefused, NoSuchList, StoreAway},
};
use crate::{
    access::{Denied, Grant},
    analysis::{MAX_POINTS, MAX_SAMPLES},
    api::{State, extract::Json, problem::Problem},
    canary_config::MAX_METRICS,
    kayenta::{
        raise::metric_set_pairs,
        wire::{Double, MetricSet, MetricSetPair},
    },
    sample_lists::{ListEntry, SampleLists},
    store::DocumentKind,
};

/// A list of samples, without what is in it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SampleListSummary {
    /// Its id.
    id: String,
    /// When it was put here, in milliseconds since 1970.
    updated_timestamp: i64,
    /// When it was put here.
    #[schema(value_type = String, format = DateTime)]
    updated_timestamp_iso: Timestamp,
}

/// The id of a new list of series.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MetricSetListId {
    /// The id.
    metric_set_list_id: String,
}

/// The id of a new list of pairs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MetricSetPairListId {
    /// The id.
    metric_set_pair_list_id: String,
}

impl State {
    pub(super) fn sets(&self, grant: &Grant) -> Result<SampleLists<'_>, Denied> {
        self.lists.lists(grant, DocumentKind::MetricSetList)
    }

    fn pairs(&self, grant: &Grant) -> Result<SampleLists<'_>, Denied> {
        self.lists.lists(grant, DocumentKind::MetricSetPairList)
    }

    /// A list of pairs: one that was put here, or the samples of a run, whose list has the run's id.
    pub(super) async fn pair_list(
        &self,
        grant: &Grant,
        id: &str,
    ) -> Result<Vec<MetricSetPair>, KayentaError> {
        // To who may not know of such lists there are none, but those of their runs.
        if let Ok(lists) = self.pairs(grant)
            && let Some(pairs) = lists.get(id).await?
        {
            return Ok(pairs);
        }
        let ExecutionId { run, look } = ExecutionId::read(id).ok_or_else(|| unknown(id))?;
        let run = self.runs.get(grant, run).await?;
        let run = run.ok_or_else(|| unknown(id))?;
        let scorecard = match look {
            Some(look) => self.scorecard(&run, look).await?,
            None => self.last_scorecard(&run).await?,
        };
        let scorecard = scorecard.ok_or_else(|| unknown(id))?;
        Ok(metric_set_pairs(run.id, &scorecard))
    }
}

fn unknown(id: &str) -> KayentaError {
    let shown: String = id.chars().take(100).collect();
    KayentaError::not_found(format!("No list of samples has the id {shown:?}."))
}

fn summaries(entries: Vec<ListEntry>) -> HttpResponse {
    let summary = |ListEntry { id, at }| SampleListSummary {
        id,
        updated_timestamp: at.as_millisecond(),
        updated_timestamp_iso: at,
    };
    let summaries: Vec<_> = entries.into_iter().map(summary).collect();
    HttpResponse::Ok().json(summaries)
}

/// What is kept is bounded.
pub(super) fn within_limits<'a>(
    series: impl Iterator<Item = &'a [Double]>,
) -> Result<(), KayentaError> {
    let lengths: Vec<usize> = series.map(<[_]>::len).collect();
    let longest = lengths.iter().max().copied().unwrap_or_default();
    let all: usize = lengths.iter().sum();
    if lengths.len() > 2 * MAX_METRICS || longest > MAX_POINTS || all > MAX_SAMPLES {
        return Err(KayentaError::bad(format!(
            "A list has at most {MAX_METRICS} pairs, {MAX_POINTS} samples a series and {MAX_SAMPLES} in all."
        )));
    }
    Ok(())
}

/// List lists of series
#[utoipa::path(tag = "kayenta", responses((status = 200, description = "The lists that callers put here, oldest first", body = Vec<SampleListSummary>)))]
#[get("/metricSetList")]
pub(crate) async fn metric_set_lists(
    state: Data<State>,
    grant: Grant,
) -> Result<HttpResponse, KayentaError> {
    Ok(summaries(state.sets(&grant)?.all().await?))
}

/// Keep a list of series
///
/// For 30 days, unless a hundred newer ones need the room before.
#[utoipa::path(
    tag = "kayenta",
    request_body = Vec<MetricSet>,
    responses(
        (status = 200, description = "It is kept", body = MetricSetListId),
        (status = 400, description = "Not a list of series", body = Message<'_>),
        BodyRefused,
        StoreAway,
        (status = 507, description = "No room where lists are kept", body = Message<'_>),
    )
)]
#[post("/metricSetList")]
pub(crate) async fn create_metric_set_list(
    state: Data<State>,
    grant: Grant,
    list: Result<Json<Vec<MetricSet>>, Problem>,
) -> Result<HttpResponse, KayentaError> {
    let list = list?.0;
    within_limits(list.iter().map(|set| set.values.as_slice()))?;
    let metric_set_list_id = state.sets(&grant)?.put(&list).await?;
    Ok(HttpResponse::Ok().json(MetricSetListId { metric_set_list_id }))
}

/// Read a list of series
#[utoipa::path(
    tag = "kayenta",
    params(("id" = String, Path, description = "The list")),
    responses(
        (status = 200, description = "The series", body = Vec<MetricSet>),
        NoSuchList,
    )
)]
#[get("/metricSetList/{id}")]
pub(crate) async fn metric_set_list(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, KayentaError> {
    let list: Option<Vec<MetricSet>> = state.sets(&grant)?.get(&id).await?;
    Ok(HttpResponse::Ok().json(list.ok_or_else(|| unknown(&id))?))
}

/// Remove a list of series
#[utoipa::path(
    tag = "kayenta",
    params(("id" = String, Path, description = "The list")),
    responses(
        (status = 204, description = "It is gone"),
        NoSuchList,
    )
)]
#[delete("/metricSetList/{id}")]
pub(crate) async fn delete_metric_set_list(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, KayentaError> {
    match state.sets(&grant)?.remove(&id).await? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(unknown(&id)),
    }
}

/// List lists of pairs
#[utoipa::path(tag = "kayenta", responses((status = 200, description = "The lists that callers put here, oldest first; those of runs are not listed", body = Vec<SampleListSummary>)))]
#[get("/metricSetPairList")]
pub(crate) async fn metric_set_pair_lists(
    state: Data<State>,
    grant: Grant,
) -> Result<HttpResponse, KayentaError> {
    Ok(summaries(state.pairs(&grant)?.all().await?))
}

/// Keep a list of pairs
///
/// For 30 days, unless a hundred newer ones need the room before.
#[utoipa::path(
    tag = "kayenta",
    request_body = Vec<MetricSetPair>,
    responses(
        (status = 200, description = "It is kept", body = MetricSetPairListId),
        (status = 400, description = "Not a list of pairs", body = Message<'_>),
        BodyRefused,
        StoreAway,
        (status = 507, description = "No room where lists are kept", body = Message<'_>),
    )
)]
#[post("/metricSetPairList")]
pub(crate) async fn create_metric_set_pair_list(
    state: Data<State>,
    grant: Grant,
    list: Result<Json<Vec<MetricSetPair>>, Problem>,
) -> Result<HttpResponse, KayentaError> {
    let list = list?.0;
    let both = list.iter().flat_map(|pair| {
        [
            pair.values.control.as_slice(),
            pair.values.experiment.as_slice(),
        ]
    });
    within_limits(both)?;
    let metric_set_pair_list_id = state.pairs(&grant)?.put(&list).await?;
    Ok(HttpResponse::Ok().json(MetricSetPairListId {
        metric_set_pair_list_id,
    }))
}

/// Read a list of pairs
///
/// One that a caller put here, or the samples of a run: its `metricSetPairListId` is its own id.
#[utoipa::path(
    tag = "kayenta",
    params(("id" = String, Path, description = "The list, or the run")),
    responses(
        (status = 200, description = "The pairs", body = Vec<MetricSetPair>),
        NoSuchList,
    )
)]
#[get("/metricSetPairList/{id}")]
pub(crate) async fn metric_set_pair_list(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, KayentaError> {
    Ok(HttpResponse::Ok().json(state.pair_list(&grant, &id).await?))
}

/// Read a pair
#[utoipa::path(
    tag = "kayenta",
    params(
        ("id" = String, Path, description = "The list, or the run"),
        ("pairId" = String, Path, description = "The pair"),
    ),
    responses(
        (status = 200, description = "The pair", body = MetricSetPair),
        (status = 404, description = "No such list or pair", body = Message<'_>),
    )
)]
#[get("/metricSetPairList/{id}/{pairId}")]
pub(crate) async fn metric_set_pair(
    state: Data<State>,
    grant: Grant,
    path: Path<(String, String)>,
) -> Result<HttpResponse, KayentaError> {
    let (id, pair_id) = path.into_inner();
    let pairs = state.pair_list(&grant, &id).await?;
    let pair = pairs.into_iter().find(|pair| pair.id == pair_id);
    Ok(HttpResponse::Ok().json(pair.ok_or_else(|| unknown(&pair_id))?))
}

/// Remove a list of pairs
///
/// The samples of a run stay with it.
#[utoipa::path(
    tag = "kayenta",
    params(("id" = String, Path, description = "The list")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "No such list that a caller put here", body = Message<'_>),
    )
)]
#[delete("/metricSetPairList/{id}")]
pub(crate) async fn delete_metric_set_pair_list(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, KayentaError> {
    match state.pairs(&grant)?.remove(&id).await? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(unknown(&id)),
    }
}
