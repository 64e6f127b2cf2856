//! InfluxDB: `InfluxQL`, where three words are replaced in a template. The scope is `name:value` there; here its parts are the
//! parameters `scope_key` and `scope_value`.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::template::unescaped;
use super::{Custom, Problem, Source, literal};
use crate::kayenta::warnings::Warnings;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    metric_name: Option<String>,
    fields: Option<Vec<String>>,
    #[serde(flatten)]
    custom: Custom,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// What Kayenta replaces in a template, and what stands for it here.
const WORDS: [(&str, &str); 3] = [
    ("${timeFilter}", "$timeFilter"),
    ("${scope}", SCOPE),
    ("${step}", "${step}"),
];
const SCOPE: &str = "${scope_key} = '${scope_value}'";
/// What Kayenta does not send.
const BLOCKED: [&str; 2] = [";", "--"];

pub(super) fn build(source: &Source<'_>, warnings: &mut Warnings) -> Result<String, Problem> {
    let query: Query = source.read()?;
    source.unread(&query.rest, &[], warnings);
    let parts = ["scope_key", "scope_value"].map(|part| source.param(part));
    if parts.contains(&None) {
        warnings.add(
            source.at,
            "the scope is `name:value` in Kayenta; give its parts as the parameters `scope_key` and `scope_value`",
        );
    }
    warnings.add(
        source.at,
        "Kayenta takes the metric's name for the name of the database; here the account says which one",
    );
    let text = match source.template(&query.custom)? {
        Some(template) => from_template(source, template, warnings)?,
        None => {
            let measurement = literal(source.required(&query.metric_name, "metricName")?);
            let fields = query.fields.unwrap_or_default();
            let selected = if fields.is_empty() {
                "*::field".to_owned()
            } else {
                literal(&fields.join(", "))
            };
            if fields.len() != 1 {
                warnings.add(
                    format!("{}/fields", source.at),
                    "Kayenta judges every field by itself; here several series a side are an error: write one metric for each field",
                );
            }
            format!("SELECT {selected} FROM {measurement} WHERE $timeFilter AND {SCOPE}")
        }
    };
    if BLOCKED.iter().any(|blocked| text.contains(blocked)) {
        return Err(source.rejected("", "Kayenta does not send such a query to InfluxDB"));
    }
    Ok(text)
}

fn from_template(
    source: &Source<'_>,
    template: &str,
    warnings: &mut Warnings,
) -> Result<String, Problem> {
    let text = unescaped(template);
    for needed in ["${timeFilter}", "${scope}"] {
        if !text.contains(needed) {
            return Err(source.rejected("", format!("the template lacks `{needed}`")));
        }
    }
    let known = |inside: &str| WORDS.iter().find(|(word, _)| word[2..] == *inside);
    let mut native = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("${") {
        native.push_str(before);
        let end = after.find('}').map_or(0, |end| end + 1);
        if let Some((_, here)) = known(&after[..end]) {
            native.push_str(here);
            rest = &after[end..];
        } else {
            warnings.add(
                source.at,
                "Kayenta replaces `${timeFilter}`, `${scope}` and `${step}` here; any other `${..}` stays as it is",
            );
            native.push_str("$${");
            rest = after;
        }
    }
    Ok(native + rest)
}
