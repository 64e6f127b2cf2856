//! The link to Explore: baseline and canary side by side, over the window, with the queries as they were sent.

use serde_json::{Map, Value, json};

use super::bounded;
use crate::{
    analysis::{MetricEvidence, SideEvidence, WebLink},
    settings::{Datasource, GrafanaSettings, Plugin},
};

/// The link for a metric; `None` if none of its sides was asked of an account whose data source is known.
pub fn explore(grafana: &GrafanaSettings, evidence: &MetricEvidence) -> Option<WebLink> {
    let sides = [
        ("baseline", &evidence.baseline),
        ("canary", &evidence.canary),
    ];
    let panes: Map<String, Value> = sides
        .into_iter()
        .filter_map(|(name, side)| Some((name.to_owned(), pane(grafana, side)?)))
        .collect();
    if panes.is_empty() {
        return None;
    }
    let mut url = grafana.url.page(&["explore"]);
    url.query_pairs_mut()
        .append_pair("schemaVersion", "1")
        .append_pair("panes", &Value::Object(panes).to_string())
        .append_pair("orgId", &grafana.org_id.to_string());
    bounded(url)
}

fn pane(grafana: &GrafanaSettings, side: &SideEvidence) -> Option<Value> {
    let datasource = grafana.datasources.get(&side.account)?;
    let (start, end) = side.span()?;
    if side.queries.is_empty() {
        return None;
    }
    let queries = side.queries.iter().enumerate();
    let queries: Vec<_> = queries
        .map(|(place, text)| query(datasource, place, text))
        .collect();
    Some(json!({
        "datasource": datasource.uid,
        "queries": queries,
        // Text, in milliseconds: numbers are taken for something else.
        "range": {"from": start.as_millisecond().to_string(), "to": end.as_millisecond().to_string()},
    }))
}

fn query(datasource: &Datasource, place: usize, text: &str) -> Value {
    let (plugin, written) = match &datasource.plugin {
        Plugin::Prometheus => (
            "prometheus",
            json!({"expr": text, "range": true, "instant": false}),
        ),
        Plugin::Loki => ("loki", json!({"expr": text, "queryType": "range"})),
        Plugin::InfluxDb => (
            "influxdb",
            json!({"query": text, "rawQuery": true, "resultFormat": "time_series"}),
        ),
        Plugin::Graphite => ("graphite", json!({"target": text})),
        Plugin::Other { id, query_key } => (id.as_str(), json!({query_key: text})),
    };
    let mut query = json!({
        "refId": name(place),
        "datasource": {"type": plugin, "uid": datasource.uid},
    });
    if let (Value::Object(query), Value::Object(written)) = (&mut query, written) {
        query.extend(written);
    }
    query
}

/// A, B, .. Z, then Z27 and so on: Grafana's own go on otherwise, and any name will do.
fn name(place: usize) -> String {
    match u8::try_from(place) {
        Ok(place @ 0..26) => char::from(b'A' + place).to_string(),
        Ok(_) | Err(_) => format!("Z{}", place + 1),
    }
}
