//! `serinus evaluate`: judges measured on labelled cases.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    num::NonZero,
    path::{Path, PathBuf},
    thread,
};

use clap::{Args, Subcommand, ValueEnum};
use serinus_judge::{Judge, JudgeName, Test, Thresholds, netflix_aca, serinus};

mod looks;

use super::{
    Outcome,
    outcome::Failure,
    output::{print, read_config, tell},
};
use crate::evaluate::{
    Case, Contestant, Criticality, Judged, Releases, Report, Tally, judge_case, table,
};

/// Cases that are read, judged and counted at a time.
const BATCH: usize = 4096;

/// Measure judges on labelled cases
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Evaluate {
    #[command(subcommand)]
    measurement: Option<Measurement>,
    /// Files of cases, one JSON object a line
    #[arg(required = true, value_name = "CASES.jsonl")]
    files: Vec<PathBuf>,
    /// A judge with its default settings; may be repeated
    #[arg(long = "judge", value_name = "NAME")]
    judges: Vec<JudgeName>,
    /// The judge `serinus` with this test for every metric; may be repeated
    #[arg(long = "test", value_name = "NAME")]
    tests: Vec<Test>,
    /// A canary config, by file or name: its judge with its settings is measured too, and its thresholds are used
    #[arg(long, value_name = "FILE|NAME")]
    config: Option<String>,
    /// Write `id,label` for each case, as the first judge labels it
    #[arg(long, value_name = "OUT.csv")]
    labels: Option<PathBuf>,
    /// The form of the result
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// What is measured without files.
#[derive(Debug, Subcommand)]
enum Measurement {
    Looks(looks::Looks),
}

/// The form of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for people
    Table,
    /// Everything, for programs
    Json,
}

/// A case with what each judge made of it.
type JudgedCase = (Case, Vec<Judged>);

/// What was counted so far.
#[derive(Default)]
struct Progress {
    tally: Tally,
    releases: Releases,
    cases: usize,
}

impl Evaluate {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        if let Some(Measurement::Looks(looks)) = self.measurement {
            return looks.run();
        }
        let (contestants, thresholds) = self.contestants()?;
        let mut labels = self.labels.as_deref().map(Labels::create).transpose()?;
        let mut progress = Progress::default();
        for path in &self.files {
            let file = File::open(path).map_err(|error| failed(path, &error))?;
            let mut lines = BufReader::new(file).lines();
            let mut number = 0;
            loop {
                let batch: Vec<String> = lines
                    .by_ref()
                    .take(BATCH)
                    .collect::<Result<_, _>>()
                    .map_err(|error| failed(path, &error))?;
                if batch.is_empty() {
                    break;
                }
                let judged = judge_batch(&contestants, &batch).map_err(|(line, problem)| {
                    failed(path, &format!("line {}: {problem}", number + line + 1))
                })?;
                number += batch.len();
                progress.count(judged, labels.as_mut())?;
                tell(&format!("{}: {} cases", path.display(), progress.cases));
            }
        }
        if let Some(labels) = labels {
            labels.finish()?;
        }
        let report = progress.report(&contestants, thresholds)?;
        print(&match self.format {
            Format::Table => table(&report),
            Format::Json => {
                serde_json::to_string_pretty(&report).map_err(Failure::infrastructure)? + "\n"
            }
        });
        Ok(Outcome::Pass)
    }

    fn contestants(&self) -> Result<(Vec<Contestant>, Thresholds), Failure> {
        let named = |name: &JudgeName| match name {
            JudgeName::Serinus => Judge::Serinus(serinus::Settings::default()).into(),
            JudgeName::NetflixAca => Judge::NetflixAca(netflix_aca::Settings::default()).into(),
        };
        let mut contestants: Vec<Contestant> = self.judges.iter().map(named).collect();
        contestants.extend(self.tests.iter().copied().map(Contestant::from));
        // The thresholds Spinnaker proposes for a canary stage.
        let mut thresholds = Thresholds::new(95.0, 75.0).map_err(Failure::infrastructure)?;
        if let Some(config) = &self.config {
            let config = read_config(config)?;
            let judge = config.judge.local().ok_or_else(|| {
                Failure::usage("the config names a remote judge, which cannot be measured here")
            })?;
            contestants.push(judge.into());
            thresholds = config.thresholds;
        }
        if contestants.is_empty() {
            contestants.push(Judge::default().into());
        }
        Ok((contestants, thresholds))
    }
}

