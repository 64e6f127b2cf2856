//! `serinus config import`: other tools' configs, and Kayenta's settings of accounts, in; native ones out.

use clap::{Args, ValueEnum};

use super::super::{Outcome, outcome::Failure, output};
use super::read;
use crate::{
    canary_config::{Mistake, Name},
    config_files::Foreign,
    kayenta::{self, ImportedAccounts, Lowered, import_accounts},
    vocabularies::{self, Imported},
};
use serde_json::json;

/// Turn another tool's config into a native one
///
/// Understands Kayenta's canary configs, Keptn's slo.yaml (with --sli) and `AnalysisDefinition`, and the metrics of Argo Rollouts'
/// `AnalysisTemplate` and of Flagger's `MetricTemplate` and Canary. The native config is printed on standard output; what is not as
/// it was, on standard error. Of a Kayenta's own settings (YAML with `kayenta:`) it prints the settings `accounts` and `remoteJudges`.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The config: JSON or YAML, of several documents where they belong together
    file: String,
    /// The account that all metrics are read from
    #[arg(long, value_name = "NAME", value_parser = name)]
    account: Option<Name>,
    /// One of the `extendedScopeParams` that requests to Kayenta come with; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = param)]
    params: Vec<(String, String)>,
    /// Keptn's sli.yaml, with the queries for an slo.yaml
    #[arg(long, value_name = "FILE")]
    sli: Option<String>,
    /// The form of the native config
    #[arg(long, value_enum, default_value = "yaml")]
    format: Form,
}

/// The form of a config.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people
    Yaml,
    /// For programs
    Json,
}

fn name(text: &str) -> Result<Name, String> {
    Name::try_from(text.to_owned())
}

fn param(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| format!("expected NAME=VALUE, found {text:?}"))
}

impl Import {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let file = &self.file;
        let refused = |mistakes: Vec<Mistake>| {
            let lines = mistakes.iter().map(|mistake| format!("{file}: {mistake}"));
            Failure::usage(lines.collect::<Vec<_>>().join("\n       "))
        };
        let text = read(file)?;
        if let Some(imported) = import_accounts(&text) {
            return printed(imported, self.format);
        }
        let foreign =
            Foreign::parse(&text).map_err(|error| Failure::usage(format!("{file}: {error}")))?;
        let (config, warnings): (_, Vec<_>) = match foreign {
            Foreign::Kayenta(config) => {
                let given = kayenta::Given {
                    account: self.account,
                    params: self.params,
                };
                let Lowered { config, warnings } = config.lower(&given).map_err(refused)?;
                let told = warnings.iter().map(ToString::to_string);
                (config, told.collect())
            }
            Foreign::Conditions(vocabulary, documents) => {
                let given = vocabularies::Given {
                    account: self.account,
                    indicators: self.sli.as_deref().map(read).transpose()?,
                };
                let imported = vocabulary.import(&documents, &given).map_err(refused)?;
                let Imported { config, notes } = imported;
                (config, notes.iter().map(ToString::to_string).collect())
            }
        };
        let text = match self.format {
            Form::Yaml => config.to_yaml(),
            Form::Json => config.to_json(),
        };
        output::print(text.map_err(Failure::infrastructure)?.trim_end());
        output::print("\n");
        for warning in warnings {
            output::tell(&format!("warning: {warning}"));
        }
        Ok(Outcome::Pass)
    }
}

fn printed(imported: ImportedAccounts, format: Form) -> Result<Outcome, Failure> {
    let mut document = json!({"accounts": imported.accounts});
    if let (false, Some(settings)) = (imported.remote_judges.is_empty(), document.as_object_mut()) {
        settings.insert("remoteJudges".to_owned(), json!(imported.remote_judges));
    }
    let text = match format {
        Form::Yaml => serde_saphyr::to_string(&document).map_err(Failure::infrastructure)?,
        Form::Json => serde_json::to_string_pretty(&document).map_err(Failure::infrastructure)?,
    };
    output::print(text.trim_end());
    output::print("\n");
    for warning in imported.warnings {
        output::tell(&format!("warning: {warning}"));
    }
    Ok(Outcome::Pass)
}
