//! What would have been decided here about runs of a Kayenta: its configs and past runs are read, and their samples judged
//! again by both judges. Nothing is changed there or here.

mod compare;
mod kayenta;
mod report;

pub use compare::{Compared, Difference, Told};
pub use kayenta::{Kayenta, KayentaUnreadable};
pub use report::{markdown, text};

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    canary_config::Mistake,
    kayenta::{Given, KayentaConfig},
};

/// The application of runs that name none.
const NO_APPLICATION: &str = "ad-hoc";

/// How much is read.
#[derive(Debug, Clone)]
pub struct Extent {
    /// Whose runs; those of all configs' applications if none is named.
    pub applications: Vec<String>,
    /// How many runs of each application at most, the newest.
    pub runs: usize,
}

/// What was found.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Migration {
    /// The configs.
    pub configs: Vec<Carried>,
    /// The runs that were judged again, newest first within their application.
    pub runs: Vec<Compared>,
    /// Runs that had not ended well, so that there is nothing to judge.
    pub without_result: usize,
    /// What could not be read or judged.
    pub unreadable: Vec<Unreadable>,
}

/// A config.
#[derive(Debug, Clone, Serialize)]
pub struct Carried {
    /// Its id there.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What is not as it was, with pointers into it.
    pub warnings: Vec<String>,
}

/// Something that could not be read or judged.
#[derive(Debug, Clone, Serialize)]
pub struct Unreadable {
    /// What it is, such as `run 01CYZ..`.
    pub what: String,
    /// Why not.
    pub why: String,
}

/// Reads a Kayenta, and tells meanwhile what is being done.
///
/// # Errors
/// Its configs cannot be listed: nothing is known of it then. What else cannot be read is told in the result.
pub async fn migration(
    kayenta: &Kayenta,
    extent: &Extent,
    tell: impl Fn(&str),
) -> Result<Migration, KayentaUnreadable> {
    let mut found = Migration::default();
    let mut applications: BTreeSet<String> = extent.applications.iter().cloned().collect();
    let all = applications.is_empty();
    let summaries = kayenta.configs().await?;
    tell(&format!("{} configs", summaries.len()));
    for summary in summaries {
        if all {
            applications.extend(summary.applications.iter().cloned());
        }
        let config = kayenta.config(&summary.id).await;
        let carried = config
            .map_err(|error| error.to_string())
            .and_then(|config| {
                let config =
                    KayentaConfig::from_value(config).map_err(|mistake| mistake.to_string())?;
                config
                    .lower(&Given::default())
                    .map_err(|mistakes| sentence(&mistakes))
            });
        match carried {
            Ok(lowered) => found.configs.push(Carried {
                id: summary.id,
                name: summary.name,
                warnings: lowered.warnings.iter().map(ToString::to_string).collect(),
            }),
            Err(why) => found.unreadable.push(Unreadable {
                what: format!("config {}", summary.name),
                why,
            }),
        }
    }
    if all {
        applications.insert(NO_APPLICATION.to_owned());
    }
    for application in applications {
        let runs = kayenta.runs(&application, extent.runs).await;
        tell(&format!("{application}: {} runs", runs.runs.len()));
        if let Some(error) = runs.broken_off {
            found.unreadable.push(Unreadable {
                what: format!("runs of {application}"),
                why: error.to_string(),
            });
        }
        for run in runs.runs {
            let id = compare::id_of(&run);
            match compare::run(kayenta, run).await {
                Ok(Some(compared)) => found.runs.push(compared),
                Ok(None) => found.without_result += 1,
                Err(why) => found.unreadable.push(Unreadable {
                    what: format!("run {id}"),
                    why,
                }),
            }
        }
    }
    Ok(found)
}

fn sentence(mistakes: &[Mistake]) -> String {
    let texts: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    texts.join("; ")
}
