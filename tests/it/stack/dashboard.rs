//! The dashboard of `deploy/grafana/`: every query of it asked as Grafana would ask, of the services its data sources name.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use reqwest::{Client, Url};
use serde_json::Value;

/// How long panels may take to fill.
const PATIENCE: Duration = Duration::from_secs(120);

/// The services behind the data sources.
pub(super) struct Sources<'a> {
    pub(super) serinus: &'a str,
    pub(super) prometheus: &'a str,
}

pub(super) fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every query of the dashboard with the title of what shows it.
fn queries(dashboard: &Value) -> Vec<(String, Value)> {
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let of_panels = panels.flat_map(|panel| {
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{panel}");
        assert!(
            !panel["description"].as_str().unwrap().is_empty(),
            "{panel}"
        );
        targets
            .iter()
            .map(|target| (panel["title"].as_str().unwrap(), target))
    });
    let annotations = dashboard["annotations"]["list"].as_array().unwrap().iter();
    let of_annotations = annotations.map(|one| (one["name"].as_str().unwrap(), &one["target"]));
    of_panels
        .chain(of_annotations)
        .map(|(title, query)| (title.to_owned(), query.clone()))
        .collect()
}

/// Asks every query until each shows something; panics with the first that does not in time.
pub(super) async fn is_full(sources: &Sources<'_>) {
    let dashboard: Value =
        serde_json::from_str(&read("deploy/grafana/dashboards/serinus.json")).unwrap();
    let provisioned: Value = serde_saphyr::from_str(&read(
        "deploy/grafana/provisioning/datasources/serinus.yaml",
    ))
    .unwrap();
    let known: BTreeSet<(&str, &str)> = (provisioned["datasources"].as_array().unwrap().iter())
        .map(|source| {
            (
                source["type"].as_str().unwrap(),
                source["uid"].as_str().unwrap(),
            )
        })
        .collect();
    let queries = queries(&dashboard);
    assert!(queries.len() >= 15, "{}", queries.len());
    let started = Instant::now();
    for (title, query) in &queries {
        let source = &query["datasource"];
        let source = (
            source["type"].as_str().unwrap(),
            source["uid"].as_str().unwrap(),
        );
        assert!(
            known.contains(&source),
            "{title}: nobody provisions {source:?}"
        );
        loop {
            let found = match source.0 {
                "prometheus" => samples(sources.prometheus, query).await,
                _ => rows(sources.serinus, query).await,
            };
            match found {
                Ok(()) => break,
                Err(Missing::Wrong(why)) => panic!("{title}: {why}"),
                Err(Missing::Empty(why)) => {
                    assert!(started.elapsed() < PATIENCE, "{title}: {why}");
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        }
    }
}

/// Why a query shows nothing.
enum Missing {
    /// It never will.
    Wrong(String),
    /// There is nothing yet.
    Empty(String),
}

/// A variable or macro of Grafana as it puts it in.
fn put_in(text: &str) -> String {
    let now = jiff::Timestamp::now();
    let from = now - jiff::SignedDuration::from_hours(1);
    let text = text
        .replace("${__timeFrom}", &from.to_string())
        .replace("${__timeTo}", &now.to_string())
        .replace("${application}", "")
        .replace("$__rate_interval", "30s");
    assert!(!text.contains('$'), "what is {text}?");
    text
}

/// Asks as the Infinity data source does, whose base address is the service's, and looks for every column.
async fn rows(base: &str, query: &Value) -> Result<(), Missing> {
    for (key, value) in [
        ("type", "json"),
        ("source", "url"),
        ("format", "table"),
        ("parser", "backend"),
        // The answer's root is the list.
        ("root_selector", ""),
    ] {
        assert_eq!(query[key], value, "{key}");
    }
    assert_eq!(query["url_options"]["method"], "GET");
    let mut url = Url::parse(&format!("{base}{}", query["url"].as_str().unwrap())).unwrap();
    for parameter in query["url_options"]["params"].as_array().unwrap() {
        let value = put_in(parameter["value"].as_str().unwrap());
        url.query_pairs_mut()
            .append_pair(parameter["key"].as_str().unwrap(), &value);
    }
    let response = Client::new().get(url).send().await.unwrap();
    let (status, body) = (response.status(), response.text().await.unwrap());
    if status != 200 {
        return Err(Missing::Wrong(body));
    }
    let rows: Vec<Value> = serde_json::from_str(&body).unwrap();
    for column in query["columns"].as_array().unwrap() {
        let (name, kind) = (
            column["selector"].as_str().unwrap(),
            column["type"].as_str().unwrap(),
        );
        assert_eq!(
            column["text"], name,
            "panels name columns by their selectors"
        );
        let mut any = false;
        for row in &rows {
            let value = row
                .get(name)
                .ok_or_else(|| Missing::Wrong(format!("no {name} in {row}")))?;
            let fits = match kind {
                "timestamp" => value
                    .as_str()
                    .is_some_and(|at| at.parse::<jiff::Timestamp>().is_ok()),
                "number" => value.is_number() || value.is_null(),
                "string" => value.is_string(),
                other => panic!("{name}: what is {other}?"),
            };
            if !fits {
                return Err(Missing::Wrong(format!("{name} is no {kind}: {value}")));
            }
            any |= !value.is_null();
        }
        if !any {
            return Err(Missing::Empty(format!("no row has {name}: {rows:?}")));
        }
    }
    Ok(())
}

/// Asks as the Prometheus data source does, over the last five minutes, and looks for a sample that is a number.
async fn samples(base: &str, query: &Value) -> Result<(), Missing> {
    let expression = put_in(query["expr"].as_str().unwrap());
    let now = jiff::Timestamp::now();
    let from = now - jiff::SignedDuration::from_mins(5);
    let mut url = Url::parse(&format!("{base}/api/v1/query_range")).unwrap();
    url.query_pairs_mut()
        .append_pair("query", &expression)
        .append_pair("start", &from.as_second().to_string())
        .append_pair("end", &now.as_second().to_string())
        .append_pair("step", "5");
    let answer: Value = Client::new()
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    if answer["status"] != "success" {
        return Err(Missing::Wrong(answer.to_string()));
    }
    let series = answer["data"]["result"].as_array().unwrap();
    let finite = |series: &Value| {
        let values = series["values"].as_array().unwrap().iter();
        let mut numbers = values.map(|sample| sample[1].as_str().unwrap().parse::<f64>().unwrap());
        numbers.any(f64::is_finite)
    };
    // Every label that a legend names has to be there, or all lines look the same.
    let legend = query["legendFormat"].as_str().unwrap();
    for label in legend
        .split("{{")
        .skip(1)
        .map(|part| part.split("}}").next().unwrap())
    {
        if let Some(without) = series.iter().find(|one| one["metric"].get(label).is_none()) {
            return Err(Missing::Wrong(format!(
                "no label {label}: {}",
                without["metric"]
            )));
        }
    }
    if series.iter().any(finite) {
        Ok(())
    } else {
        Err(Missing::Empty(format!("{expression}: {answer}")))
    }
}
