//! The JSON of `/api/v2/chart/api`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::bounded::Bounded;
use crate::collect::{Collected, Stamp};
use crate::http::Reply;
use crate::number::Number;
use crate::{Labels, QueryError, Sample, Step, instant};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryResult {
    #[serde(default)]
    query: Option<String>,
    /// Missing where nothing matches.
    #[serde(default)]
    timeseries: Option<Bounded<WireSeries>>,
    #[serde(default)]
    warnings: Option<String>,
    #[serde(default)]
    error_type: Option<String>,
    #[serde(default)]
    error_message: Option<String>,
}

#[derive(Deserialize)]
struct WireSeries {
    #[serde(default)]
    label: Option<String>,
    #[serde(default)]
    host: Option<String>,
    #[serde(default)]
    tags: Option<BTreeMap<String, String>>,
    data: Vec<(f64, Number)>,
}

/// Reads an answer, whose points each stand for a step that begins with them.
pub(super) fn read(reply: &Reply, step: Step, collected: &mut Collected) -> Result<(), QueryError> {
    if !reply.status.is_success() {
        return Err(failure(reply));
    }
    let result: QueryResult = reply.json("an answer of Wavefront's chart API")?;
    let message = result.error_message.filter(|message| !message.is_empty());
    let kind = result.error_type.filter(|kind| kind != "N/A");
    if kind.is_some() || message.is_some() {
        let kind = kind.unwrap_or_default();
        let detail = reply.detail(&format!("{kind} {}", message.unwrap_or_default()));
        return Err(match kind.as_str() {
            "Timeout" => QueryError::Timeout { detail },
            "QuerySyntaxError" => QueryError::InvalidQuery { detail },
            _ => QueryError::Unavailable { detail },
        });
    }
    if result.timeseries.is_none() && result.query.is_none() {
        return Err(reply.malformed("neither series nor the query they would answer"));
    }
    if let Some(warnings) = result.warnings.filter(|warnings| !warnings.is_empty()) {
        collected.note(reply.words(&warnings));
    }
    for series in result.timeseries.unwrap_or_default().0 {
        let samples = (series.data.into_iter())
            .filter(|(_, Number(value))| !value.is_nan())
            .map(|(at, Number(value))| {
                let at = instant::from_seconds(at)
                    .ok_or_else(|| reply.malformed(&format!("{at:?} is no time")))?;
                Ok(Sample { at, value })
            })
            .collect::<Result<Vec<_>, QueryError>>()?;
        let mut labels = series.tags.unwrap_or_default();
        let named = [("label", series.label), ("host", series.host)];
        labels.extend(
            named
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?))),
        );
        collected.add(Labels(labels), samples, Stamp::Start(step))?;
    }
    Ok(())
}

/// Errors come in an envelope: `{"status": {"result": "ERROR", "message": ".."}}`.
fn failure(reply: &Reply) -> QueryError {
    #[derive(Deserialize)]
    struct Said {
        status: Status,
    }
    #[derive(Deserialize)]
    struct Status {
        message: String,
    }
    let said = serde_json::from_slice::<Said>(&reply.body);
    reply.failure(&said.map_or_else(|_| reply.said(), |said| said.status.message))
}
