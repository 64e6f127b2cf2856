//! `serinus config import`: Kayenta's config or its settings of accounts in, native ones out.

use clap::{Args, ValueEnum};

use super::super::{Outcome, outcome::Failure, output};
use super::read;
use crate::{
    canary_config::{Mistake, Name},
    kayenta::{Given, ImportedAccounts, KayentaConfig, Lowered, import_accounts},
};
use serde_json::json;

/// Turn a canary config of Kayenta's, or its settings of accounts, into native ones
///
/// The native config, or the setting `accounts`, is printed on standard output; what is not as it was in Kayenta, on
/// standard error.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// Kayenta's config: JSON, as `GET /canaryConfig/{id}` answers it; or its settings, YAML with `kayenta:`
    file: String,
    /// The account that all metrics are read from
    #[arg(long, value_name = "NAME", value_parser = name)]
    account: Option<Name>,
    /// One of the `extendedScopeParams` that requests come with; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = param)]
    params: Vec<(String, String)>,
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
        let at = |mistake: &Mistake| format!("{file}: {mistake}");
        let text = read(file)?;
        if let Some(imported) = import_accounts(&text) {
            return printed(imported, self.format);
        }
        let config = KayentaConfig::parse(&text)
            .map_err(|error| Failure::usage(format!("{file}: {error}")))?;
        let given = Given {
            account: self.account,
            params: self.params,
        };
        let Lowered { config, warnings } = config.lower(&given).map_err(|mistakes| {
            let lines: Vec<_> = mistakes.iter().map(at).collect();
            Failure::usage(lines.join("\n       "))
        })?;
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
    let document = json!({"accounts": imported.accounts});
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
