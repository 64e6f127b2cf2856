//! The JSON Schema of the config language, from the types that read it.

use serde_json::{Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::CanaryConfig;

/// Where the schema of this version of the language can be found, as an identifier.
const ID: &str = "https://serinus.dev/schema/canary-config-v1.json";

/// The JSON Schema (draft 2020-12) of canary configs.
///
/// # Errors
/// Never for the types there are; it is checked by a test.
pub fn schema() -> Result<Value, serde_json::Error> {
    let mut parts = Vec::new();
    CanaryConfig::schemas(&mut parts);
    let definitions = parts
        .into_iter()
        .map(|(name, part)| Ok((name, serde_json::to_value(part)?)))
        .collect::<Result<serde_json::Map<_, _>, serde_json::Error>>()?;
    let mut schema = serde_json::to_value(CanaryConfig::schema())?;
    if let Value::Object(fields) = &mut schema {
        fields.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        fields.insert("$id".to_owned(), json!(ID));
        fields.insert("title".to_owned(), json!("Serinus canary config"));
        fields.insert("$defs".to_owned(), Value::Object(definitions));
    }
    relocate(&mut schema);
    Ok(schema)
}

/// References of an OpenAPI document, turned into those of a schema by itself.
fn relocate(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match (key.as_str(), value) {
                    ("$ref", Value::String(to)) => {
                        *to = to.replace("#/components/schemas/", "#/$defs/");
                    }
                    (_, value) => relocate(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(relocate),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