impl Progress {
    fn count(
        &mut self,
        judged: Vec<JudgedCase>,
        mut labels: Option<&mut Labels>,
    ) -> Result<(), Failure> {
        for (case, judged) in judged {
            if let (Some(labels), Some(first)) = (labels.as_deref_mut(), judged.first()) {
                labels.write(&case.id, first.label())?;
            }
            self.tally.add(&case, &judged);
            self.releases.add(case);
            self.cases += 1;
        }
        Ok(())
    }

    fn report(
        &self,
        contestants: &[Contestant],
        thresholds: Thresholds,
    ) -> Result<Report, Failure> {
        let mut releases = Vec::new();
        if !self.releases.is_empty() {
            for critical in [Criticality::AsGiven, Criticality::All] {
                for contestant in contestants {
                    let verdicts = self.releases.judge(contestant, thresholds, critical);
                    releases.push(verdicts.map_err(Failure::usage)?);
                }
            }
        }
        let names = contestants.iter().map(ToString::to_string).collect();
        Ok(Report::new(names, &self.tally, releases))
    }
}

/// Judges lines on all cores, in order; empty lines are skipped. An error comes with the index of its line.
fn judge_batch(
    contestants: &[Contestant],
    lines: &[String],
) -> Result<Vec<JudgedCase>, (usize, String)> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = lines.len().div_ceil(cores).max(1);
    thread::scope(|scope| {
        let workers: Vec<_> = lines
            .chunks(share)
            .enumerate()
            .map(|(part, chunk)| {
                scope.spawn(move || {
                    let lines = chunk
                        .iter()
                        .enumerate()
                        .filter(|(_, line)| !line.trim().is_empty());
                    lines
                        .map(|(index, line)| {
                            judge_line(contestants, line)
                                .map_err(|problem| (part * share + index, problem))
                        })
                        .collect::<Result<Vec<_>, _>>()
                })
            })
            .collect();
        let mut judged = Vec::with_capacity(lines.len());
        for worker in workers {
            let part = worker
                .join()
                .map_err(|_| (0, "a worker panicked".to_owned()))?;
            judged.extend(part?);
        }
        Ok(judged)
    })
}

fn judge_line(contestants: &[Contestant], line: &str) -> Result<JudgedCase, String> {
    let case: Case = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let judged = contestants
        .iter()
        .map(|contestant| Ok(judge_case(contestant, case.metric(contestant)?)))
        .collect::<Result<_, crate::evaluate::InvalidCase>>()
        .map_err(|error| error.to_string())?;
    Ok((case, judged))
}

/// The file of labels.
struct Labels {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Labels {
    fn create(path: &Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|error| failed(path, &error))?;
        let mut labels = Self {
            path: path.to_owned(),
            file: BufWriter::new(file),
        };
        labels.line("id,label")?;
        Ok(labels)
    }

    fn write(&mut self, id: &str, label: &str) -> Result<(), Failure> {
        if id.contains([',', '"', '\n']) {
            self.line(&format!("\"{}\",{label}", id.replace('"', "\"\"")))
        } else {
            self.line(&format!("{id},{label}"))
        }
    }

    fn line(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.file, "{text}").map_err(|error| failed(&self.path, &error))
    }

    fn finish(mut self) -> Result<(), Failure> {
        self.file
            .flush()
            .map_err(|error| failed(&self.path, &error))
    }
}

fn failed(path: &Path, problem: &dyn std::fmt::Display) -> Failure {
    Failure::usage(format!("{}: {problem}", path.display()))
}
