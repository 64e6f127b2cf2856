//! Flagger's `MetricTemplate`, and the metrics of a `Canary` that hold them against a range.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::Value;
use serinus_judge::{Direction, Thresholds};

use super::{
    Given, Resource,
    draft::{Counts, Draft, Query, config},
    limit::{Comparison, Range},
    notes::Notes,
    read, resources, template,
};
use crate::canary_config::{CanaryConfig, Mistake, Number, duration};

/// A template's spec.
#[derive(Debug, Deserialize)]
struct Template {
    provider: Provider,
    query: String,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
struct Provider {
    #[serde(rename = "type")]
    kind: String,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// A metric of a `Canary`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    name: String,
    template_ref: Option<TemplateRef>,
    #[serde(default)]
    template_variables: BTreeMap<String, String>,
    threshold_range: Option<Bounds>,
    /// The old form of `thresholdRange.max`.
    threshold: Option<Number>,
    interval: Option<String>,
    query: Option<String>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
struct TemplateRef {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Bounds {
    min: Option<Number>,
    max: Option<Number>,
}

/// A template and where it stands.
struct Known<'a> {
    at: String,
    name: &'a str,
    template: Template,
}

/// The config of the `Canary`s' metrics; of the templates, where there is no `Canary`.
pub(super) fn lower(
    documents: &[Value],
    given: &Given,
    notes: &mut Notes,
) -> Result<CanaryConfig, Vec<Mistake>> {
    let all = resources(documents);
    let mut templates = Vec::new();
    for Resource { at, name, spec, .. } in all.iter().filter(|it| it.kind == "MetricTemplate") {
        let at = format!("{at}/spec");
        let template: Template = read(spec, &at)?;
        notes.unread(&at, &template.rest);
        for field in template.provider.rest.keys() {
            let detail = "where and how the store is asked is a matter of the account";
            notes.add(format!("{at}/provider/{field}"), detail);
        }
        templates.push(Known { at, name, template });
    }
    let (mut drafts, mut of) = (Vec::new(), "");
    for Resource {
        at,
        kind,
        name,
        spec,
    } in &all
    {
        match *kind {
            "MetricTemplate" => {}
            "Canary" => {
                of = if of.is_empty() { name } else { of };
                canary(spec, at, &templates, &mut drafts, notes)?;
            }
            _ => notes.add(
                at.as_str(),
                "this is neither a template nor a `Canary` and is left out",
            ),
        }
    }
    if of.is_empty() {
        let detail =
            "without a `Canary` there is no range: the metrics are compared with the baseline";
        notes.add("", detail);
        of = templates.first().map_or("", |known| known.name);
        let alone = templates.iter().map(|known| {
            let query = query(
                &known.template.query,
                &format!("{}/query", known.at),
                &BTreeMap::new(),
                notes,
            );
            draft(known.name, &known.at, &known.template.provider.kind, query)
        });
        drafts.extend(alone.collect::<Vec<_>>());
    }
    config(of, drafts, Thresholds::default(), given, notes)
}

fn canary(
    spec: &Value,
    at: &str,
    templates: &[Known<'_>],
    drafts: &mut Vec<Draft>,
    notes: &mut Notes,
) -> Result<(), Vec<Mistake>> {
    let at = format!("{at}/spec/analysis");
    let analysis = spec.get("analysis").and_then(Value::as_object);
    for field in analysis.into_iter().flatten().map(|(field, _)| field) {
        if field != "metrics" {
            let detail = "how traffic is shifted and who is asked stays with Flagger";
            notes.add(format!("{at}/{field}"), detail);
        }
    }
    let metrics = analysis.and_then(|analysis| analysis.get("metrics"));
    let at = format!("{at}/metrics");
    let metrics: Vec<Metric> = metrics.map_or(Ok(Vec::new()), |metrics| read(metrics, &at))?;
    for (index, metric) in metrics.iter().enumerate() {
        drafts.push(checked(metric, format!("{at}/{index}"), templates, notes));
    }
    Ok(())
}

/// A metric that is held against a range.
fn checked(metric: &Metric, at: String, templates: &[Known<'_>], notes: &mut Notes) -> Draft {
    notes.unread(&at, &metric.rest);
    let reference = metric
        .template_ref
        .as_ref()
        .map(|reference| reference.name.as_str());
    let known = templates.iter().find(|known| Some(known.name) == reference);
    let (store, query) = match (known, &metric.query) {
        (Some(Known { at, template, .. }), _) => {
            let at = format!("{at}/query");
            let query = query(&template.query, &at, &metric.template_variables, notes);
            (template.provider.kind.as_str(), query)
        }
        (None, Some(text)) => {
            let query = query(text, &format!("{at}/query"), &BTreeMap::new(), notes);
            ("prometheus", query)
        }
        (None, None) => {
            let detail = match reference {
                Some(name) => format!("the template {name:?} is not among the documents"),
                None => "Flagger makes this query itself, of what it knows of the mesh".to_owned(),
            };
            notes.add(at.as_str(), detail);
            ("prometheus", Query::Received(metric.name.clone()))
        }
    };
    let mut range = Range::default();
    let bounds = metric.threshold_range.as_ref();
    let min = bounds.and_then(|bounds| bounds.min);
    let max = bounds.and_then(|bounds| bounds.max).or(metric.threshold);
    if let Some(min) = min {
        range.good(Comparison::GreaterOrEqual, min.0, &at, notes);
    }
    if let Some(max) = max {
        range.good(Comparison::LessOrEqual, max.0, &at, notes);
    }
    let limits = range.limits(&at, notes);
    Draft {
        limits,
        compared: limits.is_empty(),
        step: interval(metric, &at, notes),
        ..draft(&metric.name, &at, store, query)
    }
}

/// The time between two samples, which is also the time that `{{ interval }}` covers.
fn interval(metric: &Metric, at: &str, notes: &mut Notes) -> Option<SignedDuration> {
    let text = metric.interval.as_deref()?;
    let step = duration::parse(text)
        .ok()
        .filter(|step| *step >= SignedDuration::from_secs(1));
    if step.is_none() {
        notes.add(
            format!("{at}/interval"),
            "this is no step between samples and is left out",
        );
    }
    step
}

fn draft(name: &str, at: &str, store: &str, query: Query) -> Draft {
    Draft {
        name: name.to_owned(),
        at: at.to_owned(),
        query,
        store: store.to_owned(),
        limits: serinus_judge::Limits::default(),
        allowed: None,
        compared: true,
        direction: Direction::Either,
        counts: Counts::Alone,
        weight: 1.0,
        step: None,
    }
}

fn query(text: &str, at: &str, variables: &BTreeMap<String, String>, notes: &mut Notes) -> Query {
    let native = |expression: &str| match expression {
        "interval" => Some("${step}".to_owned()),
        "name" | "namespace" | "target" | "service" | "ingress" | "route" => {
            template::variable(expression)
        }
        _ => {
            let name = expression.strip_prefix("variables.")?;
            let known = variables.get(name).map(|value| template::literal(value));
            known.or_else(|| template::variable(name))
        }
    };
    let (text, whole) = template::braces(text.trim(), at, notes, native);
    if whole {
        Query::Native(text)
    } else {
        Query::Received(text)
    }
}
