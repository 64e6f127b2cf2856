//! Conditions on metrics as other tools write them, turned into native configs: what is measured, and where its limits are.
//!
//! These tools hold the numbers of one version against fixed limits, so their metrics become metrics of the canary alone; those
//! that are compared with something in their own tool are compared with the baseline here. Nothing is left out silently: what has
//! no counterpart is told with its place, and a metric whose query cannot be carried over stays in as it was received, required, so
//! that no run passes without it. `docs/pipelines.md` is the description for users.

mod argo;
mod draft;
mod flagger;
mod keptn_analysis;
mod keptn_slo;
mod limit;
mod notes;
mod template;

use serde::Deserialize;
use serde_json::Value;

use crate::canary_config::{CanaryConfig, Mistake, Name, from_json};
use notes::Notes;

/// The languages that are understood besides Kayenta's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vocabulary {
    /// Keptn's `slo.yaml`, with the queries of an `sli.yaml`.
    KeptnSlo,
    /// Keptn's `AnalysisDefinition` and `AnalysisValueTemplate`.
    KeptnAnalysis,
    /// Argo Rollouts' `AnalysisTemplate` and `ClusterAnalysisTemplate`.
    Argo,
    /// Flagger's `MetricTemplate`, and the metrics of a `Canary`.
    Flagger,
}

/// What the documents leave open.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The account to read all metrics from. Without it each reads from one that is called like its store's type.
    pub account: Option<Name>,
    /// The text of Keptn's `sli.yaml`, which holds the queries of an `slo.yaml`.
    pub indicators: Option<String>,
}

/// A config in native form.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The native config; it is consistent.
    pub config: CanaryConfig,
    /// What is not as it was; pointers are into the documents, the first part being the number of the document where there are several.
    pub notes: Vec<Mistake>,
}

impl Vocabulary {
    /// What documents are written in, if it is one of these.
    pub fn recognise(documents: &[Value]) -> Option<Self> {
        documents.iter().find_map(|document| {
            let text = |field| document.get(field).and_then(Value::as_str);
            match (text("kind"), text("apiVersion")) {
                (Some("AnalysisTemplate" | "ClusterAnalysisTemplate"), Some(version))
                    if version.starts_with("argoproj.io/") =>
                {
                    Some(Self::Argo)
                }
                (Some("MetricTemplate" | "Canary"), Some(version))
                    if version.starts_with("flagger.app/") =>
                {
                    Some(Self::Flagger)
                }
                (Some("AnalysisDefinition" | "AnalysisValueTemplate"), Some(version))
                    if version.starts_with("metrics.keptn.sh/") =>
                {
                    Some(Self::KeptnAnalysis)
                }
                (None, None) => {
                    let sli = |item: &Value| item.get("sli").is_some();
                    let objectives = document.get("objectives").and_then(Value::as_array)?;
                    objectives.iter().any(sli).then_some(Self::KeptnSlo)
                }
                _ => None,
            }
        })
    }

    /// The native config that means the same, as far as there is one.
    ///
    /// # Errors
    /// What cannot be read at all, with pointers.
    pub fn import(self, documents: &[Value], given: &Given) -> Result<Imported, Vec<Mistake>> {
        let mut notes = Notes::default();
        let config = match self {
            Self::KeptnSlo => keptn_slo::lower(documents, given, &mut notes),
            Self::KeptnAnalysis => keptn_analysis::lower(documents, given, &mut notes),
            Self::Argo => argo::lower(documents, given, &mut notes),
            Self::Flagger => flagger::lower(documents, given, &mut notes),
        }?;
        Ok(Imported {
            config: config.check()?,
            notes: notes.into_vec(),
        })
    }

    /// What to call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::KeptnSlo => "Keptn's slo.yaml",
            Self::KeptnAnalysis => "Keptn's AnalysisDefinition",
            Self::Argo => "an AnalysisTemplate of Argo Rollouts'",
            Self::Flagger => "Flagger's metrics",
        }
    }
}

/// A document of Kubernetes', and where it stands among the others.
struct Resource<'a> {
    at: String,
    kind: &'a str,
    name: &'a str,
    spec: &'a Value,
}

/// The resources among the documents.
fn resources(documents: &[Value]) -> Vec<Resource<'_>> {
    let mut found = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        let at = match documents.len() {
            1 => String::new(),
            _ => format!("/{index}"),
        };
        let text = |pointer| document.pointer(pointer).and_then(Value::as_str);
        if let (Some(kind), Some(spec)) = (text("/kind"), document.get("spec")) {
            found.push(Resource {
                at,
                kind,
                name: text("/metadata/name").unwrap_or_default(),
                spec,
            });
        }
    }
    found
}

/// Reads a part of a document.
fn read<T: for<'de> Deserialize<'de>>(value: &Value, at: &str) -> Result<T, Vec<Mistake>> {
    from_json(value.clone()).map_err(|mistake| vec![mistake.under(at)])
}

/// The text as a name, as near to it as can be.
#[expect(
    clippy::expect_used,
    reason = "1 to 200 characters without control characters are a name"
)]
fn name(text: &str) -> Name {
    let cleaned: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    let given = match cleaned.trim() {
        "" => "imported",
        name => name,
    };
    Name::try_from(given.to_owned()).expect("a cleaned name")
}
