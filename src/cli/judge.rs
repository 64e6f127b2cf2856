//! `serinus judge`: files in, verdict out.

use std::{collections::BTreeMap, path::PathBuf};

use clap::Args;
use jiff::SignedDuration;
use serinus_adapters::file::{Table, read_table};

use super::{Outcome, gate::Gate, outcome::Failure, output};
use crate::{
    analysis::{
        ConfigRef, JudgementRequest, SamplePair, Scorecard, SideSamples, TimedSample, judge_samples,
    },
    canary_config::{CanaryConfig, ConfigLibrary},
};

/// Judge samples from files, without a server
#[derive(Debug, Args)]
pub(super) struct Judge {
    /// The canary config: a file, or the name of a ready-made one
    #[arg(long, value_name = "FILE|NAME")]
    config: String,
    /// The old version's samples: CSV (`time,METRIC,...`) or JSON
    #[arg(long, value_name = "FILE")]
    baseline: PathBuf,
    /// The new version's samples
    #[arg(long, value_name = "FILE")]
    canary: PathBuf,
    /// The distance between two samples, in place of the config's
    #[arg(long, value_name = "DURATION")]
    step: Option<SignedDuration>,
    /// How much work the old version did, where the config asks for a minimum
    #[arg(long, value_name = "NUMBER")]
    baseline_work: Option<f64>,
    /// How much work the new version did, where the config asks for a minimum
    #[arg(long, value_name = "NUMBER")]
    canary_work: Option<f64>,
    #[command(flatten)]
    gate: Gate,
}

impl Judge {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let gate = self.gate.clone();
        self.judged()
            .and_then(|scorecard| gate.tell(&scorecard, None))
            .map_err(|failure| gate.tell_failure(failure))
    }

    fn judged(self) -> Result<Scorecard, Failure> {
        let config = output::read_config(&self.config)?;
        let baseline = read_table(&self.baseline).map_err(Failure::usage)?;
        let canary = read_table(&self.canary).map_err(Failure::usage)?;
        let mut metrics = BTreeMap::new();
        for metric in &config.metrics {
            let name = metric.name.as_str();
            let pair = SamplePair {
                baseline: Some(SideSamples {
                    step: self.step,
                    work: self.baseline_work,
                    ..column(&baseline, name, &self.baseline)?
                }),
                canary: SideSamples {
                    step: self.step,
                    work: self.canary_work,
                    ..column(&canary, name, &self.canary)?
                },
            };
            metrics.insert(name.to_owned(), pair);
        }
        let request = JudgementRequest {
            application: Some(config.name.clone()),
            config: ConfigRef::Inline(Box::new(CanaryConfig::clone(&config))),
            thresholds: None,
            metrics,
        };
        judge_samples(&request, &ConfigLibrary::default()).map_err(|mistakes| {
            let lines: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
            Failure::usage(lines.join("\n       "))
        })
    }
}

/// The samples of one metric: a column that is not there is a mistake, not missing data.
fn column(table: &Table, name: &str, path: &std::path::Path) -> Result<SideSamples, Failure> {
    let samples = table.columns.get(name).ok_or_else(|| {
        let known: Vec<_> = table.columns.keys().map(String::as_str).collect();
        let known = known.join(", ");
        Failure::usage(format!(
            "{}: no column {name:?}; there are: {known}",
            path.display()
        ))
    })?;
    Ok(SideSamples {
        samples: Some(
            samples
                .iter()
                .map(|sample| TimedSample(sample.at, Some(sample.value)))
                .collect(),
        ),
        ..SideSamples::default()
    })
}
