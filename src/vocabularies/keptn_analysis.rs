//! Keptn's `AnalysisDefinition` with its `AnalysisValueTemplate`s.

use std::collections::BTreeMap;

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
use crate::canary_config::{CanaryConfig, Mistake, escape_pointer};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Definition {
    #[serde(default)]
    objectives: Vec<Objective>,
    total_score: Option<TotalScore>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TotalScore {
    pass_percentage: Option<f64>,
    warning_percentage: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Objective {
    analysis_value_template_ref: Reference,
    #[serde(default)]
    target: Target,
    #[serde(default = "once")]
    weight: f64,
    #[serde(default)]
    key_objective: bool,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

fn once() -> f64 {
    1.0
}

#[derive(Debug, Deserialize)]
struct Reference {
    name: String,
}

#[derive(Debug, Default, Deserialize)]
struct Target {
    /// What must not be true of the value.
    failure: Option<BTreeMap<String, Value>>,
    warning: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct ValueTemplate {
    provider: Reference,
    query: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fixed {
    fixed_value: Quantity,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounds {
    low_bound: Quantity,
    high_bound: Quantity,
}

/// A number as Kubernetes writes it: `0.1`, `500k`, `1Mi`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
struct Quantity(f64);

/// What a number is multiplied with by its suffix; the longer ones first.
const SUFFIXES: [(&str, f64); 14] = [
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("", 1.0),
];

impl TryFrom<Value> for Quantity {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let written = value.as_str().map(|text| text.trim().to_owned());
        let text = written.unwrap_or_else(|| value.to_string());
        let number = SUFFIXES.into_iter().find_map(|(suffix, times)| {
            let digits = text.strip_suffix(suffix)?;
            let starts = digits.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
            digits
                .parse::<f64>()
                .ok()
                .filter(|_| starts)
                .map(|number| number * times)
        });
        number
            .filter(|number| number.is_finite())
            .map(Self)
            .ok_or_else(|| format!("expected a quantity such as 0.1 or 500k, found {value}"))
    }
}

/// A template and where it stands.
struct Known<'a> {
    at: String,
    name: &'a str,
    template: ValueTemplate,
}

/// The config of the definition among the documents.
pub(super) fn lower(
    documents: &[Value],
    given: &Given,
    notes: &mut Notes,
) -> Result<CanaryConfig, Vec<Mistake>> {
    let all = resources(documents);
    let mut templates = Vec::new();
    let mut definition = None;
    for Resource {
        at,
        kind,
        name,
        spec,
    } in &all
    {
        let spec_at = format!("{at}/spec");
        match (*kind, definition.is_some()) {
            ("AnalysisValueTemplate", _) => templates.push(Known {
                template: read(spec, &spec_at)?,
                at: spec_at,
                name,
            }),
            ("AnalysisDefinition", false) => {
                definition = Some((spec_at.clone(), *name, read::<Definition>(spec, &spec_at)?));
            }
            ("AnalysisDefinition", true) => {
                notes.add(
                    at.as_str(),
                    "a second definition is a config of its own and is left out",
                );
            }
            _ => notes.add(
                at.as_str(),
                "this is no part of an analysis and is left out",
            ),
        }
    }
    let Some((at, of, definition)) = definition else {
        return Err(vec![Mistake::new(
            "",
            "there is no `AnalysisDefinition` among the documents",
        )]);
    };
    notes.unread(&at, &definition.rest);
    let mut drafts = Vec::new();
    for (index, objective) in definition.objectives.iter().enumerate() {
        drafts.push(draft(
            objective,
            format!("{at}/objectives/{index}"),
            &templates,
            notes,
        )?);
    }
    let default = Thresholds::default();
    let total = definition.total_score;
    let pass = total
        .as_ref()
        .and_then(|it| it.pass_percentage)
        .unwrap_or(default.pass());
    let warning = total.as_ref().and_then(|it| it.warning_percentage);
    let marginal = warning.unwrap_or(default.marginal().min(pass));
    let thresholds = Thresholds::new(pass, marginal)
        .map_err(|error| vec![Mistake::new(format!("{at}/totalScore"), error.to_string())])?;
    config(of, drafts, thresholds, given, notes)
}

fn draft(
    objective: &Objective,
    at: String,
    templates: &[Known<'_>],
    notes: &mut Notes,
) -> Result<Draft, Vec<Mistake>> {
    notes.unread(&at, &objective.rest);
    let name = &objective.analysis_value_template_ref.name;
    let known = templates.iter().find(|known| known.name == name);
    let known = known.ok_or_else(|| {
        let detail = format!("the template {name:?} is not among the documents");
        vec![Mistake::new(
            format!("{at}/analysisValueTemplateRef"),
            detail,
        )]
    })?;
    if objective.target.warning.is_some() {
        let detail =
            "half of the points for a warning has no counterpart: an objective passes or fails";
        notes.add(format!("{at}/target/warning"), detail);
    }
    let mut range = Range::default();
    for (operator, value) in objective.target.failure.iter().flatten() {
        let at = format!("{at}/target/failure/{}", escape_pointer(operator));
        failure(operator, value, &at, &mut range, notes)?;
    }
    let limits = range.limits(&at, notes);
    let at_query = format!("{}/query", known.at);
    let native = |expression: &str| template::variable(expression.strip_prefix('.')?);
    let (text, whole) = template::braces(known.template.query.trim(), &at_query, notes, native);
    let query = if whole {
        Query::Native(text)
    } else {
        Query::Received(text)
    };
    Ok(Draft {
        name: name.clone(),
        query,
        store: known.template.provider.name.clone(),
        compared: limits.is_empty(),
        limits,
        allowed: None,
        direction: Direction::Either,
        counts: match (objective.target.failure.is_some(), objective.key_objective) {
            (false, _) => Counts::Not,
            (true, true) => Counts::Alone,
            (true, false) => Counts::Score,
        },
        weight: objective.weight.max(0.0),
        step: None,
        at,
    })
}

/// What must not be true of the value.
fn failure(
    operator: &str,
    value: &Value,
    at: &str,
    range: &mut Range,
    notes: &mut Notes,
) -> Result<(), Vec<Mistake>> {
    let bad = match operator {
        "lessThan" => Comparison::Less,
        "lessThanOrEqual" => Comparison::LessOrEqual,
        "greaterThan" => Comparison::Greater,
        "greaterThanOrEqual" => Comparison::GreaterOrEqual,
        "notInRange" => {
            let Bounds {
                low_bound,
                high_bound,
            } = read(value, at)?;
            range.good(Comparison::GreaterOrEqual, low_bound.0, at, notes);
            range.good(Comparison::LessOrEqual, high_bound.0, at, notes);
            return Ok(());
        }
        _ => {
            notes.add(at, "this has no counterpart and is left out");
            return Ok(());
        }
    };
    let Fixed { fixed_value } = read(value, at)?;
    if let Some(good) = bad.negated() {
        range.good(good, fixed_value.0, at, notes);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_of_kubernetes() {
        for (text, number) in [
            ("500k", 5e5),
            ("0.1", 0.1),
            ("1Ki", 1024.0),
            ("250m", 0.25),
            ("-3", -3.0),
            ("1e3", 1e3),
        ] {
            assert_eq!(
                Quantity::try_from(Value::from(text)),
                Ok(Quantity(number)),
                "{text}"
            );
        }
        for text in ["", "k", "inf", "1x", "NaN", "1 k"] {
            assert!(Quantity::try_from(Value::from(text)).is_err(), "{text}");
        }
    }
}
