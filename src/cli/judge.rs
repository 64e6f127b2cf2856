//! `serinus judge`: files in, verdict out.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use jiff::SignedDuration;
use serinus_adapters::file::{Table, read_table};

use super::{Outcome, gate::Gate, outcome::Failure, output};
use crate::{
    analysis::{
        ConfigIdentity, ConfigRef, JudgementRequest, Otherwise, Record, SamplePair, Scorecard,
        SideSamples, TimedSample, judge_samples,
    },
    canary_config::{CanaryConfig, ConfigLibrary, Mistake},
};

/// Judge samples from files, without a server
#[derive(Debug, Args)]
pub(super) struct Judge {
    /// The canary config: a file, or the name of a ready-made one; for a record, in place of its own
    #[arg(long, value_name = "FILE|NAME", required_unless_present = "record")]
    config: Option<String>,
    /// The old version's samples: CSV (`time,METRIC,...`) or JSON
    #[arg(long, value_name = "FILE", required_unless_present = "record")]
    baseline: Option<PathBuf>,
    /// The new version's samples
    #[arg(long, value_name = "FILE", required_unless_present = "record")]
    canary: Option<PathBuf>,
    /// Judge again: a record of a judgement, as a server gives it out at `/api/v1/analyses/ID/record`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "canary", "step", "baseline_work", "canary_work"])]
    record: Option<PathBuf>,
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
        let config = self
            .config
            .as_deref()
            .map(output::read_config)
            .transpose()?;
        match (config, &self.record, &self.baseline, &self.canary) {
            (config, Some(record), _, _) => again(record, config),
            (Some(config), None, Some(baseline), Some(canary)) => {
                self.anew(&config, [baseline, canary])
            }
            (_, None, _, _) => {
                let detail = "give --config, --baseline and --canary, or --record";
                Err(Failure::usage(detail))
            }
        }
    }

    /// Judges samples of files.
    fn anew(&self, config: &CanaryConfig, files: [&PathBuf; 2]) -> Result<Scorecard, Failure> {
        let [baseline_file, canary_file] = files;
        let baseline = read_table(baseline_file).map_err(Failure::usage)?;
        let canary = read_table(canary_file).map_err(Failure::usage)?;
        let mut metrics = BTreeMap::new();
        for metric in &config.metrics {
            let name = metric.name.as_str();
            let pair = SamplePair {
                baseline: Some(SideSamples {
                    step: self.step,
                    work: self.baseline_work,
                    ..column(&baseline, name, baseline_file)?
                }),
                canary: SideSamples {
                    step: self.step,
                    work: self.canary_work,
                    ..column(&canary, name, canary_file)?
                },
            };
            metrics.insert(name.to_owned(), pair);
        }
        let request = JudgementRequest {
            application: Some(config.name.clone()),
            config: ConfigRef::Inline(Box::new(config.clone())),
            thresholds: None,
            metrics,
        };
        judge_samples(&request, &ConfigLibrary::default()).map_err(|mistakes| told(&mistakes))
    }
}

/// Judges what a record holds again.
fn again(file: &Path, config: Option<CanaryConfig>) -> Result<Scorecard, Failure> {
    let shown = file.display();
    let text =
        fs::read_to_string(file).map_err(|error| Failure::usage(format!("{shown}: {error}")))?;
    let record = Record::parse(&text).map_err(|mistakes| {
        let lines: Vec<_> = mistakes.iter().map(|it| format!("{shown}: {it}")).collect();
        Failure::usage(lines.join("\n       "))
    })?;
    let otherwise = Otherwise {
        config: config.map(|config| {
            let identity = ConfigIdentity::of(&config);
            (Arc::new(config), identity)
        }),
        ..Otherwise::default()
    };
    let case = record.case(otherwise).map_err(|mistakes| told(&mistakes))?;
    let judged = case.judged().map_err(Failure::usage)?;
    Ok(judged.scorecard)
}

fn told(mistakes: &[Mistake]) -> Failure {
    let lines: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    Failure::usage(lines.join("\n       "))
}

/// The samples of one metric: a column that is not there is a mistake, not missing data.
fn column(table: &Table, name: &str, path: &Path) -> Result<SideSamples, Failure> {
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
